"""A large ledger in the midst of its life, for what is opened each day and done each night.

To the open items of `ledger` come invoices that were paid (see `portfolio`), the letters that asked
for them, letters of today that wait, promises and disputes, credit limits, deliveries on their way.
As there, Odoo makes a prototype of what has many columns, and SQL copies it.
"""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from . import ledger, portfolio, risk
from .planning import plan_all

#: A letter went out so many days after the due date.
LETTER_DAYS = 10
LIMIT = 2_000
#: Numbers between those of open and of paid invoices, for the prototypes.
FIRST_NUMBER = 1_000


def build(env, customers, items, seed=19):
    """Fill the company; return how much of what there is.

    :param items: open ones; three in ten as many were paid in the last three years
    """
    sizes = ledger._draw_sizes(random.Random(f'{seed}-{items}'), items, customers)
    ledger.build(env, items, seed, sizes)
    _set_rules(env)
    _add_paid(env, customers, items, seed)
    run, _figures = plan_all(env)
    _send_most(env, run)
    _add_old_letters(env, run)
    _add_agreements(env)
    _add_deliveries(env, customers // 250)
    env.cr.commit()
    ledger._analyze(env.cr)
    env.invalidate_all()
    # What was so before is known, and told to nobody.
    env['dunning.event']._collect(
        env.company, env.company._get_dunning_today(), is_silent=True)
    return {name: env[name].search_count([]) for name in (
        'dunning.letter', 'dunning.promise', 'dunning.dispute')} | {'items': items}


def _set_rules(env):
    """Give one in five customers a limit, and hold those who exceed it or are very late."""
    company = env.company
    company.write({'account_use_credit_limit': True, 'dunning_big_sales': 20_000})
    env['dunning.hold.rule'].search([]).unlink()
    for policy in env['dunning.policy'].search([]):
        policy.hold_rule_ids = [
            Command.create({'trigger': trigger, 'order_effect': 'block',
                            'delivery_effect': 'block', **values})
            for trigger, values in (
                ('over_limit', {}), ('overdue', {'days': 150, 'amount': 500.0}))]
    env.flush_all()
    env.cr.execute("""
        UPDATE res_partner partner SET credit_limit = jsonb_build_object(%s, %s)
          FROM bench_customer customer WHERE customer.id = partner.id AND customer.no %% 5 = 0
    """, [str(company.id), LIMIT])


def _add_paid(env, customers, items, seed):
    """Book invoices of three years, each with its payment."""
    cr = env.cr
    ledger._speed_up(cr)
    ledger._copy_rows(cr, 'bench_paid_item', (
        'no int, customer int, date date, due date, paid date, amount numeric, move_id int,'
        ' receivable_id int, income_id int, payment_id int, credit_id int, bank_id int,'
        ' partial_id int, full_id int'), (
        (FIRST_NUMBER + items + place, int(row.customer) + 1, row.date, row.due, row.paid,
         row.amount, *[None] * 8)
        for place, row in enumerate(
            risk.draw(customers, items * 3 // 10, seed), 1) if row.paid))
    portfolio._insert(env, portfolio._make_prototypes(env))
    cr.commit()
    ledger._analyze(cr)
    env.invalidate_all()


# Letters ---------------------------------------------------------------------------------------


def _send_most(env, run):
    """Leave one in ten letters of a run waiting; the others went out in the last two months."""
    env.cr.execute("""
        UPDATE dunning_letter SET state = 'sent', sent_date = date - (11 + id %% 50)
         WHERE run_id = %(run)s AND id %% 10 > 0;
        UPDATE dunning_letter_line line SET state = 'sent' FROM dunning_letter letter
         WHERE letter.id = line.letter_id AND letter.state = 'sent';
        UPDATE account_move_line item SET dunning_level_id = line.level_id,
               dunning_date = letter.sent_date
          FROM dunning_letter_line line JOIN dunning_letter letter ON letter.id = line.letter_id
         WHERE line.move_line_id = item.id AND letter.state = 'sent';
    """, {'run': run.id})


def _add_old_letters(env, run):
    """Add the letters of the last year that asked for what was paid since."""
    cr = env.cr
    letter = env['dunning.letter'].search([('state', '=', 'sent')], limit=1)
    cr.execute("""
        CREATE TEMP TABLE bench_letter AS
        SELECT customer, due + %(days)s AS day, sum(amount) AS amount,
               nextval('dunning_letter_id_seq')::int AS id
          FROM bench_paid_item
         WHERE paid > due + %(days)s AND due + %(days)s > current_date - 365 GROUP BY 1, 2;
        CREATE TEMP TABLE bench_run AS
        SELECT day, nextval('dunning_run_id_seq')::int AS id FROM bench_letter GROUP BY 1;
        ANALYZE bench_letter, bench_run
    """, {'days': LETTER_DAYS})
    ledger._copy_records(
        cr, 'dunning_run', f"bench_run b JOIN dunning_run proto ON proto.id = {run.id}",
        {'id': 'b.id', 'date': 'b.day', 'state': "'done'", 'name': "'OLD/' || b.id"})
    ledger._copy_records(cr, 'dunning_letter', (
        "bench_letter b JOIN bench_run run USING (day) JOIN bench_customer c ON c.no = b.customer"
        f" JOIN dunning_letter proto ON proto.id = {letter.id}"), {
        'id': 'b.id', 'run_id': 'run.id', 'partner_id': 'c.id', 'recipient_id': 'c.id',
        'name': "'OLD/' || b.id", 'date': 'b.day', 'sent_date': 'b.day', 'deadline': 'b.day + 10',
        **{name: 'b.amount' for name in ('amount_due', 'amount_total', 'amount_company')}})
    ledger._copy_records(cr, 'dunning_letter_line', (
        "bench_paid_item i JOIN bench_letter b ON b.customer = i.customer AND b.day = i.due + "
        f"{LETTER_DAYS} JOIN dunning_letter_line proto ON proto.id = {letter.line_ids[:1].id}"
        " WHERE i.paid > b.day"), {
        'id': "nextval('dunning_letter_line_id_seq')", 'letter_id': 'b.id',
        'move_line_id': 'i.receivable_id', 'move_id': 'i.move_id', 'date_maturity': 'i.due',
        'amount_original': 'i.amount', 'amount_residual': 'i.amount'})


# Agreements and deliveries ---------------------------------------------------------------------


def _add_agreements(env):
    """Make promises and disputes of one in ten pauses of such kinds, and some that are over."""
    env.cr.execute("""
        CREATE TEMP TABLE bench_agreed AS
        SELECT pause.id AS pause_id, pause.kind, pause.partner_id, item.id AS line_id, item.move_id,
               item.amount_residual_currency AS amount, item.currency_id,
               nextval('dunning_promise_id_seq')::int AS id
          FROM dunning_pause pause
     LEFT JOIN dunning_pause_item_rel rel ON rel.pause_id = pause.id
          JOIN account_move_line item ON item.id = rel.line_id
            OR item.move_id = pause.move_id AND item.display_type = 'payment_term'
         WHERE pause.kind IN ('promise', 'dispute') AND pause.id %% 10 = 0
           AND item.amount_residual_currency > 0;
        DELETE FROM bench_agreed one USING bench_agreed other
         WHERE other.pause_id = one.pause_id AND other.line_id < one.line_id;
        INSERT INTO dunning_promise (id, partner_id, company_id, currency_id, user_id, channel,
               state, date, date_made, amount, amount_paid, paid_before, grace_days, create_uid)
        SELECT id, partner_id, %(company)s, currency_id, %(user)s, 'phone', 'open',
               current_date + 5, current_date - 5, amount, 0, 0, 3, %(user)s
          FROM bench_agreed WHERE kind = 'promise';
        UPDATE dunning_pause pause SET promise_id = agreed.id FROM bench_agreed agreed
         WHERE agreed.pause_id = pause.id AND agreed.kind = 'promise';
        INSERT INTO dunning_promise (partner_id, company_id, currency_id, user_id, channel,
               state, date, date_made, amount, amount_paid, paid_before, grace_days, create_uid)
        SELECT partner_id, company_id, currency_id, user_id, channel, CASE id %% 3
               WHEN 0 THEN 'broken' ELSE 'kept' END, date - 60 - id %% 200,
               date_made - 60 - id %% 200, amount, CASE id %% 3 WHEN 0 THEN 0 ELSE amount END, 0, 3,
               create_uid
          FROM dunning_promise;
        INSERT INTO dunning_dispute (partner_id, company_id, currency_id, user_id, move_id,
               reason_id, state, deadline, date_opened, amount, date_closed)
        SELECT agreed.partner_id, %(company)s, currency_id, %(user)s, move_id,
               (SELECT min(id) FROM dunning_pause_reason), state, current_date + 10,
               current_date - 5 - agreed.id %% 300, amount / 2,
               CASE WHEN state != 'open' THEN current_date - 3 END
          FROM bench_agreed agreed CROSS JOIN unnest('{open,justified}'::text[]) state
         WHERE kind = 'dispute'
    """, {'company': env.company.id, 'user': env.uid})
    relation = env['dunning.promise']._fields['item_ids']
    env.cr.execute(f"""
        INSERT INTO {relation.relation} ({relation.column1}, {relation.column2})
        SELECT id, line_id FROM bench_agreed WHERE kind = 'promise'
    """)


def _add_deliveries(env, count):
    """Add open deliveries, all to customers whom their limit will hold."""
    warehouse = env['stock.warehouse'].search([('company_id', '=', env.company.id)], limit=1)
    goods = env['product.product'].create({'name': "Goods", 'type': 'consu', 'list_price': 100.0})
    customer = env.ref('stock.stock_location_customers')
    picking = env['stock.picking'].create({
        'picking_type_id': warehouse.out_type_id.id, 'location_id': warehouse.lot_stock_id.id,
        'location_dest_id': customer.id, 'partner_id': env.company.partner_id.id,
        'move_ids': [Command.create({
            'product_id': goods.id, 'product_uom_qty': 2, 'location_id': warehouse.lot_stock_id.id,
            'location_dest_id': customer.id})]})
    picking.action_confirm()
    env.flush_all()
    ledger._speed_up(env.cr)
    env.cr.execute(f"""
        CREATE TEMP TABLE bench_delivery AS
        SELECT c.id AS partner, nextval('stock_picking_id_seq')::int AS id
          FROM bench_customer c WHERE c.no % 5 = 0 AND c.items > 15 ORDER BY no LIMIT {count}
    """)
    for table, record, values in (
        ('stock_picking', picking, {'id': 'b.id', 'name': "'BENCH/' || b.id"}),
        ('stock_move', picking.move_ids, {
            'id': "nextval('stock_move_id_seq')", 'picking_id': 'b.id'}),
    ):
        ledger._copy_records(
            env.cr, table, f"bench_delivery b JOIN {table} proto ON proto.id = {record.id}",
            {'partner_id': 'b.partner', **values})


# News ------------------------------------------------------------------------------------------


def bring_news(env, letters):
    """Let a day pass on which much happens; return how many of what.

    Letters go out, half as many customers come near their limit, a fifth as many promises are
    broken, a twentieth as many mails come back.
    """
    cr, today = env.cr, env.company._get_dunning_today()
    counts = {}
    for name, query in {
        'letters': """
            UPDATE dunning_letter SET state = 'sent', sent_date = %(today)s WHERE id IN (
                SELECT id FROM dunning_letter WHERE state IN ('draft', 'ready')
              ORDER BY id LIMIT %(letters)s)""",
        'limits': """
            UPDATE res_partner partner SET credit_limit = jsonb_build_object(
                   %(company)s::text, round(debtor.exposure * 1.05))
              FROM dunning_debtor debtor WHERE debtor.partner_id = partner.id
               AND debtor.id IN (
                SELECT id FROM dunning_debtor WHERE exposure > 100 AND credit_limit = 0
              ORDER BY id LIMIT %(letters)s / 2)""",
        'promises': """
            UPDATE dunning_promise SET date = %(today)s::date - 10 WHERE id IN (
                SELECT id FROM dunning_promise WHERE state = 'open'
              ORDER BY id LIMIT %(letters)s / 5)""",
        'bounces': """
            UPDATE dunning_letter SET is_bounced = TRUE, bounced_date = %(today)s,
                   bounced_email = email WHERE id IN (
                SELECT id FROM dunning_letter WHERE state = 'sent' AND sent_date = %(today)s
              ORDER BY id LIMIT %(letters)s / 20)""",
    }.items():
        cr.execute(query, {'today': today, 'letters': letters, 'company': env.company.id})
        counts[name] = cr.rowcount
    cr.execute("UPDATE dunning_debtor SET refreshed_at = %s", [
        fields.Datetime.now() - timedelta(days=1)])
    cr.commit()
    env.invalidate_all()
    return counts
