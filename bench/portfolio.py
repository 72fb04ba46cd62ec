"""Somebody's invoices and payments from a CSV file, as a ledger: posted, paid and reconciled.

As in `ledger`, Odoo makes a prototype of each kind itself (an invoice, its payment, what
reconciles them), and SQL copies it with the partners, dates and amounts of the file.
"""

import csv
from datetime import datetime
from typing import NamedTuple

from odoo.fields import Command

from . import ledger

#: Columns of the file, and other names by which public files call them.
COLUMNS = {
    'customer': ('customer', 'customerid', 'cust_number', 'cust_id'),
    'invoice_date': ('invoice_date', 'invoicedate'),
    'due_date': ('due_date', 'duedate'),
    'paid_date': ('paid_date', 'settleddate', 'clear_date', 'payment_date'),
    'amount': ('amount', 'invoiceamount'),
}
_DATE_FORMATS = ('%Y-%m-%d', '%m/%d/%Y', '%d.%m.%Y', '%Y%m%d', '%Y-%m-%d %H:%M:%S')


class Invoice(NamedTuple):
    """A line of the file; ``paid`` is None while it is open."""

    customer: str
    date: object
    due: object
    paid: object
    amount: float


def read(path):
    """Return the invoices of a file by date, and how many lines could not be used.

    :raise SystemExit: when a column is missing or a date cannot be read
    """
    with open(path, newline='', encoding='utf-8-sig') as file:
        sample = file.read(4096)
        file.seek(0)
        comma = ';' if sample.count(';') > sample.count(',') else ','
        reader = csv.DictReader(file, delimiter=comma)
        names = {name.strip().lower(): name for name in reader.fieldnames or ()}
        found = {
            column: next((names[name] for name in aliases if name in names), None)
            for column, aliases in COLUMNS.items()}
        if missing := [column for column, name in found.items() if name is None]:
            raise SystemExit(f"{path}: no column {', '.join(missing)}; has {', '.join(names)}")
        rows, useless = [], 0
        for line in reader:
            values = {column: (line[name] or '').strip() for column, name in found.items()}
            if float(values['amount'] or 0) > 0 and values['invoice_date'] and values['due_date']:
                rows.append(Invoice(
                    values['customer'], *(_read_date(values[name]) for name in (
                        'invoice_date', 'due_date', 'paid_date')),
                    round(float(values['amount']), 2)))
            else:
                useless += 1
    return sorted(rows, key=lambda row: (row.date, row.customer)), useless


def _read_date(text):
    if not text or text.lower() in ('nan', 'nat', 'none', 'null'):
        return None
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise SystemExit(f"{text!r} is no date; known are {', '.join(_DATE_FORMATS)}")


def load(env, rows):
    """Book the invoices with their payments; return {customer: partner id}."""
    cr = env.cr
    ledger._prepare_company(env)
    ledger._speed_up(cr)
    numbers = {name: place for place, name in enumerate(sorted({row.customer for row in rows}), 1)}
    ledger._copy_rows(cr, 'bench_customer', (
        'no int, items int, is_company bool, name text, email text, street text, zip text,'
        ' city text, lang text, is_paused bool, has_contact bool, id int'), (
        (place, 1, True, f"Customer {place}", None, None, None, None, 'en_US', False, False, None)
        for place in numbers.values()))
    ledger._insert_customers(env)
    ledger._copy_rows(cr, 'bench_paid_item', (
        'no int, customer int, date date, due date, paid date, amount numeric, move_id int,'
        ' receivable_id int, income_id int, payment_id int, credit_id int, bank_id int,'
        ' partial_id int, full_id int'), (
        (place, numbers[row.customer], row.date, row.due, row.paid, row.amount, *[None] * 8)
        for place, row in enumerate(rows, 1)))
    _insert(env, _make_prototypes(env))
    cr.execute("SELECT no, id FROM bench_customer")
    ids = dict(cr.fetchall())
    cr.execute("SET LOCAL session_replication_role = DEFAULT")
    cr.commit()
    ledger._analyze(cr)
    env.invalidate_all()
    return {name: ids[place] for name, place in numbers.items()}


def _make_prototypes(env):
    """Return an open invoice, a paid one, and the entry that pays it, all posted."""
    partner = env['res.partner'].create({'name': "Prototype"})
    opened, paid = invoices = env['account.move'].create([{
        'move_type': 'out_invoice', 'partner_id': partner.id, 'invoice_date': '2020-06-01',
        'date': '2020-06-01', 'invoice_date_due': '2020-06-15', 'invoice_payment_term_id': False,
        'invoice_line_ids': [Command.create({
            'name': "Goods", 'price_unit': 100.0, 'tax_ids': [Command.clear()]})],
    } for _ in range(2)])
    invoices.action_post()
    debt = paid.line_ids.filtered(lambda line: line.display_type == 'payment_term')
    journal = env['account.journal'].search(
        [('type', '=', 'bank'), ('company_id', '=', env.company.id)], limit=1)
    payment = env['account.move'].create({
        'move_type': 'entry', 'journal_id': journal.id, 'date': '2020-06-20',
        'line_ids': [
            Command.create({'account_id': journal.default_account_id.id, 'debit': 100.0}),
            Command.create({
                'account_id': debt.account_id.id, 'partner_id': partner.id, 'credit': 100.0}),
        ]})
    payment.action_post()
    credit = payment.line_ids.filtered('credit')
    (debt + credit).reconcile()
    if not debt.full_reconcile_id:
        raise AssertionError("the prototype is not paid")
    env.flush_all()
    return {'open': opened, 'paid': paid, 'payment': payment}


