from freezegun import freeze_time

from odoo import SUPERUSER_ID, fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestReaderLanguage(DunningCommon):
    """What the nightly jobs, customers and colleagues cause is told in the reader's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('de_DE')
        cls.env['ir.module.module']._load_module_terms(['smart_dunning'], ['de_DE'])
        cls.clerk.lang = 'de_DE'
        cls.company.dunning_user_id = cls.clerk

    def _check_activity(self, record, *words):
        [activity] = record.activity_ids.filtered(lambda one: one.user_id == self.clerk)
        german = activity.activity_type_id.with_context(lang='de_DE').summary
        self.assertNotEqual(german, activity.activity_type_id.with_context(lang='en_US').summary)
        self.assertEqual(activity.summary, german)
        for word in words:
            self.assertIn(word, activity.note)
        return activity

    def _promise(self, date):
        invoice = self._invoice(due=day(-20))
        return self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': date,
            'user_id': self.clerk.id, 'item_ids': [Command.set(self._terms(invoice).ids)]})

    def test_broken_promise(self):
        with freeze_time(day(0)):
            promise = self._promise(day(1))
        with freeze_time(day(20)):
            self.env['dunning.debtor'].with_user(SUPERUSER_ID)._refresh(company=self.company)
        self.assertEqual(promise.state, 'broken')
        self._check_activity(promise, "gezahlt")
        debtor = self.env['dunning.debtor']._get_of(promise)
        told = "".join(map(str, (promise.message_ids | debtor.message_ids).mapped('body')))
        self.assertIn("nicht eingehalten", told.lower())
        self.assertNotIn("Broken", told)

    def test_what_a_person_does_is_told_in_their_language(self):
        self.env.user.lang = 'en_US'
        manager = self.env['res.users'].browse(self.clerk.id).copy({
            'login': 'english', 'lang': 'en_US', 'name': "English"})
        with freeze_time(day(0)):
            promise = self._promise(day(1))
            promise.with_user(manager).with_context(lang='en_US').action_cancel()
        self.assertNotIn("storniert", "".join(map(str, promise.message_ids.mapped('body'))))

    def test_dispute_and_failed_plan(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20))
            dispute = self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'amount': 100.0, 'user_id': self.clerk.id,
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
        self._check_activity(dispute)

    def test_letter_that_came_back(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20))
            letter = self._run(day(0)).letter_ids
            self.env['dunning.debtor']._refresh(company=self.company)
            letter.sudo()._set_bounced()
            self.env['dunning.debtor'].with_user(SUPERUSER_ID)._refresh(company=self.company)
        self._check_activity(letter, "zurück")
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        for text in (letter.note, debtor.message_ids[:1].body):
            self.assertIn("zurück", text)
            self.assertNotIn("came back", text)

    def test_letter_of_which_nobody_knows(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20))
            letter = self._plan(day(0)).letter_ids.sudo()
            letter.state = 'sending'
            letter._set_fate_unknown()
        self._check_activity(letter)
        self.assertNotIn("The system stopped", letter.note)

    def test_worklist_ends_its_sentences_once(self):
        """A short month has a dot in German, and so has the sentence."""
        self.policy.level_ids[1].payment_days = 10
        with freeze_time(fields.Date.to_date('2026-11-02')):
            self._invoice(due=fields.Date.to_date('2026-10-10'))
            self._run(fields.Date.to_date('2026-11-02'))
            self.env['dunning.debtor']._refresh(company=self.company)
            debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
            sentence = debtor.with_context(lang='de_DE').next_step
        self.assertIn("Nov.", sentence)
        self.assertNotIn("..", sentence)
