from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column


class SaleOrder(models.Model):
    """What an order is worth, and what of it is left to invoice: the one place that says so."""

    _inherit = 'sale.order'

    dunning_to_invoice = fields.Monetary(
        "Left to Invoice", compute='_compute_dunning_to_invoice', store=True, copy=False,
        help="What posted invoices leave of the confirmed order, tax included.")

    _dunning_to_invoice_idx = models.Index("(partner_invoice_id) WHERE dunning_to_invoice > 0")

    def _get_own_total(self):
        """Return what the order costs, tax included, from its lines as they stand."""
        self.ensure_one()
        return self.order_line._get_price_of(
            {line: line.product_uom_qty for line in self.order_line})

    def _get_rest_to_invoice(self):
        """Return what posted invoices to the payer leave, tax included, in the order's currency.

        Line by line and by quantity: what was invoiced at another price is invoiced. Down
        payments reduce it. Less than nothing where more comes back than goes out.
        """
        self.ensure_one()
        rest = self.order_line._get_price_of(
            {line: line._get_quantity_left() for line in self.order_line})
        return rest - sum(
            invoiced.currency_id._convert(
                -invoiced.move_id.direction_sign * share * invoiced.price_total, self.currency_id,
                self.company_id, invoiced.move_id.invoice_date or invoiced.date)
            for line in self.order_line if line._is_only_advance()
            for invoiced, share in line._get_invoiced())

    def _only_takes_back(self):
        """Return whether nothing of the order goes to the customer: empties, returns, credits."""
        lines = self.order_line.filtered(lambda line: not line.display_type)
        return any(line.product_uom_qty < 0 for line in lines) and all(
            line.product_uom_qty * line.price_unit <= 0 for line in lines
            if not line._is_only_advance())

    def _to_company(self, amount):
        """Return an amount of the order in the currency of its company, at the rate of the day."""
        self.ensure_one()
        company = self.company_id
        return (self.currency_id or company.currency_id)._convert(
            amount, company.currency_id, company, company._get_dunning_today(), round=False)

    # Stored -------------------------------------------------------------------------------------

    @api.depends(
        'state', 'currency_id', 'company_id', 'partner_invoice_id.commercial_partner_id',
        'order_line.display_type', 'order_line.is_downpayment', 'order_line.product_uom_qty',
        'order_line.qty_delivered', 'order_line.price_unit', 'order_line.discount',
        'order_line.tax_ids', 'order_line.product_uom_id', 'order_line.move_ids.state',
        'order_line.move_ids.quantity', 'order_line.invoice_lines.quantity',
        'order_line.invoice_lines.price_total',
        'order_line.invoice_lines.move_id.state')
    def _compute_dunning_to_invoice(self):
        for order in self:
            order.dunning_to_invoice = max(order._get_rest_to_invoice(), 0.0) \
                if order.state == 'sale' else 0.0

    def _auto_init(self):
        # A shop may have years of orders: one statement, not order by order.
        is_new = not column_exists(self.env.cr, 'sale_order', 'dunning_to_invoice')
        if is_new:
            create_column(self.env.cr, 'sale_order', 'dunning_to_invoice', 'numeric')
            self._fill_dunning_to_invoice()
        return super()._auto_init()

    @api.model
    def _fill_dunning_to_invoice(self):
        """Set the field of all orders at once, from the quantities that core has stored."""
        self.env.cr.execute(SQL("""
            UPDATE sale_order so SET dunning_to_invoice = COALESCE(found.rest, 0)
              FROM sale_order every LEFT JOIN (%s) found ON found.id = every.id
             WHERE every.id = so.id
               AND COALESCE(so.dunning_to_invoice, 0) != COALESCE(found.rest, 0)
        """, self._get_dunning_to_invoice_query()))

    @api.model
    def _fill_dunning_is_cash(self):
        """Mark orders confirmed before this addon was installed, on terms that give no credit."""
        terms = self.env['account.payment.term'].with_context(active_test=False).search([])
        terms = terms.filtered(lambda term: term._get_dunning_credit_days() <= 0)
        self.env.flush_all()
        self.env.cr.execute(SQL("""
            UPDATE sale_order SET dunning_is_cash = TRUE
             WHERE state = 'sale' AND payment_term_id = ANY(%s)
        """, terms.ids))
        self.invalidate_model(['dunning_is_cash'])

    @api.model
    def _get_dunning_to_invoice_query(self):
        """Return `id` and `rest` of the confirmed orders that leave anything, as computed."""
        return SQL("""
            SELECT so.id, round(sum(line.rest)::numeric, 2) AS rest
              FROM sale_order so
              JOIN res_partner payer ON payer.id = so.partner_invoice_id
              JOIN sale_order_line sol ON sol.order_id = so.id AND sol.display_type IS NULL
         LEFT JOIN uom_uom sold ON sold.id = sol.product_uom_id
         LEFT JOIN product_product product ON product.id = sol.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
        CROSS JOIN LATERAL (%s) invoiced
        CROSS JOIN LATERAL (
                SELECT CASE WHEN LEAST(sol.product_uom_qty, sol.qty_delivered) < 0
                            THEN -1 ELSE 1 END AS side) sides
        CROSS JOIN LATERAL (
                SELECT CASE WHEN side * sol.qty_delivered < side * sol.product_uom_qty
                             AND template.invoice_policy = 'delivery'
                             AND (SELECT bool_and(move.state IN ('done', 'cancel')
                                                  OR source.usage = 'customer')
                                    FROM stock_move move
                                    JOIN stock_location source ON source.id = move.location_id
                                   WHERE move.sale_line_id = sol.id)
                            THEN side * sol.qty_delivered
                            ELSE GREATEST(side * sol.product_uom_qty, side * sol.qty_delivered)
                            END AS quantity) committed
        CROSS JOIN LATERAL (
                SELECT CASE WHEN sol.is_downpayment AND sol.product_uom_qty = 0
                                 AND COALESCE(sol.qty_delivered, 0) = 0 THEN -invoiced.total
                       ELSE side * GREATEST(committed.quantity - side * invoiced.quantity, 0)
                            * CASE WHEN sol.product_uom_qty = 0
                                   THEN sol.price_unit * (1 - sol.discount / 100)
                                   ELSE sol.price_total / sol.product_uom_qty END END AS rest) line
             WHERE so.state = 'sale'
          GROUP BY so.id HAVING round(sum(line.rest)::numeric, 2) > 0
        """, self._get_dunning_invoiced_query())

    @api.model
    def _get_dunning_invoiced_query(self):
        """Return quantity and total of what `payer` was invoiced of `sol`, in the unit `sold`."""
        return SQL("""
            SELECT COALESCE(sum(sign * line.quantity * unit.factor / sold.factor), 0) AS quantity,
                   COALESCE(sum(sign * line.price_total), 0) AS total
              FROM sale_order_line_invoice_rel rel
              JOIN account_move_line line ON line.id = rel.invoice_line_id
              JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
               AND move.commercial_partner_id = payer.commercial_partner_id
         LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
        CROSS JOIN LATERAL (SELECT CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                                   AS sign) direction
             WHERE rel.order_line_id = sol.id
        """)
