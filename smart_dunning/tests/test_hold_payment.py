import json

from odoo.tests import HttpCase, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldPayment(HoldCommon, AccountPaymentCommon):
    """No hold refuses what is paid; a part payment is booked, and the order waits for a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule()
        cls._overdue(300)

    def _pay_online(self, order, amount, state='done'):
        transaction = self._create_transaction(
            'redirect', reference=f"{order.name}-{amount}", amount=amount,
            currency_id=order.currency_id.id, partner_id=order.partner_id.id,
            sale_order_ids=[(6, 0, order.ids)], state=state)
        transaction._post_process()
        return transaction

    def test_an_order_paid_online_is_confirmed_and_delivered(self):
        order = self._order(5, require_payment=True)
        transaction = self._pay_online(order, 500)
        self.assertEqual(order.state, 'sale')
        self.assertTrue(transaction.payment_id)
        self._deliver(order.picking_ids, self.picker)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_a_part_payment_is_booked_and_the_order_waits(self):
        order = self._order(
            5, require_payment=True, prepayment_percent=0.2, user_id=self.seller.id)
        transaction = self._pay_online(order, 100)
        self.assertTrue(transaction.payment_id.move_id)
        self.assertEqual(order.state, 'draft')
        self.assertEqual(order.activity_ids.user_id, self.seller)

    def test_a_paid_down_payment_of_everything_covers_the_delivery(self):
        self.policy.hold_rule_ids.order_effect = 'none'
        order = self._order(5, confirm=True)
        wizard = self.env['sale.advance.payment.inv'].with_context(
            active_model='sale.order', active_ids=order.ids).create(
                {'advance_payment_method': 'percentage', 'amount': 100})
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        with self.assertRefused("on hold"):
            self._deliver(order.picking_ids)
        self._pay(invoice, on=self.today)
        self._deliver(order.picking_ids)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_the_policy_may_hold_what_is_paid(self):
        self.policy.hold_prepaid = True
        order = self._order(5, require_payment=True)
        self._pay_online(order, 500)
        self.assertEqual(order.state, 'draft')

    def test_a_customer_for_prepayment_only_orders_when_paid(self):
        self.policy.hold_rule_ids.unlink()
        self.customer.dunning_prepayment_only = True
        order = self._order(5, require_payment=True)
        with self.assertRefused("prepayment"):
            order.action_confirm()
        self._pay_online(order, 500)
        self.assertEqual(order.state, 'sale')

    def test_the_limit_counts_what_is_not_paid(self):
        self.policy.hold_rule_ids.trigger = 'over_limit'
        self.customer.credit_limit = 700     # 300 are open
        order = self._order(5, require_payment=True, prepayment_percent=0.2)
        with self.assertRefused("limit"):
            order.action_confirm()
        self._pay_online(order, 100)
        self.assertEqual(order.state, 'sale')


@tagged('post_install', '-at_install')
class TestHoldPortal(HoldCommon, HttpCase):
    """A held customer who signs keeps his page, and learns what he can do."""

    def _sign(self, order):
        response = self.url_open(
            f'/my/orders/{order.id}/accept?access_token={order._portal_ensure_token()}',
            data=json.dumps({'params': {
                'name': "Anna", 'signature': "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="}}),
            headers={'Content-Type': 'application/json'})
        return response.json()

    def test_signature_of_a_held_customer(self):
        self._rule()
        invoice = self._overdue(300)
        order = self._order(
            require_signature=True, require_payment=False, user_id=self.seller.id)
        order.action_quotation_sent()
        answer = self._sign(order)
        self.assertIn("overdue", answer['result']['error'])
        self.assertNotIn("300", answer['result']['error'])
        self.assertEqual((order.state, bool(order.signature)), ('sent', False))
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self._sign(order)
        self.assertEqual(len(order.activity_ids), 1)
        self._pay(invoice)
        self.assertTrue(self._sign(order)['result']['force_refresh'])
        self.assertEqual(order.state, 'sale')
