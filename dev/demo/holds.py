"""Held customers in every state, and an order and a delivery to try it on."""

from datetime import timedelta

from .progress import money

# customer: why the demo holds him, beside those whom the shipped rules find by themselves
_MANUAL = ('lorenz', "Rumours of insolvency: nothing more leaves until accounting has called")
_PREPAID = 'kowalski'
_EXPIRED = 'hofer'
_LIMITED = 'koenig'
_RELEASED = ('lefevre', "Spoke to Mme Lefèvre: the transfer is on its way")
# reasons of a hold that end with the payment of everything that is due
_PAID_AWAY = {'overdue', 'level', 'over_limit'}
_REQUESTED = ('zimmermann', "The scaffolding is needed on Monday, and they pay every spring")


def make_holds(company, partners, users):
    """Put customers on hold by every rule there is; give a release, and ask for another one.

    :param partners: customers of the company by key
    :param users: users by login
    """
    env = company.with_company(company).env
    today = company._get_dunning_today()
    env['dunning.hold'].with_user(users['clerk']).create({
        'partner_id': partners[_MANUAL[0]].id, 'company_id': company.id, 'reason': _MANUAL[1],
        'date_until': today + timedelta(days=14)})
    partners[_PREPAID].dunning_prepayment_only = True
    partners[_EXPIRED].write({
        'credit_limit': 15000, 'dunning_limit_until': today - timedelta(days=20),
        'dunning_limit_reason': "Annual accounts of last year"})
    quotation = _get_orders(env, company, partners[_LIMITED], ('draft', 'sent'))
    quotation.user_id = users['sales']      # it stands in the list that sales opens on
    exposure = env['dunning.hold.check']._get_figures(company, partners[_LIMITED])['exposure']
    partners[_LIMITED].write({
        'credit_limit': round(exposure + quotation.amount_total / 2, -1),
        'dunning_limit_until': today + timedelta(days=200),
        'dunning_limit_reason': "Report of the credit agency"})
    partners['mueller'].write({
        'credit_limit': 40000, 'dunning_limit_reason': "Credit insurance, contract 4711"})
    _run_crons(env, 'smart_dunning.ir_cron_dunning_debtor')
    _give_release(env, company, partners, users, today)
    requested = _get_orders(env, company, partners[_REQUESTED[0]], ('sale',))
    requested.picking_ids[:1].with_user(users['sales'])._request_dunning_release(_REQUESTED[1])
    _run_crons(env, 'smart_dunning.ir_cron_dunning_debtor', 'mail.ir_cron_mail_scheduler_action')


def _run_crons(env, *xmlids):
    """Run crons as their buttons do: they work and commit with a cursor of their own."""
    env.cr.commit()
    for xmlid in xmlids:
        env.ref(xmlid).method_direct_trigger()
    env.cr.commit()     # to see what they did
    env.invalidate_all()


def _give_release(env, company, partners, users, today):
    key, reason = _RELEASED
    picking = _get_orders(env, company, partners[key], ('sale',)).picking_ids[:1]
    env['dunning.release'].with_user(users['release']).create({
        'company_id': company.id, 'picking_id': picking.id, 'reason': reason,
        'valid_until': today + timedelta(days=7)})


def _get_orders(env, company, partner, states):
    return env['sale.order'].search([
        ('partner_id', 'child_of', partner.id), ('company_id', '=', company.id),
        ('state', 'in', states)], limit=1)


def print_holds(env, company):
    """Print who is on hold, what waits, and what to try as whom."""
    debtors = env['dunning.debtor'].search([('company_id', '=', company.id)])
    blocked, warned = (
        debtors.filtered(lambda debtor, state=state: debtor.hold_state == state)
        for state in ('block', 'warn'))
    waiting = env['dunning.held.delivery'].search([('company_id', '=', company.id)])
    print(f"\n  On hold: {len(blocked)} customers, warned about: {len(warned)}; "
          f"{len(waiting)} deliveries over {money(company, sum(waiting.mapped('amount')))} wait "
          f"for a payment")
    [[released]] = env['dunning.held.report']._read_group(
        [('company_id', '=', company.id)], [], ['amount:sum'])
    print(f"  Paid after a delivery was held: {money(company, released or 0.0)}")
    orders = env['sale.order'].search([
        ('company_id', '=', company.id), ('state', 'in', ('draft', 'sent')),
        ('dunning_hold_state', 'in', ['block'])])
    orders = orders.sorted(lambda order: order.user_id.login != 'sales')[:1]
    if orders:
        print(f"  Try as sales: confirm quotation {orders.name} of "
              f"{orders.partner_invoice_id.commercial_partner_id.name}, and ask for a release")
    freed = waiting.filtered(lambda delivery: {
        reason['code'] for reason in delivery.debtor_id.hold_reasons or ()} <= _PAID_AWAY)
    if freed:
        print(f"  Try as warehouse: validate {freed[0].name} to {freed[0].partner_id.name}; "
              f"as clerk: press Customer Paid Everything on this debtor, and look again")
    others = (waiting - freed)[:1]
    if others:
        print(f"  Try as release: let {others.name} to {others.partner_id.name} pass; a payment "
              f"alone would not")
