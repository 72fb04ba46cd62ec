from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldOrder(HoldCommon):
    """A held customer's order is refused where it becomes or grows as a commitment."""

    def test_no_rule_holds_nobody(self):
        self._overdue()
        self.assertEqual(self._order(confirm=True).state, 'sale')

    def test_overdue_order_is_refused_with_reason_and_remedy(self):
        self._rule(days=30, amount=50)
        self._overdue(120, days=31)
        order = self._order()
        with self.assertRefused(r"120\.00.*overdue.*30 days[\s\S]*Request Release"):
            order.with_user(self.sales_manager).action_confirm()
        self.assertEqual(order.state, 'draft')
        # Where core and other addons ask before they write anything:
        self.assertIn("overdue", order._confirmation_error_message())

    def test_bounds_of_the_overdue_rule(self):
        self._rule(days=30, amount=50)
        for amount, days, is_held in (
                (50.01, 31, True), (50.0, 31, False), (500.0, 30, False)):
            with self.subTest(amount=amount, days=days):
                partner = self._make_customer("Carla")
                self._overdue(amount, days=days, partner=partner)
                order = self._order(partner=partner)
                self.assertEqual(bool(order._get_hold_refusal()), is_held)

    def test_a_small_old_rest_beside_a_large_new_one_is_no_reason(self):
        self._rule(days=30, amount=50)
        self._overdue(5, days=100)
        self._overdue(1000, days=2)
        self.assertEqual(self._order(confirm=True).state, 'sale')

    def test_credit_notes_reduce_what_is_overdue(self):
        self._rule(days=0, amount=0)
        self._overdue(100)
        self._credit_note(100, on=self.today)
        self.assertEqual(self._order(confirm=True).state, 'sale')

    def test_a_payment_counts_when_it_is_allocated_and_is_named_before(self):
        self._rule(days=0, amount=0)
        invoice = self._overdue(100)
        self._pay(invoice).move_id.line_ids.remove_move_reconcile()
        self.assertRegex(self._order()._get_hold_refusal(), r"100\.00.*not allocated")
        invoice.js_assign_outstanding_line(self.env['account.move.line'].search([
            ('partner_id', '=', self.customer.id), ('amount_residual', '<', 0)]).id)
        self.assertFalse(self._order()._get_hold_refusal())

    def test_limit_counts_receivables_orders_and_the_document(self):
        self._rule('over_limit')
        self.customer.credit_limit = 1000
        self._invoice(self.today, 400)
        self._order(3, confirm=True)
        self.assertEqual(self._order(3, confirm=True).state, 'sale')   # 400 + 300 + 300: reached
        with self.assertRefused(r"limit of .*1,000\.00.*exceeded by .*100\.00"):
            self._order(1, confirm=True)

    def test_limit_zero_is_no_limit(self):
        self._rule('over_limit')
        self.customer.credit_limit = 0
        self.assertEqual(self._order(500, confirm=True).state, 'sale')

    def test_invoiced_orders_count_once(self):
        self._rule('over_limit')
        self.customer.credit_limit = 1000
        order = self._order(6, confirm=True)
        invoice = order._create_invoices()
        self.assertEqual(self._facts().to_invoice, 600)     # a draft promises nothing yet
        invoice.action_post()
        facts = self._facts()
        self.assertEqual((facts.receivables, facts.to_invoice), (600, 0))
        self._pay(invoice)
        facts = self._facts()
        self.assertEqual((facts.receivables, facts.to_invoice), (0, 0))

    def test_write_and_create_with_state_are_refused_too(self):
        self._rule()
        self._overdue()
        order = self._order()
        with self.assertRaises(UserError):
            order.with_user(self.sales_manager).write({'state': 'sale'})
        with self.assertRaises(UserError):
            self._order(state='sale')
        with self.assertRaises(UserError):
            self._order(state='sale', price=0)    # a gift leaves the house as well

    def test_growing_a_confirmed_order_is_refused(self):
        order = self._order(2, confirm=True)
        self._rule()
        self._overdue()
        line = order.order_line
        with self.assertRaises(UserError):
            line.product_uom_qty = 3
        with self.assertRaises(UserError):
            order.write({'order_line': [Command.update(line.id, {'price_unit': 150})]})
        with self.assertRaises(UserError):
            order.write({'order_line': [Command.create(
                {'product_id': self.goods.id, 'product_uom_qty': 1, 'price_unit': 1})]})
        line.product_uom_qty = 1
        self.assertEqual(order.amount_total, 100)

    def test_moving_a_confirmed_order_to_a_held_payer_is_refused(self):
        self._rule()
        self._overdue(partner=self.other)
        order = self._order(confirm=True)
        with self.assertRaises(UserError):
            order.partner_invoice_id = self.other

    def test_confirming_and_changing_the_payer_at_once_is_refused(self):
        self._rule()
        self._overdue(partner=self.other)
        with self.assertRefused("Bernd Braun"):
            self._order().write({'state': 'sale', 'partner_invoice_id': self.other.id})
        with self.assertRefused("Bernd Braun"):
            self._order(confirm=True).partner_id = self.other

    def test_the_invoiced_customer_counts_not_the_recipient(self):
        self._rule()
        self._overdue(partner=self.other)
        self.assertEqual(
            self._order(partner_shipping_id=self.other.id, confirm=True).state, 'sale')
        with self.assertRaises(UserError):
            self._order(partner_invoice_id=self.other.id, confirm=True)

    def test_a_contact_answers_for_his_company(self):
        self._rule()
        self._overdue()
        contact = self.env['res.partner'].create(
            {'name': "Purchaser", 'parent_id': self.customer.id})
        with self.assertRaises(UserError):
            self._order(partner=contact, confirm=True)

    def test_mass_confirmation_leaves_the_held_and_tells(self):
        self._rule()
        self._overdue(partner=self.other)
        good, held = self._order(), self._order(partner=self.other)
        action = (held | good).with_user(self.sales_manager).action_confirm()
        self.assertEqual((good.state, held.state), ('sale', 'draft'))
        self.assertEqual(action['tag'], 'display_notification')
        self.assertIn(held.name, action['params']['message'])

    def test_orders_of_one_batch_share_the_limit(self):
        self._rule('over_limit')
        self.customer.credit_limit = 1000
        first, second = self._order(6), self._order(6)
        (first | second).action_confirm()
        self.assertEqual([first.state, second.state].count('sale'), 1)

    def test_warning_shows_and_passes(self):
        self._rule(order='warn', delivery='none')
        self._overdue()
        order = self._order().with_user(self.seller_all)
        self.assertEqual(order.dunning_hold_state, 'warn')
        self.assertIn("overdue", order.dunning_hold_message)
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_only_orders_with_goods_say_that_their_delivery_will_be_stopped(self):
        self._rule(order='warn', delivery='block')
        self._overdue()
        service = self.env['product.product'].create({
            'name': "Advice", 'type': 'service', 'taxes_id': [Command.clear()]})
        for products, quantity, announced in (
                (self.goods, 1.0, True), (service, 1.0, False), (service | self.goods, 1.0, True),
                (self.goods, 0.0, False)):
            with self.subTest(products=products.mapped('name'), quantity=quantity):
                order = self._order(order_line=[
                    Command.create({'product_id': product.id, 'price_unit': 50.0,
                                    'product_uom_qty': quantity}) for product in products])
                self.assertIn("overdue", order.dunning_hold_message)
                self.assertEqual("will be stopped" in order.dunning_hold_message, announced)

    def test_level_reached_holds(self):
        self._rule('level', level_position=3)
        invoice = self._overdue()
        line = self._terms(invoice)
        line.sudo().dunning_level_id = self.policy.level_ids[1]
        self.assertFalse(self._order()._get_hold_refusal())
        line.sudo().dunning_level_id = self.policy.level_ids[2]
        self.assertIn("First", self._order()._get_hold_refusal())
        self._pay(invoice)
        self.assertFalse(self._order()._get_hold_refusal())

    def test_effect_of_a_level_needs_no_rule(self):
        level = self.policy.level_ids[1]
        level.hold_effect = 'block'
        self._terms(self._overdue()).sudo().dunning_level_id = level
        with self.assertRaises(UserError):
            self._order(confirm=True)

    def test_manual_hold_until_its_day(self):
        hold = self.env['dunning.hold'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'reason': "Insolvency rumours",
            'date_until': self.today})
        with self.assertRefused("Insolvency rumours"):
            self._order(confirm=True)
        hold.action_end()
        self.assertEqual(self._order(confirm=True).state, 'sale')

    def test_prepayment_only(self):
        self.customer.dunning_prepayment_only = True
        with self.assertRefused("prepayment"):
            self._order(confirm=True)

    def test_terms_without_credit_pass_the_limit_unless_the_policy_says_so(self):
        rule = self._rule('over_limit')
        self.customer.credit_limit = 50
        immediate = self.env.ref('account.account_payment_term_immediate')
        self.assertEqual(self._order(payment_term_id=immediate.id, confirm=True).state, 'sale')
        self._overdue()
        rule.trigger = 'overdue'
        with self.assertRefused("overdue"):
            self._order(payment_term_id=immediate.id, confirm=True)
        rule.trigger = 'over_limit'
        self.policy.hold_cash = True
        with self.assertRaises(UserError):
            self._order(payment_term_id=immediate.id, confirm=True)

    def test_longer_terms_than_agreed(self):
        self._rule('terms')
        self.customer.property_payment_term_id = self.credit_term
        self.assertEqual(self._order(confirm=True).state, 'sale')
        longer = self.credit_term.copy({'line_ids': [Command.create(
            {'value': 'percent', 'value_amount': 100, 'nb_days': 60})]})
        with self.assertRefused("60 days; 30 days are agreed"):
            self._order(payment_term_id=longer.id, confirm=True)

    def test_expired_limit(self):
        self._rule('limit_expired')
        self.customer.write({'credit_limit': 100000, 'dunning_limit_until': self.today})
        self.assertEqual(self._order(confirm=True).state, 'sale')
        self.customer.dunning_limit_until = '2020-01-31'
        with self.assertRefused("limit ended"):
            self._order(confirm=True)

    def test_limit_history(self):
        self.manager.group_ids += self.env.ref('base.group_partner_manager')
        self.customer.with_user(self.manager).with_company(self.company).write(
            {'credit_limit': 500, 'dunning_limit_reason': "Good references"})
        change = self.env['dunning.limit.change'].search([('partner_id', '=', self.customer.id)])
        self.assertRecordValues(change, [{
            'old_limit': 0, 'new_limit': 500, 'user_id': self.manager.id,
            'reason': "Good references"}])
        with self.assertRaises(UserError):
            change.sudo().new_limit = 1
        with self.assertRaises(UserError):
            change.sudo().unlink()

    def _facts(self, partner=None):
        customer = partner or self.customer
        return self.env['dunning.hold.check']._get_facts(
            self.company, customer.ids)[customer.id][1]
