from odoo import api, models

from .dunning_hold_check import ORDERS


class SaleOrder(models.Model):
    """Orders settled at a till: what of them is left, what was paid, and that none is refused."""

    _inherit = 'sale.order'

    # Amounts ------------------------------------------------------------------------------------

    @api.depends('order_line.pos_order_line_ids.order_id.state',
                 'order_line.pos_order_line_ids.qty',
                 'order_line.pos_order_line_ids.price_subtotal_incl')
    def _compute_dunning_to_invoice(self):
        # EXTENDS smart_dunning
        return super()._compute_dunning_to_invoice()

    def _get_rest_to_invoice(self):
        # EXTENDS smart_dunning: down payments at a till reduce it
        advances = self.order_line.filtered(lambda line: line._is_only_advance())
        return super()._get_rest_to_invoice() - self._sum_settled(advances._get_settled_lines())

    def _get_due(self):
        # EXTENDS smart_dunning
        return super()._get_due() + self._sum_settled(self.order_line._get_settled_lines())

    def _get_paid(self):
        # EXTENDS smart_dunning
        paid = super()._get_paid()
        for sale, lines in self.order_line._get_settled_lines().grouped('order_id').items():
            paid += sale._get_paid_share() * self._sum_settled(lines)
        return paid

    def _sum_settled(self, lines):
        """Return what lines of sales at tills cost, in the currency of this order."""
        return sum(
            sale.currency_id._convert(
                sum(group.mapped('price_subtotal_incl')), self.currency_id, self.company_id,
                self.company_id._get_dunning_today(), round=False)
            for sale, group in lines.grouped('order_id').items())

    # Where it is enforced -----------------------------------------------------------------------

    def _get_hold_refusal(self):
        # EXTENDS smart_dunning: a till settles the order, and the sale is over
        refusal = super()._get_hold_refusal()
        taken = self._get_taken()
        if refusal and taken is not None:
            taken[self.id] = refusal
            return False
        return refusal

    def _enforce_hold(self):
        # EXTENDS smart_dunning
        untaken = self.filtered(lambda order: order._get_taken() is None)
        return super(SaleOrder, untaken)._enforce_hold()

    def _get_taken(self):
        """Return where to note that this order was held and taken nevertheless.

        None when nobody settles it at a till right now.
        """
        self.ensure_one()
        taken = self.env['dunning.hold.check']._get_at_till(ORDERS)
        return taken if taken is not None and self.order_line._get_settled_lines() else None
