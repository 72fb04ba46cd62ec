import smtplib
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ..models.run.dunning_letter_retry import PAUSES
from ..models.run.mail_errors import is_away, is_refusal, is_temporary
from .common import DunningCommon, day

NIGHT = datetime(2026, 3, 2, 1)


class TestMailServerAway(DunningCommon):
    """A night without a mail server: letters are tried again, and the clerk reads why."""

    def setUp(self):
        super().setUp()
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        self.connections = 0

    def _send_in_vain(self, run, at, error=None):
        """Let the send cron run at a time at which no connection is to be had."""
        def connect(server, **kwargs):
            self.connections += 1
            raise error or ConnectionRefusedError(111, "Connection refused")
        with freeze_time(at), patch.object(IrMail_Server, '_connect__', connect):
            if run.state == 'planned':
                run.action_send()
            self._run_cron('smart_dunning.ir_cron_dunning_send')

    def _plan_at_night(self):
        with freeze_time(NIGHT):
            return self._plan(day(0))

    def test_letters_are_tried_again_with_growing_pauses(self):
        run = self._plan_at_night()
        self._send_in_vain(run, NIGHT)
        self.assertEqual(self.connections, 1, "the second letter asks no server that is away")
        letters = run.letter_ids
        self.assertEqual(letters.mapped('state'), ['ready', 'ready'])
        self.assertEqual(letters.mapped('attempts'), [1, 1])
        self.assertEqual(set(letters.mapped('retry_at')), {NIGHT + timedelta(minutes=PAUSES[0])})
        self.assertIn("cannot be reached", letters[0].note)
        self.assertNotIn("refused:", letters[0].note)
        at = NIGHT
        for pause, following in zip(PAUSES, PAUSES[1:], strict=False):
            self._send_in_vain(run, at + timedelta(minutes=pause - 1))       # too early
            at += timedelta(minutes=pause)
            self._send_in_vain(run, at)
            self.assertEqual(
                set(letters.mapped('retry_at')), {at + timedelta(minutes=following)})
        self.assertEqual(self.connections, len(PAUSES))
        with self._watch_mails() as mails, freeze_time(at + timedelta(minutes=PAUSES[-1])):
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 2)
        self.assertEqual(letters.mapped('state'), ['sent', 'sent'])
        self.assertEqual(run.state, 'done')
        self.assertFalse(run.activity_ids, "what is over is told no longer")

    def test_the_clerk_is_told_number_and_reason(self):
        run = self._plan_at_night()
        self._send_in_vain(run, NIGHT)
        [told] = run.activity_ids
        self.assertEqual(told.user_id, self.clerk)
        self.assertIn("2 letters wait", told.note)
        self.assertIn("Connection refused", told.note)
        at = NIGHT
        for pause in PAUSES:
            at += timedelta(minutes=pause)
            self._send_in_vain(run, at)
        self.assertEqual(run.letter_ids.mapped('state'), ['failed', 'failed'])
        [told] = run.activity_ids
        self.assertIn("2 letters failed", told.note)
        with self._watch_mails() as mails:
            run.with_user(self.clerk).action_retry()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 2)
        self.assertFalse(run.activity_ids)

    def test_whoever_presses_send_need_not_wait(self):
        run = self._plan_at_night()
        self._send_in_vain(run, NIGHT)
        with self._watch_mails() as mails, freeze_time(NIGHT + timedelta(minutes=1)):
            run.letter_ids[0].with_user(self.clerk).action_send()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 1)

    def test_a_letter_that_was_paid_meanwhile_is_not_sent(self):
        run = self._plan_at_night()
        self._send_in_vain(run, NIGHT)
        self._pay(run.letter_ids[0].line_ids.move_id)
        with self._watch_mails() as mails, freeze_time(NIGHT + timedelta(minutes=PAUSES[0])):
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 1)

    def test_what_is_tried_again(self):
        def wrap(reason):
            try:
                raise MailDeliveryException("Mail Delivery Failed") from reason
            except MailDeliveryException as error:
                return error
        refused = {'a@example.com': (550, b"No such user")}
        later = {'a@example.com': (451, b"Greylisted")}
        for error, is_certain, is_worth_it, is_server in [
            (MailDeliveryException("Unable", ConnectionRefusedError("no")), True, True, True),
            (MailDeliveryException("Unable", TimeoutError("slow")), True, True, True),
            (MailDeliveryException("Unable", smtplib.SMTPAuthenticationError(535, b"Wrong")),
             True, True, True),
            (wrap(smtplib.SMTPRecipientsRefused(refused)), True, False, False),
            (wrap(smtplib.SMTPRecipientsRefused(later)), True, True, False),
            (wrap(smtplib.SMTPSenderRefused(421, b"Closing", 'a@example.com')), True, True, True),
            (wrap(smtplib.SMTPServerDisconnected("gone")), False, False, False),
            (TimeoutError("in the middle"), False, False, False),
        ]:
            with self.subTest(error=repr(error)):
                self.assertEqual(is_refusal(error), is_certain)
                self.assertEqual(is_temporary(error), is_worth_it)
                self.assertEqual(is_away(error), is_server)
