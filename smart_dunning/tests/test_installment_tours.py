from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import DunningCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestInstallmentTours(DunningCommon, HttpCase):
    """The clerk agrees on instalments with a customer on the phone, and sends the agreement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company._get_dunning_today()
        cls.invoice = cls._invoice(today - timedelta(days=10), 300.0)
        cls.env['dunning.debtor']._refresh(company=cls.company)
        cls.debtor = cls.env['dunning.debtor'].search([('partner_id', '=', cls.customer.id)])
        cls.env.flush_all()

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
