import re
import subprocess
from email.utils import getaddresses
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import Form, tagged

from odoo.addons.mail.models.mail_mail import MailMail

from .common import day
from .installment_common import InstallmentCommon

IBAN = 'DE89370400440532013000'


@tagged('post_install', '-at_install')
class TestInstallmentMail(InstallmentCommon):
    """The agreement on paper, by e-mail, and the reminders before each part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref('base.EUR')
        cls.euro.active = True
        cls.env['res.lang']._activate_lang('de_DE')
        cls.company.country_id = cls.env.ref('base.de')
        cls.bank_account.unlink()
        cls.env['res.partner.bank'].create({
            'acc_number': IBAN, 'partner_id': cls.company.partner_id.id,
            'bank_id': cls.env['res.bank'].create({'name': "Testbank", 'bic': 'COBADEFFXXX'}).id})
        cls.customer.lang = 'de_DE'

    def _read(self, plan):
        """Return the text of the agreement as one line, as the customer could copy it."""
        text = subprocess.run(
            ['pdftotext', '-layout', '-', '-'], input=plan.sudo().document_id.raw,
            capture_output=True, check=True).stdout.decode()
        return re.sub(r'\s+', ' ', text)

    @freeze_time(day(0))
    def test_agreement_in_german(self):
        invoice = self._invoice(due=day(-20), amount=1000.0, currency_id=self.euro.id)
        plan = self._plan_parts(3, interval='monthly', currency_id=self.euro.id)
        self.assertEqual(plan.document_id.mimetype, 'application/pdf')
        text = self._read(plan)
        for words in (
            plan.name, invoice.name, "Ratenzahlungsvereinbarung", "333,33 €", "333,34 €",
            "12.03.2026", "12.05.2026", "1.000,00 €", "Anerkenntnis", "§ 212 Abs. 1 Nr. 1 BGB",
            "Ort, Datum, Unterschrift", "IBAN", "5 Tage", "Der gesamte Restbetrag",
        ):
            with self.subTest(words=words):
                self.assertIn(words, text)
        self.assertNotIn("Remaining", text)

    @freeze_time(day(0))
    def test_agreement_without_acknowledgement(self):
        self._invoice(due=day(-20), amount=1000.0)
        plan = self._plan_parts(3, acknowledgement=False)
        self.assertNotIn("BGB", self._read(plan))

    @freeze_time(day(0))
    def test_document_stays_and_preview_does_not(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2, confirm=False)
        report = self.env['ir.actions.report']
        preview, kind = report._render_qweb_pdf(
            'smart_dunning.dunning_installment_report', plan.ids)
        self.assertEqual(kind, 'pdf')
        self.assertTrue(preview.startswith(b'%PDF'))
        self.assertFalse(plan.document_id)
        plan.action_confirm()
        stored = plan.document_id.raw
        self.customer.name = "Somebody Else"
        self.assertEqual(report._render_qweb_pdf(
            'smart_dunning.dunning_installment_report', plan.ids)[0], stored)

    @freeze_time(day(0))
    def test_send_with_the_composer(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2)
        action = plan.action_send()
        composer = Form(self.env['mail.compose.message'].with_user(self.clerk).with_context(
            **action['context'])).save()
        self.assertEqual(composer.attachment_ids, plan.document_id)
        self.assertEqual(composer.partner_ids, self.customer)
        with self._watch_mails() as mails:
            composer.action_send_mail()
            self.env['mail.mail'].search([('state', '=', 'outgoing')]).send()
        mail = mails[0]
        self.assertIn(plan.name, mail['Subject'])
        self.assertIn("Ratenzahlung", mail['Subject'])
        self.assertEqual(
            [part.get_content_type() for part in mail.iter_attachments()], ['application/pdf'])
        body = mail.get_body(('html',)).get_content()
        self.assertIn("12.03.2026", body)
        self.assertIn("accounts@example.com", body)         # the particulars of the company
        message = plan.message_ids.filtered('attachment_ids')
        self.assertTrue(message)                            # the mail stays in the history

    def _remind(self, on):
        """Let the cron work on a day; return what reached the mail server."""
        with freeze_time(on), self._watch_mails() as mails:
            self._run_cron('smart_dunning.ir_cron_dunning_installment')
        return mails

    def test_reminder_once_before_each_part(self):
        self.company.dunning_active = True
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0, currency_id=self.euro.id)
            plan = self._plan_parts(2, currency_id=self.euro.id)
        self.assertFalse(self._remind(day(6)))
        mails = self._remind(day(7))                        # three days before
        self.assertEqual(len(mails), 1)
        self.assertIn("anna@example.com", mails[0]['To'])
        self.assertIn("500,00", mails[0]['Subject'])
        body = mails[0].get_body(('html',)).get_content()
        for words in ("12.03.2026", IBAN[:4], invoice.name):
            self.assertIn(words, body)
        self.assertEqual(self._parts(plan, 'reminded_on'), [day(7), False])
        self.assertFalse(self._remind(day(7)))
        self.assertFalse(self._remind(day(8)))
        with freeze_time(day(9)):
            self._pay(invoice, 800.0, on=day(9))
        mails = self._remind(day(14))
        self.assertEqual(len(mails), 1)
        self.assertIn("200,00", mails[0]['Subject'])        # what is left of the second part
        self.assertEqual(
            len(plan.message_ids.filtered(lambda one: one.message_type == 'email_outgoing')), 2)

    def test_reminder_to_all_addresses_from_an_address_of_the_company(self):
        self.company.dunning_active = True
        elsewhere = self.setup_other_company(name="Elsewhere Ltd")['company']
        elsewhere.email = 'office@elsewhere.example'
        self.clerk.write({'name': "Carla", 'email': 'carla@elsewhere.example'})
        self.customer.write({'name': "Anna\nAdler", 'email': "a@example.com; b@example.com"})
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=1000.0)
            self._plan_parts(2, user_id=self.clerk.id)
        mails = self._remind(day(7))
        self.assertEqual(len(mails), 1)
        self.assertEqual(getaddresses([mails[0]['To']]), [
            ("Anna Adler", 'a@example.com'), ("Anna Adler", 'b@example.com')])
        self.assertEqual(getaddresses([mails[0]['From']]), [("Carla", 'accounts@example.com')])

    def test_no_reminder_where_none_is_wanted(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            plan = self._plan_parts(2)
        self.assertFalse(self._remind(day(7)))              # the company has not turned it on
        self.company.dunning_active = True
        self.policy.installment_remind_days = 0
        self.assertFalse(self._remind(day(7)))
        self.policy.installment_remind_days = 3
        self.customer.email = False
        self.assertFalse(self._remind(day(7)))
        self.customer.email = "anna@example.com"
        with freeze_time(day(7)):
            self._pay(invoice, 500.0, on=day(7))
        self.assertFalse(self._remind(day(7)))              # paid already
        with freeze_time(day(8)):
            plan.action_cancel()
        self.assertFalse(self._remind(day(14)))
        self.assertEqual(self._parts(plan, 'reminded_on'), [False, False])

    def test_one_failure_leaves_the_others_alone(self):
        self.company.dunning_active = True
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=100.0)
            bad = self._plan_parts(2)
            self._invoice(due=day(-20), amount=100.0, partner=self.other)
            good = self._plan_parts(2, partner_id=self.other.id)
        send = MailMail.send

        def refuse(mails, *args, **kwargs):
            if 'anna' in (mails.email_to or ''):
                mails.write({'state': 'exception', 'failure_reason': "Mailbox unknown"})
                return None
            return send(mails, *args, **kwargs)
        with patch.object(MailMail, 'send', refuse):
            mails = self._remind(day(7))
        self.assertEqual(len(mails), 1)
        self.assertFalse(bad.part_ids.filtered('reminded_on'))
        self.assertIn("Mailbox unknown", ' '.join(bad.message_ids.mapped('body')))
        self.assertEqual(len(good.part_ids.filtered('reminded_on')), 1)
        self.assertEqual(len(self._remind(day(8))), 1)      # once more on the next day
