import io
import re
from datetime import date
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.mail import html2plaintext
from odoo.tools.pdf import PdfFileReader

from .test_letter_document import LetterDocumentCommon, read_pages

#: What stands at the edges of pages, which no page is there for.
_EDGES = re.compile(r'Page \d+ of \d+')


@tagged('post_install', '-at_install')
class TestLetterPages(LetterDocumentCommon):
    """Forty letters of one to sixty items are laid out and their pages counted."""

    def _count_lines(self, letter, document):
        """Return the number of lines of text on each page, edges left out."""
        reader = PdfFileReader(io.BytesIO(document), strict=False)
        counts = []
        for number in range(reader.getNumPages()):
            lines = [line for line in reader.getPage(number).extract_text().splitlines()
                     if line.strip() and not _EDGES.search(line)
                     and f'· {letter.name} ·' not in line]
            counts.append(len(lines))
        return counts

    def test_no_page_is_nearly_empty(self):
        for items in (*range(1, 31), *range(33, 61, 3)):
            self.level.attach_statement = items % 2 == 0
            self.customer.name = "Bäckerei Schönfelder " + "und Söhne " * (items % 4)
            self.level.letter_closing = "<p>Please pay. Thank you very much.</p>" * (items % 5)
            letter = self._make_letter(items=items)
            document = self._render_documents_of(letter)
            pages = read_pages(document)
            with self.subTest(items=items):
                self.assertGreaterEqual(min(self._count_lines(letter, document)), 3)
                for page in pages:
                    # No heading stands alone at the foot.
                    self.assertNotRegex(
                        _EDGES.sub('', page).strip(), r'Account statement as of [\d/]+$')
                if items <= 5 and not self.level.attach_statement:
                    self.assertEqual(len(pages), 1)

    def _render_documents_of(self, letter):
        rows = [{
            'company_id': 0, 'partner_id': 0, 'currency_id': self.euro.id, 'type': 'invoice',
            'number': line.name, 'date': date(2026, 10, 1), 'due': date(2026, 11, 1),
            'amount': 100.5, 'open': 100.5, 'days_overdue': 20} for line in letter.line_ids]
        with patch.object(type(letter), '_get_statement_lines',
                          lambda letters, _companies: {one.id: rows for one in letters}):
            return letter._render_documents()[letter.id]

    def test_a_short_statement_follows_on_the_same_page(self):
        self.level.attach_statement = True
        pages = read_pages(self._render_documents_of(self._make_letter()))
        self.assertEqual(len(pages), 1)
        self.assertIn("Account statement", pages[0])

    # Languages ------------------------------------------------------------------------------------

    def test_a_language_without_words_takes_another_for_the_whole_letter(self):
        self.env['res.lang']._activate_lang('fi_FI')
        self.company.partner_id.lang = 'de_DE'
        self.customer.lang = 'fi_FI'
        letter = self._make_letter()
        self.assertEqual(letter.lang, 'de_DE')
        text = read_pages(self._render(letter))[0]
        self.assertIn("Bitte zahlen Sie bald.", text)
        self.assertIn("03.12.2026", text)
        self.assertIn("Seite 1 von 1", text)

    def test_a_text_missing_in_a_language_takes_the_whole_letter_elsewhere(self):
        self.env['res.lang']._activate_lang('de_DE')
        self.customer.lang = 'de_DE'
        texts = {'subject': "Rechnung offen", 'letter_text': "<p>Bitte zahlen Sie bald.</p>",
                 'letter_closing': "<p>Danke.</p>", 'body_html': "<p>Bitte zahlen Sie bald.</p>"}
        self.level.write({name: text.replace("Bitte", "Please") for name, text in texts.items()})
        self.level.with_context(lang='de_DE').write(texts)
        self.assertEqual(self._make_letter().lang, 'de_DE')
        for name in texts:
            stored = self.level._fields[name]._get_stored_translations(self.level)
            self.level.update_field_translations(name, {'de_DE': False})
            with self.subTest(missing=name):
                letter = self._make_letter()
                self.assertEqual(letter.lang, 'en_US')
                self.assertIn("Page 1 of 1", read_pages(self._render(letter))[0])
            self.level.update_field_translations(name, {'de_DE': stored['de_DE']})
        # What does not exist is missing in no language.
        self.level.letter_closing = False
        self.assertEqual(self._make_letter().lang, 'de_DE')

    def test_variants_of_a_language_have_its_words(self):
        self.env['res.lang']._activate_lang('de_AT')
        self.customer.lang = 'de_AT'
        self.env.invalidate_all()
        self.assertTrue(self.env['dunning.letter']._speaks('de_AT'))
        self.assertEqual(self._make_letter().lang, 'de_AT')

    def test_right_to_left(self):
        self.env['res.lang']._activate_lang('ar_001')
        self.customer.lang = 'ar_001'
        self._translate(self.level, 'ar_001')
        with patch.object(type(self.env['dunning.letter']), '_speaks', lambda letters, lang: lang):
            letter = self._make_letter()
            self.assertIn('dir="rtl"', letter._render_document_html())
            self.assertTrue(self._render(letter))

    # Bank and mail --------------------------------------------------------------------------------

    def test_a_branch_is_paid_through_the_company_above(self):
        branch = self.env['res.company'].create({
            'name': "Branch", 'parent_id': self.company.id})
        bank = branch._choose_dunning_bank(self.env['account.move'], self.euro)
        self.assertEqual(bank, self.company.partner_id.bank_ids)

    def test_the_mail_lists_the_items(self):
        letter = self._make_letter(items=12)
        body = str(letter._get_mail_body())
        for text in ("RE-0001", "RE-0010", "Nov 1, 2026", "and 2 more in the letter", "1,206.00"):
            self.assertIn(text, body)
        self.assertNotIn(">RE-0011<", body)
        self.assertNotIn('color: #333', body)       # nobody reads it on a dark screen
        lines = [line.strip() for line in html2plaintext(body).splitlines()]
        self.assertTrue([line for line in lines if "RE-0001" in line])
