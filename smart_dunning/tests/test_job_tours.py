from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import DunningCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestJobTours(DunningCommon, HttpCase):
    """The clerk's morning: each job in a real browser, with no more clicks than it may take."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_dunning_today()
        cls.customer.name, cls.other.name = "Axel Ahrens", "Berta Brandt"
        cls.invoice = cls._invoice(cls.today - timedelta(days=10), 300.0, cls.customer)

    def _do(self, tour):
        self.env['dunning.debtor']._refresh(company=self.company)
        self.env.flush_all()
        self.start_tour('/odoo/debtors', tour, login='clerk')
        self.env.invalidate_all()

    def test_proposal_is_sent(self):
        self._invoice(self.today - timedelta(days=10), 200.0, self.other)
        self.policy.level_ids.needs_approval = True
        letters = self._plan(self.today).letter_ids.sorted('name')
        self.assertEqual(letters.mapped('state'), ['draft', 'draft'])
        self._do('dunning_job_send')
        self.assertEqual(letters.mapped('state'), ['ready', 'ready'])
        self.assertEqual(letters.mapped('is_released'), [True, True])
        self.assertIn("As agreed on the phone.", letters.mapped('own_words'))

    def test_paid_everything(self):
        self._do('dunning_job_paid')
        self.assertEqual(self.invoice.amount_residual, 0.0)

    def test_promise(self):
        self._do('dunning_job_promise')
        promise = self.env['dunning.promise'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual((promise.amount, promise.said_by), (300.0, "Ms Muster"))

    def test_new_policy_with_one_level(self):
        self.start_tour('/odoo/dunning-policies', 'dunning_job_policy', login='manager')
        policy = self.env['dunning.policy'].search([('name', '=', "Shops")])
        self.assertEqual(policy.level_ids.mapped('name'), ["Reminder"])
        self.assertTrue(policy.level_ids.body_html)

    def test_dispute(self):
        self._do('dunning_job_dispute')
        dispute = self.env['dunning.dispute'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(dispute.move_id, self.invoice)
