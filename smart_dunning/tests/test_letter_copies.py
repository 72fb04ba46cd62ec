import base64
import stat
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models import ir_actions_report as engine

from ..models.paper import invoice_copy
from .common import DunningCommon, day

COPY_LOGGER = 'odoo.addons.smart_dunning.models.paper.dunning_copy'


@tagged('post_install', '-at_install')
class TestLetterCopies(DunningCommon):
    """Copies of invoices go along, and the invoices stay as they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.level_ids.attach_invoices = True
        cls.invoice = cls._invoice(due=day(0))
        cls.env.flush_all()

    @contextmanager
    def _engine(self, script):
        """Let a shell script be wkhtmltopdf; its last argument is the file to write."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / 'wkhtmltopdf'
            path.write_text(f'#!/bin/bash\n{script}\n')
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
            info = engine._wkhtml()._replace(state='ok', bin=str(path), is_patched_qt=True)
            with patch.object(engine, '_wkhtml', lambda: info):
                yield Path(folder)

    def _read_invoice(self):
        """Return the columns of the invoice that are not ours, and the number of its files."""
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(m) FROM account_move m WHERE id = %s",
                            [self.invoice.id])
        row = {name: value for name, value in self.env.cr.fetchone()[0].items()
               if not name.startswith(('dunning_', 'write_', 'is_manually_'))}
        return row, self.env['ir.attachment'].search_count([
            ('res_model', '=', 'account.move'), ('res_id', '=', self.invoice.id)])

    def _send_with(self, script):
        """Plan and send; returns the letter and what the engine left in its folder, by name."""
        with self._engine(script) as folder, mute_logger(COPY_LOGGER):
            run = self._run(day(10))
            letter = run.letter_ids
            self.assertEqual(letter.state, 'ready')       # nothing is made within the sending
            self._run_cron('smart_dunning.ir_cron_dunning_copy')
            self._run_cron('smart_dunning.ir_cron_dunning_send')
            files = {path.name: path.read_text() for path in folder.iterdir()}
        return letter, files

    def _get_told(self, letter):
        return [str(message.body) for message in letter.message_ids
                if "No copy attached" in str(message.body)]

    def test_a_copy_changes_nothing_of_the_invoice(self):
        before = self._read_invoice()
        with patch.object(type(self.env['account.move.send']), '_generate_and_send_invoices',
                          side_effect=AssertionError("the invoice is not sent")):
            letter, files = self._send_with(
                'for last; do :; done; cp "$0" /dev/null; '
                'for one; do case $one in *report.body*) cp $one ${0%/*}/body;; esac; done; '
                'printf "%%PDF-1.4 copy" > "$last"')
        self.assertEqual(self._read_invoice(), before)
        self.assertEqual(letter.state, 'sent')
        self.assertFalse(self.invoice.invoice_pdf_report_id)
        self.assertFalse(self.invoice.is_move_sent)
        mail = self.env['mail.mail'].search([('res_id', '=', letter.id),
                                             ('model', '=', 'dunning.letter')])
        copies = mail.attachment_ids - letter.document_id
        self.assertEqual(copies.raw, b'%PDF-1.4 copy')
        self.assertIn(self.invoice.name.replace('/', '-'), copies.name)
        self.assertFalse(self._get_told(letter))
        # What the engine got is a page that says what it is and has its styles inside.
        self.assertIn(f"Copy of invoice {self.invoice.name}", files['body'])
        self.assertNotRegex(files['body'], r'<link[^>]*stylesheet')
        self.assertIn('<style>', files['body'])

    def test_a_broken_engine_lets_the_letter_go_without(self):
        cases = {
            'it crashes': 'exit 3',
            'it is killed': 'kill -9 $$',
            'it writes nothing': 'exit 0',
            'it writes something else': 'for last; do :; done; echo "<html>" > "$last"',
        }
        before = self._read_invoice()
        for number, (case, script) in enumerate(cases.items()):
            with self.subTest(case), self.cr.savepoint() as savepoint:
                self.env.invalidate_all()
                letter, _files = self._send_with(script)
                self.assertEqual(letter.state, 'sent', letter.note)
                self.assertEqual(len(self._get_told(letter)), 1, number)
                self.assertTrue(self.invoice.sudo().dunning_copy_ids.reason)
                self.assertEqual(self._read_invoice(), before)
                savepoint.rollback()

    def test_a_hanging_engine_is_ended(self):
        begin = time.monotonic()
        with patch.object(invoice_copy, 'LIMIT', 1):
            letter, _files = self._send_with('sleep 60')
        self.assertLess(time.monotonic() - begin, 40)
        self.assertEqual(letter.state, 'sent')
        self.assertTrue(self._get_told(letter))

    def test_without_styles_there_is_no_copy(self):
        bundle = type(self.env['ir.qweb']._get_asset_bundle('web.report_assets_common', js=False))
        with patch.object(bundle, 'css', lambda bundle: self.env['ir.attachment']):
            letter, _files = self._send_with(
                'for last; do :; done; printf "%%PDF-1.4 bare" > "$last"')
        self.assertEqual(letter.state, 'sent')
        self.assertIn("styles", self.invoice.sudo().dunning_copy_ids.reason)
        self.assertTrue(self._get_told(letter))

    def test_without_engine_nobody_waits(self):
        with patch.object(type(self.env['dunning.letter']), '_can_make_copies',
                          lambda letters: False):
            letter = self._run(day(10)).letter_ids
        self.assertEqual(letter.state, 'sent')
        self.assertEqual(len(self._get_told(letter)), 1)

    def test_patience_ends(self):
        with self._engine('exit 3'):
            letter = self._run(day(10)).letter_ids
            self.assertEqual(letter.state, 'ready')
            self.assertGreater(letter.copies_until, fields.Datetime.now() + timedelta(hours=11))
            letter.sudo().copies_until = fields.Datetime.now() - timedelta(minutes=2)
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(letter.state, 'sent')
        self.assertTrue(self._get_told(letter))

    def test_the_stored_pdf_of_the_invoice_comes_first(self):
        self.invoice.sudo().invoice_pdf_report_file = base64.b64encode(b'%PDF legal')
        self.env.invalidate_all()
        with self._engine('exit 3'):
            letter = self._run(day(10)).letter_ids      # there is nothing to wait for
        self.assertEqual(letter.state, 'sent')
        mail = self.env['mail.mail'].search([('res_id', '=', letter.id),
                                             ('model', '=', 'dunning.letter')])
        self.assertIn(b'%PDF legal', mail.attachment_ids.mapped('raw'))

    def test_a_copy_of_other_figures_is_made_again(self):
        with self._engine('for last; do :; done; printf "%%PDF-1" > "$last"'):
            self.env['dunning.copy']._make(self.invoice, day(1))
        copies = self.env['dunning.copy']
        self.assertTrue(copies._find(self.invoice))
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.price_unit = 120
        self.invoice.action_post()
        self.assertFalse(copies._find(self.invoice))
        self.assertEqual(copies._find_undecided(self.invoice, day(1)), self.invoice)

    def test_a_failed_copy_is_tried_again_on_another_day(self):
        with self._engine('exit 3'), mute_logger(COPY_LOGGER):
            self.env['dunning.copy']._make(self.invoice, day(1))
        copies = self.env['dunning.copy']
        self.assertFalse(copies._find_undecided(self.invoice, day(1)))
        self.assertEqual(copies._find_undecided(self.invoice, day(2)), self.invoice)

    def test_nobody_writes_copies(self):
        with self._engine('for last; do :; done; printf "%%PDF-1" > "$last"'):
            self.env['dunning.copy']._make(self.invoice, day(1))
        copy = self.invoice.sudo().dunning_copy_ids.with_user(self.clerk)
        self.assertTrue(copy.read(['reason']))
        with self.assertRaises(AccessError):
            copy.write({'reason': "x"})
        with self.assertRaises(AccessError):
            copy.create({'move_id': self._invoice(due=day(0)).id})
        other = self.setup_other_company()['company']
        with self.assertRaises(AccessError):
            copy.with_user(self.manager).with_company(other).with_context(
                allowed_company_ids=other.ids).read(['reason'])

    def test_the_engine_is_named_where_it_is_missing(self):
        info = engine._wkhtml()._replace(state='install')
        with patch.object(engine, '_wkhtml', lambda: info), \
                self.assertRaisesRegex(UserError, "wkhtmltopdf"):
            self.env['ir.actions.report']._render_invoice_copy(self.invoice)
