import base64
import doctest
import io
import re
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from ..models.paper import epc_qr
from .common import DunningCommon

IBAN = 'DE89370400440532013000'
LETTER_DATE = date(2026, 11, 21)

LETTER_REPORT = 'smart_dunning.letter_document'


def read_pages(document):
    """Return the text of each page, in one line each: where lines break is not our concern."""
    reader = PdfFileReader(io.BytesIO(document), strict=False)
    return [
        re.sub(r'\s+', ' ', reader.getPage(number).extract_text())
        for number in range(reader.getNumPages())]


def read_codes(document):
    """Return the modules of the codes on the first page, in their order: dark is True."""
    page = PdfFileReader(io.BytesIO(document), strict=False).getPage(0)
    images = page['/Resources'].get('/XObject', {})
    drawn = re.findall(r'(/\S+) Do', page.getContents().getData().decode('latin-1'))
    codes = []
    for image in (images[name] for name in drawn):
        if image['/Width'] == image['/Height']:
            size, data = image['/Width'], image.getData()
            codes.append([
                [not data[row * size + column] for column in range(size)] for row in range(size)])
    return codes


class LetterDocumentCommon(DunningCommon):
    """A German company with a bank account, and letters written straight into the tables."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref('base.EUR')
        cls.euro.active = True
        cls.env['res.lang']._activate_lang('de_DE')
        cls.bank_account.unlink()
        cls.env['res.partner.bank'].create({
            'acc_number': IBAN, 'partner_id': cls.company.partner_id.id,
            'bank_id': cls.env['res.bank'].create({'name': "Testbank", 'bic': 'COBADEFFXXX'}).id})
        cls.customer = cls.env['res.partner'].create({
            'name': "Bäckerei Schönfelder", 'is_company': True, 'street': "Lange Straße 1",
            'zip': "01067", 'city': "Dresden", 'lang': 'en_US', 'ref': "K-4711",
            'country_id': cls.env.ref('base.de').id})
        cls.policy = cls.env['dunning.policy'].create({
            'name': "Test policy", 'company_id': cls.company.id,
            'level_ids': [Command.create({
                'position': 1, 'name': "First", 'delay': 7, 'attach_statement': False,
                'subject': "Overdue invoices", 'letter_text': "<p>Please pay soon.</p>",
                'letter_closing': "<p>Thank you very much.</p>"})]})
        cls.level = cls.policy.level_ids
        cls.level.with_context(lang='de_DE').write({
            'subject': "Überfällige Rechnungen", 'letter_text': "<p>Bitte zahlen Sie bald.</p>",
            'letter_closing': "<p>Vielen Dank.</p>"})

    def _make_letter(self, items=1, **values):
        """Write a letter over 100.50 EUR per item, straight into the tables."""
        run = self.env['dunning.run'].create({
            'company_id': self.company.id, 'date': LETTER_DATE})
        values = {
            'name': f'DL/{run.id}', 'run_id': run.id, 'company_id': self.company.id,
            'date': LETTER_DATE, 'partner_id': self.customer.id,
            'recipient_id': self.customer.id, 'currency_id': self.euro.id,
            'policy_id': self.policy.id, 'level_id': self.level.id,
            'amount_due': 100.5 * items, 'oldest_due_date': date(2026, 11, 1),
            'deadline': date(2026, 12, 3), 'user_id': self.env.user.id,
            'line_ids': [Command.create({
                'company_id': self.company.id, 'currency_id': self.euro.id,
                'level_id': self.level.id, 'name': f'RE-{number:04}',
                'invoice_date': date(2026, 10, 1), 'date_maturity': date(2026, 11, 1),
                'days_overdue': 20, 'amount_original': 1120.5, 'amount_residual': 100.5,
            }) for number in range(1, items + 1)],
        } | values
        return self.env['dunning.letter'].sudo().create(values)

    def _render(self, letter):
        return letter._render_documents()[letter.id]

    def _open_move(self, amount, due=date(2026, 11, 1), move_type='out_invoice', currency=None):
        move = self.env['account.move'].create({
            'move_type': move_type, 'partner_id': self.customer.id,
            'invoice_date': date(2026, 10, 1), 'invoice_date_due': due,
            'invoice_payment_term_id': False,
            'currency_id': (currency or self.euro).id,
            'invoice_line_ids': [Command.create({
                'name': "Thing", 'quantity': 1, 'price_unit': amount, 'tax_ids': False})]})
        move.action_post()
        return move


@tagged('post_install', '-at_install')
class TestLetterDocument(LetterDocumentCommon):

    # Text -----------------------------------------------------------------------------------------

    def test_pdf_has_real_text(self):
        pages = read_pages(self._render(self._make_letter()))
        self.assertEqual(len(pages), 1)
        for text in ("Bäckerei Schönfelder", "01067 Dresden", "Overdue invoices",
                     "Please pay soon.", "RE-0001", "1,120.50", "1,020.00", "100.50",
                     "December 3, 2026", "Oct 1, 2026", "Thank you very much.", "K-4711",
                     "Days overdue", "0130 00", "Page 1 of 1"):
            self.assertIn(text, pages[0])

    def test_letter_in_the_customers_language(self):
        self.env.ref('smart_dunning.letter_document').update_field_translations(
            'arch_db', {'de_DE': {"Invoice no.": "Rechnungsnr."}})
        english, german = self._make_letter(), self._make_letter()
        self.customer.lang = 'de_DE'
        german.invalidate_recordset()
        text = read_pages(self._render(german))[0]
        for word in ("Überfällige Rechnungen", "Bitte zahlen Sie bald.", "Rechnungsnr.",
                     "1.120,50", "03.12.2026"):
            self.assertIn(word, text)
        self.customer.lang = 'en_US'
        english.invalidate_recordset()
        text = read_pages(self._render(english))[0]
        self.assertIn("Overdue invoices", text)
        self.assertNotIn("Rechnungsnr.", text)

    def test_reminder_before_due_date_counts_no_days(self):
        text = read_pages(self._render(self._make_letter(is_prenotice=True)))[0]
        self.assertNotIn("Days overdue", text)

    def test_credits_interest_and_fee_are_lines_of_their_own(self):
        plain = read_pages(self._render(self._make_letter()))[0]
        self.assertNotIn("Less credits", plain)
        letter = self._make_letter(amount_credit=40, amount_interest=1.25, amount_fee=5)
        text = read_pages(self._render(letter))[0]
        for word in ("Less credits", "−40.00", "Late interest", "1.25", "Dunning costs", "5.00",
                     "66.75"):
            self.assertIn(word, text)

    def test_dropped_items_are_not_asked_for(self):
        letter = self._make_letter(items=2)
        letter.line_ids[0].state = 'dropped'
        text = read_pages(self._render(letter))[0]
        self.assertNotIn("RE-0001", text)
        self.assertIn("RE-0002", text)

    def test_address_country_only_abroad(self):
        self.company.country_id = self.env.ref('base.de')
        letter = self._make_letter()
        self.customer.country_id = self.env.ref('base.de')
        self.assertEqual(
            letter._get_address_lines(),
            ["Bäckerei Schönfelder", "Lange Straße 1", "01067 Dresden"])
        self.customer.country_id = self.env.ref('base.fr')
        self.assertEqual(letter._get_address_lines()[-1], "FRANCE")
        contact = self.env['res.partner'].create({
            'parent_id': self.customer.id, 'name': "Petra Lindenau", 'type': 'invoice'})
        letter.recipient_id = contact
        self.assertEqual(
            letter._get_address_lines()[:2], ["Bäckerei Schönfelder", "Petra Lindenau"])

    # Safety ---------------------------------------------------------------------------------------

    def test_names_are_text_not_markup(self):
        self.customer.name = "<b>Bold</b> & <script>alert(1)</script> Ltd"
        letter = self._make_letter()
        self.assertNotIn('<script>', letter._render_document_html())
        self.assertIn("<b>Bold</b> & <script>", read_pages(self._render(letter))[0])

    def test_whatever_people_type_is_printed(self):
        """The letter is parsed by another parser than WeasyPrint's own, which is slow."""
        self.customer.name = "Söhne & <b>Co"
        self.level.letter_text = (
            "<p>Ann &amp; Bob &lt;b&gt;<!-- unseen --> &nbsp;stay<br>new line<o:p>Word</o:p>"
            "<ul><li>one<li>two</ul>unclosed <b>bold")
        text = " ".join(read_pages(self._render(self._make_letter())))
        for part in ("Söhne & <b>Co", "Ann & Bob <b>", "stay new line", "Word", "one", "two",
                     "unclosed bold", "RE-0001"):
            self.assertIn(part, text)
        self.assertNotIn("unseen", text)

    def test_texts_fetch_neither_files_nor_addresses(self):
        self.level.letter_text = (
            '<p>Look: <img src="file:///etc/passwd"/> <img src="http://127.0.0.1:1/x.png"/> '
            '<a href="https://example.com">us</a></p>')
        letter = self._make_letter()
        with mute_logger('weasyprint', 'odoo.addons.smart_dunning.models.paper.pdf'), \
                patch('socket.socket.connect') as connect, \
                patch('urllib.request.FileHandler.file_open') as file_open:
            document = self._render(letter)
        connect.assert_not_called()     # an exception would be swallowed by the engine
        file_open.assert_not_called()
        self.assertIn("Look:", read_pages(document)[0])

    def test_stylesheet_and_attachment_links_are_refused(self):
        from ..models.paper import pdf, style  # noqa: PLC0415, as the addon does
        html = (
            '<html><head><link rel="stylesheet" href="file:///etc/passwd"/>'
            '<link rel="attachment" href="file:///etc/passwd"/>'
            '<style>@import url(file:///etc/hosts);</style></head>'
            '<body><object data="file:///etc/passwd"></object>Fine</body></html>')
        with mute_logger('weasyprint', 'odoo.addons.smart_dunning.models.paper.pdf'), \
                patch('urllib.request.FileHandler.file_open') as file_open:
            document = pdf.render(html, style.get_style('Lato', False, False))
        file_open.assert_not_called()
        self.assertNotIn(b'/EmbeddedFile', document)

    def test_colours_cannot_carry_style(self):
        self.company.primary_color = 'red; } body { display: none'
        self.assertIn("RE-0001", read_pages(self._render(self._make_letter()))[0])

    def test_reader_needs_access(self):
        letter = self._make_letter()
        stranger = new_test_user(self.env, 'letter_stranger', groups='base.group_user')
        with self.assertRaises(AccessError):
            letter.with_user(stranger)._render_documents()
        with self.assertRaises(AccessError):
            self.env['ir.actions.report'].with_user(stranger)._render_qweb_pdf(
                LETTER_REPORT, letter.ids)

    # QR code --------------------------------------------------------------------------------------

    def _skip_without_sepa_module(self):
        bank = self.company.partner_id.bank_ids
        if 'sct_qr' not in {code for code, *_rest in bank._get_available_qr_methods()}:
            self.skipTest("account_qr_code_sepa is not installed")

    def test_qr_code_says_what_to_transfer(self):
        self._skip_without_sepa_module()
        letter = self._make_letter(items=2)
        payload = letter._get_qr_payload(letter._get_payment_bank())
        lines = payload.split('\n')
        self.assertEqual(lines[:4], ['BCD', '002', '1', 'SCT'])
        self.assertEqual(lines[4], 'COBADEFFXXX')
        self.assertEqual(lines[6:8], [IBAN, 'EUR201.0'])
        self.assertEqual(lines[10], letter.name)
        self.assertEqual(read_codes(self._render(letter)), [epc_qr.make_matrix(payload)])

    def test_the_mail_names_what_of_the_total_are_charges(self):
        letter = self._make_letter(amount_interest=24.25, amount_lump_sum=40.0, amount_charges=5.0)
        self.assertEqual(
            letter.charges_text.replace('\N{NO-BREAK SPACE}', ' '),
            "(of which late-payment interest 24.25 €, lump sum 40.00 €, "
            "from earlier letters 5.00 €)")
        self.assertFalse(self._make_letter().charges_text)

    def test_one_reference_everywhere(self):
        one, many = self._make_letter(), self._make_letter(items=2)
        for option, of_one, of_many in [
                ('invoice', 'RE-0001', many.name), ('letter', one.name, many.name),
                ('invoices', 'RE-0001', 'RE-0001, RE-0002')]:
            self.company.dunning_reference = option
            for letter, expected in ((one, of_one), (many, of_many)):
                with self.subTest(option=option, expected=expected):
                    letter.invalidate_recordset()
                    self.assertEqual(letter.reference_text, expected)
                    self.assertIn({'label': "Reference", 'value': expected, 'class': None},
                                  letter._get_payment_lines(letter._get_payment_bank()))
        self._skip_without_sepa_module()
        self.assertIn('RE-0001, RE-0002', many._get_qr_payload(many._get_payment_bank()))

    def test_no_qr_code_without_euro_amount_or_module(self):
        bank = self.company.partner_id.bank_ids
        dollar = self._make_letter(currency_id=self.env.ref('base.USD').id, line_ids=[])
        self.assertEqual(dollar._get_qr_payload(bank), '')
        covered = self._make_letter(amount_credit=100.5)
        self.assertEqual(covered._get_qr_payload(bank), '')
        self.assertEqual(covered._get_qr_payload(bank.browse()), '')
        with patch.object(type(bank), '_get_available_qr_methods', lambda self: []):
            letter = self._make_letter()
            self.assertFalse(letter._get_qr_image(bank))
            self.assertIn("RE-0001", read_pages(self._render(letter))[0])

    def test_matrix_is_a_qr_code(self):
        self.assertFalse(doctest.testmod(epc_qr).failed)
        matrix = epc_qr.make_matrix("Grüße")
        finder = [[True] * 7, [True] + [False] * 5 + [True]]
        self.assertEqual([row[:7] for row in matrix[:2]], finder)
        self.assertEqual([row[-7:] for row in matrix[:2]], finder)

    # Pages and file -------------------------------------------------------------------------------

    def test_long_table_repeats_its_head_and_keeps_the_total_company(self):
        pages = read_pages(self._render(self._make_letter(items=60)))
        self.assertGreater(len(pages), 2)
        with_items = [page for page in pages if "RE-00" in page.replace("Reference", '')]
        for page in with_items:
            self.assertIn("Days overdue", page)
        total = next(page for page in pages if "6,030.00" in page)
        self.assertIn("RE-0060", total)
        self.assertIn(f"Page 2 of {len(pages)}", pages[1])

    def test_total_is_never_alone_on_a_page(self):
        for items in range(14, 22):
            pages = read_pages(self._render(self._make_letter(items=items)))
            total = next(page for page in pages if "otal" in page)      # kerning splits the T off
            self.assertIn(f"RE-{items:04}", total, f"{items} items")

    def test_merged_letters_count_their_own_pages(self):
        short, long = self._make_letter(), self._make_letter(items=60)
        pages = read_pages((short | long)._render_merged_document())
        self.assertIn("Page 1 of 1", pages[0])
        count = len(pages) - 1
        for number, page in enumerate(pages[1:], start=1):
            self.assertIn(f"Page {number} of {count}", page)

    def test_pdf_is_archivable(self):
        letter = self._make_letter()
        document = self._render(letter)
        reader = PdfFileReader(io.BytesIO(document), strict=False)
        catalog = reader.trailer['/Root']
        metadata = catalog['/Metadata'].get_object().get_data().decode()
        self.assertRegex(metadata, r'pdfaid:part(>|=")3')
        self.assertRegex(metadata, r'pdfaid:conformance(>|=")A')
        self.assertEqual(catalog['/Lang'], 'en-US')
        information = reader.trailer['/Info']
        self.assertEqual(information['/Title'], f"{letter.name} · Overdue invoices")
        self.assertEqual(information['/Author'], self.company.name)
        self.assertTrue(information['/CreationDate'].startswith('D:20'))
        fonts = reader.getPage(0)['/Resources']['/Font']
        for font in fonts.values():
            descendant = font.get_object()['/DescendantFonts'].get_object()[0].get_object()
            self.assertIn('/FontFile2', descendant['/FontDescriptor'].get_object())

    def test_logo_is_in_the_letter(self):
        from PIL import Image  # noqa: PLC0415
        with io.BytesIO() as target:
            Image.new('RGBA', (40, 20), (200, 0, 0, 128)).save(target, 'PNG')
            self.company.logo = base64.b64encode(target.getvalue())
        self.assertIn(b'/Subtype /Image', self._render(self._make_letter()))

    # Printing -------------------------------------------------------------------------------------

    def test_report_prints_without_wkhtmltopdf(self):
        letter = self._make_letter()
        report = self.env['ir.actions.report']
        with patch.object(type(report), '_run_wkhtmltopdf', side_effect=AssertionError):
            document, kind = report._render_qweb_pdf(
                'smart_dunning.dunning_letter_report', letter.ids)
        self.assertEqual(kind, 'pdf')
        self.assertIn("RE-0001", read_pages(document)[0])
        self.assertEqual(letter.state, 'draft')

    def test_other_reports_are_left_alone(self):
        report = self.env['ir.actions.report']
        document, kind = report._render_qweb_pdf(
            'account.account_invoices', self._open_move(100).ids)
        self.assertEqual(kind, 'html')      # what core does in tests
        self.assertFalse(document.startswith(b'%PDF'))

    def test_sent_letter_prints_as_it_was_sent(self):
        letter = self._make_letter()
        letter.document_id = self.env['ir.attachment'].create({
            'name': "as sent.pdf", 'raw': self._render(letter)})
        letter.line_ids.name = 'CHANGED'
        document, _kind = self.env['ir.actions.report']._render_qweb_pdf(
            LETTER_REPORT, letter.ids)
        self.assertEqual(document, letter.document_id.raw)

    def test_print_menu_shows_the_letter(self):
        bindings = self.env['ir.actions.actions'].get_bindings('dunning.letter')
        names = [action['name'] for action in bindings.get('report', ())]
        self.assertIn("Dunning letter", names)
