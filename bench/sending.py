"""What a letter by e-mail costs, next to OCA's mail without a PDF.

The addons take turns, some letters each in one process, so that what else the machine does concerns
both: the speed of a shared machine changes by a third within minutes.
"""

import contextlib
import gc
import io
import random
import subprocess
import sys
from collections import Counter

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools.pdf import PdfFileReader

from .databases import ADMINISTRATOR
from .meter import Meter

#: Letters in a turn.
TURN = 10
#: Fonts, templates, compiled views.
WARM_UP = 5


def measure(env, letters, oca=None):
    """Return {'ours': figures, 'oca': figures} of so many letters and mails.

    :param env: a database with a planned run of smart_dunning
    :param letters: how many letters to send
    :param oca: a database with communications of account_credit_control, if any
    """
    with contextlib.ExitStack() as stack:
        parties = {'ours': stack.enter_context(_Ours(env, letters + WARM_UP))}
        if oca:
            cr = stack.enter_context(Registry(oca).cursor())
            parties['oca'] = stack.enter_context(_Oca(
                Environment(cr, ADMINISTRATOR, {'lang': 'en_US'})))
        for party in parties.values():
            party.send(WARM_UP)
        gc.collect()
        gc.freeze()
        totals = {name: Counter() for name in parties}
        for _turn in range(0, letters, TURN):
            for name, party in parties.items():
                before = party.count_sent()
                with Meter(party.env.cr) as meter:
                    party.send(TURN)
                totals[name].update(meter.figures, letters=party.count_sent() - before)
        gc.unfreeze()
        return {
            name: _rate(dict(totals[name])) | party.describe()
            for name, party in parties.items()}


def _rate(figures):
    letters = figures['letters']
    return figures | {
        'per_second': round(letters / figures['seconds'], 2),
        'per_core_second': round(letters / figures['cpu'], 2),
        'queries_each': round(figures['queries'] / letters, 1) if letters else None}


class _Party:
    """One who sends mails to a mail server of our own."""

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        self._server = subprocess.Popen(
            [sys.executable, '-m', 'bench.sink'], stdout=subprocess.PIPE, text=True)
        self.env['ir.mail_server'].search([]).unlink()
        self.env['ir.mail_server'].create({
            'name': "Bench", 'smtp_host': '127.0.0.1',
            'smtp_port': int(self._server.stdout.readline()), 'smtp_encryption': 'none'})
        self.prepare()
        self.env.cr.commit()
        return self

    def __exit__(self, *_error):
        self._server.terminate()
        self._server.wait()

    def describe(self):
        """Return what the letters are like, as far as there are any to look at."""
        return {}


class _Ours(_Party):
    """Letters as the scheduler sends them: PDF rendered and attached, mail handed over."""

    def __init__(self, env, letters):
        super().__init__(env)
        self._letters = letters
        self._run = env['dunning.run'].search(
            [('state', '=', 'planned')], limit=1, order='id desc')

    def prepare(self):
        """Let only some letters wait, drawn by lot: those of large customers come first."""
        self._run.action_send()
        ready = self._find('ready').ids
        sample = random.Random(19).sample(ready, min(self._letters, len(ready)))
        self.env.cr.execute(
            "UPDATE dunning_letter SET state = 'draft' WHERE run_id = %s AND NOT id = ANY(%s)",
            [self._run.id, sample])
        self.env.invalidate_all()

    def _find(self, state):
        return self.env['dunning.letter'].search(
            [('run_id', '=', self._run.id), ('state', '=', state)])

    def count_sent(self):
        """Return how many letters have left."""
        return len(self._find('sent'))

    def send(self, count):
        """Send so many letters."""
        self.env['dunning.letter'].with_user(SUPERUSER_ID)._cron_send(batch_size=count)

    def describe(self):
        # EXTENDS _Party
        sent, failed = self._find('sent'), self._find('failed')
        return {
            'failed': len(failed), 'reason': failed[:1].note, 'pages': _count_pages(sent),
            'lines': round(len(sent.line_ids) / max(1, len(sent)), 1)}


class _Oca(_Party):
    """Mails of account_credit_control, whose PDF needs what this machine does not have."""

    def prepare(self):
        self._waiting = self.env['credit.control.communication'].search([]).filtered(
            lambda one: one.get_email())

    def count_sent(self):
        """Return how many mails have left."""
        return self.env['mail.mail'].search_count([('state', '=', 'sent')])

    def send(self, count):
        """Send so many mails."""
        chunk, self._waiting = self._waiting[:count], self._waiting[count:]
        chunk._generate_emails()
        self.env.cr.commit()
        self.env['mail.mail'].process_email_queue()
        self.env.cr.commit()


def _count_pages(letters):
    """Return the mean number of pages of letters that were sent."""
    counts = [
        PdfFileReader(io.BytesIO(letter.document_id.raw), strict=False).getNumPages()
        for letter in letters]
    return round(sum(counts) / len(counts), 1) if counts else 0
