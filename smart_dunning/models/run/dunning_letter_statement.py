from collections import defaultdict

from odoo import models
from odoo.tools import SQL

# Upper bounds of the days overdue; what is later than the last one goes into a column of its own.
_AGEING_DAYS = (0, 30, 60, 90)


class DunningLetter(models.Model):
    """The account statement behind a letter: everything open, credits included."""

    _inherit = 'dunning.letter'

    def _get_statement_lines(self):
        """Return the customer's open items in the letter's company as {letter id: [row, …]}.

        One query for all letters, with the rights of the system. Amounts are in the currency of
        the item; credits are negative. A row has `type` (invoice, credit_note, payment, entry),
        `number`, `date`, `due`, `days_overdue`, `currency_id`, `amount`, `open`.
        """
        by_debtor = defaultdict(list)
        for row in self._query_statement_lines():
            by_debtor[row['company_id'], row['partner_id']].append(row)
        return {
            letter.id: [
                row | {'days_overdue': max(0, (letter.date - row['due']).days)}
                for row in by_debtor[letter.company_id.id, letter.partner_id.id]]
            for letter in self}

    def _query_statement_lines(self):
        self.env['account.move.line'].flush_model([
            'account_id', 'amount_currency', 'amount_residual', 'amount_residual_currency',
            'company_id', 'currency_id', 'date', 'date_maturity', 'journal_id', 'move_id',
            'parent_state', 'partner_id', 'reconciled'])
        self.env['account.move'].flush_model(['invoice_date', 'move_type', 'name'])
        rows = self.env.execute_query(SQL(
            """
            SELECT line.company_id, line.partner_id, line.currency_id,
                   CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                        WHEN move.move_type = 'out_refund' THEN 'credit_note'
                        WHEN journal.type IN ('bank', 'cash', 'credit') THEN 'payment'
                        ELSE 'entry' END,
                   move.name, COALESCE(move.invoice_date, line.date),
                   COALESCE(line.date_maturity, line.date),
                   line.amount_currency, line.amount_residual_currency
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_journal journal ON journal.id = line.journal_id
             WHERE line.partner_id IN %(partners)s
               AND line.company_id IN %(companies)s
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND account.account_type = 'asset_receivable'
               AND (line.amount_residual != 0 OR line.amount_residual_currency != 0)
          ORDER BY line.date_maturity, line.date, line.id
            """,
            partners=tuple(self.partner_id.ids) or (0,),
            companies=tuple(self.company_id.ids) or (0,)))
        keys = ('company_id', 'partner_id', 'currency_id', 'type', 'number', 'date', 'due',
                'amount', 'open')
        return [
            dict(zip(keys, row, strict=True)) | {
                'amount': float(row[-2] or 0), 'open': float(row[-1] or 0)}
            for row in rows]

    def _prepare_statement_values(self):
        """Return the statement for the template: one part per currency, never summed across."""
        self.ensure_one()
        by_currency = defaultdict(list)
        for row in self._get_statement_lines()[self.id]:
            by_currency[row['currency_id']].append(row)
        currencies = self.env['res.currency'].browse(by_currency)
        return [{
            'currency': currency,
            'rows': by_currency[currency.id],
            'total': sum(row['open'] for row in by_currency[currency.id]),
            'ageing': self._get_ageing(by_currency[currency.id]),
        } for currency in currencies.sorted(lambda one: (one != self.currency_id, one.name))]

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
