"""What is opened each day and done each night with many debtors: `python -m bench daily`.

A company in the midst of its life is made by SQL (see `daystage`). Then the lists of the daily work
and those behind the dashboard are opened, and the dashboard; its debtors are refreshed and its
figures of the day written as in a quiet night, and again after a day on which much happened.
"""

import argparse
import json
import os
import sys

from . import daystage, pages
from .meter import Meter

TRIES = 5
#: Seconds that the server may take for a page.
BUDGET = 0.3


def set_stage(env, customers, items):
    """Fill the database and refresh everything once; return what there is."""
    with Meter(env.cr) as built:
        counts = daystage.build(env, customers, items)
    return counts | {'build': built.figures, 'first': measure_night(env),
                     'debtors': env['dunning.debtor'].search_count([])}


def measure_night(env, letters=0):
    """Return what the night takes: the refresh of all debtors, the figures of the day.

    :param letters: so many letters went out the day before, and other things happened
    """
    found = {'news': daystage.bring_news(env, letters)} if letters else {}
    last = env['dunning.event'].search([], limit=1).id
    company, snapshots = env.company, env['dunning.snapshot']
    for name, work in {
        'refresh': lambda: env['dunning.debtor']._refresh(company=company),
        'figures': lambda: snapshots._store_isolated(company),
    }.items():
        env.invalidate_all()
        with Meter(env.cr) as meter:
            work()
            env.cr.commit()
        found[name] = meter.figures
    return found | {'events': env['dunning.event'].search_count([('id', '>', last)])}


def _any(names):
    """Return the domain of who owes something in one of these columns."""
    return ['|'] * (len(names) - 1) + [(name, '>', 0) for name in names]


def _get_pages(env):
    """Return {what is opened: (xmlid of the action, view, domain instead of its filters)}."""
    level = env['dunning.letter'].search([('state', '=', 'sent')], limit=1).level_id
    latest = env['dunning.snapshot'].search([], limit=1).date
    a_year = f'{latest.replace(year=latest.year - 1)}'
    overdue = [f'amount_{age}' for age in ('30', '60', '90', 'older')]
    ages = ['amount_not_due', *overdue, 'credit_amount']
    return {
        "Worklist": ('dunning_debtor_action', 'list'),
        "Letters": ('dunning_letter_action', 'list'),
        "Runs": ('dunning_run_action', 'list'),
        "Promises": ('dunning_promise_action', 'list'),
        "Disputes": ('dunning_dispute_action', 'list'),
        "Held deliveries": ('dunning_held_delivery_action', 'list'),
        "Events": ('dunning_event_action', 'list'),
        "Ageing": ('dunning_debtor_ageing_action', 'list'),
        "Ageing, as pivot": ('dunning_debtor_ageing_action', 'pivot'),
        "Dashboard: *Open*": ('dunning_debtor_ageing_action', 'list', _any(ages)),
        "Dashboard: *Overdue*": ('dunning_debtor_ageing_action', 'list', _any(overdue)),
        "Dashboard: over 90 days": (
            'dunning_debtor_ageing_action', 'list', [('amount_older', '>', 0)]),
        "Dashboard: *DSO*": ('dunning_snapshot_action', 'list', []),
        "Dashboard: *Expected*": ('dunning_forecast_week_action', 'list', [('date', '=', latest)]),
        "Dashboard: *Held deliveries*": ('dunning_held_delivery_action', 'list', []),
        "Dashboard: *Released*": (
            'dunning_held_report_action', 'list', [('date_paid', '>', a_year)]),
        "Dashboard: letters of a level": (
            'dunning_recovery_report_action', 'list', [('level_id', '=', level.id)]),
        "Dashboard: *Most money at risk*": (
            'dunning_debtor_risk_action', 'list', [('money_at_risk', '>', 0)]),
        "Report of promises": ('dunning_promise_report_action', 'pivot'),
        "Report of disputes": ('dunning_dispute_report_action', 'pivot'),
        "Report of charges": ('dunning_charge_report_action', 'pivot'),
        "Report of limits": ('dunning_limit_report_action', 'pivot'),
        "Report of money released": ('dunning_held_report_action', 'pivot'),
        "Report of days to pay (whole ledger)": ('dunning_payment_report_action', 'pivot'),
        "Report of recovery (all letters)": ('dunning_recovery_report_action', 'pivot'),
        "Report of open items (whole ledger)": ('dunning_ageing_report_action', 'pivot'),
    }


