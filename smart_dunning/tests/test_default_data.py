import re
from itertools import accumulate

from lxml import html

from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file

from ..models.run.dunning_letter_text import PLACEHOLDERS

POLICIES = ('business', 'consumer', 'public')
TEXTS = ('name', 'subject', 'body_html', 'letter_text', 'letter_closing', 'call_script')
LANGUAGES = ('en_US', 'de_DE', 'fr_FR')
INLINE = re.compile(r'\{\{(.*?)\}\}')
# What only a claim that is due may be called, and what is announced by the last letter alone.
OVERDUE_WORDS = re.compile(
    r'overdue|outstanding|dunning|mahnung|überfällig|im verzug|en retard|impayé', re.IGNORECASE)
COLLECTION_WORDS = re.compile(
    r'collection agency|court|inkasso|gericht|mahnbescheid|recouvrement|judiciaire|juridiction',
    re.IGNORECASE)
# What the letter itself may refute: a part payment, a credit, an answered objection stand below.
REFUTABLE_WORDS = re.compile(
    r'neither a payment|not heard from you|unanswered|no answer|nor an? (?:answer|reply)|'
    r'weder eine Zahlung noch eine (?:Antwort|Nachricht) erhalten|ohne Antwort|'
    r'nichts von Ihnen gehört|ni paiement ni réponse|sans réponse|sans nouvelles', re.IGNORECASE)
# Promises nobody may rely on, courts and offices that other countries do not know.
RISKY_WORDS = re.compile(
    r'supervis|aufsichtsbehörde|tutelle|mahnverfahren|mahnbescheid|court order|injonction|'
    r'instalments (?:that suit|you can afford)|call is enough|genügt ein anruf|'
    r'raten, die (?:für sie|sie)|wir vereinbaren|un appel suffit|nous conviendrons|'
    r'easy to avoid|leicht vermeiden|facile à éviter', re.IGNORECASE)


def read_placeholders(text):
    """Return the expressions of a text, inline and QWeb, and every other QWeb attribute found."""
    found = [expression.strip() for expression in INLINE.findall(text or '')]
    strange = []
    if text:
        for node in html.fragment_fromstring(text, create_parent='div').iter():
            for key, value in node.attrib.items():
                if key == 't-out':
                    found.append(value)
                elif key.startswith('t-'):
                    strange.append(key)
    return found, strange


