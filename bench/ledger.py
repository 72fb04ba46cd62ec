"""A ledger of any size, the same for the same seed: customers and their open invoices.

What matters to Odoo is taken from records that Odoo makes itself: a prototype of each kind is
created and posted through the ORM, then copied by SQL with other partners, dates and amounts. So
every column is filled, whatever modules are installed.

How the ledger is spread:

- ten open items per customer on average, heavily skewed: many have one, some two hundred;
- three quarters of the items overdue, up to 200 days, the rest not due for another two months;
- three in a hundred are credit notes, fifteen in a hundred in a second currency;
- a quarter of the customers are persons; five in a hundred have no e-mail, two in a hundred no
  address at all, three in a hundred are paused; one in ten has a contact for invoices;
- ten in a hundred items are paused by themselves: half promised, half disputed in part.
"""

import io
import math
import random
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.fields import Command
from odoo.sql_db import connection_info_for

ITEMS_PER_CUSTOMER = 10
MOST_ITEMS = 200
RATE = 1.25     # units of the second currency for one of the company's

_NAMES = (
    "Adler", "Becker", "Curtius", "Dietrich", "Engel", "Fischer", "Graf", "Huber", "Iversen",
    "Jung", "Krause", "Lehmann", "Maurer", "Neumann", "Otto", "Peters", "Quast", "Richter",
    "Schulze", "Thoma", "Ullrich", "Vogel", "Wagner", "Xanten", "Young", "Zimmer")
_TRADES = (
    "Bau GmbH", "Elektro GmbH & Co. KG", "Handel AG", "Logistik GmbH", "Maschinenbau AG",
    "Metallbau GmbH", "Software GmbH", "Technik e. K.")
_FIRST_NAMES = ("Anna", "Bernd", "Claudia", "David", "Eva", "Frank", "Greta", "Hans")
_CITIES = (("10115", "Berlin"), ("20095", "Hamburg"), ("50667", "Köln"), ("80331", "München"))
_LANGS = ('de_DE',) * 12 + ('en_US',) * 5 + ('fr_FR',) * 3

# Which columns carry an amount in the document's currency, and which in the company's.
_MOVE_AMOUNTS = {
    'amount_untaxed', 'amount_total', 'amount_residual', 'amount_untaxed_in_currency_signed',
    'amount_total_in_currency_signed'}
_MOVE_WORTHS = {'amount_untaxed_signed', 'amount_total_signed', 'amount_residual_signed'}
_LINE_AMOUNTS = {
    'amount_currency', 'amount_residual_currency', 'price_unit', 'price_subtotal', 'price_total'}
_LINE_WORTHS = {'debit', 'credit', 'balance', 'amount_residual'}


def build(env, items, seed=19, sizes=None):
    """Fill the current company with a ledger and return how much of what there is.

    :param env: the environment of an administrator; its company has no journal entries yet
    :param items: the number of open receivable items
    :param seed: another one gives another ledger
    :param sizes: how many of the items each customer has; drawn by default
    :return: {'items', 'customers', 'overdue', 'credits', 'foreign'}: counts
    """
    company = _prepare_company(env)
    rng = random.Random(f'{seed}-{items}')
    sizes = sizes or _draw_sizes(rng, items)
    cr = env.cr
    _speed_up(cr)
    _copy_rows(cr, 'bench_customer', (
        'no int, items int, is_company bool, name text, email text, street text, zip text,'
        ' city text, lang text, is_paused bool, has_contact bool, id int'),
        _draw_customers(rng, sizes))
    _insert_customers(env)
    _copy_rows(cr, 'bench_item', (
        'no int, customer int, is_credit bool, is_foreign bool, amount numeric, date date,'
        ' due date, move_id int, receivable_id int, income_id int'),
        _draw_items(rng, sizes, fields.Date.context_today(company)))
    _insert_moves(env, _make_prototypes(env))
    if 'dunning.pause' in env:
        _insert_pauses(env)
    counts = _count(cr)
    cr.execute("SET LOCAL session_replication_role = DEFAULT")
    cr.commit()
    _analyze(cr)
    env.invalidate_all()
    return counts


