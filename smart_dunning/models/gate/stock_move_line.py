from odoo import api, models

_ISSUE_FIELDS = {'quantity', 'product_uom_id', 'location_dest_id', 'move_id', 'picking_id'}


class StockMoveLine(models.Model):
    """Goods also leave when a line of a finished transfer is added, raised or sent elsewhere."""

    _inherit = 'stock.move.line'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS stock
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == 'done')._enforce_hold()
        return lines

    def write(self, vals):
        # EXTENDS stock
        done = self.filtered(lambda line: line.move_id.state == 'done') \
            if _ISSUE_FIELDS & vals.keys() else self.browse()
        if not done:
            return super().write(vals)
        before = {line: line._get_issued_quantity() for line in done}
        result = super().write(vals)
        done.filtered(
            lambda line: line.product_id.uom_id.compare(
                line._get_issued_quantity(), before[line]) > 0)._enforce_hold()
        return result

    def _get_issued_quantity(self):
        """Return how much of the product, in its own unit, went to a customer by this line."""
        self.ensure_one()
        is_issue = any(location._is_outgoing() for location in self.location_dest_id)
        return self.quantity_product_uom if is_issue else 0.0

    def _enforce_hold(self):
        issued = self.filtered(lambda line: line._get_issued_quantity() > 0)
        issued.move_id._enforce_hold()
