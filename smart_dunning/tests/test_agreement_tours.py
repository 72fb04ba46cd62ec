from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import DunningCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestAgreementTours(DunningCommon, HttpCase):
    """The clerk has a customer on the phone: promise, objection, instalments, noted in a minute."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company._get_dunning_today()
        cls.invoice = cls._invoice(today - timedelta(days=10), 300.0)
        cls.env['dunning.debtor']._refresh(company=cls.company)
        cls.debtor = cls.env['dunning.debtor'].search([('partner_id', '=', cls.customer.id)])
        cls.env.flush_all()

    def test_promise_on_the_debtor(self):
        self.start_tour(f'/odoo/debtors/{self.debtor.id}', 'dunning_promise', login='clerk')
        promise = self.env['dunning.promise'].search([('partner_id', '=', self.customer.id)])
        self.assertRecordValues(promise, [{
            'amount': 300.0, 'said_by': "Ms Muster", 'state': 'open', 'user_id': self.clerk.id}])
        self.assertEqual(promise.item_ids, self._terms(self.invoice))
        self.assertEqual(promise.date.day, 15)

    def test_dispute_on_the_invoice(self):
        self.start_tour(
            f'/odoo/customer-invoices/{self.invoice.id}', 'dunning_dispute', login='clerk')
        dispute = self.env['dunning.dispute'].search([('move_id', '=', self.invoice.id)])
        self.assertRecordValues(dispute, [{'amount': 120.0, 'state': 'open'}])
        self.assertEqual(dispute._get_pauses().amount, 120.0)

    def test_plan_on_the_debtor(self):
        self.start_tour(
            f'/odoo/debtors/{self.debtor.id}', 'dunning_installment_plan', login='clerk')
        plan = self.env['dunning.installment.plan'].search([
            ('partner_id', '=', self.customer.id)])
        self.assertRecordValues(plan, [{
            'amount_total': 300.0, 'count': 4, 'interval': 'fortnightly', 'state': 'active',
            'user_id': self.clerk.id}])
        self.assertEqual(plan.part_ids.mapped('amount'), [75.0] * 4)
        self.assertTrue(plan.document_id)
        sent = plan.message_ids.filtered('attachment_ids')
        self.assertEqual(sent.author_id, self.clerk.partner_id)
        self.assertEqual(sent.partner_ids, self.customer)
