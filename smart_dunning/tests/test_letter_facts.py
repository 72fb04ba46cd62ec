import io
import itertools
import os
import re

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.mail import html2plaintext
from odoo.tools.pdf import PdfFileReader

from .common import DunningCommon, day
from .test_default_data import LANGUAGES, POLICIES, REFUTABLE_WORDS, RISKY_WORDS

#: Whether all combinations are read: `make test LETTERS=all ARGS=/smart_dunning:TestLetterFacts`.
IS_LONG = os.environ.get('LETTERS') == 'all'
#: What may be said from the second letter after the due date on, and from the third.
EARLIER_LETTER = re.compile(
    r'despite our|already reminded|refer to our|trotz unserer|bereits an die folgende|nehmen Bezug|'
    r'malgré no|déjà rappelé|nous référons', re.IGNORECASE)
SEVERAL_LETTERS = re.compile(
    r'despite our (?:notices|previous letters)|trotz unserer (?:Mahnungen|bisherigen)|'
    r'malgré nos', re.IGNORECASE)
#: What became of an invoice before the letter.
HISTORIES = ('nothing', 'part_payment', 'credit', 'objection', 'several', 'parts')
#: How the table of a letter says what was paid, and what credits take off.
PAID = re.compile(r"Paid / credited|Gezahlt / gutgeschrieben|Réglé|Payé")
CREDITS = re.compile(r"Less credits|Abzüglich|À déduire")
PAGE = re.compile(r'(?:Page|Seite) \d+ (?:of|von|sur|de) \d+')


