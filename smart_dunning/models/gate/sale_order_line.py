from odoo import api, models

_VALUE_FIELDS = {
    'product_id', 'product_uom_qty', 'product_uom_id', 'price_unit', 'discount', 'tax_ids',
    'technical_price_unit'}


class SaleOrderLine(models.Model):
    """A confirmed order that grows is checked like a new one: the increase counts."""

    _inherit = 'sale.order.line'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS sale
        lines = super().create(vals_list)
        grown = lines.filtered(
            lambda line: line.state == 'sale' and line.price_total > 0 and not line.is_downpayment)
        grown.order_id._enforce_hold()
        lines._enqueue_hold_debtors()
        return lines

    def write(self, vals):
        # EXTENDS sale
        if not (_VALUE_FIELDS | {'qty_delivered'}) & vals.keys():
            return super().write(vals)
        orders = self.filtered(lambda line: line.state == 'sale').order_id \
            if _VALUE_FIELDS & vals.keys() else self.order_id.browse()
        before = {order: order.amount_total for order in orders}
        result = super().write(vals)
        orders.filtered(lambda order: order.currency_id.compare_amounts(
            order.amount_total, before[order]) > 0)._enforce_hold()
        self._enqueue_hold_debtors()
        return result

    def _enqueue_hold_debtors(self):
        orders = self.filtered(lambda line: line.state == 'sale').order_id
        self.env['dunning.debtor.change']._enqueue_later(orders._get_hold_customers())

    def _get_dunning_rest(self):
        """Return what posted invoices leave of the line at most, untaxed, in its currency.

        Goods that will never be delivered count here: only their moves tell, and only
        `dunning.hold.check` asks them.
        """
        self.ensure_one()
        if self.display_type:
            return 0.0
        if self.is_downpayment:
            return -self.untaxed_amount_invoiced
        quantity, delivered = self.product_uom_qty, self.qty_delivered
        committed = self.price_subtotal / quantity * max(quantity, delivered) if quantity \
            else delivered * self.price_unit * (1 - self.discount / 100)
        return max(committed - self.untaxed_amount_invoiced, 0.0)
