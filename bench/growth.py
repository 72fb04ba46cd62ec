"""How planning grows with the ledger, and what *Print* takes: `python -m bench growth`.

The growth is an exponent: 1.0 is twice the time for twice the items.
"""

import argparse
import json
import math
import os
import sys

from odoo import SUPERUSER_ID

from . import report
from .meter import Meter

#: What planning and printing may take.
BUDGET_EXPONENT = 1.1
BUDGET_PRINT = 15.0
#: So many layouts are made by WeasyPrint; the other letters get copies of their pages.
_LAYOUTS = 40


def measure_print(env, letters):
    """Return what *Print* takes for letters that were laid out ahead, all in one PDF."""
    from odoo.addons.smart_dunning.models.paper import pdf

    run = env['dunning.run'].with_user(SUPERUSER_ID).search([], limit=1)
    some = run.letter_ids.filtered(lambda letter: letter.state in ('draft', 'ready'))[:letters]
    if len(some) < letters:
        raise SystemExit("There are not enough letters.")
    some.write({'channel': 'print', 'state': 'ready'})
    run.state = 'sending'
    env.cr.commit()
    render, pages = pdf.render, []

    def render_again(html, style):
        if len(pages) < _LAYOUTS:
            pages.append(render(html, style))
        else:
            pages.append(pages[len(pages) % _LAYOUTS])
        return pages[-1]
    pdf.render = render_again
    with Meter(env.cr) as layout:
        for ids in some._get_layout_bundles():
            some.browse(ids)._lay_out_isolated()
            env.cr.commit()
    pdf.render = render
    env.invalidate_all()
    with Meter(env.cr) as meter:
        action = some.action_print()
        ids = [int(text) for text in action['url'].rpartition('/')[2].split(',')]
        content, _kind = env['ir.actions.report'].with_user(
            SUPERUSER_ID)._render_qweb_pdf('smart_dunning.letter_document', res_ids=ids)
    return meter.figures | {'letters': len(ids), 'mb': round(len(content) / 1e6, 1),
                            'layout': layout.figures}


def render(results):
    """Return the section of the page."""
    plans, last = [], None
    for one in results['plans']:
        cpu = one['cpu'] + one['database_cpu']
        exponent = last and (
            math.log(cpu / last[1]) / math.log(one['items'] / last[0]))
        plans.append([
            f"{one['items']:,} items", f"{one['letters']:,} / {one['lines']:,}",
            f"{one['seconds']:.1f} s", f"**{cpu:.1f} s** ({one['cpu']:.1f} + "
            f"{one['database_cpu']:.1f})", one['queries'], f"{one['memory_mb']:.0f} MB",
            f"**{exponent:.2f}**" if exponent else ""])
        last = one['items'], cpu
    head = ["Ledger", "Letters / lines", "Time", "CPU (Odoo + database)", "Queries", "Memory",
            "Exponent of CPU"]
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *plans]
    text = (
        "## How planning grows\n\n"
        f"`python -m bench growth`, load {results['load']:.0f} on {os.cpu_count()} cores. "
        f"Exponent from one line to the next; budget {BUDGET_EXPONENT}.\n\n"
        + '\n'.join(f"| {' | '.join(map(str, line))} |" for line in lines) + '\n')
    printed = results.get('print')
    if printed:
        text += (
            f"\n*Print* of {printed['letters']:,} letters that were laid out ahead, as one PDF of "
            f"{printed['mb']} MB: {printed['cpu'] + printed['database_cpu']:.1f} s of CPU, "
            f"{printed['seconds']:.1f} s on the clock, {printed['queries']} queries (budget "
            f"{BUDGET_PRINT:.0f} s). {_LAYOUTS} of the layouts were made anew, the other letters "
            "had copies of their pages.\n")
    return text


def main(arguments, run_task, databases, results):
    """Plan ledgers of several sizes, print from one of them, and write the page."""
    parser = argparse.ArgumentParser(prog='python -m bench growth', description=__doc__)
    parser.add_argument('--sizes', default='10000,100000,1000000', metavar='N,…',
                        help="(default: %(default)s)")
    parser.add_argument('--print', default=1000, type=int, metavar='N', dest='letters',
                        help="letters to print from the first ledger (default: %(default)s)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="as in `python -m bench` (default: %(default)s)")
    options = parser.parse_args(arguments)
    template, found = databases.prepare('smart_dunning', options.base), {'plans': []}
    for size in map(int, options.sizes.split(',')):
        name = f'bench_growth_{os.getpid()}'
        databases.copy(template, name)
        try:
            run_task(name, 'ledger', items=size, seed=19)
            found['load'] = os.getloadavg()[0]
            found['plans'].append({'items': size, **run_task(name, 'plan')})
            if options.letters and 'print' not in found:
                found['print'] = run_task(name, 'print', letters=options.letters)
        finally:
            databases.drop(name)
        print(json.dumps(found, indent=2), file=sys.stderr)
        # After each size, so that a run that is stopped has said something.
        results.write_text(report.put_section(
            results.read_text(encoding='utf-8') if results.exists() else '', render(found)),
            encoding='utf-8')
