from datetime import date
from typing import NamedTuple

from odoo import models


class Law(NamedTuple):
    """What holds for claims of a company."""

    rules: tuple        # pairs of the day a `dunning.claim.rule` begins and the rule, latest first
    postpone: object    # function: last day to pay -> the next working day


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _get_dunning_laws(self):
        """Return {company id: `Law`}: of the company that has issued an invoice.

        A branch may be in another country than the company above it.
        """
        rules = self.env['dunning.claim.rule']
        return {company.id: Law(
            tuple((rule.date_from, rule) for rule in rules._get_for_company(company)),
            company._get_dunning_postponement())
            for company in self}

    def _get_dunning_postponement(self):
        """Return a function that moves a last day to pay to the next working day, § 193 BGB.

        By the calendar and the public holidays of the company; each year is read once.
        """
        self.ensure_one()
        moved = {}

        def postpone(day):
            if day.year not in moved:
                moved[day.year] = self._get_business_days(
                    date(day.year, 1, 1), date(day.year, 12, 31))
            return moved[day.year].get(day, day)
        return postpone
