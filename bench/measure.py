"""One measurement in a process of its own: `python -m bench.measure DATABASE TASK [JSON]`.

Prints the figures as JSON behind the word RESULT.
"""

import json
import logging
import sys

import odoo
from odoo import fields
from odoo.api import Environment
from odoo.modules.registry import Registry

from . import checkpoints, customers, daily, forecast, growth, ledger, pages, risk, sending
from .databases import ADMINISTRATOR
from .meter import Meter
from .planning import plan_all


def make_ledger(env, items, seed):
    """Fill the database; the figures say what it holds."""
    with Meter() as meter:
        counts = ledger.build(env, items, seed)
    if (found := ledger.check(env)) != items:
        raise AssertionError(f"Odoo finds {found} open items instead of {items}")
    return meter.figures | counts


# smart_dunning -------------------------------------------------------------------------------


def plan(env):
    """A proposal with all its letters and lines, stored and committed."""
    env['dunning.run'].search([])               # what is loaded once per process
    run, figures = plan_all(env)
    # What counts them would take hours where the database does not know how many there are.
    env.cr.execute("ANALYZE dunning_letter, dunning_letter_line, dunning_omission")
    return figures | {
        'letters': run.letter_count, 'omissions': run.omission_count,
        'lines': env['dunning.letter.line'].search_count([('letter_id.run_id', '=', run.id)])}


def refresh(env):
    """The summary rows of all debtors, first made, then made again."""
    figures = {}
    for name in ('first', 'again'):
        with Meter(env.cr) as meter:
            env['dunning.debtor']._refresh(company=env.company)
            env.cr.commit()
        figures[name] = meter.figures
    env.cr.execute("ANALYZE dunning_debtor, dunning_letter, dunning_letter_line, dunning_omission")
    return figures | {'debtors': env['dunning.debtor'].search_count([])}


def open_pages(env):
    """What the server does when a clerk opens the daily lists."""
    return {
        xmlid: pages.measure(env, f'smart_dunning.{xmlid}')
        for xmlid in ('dunning_debtor_action', 'dunning_run_action', 'dunning_letter_action')}


# account_credit_control ------------------------------------------------------------------------


def oca_plan(env):
    """The credit control lines of the first level."""
    policy = env.ref('account_credit_control.credit_control_3_time')
    policy.account_ids = env['account.account'].search([('account_type', '=', 'asset_receivable')])
    env.company.credit_policy_id = policy
    # Its PDF needs wkhtmltopdf, which Debian no longer has: the mails go without.
    policy.level_ids.email_template_id.report_template_ids = False
    env.cr.commit()
    with Meter(env.cr) as meter:
        run = env['credit.control.run'].create({
            'date': fields.Date.context_today(env.company), 'policy_ids': [(6, 0, policy.ids)]})
        run.generate_credit_lines()
        env.cr.commit()
    return meter.figures | {'lines': len(run.line_ids)}


def oca_group(env):
    """The lines put into communications."""
    run = env['credit.control.run'].search([], limit=1)
    with Meter(env.cr) as meter:
        run.set_to_ready_lines()
        communications = env['credit.control.communication']._generate_comm_from_credit_lines(
            run.line_ids.filtered(lambda line: line.channel == 'email'))
        env.cr.commit()
    return meter.figures | {'letters': len(communications)}


TASKS = {
    'ledger': make_ledger, 'plan': plan, 'refresh': refresh, 'pages': open_pages,
    'send': sending.measure, 'forecast': forecast.measure,
    'risk': risk.measure, 'print': growth.measure_print,
    'customers_stage': customers.set_stage,
    'daily_stage': daily.set_stage, 'daily_pages': daily.measure_pages,
    'night': daily.measure_night,
    'checkpoint_stage': checkpoints.set_stage, 'checkpoints': checkpoints.measure,
    'facts': checkpoints.measure_facts,
    'oca_plan': oca_plan, 'oca_group': oca_group}


def main(database, task, arguments='{}'):
    odoo.tools.config.parse_config(['-d', database, '--no-http', '--log-level=warn'])
    logging.getLogger('odoo').setLevel(logging.WARNING)
    with Registry(database).cursor() as cr:
        env = Environment(cr, ADMINISTRATOR, {'lang': 'en_US'})
        figures = TASKS[task](env, **json.loads(arguments))
        cr.commit()
    print('RESULT', json.dumps(figures, default=str))


if __name__ == '__main__':
    main(*sys.argv[1:])