def _insert(env, prototypes):
    cr = env.cr
    cr.execute("""
        UPDATE bench_paid_item SET move_id = nextval('account_move_id_seq'),
               receivable_id = nextval('account_move_line_id_seq'),
               income_id = nextval('account_move_line_id_seq');
        UPDATE bench_paid_item SET payment_id = nextval('account_move_id_seq'),
               credit_id = nextval('account_move_line_id_seq'),
               bank_id = nextval('account_move_line_id_seq'),
               partial_id = nextval('account_partial_reconcile_id_seq'),
               full_id = nextval('account_full_reconcile_id_seq')
         WHERE paid IS NOT NULL
    """)
    amount = {
        name: f'sign(proto.{name}) * i.amount'
        for name in ledger._MOVE_AMOUNTS | ledger._MOVE_WORTHS}
    line = {
        name: f'sign(proto.{name}) * i.amount'
        for name in ledger._LINE_AMOUNTS | ledger._LINE_WORTHS}
    for kind in ('open', 'paid'):
        move = prototypes[kind]
        debt = move.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        _insert_invoices(cr, kind, move, debt, amount, line)
    _insert_payments(cr, prototypes['payment'], amount, line)
    _insert_partials(cr, prototypes['payment'])
    moves = prototypes['open'] + prototypes['paid'] + prototypes['payment']
    moves.line_ids.remove_move_reconcile()
    moves.button_draft()
    moves.with_context(force_delete=True).unlink()
    env.flush_all()


def _copy(cr, table, record, whose, overrides):
    ledger._copy_records(cr, table, (
        "bench_paid_item i JOIN bench_customer c ON c.no = i.customer"
        f" JOIN {table} proto ON proto.id = {record.id} WHERE {whose} ORDER BY i.no"), overrides)


def _insert_invoices(cr, kind, move, debt, amount, line):
    whose = "i.paid IS NULL" if kind == 'open' else "i.paid IS NOT NULL"
    name = "'B/' || to_char(i.no, 'FM00000000')"
    shared = {'partner_id': 'c.id', 'date': 'i.date', 'invoice_date': 'i.date'}
    _copy(cr, 'account_move', move, whose, {
        **shared, **amount, 'id': 'i.move_id', 'name': name, 'sequence_number': 'i.no',
        'sequence_prefix': "'B/'", 'commercial_partner_id': 'c.id', 'partner_shipping_id': 'c.id',
        'invoice_partner_display_name': 'c.name', 'invoice_date_due': 'i.due',
        'payment_reference': name, 'access_token': 'NULL', 'delivery_date': 'NULL'})
    lines = {**shared, **line, 'move_id': 'i.move_id', 'move_name': name}
    _copy(cr, 'account_move_line', debt, whose, {
        **lines, 'id': 'i.receivable_id', 'date_maturity': 'i.due', 'name': name,
        'full_reconcile_id': 'i.full_id', 'matching_number': 'i.full_id::text'})
    _copy(cr, 'account_move_line', move.line_ids - debt, whose, {**lines, 'id': 'i.income_id'})


def _insert_payments(cr, payment, amount, line):
    name = "'P/' || to_char(i.no, 'FM00000000')"
    day = 'i.paid'
    _copy(cr, 'account_move', payment, "i.paid IS NOT NULL", {
        **amount, 'id': 'i.payment_id', 'name': name, 'sequence_number': 'i.no',
        'sequence_prefix': "'P/'", 'date': day, 'partner_id': 'c.id',
        'commercial_partner_id': 'c.id'})
    lines = {**line, 'move_id': 'i.payment_id', 'move_name': name, 'date': day}
    credit = payment.line_ids.filtered('credit')
    _copy(cr, 'account_move_line', credit, "i.paid IS NOT NULL", {
        **lines, 'id': 'i.credit_id', 'partner_id': 'c.id', 'full_reconcile_id': 'i.full_id',
        'matching_number': 'i.full_id::text', 'date_maturity': day})
    _copy(cr, 'account_move_line', payment.line_ids - credit, "i.paid IS NOT NULL", {
        **lines, 'id': 'i.bank_id', 'date_maturity': day})


def _insert_partials(cr, payment):
    credit = payment.line_ids.filtered('credit')
    _copy(cr, 'account_full_reconcile', credit.full_reconcile_id, "i.paid IS NOT NULL", {
        'id': 'i.full_id'})
    _copy(cr, 'account_partial_reconcile', credit.matched_debit_ids, "i.paid IS NOT NULL", {
        'id': 'i.partial_id', 'debit_move_id': 'i.receivable_id', 'credit_move_id': 'i.credit_id',
        'full_reconcile_id': 'i.full_id', 'amount': 'i.amount', 'debit_amount_currency': 'i.amount',
        'credit_amount_currency': 'i.amount', 'max_date': 'GREATEST(i.date, i.paid)'})
