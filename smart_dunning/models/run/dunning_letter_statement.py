from collections import defaultdict

from odoo import models
from odoo.tools import SQL

# Upper bounds of the days overdue; what is later than the last one goes into a column of its own.
_AGEING_DAYS = (0, 30, 60, 90)

#: What the statement reads of each open item, and how its rows call it.
COLUMNS = ('company', 'partner', 'currency', 'kind', 'number', 'date', 'due', 'original', 'open',
           'charge')
KEYS = ('company_id', 'partner_id', 'currency_id', 'type', 'number', 'date', 'due', 'amount',
        'open', 'charge_id')


class DunningLetter(models.Model):
    """The account statement behind a letter: everything open, credits included."""

    _inherit = 'dunning.letter'

    def _get_statement_lines(self, companies=None):
        """Return the customer's open items with the creditor as {letter id: [row, …]}.

        One query for all letters of a company, with the rights of the system. Amounts are in the
        currency of the item; credits are negative. A row has `type` (invoice, credit_note,
        payment, entry), `number`, `date`, `due`, `days_overdue`, `currency_id`, `amount`, `open`.

        :param companies: whose ledgers; None for the company of the letter with its branches
        """
        by_debtor = defaultdict(list)
        for company, letters in self.grouped('company_id').items():
            for values in self.env['dunning.item']._fetch(
                    companies or company._get_dunning_tree(), COLUMNS,
                    partner_ids=letters.partner_id.ids, date=letters[:1].date, with_payments=True,
                    where=SQL("item.open != 0 OR item.open_company != 0"), order='due, date, id'):
                row = dict(zip(KEYS, values, strict=True))
                by_debtor[company, row['partner_id']].append(row)
        return {
            letter.id: [
                row | {'days_overdue': max(0, (letter.date - row['due']).days)}
                for row in by_debtor[letter.company_id, letter.partner_id.id]]
            for letter in self}

    def _prepare_statement_values(self, companies=None):
        """Return the statement for the template: one part per currency, never summed across.

        :param companies: see `_get_statement_lines`
        """
        self.ensure_one()
        by_currency = defaultdict(list)
        for row in self._get_statement_lines(companies)[self.id]:
            by_currency[row['currency_id']].append(row)
        names = self._get_statement_names()
        currencies = self.env['res.currency'].browse(by_currency)
        charges = self.env['dunning.charge'].sudo().browse(
            row['charge_id'] for rows in by_currency.values() for row in rows
            if row.get('charge_id'))
        booked = {
            charge.id: f"{charge.name} ({charge.letter_id.name})" if charge.letter_id
            else charge.name for charge in charges}
        return [{
            'currency': currency,
            'rows': [
                row | {'name': booked.get(row.get('charge_id'))
                       or f"{names[row['type']]} {row['number']}"}
                for row in by_currency[currency.id]],
            'total': sum(row['open'] for row in by_currency[currency.id]),
            # A column less where everything is open as it was booked.
            'has_history': any(row['amount'] != row['open'] for row in by_currency[currency.id]),
            'ageing': self._get_ageing(by_currency[currency.id]),
            'ageing_text': self._get_ageing_text(
                self._get_ageing(by_currency[currency.id]), currency),
        } for currency in currencies.sorted(lambda one: (one != self.currency_id, one.name))]

    def _get_statement_names(self):
        """Return what the kinds of rows are called."""
        return {
            'invoice': self.env._("Invoice"), 'credit_note': self.env._("Credit note"),
            'payment': self.env._("Payment"), 'entry': self.env._("Entry")}

    def _get_ageing_text(self, ageing, currency):
        """Return the sums per age in a line; what is zero is left out."""
        names = {
            'not_due': self.env._("Not due yet"), 'to_30': self.env._("1–30 days"),
            'to_60': self.env._("31–60 days"), 'to_90': self.env._("61–90 days"),
            'older': self.env._("Over 90 days"), 'credit': self.env._("Credits")}
        return " · ".join(
            f'{names[age]}: {self._format_document_money(amount, currency)}'
            for age, amount in ageing.items() if not currency.is_zero(amount))

    def _get_ageing(self, rows):
        """Return the sums per age: not due, up to 30, 60, 90 days, older, and the credits.

        They add up to the total of the rows.
        """
        sums = [0.0] * (len(_AGEING_DAYS) + 2)
        for row in rows:
            age = sum(row['days_overdue'] > days for days in _AGEING_DAYS)
            sums[age if row['open'] > 0 else -1] += row['open']
        return dict(zip(
            ('not_due', 'to_30', 'to_60', 'to_90', 'older', 'credit'), sums, strict=True))
