from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import is_html_empty

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestLevelTexts(DunningCommon):
    """No customer ever gets an empty page, however a level was made."""

    def _make_bare(self, position, **values):
        return self.env['dunning.level'].create({
            'policy_id': self.policy.id, 'position': position, 'name': "Bare", 'delay': 7,
            'delay_from': 'previous_letter', **values})

    def test_a_level_without_texts_takes_those_of_the_level_before(self):
        self.policy.level_ids[3].with_context(lang='de_DE').body_html = "<p>Bitte zahlen.</p>"
        level = self._make_bare(5)
        before = self.policy.level_ids.filtered(lambda one: one.position == 4)
        for name in ('subject', 'body_html', 'letter_text'):
            self.assertEqual(level[name], before[name], name)
        self.assertEqual(level.with_context(lang='de_DE').body_html, "<p>Bitte zahlen.</p>")

    def test_a_reminder_before_the_due_date_is_no_neighbour_of_one_after_it(self):
        policy = self.env['dunning.policy'].create({
            'name': "Two", 'company_id': self.company.id, 'level_ids': [
                Command.create(self._level_values(1, "Soon due", -3)),
                Command.create({'position': 2, 'name': "Bare", 'delay': 7})]})
        self.assertNotIn("Soon due", policy.level_ids[1].subject)

    def test_the_first_level_of_a_policy_takes_a_shipped_text(self):
        policy = self.env['dunning.policy'].create({
            'name': "New", 'company_id': self.company.id,
            'level_ids': [Command.create({'position': 2, 'name': "Bare", 'delay': 7})]})
        level, shipped = policy.level_ids, self.env.ref('smart_dunning.dunning_level_business_2')
        self.assertEqual(level.body_html, shipped.body_html)
        self.assertEqual(level.with_context(lang='de_DE').body_html,
                         shipped.with_context(lang='de_DE').body_html)

    def test_texts_cannot_be_emptied(self):
        level = self.policy.level_ids[1]
        for name in ('subject', 'body_html', 'letter_text'):
            with self.subTest(name=name), self.assertRaisesRegex(ValidationError, "says nothing"):
                level[name] = "<p><br></p>" if name != 'subject' else False
        level.channel = 'print'
        level.body_html = False        # nobody reads it on paper

    def test_a_phone_call_needs_a_script(self):
        level = self.policy.level_ids[2]
        level.call_script = False
        level.channel = 'call'          # takes one
        self.assertFalse(is_html_empty(level.call_script))
        with self.assertRaisesRegex(ValidationError, "says nothing"):
            level.call_script = False

    def test_a_bare_level_sends_words(self):
        policy = self.env['dunning.policy'].create({
            'name': "New", 'company_id': self.company.id, 'bank_guard_days': 0,
            'level_ids': [Command.create({'position': 1, 'name': "Bare", 'delay': 7})]})
        self.customer.dunning_policy_id = policy
        self._invoice(day(-10), 100.0)
        with self._watch_mails() as mails:
            self._run(day(0))
        text = mails[0].get_body(('plain',)).get_content()
        self.assertIn("100.00", text)
