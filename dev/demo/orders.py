"""Confirmed orders whose deliveries wait in the warehouse, some with goods on the shelf."""

from datetime import timedelta

from odoo.fields import Command

# customer, product (place in the list), quantity
ORDERS = (
    ('schroeder', 6, 2), ('schroeder', 3, 4), ('zimmermann', 1, 10), ('mueller', 0, 5),
    ('klinikum', 7, 1), ('kowalski', 2, 1), ('lefevre', 5, 1), ('arndt', 6, 1), ('boehm', 4, 20),
    ('thornbury', 3, 2))
QUOTATIONS = (('lorenz', 2, 3), ('koenig', 5, 2), ('hofer', 6, 1))
ON_SHELF = ((0, 40), (1, 25), (2, 12), (3, 6), (4, 60))


def make_orders(company, partners, products, last_day):
    """Create orders of the last two weeks; the confirmed ones have a delivery waiting."""
    env = company.with_company(company).env
    # The price list that Odoo makes at first is in US dollars.
    env['product.pricelist'].search([]).currency_id = company.currency_id
    warehouse = env['stock.warehouse'].search([('company_id', '=', company.id)], limit=1)
    env['stock.quant'].with_context(inventory_mode=True).create([{
        'product_id': products[index].id, 'location_id': warehouse.lot_stock_id.id,
        'inventory_quantity': quantity} for index, quantity in ON_SHELF]).action_apply_inventory()
    orders = env['sale.order'].create([
        _prepare_order(company, partners[key], products[index], quantity,
                       last_day - timedelta(days=number))
        for number, (key, index, quantity) in enumerate((*ORDERS, *QUOTATIONS))])
    orders[:len(ORDERS)].action_confirm()


def _prepare_order(company, partner, product, quantity, day):
    """Return the values of a quotation."""
    return {
        'partner_id': partner.id, 'company_id': company.id, 'user_id': partner.user_id.id,
        'date_order': day, 'order_line': [Command.create({
            'product_id': product.id, 'product_uom_qty': quantity,
            'tax_ids': [Command.set(company.account_sale_tax_id.ids)]})]}
