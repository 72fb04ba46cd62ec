"""What several senders send at once, next to one: `python -m bench senders`.

One and several processes take turns on the same run, so many letters each turn: rendered, kept and
handed over to a mail server. On cores that others use as well, the ratio of wall times says little;
then the ratio of the CPU time of a letter tells what the senders cost each other.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config

from . import databases, ledger
from .databases import ADMINISTRATOR
from .measure import plan

#: What two processes on two idle cores have to reach.
BUDGET = 1.8
_ITEMS = 10_000
_SEED = 19
_DATABASE = 'bench_run_senders'


def read_arguments(arguments):
    parser = argparse.ArgumentParser(prog='python -m bench senders', description=__doc__)
    parser.add_argument('--letters', type=int, default=80, metavar='N',
                        help="how many letters in a turn (default: %(default)s)")
    parser.add_argument('--turns', type=int, default=4, metavar='N',
                        help="(default: %(default)s)")
    parser.add_argument('--senders', default='2,4', metavar='N,…',
                        help="how many processes next to one (default: %(default)s)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="see `python -m bench --help`")
    return parser.parse_args(arguments)


def main(arguments):
    """Print how many letters one and several processes send, and the ratio."""
    options = read_arguments(arguments)
    config.parse_config(['--no-http', '--log-level=warn'])
    databases.copy(databases.prepare('smart_dunning', options.base), _DATABASE)
    server = subprocess.Popen(
        [sys.executable, '-m', 'bench.sink'], stdout=subprocess.PIPE, text=True)
    try:
        with Registry(_DATABASE).cursor() as cr:
            env = Environment(cr, ADMINISTRATOR, {'lang': 'en_US'})
            _prepare(env, int(server.stdout.readline()))
            env = env(user=SUPERUSER_ID)
            numbers = [1, *map(int, options.senders.split(','))]
            turns = []
            for _turn in range(options.turns):
                turns.append([_send(env, number, options.letters) for number in numbers])
                # After each turn, so that a run that is stopped has said something.
                print(render(options.letters, numbers, turns), flush=True)
    finally:
        server.terminate()
        databases.drop(_DATABASE)


def render(letters, numbers, turns):
    """Return what was measured, in words.

    :param numbers: how many processes sent at once: the columns of a turn, one process first
    """
    lines = [f"{letters} letters a turn, {len(turns)} turns, load {os.getloadavg()[0]:.1f} on "
             f"{os.cpu_count()} cores"]
    for place, number in enumerate(numbers):
        seconds = statistics.median(turn[place]['seconds'] for turn in turns)
        cpu = statistics.median(turn[place]['cpu'] for turn in turns)
        speed = statistics.median(turn[0]['seconds'] / turn[place]['seconds'] for turn in turns)
        lines.append(f"  {number} at once: {letters / seconds:5.2f} letters/s ({speed:.2f} times "
                     f"one), {cpu / letters * 1000:4.0f} ms of CPU a letter (without database)")
    lines.append(f"Budget: {BUDGET} times with 2 on idle cores")
    return '\n'.join(lines)


def _prepare(env, port):
    """Plan a run over a ledger; its letters wait."""
    ledger.build(env, _ITEMS, _SEED)
    plan(env)
    env['ir.mail_server'].search([]).unlink()
    env['ir.mail_server'].create({
        'name': "Bench", 'smtp_host': '127.0.0.1', 'smtp_port': port, 'smtp_encryption': 'none'})
    env['dunning.run'].search([('state', '=', 'planned')], limit=1).action_send()
    env['dunning.letter'].sudo().search([('state', '=', 'ready')]).write({'state': 'draft'})
    env.cr.commit()


def _send(env, senders, count):
    """Let so many processes send so many letters; return seconds and CPU."""
    letters = env['dunning.letter'].search(
        [('state', '=', 'draft'), ('channel', '=', 'email')], limit=count, order='id')
    if len(letters) < count:
        raise SystemExit("There are not enough letters for so many turns.")
    letters.write({'state': 'ready'})
    env.cr.commit()
    workers = [subprocess.Popen(
        [sys.executable, '-m', 'bench.senders', _DATABASE], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True) for _number in range(senders)]
    for worker in workers:
        worker.stdout.readline()
    begin = time.monotonic()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    cpu = sum(float(worker.stdout.readline()) for worker in workers)
    seconds = time.monotonic() - begin
    for worker in workers:
        worker.communicate()
    env.invalidate_all()
    left = letters.filtered(lambda letter: letter.state != 'sent')
    if left:
        raise SystemExit(f"{len(left)} letters were not sent: {left[0].state} {left[0].note}")
    return {'seconds': seconds, 'cpu': cpu}


def _work(database):
    """Be one sender: get warm, wait for the word, send until nothing is left."""
    config.parse_config(['-d', database, '--no-http', '--log-level=error'])
    with Registry(database).cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        letter = env['dunning.letter'].search([('state', '=', 'draft')], limit=1)
        letter._render_documents()
        letter._prepare_mail_values()
        cr.rollback()
        print("ready", flush=True)
        sys.stdin.readline()
        before = _get_cpu()
        while env['dunning.letter'].search_count(env['dunning.letter']._get_queue_domain()):
            env['dunning.letter']._cron_send()
        print(_get_cpu() - before, flush=True)


def _get_cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == '__main__':
    _work(sys.argv[1])
