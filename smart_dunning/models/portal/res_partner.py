from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ...logic import ladder, portal
from ..pause.kinds import COLLECTING
from .demand import Demand

_COLUMNS = (
    'id', 'company', 'currency', 'kind', 'number', 'date', 'due', 'original', 'open', 'excluded',
    'disputed', 'pause_kind', 'charge', 'move')


class OpenAccount(NamedTuple):
    """What is open of a customer in one company and currency, as their page shows it."""

    company: object
    currency: object
    rows: list
    charges: object
    ageing: dict
    balance: float
    due: float


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _get_open_accounts(self):
        """Return each `OpenAccount` of the whole customer, whichever contact asks.

        A fixed number of queries per company; called for whoever is logged in, as superuser.
        """
        customer = self.sudo().commercial_partner_id
        accounts = []
        for company in customer._get_companies_with_items():
            today = company._get_dunning_today()
            charges = self.env['dunning.charge']._get_open(company, customer.ids)._get_asked()
            by_currency = defaultdict(list)
            for values in self.env['dunning.item']._fetch(
                    company, _COLUMNS, partner_ids=customer.ids, with_payments=True,
                    where=SQL("item.open != 0"), order='due, date, id'):
                row = dict(zip(_COLUMNS, values, strict=True))
                row['days_overdue'] = max(0, (today - row['due']).days)
                row['payable'] = 0.0 if row['charge'] else portal.get_payable(portal.Item(
                    row['id'], row['open'], row['disputed'] or 0.0, ladder.HANDED_OVER
                    if row['pause_kind'] in COLLECTING else row['excluded']))
                by_currency[row['currency']].append(row)
            for currency in self.env['res.currency'].browse(
                    {*by_currency, *charges.currency_id.ids}).sorted('name'):
                accounts.append(customer._make_open_account(
                    company, currency, by_currency[currency.id],
                    charges.filtered(lambda one, own=currency: one.currency_id == own), today))
        return accounts

    def _get_companies_with_items(self):
        """Return the companies in which the customer has open items or charges."""
        lines = self.env['account.move.line'].sudo()._read_group([
            ('partner_id', 'in', self.ids), ('parent_state', '=', 'posted'),
            ('reconciled', '=', False), ('account_id.account_type', '=', 'asset_receivable'),
        ], ['company_id'])
        charges = self.env['dunning.charge'].sudo()._read_group(
            [('partner_id', 'in', self.ids), ('amount_open', '!=', 0)], ['company_id'])
        return self.env['res.company'].sudo().union(
            *(company for company, in [*lines, *charges])).sorted('name')

    def _make_open_account(self, company, currency, rows, charges, today):
        """Return the `OpenAccount` of rows; booked charges are shown once, among the charges."""
        rows = [row for row in rows if not row['charge']]
        owed = sum(charges.mapped('amount_open'))
        due = sum(row['payable'] for row in rows if row['due'] <= today)
        credit = -sum(row['open'] for row in rows if row['open'] < 0 and not row['excluded']) \
            if self._nets_credits(company) else 0.0
        return OpenAccount(
            company, currency, rows, charges, self.env['dunning.letter']._get_ageing(rows),
            currency.round(sum(row['open'] for row in rows) + owed),
            max(0.0, currency.round(due + owed - min(credit, due))))

    def _nets_credits(self, company):
        policy = self.env['dunning.promise']._get_policy(company, self)
        return bool(policy.net_credits)

    def _get_items_demand(self, line_ids=None, company_id=None, currency_id=None):
        """Return the `Demand` of selected items, or of all that is due; None where there is none.

        All of it comes from outside: items that are not of this customer are no reason to pay
        anything, and neither are items of two companies or currencies.

        :param line_ids: journal items; None for all that is due, with fees, interest and credits
        """
        customer = self.sudo().commercial_partner_id
        for account in customer._get_open_accounts():
            wanted = (line_ids is None and account.company.id == company_id
                      and account.currency.id == currency_id)
            rows = [row for row in account.rows if row['payable'] > 0 and (
                row['id'] in line_ids if line_ids is not None
                else row['days_overdue'] >= 0 and row['due'] <= account.company._get_dunning_today()
            )]
            if not (wanted or line_ids and len(rows) == len(line_ids)):
                continue
            return customer._make_items_demand(account, rows, is_all=line_ids is None)
        return None

    def _make_items_demand(self, account, rows, is_all):
        currency = account.currency
        payable = currency.round(sum(row['payable'] for row in rows))
        amount = account.due if is_all else payable
        lines = self.env['account.move.line'].sudo().browse(row['id'] for row in rows)
        charges = account.charges if is_all else account.charges.browse()
        if currency.compare_amounts(amount, 0.0) <= 0 or self.env[
                'payment.transaction']._find_underway(lines, charges=charges):
            return None
        numbers = list(dict.fromkeys(row['number'] for row in rows))
        owed = sum(charges.mapped('amount_open'))
        return Demand(
            company=account.company, partner=self, currency=currency, amount=amount, lines=lines,
            reference=numbers[0] if len(numbers) == 1 else f'OI-{self.id}',
            with_charges=is_all, credit=max(0.0, payable + owed - amount) if is_all else 0.0)
