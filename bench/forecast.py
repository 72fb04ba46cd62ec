"""How good are risk and forecast: `python -m bench forecast --csv FILE`.

Invoices and payments of the file become a ledger in a database of their own. What the models say
on days of the past, knowing nothing of what came later, is compared with what came:

- late AUC: of each invoice written in the last part of the file, the evening before: how likely it
  is paid late (`dunning.risk`). 0.5 is chance, 1 is certainty.
- days late MAE: of the same invoices, the mean distance in days between the day on which the
  customer usually pays and the day on which it was paid.
- weekly WAPE: each Sunday, what the open items bring in each of the next four weeks
  (`dunning.forecast`); the sum of all errors by the sum of all that came.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from . import portfolio

GOALS = {'late AUC': 0.865, 'days late MAE': 6.4, 'weekly WAPE': 0.19}
#: The last part of the invoices is what is foretold; it begins with a month.
TEST_SHARE = 0.25
WEEKS = 4
#: So many days of the file are learned from before the first forecast.
LEARNING_DAYS = 120
#: A portfolio in which so few payments come on days off is judged by working days.
_FEW = 0.05


def measure(env, path, business_days='auto'):
    """Return the figures of a file, booked in this database, through the models.

    :param business_days: whether due dates move to working days: yes, no, or auto (what the
        payments of the first part say)
    """
    rows, useless = portfolio.read(path)
    partners = portfolio.load(env, rows)
    start = find_start(rows)
    company = env.company
    before = [row for row in rows if row.paid and row.date < start]
    off = sum(row.paid.weekday() >= 5 for row in before) / max(1, len(before))
    company.dunning_business_days = business_days == 'yes' or (
        business_days == 'auto' and off < _FEW)
    moved = company._get_business_days(
        min(row.due for row in rows), max(row.due for row in rows)
    ) if company.dunning_business_days else {}
    rows = [row._replace(due=moved.get(row.due, row.due)) for row in rows]
    judged = judge(env, [row for row in rows if row.date >= start], partners)
    return {
        'invoices': len(rows), 'customers': len(partners), 'useless': useless,
        'start': str(start), 'business_days': company.dunning_business_days,
        'paid_on_days_off': off, **judged, **foresee(env, rows)}


def find_start(rows):
    """Return the first of the month with which the invoices begin that are foretold."""
    return rows[int(len(rows) * (1 - TEST_SHARE))].date.replace(day=1)


# Late or not ----------------------------------------------------------------------------------


def judge(env, rows, partners):
    """Return how well the rating of the evening before tells late invoices from others."""
    company, pattern, risk = env.company, env['dunning.risk.pattern'], env['dunning.risk']
    last = max(row.paid or row.date for row in rows)
    chances, errors, baseline = [], [], []
    for day, of_day in groupby(rows, key=lambda row: row.date):
        of_day = list(of_day)
        evening = day - timedelta(days=1)
        pattern._renew(company, evening)
        rated = risk._rate(company, {partners[row.customer] for row in of_day}, evening)
        for row in of_day:
            found = rated[partners[row.customer]]
            if row.paid or row.due < last:
                chances.append((found['rating'].probability, not row.paid or row.paid > row.due))
            if row.paid:
                days = (row.paid - row.due).days
                errors.append(abs(days - found['usual_days']))
                baseline.append(abs(days))
    return {
        'tested': len(chances), 'late AUC': get_auc(chances),
        'days late MAE': sum(errors) / len(errors),
        'days late MAE, all on their due date': sum(baseline) / len(baseline)}


def get_auc(pairs):
    """Return how likely a late one has the higher score; ties count half.

    >>> get_auc([(0.1, False), (0.4, True), (0.4, False), (0.9, True)])
    0.875
    """
    pairs = sorted(pairs)
    late, place, ranks = sum(is_late for _score, is_late in pairs), 1, 0.0
    for _score, ties in groupby(pairs, key=lambda pair: pair[0]):
        ties = list(ties)
        ranks += sum(is_late for _, is_late in ties) * (place + (len(ties) - 1) / 2)
        place += len(ties)
    on_time = len(pairs) - late
    return (ranks - late * (late + 1) / 2) / (late * on_time) if late and on_time else 0.5


# Cash-in --------------------------------------------------------------------------------------


def foresee(env, rows):
    """Return the error of the forecast of each Sunday, from the fifth month of the file on.

    Earlier there is little to learn from; the last four weeks of payments end it.
    """
    days = [row.date for row in rows] + [row.paid for row in rows if row.paid]
    last = max(days)
    sunday = min(days) + timedelta(days=LEARNING_DAYS)
    sunday += timedelta(days=6 - sunday.weekday())
    wrong, simple, came = defaultdict(float), 0.0, defaultdict(float)
    dates = 0
    # As the ledger has it: an invoice is not paid before it is written.
    rows = [row._replace(paid=max(row.paid, row.date)) if row.paid else row for row in rows]
    while sunday + timedelta(weeks=WEEKS) <= last:
        expected = env['dunning.forecast']._get_forecast(env.company, sunday, WEEKS + 1)
        actual, due = [0.0] * WEEKS, [0.0] * WEEKS
        for row in rows:
            if row.date > sunday or row.paid and row.paid <= sunday:
                continue
            for sums, day in ((actual, row.paid), (due, max(row.due, sunday + timedelta(1)))):
                week = (day - sunday).days - 1 if day else -1
                if 0 <= week < 7 * WEEKS:
                    sums[week // 7] += row.amount
        for week in range(WEEKS):
            wrong[week] += abs(expected[week + 1].amount - actual[week])
            simple += abs(due[week] - actual[week])
            came[week] += actual[week]
        dates += 1
        sunday += timedelta(weeks=1)
    total = sum(came.values()) or 1.0
    return {
        'forecasts': dates, 'weekly WAPE': sum(wrong.values()) / total,
        'weekly WAPE, all on their due date': simple / total,
        'by week': [wrong[week] / (came[week] or 1.0) for week in range(WEEKS)]}


# Page -----------------------------------------------------------------------------------------


def render(figures, name):
    """Return the section of the page with the figures of a portfolio."""
    rows = [
        ("late AUC", f"{figures['late AUC']:.3f}", f"≥ {GOALS['late AUC']}", "0.5 (chance)"),
        ("days late MAE", f"{figures['days late MAE']:.2f}", f"≤ {GOALS['days late MAE']}",
         f"{figures['days late MAE, all on their due date']:.2f} (all on their due date)"),
        ("weekly WAPE", f"{figures['weekly WAPE']:.3f}", f"≤ {GOALS['weekly WAPE']}",
         f"{figures['weekly WAPE, all on their due date']:.3f} (all on their due date)"),
    ]
    weeks = ", ".join(f"{error:.3f}" for error in figures['by week'])
    return (
        "## How good risk and forecast are\n\n"
        f"{name}: {figures['invoices']:,} invoices of {figures['customers']:,} customers, booked "
        "in a ledger and read through the models (`python -m bench forecast --csv FILE`). "
        f"{figures['tested']:,} invoices written from {figures['start']} on were judged the "
        f"evening before; {figures['forecasts']} forecasts, one each Sunday, of four weeks each "
        f"(WAPE by week: {weeks}). Due dates moved to working days: "
        f"{'yes' if figures['business_days'] else 'no'} ({figures['paid_on_days_off']:.0%} of the "
        "payments came on weekends).\n\n"
        "| Figure | Reached | Goal on this portfolio | Simplest alternative |\n"
        "| --- | ---: | ---: | ---: |\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows))


def read_arguments(arguments):
    parser = argparse.ArgumentParser(prog='python -m bench forecast', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--csv', required=True, type=Path, metavar='FILE',
                        help="with the columns " + ", ".join(portfolio.COLUMNS))
    parser.add_argument('--business-days', choices=('auto', 'yes', 'no'), default='auto',
                        help="whether due dates move to working days (default: %(default)s: where"
                             " hardly any payment comes on a weekend)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="as in `python -m bench` (default: %(default)s)")
    parser.add_argument('--name', help="what the page calls the portfolio; by default it is not "
                                       "written to the page at all")
    parser.add_argument('--json', action='store_true', help="print all figures as JSON")
    return parser.parse_args(arguments)


def main(arguments, run_task, databases, results):
    """Measure a file in a database of its own and print the figures.

    :param results: the page to which a portfolio with a name is written
    """
    options = read_arguments(arguments)
    if not options.csv.exists():
        raise SystemExit(f"{options.csv}: no such file")
    print("Preparing the database …", file=sys.stderr)
    name = f'bench_forecast_{os.getpid()}'
    databases.copy(databases.prepare('smart_dunning', options.base), name)
    try:
        figures = run_task(name, 'forecast', path=str(options.csv.resolve()),
                           business_days=options.business_days)
    finally:
        databases.drop(name)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"{figures['invoices']} invoices, {figures['customers']} customers, "
              f"{figures['tested']} judged, {figures['forecasts']} forecasts, working days: "
              f"{'yes' if figures['business_days'] else 'no'}")
        for figure in GOALS:
            print(f"{figure}: {figures[figure]:.3f}")
    if options.name:
        from . import report
        results.write_text(report.put_section(
            results.read_text(encoding='utf-8') if results.exists() else '',
            render(figures, options.name)), encoding='utf-8')
