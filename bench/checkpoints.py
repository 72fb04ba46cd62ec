"""What confirming an order and validating its delivery costs: core alone, with us, with OCA.

Each document is new and made in a request of its own: the caches of the process are warm, those of
the request are cold. The addons take turns, document by document in one process, so that what else
the machine does concerns all of them. Queries count up to the end of the work, and apart from them
those of the hooks just before the commit.
"""

import gc
import statistics
import time
from datetime import timedelta

from odoo import fields
from odoo.api import Environment
from odoo.fields import Command
from odoo.modules.registry import Registry

from . import ledger
from .databases import ADMINISTRATOR
from .meter import read_cpu

OPEN_ITEMS = (0, 100, 1_000, 10_000)
#: What the facts of one customer are measured with.
FACTS_ITEMS = (10, 1_000, 10_000)
#: More than that few customers have.
USUAL_ITEMS = 1_000
#: What the other customers of the company have open.
OTHER_ITEMS = 50_000
#: The smallest document there is, and an ordinary one.
ORDER_LINES = (1, 5)
WORKS = ('confirm', 'validate')
WARM_UP = 3
LIMIT = 1e9
_ITEMS_PER_ENTRY = 500


def set_stage(env, sizes=OPEN_ITEMS, others=OTHER_ITEMS):
    """Make goods, rules where there are any, and a customer for each number of open items.

    Nothing holds them: what is measured is what everybody pays for the check. They are not alone:
    in a table that holds little else, the database would rather read all of it.
    """
    ledger.build(env, others)
    company = env.company
    company.account_use_credit_limit = True
    # Orders in another currency ask for its rate, once a day and company: one query more.
    env['product.pricelist'].search([]).currency_id = company.currency_id
    warehouse = env['stock.warehouse'].search([('company_id', '=', company.id)], limit=1)
    for _number in range(max(ORDER_LINES)):
        goods = env['product.product'].create({
            'name': "Bench Goods", 'type': 'consu', 'is_storable': True, 'list_price': 100.0,
            'taxes_id': [Command.clear()], 'invoice_policy': 'order'})
        env['stock.quant']._update_available_quantity(goods, warehouse.lot_stock_id, 1_000_000)
    if 'dunning.policy' in env:
        _add_rules(env)
    for size in sorted({*sizes, *FACTS_ITEMS}):
        customer = env['res.partner'].create({'name': f"Bench {size}", 'credit_limit': LIMIT})
        for name in ('invoice_draft', 'invoice_open', 'invoice_unpaid', 'account_amount',
                     'account_amount_unpaid', 'sale_order'):
            if f'risk_{name}_include' in customer:
                customer[f'risk_{name}_include'] = True
        for start in range(0, size, _ITEMS_PER_ENTRY):
            _book_items(env, customer, min(_ITEMS_PER_ENTRY, size - start))
            env.cr.commit()
            env.invalidate_all()
    env.cr.execute("ANALYZE account_move, account_move_line, res_partner")
    return {}


def _add_rules(env):
    policy = env['dunning.policy'].create({
        'name': "Bench", 'level_ids': [Command.create({
            'position': 1, 'name': "Reminder", 'delay': 7, 'delay_from': 'due_date'})],
        'hold_rule_ids': [
            Command.create({'trigger': trigger, 'order_effect': 'block',
                            'delivery_effect': 'block', **values})
            for trigger, values in (
                ('over_limit', {}), ('overdue', {'days': 30, 'amount': 50.0}),
                ('level', {'level_position': 1}))]})
    env.company.dunning_policy_id = policy


def _book_items(env, customer, count):
    """Book open items, of which half are overdue, none for as long as the rule says."""
    accounts = env['account.account']
    receivable = customer.property_account_receivable_id
    income = accounts.search([('account_type', '=', 'income')], limit=1)
    today = fields.Date.context_today(env.company)
    lines = [Command.create({
        'name': f"Item {number}", 'partner_id': customer.id, 'account_id': receivable.id,
        'debit': 10.0, 'date_maturity': today + timedelta(days=20 - number % 40)})
        for number in range(count)]
    lines.append(Command.create({
        'name': "Goods", 'account_id': income.id, 'credit': 10.0 * count}))
    env['account.move'].create({'move_type': 'entry', 'line_ids': lines}).action_post()


def measure(env, others, documents, sizes=OPEN_ITEMS, order_lines=ORDER_LINES):
    """Return {'cases': [{'size', 'lines', 'core': {'confirm': figures, 'validate': …}, …}]}.

    :param env: the database with core alone
    :param others: the databases with addons, by name: {'ours': 'database', …}
    :param documents: how many documents to make of each kind in each database
    :param sizes: how many open items the customer has
    :param order_lines: how many lines an order has
    """
    databases = {'core': env.cr.dbname, **others}
    for database in databases.values():
        _measure_document(database, size=sizes[0], lines=1)
    # Else the collector goes through several registries, and with all documents alike, always at
    # the expense of the same one.
    gc.collect()
    gc.freeze()
    return {'cases': [
        {'size': size, 'lines': lines, **_measure_case(databases, size, lines, documents)}
        for lines in order_lines for size in sizes]}


def _measure_case(databases, size, lines, documents):
    samples = {name: {work: [] for work in WORKS} for name in databases}
    names = list(databases)
    for number in range(WARM_UP + documents):
        names.append(names.pop(0))
        for name in names:
            found = _measure_document(databases[name], size, lines)
            if number >= WARM_UP:
                for work in WORKS:
                    samples[name][work].append(found[work])
    return {name: {work: _summarize(samples[name][work]) for work in WORKS} for name in databases}


