from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestRelease(HoldCommon):
    """A release is evidence: for what it names, up to its amount, until its day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule()
        cls.invoice = cls._overdue(300)

    def test_released_order_passes_to_its_delivery(self):
        order = self._order(5)
        release = self._release(order_id=order.id)
        self.assertEqual((release.partner_id, release.max_amount), (self.customer, 500))
        self.assertEqual((release.exposure, release.overdue_amount), (300, 300))
        self.assertIn("overdue", release.hold_reason)
        self.assertEqual(release.user_id, self.releaser)
        order.with_user(self.seller_all).action_confirm()
        self.assertIn("Spoke to the boss", order.dunning_release_note)
        self._deliver(order.picking_ids, self.picker)
        self.assertEqual(order.picking_ids.state, 'done')
        self.assertEqual(release.used_amount, 500)

    def test_its_message_stays_on_the_document(self):
        order = self._order(5)
        order.with_user(self.seller_all)._request_dunning_release("Old customer")
        self._release(order_id=order.id)
        messages = order.message_ids.filtered(lambda message: (
            message.subtype_id == self.env.ref('smart_dunning.mt_dunning_release')))
        self.assertEqual(len(messages), 2)
        self.assertTrue(messages.subtype_id.internal)            # not for the customer's portal
        self.assertIn("Spoke to the boss", messages[0].body)
        self.assertEqual(messages[0].author_id, self.releaser.partner_id)
        for user in (self.seller_all, self.releaser, self.manager):
            for message in messages:
                with self.subTest(user=user.login), self.assertRefused(error=AccessError):
                    message.with_user(user).unlink()
                with self.subTest(user=user.login), self.assertRefused(error=AccessError):
                    message.with_user(user).body = "Never happened"

    def test_it_holds_up_to_its_amount(self):
        order = self._order(5)
        self._release(order_id=order.id, max_amount=499.99)
        with self.assertRaises(UserError):
            order.action_confirm()
        self._release(order_id=order.id, max_amount=500)
        order.action_confirm()
        with self.assertRaises(UserError):
            order.order_line.product_uom_qty = 6

    def test_it_holds_until_its_day(self):
        order = self._order()
        with freeze_time(fields.Date.subtract(self.today, days=1)):
            self._release(order_id=order.id, valid_until=fields.Date.subtract(self.today, days=1))
        with self.assertRaises(UserError):
            order.action_confirm()
        self._release(order_id=order.id, days=0)
        order.action_confirm()

    def test_it_holds_for_what_it_names_only(self):
        order, other = self._order(), self._order()
        self._release(order_id=order.id)
        with self.assertRaises(UserError):
            other.action_confirm()
        with self.assertRefused("Anna Adler"):
            self._release(order_id=order.id, partner_id=self.other.id)
        with self.assertRaises(ValidationError):
            self._release(partner_id=self.customer.id, order_id=order.id, max_amount=1,
                          picking_id=self.env['stock.picking'].search([], limit=1).id or 1)

    def test_a_customer_release_is_used_up(self):
        self._release(partner_id=self.customer.id, max_amount=800)
        first = self._order(5, confirm=True)
        with self.assertRaises(UserError):
            self._order(4, confirm=True)
        self._order(3, confirm=True)
        self._deliver(first.picking_ids)

    def test_a_batch_does_not_overdraw(self):
        self._release(partner_id=self.customer.id, max_amount=800)
        orders = self._order(5) | self._order(4)
        orders.action_confirm()
        self.assertEqual(orders.mapped('state'), ['sale', 'draft'])

    def test_a_delivery_release(self):
        self.policy.hold_rule_ids.order_effect = 'none'
        order = self._order(5, confirm=True)
        with self.assertRaises(UserError):
            self._deliver(order.picking_ids)
        self._release(picking_id=order.picking_ids.id)
        self._deliver(order.picking_ids, self.picker)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_append_only(self):
        release = self._release(order_id=self._order().id)
        for actor in (release.with_user(self.releaser), release.with_user(self.manager),
                      release.sudo()):
            with self.assertRaises(UserError):
                actor.write({'max_amount': 1e9})
            with self.assertRaises(UserError):
                actor.unlink()

    def test_figures_are_not_taken_from_the_caller(self):
        release = self._release(
            order_id=self._order().id, exposure=1, user_id=self.clerk.id, date='2020-01-01')
        self.assertEqual((release.exposure, release.user_id), (300, self.releaser))
        self.assertEqual(release.date.date(), fields.Date.today())

    def test_request_reaches_those_who_may_release_and_ends_with_it(self):
        order = self._order(user_id=self.seller.id)
        request = self.env['dunning.release.request'].with_user(self.seller).create(
            {'order_id': order.id, 'note': "He is good for it"})
        request.action_request()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        activity = debtor.activity_ids.filtered(lambda each: each.user_id == self.releaser)
        self.assertIn("He is good for it", activity.note)
        self.assertIn(order.name, activity.note)
        request.action_request()
        self.assertEqual(len(debtor.activity_ids.filtered(
            lambda each: each.user_id == self.releaser)), 1)
        self._release(order_id=order.id)
        self.assertFalse(debtor.activity_ids)

    def test_nobody_to_ask_is_said(self):
        self.env.ref('smart_dunning.group_dunning_release').user_ids = False
        self.env.ref('smart_dunning.group_dunning_manager').user_ids = False
        order = self._order(user_id=self.seller.id)
        with self.assertRefused("May Release Holds"):
            self.env['dunning.release.request'].with_user(self.seller).create(
                {'order_id': order.id, 'note': "Please"}).action_request()


@tagged('post_install', '-at_install')
class TestLever(HoldCommon):
    """A waiting delivery asks for its payment, and leaves when it has come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule(order='none')
        cls.order = cls._order(5, confirm=True, user_id=cls.seller.id)
        cls.picking = cls.order.picking_ids

    def test_hold_and_payment(self):
        invoice = self._overdue(300)
        self._refresh_debtors()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual((debtor.hold_state, debtor.exposure), ('block', 800))
        self.assertTrue(self.picking.dunning_held_since)
        self.assertEqual(self.picking.dunning_held_amount, 500)
        activity = self.order.activity_ids
        self.assertEqual(activity.user_id, self.seller)
        self.assertIn(invoice.name, activity.note)
        held = self.env['dunning.held.delivery'].with_user(self.seller).search([])
        self.assertRecordValues(held, [
            {'partner_id': self.customer.id, 'amount': 500, 'user_id': self.seller.id}])
        self.assertIn("overdue", held.hold_reason)
        # Once is enough
        self._refresh_debtors()
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self.assertEqual(len(self.order.activity_ids), 1)
        payment = self._pay(invoice)
        self._refresh_debtors()
        self.assertFalse(self.picking.dunning_held_since)
        self.assertFalse(self.order.activity_ids)
        self.assertEqual(debtor.hold_state, 'clear')
        self.assertIn("hold has ended", self.picking.message_ids[:1].body)
        self.assertIn(self.seller.partner_id, self.picking.message_ids[:1].notified_partner_ids)
        # Taking the payment back holds again
        payment.move_id.line_ids.remove_move_reconcile()
        self._refresh_debtors()
        self.assertEqual(debtor.hold_state, 'block')
        self.assertTrue(self.picking.dunning_held_since)

    def test_what_else_lifts_a_hold(self):
        for how in ('credit', 'cancel', 'limit', 'manual', 'release'):
            with self.subTest(how=how), self.env.cr.savepoint() as savepoint:
                self._lift(how)
                savepoint.rollback()
                self.env.registry.clear_cache()    # what the rolled back rules left there

    def _lift(self, how):
        if how == 'limit':
            self.policy.hold_rule_ids.trigger = 'over_limit'
            self.customer.credit_limit = 700
        elif how == 'manual':
            hold = self.env['dunning.hold'].create(
                {'partner_id': self.customer.id, 'reason': "Wait"})
        invoice = self._overdue(300) if how != 'manual' else None
        self._refresh_debtors()
        self.assertTrue(self.picking.dunning_held_since)
        if how == 'credit':
            self._credit_note(300, on=self.today)
        elif how == 'cancel':
            invoice.button_draft()
            invoice.button_cancel()
        elif how == 'limit':
            self.customer.credit_limit = 800
        elif how == 'manual':
            hold.action_end()
        else:
            self._release(picking_id=self.picking.id)
        self._refresh_debtors()
        self.assertFalse(self.picking.dunning_held_since)

    def test_the_customer_is_told_once_where_the_policy_says_so(self):
        self.policy.hold_notify_customer = True
        invoice = self._overdue(300)
        self._refresh_debtors()
        message = self.picking.message_ids.filtered(
            lambda each: self.customer in each.partner_ids)
        self.assertIn(invoice.name, message.body)
        self.assertIn(invoice.get_portal_url().split('?')[0], message.body)
        self.assertTrue(self.picking.dunning_customer_told)
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self._pay(invoice)
        self._refresh_debtors()
        self._overdue(50)
        self._refresh_debtors()
        self.assertEqual(len(self.picking.message_ids.filtered(
            lambda each: self.customer in each.partner_ids)), 1)

    def test_a_broken_template_stops_nobody_else(self):
        self.policy.hold_notify_customer = True
        self._overdue(300)
        with patch.object(type(self.picking), '_get_notice_items', side_effect=ZeroDivisionError), \
                self.assertLogs('odoo.addons.smart_dunning', 'ERROR'):
            self._refresh_debtors()
        self.assertTrue(self.picking.dunning_held_since)
        self.assertEqual(self.order.activity_ids.user_id, self.seller)
        self.assertFalse(self.picking.dunning_customer_told)

    def test_waiting_is_stated_by_the_system_alone(self):
        with self.assertRaises(AccessError):
            self.picking.with_user(self.stock_manager).dunning_held_since = False
