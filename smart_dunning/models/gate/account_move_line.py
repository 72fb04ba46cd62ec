from odoo import models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _get_share_of(self, sale_line):
        """Return the share that an order line has in this line of an invoice: 0 to 1."""
        self.ensure_one()
        lines = self.sale_line_ids
        if len(lines) <= 1:
            return 1.0
        prices = {line: abs(line._get_price_of({line: line.product_uom_qty})) for line in lines}
        total = sum(prices.values())
        return prices[sale_line] / total if total else 1 / len(lines)
