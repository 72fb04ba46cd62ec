import re

from odoo import fields
from odoo.tests import tagged

from .common import DunningCommon, day

IBAN = 'DE89370400440532013000'


@tagged('post_install', '-at_install')
class TestMailPayment(DunningCommon):
    """The e-mail tells how to pay as the letter does, and carries the code for apps of banks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref('base.EUR')
        cls.euro.active = True
        cls.bank_account.unlink()
        cls.env['res.partner.bank'].create({
            'acc_number': IBAN, 'partner_id': cls.company.partner_id.id,
            'allow_out_payment': True})

    def _send_mail(self, **values):
        self._invoice(due=day(-20), amount=100.0, currency_id=self.euro.id, **values)
        run = self._plan(day(0))
        with self._watch_mails() as mails:
            self._send(run)
        [mail] = mails
        return run.letter_ids, mail

    @staticmethod
    def _read(text):
        return re.sub(r'\s+', '', re.sub(r'<[^>]+>', '', text))

    def test_mail_names_account_amount_and_reference(self):
        letter, mail = self._send_mail()
        texts = [mail.get_body((kind,)).get_content() for kind in ('html', 'plain')]
        for text in map(self._read, texts):
            for said in (IBAN, "100.00", letter._get_reference_to_type()):
                with self.subTest(said=said):
                    self.assertIn(self._read(said), text)
        self.assertNotIn("base64", "".join(texts))

    def test_code_travels_inside_the_mail(self):
        if 'sct_qr' not in dict(
                code[:2] for code in self.env['res.partner.bank']._get_available_qr_methods()):
            self.skipTest("account_qr_code_sepa is not installed")
        letter, mail = self._send_mail()
        [picture] = [part for part in mail.walk() if part.get_content_type() == 'image/png']
        self.assertEqual(picture.get_content_disposition(), 'inline')
        self.assertIn(f'src="cid:{picture["Content-ID"][1:-1]}"',
                      mail.get_body(('html',)).get_content())
        self.assertTrue(picture.get_content().startswith(b'\x89PNG'))
        self.assertIn('data:image/png', letter._get_mail_preview())

    def test_letter_and_mail_run_as_their_language_does(self):
        lang = self.env['res.lang']._activate_lang('en_GB')
        self.customer.lang, self.policy.quiet_days = 'en_GB', 0
        for direction, end in (('ltr', 'right'), ('rtl', 'left')):
            with self.subTest(direction=direction):
                lang.direction = direction
                letter, mail = self._send_mail()
                html = mail.get_body(('html',)).get_content()
                self.assertIn(f'dir="{direction}" style="max-width: 640px', html)
                self.assertIn(f'border-top: 1px solid #888888; text-align: {end};', html)
                self.assertIn(f'dir="{direction}"', letter.sudo()._render_document_html()[:200])
                letter.run_id.letter_ids.line_ids.move_line_id.sudo().no_followup = True

    def test_nothing_to_pay_names_no_account(self):
        _letter, mail = self._send_mail()
        self.assertIn('cid:', mail.as_string())
        body = self.env['mail.render.mixin']._render_encapsulate(
            'smart_dunning.dunning_mail_layout', "<p>Hello</p>", context_record=_letter,
            add_context={'company': self.company, 'footer': [], 'items': None})
        self.assertNotIn('o_dunning_code', body)

    def test_mails_of_others_stay_as_they_are(self):
        body = '<p>Hi <img class="x" src="data:image/png;base64,iVBO"></p>'
        mail = self.env['ir.mail_server']._build_email__(
            'a@example.com', ['b@example.com'], "Hi", body, subtype='html')
        self.assertIn('data:image/png;base64,iVBO', mail.get_body(('html',)).get_content())

    # Days -----------------------------------------------------------------------------------------

    def test_british_customers_read_british_dates(self):
        letter, _mail = self._send_mail()
        date = fields.Date.to_date('2026-11-17')
        for country, long, medium in (
                ('us', "November 17, 2026", "Nov 17, 2026"),
                ('uk', "17 November 2026", "17 Nov 2026"),
                ('de', "November 17, 2026", "Nov 17, 2026")):
            self.customer.country_id = self.env.ref(f'base.{country}')
            with self.subTest(country=country):
                self.assertEqual(letter._format_document_date(date), long)
                self.assertEqual(letter._format_long_date(date), long)
                self.assertEqual(letter._format_table_date(date), medium)
        self.env['res.lang']._activate_lang('en_GB')
        self.assertEqual(
            letter.with_context(lang='en_GB')._format_document_date(date), "17 November 2026")
