"""Measure planning, refreshing, pages and sending, next to OCA's account_credit_control.

Each figure is taken in a process of its own on a fresh copy of a database, on the same ledger for
both addons. Needs ODOO_RC and PostgreSQL as `make bench` sets them.
`python -m bench letters` compares the layout of letters with an older commit, `python -m bench
senders` several senders with one. `python -m bench forecast --csv FILE` says how good risk and
forecast are on a portfolio, `python -m bench customers` how fast the customers' pages are,
`python -m bench daily` how fast the lists, the dashboard and the night are with many debtors.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import odoo
from odoo.tools import config

from . import customers, daily, databases, forecast, growth, letters, report, risk, senders

OURS, OCA = 'smart_dunning', 'account_credit_control'
#: Whose confirmations and deliveries are compared; the first is Odoo alone.
CHECKPOINT_MODULES = {'core': 'sale_stock', 'ours': OURS, 'oca': 'sale_financial_risk'}
#: What is measured with each addon alone.
TASKS = {OURS: ['plan', 'refresh', 'pages'], OCA: ['oca_plan', 'oca_group']}
RESULTS = Path(__file__).parent / 'RESULTS.md'


def read_arguments():
    parser = argparse.ArgumentParser(prog='python -m bench', description=__doc__)
    parser.add_argument('--sizes', default='1000,10000,100000', metavar='N,N,…',
                        help="numbers of open items (default: %(default)s; try 1000000 too)")
    parser.add_argument('--letters', type=int, default=200, metavar='N',
                        help="how many letters to send (default: %(default)s; 0: none)")
    parser.add_argument('--oca-up-to', type=int, default=10_000, metavar='N',
                        help="largest ledger for OCA's addon, which takes minutes for 100000"
                             " (default: %(default)s)")
    parser.add_argument('--no-oca', action='store_true', help="leave OCA's addon out")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE',
                        help="a database to begin with, without journal entries; made when it is"
                             " missing (default: %(default)s)")
    parser.add_argument('--seed', type=int, default=19, help="another one: another ledger")
    parser.add_argument('--documents', type=int, default=60, metavar='N',
                        help="how many orders to confirm and to deliver of each kind"
                             " (default: %(default)s; 0: none)")
    parser.add_argument('--json', action='store_true', help="print the figures as JSON")
    parser.add_argument('--keep', action='store_true', help="keep the databases measured in")
    return parser.parse_args()


def run_task(database, task, **arguments):
    """Return the figures of one measurement, or raise SystemExit with what it said."""
    print(f"  {database}: {task} …", end=' ', file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, '-m', 'bench.measure', database, task, json.dumps(arguments)],
        capture_output=True, text=True)
    result = [line for line in done.stdout.splitlines() if line.startswith('RESULT ')]
    if done.returncode or not result:
        raise SystemExit(f"failed\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
    figures = json.loads(result[-1].removeprefix('RESULT '))
    print(f"{figures['seconds']:.1f} s" if 'seconds' in figures else "done", file=sys.stderr)
    return figures


def measure(templates, size, options):
    """Return {module: {task: figures}} on a ledger of a size, the same for each module."""
    names = {module: f'bench_run_{module}' for module in templates}
    figures = {}
    try:
        for module, database in names.items():
            databases.copy(templates[module], database)
            figures[module] = {
                'ledger': run_task(database, 'ledger', items=size, seed=options.seed),
                **{task: run_task(database, task) for task in TASKS[module]}}
        if options.letters:
            sent = run_task(names[OURS], 'send', letters=options.letters, oca=names.get(OCA))
            figures[OURS]['send'] = sent['ours']
            if OCA in figures:
                figures[OCA]['send'] = sent['oca']
        return figures
    finally:
        for database in () if options.keep else names.values():
            databases.drop(database)


def measure_checkpoints(options):
    """Return what a confirmation and a validation cost with core alone, with us, with OCA.

    And what the facts of one customer cost us, by their open items.
    """
    databases_of = {}
    try:
        for name, module in CHECKPOINT_MODULES.items():
            if name != 'oca' or not options.no_oca:
                databases_of[name] = f'bench_checkpoints_{name}'
                databases.copy(databases.prepare(module, options.base), databases_of[name])
                run_task(databases_of[name], 'checkpoint_stage')
        others = {name: database for name, database in databases_of.items() if name != 'core'}
        facts = run_task(databases_of['ours'], 'facts')
        return facts | run_task(
            databases_of['core'], 'checkpoints', others=others, documents=options.documents)
    finally:
        for database in () if options.keep else databases_of.values():
            databases.drop(database)


def get_machine():
    """Return what the figures depend on besides the code."""
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30
    return {
        'cores': os.cpu_count(), 'memory_gb': round(memory), 'load': os.getloadavg()[0],
        'python': platform.python_version(), 'odoo': odoo.release.version,
        'postgresql': databases.get_settings()}


def write_page(results):
    """Write the page anew; what other commands have measured stays."""
    old = RESULTS.read_text(encoding='utf-8') if RESULTS.exists() else ''
    RESULTS.write_text(report.carry_over(report.render(results), old), encoding='utf-8')


def main():
    options = read_arguments()
    config.parse_config(['--no-http', '--log-level=warn'])
    sizes = [int(size) for size in options.sizes.split(',')]
    print("Preparing the databases …", file=sys.stderr)
    templates = {OURS: databases.prepare(OURS, options.base)}
    if not options.no_oca:
        templates[OCA] = databases.prepare(OCA, options.base)
    results = {'machine': get_machine(), 'ours': {}, 'oca': {}}
    for size in sizes:
        found = measure({
            module: template for module, template in templates.items()
            if module == OURS or size <= options.oca_up_to}, size, options)
        results['ours'][size] = found[OURS]
        if OCA in found:
            results['oca'][size] = found[OCA]
        # After each size, so that a run that is stopped has said something.
        write_page(results)
    if options.documents:
        results |= measure_checkpoints(options)
        write_page(results)
    print(json.dumps(results, indent=2) if options.json else report.render(results))


if __name__ == '__main__':
    if sys.argv[1:2] == ['letters']:
        letters.main(sys.argv[2:])
    elif sys.argv[1:2] == ['senders']:
        senders.main(sys.argv[2:])
    elif sys.argv[1:2] == ['forecast']:
        config.parse_config(['--no-http', '--log-level=warn'])
        forecast.main(sys.argv[2:], run_task, databases, RESULTS)
    elif sys.argv[1:2] == ['risk']:
        config.parse_config(['--no-http', '--log-level=warn'])
        risk.main(sys.argv[2:], run_task, databases, RESULTS)
    elif sys.argv[1:2] == ['growth']:
        config.parse_config(['--no-http', '--log-level=warn'])
        growth.main(sys.argv[2:], run_task, databases, RESULTS)
    elif sys.argv[1:2] == ['customers']:
        config.parse_config(['--no-http', '--log-level=warn'])
        customers.main(sys.argv[2:], run_task, databases, RESULTS)
    elif sys.argv[1:2] == ['daily']:
        config.parse_config(['--no-http', '--log-level=warn'])
        daily.main(sys.argv[2:], run_task, databases, RESULTS)
    else:
        main()
