import base64
import errno
import hashlib
import os
from datetime import date
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import DunningCommon, day


class TestEvidence(DunningCommon):
    """Sent is sent: what went out, and what was asked for, is written by the system alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = new_test_user(
            cls.env, 'biller', groups='account.group_account_manager',
            company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)])

    def _send_letter(self):
        self._invoice(due=day(-20))
        with self._watch_mails():
            return self._run(day(0)).letter_ids

    def _assert_refused_writes(self, record, values, users=None):
        for user in users or (self.clerk, self.manager):
            for name, value in values.items():
                with self.subTest(user=user.login, field=name), \
                        self.assertRefused(error=UserError):
                    record.with_user(user).write({name: value})
                    self.env.flush_all()

    def test_nobody_writes_figures_and_evidence_of_a_letter(self):
        letter = self._send_letter()
        self._assert_refused_writes(letter, {
            'amount_total': 1.0, 'oldest_due_date': day(-90), 'note': "Never sent",
            'document_sha256': 'x', 'attempts': 0, 'retry_at': False, 'amount_due': 1.0,
            'state': 'draft', 'name': "X", 'date': day(5), 'line_ids': [(5,)],
            'deadline': day(90), 'email': 'else@example.com', 'user_id': self.manager.id,
            'recipient_id': self.other.id, 'channel': 'print'})
        draft = self._plan(day(30)).letter_ids
        self._assert_refused_writes(draft, {'amount_total': 1.0, 'note': "X"})
        draft.with_user(self.clerk).write({'deadline': day(60), 'email': 'else@example.com'})

    def test_people_still_talk_about_a_letter(self):
        letter = self._send_letter().with_user(self.clerk)
        letter.message_post(body="Spoke with her")
        letter.activity_schedule('mail.mail_activity_data_todo', user_id=self.clerk.id)
        letter.message_subscribe(partner_ids=self.manager.partner_id.ids)

    def test_nobody_writes_a_run_that_sends(self):
        self._invoice(due=day(-20))
        run = self.env['dunning.run'].with_user(self.clerk).create(
            {'company_id': self.company.id, 'date': day(0), 'due_after': day(-100)})
        run.due_after = False
        run.action_plan()
        self._assert_refused_writes(run, {
            'due_after': day(-5), 'date': day(5), 'company_id': self.company.id})
        self._assert_refused_writes(run, {
            'name': "X", 'note': "X", 'state': 'done', 'bank_date': day(0), 'planned_on': day(1),
            'is_released': True, 'letter_ids': [(5,)], 'omission_ids': [(5,)]})
        run.user_id = self.manager

    def test_nobody_writes_the_level_of_an_invoice(self):
        letter = self._send_letter()
        invoice = letter.line_ids.move_id
        level = invoice.dunning_level_id
        users = (self.clerk, self.manager, self.biller)
        self._assert_refused_writes(
            invoice, {'dunning_level_id': False, 'dunning_date': day(90)}, users)
        for user in users:
            with self.subTest(user=user.login), self.assertRefused(error=AccessError):
                self.env['account.move'].with_user(user).create({
                    'move_type': 'out_invoice', 'partner_id': self.customer.id,
                    'company_id': self.company.id, 'dunning_level_id': level.id})
        self.assertEqual(invoice.dunning_level_id, level)

    def test_nobody_changes_the_kept_document(self):
        letter = self._send_letter()
        document = letter.document_id
        forged = base64.b64encode(b'%PDF-forged')
        self._assert_refused_writes(document, {
            'raw': b'%PDF-forged', 'datas': forged, 'name': "else.pdf", 'res_id': 0,
            'res_model': 'res.partner', 'mimetype': 'text/plain', 'public': True})
        for user in (self.clerk, self.manager, self.biller):
            with self.subTest(user=user.login), self.assertRefused(error=AccessError):
                document.with_user(user).unlink()
        self.assertTrue(document.raw.startswith(b'%PDF'))
        self.assertEqual(letter.document_sha256, hashlib.sha256(document.raw).hexdigest())

    def test_other_files_on_a_letter_are_free(self):
        letter = self._send_letter()
        note = self.env['ir.attachment'].with_user(self.clerk).create({
            'name': "note.txt", 'raw': b'x', 'res_model': 'dunning.letter', 'res_id': letter.id})
        note.raw = b'y'
        note.unlink()

    def test_nobody_takes_the_message_of_a_sent_letter_away(self):
        letter = self._send_letter()
        messages = letter.message_ids
        self.assertTrue(messages)
        for user in (self.clerk, self.manager):
            for message in messages:
                with self.subTest(user=user.login, type=message.message_type):
                    with self.assertRefused(error=AccessError):
                        message.with_user(user).unlink()
                    with self.assertRefused(error=AccessError):
                        message.with_user(user).body = "Never mind"
        comment = letter.with_user(self.clerk).message_post(body="Typo", message_type='comment')
        comment.with_user(self.clerk).unlink()

    def test_the_system_goes_on_writing(self):
        letter = self._send_letter()
        letter.sudo()._set_bounced()
        self.assertFalse(letter.line_ids.move_id.dunning_level_id)
        letter.with_user(self.clerk).action_print()
        letter.with_user(self.clerk).action_printed()
        self.assertEqual(letter.state, 'sent')
        self.assertIsInstance(letter.sent_date, date)

    # Disk --------------------------------------------------------------------------------------

    def test_full_or_read_only_disk_is_told_and_nothing_half_is_kept(self):
        attachments = self.env.registry['ir.attachment']
        for number, name in ((errno.ENOSPC, "No space left"), (errno.EROFS, "Read-only")):
            written = []

            # pylint: disable-next=dangerous-default-value
            def write(files, content, checksum, number=number, written=written):
                _name, path = files._get_path(content, checksum)
                Path(path).write_bytes(content[:10])
                written.append(path)
                raise OSError(number, os.strerror(number))
            self._invoice(due=day(-20), partner=self._make_customer(name))
            with self.subTest(error=name), self._watch_mails():
                run = self._plan(day(0))
                with patch.object(attachments, '_file_write', write):
                    self._send(run)
                letter = run.letter_ids
                self.assertEqual(letter.state, 'failed')
                self.assertIn(name, letter.note)
                self.assertIn("disk", letter.note)
                self.assertTrue(written)
                self.assertFalse(any(Path(path).exists() for path in written))
                with freeze_time(day(0)):
                    letter.with_user(self.clerk).action_retry()
                    self._run_cron('smart_dunning.ir_cron_dunning_send')
                self.assertEqual(letter.state, 'sent')
                self.assertTrue(letter.document_id.raw.startswith(b'%PDF'))
