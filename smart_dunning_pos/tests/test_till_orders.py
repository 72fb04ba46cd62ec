from odoo.tests import tagged

from ..hooks import _note_settled_orders
from .common import TillCommon


@tagged('post_install', '-at_install')
class TestTillOrders(TillCommon):
    """Sales orders that are settled at a till: counted once, never refused, told when held."""

    def test_settled_order_leaves_nothing_to_invoice(self):
        order = self._order(3, confirm=True)
        self.assertEqual(order.dunning_to_invoice, 300)
        self._sell(0.0, 300.0, order=order)
        self.assertEqual(order.dunning_to_invoice, 0)
        self.assertEqual(self._get_exposure(), 0)
        self.assertTrue(order._is_paid_in_full())

    def test_settled_on_account_it_is_owed_once(self):
        order = self._order(3, confirm=True)
        self._sell(300.0, order=order)
        self.assertEqual(self._get_exposure(), 300)
        self.assertFalse(order._is_paid_in_full())

    def test_settling_a_confirmed_order_takes_nothing_of_the_limit(self):
        self._rule('over_limit')
        self.customer.credit_limit = 300
        order = self._order(3, confirm=True)
        self.assertEqual(self._ask(300, orders={order: 300})['state'], 'clear')
        self.assertEqual(self._ask(300)['state'], 'block')
        self.assertEqual(self._ask(310, orders={order: 300})['state'], 'block')
        # What is said to be settled cannot be more than what is left of the order.
        self.assertEqual(self._ask(600, orders={order: 600})['state'], 'block')

    def test_order_of_somebody_else_makes_no_room(self):
        self._rule('over_limit')
        self.customer.credit_limit = 100
        order = self._order(3, partner=self.other, confirm=True)
        self.assertEqual(self._ask(300, orders={order: 300})['state'], 'block')

    def test_quotation_that_a_down_payment_confirms_is_asked_about(self):
        self._rule()
        self._overdue()
        order = self._order(3)
        answer = self._ask(0, orders={order: 100})
        self.assertEqual(answer['state'], 'block')
        self.assertIn(order.name, answer['message'])
        self.assertEqual(self._ask(0, orders={order: 300})['state'], 'clear')

    def test_down_payment_at_a_till_reduces_what_is_left(self):
        self.shop.down_payment_product_id = self.env['product.product'].create({
            'name': "Down Payment", 'type': 'service', 'taxes_id': False})
        order = self._order(3, confirm=True)
        sale = self._prepare_sale(0.0, 100.0)
        sale['lines'][0][2].update(
            product_id=self.shop.down_payment_product_id.id, sale_order_origin_id=order.id)
        self._hand_in(sale, self.env.user)
        self.assertEqual(len(order.order_line.filtered('is_downpayment')), 2)
        self.assertEqual(order.dunning_to_invoice, 200)

    def test_quotation_settled_in_cash_is_confirmed_for_a_held_customer(self):
        self._rule()
        self._overdue()
        order = self._order(2)
        self._sell(0.0, 200.0, order=order, user=self.env.user)
        self.assertEqual(order.state, 'sale')
        self.assertFalse(order.activity_ids)

    def test_quotation_settled_on_account_is_taken_and_told(self):
        self._rule()
        self._overdue()
        order = self._order(2, user_id=self.seller.id)
        sale = self._sell(200.0, order=order, user=self.env.user)
        self.assertEqual((sale.state, order.state), ('paid', 'sale'))
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self.assertEqual(self._get_debtor().activity_ids.user_id, self.clerk)

    def test_till_opens_no_door_for_other_orders(self):
        self._rule()
        self._overdue()
        order = self._order(2)
        with self.env['dunning.hold.check']._at_till('smart_dunning_pos.orders'), \
                self.assertRefused("on hold"):
            order.action_confirm()
        self._sell(0.0, 100.0)
        with self.assertRefused("on hold"):
            order.action_confirm()

    def test_orders_settled_before_the_addon_came_are_counted(self):
        order = self._order(3, confirm=True)
        self._sell(0.0, 300.0, order=order)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET dunning_to_invoice = 300 WHERE id = %s", [order.id])
        self.env.invalidate_all()
        _note_settled_orders(self.env)
        self.assertEqual(order.dunning_to_invoice, 0)
