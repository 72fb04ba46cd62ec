"""One measurement in a process of its own: `python -m bench.measure DATABASE TASK [JSON]`.

Prints the figures as JSON behind the word RESULT.
"""

import contextlib
import io
import json
import logging
import random
import subprocess
import sys

import odoo
from odoo import SUPERUSER_ID, fields
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools.pdf import PdfFileReader

from . import checkpoints, ledger, pages
from .meter import Meter

ADMINISTRATOR = 2


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
    with Meter(env.cr) as meter:
        run = env['dunning.run'].create({
            'company_id': env.company.id, 'date': fields.Date.context_today(env.company)})
        run.action_plan()
        env.cr.commit()
    return meter.figures | {
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


def send(env, letters):
    """Letters by e-mail: PDF rendered and attached, mail handed over."""
    run = env['dunning.run'].search([('state', '=', 'planned')], limit=1, order='id desc')
    with _mail_server(env):
        run.action_send()
        _keep_sample(env, run, letters + 5)
        env.cr.commit()
        queue = env['dunning.letter'].with_user(SUPERUSER_ID)     # as the scheduler does
        queue._cron_send(batch_size=5)   # fonts, templates, compiled views
        domain = [('run_id', '=', run.id), ('state', '=', 'sent')]
        before = env['dunning.letter'].search_count(domain)
        with Meter(env.cr) as meter:
            queue._cron_send(batch_size=letters)
        sent = env['dunning.letter'].search_count(domain) - before
        failed = env['dunning.letter'].search(
            [('run_id', '=', run.id), ('state', '=', 'failed')]).mapped('note')
    sample = env['dunning.letter'].search(domain)
    return _rate(meter.figures, sent) | {
        'failed': len(failed), 'reason': failed[:1], 'pages': _count_pages(sample),
        'lines': round(len(sample.line_ids) / max(1, len(sample)), 1)}


def _keep_sample(env, run, count):
    """Let only some letters wait to be sent, drawn by lot: those of large customers come first."""
    ready = env['dunning.letter'].search([('run_id', '=', run.id), ('state', '=', 'ready')]).ids
    sample = random.Random(19).sample(ready, min(count, len(ready)))
    env.cr.execute(
        "UPDATE dunning_letter SET state = 'draft' WHERE run_id = %s AND NOT id = ANY(%s)",
        [run.id, sample])
    env.invalidate_all()


def _count_pages(letters):
    """Return the mean number of pages of letters that were sent."""
    counts = [
        PdfFileReader(io.BytesIO(letter.document_id.raw), strict=False).getNumPages()
        for letter in letters]
    return round(sum(counts) / len(counts), 1) if counts else 0


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


def oca_send(env, letters):
    """The mails of some communications, without a PDF."""
    with _mail_server(env):
        communications = env['credit.control.communication'].search([]).filtered(
            lambda one: one.get_email())
        communications[:5]._generate_emails()
        env.cr.commit()
        with Meter(env.cr) as meter:
            communications[5:letters + 5]._generate_emails()
            env.cr.commit()
            env['mail.mail'].process_email_queue()
            env.cr.commit()
        sent = env['mail.mail'].search_count([('state', '=', 'sent')])
    return _rate(meter.figures, len(communications[5:letters + 5])) | {'mails': sent}


def _rate(figures, letters):
    return figures | {
        'letters': letters,
        'per_second': round(letters / figures['seconds'], 2),
        'per_core_second': round(letters / figures['cpu'], 2),
        'queries_each': round(figures['queries'] / letters, 1) if letters else None}


@contextlib.contextmanager
def _mail_server(env):
    """Let mails go to a mail server of our own."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'bench.sink'], stdout=subprocess.PIPE, text=True)
    try:
        env['ir.mail_server'].search([]).unlink()
        env['ir.mail_server'].create({
            'name': "Bench", 'smtp_host': '127.0.0.1', 'smtp_port': int(process.stdout.readline()),
            'smtp_encryption': 'none'})
        env.cr.commit()
        yield
    finally:
        process.terminate()
        process.wait()


TASKS = {
    'ledger': make_ledger, 'plan': plan, 'refresh': refresh, 'pages': open_pages, 'send': send,
    'checkpoint_stage': checkpoints.set_stage, 'checkpoints': checkpoints.measure,
    'oca_plan': oca_plan, 'oca_group': oca_group, 'oca_send': oca_send}


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
