from bisect import bisect_right
from itertools import accumulate

from odoo import api, models
from odoo.tools import SQL

#: Figures that are sums of events, and so can be told of any day.
_SUMS = ('open', 'debts', 'overdue', 'over_30', 'over_60', 'over_90', 'sales')
_READ_FIELDS = {
    'account.move.line': [
        'account_id', 'company_id', 'partner_id', 'parent_state', 'balance', 'date',
        'date_maturity', 'move_id'],
    'account.move': ['move_type'],
    'account.partial.reconcile': ['debit_move_id', 'max_date', 'amount'],
}


class Days:
    """Sums of the receivables of a company up to any day, from what happened on each."""

    def __init__(self, rows):
        """:param rows: (day, one change per figure of `_SUMS`), sorted by day"""
        self._days = [day for day, *_changes in rows]
        columns = list(zip(*(changes for _day, *changes in rows), strict=True)) or [()] * len(_SUMS)
        self._totals = {
            name: list(accumulate(column)) for name, column in zip(_SUMS, columns, strict=True)}

    def get(self, name, day):
        """Return a figure as of the end of a day, in company currency."""
        place = bisect_right(self._days, day)
        return self._totals[name][place - 1] if place else 0.0

    def get_between(self, name, day, until):
        """Return what was added after a day up to another one."""
        return self.get(name, until) - self.get(name, day)


class DunningLedgerDays(models.AbstractModel):
    """What was open and overdue on any day of the past, in one query.

    A debt adds to what is overdue on the day after its due date (or when it is booked, if that is
    later), and every allocation takes its part off from that day on, or from its own. So what was
    overdue on a day is a running sum, and no day needs a query of its own.
    """

    _name = 'dunning.ledger.days'
    _description = "Receivables by Day"

    @api.model
    def _read(self, company, until):
        """Return the `Days` of a company and its branches up to a day, in its currency."""
        for model, names in _READ_FIELDS.items():
            self.env[model].flush_model(names)
        return Days(self.env.execute_query(SQL("""
            SELECT day, %(sums)s FROM (%(events)s) event WHERE day <= %(until)s
          GROUP BY day ORDER BY day
        """, until=until, events=self._get_events(company, until),
            sums=SQL(", ").join(
                SQL("COALESCE(sum(amount) FILTER (WHERE name = %s), 0)::float8", name)
                for name in _SUMS))))

    @api.model
    def _get_events(self, company, until):
        """Return what changes a figure, and when: columns day, name of the figure, amount."""
        return SQL("""
            WITH age (days, name) AS (
                VALUES (1, 'overdue'), (31, 'over_30'), (61, 'over_60'), (91, 'over_90')),
            item AS (
                SELECT line.id, line.date, line.balance, move.move_type,
                       COALESCE(line.date_maturity, line.date) AS due
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                 WHERE line.account_id IN %(accounts)s AND line.company_id IN %(companies)s
                   AND line.parent_state = 'posted' AND line.partner_id IS NOT NULL
                   AND line.date <= %(until)s),
            paid AS (
                SELECT item.due, part.max_date AS day, part.amount
                  FROM item
                  JOIN account_partial_reconcile part ON part.debit_move_id = item.id
                 WHERE part.max_date <= %(until)s)
            SELECT date AS day, 'open' AS name, balance AS amount FROM item
         UNION ALL
            SELECT date, 'sales', balance FROM item
             WHERE move_type IN ('out_invoice', 'out_receipt', 'out_refund')
         UNION ALL
            SELECT date, 'debts', balance FROM item WHERE balance > 0
         UNION ALL
            SELECT day, 'debts', -amount FROM paid
         UNION ALL
            SELECT GREATEST(date, due + age.days), age.name, balance
              FROM item CROSS JOIN age WHERE balance > 0
         UNION ALL
            SELECT GREATEST(day, due + age.days), age.name, -amount FROM paid CROSS JOIN age
        """, accounts=self.env['dunning.item']._get_accounts(),
            companies=company._get_dunning_tree()._ids, until=until)
