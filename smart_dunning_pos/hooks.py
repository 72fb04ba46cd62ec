def _note_settled_orders(env):
    """Compute anew what is left to invoice of orders that were settled at tills before."""
    lines = env['sale.order.line'].sudo().search([('pos_order_line_ids', '!=', False)])
    env.add_to_compute(env['sale.order']._fields['dunning_to_invoice'], lines.order_id)
