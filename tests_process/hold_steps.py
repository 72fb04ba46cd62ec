"""Steps about holds: orders and deliveries of customers H1..H4, who owe nothing at first."""
from odoo import fields
from odoo.fields import Command

CUSTOMERS = 4


def prepare(env):
    """Add to the stage: goods on stock, who sells, delivers and releases, and the customers."""
    users = env['res.users'].with_context(no_reset_password=True)
    for login, group in (('seller', 'sales_team.group_sale_salesman_all_leads'),
                         ('picker', 'stock.group_stock_user'),
                         ('releaser', 'smart_dunning.group_dunning_release')):
        users.create({
            'name': login.capitalize(), 'login': login, 'email': f'{login}@example.com',
            'group_ids': [Command.set([env.ref('base.group_user').id, env.ref(group).id])]})
    goods = env['product.product'].create({
        'name': "Race Goods", 'type': 'consu', 'is_storable': True, 'list_price': 100.0,
        'taxes_id': [Command.clear()], 'invoice_policy': 'order'})
    goods.create({'name': "Race Service", 'type': 'service', 'list_price': 100.0,
                  'taxes_id': [Command.clear()]})
    warehouse = env['stock.warehouse'].search([('company_id', '=', env.company.id)], limit=1)
    env['stock.quant']._update_available_quantity(goods, warehouse.lot_stock_id, 1000)
    env['res.partner'].create([
        {'name': f"Held {number}", 'email': f'h{number}@example.com', 'lang': 'en_US'}
        for number in range(1, CUSTOMERS + 1)])


def _as(env, login, model, ids=()):
    user = env['res.users'].search([('login', '=', login)])
    return env[model].with_user(user).browse(ids)


def _customer(env, number):
    return env['res.partner'].search([('email', '=', f'h{number}@example.com')])


# What people set up -----------------------------------------------------------------------------

def rule(env, **values):
    """Add a hold rule to the policy of the company."""
    env['dunning.hold.rule'].create({
        'policy_id': env.company.dunning_policy_id.id, 'order_effect': 'block',
        'delivery_effect': 'block', **values})


def limit(env, customer, amount):
    """Give a customer a credit limit."""
    _customer(env, customer).credit_limit = amount


def order(env, customer, quantity, is_confirmed=False, product="Race Goods"):
    """Make an order of something for 100 each; return its id."""
    created = env['sale.order'].create({
        'partner_id': _customer(env, customer).id,
        'user_id': env['res.users'].search([('login', '=', 'seller')]).id,
        'order_line': [Command.create({
            'product_id': env['product.product'].search([('name', '=', product)]).id,
            'product_uom_qty': quantity, 'price_unit': 100.0, 'tax_ids': [Command.clear()]})]})
    if is_confirmed:
        created.action_confirm()
    return created.id


def overdue(env, customer, amount=50.0):
    """Post an invoice that is overdue for twenty days; return its id."""
    due = fields.Date.add(fields.Date.today(), days=-20)
    move = env['account.move'].create({
        'move_type': 'out_invoice', 'partner_id': _customer(env, customer).id,
        'invoice_date': due, 'date': due, 'invoice_date_due': due,
        'invoice_payment_term_id': False,
        'invoice_line_ids': [Command.create({
            'name': "Old goods", 'price_unit': amount, 'tax_ids': [Command.clear()]})]})
    move.action_post()
    return move.id


def draft_plan(env, customer):
    """Write down an instalment plan about what a customer owes; return its id."""
    return env['dunning.installment.plan'].create({
        'partner_id': _customer(env, customer).id, 'count': 2}).id


def propose_handover(env, customer):
    """Propose to hand over what a customer owes, whatever law leaves to us; return its id."""
    partner = _customer(env, customer)
    partner.write({'street': "Road 1", 'zip': "20095", 'city': "Hamburg",
                   'country_id': env.ref('base.de').id})
    agency = env['res.partner'].create({'name': "North", 'email': 'north@example.com'})
    env['dunning.agency'].create(
        {'name': "North", 'partner_id': agency.id, 'company_id': env.company.id})
    env['account.move'].search([('partner_id', '=', partner.id)]).is_move_sent = True
    case = env['dunning.handover'].create({'partner_id': partner.id})
    case.action_propose()
    env['dunning.handover.override'].create(
        {'handover_id': case.id, 'reason': "Known to be insolvent"}).action_override()
    return case.id


def draft_handover(env, customer):
    """Begin a handover of what a customer owes as the clerk; return its id."""
    return _as(env, 'clerk', 'dunning.handover').create(
        {'partner_id': _customer(env, customer).id}).id


def promise(env, customer, amount):
    """Record as the clerk what a customer promises to pay; return its id."""
    return _as(env, 'clerk', 'dunning.promise').create({
        'partner_id': _customer(env, customer).id, 'amount': amount,
        'date': fields.Date.add(fields.Date.today(), days=7)}).id


def dispute(env, move, amount):
    """Record as the clerk that a part of an invoice is disputed; return its id."""
    return _as(env, 'clerk', 'dunning.dispute').create({
        'move_id': move, 'amount': amount,
        'reason_id': env.ref('smart_dunning.dunning_pause_reason_price').id}).id


def release(env, amount, customer=None, **values):
    """Release a customer, or what the values name."""
    if customer:
        values['partner_id'] = _customer(env, customer).id
    _as(env, 'releaser', 'dunning.release').create({
        'max_amount': amount, 'reason': "Spoke to the boss",
        'valid_until': fields.Date.add(fields.Date.today(), days=7), **values})


# What happens at the same time ------------------------------------------------------------------

def confirm(env, ids):
    """Confirm orders as the salesperson; return their states."""
    orders = _as(env, 'seller', 'sale.order', ids)
    orders.action_confirm()
    return orders.mapped('state')


def raise_quantity(env, ids, quantity):
    """Raise the quantity of a confirmed order as the salesperson."""
    _as(env, 'seller', 'sale.order', ids).order_line.product_uom_qty = quantity
    env.flush_all()


def deliver(env, ids):
    """Validate the deliveries of orders as the warehouse does; return their states."""
    pickings = _as(env, 'picker', 'stock.picking', env['sale.order'].browse(ids).picking_ids.ids)
    pickings.move_ids.picked = True
    pickings.with_context(skip_backorder=True).button_validate()
    return pickings.mapped('state')


def cancel_delivery(env, ids):
    """Cancel the deliveries of orders."""
    _as(env, 'picker', 'stock.picking', env['sale.order'].browse(
        ids).picking_ids.ids).action_cancel()


def put_hold(env, customer):
    """Put a customer on hold by hand."""
    env['dunning.hold'].create(
        {'partner_id': _customer(env, customer).id, 'reason': "Wait for the lawyer"})


def end_holds(env, customer):
    """End the holds by hand of a customer."""
    env['dunning.hold'].search([('partner_id', '=', _customer(env, customer).id)]).action_end()
    env.flush_all()


def pay_held(env, customer):
    """Book payments of everything a customer has open."""
    moves = env['account.move'].search([
        ('partner_id', '=', _customer(env, customer).id), ('move_type', '=', 'out_invoice'),
        ('state', '=', 'posted'), ('payment_state', 'in', ('not_paid', 'partial'))])
    env['account.payment.register'].with_context(
        active_model='account.move', active_ids=moves.ids).create({})._create_payments()
    env.flush_all()


def cron_debtors(env):
    """Let the scheduler run the debtor cron, as often as it finds right."""
    env.ref('smart_dunning.ir_cron_dunning_debtor').method_direct_trigger()
