from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, float_round
from odoo.tools.sql import column_exists, create_column


class SaleOrder(models.Model):
    """Finds the few orders that still count among all that a customer ever placed."""

    _inherit = 'sale.order'

    dunning_to_invoice = fields.Monetary(
        "Left to Invoice at Most", compute='_compute_dunning_to_invoice', store=True, copy=False,
        help="What posted invoices leave of the order, tax included, as if all of it were "
             "delivered. Less where goods were given up.")

    _dunning_to_invoice_idx = models.Index("(partner_invoice_id) WHERE dunning_to_invoice > 0")

    def _auto_init(self):
        # Orders of years: by one statement, not order by order.
        if not column_exists(self.env.cr, 'sale_order', 'dunning_to_invoice'):
            create_column(self.env.cr, 'sale_order', 'dunning_to_invoice', 'numeric')
            self.env.cr.execute(SQL("""
                UPDATE sale_order so SET dunning_to_invoice = found.rest
                  FROM (%s) found WHERE found.id = so.id AND found.rest > 0
            """, self._get_dunning_to_invoice_query()))
        return super()._auto_init()

    @api.model
    def _get_dunning_to_invoice_query(self):
        """Return `id` and `rest` of all confirmed orders, as the field computes them."""
        return SQL("""
            SELECT so.id, ceil(round((GREATEST(sum(line.rest), 0)
                               * COALESCE(so.amount_total / NULLIF(so.amount_untaxed, 0), 1)
                               / currency.rounding)::numeric, 4)) * currency.rounding AS rest
              FROM sale_order so
              JOIN res_currency currency ON currency.id = so.currency_id
              JOIN sale_order_line sol ON sol.order_id = so.id AND sol.display_type IS NULL
        CROSS JOIN LATERAL (
                SELECT CASE WHEN sol.is_downpayment THEN -COALESCE(sol.untaxed_amount_invoiced, 0)
                       ELSE GREATEST(CASE WHEN sol.product_uom_qty = 0
                           THEN sol.qty_delivered * sol.price_unit * (1 - sol.discount / 100)
                           ELSE sol.price_subtotal / sol.product_uom_qty
                                * GREATEST(sol.product_uom_qty, sol.qty_delivered) END
                           - COALESCE(sol.untaxed_amount_invoiced, 0), 0) END AS rest) line
             WHERE so.state = 'sale'
          GROUP BY so.id, currency.rounding
        """)

    @api.depends(
        'state', 'amount_untaxed', 'amount_total', 'order_line.display_type',
        'order_line.is_downpayment', 'order_line.discount', 'order_line.product_uom_qty',
        'order_line.qty_delivered', 'order_line.price_unit', 'order_line.price_subtotal',
        'order_line.untaxed_amount_invoiced')
    def _compute_dunning_to_invoice(self):
        for order in self:
            rest = max(sum(line._get_dunning_rest() for line in order.order_line), 0.0) \
                if order.state == 'sale' else 0.0
            taxed = order.amount_total / order.amount_untaxed if order.amount_untaxed else 1.0
            # Never less than there is: rounded up.
            order.dunning_to_invoice = float_round(
                rest * taxed, precision_rounding=order.currency_id.rounding or 0.01,
                rounding_method='UP')

    def _check_may_set_rest(self, vals):
        """Refuse to take an order out of the exposure by RPC."""
        if 'dunning_to_invoice' in vals and not self.env.su:
            raise AccessError(self.env._(
                "What is left to invoice follows from the invoices of the order. It cannot be "
                "set by hand."))
