from odoo import api, models
from odoo.tools import SQL

#: What is read of payments that have no entry yet.
_PAYMENT_FIELDS = (
    'state', 'move_id', 'amount', 'currency_id', 'payment_type', 'partner_id',
    'amount_company_currency_signed', 'invoice_ids')
_INVOICE_FIELDS = (
    'amount_residual', 'amount_residual_signed', 'amount_total', 'invoice_date_due', 'move_type')


class DunningItem(models.AbstractModel):
    """What is on its way to the bank: payments that have no entry yet, as accounting apps make."""

    _inherit = 'dunning.item'

    @api.model
    def _get_payments_query(self, scope, columns):
        """Return payments on account without an entry as rows: credits that are on their way."""
        fields = self.env['account.payment']._fields
        return SQL("""
            SELECT %(columns)s FROM account_payment payment
              JOIN res_partner payer ON payer.id = payment.partner_id
             WHERE payment.state = 'in_process' AND payment.move_id IS NULL
               AND payment.is_matched IS NOT TRUE AND payment.payment_type = 'inbound'
               AND payment.partner_type = 'customer' AND payment.company_id IN %(companies)s
               AND %(whose)s AND NOT EXISTS (
                   SELECT FROM account_move__account_payment link
                    WHERE link.payment_id = payment.id)
        """, columns=SQL(", ").join(column.payment for column in columns),
            companies=scope.companies._ids or (0,),
            whose=SQL("TRUE") if scope.partner_ids is None else SQL(
                "payer.commercial_partner_id = ANY(%s)", scope.partner_ids),
            to_flush=[fields[name] for name in (
                'is_matched', 'partner_type', 'company_id', 'date', 'name', *_PAYMENT_FIELDS)])

    @api.model
    def _get_underway(self):
        """Return what of an item is on its way, in its currency, with the sign of its residual."""
        return SQL("underway.amount")

    @api.model
    def _join_underway(self, scope):
        """Return the join that knows what is on its way.

        Payments that have no entry yet, as accounting apps make them, are known one by one. What
        core calls paid although a residual stays and nobody knows by which payment is wholly on
        its way.
        """
        residual, state = self._line('amount_residual_currency'), self._move('payment_state')
        known, join = SQL("NULL"), SQL()
        if not scope.is_plain:
            known = SQL("known.amount")
            join = SQL("LEFT JOIN (%s) known ON known.line_id = line.id",
                       self._get_underway_query(scope))
        return SQL("""
            %(join)s
            CROSS JOIN LATERAL (
                SELECT COALESCE(%(known)s, CASE WHEN %(state)s IN ('in_payment', 'paid')
                    THEN %(residual)s ELSE 0 END) AS amount
            ) underway
        """, join=join, known=known, state=state, residual=residual)

    @api.model
    def _get_underway_company(self, scope):
        """Return the same in the currency of the company, at the rate of the entry."""
        if scope.is_plain:
            return SQL("CASE WHEN %s IN ('in_payment', 'paid') THEN %s ELSE 0 END",
                       self._move('payment_state'), self._line('amount_residual'))
        return SQL("""
            CASE WHEN %(residual)s = 0 THEN CASE WHEN %(state)s IN ('in_payment', 'paid')
                      THEN %(company)s ELSE 0 END
                 ELSE %(company)s * %(underway)s / %(residual)s END
        """, state=self._move('payment_state'), residual=self._line('amount_residual_currency'),
            company=self._line('amount_residual'), underway=self._get_underway())

    @api.model
    def _get_underway_query(self, scope):
        """Return by line what payments without an entry pay of it: of an invoice the oldest first.

        It begins with the payments (see their index), of which a ledger has few or none.
        """
        return SQL("""
            SELECT line_id, sign(residual) * LEAST(abs(residual), GREATEST(paid - before, 0))
                   AS amount
              FROM (
                SELECT line.id AS line_id, line.amount_residual_currency AS residual, invoice.paid,
                       COALESCE(sum(abs(line.amount_residual_currency)) OVER (
                           PARTITION BY line.move_id ORDER BY line.date_maturity, line.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
                  FROM (SELECT move_id, sum(LEAST(owed, GREATEST(amount - before, 0))) AS paid
                          FROM (%s) share GROUP BY move_id) invoice
                  JOIN account_move_line line ON line.move_id = invoice.move_id
                       AND line.reconciled IS NOT TRUE
                  JOIN account_account account ON account.id = line.account_id
                       AND account.account_type = 'asset_receivable'
              ) part
        """, self._get_underway_shares(scope))

    @api.model
    def _get_underway_shares(self, scope):
        """Return payments without an entry with each invoice that they name.

        Columns: move_id, what it owes, amount of the payment in its currency, and what the
        invoices before it take of that: the one that was due first comes first. A payment that
        somebody has validated by hand counts as long as nothing was matched with the invoice.
        """
        return SQL("""
            SELECT invoice.id AS move_id, invoice.amount_residual AS owed,
                   CASE WHEN payment.currency_id = invoice.currency_id THEN payment.amount
                        ELSE abs(payment.amount_company_currency_signed) * invoice.amount_residual
                             / abs(NULLIF(invoice.amount_residual_signed, 0)) END AS amount,
                   COALESCE(sum(invoice.amount_residual) OVER (
                       PARTITION BY payment.id ORDER BY invoice.invoice_date_due, invoice.id
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
              FROM account_payment payment %(payers)s
              JOIN account_move__account_payment link ON link.payment_id = payment.id
              JOIN account_move invoice ON invoice.id = link.invoice_id
             WHERE payment.move_id IS NULL AND (
                       payment.state = 'in_process'
                    OR payment.state = 'paid' AND invoice.amount_residual = invoice.amount_total)
               AND (payment.payment_type = 'inbound') =
                   (invoice.move_type IN ('out_invoice', 'out_receipt'))
        """,
            payers=SQL("") if scope.partner_ids is None else SQL("""
                JOIN res_partner payer ON payer.id = payment.partner_id
                     AND payer.commercial_partner_id = ANY(%s)
            """, scope.partner_ids),
            to_flush=[
                self.env[model]._fields[name]
                for model, names in (
                    ('account.payment', _PAYMENT_FIELDS), ('account.move', _INVOICE_FIELDS))
                for name in names])


class AccountPayment(models.Model):
    _inherit = 'account.payment'

    # Only accounting apps make payments without an entry; here they are found without a scan.
    _dunning_underway_idx = models.Index(
        "(partner_id) WHERE move_id IS NULL AND state IN ('in_process', 'paid')")
