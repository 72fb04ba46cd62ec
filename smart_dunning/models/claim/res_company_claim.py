from datetime import date

from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

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
