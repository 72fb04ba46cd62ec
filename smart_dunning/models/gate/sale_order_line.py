from contextlib import contextmanager, nullcontext

from odoo import api, models
from odoo.exceptions import UserError

from ...logic import exposure

_VALUE_FIELDS = {
    'product_id', 'product_uom_qty', 'product_uom_id', 'price_unit', 'discount', 'tax_ids',
    'technical_price_unit', 'is_downpayment', 'display_type', 'order_id'}


class SaleOrderLine(models.Model):
    """A confirmed order that grows is checked like a new one: the increase counts."""

    _inherit = 'sale.order.line'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS sale
        lines = super().create(vals_list)
        grown = lines.filtered(lambda line: line.state == 'sale' and line._get_price_of(
            {line: max(line.product_uom_qty, line.qty_delivered)}) > 0)
        if not self.env['dunning.hold.check']._does_system_change_orders():
            grown.order_id._enforce_hold()
        lines._enqueue_hold_debtors()
        return lines

    def write(self, vals):
        # EXTENDS sale
        if not (_VALUE_FIELDS | {'qty_delivered'}) & vals.keys():
            return super().write(vals)
        orders = self.order_id.browse()
        if _VALUE_FIELDS & vals.keys():
            orders = (self.order_id | orders.browse(vals.get('order_id'))).filtered(
                lambda order: order.state == 'sale')
        before = {order: order._get_worth() for order in orders}
        is_moved = 'order_id' in vals and not self.env.su
        with self._keep_payer() if is_moved else nullcontext():
            result = super().write(vals)
        if not self.env['dunning.hold.check']._does_system_change_orders():
            orders.filtered(lambda order: order.company_id.currency_id.compare_amounts(
                order._get_worth(), before[order]) > 0)._enforce_hold()
        self._enqueue_hold_debtors()
        return result

    @contextmanager
    def _keep_payer(self):
        """Refuse that goods still to come, ordered by a held customer, become somebody else's."""
        waiting = self.sudo().filtered(
            lambda line: line.state == 'sale' and not line.display_type
            and line.qty_delivered < line.product_uom_qty)
        payers = {line: line.order_id._get_payer() for line in waiting}
        held = self.env['dunning.hold.check']._find_held(payers.values(), exposure.DELIVERY)
        yield
        for line in waiting:
            if payers[line] in held and line.order_id._get_payer() != payers[line]:
                raise UserError(self.env._(
                    "These goods are meant for %(customer)s, who is on hold: they cannot be sent "
                    "for somebody else. Please cancel the delivery first.",
                    customer=payers[line][0].display_name))

    def _enqueue_hold_debtors(self):
        orders = self.filtered(lambda line: line.state == 'sale').order_id
        self.env['dunning.debtor.change']._enqueue_later(orders._get_hold_customers())
