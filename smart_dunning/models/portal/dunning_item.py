from odoo import api, models
from odoo.tools import SQL

from ...logic import ladder


class DunningItem(models.AbstractModel):
    """Items whose online payment is on its way wait for some days."""

    _inherit = 'dunning.item'

    @api.model
    def _get_excluded_because(self, scope):
        # EXTENDS item
        return [*super()._get_excluded_because(scope), (
            SQL("%s AND %s = ANY(ARRAY(%s))", self._is_debt(), self._line('id'),
                self._get_paid_online_query(scope)), ladder.UNDERWAY)]

    @api.model
    def _get_paid_online_query(self, scope):
        """Return the items that an online payment is on its way for; of these there are few.

        A pending payment counts for the days of the company; one that was taken and is not booked
        yet until it is. Transfers are no more than announced, and do not count.
        """
        fields = self.env['payment.transaction']._fields
        days = scope.companies[:1].sudo().dunning_pending_days
        underway = SQL("""
            SELECT tx.id FROM payment_transaction tx
              JOIN payment_provider provider ON provider.id = tx.provider_id
                   AND provider.code NOT IN ('none', 'custom')
             WHERE (tx.state IN ('pending', 'authorized')
                    OR tx.state = 'done' AND tx.is_post_processed IS NOT TRUE)
               AND (tx.state = 'done' OR tx.last_state_change >= %(day)s::date - %(days)s)
        """, day=scope.date, days=days,
            to_flush=[fields[name] for name in (
                'state', 'is_post_processed', 'last_state_change', 'provider_id')])
        return SQL("""
            WITH underway AS (%s)
            SELECT rel.line_id FROM underway
              JOIN dunning_transaction_line_rel rel ON rel.transaction_id = underway.id
         UNION ALL
            SELECT part.id FROM underway
              JOIN account_invoice_transaction_rel rel ON rel.transaction_id = underway.id
              JOIN account_move_line part ON part.move_id = rel.invoice_id
                   AND part.display_type = 'payment_term'
        """, underway)
