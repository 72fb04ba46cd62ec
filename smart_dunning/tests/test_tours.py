from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import DunningCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestTours(DunningCommon, HttpCase):
    """People at the screens: real clicks in a real browser, with the rights of their group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_dunning_today()
        cls.third = cls._make_customer("Clara Conrad")
        cls.paused = cls._make_customer("Dora Dahl")
        cls.invoice = cls._due_since(10, 300.0, cls.customer)
        for customer in (cls.other, cls.third, cls.paused):
            cls._due_since(10, 200.0, customer)
        cls.env['dunning.pause'].create({
            'partner_id': cls.paused.id, 'company_id': cls.company.id, 'reason': "Goods missing",
            'date_until': cls.today + timedelta(days=5)})

    @classmethod
    def _due_since(cls, days, amount, partner):
        return cls._invoice(cls.today - timedelta(days=days), amount, partner)

    def test_clerk_plans_reviews_and_sends(self):
        self.start_tour('/odoo/dunning-runs', 'dunning_clerk_run', login='clerk')
        run = self.env['dunning.run'].search(
            [('company_id', '=', self.company.id)], order='id desc', limit=1)
        self.assertEqual(run.create_uid, self.clerk)
        self.assertEqual(run.state, 'sending')
        letters = {letter.partner_id: letter for letter in run.letter_ids}
        self.assertEqual(letters[self.customer].state, 'ready')
        self.assertEqual(letters[self.other].state, 'cancelled')
        self.assertEqual(letters[self.third].channel, 'print')
        self.assertNotIn(self.paused, letters)

    def test_manager_changes_a_level(self):
        level = self.policy.level_ids.sorted('position')[1]
        self.start_tour('/odoo/dunning-policies', 'dunning_manager_policy', login='manager')
        self.assertEqual(level.delay, 9)
        self.assertIn("Just to remind you.", level.body_html)

    def test_invoice_and_partner_lead_to_letters_and_debtor(self):
        run = self.env['dunning.run'].with_user(self.clerk).create(
            {'company_id': self.company.id})
        run.action_plan()
        self.env['dunning.debtor']._refresh(company=self.company)
        self.env.flush_all()
        self.start_tour(
            f'/odoo/customer-invoices/{self.invoice.id}', 'dunning_invoice_and_partner',
            login='clerk')
        pause = self.env['dunning.pause'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(pause.reason, "In talks with the customer")
        self.assertEqual(pause.user_id, self.clerk)
        self.assertGreater(pause.date_until, fields.Date.today())

    def test_automatic_dunning_is_turned_on_after_a_preview(self):
        new_test_user(
            self.env, 'boss', company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
            groups='base.group_system,account.group_account_manager,'
                   'smart_dunning.group_dunning_manager')
        letters = self.env['dunning.letter'].search_count([])
        self.start_tour(
            '/odoo/action-account.action_account_config', 'dunning_turn_on_and_off', login='boss')
        self.assertFalse(self.company.dunning_active)
        self.assertEqual(self.env['dunning.letter'].search_count([]), letters)