def _measure_document(database, size, lines):
    """Make an order, confirm it, deliver it; return what each took."""
    with Registry(database).cursor() as cr:
        env = Environment(cr, ADMINISTRATOR, {'lang': 'en_US'})
        customer = env['res.partner'].search([('name', '=', f"Bench {size}")])
        order = _make_order(env, customer, lines)
        found = {'confirm': _measure_one(env, order.action_confirm)}
        picking = order.picking_ids
        found['validate'] = _measure_one(env, picking.button_validate)
        if (order.state, picking.state) != ('sale', 'done'):
            raise AssertionError(f"{order.state}, {picking.state}")
        return found


def _make_order(env, customer, lines):
    goods = env['product.product'].search([('name', '=', "Bench Goods")], limit=lines)
    order = env['sale.order'].create({
        'partner_id': customer.id, 'order_line': [Command.create({
            'product_id': product.id, 'product_uom_qty': 2.0, 'price_unit': 50.0,
            'tax_ids': [Command.clear()]}) for product in goods]})
    env.cr.commit()
    return order


def _measure_one(env, work):
    """Do a piece of work as a request would, commit it, and return what it cost."""
    env.invalidate_all()
    cr, backend = env.cr, env.cr.connection.info.backend_pid
    queries, database = cr.sql_log_count, read_cpu(backend)
    start, cpu = time.perf_counter(), time.process_time()
    work()
    env.flush_all()
    inside = cr.sql_log_count - queries
    cr.flush()                     # what comes before the commit: tracking, our queue
    before_commit = cr.sql_log_count - queries - inside
    cr.commit()
    return {
        'seconds': time.perf_counter() - start, 'cpu': time.process_time() - cpu,
        'queries': inside, 'commit_queries': before_commit,
        'database': read_cpu(backend) - database}


def measure_facts(env, sizes=FACTS_ITEMS, times=60):
    """Return {number of open items: seconds} that the facts of one customer take, at best.

    The best of many says what the work takes; anything above it is what else the machine does.
    """
    check, company, figures = env['dunning.hold.check'], env.company, {}
    for size in sizes:
        customer = env['res.partner'].search([('name', '=', f"Bench {size}")])
        taken = []
        for _time in range(times):
            start = time.perf_counter()
            check._get_facts(company, customer.ids)
            taken.append(time.perf_counter() - start)
        figures[size] = min(taken)
    return {'facts': figures}


# Together ---------------------------------------------------------------------------------------


def _summarize(figures):
    """Return the medians of several documents."""
    return {name: statistics.median(one[name] for one in figures) for name in figures[0]}


def render(cases, facts):
    """Return the section of the page.

    :param cases: as `measure` returned them
    :param facts: {number of open items: seconds} as `measure_facts` returned them
    """
    if not cases:
        return ''
    lines = [
        "## Confirming an order and validating its delivery\n",
        "Medians per document, new documents each time. The policy has rules about the limit, "
        "overdue items and levels; nothing holds the customer, but all that is measured here "
        "counts as confirmed and not yet invoiced. Queries: up to the end of the "
        "work, and those of the hooks just before the commit. CPU: time on a core in Odoo's "
        "process and in the database's; ratios of their sum to core alone.\n",
        "| Work | Lines | Open items | Core: queries | smart_dunning: queries | OCA: queries | "
        "Core: CPU | smart_dunning: CPU | OCA: CPU | Ratio | Ratio of OCA |",
        "| --- |" + " ---: |" * 10]
    for work, label in (('confirm', "Confirm"), ('validate', "Validate")):
        lines += [_render_row(label, work, case) for case in cases]
    texts = list(_render_totals(cases))
    if facts:
        texts.append("The facts of one customer, at best: " + ", ".join(
            f"{seconds * 1000:.1f} ms with {int(size):,} open items"
            for size, seconds in facts.items()) + ".")
    return '\n'.join(lines) + "\n\n" + '\n\n'.join(texts) + "\n"


def _render_totals(cases):
    """Say what all cases cost together: that says more than one of them on a shared machine."""
    for most in sorted({USUAL_ITEMS, max(case['size'] for case in cases)}):
        within = [case for case in cases if case['size'] <= most]
        sums = {name: sum(_sum_cpu(case[name][work]) for case in within for work in WORKS)
                for name in ('core', 'ours', 'oca') if name in within[0]}
        ratios = ", ".join(
            f"{label} **{sums[name] / sums['core']:.3f}**"
            for name, label in (('ours', "smart_dunning"), ('oca', "OCA")) if name in sums)
        yield f"All with up to {most:,} open items together, to core alone: {ratios}."


def _render_row(label, work, case):
    core, *others = (case[name][work] if name in case else None for name in ('core', 'ours', 'oca'))
    every = (core, *others)
    cells = [
        label, str(case['lines']), f"{case['size']:,}",
        *(one and f"{one['queries']:.0f} + {one['commit_queries']:.0f}" or '' for one in every),
        *(one and f"{one['cpu'] * 1000:.1f} + {one['database'] * 1000:.1f} ms" or ''
          for one in every),
        *(one and f"**{_sum_cpu(one) / _sum_cpu(core):.2f}**" or '' for one in others)]
    return f"| {' | '.join(cells)} |"


def _sum_cpu(figures):
    return figures['cpu'] + figures['database']