def measure_pages(env):
    """Return what the dashboard and each list take."""
    # What workers beside ours do is no time of ours: so all of it is seen.
    env.cr.execute("SET max_parallel_workers_per_gather = 0")
    done = []
    for _ in range(TRIES):
        env.invalidate_all()
        with Meter(env.cr) as meter:
            env['dunning.dashboard'].get_figures()
        done.append(meter.figures)
    found = {"Dashboard": pages.sum_up(done)}
    for name, (xmlid, *how) in _get_pages(env).items():
        found[name] = pages.measure(env, f'smart_dunning.{xmlid}', *how)
    return found


# The page -------------------------------------------------------------------------------------


def _table(head, rows):
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return '\n'.join(f"| {' | '.join(map(str, line))} |" for line in lines) + '\n'


def _render_pages(results):
    names = list(dict.fromkeys(name for one in results for name in one['pages']))
    rows = []
    for name in names:
        row = [name]
        for one in results:
            page = one['pages'].get(name)
            if not page:
                row += ["", "", ""]
                continue
            cpu = page['cpu'] + page['database']
            bold = "**" if cpu > BUDGET else ""
            row += [f"{bold}{1000 * cpu:.0f} ms{bold}", f"{1000 * page['best']:.0f} ms",
                    page['queries']]
        rows.append(row)
    head = ["Page"]
    for one in results:
        head += [f"{one['stage']['debtors']:,} debtors: CPU", "best on the clock", "queries"]
    return _table(head, rows)


def _render_nights(results):
    rows = []
    for one in results:
        for name, night in (("quiet", one['quiet']), ("much has happened", one['busy'])):
            refresh, figures = night['refresh'], night['figures']
            rows.append([
                f"{one['stage']['debtors']:,} debtors, {one['stage']['items']:,} items: {name}",
                f"{night['events']:,}", *(value for part in (refresh, figures) for value in (
                    f"{part['cpu']:.0f} + {part['database_cpu']:.0f} s",
                    f"{part['seconds']:.0f} s", f"{part['queries']:,}")),
                f"{refresh['memory_mb']:.0f} MB"])
    return _table([
        "Night", "New events", "Refresh of all debtors: CPU", "clock", "queries",
        "Figures of the day: CPU", "clock", "queries", "Memory"], rows)


def render(results):
    """Return the section of the page."""
    last = results[-1]
    news = last['busy']['news']
    return (
        "## The day and the night with many debtors\n\n"
        "`python -m bench daily`: what the server takes to open the lists of the daily work, the "
        "dashboard and what is behind its figures, with default filters, groups, sums and counts "
        f"as the browser asks for them; budget {1000 * BUDGET:.0f} ms. CPU: Odoo + database, the "
        "least of some tries, in bold what is over the budget. "
        f"{last['load']:.0f} processes were waiting for a core meanwhile, so the clock says how "
        "busy the machine was.\n\n" + _render_pages(results)
        + "\nThe reports marked *whole ledger* or *all letters* add up every item or letter there "
        "is; they are for now and then.\n\n" + _render_nights(results)
        + "\nWhat had happened before the busy night of the last line: "
        f"{news['letters']:,} letters went out, {news['limits']:,} customers came near their "
        f"limit, {news['promises']:,} promises were broken, {news['bounces']:,} mails came back. "
        "CPU: Odoo + database.\n")


def main(arguments, run_task, databases, results):
    """Measure each size in a database of its own and write the page."""
    parser = argparse.ArgumentParser(prog='python -m bench daily', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sizes', default='20000:200000,100000:1000000',
                        metavar='DEBTORS:ITEMS,…', help="(default: %(default)s)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="as in `python -m bench` (default: %(default)s)")
    parser.add_argument('--keep', action='store_true', help="keep the databases measured in")
    options = parser.parse_args(arguments)
    template, found = databases.prepare('smart_dunning', options.base), []
    from . import report
    for size in options.sizes.split(','):
        customers, items = map(int, size.split(':'))
        name = f'bench_daily_{customers}'
        databases.copy(template, name)
        try:
            stage = run_task(name, 'daily_stage', customers=customers, items=items)
            found.append({
                'stage': stage, 'load': os.getloadavg()[0],
                'pages': run_task(name, 'daily_pages'), 'quiet': run_task(name, 'night'),
                'busy': run_task(name, 'night', letters=customers // 20)})
        finally:
            if not options.keep:
                databases.drop(name)
        print(json.dumps(found, indent=2), file=sys.stderr)
        # After each size, so that a run that is stopped has said something.
        results.write_text(report.put_section(
            results.read_text(encoding='utf-8') if results.exists() else '', render(found)),
            encoding='utf-8')