def check(env, sample=12):
    """Let Odoo compute some invoices anew and raise AssertionError where it disagrees."""
    lines = env['account.move.line'].search([
        ('account_id.account_type', '=', 'asset_receivable'), ('parent_state', '=', 'posted'),
        ('reconciled', '=', False), ('display_type', '=', 'payment_term')])
    names = [
        'amount_untaxed', 'amount_total', 'amount_residual', 'amount_total_signed',
        'amount_residual_signed', 'payment_state', 'state', 'name', 'invoice_date_due']
    for move in lines[:: max(1, len(lines) // sample)].move_id:
        before = [move[name] for name in names]
        move._compute_amount()
        move._compute_payment_state()
        move.line_ids._compute_amount_residual()
        if move._get_unbalanced_moves({'records': move}):
            raise AssertionError(f"{move.name} is not balanced")
        move.line_ids._check_constrains_account_id_journal_id()
        after = [move[name] for name in names]
        if before != after:
            raise AssertionError(f"{move.name}: {before} became {after}")
    env.cr.rollback()
    return len(lines)


# Chance --------------------------------------------------------------------------------------


def _draw_sizes(rng, items, count=None):
    """Return the number of items of each customer; their sum is `items`.

    :param count: how many customers; by default one for ten items
    """
    count = count or max(1, items // ITEMS_PER_CUSTOMER)
    middle = 1.6 + math.log(items / count / ITEMS_PER_CUSTOMER)
    sizes = [min(MOST_ITEMS, max(1, round(rng.lognormvariate(middle, 1.15))))
             for _ in range(count)]
    missing = items - sum(sizes)
    while missing:
        place = rng.randrange(count)
        step = 1 if missing > 0 else -1
        if 1 <= sizes[place] + step <= MOST_ITEMS:
            sizes[place] += step
            missing -= step
    return sizes


def _draw_customers(rng, sizes):
    for number, size in enumerate(sizes, 1):
        is_company = rng.random() < 0.75
        name = f"{rng.choice(_NAMES)} {rng.choice(_TRADES)} {number}" if is_company else (
            f"{rng.choice(_FIRST_NAMES)} {rng.choice(_NAMES)} {number}")
        luck = rng.random()
        code, city = rng.choice(_CITIES)
        place = (None, None, None) if luck < 0.02 else (f"Hauptstraße {number}", code, city)
        yield (
            number, size, is_company, name,
            None if luck < 0.05 else f'customer{number}@example.com', *place, rng.choice(_LANGS),
            rng.random() < 0.03, rng.random() < 0.10, None)


def _draw_items(rng, sizes, today):
    number = 0
    for customer, size in enumerate(sizes, 1):
        for _ in range(size):
            number += 1
            days = rng.randint(11, 200) if rng.random() < 0.77 else -rng.randint(1, 60)
            due = today - timedelta(days=days)
            is_credit = rng.random() < 0.03
            yield (
                number, customer, is_credit, rng.random() < 0.15,
                round(min(90_000, 5 + rng.lognormvariate(5.6, 1.2)), 2),
                due - timedelta(days=rng.choice((14, 30, 60))), due, None, None, None)


# What Odoo makes ------------------------------------------------------------------------------


def _prepare_company(env):
    """Make the company a German one in euro, with an address and a bank account."""
    company = env.company
    euro = env.ref('base.EUR')
    euro.active = True
    if company.currency_id != euro:
        company.currency_id = euro
    other = env.ref('base.USD')
    other.active = True
    env['res.currency.rate'].search([('currency_id', 'in', (euro + other).ids)]).unlink()
    env['res.currency.rate'].create({
        'name': '2020-01-01', 'currency_id': other.id, 'rate': RATE, 'company_id': company.id})
    company.write({
        'name': "Muster Handels GmbH", 'street': "Musterweg 1", 'zip': "10117", 'city': "Berlin",
        'country_id': env.ref('base.de').id, 'email': 'accounts@example.com',
        'phone': "+49 30 123456"})
    if not company.partner_id.bank_ids:
        env['res.partner.bank'].create({
            'acc_number': 'DE89370400440532013000', 'partner_id': company.partner_id.id,
            'allow_out_payment': True})
    if 'dunning_user_id' in company:
        company.dunning_user_id = env.user
    return company


def _make_prototypes(env):
    """Post one document of each kind; return {(is_credit, is_foreign): move}."""
    partner = env['res.partner'].create({'name': "Prototype"})
    currencies = {False: env.company.currency_id, True: env.ref('base.USD')}
    prototypes = {}
    for is_foreign, currency in currencies.items():
        for is_credit in (False, True):
            move = env['account.move'].create({
                'move_type': 'out_refund' if is_credit else 'out_invoice',
                'partner_id': partner.id, 'currency_id': currency.id,
                'invoice_date': '2020-06-01', 'date': '2020-06-01',
                'invoice_date_due': '2020-06-15', 'invoice_payment_term_id': False,
                'invoice_line_ids': [Command.create({
                    'name': "Goods", 'price_unit': 100.0, 'tax_ids': [Command.clear()]})],
            })
            move.action_post()
            prototypes[is_credit, is_foreign] = move
    env.flush_all()
    return prototypes


# Copying --------------------------------------------------------------------------------------


def _speed_up(cr):
    """Leave out the checks of foreign keys where we may: the copies point where Odoo pointed."""
    cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cr.fetchone()[0]:
        cr.execute("SET LOCAL session_replication_role = replica")
    cr.execute("SET LOCAL work_mem = '256MB'")


def _copy_rows(cr, table, columns, rows):
    """Stream rows into a temporary table."""
    cr.execute(f"CREATE TEMP TABLE {table} ({columns})")
    buffer = io.StringIO()

    def send():
        buffer.seek(0)
        cr.copy_expert(f"COPY {table} FROM STDIN", buffer)
        buffer.seek(0)
        buffer.truncate()
    for row in rows:
        buffer.write("\t".join(r'\N' if value is None else str(value) for value in row) + "\n")
        if buffer.tell() > 2**22:
            send()
    send()
    cr.execute(f"ANALYZE {table}")


def _copy_records(cr, table, source, overrides):
    """Insert a copy of `proto`, a row of the table, for each row of the source.

    :param source: the FROM clause, in which the row to copy is named `proto`
    :param overrides: {column: SQL expression} of what differs
    """
    cr.execute("""
        SELECT column_name FROM information_schema.columns
         WHERE table_schema = current_schema AND table_name = %s AND is_generated = 'NEVER'
    """, [table])
    columns = [name for name, in cr.fetchall()]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(overrides.get(name, f'proto."{name}"') for name in columns)
    cr.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}")


def _insert_customers(env):
    cr = env.cr
    prototype = env['res.partner'].create({
        'name': "Prototype", 'customer_rank': 1, 'country_id': env.ref('base.de').id,
        'lang': 'en_US', 'city': "Berlin"})
    env.flush_all()
    cr.execute("UPDATE bench_customer SET id = nextval('res_partner_id_seq')")
    _copy_records(cr, 'res_partner', (
        f"bench_customer c JOIN res_partner proto ON proto.id = {prototype.id} ORDER BY c.no"), {
        'id': 'c.id', 'commercial_partner_id': 'c.id', 'name': 'c.name', 'complete_name': 'c.name',
        'is_company': 'c.is_company', 'email': 'c.email', 'email_normalized': 'c.email',
        'street': 'c.street', 'zip': 'c.zip', 'city': 'c.city', 'lang': 'c.lang',
        'commercial_company_name': "CASE WHEN c.is_company THEN c.name END"})
    contact = "'Accounts ' || c.no"
    _copy_records(cr, 'res_partner', (
        "bench_customer c JOIN res_partner proto ON proto.id = c.id "
        "WHERE c.has_contact AND c.email IS NOT NULL ORDER BY c.no"), {
        'id': "nextval('res_partner_id_seq')", 'parent_id': 'c.id', 'type': "'invoice'",
        'name': contact, 'complete_name': f"c.name || ', ' || {contact}", 'is_company': 'FALSE',
        'email': "'invoices.' || c.email", 'email_normalized': "'invoices.' || c.email"})


def _insert_kinds(cr, prototypes):
    cr.execute("CREATE TEMP TABLE bench_kind (is_credit bool, is_foreign bool, rate numeric,"
               " decimals int, move int, receivable int, income int)")
    for (is_credit, is_foreign), move in prototypes.items():
        terms = move.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        cr.execute("INSERT INTO bench_kind VALUES (%s, %s, %s, 2, %s, %s, %s)", [
            is_credit, is_foreign, RATE if is_foreign else 1, move.id, terms.id,
            (move.line_ids - terms).id])


def _insert_moves(env, prototypes):
    cr = env.cr
    cr.execute("""
        UPDATE bench_item SET move_id = nextval('account_move_id_seq'),
               receivable_id = nextval('account_move_line_id_seq'),
               income_id = nextval('account_move_line_id_seq')
    """)
    _insert_kinds(cr, prototypes)
    amount = 'sign(proto.{}) * i.amount'
    worth = 'sign(proto.{}) * round(i.amount / k.rate, 2)'
    shared = {
        'partner_id': 'c.id', 'date': 'i.date', 'invoice_date': 'i.date',
    }
    source = ("bench_item i JOIN bench_customer c ON c.no = i.customer JOIN bench_kind k USING"
              " (is_credit, is_foreign) JOIN {} proto ON proto.id = k.{} ORDER BY i.no")
    name = "CASE WHEN i.is_credit THEN 'RB/' ELSE 'B/' END || to_char(i.no, 'FM00000000')"
    _copy_records(cr, 'account_move', source.format('account_move', 'move'), {
        **shared, 'id': 'i.move_id', 'name': name, 'sequence_number': 'i.no',
        'sequence_prefix': "CASE WHEN i.is_credit THEN 'RB/' ELSE 'B/' END",
        'commercial_partner_id': 'c.id', 'partner_shipping_id': 'c.id',
        'invoice_partner_display_name': 'c.name', 'invoice_date_due': 'i.due',
        'payment_reference': name, 'access_token': 'NULL', 'delivery_date': 'NULL',
        **{column: amount.format(column) for column in _MOVE_AMOUNTS},
        **{column: worth.format(column) for column in _MOVE_WORTHS}})
    line = {
        **shared, 'move_id': 'i.move_id', 'move_name': name,
        **{column: amount.format(column) for column in _LINE_AMOUNTS},
        **{column: worth.format(column) for column in _LINE_WORTHS}}
    _copy_records(cr, 'account_move_line', source.format('account_move_line', 'receivable'), {
        **line, 'id': 'i.receivable_id', 'date_maturity': 'i.due', 'name': name})
    _copy_records(cr, 'account_move_line', source.format('account_move_line', 'income'), {
        **line, 'id': 'i.income_id'})
    # The prototypes go, so that nothing but the ledger is there to be found.
    moves = env['account.move'].browse(move.id for move in prototypes.values())
    moves.button_draft()
    moves.with_context(force_delete=True).unlink()
    env.flush_all()


def _insert_pauses(env):
    """Pause customers as a whole, and ten in a hundred items: half promised, half disputed in part.

    Pauses of promises and disputes stand alone here: planning and holds read nothing else.
    """
    values = [env.company.id, env.uid]
    env.cr.execute("""
        INSERT INTO dunning_pause (
               partner_id, company_id, user_id, kind, reason, date_until, active)
        SELECT id, %s, %s, 'manual', 'Talks', current_date + 30, TRUE
          FROM bench_customer WHERE is_paused
    """, values)
    if 'dunning.promise' not in env:
        return
    env.cr.execute("""
        INSERT INTO dunning_pause (
               partner_id, company_id, user_id, kind, reason, date_until, active, move_id, amount)
        SELECT customer.id, %s, %s, 'dispute', 'Damaged', current_date + 30, TRUE, item.move_id,
               round(item.amount / 2, 2)
          FROM bench_item item JOIN bench_customer customer ON customer.no = item.customer
         WHERE NOT item.is_credit AND item.no %% 20 = 3
    """, values)
    env.cr.execute("""
        WITH pause AS (
            INSERT INTO dunning_pause (
                   partner_id, company_id, user_id, kind, reason, date_until, active)
            SELECT DISTINCT customer.id, %s, %s, 'promise', 'Promised', current_date + 30, TRUE
              FROM bench_item item JOIN bench_customer customer ON customer.no = item.customer
             WHERE NOT item.is_credit AND item.no %% 20 = 13
         RETURNING id, partner_id)
        INSERT INTO dunning_pause_item_rel (pause_id, line_id)
        SELECT pause.id, item.receivable_id
          FROM pause JOIN bench_customer customer ON customer.id = pause.partner_id
          JOIN bench_item item ON item.customer = customer.no
         WHERE NOT item.is_credit AND item.no %% 20 = 13
    """, values)


def _count(cr):
    cr.execute("""
        SELECT count(*) AS items, count(DISTINCT customer) AS customers,
               count(*) FILTER (WHERE due < current_date AND NOT is_credit) AS overdue,
               count(*) FILTER (WHERE is_credit) AS credits,
               count(*) FILTER (WHERE is_foreign) AS foreign
          FROM bench_item
    """)
    return cr.dictfetchone()


def _analyze(cr):
    """Give the database the statistics and the clean pages that autovacuum gives in time."""
    _name, parameters = connection_info_for(cr.dbname)
    connection = psycopg2.connect(**parameters)
    connection.autocommit = True
    try:
        connection.cursor().execute("VACUUM (ANALYZE)")
    finally:
        connection.close()
