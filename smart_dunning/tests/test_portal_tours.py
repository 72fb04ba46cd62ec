from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestPortalTours(PortalCommon):
    """Customers with the link of their e-mail, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_pay()
        cls.letter.policy_id.portal_plan = 'signed'

    def _walk(self, tour):
        self.start_tour(self._url(say=True), tour)
        self.env.invalidate_all()

    def test_customer_pays_a_letter(self):
        self._walk('dunning_portal_pay')
        self.assertEqual(
            self.letter.line_ids.move_line_id.mapped('reconciled'), [True, True])

    def test_customer_promises(self):
        self._walk('dunning_portal_promise')
        self.assertTrue(self.env['dunning.promise'].search(
            [('portal_letter_id', '=', self.letter.id)]))

    def test_customer_objects_with_a_file(self):
        self._walk('dunning_portal_dispute')
        dispute = self.env['dunning.dispute'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertEqual(dispute.amount, 40.0)
        self.assertEqual(self.env['ir.attachment'].search_count([
            ('res_model', '=', 'dunning.dispute'), ('res_id', '=', dispute.id)]), 1)

    def test_customer_proposes_and_signs_a_plan(self):
        self._walk('dunning_portal_plan')
        plan = self.env['dunning.installment.plan'].search(
            [('portal_letter_id', '=', self.letter.id)])
        self.assertEqual((plan.state, plan.signed_by), ('active', "Carla"))
        self.assertTrue(plan.signature)


@tagged('post_install', '-at_install', 'dunning_tour')
class TestPortalToursOnThePhone(TestPortalTours):
    """The same on a phone."""

    allow_inherited_tests_method = True
    browser_size = '375x667'
    touch_enabled = True
