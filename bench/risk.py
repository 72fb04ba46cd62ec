"""How long risk and back-test take: `python -m bench risk`.

A ledger of paid invoices of three years is booked by SQL (see `portfolio`); then all customers are
rated, forecast is asked for, and the shipped policy is replayed over the last year.
"""

import argparse
import json
import os
import random
import sys
from datetime import date, timedelta

from . import portfolio
from .meter import Meter

DAYS = 3 * 365


def draw(customers, items, seed=19):
    """Yield the invoices of a ledger: customers who pay early, late, or not yet."""
    rng = random.Random(f'{seed}-{customers}-{items}')
    today = date.today()
    habits = [rng.gauss(3, 9) for _ in range(customers)]
    for _ in range(items):
        customer = min(int(rng.paretovariate(1.1)) - 1, customers - 1) \
            if rng.random() < 0.2 else rng.randrange(customers)
        day = today - timedelta(days=rng.randrange(1, DAYS))
        due = day + timedelta(days=rng.choice((14, 30, 60)))
        paid = due + timedelta(days=round(rng.gauss(habits[customer], 8)))
        paid = max(paid, day) if rng.random() < 0.99 else None
        yield portfolio.Invoice(
            str(customer), day, due, paid if paid and paid < today else None,
            round(20 + rng.lognormvariate(5.6, 1.2), 2))


def measure(env, customers, items):
    """Return seconds and queries of rating all customers, of the forecast and the back-test."""
    rows = sorted(draw(customers, items), key=lambda row: row.date)
    partners = list(portfolio.load(env, rows).values())
    company, today = env.company, env.company._get_dunning_today()
    env['dunning.risk']._rate(company, partners[:1], today)        # what is loaded once
    figures = {'customers': len(partners), 'items': len(rows)}
    for name, work in (
        ('risk', lambda: (env['dunning.risk.pattern']._renew(company, today),
                          env['dunning.debtor']._get_risk_figures(
                              company, {partner: {} for partner in partners}))),
        ('forecast', lambda: env['dunning.debtor'].get_forecast(company.id, today)),
        ('backtest', lambda: company._get_dunning_policy().backtest()),
    ):
        if name == 'backtest' and items > 200_000:
            continue
        with Meter(env.cr) as meter:
            found = work()
        figures[name] = meter.figures
        if name == 'backtest':
            figures[name] |= {'replayed': found['items'], 'letters': found['draft']['letters']}
        env.cr.rollback()
    return figures


def render(results):
    """Return the section of the page; budgets are those of the design."""
    head = ["Ledger", "Customers", "Risk of all", "Queries", "Forecast", "Back-test of a year",
            "Items replayed", "Letters"]
    rows = [[
        f"{one['items']:,} items", f"{one['customers']:,}", f"**{one['risk']['seconds']:.1f} s**",
        one['risk']['queries'], f"{one['forecast']['seconds']:.1f} s",
        *([f"**{one['backtest']['seconds']:.1f} s**", f"{one['backtest']['replayed']:,}",
           f"{one['backtest']['letters']:,}"] if 'backtest' in one else ["", "", ""])]
        for one in results]
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return (
        "## Risk and back-test of a large ledger\n\n"
        "Invoices of three years, nearly all paid (`python -m bench risk`). Budgets: the risk of "
        "100,000 customers with 1,000,000 paid items in 60 s, a back-test of 100,000 items in "
        "60 s.\n\n"
        + '\n'.join(f"| {' | '.join(map(str, line))} |" for line in lines) + '\n')


def main(arguments, run_task, databases, results):
    """Measure each size in a database of its own and write the page."""
    parser = argparse.ArgumentParser(prog='python -m bench risk', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sizes', default='10000:100000,100000:1000000',
                        metavar='CUSTOMERS:ITEMS,…', help="(default: %(default)s)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="as in `python -m bench` (default: %(default)s)")
    options = parser.parse_args(arguments)
    print("Preparing the database …", file=sys.stderr)
    template, found = databases.prepare('smart_dunning', options.base), []
    for size in options.sizes.split(','):
        customers, items = map(int, size.split(':'))
        name = f'bench_risk_{os.getpid()}'
        databases.copy(template, name)
        try:
            found.append(run_task(name, 'risk', customers=customers, items=items))
        finally:
            databases.drop(name)
    print(json.dumps(found, indent=2))
    from . import report
    results.write_text(report.put_section(
        results.read_text(encoding='utf-8') if results.exists() else '', render(found)),
        encoding='utf-8')
