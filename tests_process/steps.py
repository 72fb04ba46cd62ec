"""What a worker process can be told to do. Each step gets an environment; its caller commits."""
from odoo import fields
from odoo.fields import Command

CUSTOMERS = 20


def prepare(env, smtp_port):
    """Set the stage: a policy, customers 1..20 with one invoice each, a mail server."""
    company = env.company
    clerk = env['res.users'].with_context(no_reset_password=True).create({
        'name': "Clara Clerk", 'login': 'clerk', 'email': 'clerk@example.com',
        'group_ids': [Command.set([
            env.ref('base.group_user').id, env.ref('smart_dunning.group_dunning_user').id])]})
    env['dunning.policy'].search([]).action_archive()
    policy = env['dunning.policy'].create({
        'name': "Process tests", 'company_id': company.id, 'quiet_days': 5, 'tolerance': 1.0,
        'bank_guard_days': 0, 'max_letters': 0, 'auto_send': True, 'net_credits': True,
        'level_ids': [
            Command.create(_level_values(1, "Reminder", 7)),
            Command.create(_level_values(2, "Demand", 14, delay_from='previous_letter'))],
    })
    company.write({
        'name': "Muster GmbH", 'email': 'accounts@example.com', 'dunning_policy_id': policy.id,
        'dunning_user_id': clerk.id,
        # Every day is a working day, so that the tests do not fail on Sundays.
        'resource_calendar_id': env['resource.calendar'].create({
            'name': "Always", 'tz': 'UTC', 'attendance_ids': [Command.clear()] + [
                Command.create({
                    'name': "Day", 'dayofweek': str(number), 'hour_from': 0, 'hour_to': 24})
                for number in range(7)]}).id,
    })
    # Without an account to pay to, the nightly run waits for somebody.
    env['res.partner.bank'].create({
        'acc_number': 'DE89370400440532013000', 'partner_id': company.partner_id.id})
    env['ir.mail_server'].search([]).action_archive()
    env['ir.mail_server'].create({
        'name': "Sink", 'smtp_host': '127.0.0.1', 'smtp_port': smtp_port,
        'smtp_encryption': 'none'})
    partners = env['res.partner'].create([{
        'name': f"Customer {number}", 'email': f'c{number}@example.com', 'lang': 'en_US',
        'street': "Main Street 1", 'zip': '10115', 'city': "Berlin",
    } for number in range(1, CUSTOMERS + 1)])
    for number, partner in enumerate(partners, 1):
        _invoice(env, partner, 200.0 - number)      # the first is written to first


def warm_up(env):
    """Fill the caches: plan and render one letter. The caller rolls back."""
    plan(env, customers=[1])
    letter = env['dunning.letter'].search([], limit=1)
    letter._prepare_sending()
    letter._prepare_mail_values()


def _level_values(position, name, delay, **values):
    return {
        'position': position, 'name': name, 'delay': delay, 'delay_from': 'due_date',
        'subject': f"{name} {{{{ object.name }}}}",
        'body_html': '<p><t t-out="object.salutation"/></p>'
                     '<p>Open: <t t-out="object.amount_text"/>.</p>',
        'letter_text': "<p>Please pay.</p>", 'letter_closing': "<p>Thank you.</p>", **values}


def _invoice(env, partner, amount, days=20, move_type='out_invoice'):
    due = fields.Date.add(fields.Date.today(), days=-days)
    move = env['account.move'].create({
        'move_type': move_type, 'partner_id': partner.id, 'invoice_date': due, 'date': due,
        'invoice_date_due': due, 'invoice_payment_term_id': False,
        'invoice_line_ids': [Command.create({
            'name': "Goods", 'price_unit': amount, 'tax_ids': [Command.clear()]})]})
    move.action_post()
    return move


def _customers(env, numbers):
    return env['res.partner'].search(
        [('email', 'in', [f'c{number}@example.com' for number in numbers])], order='id')


# What people do ---------------------------------------------------------------------------------

def invoice(env, customer, amount):
    """Post one more overdue invoice; return its id."""
    return _invoice(env, _customers(env, [customer]), amount).id


def credit_note(env, customer, amount):
    """Post a credit note that is not reconciled with anything."""
    return _invoice(env, _customers(env, [customer]), amount, move_type='out_refund').id


def reset_to_draft(env, customer):
    """Reset the oldest invoice of a customer to draft."""
    env['account.move'].search([
        ('partner_id', '=', _customers(env, [customer]).id), ('move_type', '=', 'out_invoice'),
    ], order='id', limit=1).button_draft()
    env.flush_all()


def new_run(env):
    """Create a run; return its id."""
    return env['dunning.run'].create({}).id


def plan(env, customers=None, days=0, is_sent=False):
    """Plan a run for the day ``days`` from now; return {run, letters, omissions}."""
    run = env['dunning.run'].create({'date': fields.Date.add(fields.Date.today(), days=days)})
    if customers is None:
        run.action_plan()
    else:
        run._plan(_customers(env, customers))
    if is_sent:
        run.action_send()
    return {'run': run.id, 'letters': len(run.letter_ids),
            'omissions': run.omission_ids.mapped('reason')}


def pay(env, customer, amount=None):
    """Book a payment of the oldest open invoice of a customer, or a part of it."""
    move = env['account.move'].search([
        ('partner_id', '=', _customers(env, [customer]).id), ('move_type', '=', 'out_invoice'),
        ('payment_state', 'in', ('not_paid', 'partial'))], order='id', limit=1)
    wizard = env['account.payment.register'].with_context(
        active_model='account.move', active_ids=move.ids).create(
            {'amount': amount} if amount else {})
    wizard._create_payments()
    env.flush_all()


def press(env, button, ids, model='dunning.letter'):
    """Press a button as the clerk."""
    clerk = env['res.users'].search([('login', '=', 'clerk')])
    getattr(env[model].with_user(clerk).browse(ids), button)()


def change(env, model, ids, values):
    """Write values on records."""
    env[model].browse(ids).write(values)


def break_policy(env, customer, values):
    """Give a customer a policy of his own whose first level has other values."""
    policy = env.company.dunning_policy_id.copy({'name': "Broken"})
    policy.level_ids.sorted('position')[0].write(values)
    _customers(env, [customer]).dunning_policy_id = policy


# What the scheduler does ------------------------------------------------------------------------

def send(env):
    """Do one round of the send cron."""
    env['dunning.letter']._cron_send()


def send_by_scheduler(env):
    """Let the scheduler run the send cron, as often as it finds right."""
    env.ref('smart_dunning.ir_cron_dunning_send').method_direct_trigger()


def nightly(env):
    """Do the nightly run."""
    env['dunning.run']._cron_run()


def send_one(env, position):
    """Send one letter as the cron would, without taking its customer first."""
    letter = env['dunning.letter'].search([], order='id')[position]
    letter._send_isolated(letter._get_queue_domain())
    env.cr.commit()


def send_with_defect(env, method, customer=None):
    """Do one round of the send cron in a program with a defect that shows at one customer or all.
    """
    model_class = env.registry['dunning.letter']
    original = getattr(model_class, method)
    broken = _customers(env, range(1, CUSTOMERS + 1) if customer is None else [customer])

    def wrapper(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        if self.partner_id.id in broken.ids:
            raise ZeroDivisionError("a defect")
        return result
    setattr(model_class, method, wrapper)
    send(env)
