from odoo import models


class SaleOrderLine(models.Model):
    """What was settled at a till is invoiced, whether the till has made an invoice or not."""

    _inherit = 'sale.order.line'

    def _get_settled_lines(self):
        """Return the lines of sales at tills that settle these, sudo."""
        return self.sudo().pos_order_line_ids.filtered(
            lambda line: line.order_id.state not in ('draft', 'cancel'))

    def _get_quantity_invoiced(self):
        # EXTENDS smart_dunning
        return super()._get_quantity_invoiced() + sum(
            self._convert_qty(self, line.qty, 'p2s') for line in self._get_settled_lines())