@tagged('post_install', '-at_install')
class TestDefaultData(TransactionCase):
    """The policies we ship can be used as they are, in every language we ship."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in LANGUAGES:
            cls.env['res.lang']._activate_lang(lang)
        cls.env['ir.module.module']._load_module_terms(['smart_dunning'], list(LANGUAGES[1:]))
        cls.policies = {
            name: cls.env.ref(f'smart_dunning.dunning_policy_{name}') for name in POLICIES}

    def _get_levels(self, policy):
        """Return all levels of a policy by position, those that are offered only included."""
        return policy.with_context(active_test=False).level_ids.sorted('position')

    def _check_texts(self, check):
        """Call ``check(level, lang, field, text)`` for all that a customer or clerk reads."""
        for name, policy in self.policies.items():
            for level in self._get_levels(policy):
                for lang in LANGUAGES:
                    local = level.with_context(lang=lang)
                    for field in TEXTS:
                        with self.subTest(policy=name, level=level.position, lang=lang, text=field):
                            check(level.with_context(lang='en_US'), lang, field, local[field])

    def test_every_text_is_there_in_every_language(self):
        def check(level, lang, field, text):
            self.assertTrue(text and text.strip())
            if lang != 'en_US':
                self.assertNotEqual(text, level[field])
        self._check_texts(check)

    def test_texts_need_no_rights_on_templates(self):
        allowed = {f'object.{name}' for name in PLACEHOLDERS}

        def check(_level, _lang, _field, text):
            found, strange = read_placeholders(text)
            self.assertLessEqual(set(found), allowed)
            self.assertFalse(strange)
        self._check_texts(check)

    def test_translations_name_the_same_facts(self):
        def check(level, _lang, field, text):
            self.assertEqual(
                set(read_placeholders(text)[0]), set(read_placeholders(level[field])[0]))
        self._check_texts(check)

    def test_customer_reads_amount_invoices_and_deadline_in_the_mail(self):
        def check(level, _lang, field, text):
            if field == 'body_html':
                facts = {'object.salutation', 'object.amount_text', 'object.invoice_numbers',
                         'object.signer_name'}
                facts.add('object.oldest_due_text' if level.is_prenotice
                          else 'object.deadline_text')
                self.assertLessEqual(facts, set(read_placeholders(text)[0]))
        self._check_texts(check)

    def test_reminder_before_the_due_date_accuses_nobody(self):
        def check(level, _lang, _field, text):
            if level.is_prenotice:
                self.assertNotRegex(text, OVERDUE_WORDS)
        self._check_texts(check)

    def test_collection_is_announced_by_the_last_letter_alone(self):
        def check(level, _lang, field, text):
            if field in ('body_html', 'letter_text', 'letter_closing'):
                announces = level.position == 5 and field != 'letter_text'
                self.assertEqual(bool(COLLECTION_WORDS.search(text)), announces)
        self._check_texts(check)

    def test_no_text_says_what_its_letter_may_refute(self):
        def check(_level, _lang, _field, text):
            self.assertNotRegex(text, REFUTABLE_WORDS)
        self._check_texts(check)

    def test_no_text_promises_or_threatens_what_may_not_be(self):
        def check(_level, _lang, _field, text):
            self.assertNotRegex(text, RISKY_WORDS)
        self._check_texts(check)

    def test_subjects_name_company_and_invoice(self):
        def check(level, _lang, field, text):
            if field == 'subject':
                self.assertIn('object.invoices_short', text)
                self.assertEqual(text.startswith('{{ object.company_name }}'),
                                 not level.is_prenotice)
        self._check_texts(check)

    def test_french_is_set_as_the_french_do(self):
        def check(_level, lang, _field, text):
            if lang == 'fr_FR':
                words = re.sub(r'<[^>]*>|\{\{.*?\}\}', '', text)
                self.assertNotRegex(words, r" [:;!?»]|« |'")
        self._check_texts(check)

    def test_ladders_climb_in_order(self):
        for name, policy in self.policies.items():
            with self.subTest(policy=name):
                levels = self._get_levels(policy)
                self.assertEqual(levels.mapped('position'), [1, 2, 3, 4, 5])
                self.assertEqual(levels.mapped('is_prenotice'), [True] + [False] * 4)
                self.assertEqual(levels[0].delay, -3)
                self.assertEqual(
                    levels.mapped('delay_from'), ['due_date'] * 2 + ['previous_letter'] * 3)
                self.assertEqual(levels.mapped('needs_approval'), [False] * 4 + [True])

    def test_steps_in_use_and_the_day_of_each_letter(self):
        # policy: positions in use, days after the due date of each letter
        expected = {
            'business': ([2, 3, 5], [7, 21, 35]),
            'consumer': ([2, 3, 5], [7, 27, 47]),
            'public': ([2, 3, 4, 5], [10, 31, 50, 67]),
        }
        for name, policy in self.policies.items():
            with self.subTest(policy=name):
                levels = policy.level_ids.sorted('position')
                self.assertEqual(
                    (levels.mapped('position'), list(accumulate(levels.mapped('delay')))),
                    expected[name])

    def test_charges_begin_where_default_has_begun(self):
        # policy: levels in use that claim interest, the lump sum
        expected = {
            'business': ([3, 5], [3, 5]), 'consumer': ([5], []), 'public': ([3, 4, 5], [3, 4, 5])}
        for name, policy in self.policies.items():
            with self.subTest(policy=name):
                levels = policy.level_ids.sorted('position')
                self.assertEqual((
                    levels.filtered('charge_interest').mapped('position'),
                    levels.filtered('charge_lump_sum').mapped('position')), expected[name])

    def test_nobody_is_dunned_before_the_new_deadline(self):
        for name, policy in self.policies.items():
            levels = policy.level_ids.sorted('position')
            for before, level in zip(levels, levels[1:], strict=False):
                with self.subTest(policy=name, level=level.position):
                    self.assertGreater(level.delay, before.payment_days)

    def test_last_letter_is_printed(self):
        for name, policy in self.policies.items():
            with self.subTest(policy=name):
                levels = self._get_levels(policy)
                self.assertEqual(levels.mapped('channel'), ['email'] * 4 + ['print'])

    def test_upgrade_keeps_what_an_administrator_has(self):
        policy = self.policies['business']
        levels = self._get_levels(policy)
        levels[3].unlink()
        levels[4].position = 4
        levels[1].write({'subject': "Ours", 'delay': 3, 'payment_days': 10})
        self._get_levels(self.policies['public']).unlink()
        self.env.ref('smart_dunning.dunning_hold_rule_business_level').unlink()
        for name in ('dunning_policy_data', 'dunning_hold_rule_data'):
            convert_file(
                self.env, 'smart_dunning', f'data/{name}.xml', {}, mode='update', noupdate=True)
        self.env.invalidate_all()
        self.assertEqual(self._get_levels(policy).mapped('position'), [1, 2, 3, 4])
        self.assertEqual(
            (levels[1].subject, levels[1].delay, levels[1].payment_days), ("Ours", 3, 10))
        self.assertFalse(self._get_levels(self.policies['public']))
        self.assertNotIn('level', policy.hold_rule_ids.mapped('trigger'))

    def test_archived_level_is_no_step_and_is_copied(self):
        policy = self.policies['business']
        positions = [level.position for level in policy._get_ladder()[policy.id].levels]
        self.assertEqual(positions, [2, 3, 5])
        copied = self._get_levels(policy.copy())
        self.assertEqual(
            copied.mapped('active'), self._get_levels(policy).mapped('active'))

    def test_policies_are_shared_and_business_is_the_default(self):
        for policy in self.policies.values():
            self.assertFalse(policy.company_id)
        company = self.env['res.company'].create({'name': "New company"})
        self.assertEqual(company.dunning_policy_id, self.policies['business'])

    def test_each_kind_of_customer_gets_its_policy(self):
        business, consumer, public = self.env['res.partner'].create([
            {'name': "GmbH", 'is_company': True},
            {'name': "Person"},
            {'name': "City", 'is_company': True, 'category_id': [
                (4, self.env.ref('smart_dunning.res_partner_category_public').id)]},
        ])
        company = self.env['res.company'].create({'name': "New company"})
        assigned = self.env['dunning.policy']._assign(company, (business + consumer + public).ids)
        self.assertEqual(assigned, {
            business.id: self.policies['business'].id,
            consumer.id: self.policies['consumer'].id,
            public.id: self.policies['public'].id,
        })

    def test_runs_are_numbered(self):
        number = self.env['ir.sequence'].next_by_code('dunning.run')
        self.assertRegex(number, r'^DR/\d{4}/\d{4,}$')

    def test_activity_types_fit_their_documents(self):
        for name in ('review', 'address', 'call', 'fate', 'bounce', 'print'):
            with self.subTest(activity=name):
                kind = self.env.ref(f'smart_dunning.mail_activity_dunning_{name}')
                expected = 'dunning.run' if name in ('review', 'address') else 'dunning.letter'
                self.assertEqual(kind.res_model, expected)
                self.assertNotEqual(kind.with_context(lang='de_DE').name, kind.name)