@tagged('post_install', '-at_install')
class TestLetterFacts(DunningCommon):
    """Letters of every kind, level and language are read: sentences against facts.

    A campaign: `LETTERS=all` reads the 225 of all combinations, else each level of each policy in
    each language and after each history, which are 81.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_arbitration_note = "We take part in no arbitration."
        for lang in LANGUAGES:
            cls.env['res.lang']._activate_lang(lang)
        cls.env['ir.module.module']._load_module_terms(['smart_dunning'], list(LANGUAGES[1:]))
        cls.company.partner_id.country_id = cls.env.ref('base.de')
        cls.env.ref('smart_dunning.dunning_claim_rule_de_2014').currency_id = (
            cls.company.currency_id)
        cls.two_parts = cls.env['account.payment.term'].create({'name': "Two", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
            for days in (20, 30)]})
        cls._make_cases()
        cls.run_record = cls.env['dunning.run'].create(
            {'company_id': cls.company.id, 'date': day(0)})
        cls.run_record.action_plan()

    @classmethod
    def _make_cases(cls):
        """Make customers whose next letter is of a level, in a language, after a history.

        All at once: two hundred invoices posted one by one take minutes.
        """
        cases = []
        for name in POLICIES:
            policy = cls.env.ref(f'smart_dunning.dunning_policy_{name}').sudo()
            levels = policy.with_context(active_test=False).level_ids.sorted('position')
            levels.active = policy.active = True
            cases += [
                (policy, levels, number, lang, history)
                for number in range(len(levels)) for lang in LANGUAGES
                for history in (HISTORIES if number else HISTORIES[:1])
                if IS_LONG or not number or cls._is_paired(policy, number, lang, history)]
        partners = cls.env['res.partner'].create([
            {'name': f"Customer {number}", 'email': f"customer{number}@example.com",
             'street': "Main Street 1", 'zip': '10115', 'city': "Berlin", 'lang': lang}
            for number, (_policy, _levels, _number, lang, _history) in enumerate(cases)])
        cls.cases = [
            (partner, levels[number], lang, history)
            for partner, (_policy, levels, number, lang, history) in zip(
                partners, cases, strict=True)]
        values = []
        for partner, (policy, _levels, number, _lang, history) in zip(
                partners, cases, strict=True):
            partner.with_company(cls.company).dunning_policy_id = policy
            values += [
                cls._prepare_move(partner, number, history, amount)
                for amount in ([500.0, 70.0, 60.0] if history == 'several' else [500.0])]
        moves = cls.env['account.move'].create(values)
        moves.action_post()
        by_partner = moves.grouped('partner_id')
        for partner, (_policy, levels, number, _lang, _history) in zip(
                partners, cases, strict=True):
            if number > 1:
                cls._terms(by_partner[partner]).sudo().write({
                    'dunning_level_id': levels[number - 1].id, 'dunning_date': day(-40)})
        cls._make_histories(by_partner)

    @staticmethod
    def _is_paired(policy, number, lang, history):
        """Return whether a short campaign has a combination: another language by level and policy.
        """
        turn = HISTORIES.index(history) + number + policy.sequence
        return LANGUAGES[turn % len(LANGUAGES)] == lang

    @classmethod
    def _prepare_move(cls, partner, number, history, amount):
        due = day(2) if number == 0 else day(-100)
        return {
            'move_type': 'out_invoice', 'partner_id': partner.id, 'company_id': cls.company.id,
            'invoice_date': day(-130), 'date': day(-130), 'invoice_date_due': due,
            'invoice_payment_term_id': history == 'parts' and cls.two_parts.id,
            'ref': history == 'parts' and f"PO {partner.name.split()[-1]}",
            'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': amount, 'tax_ids': [Command.clear()]})]}

    @classmethod
    def _make_histories(cls, by_partner):
        """Let the customers pay, be credited or object."""
        of_history = {history: [
            partner for partner, _level, _lang, one in cls.cases if one == history]
            for history in HISTORIES}
        for partner in of_history['part_payment']:
            cls._pay(by_partner[partner], 120.0, day(-50))
        cls.env['account.move'].create([{
            'move_type': 'out_refund', 'partner_id': partner.id, 'company_id': cls.company.id,
            'invoice_date': day(-20), 'date': day(-20), 'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': 80.0, 'tax_ids': [Command.clear()]})],
        } for partner in of_history['credit']]).action_post()
        reason = cls.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1)
        cls.env['dunning.dispute'].create([{
            'move_id': by_partner[partner].id, 'amount': 100.0, 'reason_id': reason.id,
        } for partner in of_history['objection']]).action_reject()

    def test_the_campaign_has_every_kind(self):
        """Short or long: no level without a language or a history, no history without a language.
        """
        levels = {level for _partner, level, _lang, _history in self.cases}
        late = {level for level in levels if level.position > 1}
        self.assertEqual(len(levels), 15)
        self.assertEqual(
            {(level, lang) for _partner, level, lang, _history in self.cases},
            set(itertools.product(levels, LANGUAGES)))
        self.assertLessEqual(
            set(itertools.product(late, HISTORIES)),
            {(level, history) for _partner, level, _lang, history in self.cases})
        self.assertEqual(
            {(lang, history) for _partner, _level, lang, history in self.cases},
            set(itertools.product(LANGUAGES, HISTORIES)))
        self.assertEqual(len(self.cases), 225 if IS_LONG else 81)

    def test_sentences_agree_with_the_facts(self):
        letters = {letter.partner_id: letter for letter in self.run_record.letter_ids}
        documents = self.run_record.letter_ids.sudo()._render_documents()
        bank = self.company.partner_id.bank_ids
        for partner, level, lang, history in self.cases:
            with self.subTest(policy=level.policy_id.name, level=level.position, lang=lang,
                              history=history):
                letter = letters[partner]
                self.assertEqual((letter.level_id, letter.lang), (level, lang))
                paper = self._read(letter._render_document_html())
                mail = self._read(letter._render_text('body_html'))
                for text in (paper, mail):
                    self._check_words(text, letter)
                    self._check_figures(text, letter)
                    self._check_number_of_letters(text, level)
                self._check_deadline(letter, paper, mail)
                self._check_objection(letter, history, paper)
                self._check_history(letter, history, paper)
                self._check_pages(letter, documents[letter.id])
                self.assertEqual(letter._get_payment_bank(), bank)

    @staticmethod
    def _read(html):
        html = re.sub(r'(?s)<(head|style|svg)\b.*?</\1>', '', str(html))
        return re.sub(r'\s+', ' ', html2plaintext(html).replace('\N{NO-BREAK SPACE}', ' '))

    def _check_words(self, text, letter):
        """Nothing is refuted, promised or left unfilled."""
        self.assertNotRegex(text, REFUTABLE_WORDS)
        self.assertNotRegex(text, RISKY_WORDS)
        self.assertNotRegex(text, r'object\.|t-out|\{\{|\bFalse\b|\bNone\b')
        greeting = {'en_US': "Kind regards", 'de_DE': "Mit freundlichen Grüßen",
                    'fr_FR': r"Cordialement|salutations distinguées|Veuillez agréer"}
        self.assertRegex(text, greeting[letter.lang])

    def _check_figures(self, text, letter):
        """The amount and one reference, the same in mail, letter and code."""
        amount = letter.amount_text.replace('\N{NO-BREAK SPACE}', ' ')
        self.assertIn(re.sub(r'\s+', ' ', amount), text)
        self.assertIn(letter.reference_text, text)
        self.assertIn(letter.line_ids[0].name, text)
        if letter.charges_text:
            self.assertGreater(letter.amount_total, letter.amount_due - letter.amount_credit)

    def _check_number_of_letters(self, text, level):
        """A first letter speaks of no earlier ones, a second of one."""
        if level.position <= 2:
            self.assertNotRegex(text, EARLIER_LETTER)
        elif level.position == 3:
            self.assertRegex(text, EARLIER_LETTER)
            self.assertNotRegex(text, SEVERAL_LETTERS)

    def _check_deadline(self, letter, paper, mail):
        """A deadline is a working day, and both say the same one."""
        if letter.is_prenotice:
            return
        self.assertLess(letter.deadline.weekday(), 5)
        deadline = letter.deadline_text.replace('\N{NO-BREAK SPACE}', ' ')
        self.assertIn(deadline, paper)
        self.assertIn(deadline, mail)

    def _check_history(self, letter, history, paper):
        """What was paid or credited is told, and nothing else is."""
        self.assertEqual(bool(PAID.search(paper)), history == 'part_payment')
        self.assertEqual(
            bool(CREDITS.search(paper)), history == 'credit' and not letter.is_prenotice)
        self.assertEqual(len(letter.line_ids), {'several': 3, 'parts': 2}.get(history, 1))
        is_in_parts = re.search(r'part 2 of 2|Teilbetrag 2 von 2|échéance 2 sur 2', paper)
        self.assertEqual(bool(is_in_parts), history == 'parts')
        self.assertEqual(f"PO {self._get_number(letter)}" in paper, history == 'parts')
        total = sum(one[1] for one in letter._get_document_sums()) or letter.amount_due
        self.assertAlmostEqual(total, letter.amount_total, 2)

    def _get_number(self, letter):
        return letter.partner_id.name.split()[-1]

    def _check_pages(self, letter, document):
        """One page where one is enough, and none that is nearly empty."""
        reader = PdfFileReader(io.BytesIO(document), strict=False)
        count = reader.getNumPages()
        extras = len(letter.line_ids) > 2 or letter.amount_interest or letter._get_enclosures(
            letter.level_id.attach_statement, False)
        self.assertLessEqual(count, 2 if extras else 1)
        for number in range(count):
            lines = [line for line in reader.getPage(number).extract_text().splitlines()
                     if line.strip() and not PAGE.search(line) and letter.name not in line]
            self.assertGreaterEqual(len(lines), 3)

    def _check_objection(self, letter, history, paper):
        if history == 'objection':
            self.assertRegex(paper, r"In our view|Nach unserer Auffassung|À notre avis")
        is_consumer = letter.policy_id.customer_kind == 'consumer'
        self.assertEqual("no arbitration" in paper, is_consumer and (
            history == 'objection' or letter.level_id.position == 5))
