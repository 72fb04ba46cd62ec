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
        return lines

    def write(self, vals):
        # EXTENDS sale
        orders = self.filtered(lambda line: line.state == 'sale').order_id \
            if _VALUE_FIELDS & vals.keys() else self.order_id.browse()
        if not orders:
            return super().write(vals)
        before = {order: order.amount_total for order in orders}
        result = super().write(vals)
        orders.filtered(lambda order: order.currency_id.compare_amounts(
            order.amount_total, before[order]) > 0)._enforce_hold()
        return result
