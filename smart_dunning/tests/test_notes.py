import doctest
import smtplib
from unittest.mock import patch
from xmlrpc.client import dumps

from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ..models.policy import addresses, notes
from .common import DunningCommon, day

#: What somebody from outside may be called, or answer.
NASTY = '<img src="x" onerror="alert(1)">'


class TestNotes(DunningCommon):
    """Activities and messages are HTML: what comes from outside stays text. Buttons answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.name = cls.other.name = NASTY
        cls.policy.name = NASTY
        cls.last_activity = cls.env['mail.activity'].search([], order='id desc', limit=1).id or 0
        cls.last_message = cls.env['mail.message'].sudo().search([], order='id desc', limit=1).id

    def _get_texts(self):
        activities = self.env['mail.activity'].search([('id', '>', self.last_activity)])
        messages = self.env['mail.message'].sudo().search([
            ('id', '>', self.last_message), ('message_type', '!=', 'email_outgoing')])
        return [*filter(None, activities.mapped('note')), *filter(None, messages.mapped('body'))]

    def _assert_escaped(self, *fragments):
        texts = self._get_texts()
        for text in texts:
            self.assertNotIn('<img', text)
        for fragment in ('&lt;img', *fragments):
            self.assertTrue(
                any(fragment in text for text in texts), f"{fragment} is in none of {texts}")

    def test_helper(self):
        for module in (notes, addresses):
            with self.subTest(module=module.__name__):
                failed, attempted = doctest.testmod(module)
                self.assertTrue(attempted and not failed)

    def test_notes_about_letters(self):
        self.other.email = False
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        with self._watch_mails():
            run = self._run(day(0))
        self._assert_escaped("have to be printed")
        sent = run.letter_ids.filtered(lambda letter: letter.state == 'sent')
        sent.sudo()._set_bounced()
        self.env['dunning.debtor'].sudo()._refresh(partners=sent.partner_id, company=self.company)
        self._assert_escaped("came back")
        run.letter_ids.filtered(lambda letter: letter != sent).sudo()._set_fate_unknown()
        self._assert_escaped("find out whether")

    def test_notes_about_calls(self):
        self.policy.level_ids.channel = 'call'
        self.policy.level_ids.call_script = '<p>Ask <t t-out="object.customer_name"/>.</p>'
        self._invoice(due=day(-20))
        self._run(day(0))
        self._assert_escaped("<p>Ask &lt;img")

    def test_notes_of_the_nightly_run(self):
        self.policy.bank_guard_days = 1
        self._invoice(due=day(-20))
        run = self.env['dunning.run'].with_context(lang='en_US').sudo()._run_automatically(
            self.company, day(0))
        self.assertEqual(run.letter_ids.state, 'draft')
        self._assert_escaped("nothing was sent", "<br>1 letters wait for review")

    def test_notes_about_answers_of_the_mail_server(self):
        def send_email(server, message, *args, **kwargs):
            raise MailDeliveryException("Failed") from smtplib.SMTPRecipientsRefused(
                {'a@example.com': (550, NASTY.encode())})
        self._invoice(due=day(-20))
        with self._watch_mails(), patch.object(IrMail_Server, 'send_email', send_email), \
                mute_logger('odoo.addons.mail.models.mail_mail'):
            self._run(day(0))
        self._assert_escaped("1 letters failed")

    def test_notes_about_agreements(self):
        invoice = self._invoice(due=day(-20))
        self.env['dunning.pause'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'move_id': invoice.id, 'reason': NASTY,
            'date_until': day(300)})
        self._assert_escaped("Dunning is paused")

    def test_notes_about_signatures(self):
        order = self.env['sale.order'].sudo().create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'user_id': self.manager.id, 'order_line': [Command.create({
                'name': "Goods", 'product_id': self.product_a.id, 'price_unit': 10.0})]})
        order._notify_signed_but_held(NASTY)
        self._assert_escaped("on hold")

    def test_buttons_answer_remote_calls(self):
        self.policy.level_ids.channel = 'print'
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        run = self._plan(day(0)).with_user(self.clerk)
        letters = run.letter_ids
        for record, action in (
                (run, 'action_approve_all'), (run, 'action_send'), (letters[0], 'action_send'),
                (letters[0], 'action_channel_email'), (letters[0], 'action_channel_print'),
                (letters, 'action_approve'), (run, 'action_retry'), (letters[1], 'action_take_out'),
                (run, 'action_print_letters'), (run, 'action_mark_printed')):
            with self.subTest(action=action):
                answer = getattr(record, action)()
                self.assertTrue(dumps((answer,), methodresponse=True))
