"""How fast the customers' pages are with many debtors: `python -m bench customers`.

A ledger is made by SQL (see `ledger`): one customer has very many items, each other has one. All
debtors are refreshed, letters planned for the whole ledger and marked as sent. Then a server opens
the page of letters by their token, and the open items of the largest customer after login.
"""

import argparse
import contextlib
import http.cookiejar
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg2

from odoo.sql_db import connection_info_for

from . import ledger
from .meter import Meter, read_cpu
from .planning import plan_all

TRIES = 15
LOGIN = 'bench-customer'


def set_stage(env, customers, most):
    """Fill the database; return what is to be opened, and what it took."""
    with Meter(env.cr) as built:
        ledger.build(env, most + customers - 1, sizes=[most, *[1] * (customers - 1)])
    with Meter(env.cr) as refreshed:
        env['dunning.debtor']._refresh(company=env.company)
        env.cr.commit()
    _run, planned = plan_all(env)
    env.cr.execute("UPDATE dunning_letter SET state = 'sent', sent_date = date")
    env.cr.execute("""
        ANALYZE dunning_debtor, dunning_letter, dunning_letter_line, dunning_omission""")
    env.invalidate_all()
    letters = env['dunning.letter'].search([])
    largest = max(letters, key=lambda letter: len(letter.line_ids))
    portal = env['res.partner'].create({'name': "Contact", 'parent_id': largest.partner_id.id})
    env['res.users'].create({
        'name': "Contact", 'login': LOGIN, 'password': LOGIN, 'partner_id': portal.id,
        'group_ids': [(6, 0, env.ref('base.group_portal').ids)]})
    chosen = letters[::max(1, len(letters) // TRIES)][:TRIES]
    return {
        'build': built.figures, 'refresh': refreshed.figures, 'plan': planned,
        'debtors': env['dunning.debtor'].search_count([]), 'letters': len(letters),
        'pages': [letter._get_portal_link().replace(letter.get_base_url(), '')
                  for letter in chosen if letter != largest],
        'largest': largest._get_portal_link().replace(largest.get_base_url(), ''),
        'largest_items': len(largest.line_ids)}


@contextlib.contextmanager
def serve(database):
    """Have a server for the database; yields its address and process."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([
        sys.executable, '-m', 'odoo', '-d', database, '--db-filter', f'^{database}$',
        '--http-port', str(port), '--max-cron-threads', '0', '--log-level=warn'])
    base = f'http://127.0.0.1:{port}'
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f'{base}/web/health', timeout=30).read()
                break
            time.sleep(0.2)
        yield base, process
    finally:
        process.terminate()
        process.wait()


def _read_cpu(process, database):
    """Return the seconds that the server and its connections have worked."""
    _name, connection = connection_info_for('postgres')
    with contextlib.closing(psycopg2.connect(**connection)) as cr, cr.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [database])
        pids = [pid for pid, in cursor.fetchall()]
    # Each request has a thread of its own: only this file knows of those that have ended.
    times = Path(f'/proc/{process.pid}/stat').read_text(encoding='ascii').rpartition(')')[2].split()
    ticks = int(times[11]) + int(times[12])
    return sum(map(read_cpu, pids)) + ticks / os.sysconf('SC_CLK_TCK')


def _open(opener, urls, process, database):
    """Return median and best seconds of opening pages, and the mean time on a core."""
    for url in urls[:3]:                                    # what is loaded once
        opener.open(url).read()
    seconds, before = [], _read_cpu(process, database)
    for url in urls:
        start = time.perf_counter()
        answer = opener.open(url)
        answer.read()
        seconds.append(time.perf_counter() - start)
        if answer.status != 200 or '/web/login' in answer.url:
            raise SystemExit(f"{url}: {answer.status} {answer.url}")
    cpu = (_read_cpu(process, database) - before) / len(urls)
    return {'median': round(statistics.median(seconds), 3), 'best': round(min(seconds), 3),
            'cpu': round(cpu, 3)}


def open_pages(database, stage):
    """Return the figures of each page, measured over HTTP."""
    with serve(database) as (base, process):
        opener = urllib.request.build_opener()
        found = {
            'letter': _open(opener, [base + url for url in stage['pages']], process, database),
            'largest': _open(opener, [base + stage['largest']] * 5, process, database)}
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        opener.open(urllib.request.Request(
            f'{base}/web/session/authenticate', headers={'Content-Type': 'application/json'},
            data=json.dumps({'jsonrpc': '2.0', 'params': {
                'db': database, 'login': LOGIN, 'password': LOGIN}}).encode())).read()
        found['items'] = _open(opener, [f'{base}/my/open-items'] * 5, process, database)
        return found | {'load': os.getloadavg()[0]}


def render(stage, found):
    """Return the section of the page."""
    names = {
        'letter': "page of a letter", 'largest': f"page of a letter of {stage['largest_items']:,} "
        "items", 'items': "*My open items* of that customer"}
    rows = [f"| {names[name]} | {one['cpu'] * 1000:.0f} ms | {one['best'] * 1000:.0f} ms | "
            f"{one['median'] * 1000:.0f} ms |" for name, one in found.items() if name in names]
    return (
        "## Customers' pages\n\n"
        f"{stage['debtors']:,} debtors and {stage['letters']:,} letters (`python -m bench "
        "customers`), over HTTP. Budget: 150 ms for the page of a letter. "
        f"{found['load']:.0f} processes were waiting for a core meanwhile: with more than one, "
        "time on a core says more than time on the clock.\n\n"
        "| Page | CPU (server + database) | best | median |\n| --- | ---: | ---: | ---: |\n"
        + '\n'.join(rows) + '\n')


def main(arguments, run_task, databases, results):
    """Measure in a database of its own and write the page."""
    parser = argparse.ArgumentParser(prog='python -m bench customers', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--customers', type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument('--most', type=int, default=10_000,
                        help="items of the largest one (default: %(default)s)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="as in `python -m bench` (default: %(default)s)")
    options = parser.parse_args(arguments)
    print("Preparing the database …", file=sys.stderr)
    name = f'bench_customers_{os.getpid()}'
    databases.copy(databases.prepare('smart_dunning', options.base), name)
    try:
        stage = run_task(
            name, 'customers_stage', customers=options.customers, most=options.most)
        found = open_pages(name, stage)
    finally:
        databases.drop(name)
    print(json.dumps({**stage, **found, 'pages': len(stage['pages'])}, indent=2))
    from . import report
    results.write_text(report.put_section(
        results.read_text(encoding='utf-8') if results.exists() else '', render(stage, found)),
        encoding='utf-8')
