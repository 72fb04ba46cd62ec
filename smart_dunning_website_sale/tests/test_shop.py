import re

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WIRE, ShopCommon

_MESSAGE = 'o_dunning_shop_hold'


@tagged('post_install', '-at_install')
class TestShop(ShopCommon):
    """Held customers are asked to pay online before they order; nothing is taken and refused."""

    def _offers(self, page, provider):
        return f'data-provider-id="{provider.id}"' in page

    def test_who_is_not_held_sees_nothing_of_it(self):
        self._fill_cart()
        page = self._see_payment_page()
        self.assertNotIn(_MESSAGE, page)
        self.assertTrue(self._offers(page, self.online))
        self.assertTrue(self._offers(page, self.wire))

    def test_held_company_pays_online_and_reads_why(self):
        self._overdue(4321.0)
        self._fill_cart()
        page = self._see_payment_page()
        self.assertIn(_MESSAGE, page)
        self.assertIn("only if it is paid online", page)
        self.assertIn('/my/open-items', page)
        self.assertTrue(self._offers(page, self.online))
        self.assertFalse(self._offers(page, self.wire))
        self.assertNotRegex(page, r"4[.,\xa0]?321")

    def test_forged_request_for_credit_takes_nothing(self):
        self._overdue()
        cart = self._fill_cart()
        answer = self._start_payment(cart, self.wire)
        self.assertIn("paid online", answer['error']['data']['message'])
        self.assertFalse(self._find_transaction(cart))
        self.assertEqual(cart.state, 'draft')

    def test_paid_online_in_full_it_passes(self):
        self._overdue()
        cart = self._fill_cart()
        self.assertNotIn('error', self._start_payment(cart, self.online))
        transaction = self._find_transaction(cart)
        transaction._set_done()
        transaction._post_process()
        self.env.invalidate_all()
        self.assertEqual(cart.state, 'sale')
        self.assertFalse(cart.activity_ids)

    def test_where_paid_orders_are_held_too_nothing_is_offered(self):
        self.policy.hold_prepaid = True
        self._overdue()
        cart = self._fill_cart()
        page = self._see_payment_page()
        self.assertIn("cannot accept this order online", page)
        self.assertFalse(self._offers(page, self.online))
        answer = self._start_payment(cart, self.online)
        self.assertIn("cannot accept", answer['error']['data']['message'])
        self.assertFalse(self._find_transaction(cart))

    def test_without_a_way_to_pay_online_the_customer_reads_whom_to_ask(self):
        self.online.state = 'disabled'
        self._overdue()
        self._fill_cart()
        page = self._see_payment_page()
        self.assertIn("cannot accept this order online", page)
        self.assertFalse(self._offers(page, self.wire))

    def test_credit_limit_counts_the_cart(self):
        self.policy.hold_rule_ids.trigger = 'over_limit'
        self.customer.write({
            'credit_limit': 100, 'property_payment_term_id': self.credit_term.id})
        cart = self._fill_cart()
        self.assertNotIn(_MESSAGE, self._see_payment_page())
        self.assertEqual(cart.payment_term_id, self.credit_term)
        cart.order_line.product_uom_qty = 2
        self.assertIn(_MESSAGE, self._see_payment_page())

    def test_warning_is_for_the_seller_not_for_the_customer(self):
        self.policy.hold_rule_ids.order_effect = 'warn'
        self._overdue()
        self._fill_cart()
        self.assertNotIn(_MESSAGE, self._see_payment_page())

    def test_release_opens_the_shop_again(self):
        self._overdue()
        self._fill_cart()
        self._release(partner_id=self.customer.id, max_amount=500)
        page = self._see_payment_page()
        self.assertNotIn(_MESSAGE, page)
        self.assertTrue(self._offers(page, self.wire))

    def test_strangers_learn_nothing(self):
        self.env['dunning.hold'].create({'partner_id': self.customer.id, 'reason': "Bad story"})
        self._overdue(4321.0)
        cart = self._fill_cart()
        answer = self._start_payment(cart, self.wire, login=None)
        message = answer['error']['data']['message']
        self.assertNotRegex(message, r"\d|overdue|Bad story")
        self.assertNotIn("Bad story", self._see_payment_page())

    def test_items_are_shown_to_the_customer_alone(self):
        self.env['dunning.hold'].create({'partner_id': self.customer.id, 'reason': "Bad story"})
        self._fill_cart()
        page = self._see_payment_page()
        self.assertIn(_MESSAGE, page)
        self.assertFalse(re.search(r'class="alert-link"', page))

    def test_guest_with_the_same_name_is_not_the_held_customer(self):
        self._overdue()
        guest = self._make_customer(self.customer.name, country_id=self.customer.country_id.id)
        cart = self._fill_cart(partner=guest)
        self.assertFalse(cart._get_shop_hold_message(is_payable=True))
        self.assertTrue(cart._accepts_provider()(self.wire))

    def test_order_for_nothing_is_refused_before_it_is_confirmed(self):
        self._overdue()
        self.service.list_price = 0.0
        cart = self._fill_cart(price=0.0)
        page = self._see_payment_page()
        self.assertIn("cannot accept this order online", page)
        self.assertNotIn('o_wsale_confirm_order', page)
        with mute_logger('odoo.http'):
            self.url_open('/shop/payment/validate')
        self.assertEqual(cart.state, 'draft')

    def test_hold_that_comes_while_the_customer_pays_on_delivery_refuses_nothing(self):
        cart = self._fill_cart()
        self.assertNotIn('error', self._start_payment(cart, self.wire))
        self.wire.custom_mode = 'cash_on_delivery'
        self._overdue()
        transaction = self._find_transaction(cart)
        transaction._set_pending()
        transaction._post_process()
        self.assertEqual(cart.state, 'sent')
        self.assertEqual(cart.activity_ids.user_id, self.seller)

    def test_quotation_of_a_salesperson_waits_for_its_transfer(self):
        self._overdue()
        order = self._order()
        providers = self.env['payment.provider'].sudo()._get_compatible_providers(
            self.company.id, self.customer.id, 100.0, sale_order_id=order.id)
        self.assertIn(self.wire, providers)

    def test_availability_report_says_why(self):
        self._overdue()
        cart, report = self._fill_cart(), {}
        self.env['payment.provider'].sudo()._get_compatible_providers(
            self.company.id, self.customer.id, 100.0, sale_order_id=cart.id, report=report)
        self.assertEqual(report['providers'][self.wire]['reason'], "customer on hold")
        self.assertTrue(report['providers'][self.online]['available'])

    def test_wire_transfer_gives_credit_and_a_service_does_not(self):
        self.assertTrue(self.wire._gives_credit())
        self.assertEqual(self.wire.custom_mode, WIRE)
        self.assertFalse(self.online._gives_credit())
