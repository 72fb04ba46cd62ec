from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...logic import risk

#: How far back payments say something about a customer.
MONTHS = 24
#: Of how many months sales are averaged for the proposed limit.
SALES_MONTHS = 12

_READ_FIELDS = {
    'account.move.line': [
        'partner_id', 'company_id', 'account_id', 'parent_state', 'date_maturity', 'date',
        'balance', 'reconciled', 'move_id'],
    'account.move': ['move_type', 'invoice_date'],
    'account.partial.reconcile': ['debit_move_id', 'credit_move_id', 'max_date', 'amount'],
}


class DunningRisk(models.AbstractModel):
    """Reading from the ledger how customers have paid; `logic.risk` makes classes of it.

    1. `_get_payments_query`: one row per invoice instalment with its due date (moved to a working
       day) and the day on which it was paid; what a credit note settled was not paid.
    2. `_read_histories`, `_read_pattern`: the same rows by customer and for the company.
    3. `_rate`: histories and pattern make rating, usual days and proposed limit.
    """

    _name = 'dunning.risk'
    _description = "How a Customer Pays"

    # Facts --------------------------------------------------------------------------------------

    @api.model
    def _flush(self):
        """Write to the database what the queries read."""
        for model, names in _READ_FIELDS.items():
            self.env[model].flush_model(names)

    @api.model
    def _get_payments_query(self, company, date, partner_ids=None, months=MONTHS):
        """Return the SQL of what was invoiced: one row per instalment.

        Columns are id, partner_id, due, settled, amount, open, is_credited.

        As of a day: what was paid later is open. Amounts are in company currency.

        :param partner_ids: commercial partners; None for all
        :param months: how far back invoices count, by their date
        """
        self._flush()
        start = fields.Date.subtract(date, months=months)
        roll = self._get_business_roll(company, start, date)
        return SQL("""
            SELECT line.id, line.partner_id, line.balance::float8 AS amount,
                   COALESCE(roll.business_day, line.date_maturity, line.date) AS due,
                   (line.balance - COALESCE(settled.amount, 0))::float8 AS open,
                   CASE WHEN line.reconciled AND settled.last_day <= %(date)s
                             AND settled.is_payment THEN settled.last_day END AS settled,
                   line.reconciled AND settled.last_day <= %(date)s AND NOT settled.is_payment
                       AS is_credited
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
                   AND move.move_type IN ('out_invoice', 'out_receipt')
         LEFT JOIN unnest(%(days)s::date[], %(business_days)s::date[]) roll (day, business_day)
                   ON roll.day = COALESCE(line.date_maturity, line.date)
         LEFT JOIN LATERAL (
                   SELECT max(part.max_date) AS last_day,
                          sum(part.amount) FILTER (WHERE part.max_date <= %(date)s) AS amount,
                          bool_or(payment.move_type != 'out_refund') AS is_payment
                     FROM account_partial_reconcile part
                     JOIN account_move_line credit ON credit.id = part.credit_move_id
                     JOIN account_move payment ON payment.id = credit.move_id
                    WHERE part.debit_move_id = line.id) settled ON TRUE
             WHERE line.account_id IN %(accounts)s AND line.parent_state = 'posted'
               AND line.company_id IN %(companies)s AND line.balance > 0
               AND line.date BETWEEN %(start)s AND %(date)s AND %(whose)s
        """, date=date, start=start, days=list(roll), business_days=list(roll.values()),
            accounts=self.env['dunning.item']._get_accounts(), whose=self._get_whose(partner_ids),
            companies=company._get_dunning_tree()._ids)

    @api.model
    def _get_whose(self, partner_ids):
        """Return the condition on `line` for these commercial partners; None: for all."""
        return SQL("line.partner_id IS NOT NULL") if partner_ids is None else SQL(
            "line.partner_id = ANY(%s)", list(partner_ids))

    @api.model
    def _get_business_roll(self, company, start, date):
        """Return {day: working day on which it is due} around two days; empty: each is its own."""
        return company._get_business_days(
            fields.Date.subtract(start, days=366), fields.Date.add(date, days=366)
        ) if company.dunning_business_days else {}

    @api.model
    def _read_pattern(self, company, date):
        """Return how many invoices of a company are known and late, and its median of days late."""
        [[known, late, median]] = self.env.execute_query(SQL("""
            SELECT count(*) FILTER (WHERE settled IS NOT NULL OR due < %(date)s),
                   count(*) FILTER (WHERE COALESCE(settled, %(date)s) > due),
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY settled - due)
                       FILTER (WHERE settled IS NOT NULL)
              FROM (%(payments)s) payment WHERE is_credited IS NOT TRUE
        """, date=date, payments=self._get_payments_query(company, date)))
        return {'known': known, 'late': late, 'median_days': median or 0.0}

    @api.model
    def _read_histories(self, company, partner_ids, date):
        """Return {partner id: `logic.risk.History`} of those of whom anything is known.

        A fixed number of queries. Other addons add their share through super().

        :param partner_ids: commercial partners; None for all
        """
        rows = self.env.execute_query_dict(SQL("""
            WITH payment AS (
                SELECT partner_id, amount, due, settled, settled - due AS days,
                       CASE WHEN settled IS NOT NULL THEN row_number() OVER (
                           PARTITION BY partner_id
                           ORDER BY settled DESC NULLS LAST, id DESC) END AS place
                  FROM (%(payments)s) row WHERE is_credited IS NOT TRUE)
            SELECT partner_id,
                   count(*) FILTER (WHERE settled IS NOT NULL OR due < %(date)s)::int AS known,
                   count(*) FILTER (WHERE COALESCE(settled, %(date)s) > due)::int AS late,
                   count(settled)::int AS paid,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY days)
                       FILTER (WHERE settled IS NOT NULL) AS median_days,
                   sum(amount * days) / NULLIF(sum(amount) FILTER (WHERE settled IS NOT NULL), 0)
                       AS average_days,
                   avg(days) FILTER (WHERE place <= 6)::float8 AS recent_days,
                   avg(days) FILTER (WHERE place BETWEEN 7 AND 12)::float8 AS earlier_days,
                   COALESCE(max(%(date)s - due)
                       FILTER (WHERE settled IS NULL AND due < %(date)s), 0) AS days_overdue
              FROM payment GROUP BY partner_id
        """, date=date, payments=self._get_payments_query(company, date, partner_ids)))
        broken = self._count_broken_promises(company, partner_ids, date)
        returned = self._count_returned(company, partner_ids, date)
        histories = {
            row.pop('partner_id'): row for row in rows}
        for counts, name in ((broken, 'broken_promises'), (returned, 'returned')):
            for partner_id, count in counts.items():
                histories.setdefault(partner_id, {})[name] = count
        return {partner_id: risk.History(**row) for partner_id, row in histories.items()}

    @api.model
    def _count_broken_promises(self, company, partner_ids, date):
        return {partner.id: count for partner, count in self.env[
            'dunning.promise'].sudo()._read_group(
                self._get_broken_domain(company, partner_ids, date), ['partner_id'], ['__count'])}

    @api.model
    def _find_broken_promises(self, company, partner_ids, date):
        """Return the promises that speak against customers."""
        return self.env['dunning.promise'].search(
            self._get_broken_domain(company, partner_ids, date))

    @api.model
    def _get_broken_domain(self, company, partner_ids, date):
        whose = [] if partner_ids is None else [('partner_id', 'in', list(partner_ids))]
        return [
            ('state', 'in', ('broken', 'partly')), ('date', '<=', date),
            ('date', '>=', fields.Date.subtract(date, months=MONTHS)),
            ('company_id', 'in', company._get_dunning_tree().ids), *whose]

    @api.model
    def _count_returned(self, company, partner_ids, date):
        """Return how many payments of each customer the bank has sent back."""
        counts = defaultdict(int)
        for partner, count in self.env['account.payment'].sudo()._read_group(
                self._get_returned_domain(company, partner_ids, date), ['partner_id'],
                ['__count']):
            counts[partner.commercial_partner_id.id] += count
        return counts

    @api.model
    def _find_returned(self, company, partner_ids, date):
        """Return the payments of customers that the bank has sent back."""
        return self.env['account.payment'].search(
            self._get_returned_domain(company, partner_ids, date))

    @api.model
    def _get_returned_domain(self, company, partner_ids, date):
        whose = [] if partner_ids is None else [('partner_id', 'child_of', list(partner_ids))]
        return [
            ('state', '=', 'rejected'), ('partner_type', '=', 'customer'),
            ('payment_type', '=', 'inbound'), ('date', '<=', date),
            ('date', '>=', fields.Date.subtract(date, months=MONTHS)),
            ('company_id', 'in', company._get_dunning_tree().ids), *whose]

    @api.model
    def _read_monthly_sales(self, company, partner_ids, date):
        """Return {partner id: average invoiced per month, tax included, in company currency}.

        Credit notes deducted; a customer of two months is averaged over two months.
        """
        self._flush()
        start = fields.Date.subtract(date, months=SALES_MONTHS)
        rows = self.env.execute_query(SQL("""
            SELECT line.partner_id, sum(line.balance)::float8, min(line.date)
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
                   AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
             WHERE line.account_id IN %s AND line.parent_state = 'posted'
               AND line.company_id IN %s AND line.date > %s AND line.date <= %s AND %s
          GROUP BY line.partner_id
        """, self.env['dunning.item']._get_accounts(), company._get_dunning_tree()._ids, start,
            date, self._get_whose(partner_ids)))
        return {
            partner_id: total / min(SALES_MONTHS, max(1, -(-(date - first).days // 30)))
            for partner_id, total, first in rows}

    # Rating -------------------------------------------------------------------------------------

    @api.model
    def _rate(self, company, partner_ids, date):
        """Return {partner id: figures} of customers, of whom nothing need be known.

        Figures are `rating` (`logic.risk.Rating`), `history`, `usual_days`, `monthly_sales`.

        :param partner_ids: commercial partners
        """
        pattern = self.env['dunning.risk.pattern']._get_of(company)
        histories = self._read_histories(company, partner_ids, date)
        sales = self._read_monthly_sales(company, partner_ids, date)
        figures = {}
        for partner_id in partner_ids:
            history = histories.get(partner_id) or risk.History()
            figures[partner_id] = {
                'rating': risk.rate(history, pattern.late_share),
                'history': history,
                'usual_days': risk.get_usual_days(
                    history.paid, history.median_days, pattern.median_days),
                'monthly_sales': sales.get(partner_id, 0.0),
            }
        return figures
