import re

from odoo.tests import tagged
from odoo.tools import format_date

from .common import day
from .test_letter_document import LetterDocumentCommon, read_pages

#: Every language whose customers get letters in their own words, and a sign of each.
LANGUAGES = {
    'de_DE': "Mit freundlichen Grüßen", 'fr_FR': "Facture", 'es_ES': "Atentamente",
    'it_IT': "Cordiali saluti", 'nl_NL': "Met vriendelijke groet", 'pl_PL': "Z poważaniem",
    'pt_BR': "Atenciosamente", 'cs_CZ': "S pozdravem", 'da_DK': "Med venlig hilsen",
    'sv_SE': "Med vänlig hälsning", 'ro_RO': "Cu stimă", 'tr_TR': "Saygılarımızla"}
#: English that would show a text without translation.
ENGLISH = re.compile(
    r'\b(?:Please|Invoice|Due|Days overdue|Kind regards|Account|Phone|Enclosed|our|the|Reference|'
    r'Customer no)\b')


@tagged('post_install', '-at_install')
class TestLanguages(LetterDocumentCommon):
    """A letter of each shipped level in every language: whole, in its own words and forms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in LANGUAGES:
            cls.env['res.lang']._activate_lang(lang)
        cls.env['ir.module.module']._load_module_terms(['smart_dunning'], list(LANGUAGES))
        cls.policy = cls.env.ref('smart_dunning.dunning_policy_business').sudo()
        cls.policy.active = True
        cls.levels = cls.policy.with_context(active_test=False).level_ids.sorted('position')
        cls.company.name = "Muster GmbH"

    def _write(self, lang, level):
        """Return a letter of a level to a customer who reads a language."""
        self.customer.lang = lang
        return self._make_letter(
            items=2, policy_id=self.policy.id, level_id=level.id, deadline=day(300))

    def test_letters_are_whole_in_every_language(self):
        for level in (self.levels[0], self.levels[-1]):
            for lang in ('en_US', *LANGUAGES):
                letter = self._write(lang, level)
                pages = read_pages(self._render(letter))
                text = ' '.join(pages)
                if lang == 'en_US':
                    usual = len(pages)
                    continue
                with self.subTest(lang=lang, level=level.position):
                    self.assertEqual(letter.lang, lang)
                    self.assertIn(LANGUAGES[lang], text)
                    self.assertFalse(ENGLISH.findall(text))
                    # The longest words make one page more at most.
                    self.assertLessEqual(abs(len(pages) - usual), 1)
                    self.assertIn(format_date(self.env, day(300), lang_code=lang), text)
                    self.assertFalse(self.company._find_unprintable(text))

    def test_headings_begin_with_a_capital_and_without_our_name(self):
        for level in self.levels:
            for lang in ('en_US', *LANGUAGES):
                letter = self._write(lang, level).with_context(lang=lang)
                heading = letter._prepare_document_values()['subject']
                with self.subTest(lang=lang, level=level.position):
                    self.assertFalse(heading.startswith("Muster GmbH"))
                    self.assertFalse(heading[0].islower(), heading)

    def test_mails_are_whole_in_every_language(self):
        for level in self.levels:
            for lang in LANGUAGES:
                letter = self._write(lang, level)
                values = letter.with_context(lang=lang)._prepare_mail_values()
                with self.subTest(lang=lang, level=level.position):
                    self.assertFalse(ENGLISH.findall(values['subject']))
                    text = re.sub(r'<[^>]+>', ' ', values['body_html'])
                    self.assertFalse(ENGLISH.findall(text))
