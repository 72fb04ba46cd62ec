from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldDeductions(HoldCommon):
    """What stands against a debt counts at once: a document is judged by what is really owed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule('over_limit')
        cls._rule(days=10, amount=50)
        cls._rule('level', level_position=2)

    def test_what_is_deducted_lets_pass(self):
        """Each alone holds nobody, though at most it would."""
        def credit():
            self._overdue(1000.0)
            self._invoice(self.today, 1000.0, move_type='out_refund')

        def dispute():
            self._dispute(self._overdue(1000.0))

        def pay_on_its_way():
            self._overdue(1000.0).payment_state = 'in_payment'

        def be_blocked():
            self._overdue(1000.0).payment_state = 'blocked'

        def not_followed_up():
            self._terms(self._overdue(1000.0)).no_followup = True

        def level_of_what_is_disputed():
            invoice = self._overdue(20.0)
            self._terms(invoice).sudo().dunning_level_id = self.policy.level_ids[1]
            self._dispute(invoice)

        def unallocated_payment():
            self.customer.credit_limit = 1200
            self._invoice(self.today, 1000.0)
            self.env['account.payment'].create({
                'payment_type': 'inbound', 'partner_type': 'customer', 'amount': 1000.0,
                'partner_id': self.customer.id, 'date': self.today,
                'company_id': self.company.id}).action_post()

        for arrange in (credit, dispute, pay_on_its_way, be_blocked, not_followed_up,
                        level_of_what_is_disputed, unallocated_payment):
            with self.subTest(arrange.__name__), self.cr.savepoint() as savepoint:
                arrange()
                order = self._order(5, confirm=True)
                self._deliver(order.picking_ids)
                self.assertEqual((order.state, order.picking_ids.state), ('sale', 'done'))
                savepoint.rollback()

    def test_what_a_refusal_says_is_exact(self):
        self._overdue(1000.0)
        self._invoice(self.today, 300.0, move_type='out_refund')
        with self.assertRefused("700"):
            self._order(1, confirm=True)

    def test_a_batch_of_one_customer_whose_credit_notes_count(self):
        """The second order is judged by what is exact too, and the first counts once."""
        self.customer.credit_limit = 1000
        self._invoice(self.today, 800.0)
        self._invoice(self.today, 500.0, move_type='out_refund')
        orders = self._order(1) | self._order(4) | self._order(3)
        orders.action_confirm()
        self.assertEqual(orders.mapped('state'), ['sale', 'sale', 'draft'])
        (self._order(1) | self._order(1)).write({'state': 'sale'})
        with self.assertRefused("limit"):
            self._order(1, confirm=True)
