import re

from odoo.tests import tagged
from odoo.tools.mail import html2plaintext

from .common import DunningCommon, day
from .test_default_data import LANGUAGES, POLICIES, REFUTABLE_WORDS, RISKY_WORDS

#: What may be said from the second letter after the due date on, and from the third.
EARLIER_LETTER = re.compile(
    r'despite our|already reminded|refer to our|trotz unserer|bereits an die folgende|nehmen Bezug|'
    r'malgré no|déjà rappelé|nous référons', re.IGNORECASE)
SEVERAL_LETTERS = re.compile(
    r'despite our (?:notices|previous letters)|trotz unserer (?:Mahnungen|bisherigen)|'
    r'malgré nos', re.IGNORECASE)
#: What became of an invoice before the letter.
HISTORIES = ('nothing', 'part_payment', 'credit', 'objection')


@tagged('post_install', '-at_install')
class TestLetterFacts(DunningCommon):
    """Sixty letters, of every kind, level and language, are read: sentences against facts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_arbitration_note = "We take part in no arbitration."
        for lang in LANGUAGES:
            cls.env['res.lang']._activate_lang(lang)
        cls.env['ir.module.module']._load_module_terms(['smart_dunning'], list(LANGUAGES[1:]))
        cls.cases = []
        for name in POLICIES:
            policy = cls.env.ref(f'smart_dunning.dunning_policy_{name}').sudo()
            levels = policy.with_context(active_test=False).level_ids.sorted('position')
            levels.active = policy.active = True
            for number in range(len(levels)):
                for lang in LANGUAGES:
                    history = HISTORIES[len(cls.cases) % 4] if number else 'nothing'
                    cls._make_case(policy, levels, number, lang, history)
                    if number and len(cls.cases) < 60 and number > 1 and lang != 'en_US':
                        cls._make_case(policy, levels, number, lang, 'part_payment')
        cls.run_record = cls.env['dunning.run'].create(
            {'company_id': cls.company.id, 'date': day(0)})
        cls.run_record.action_plan()

    @classmethod
    def _make_case(cls, policy, levels, number, lang, history):
        """Make a customer whose next letter is of a level, in a language, after a history."""
        partner = cls._make_customer(f"Customer {len(cls.cases)}", lang=lang)
        partner.with_company(cls.company).dunning_policy_id = policy
        invoice = cls._invoice(day(2) if number == 0 else day(-100), 500.0, partner)
        line = cls._terms(invoice)
        if number > 1:
            line.sudo().write({
                'dunning_level_id': levels[number - 1].id, 'dunning_date': day(-40)})
        if history == 'part_payment':
            cls._pay(invoice, 120.0, day(-50))
        elif history == 'credit':
            cls._credit_note(80.0, day(-20), partner)
        elif history == 'objection':
            dispute = cls.env['dunning.dispute'].create({
                'move_id': invoice.id, 'amount': 100.0,
                'reason_id': cls.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
            dispute.action_reject()
        cls.cases.append((partner, levels[number], lang, history))

    def test_sentences_agree_with_the_facts(self):
        letters = {letter.partner_id: letter for letter in self.run_record.letter_ids}
        self.assertGreaterEqual(len(self.cases), 60)
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
        self.assertIn(letter.line_ids.name, text)

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

    def _check_objection(self, letter, history, paper):
        if history == 'objection':
            self.assertRegex(paper, r"In our view|Nach unserer Auffassung|À notre avis")
        is_consumer = letter.policy_id.customer_kind == 'consumer'
        self.assertEqual("no arbitration" in paper, is_consumer and (
            history == 'objection' or letter.level_id.position == 5))
