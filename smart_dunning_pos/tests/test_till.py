from unittest.mock import patch

from odoo.tests import tagged

from .common import TillCommon


@tagged('post_install', '-at_install')
class TestTill(TillCommon):
    """Buying on account asks what an order asks; what arrives is taken, and told."""

    def test_question_is_the_one_of_an_order(self):
        self._rule('over_limit', order='block')
        self._rule('overdue', order='warn')
        self.customer.credit_limit = 500
        self.assertEqual(self._ask(500)['state'], 'clear')
        answer = self._ask(501)
        self.assertEqual(answer['state'], 'block')
        self.assertIn("cannot buy on account", answer['message'])
        self.assertIn("exceeded by", answer['message'])
        self.assertEqual(
            self._order(5.01)._get_hold_refusal() and 'block', answer['state'])
        self._overdue(100)
        answer = self._ask(300)
        self.assertEqual(answer['state'], 'warn')
        self.assertIn("are overdue", answer['message'])

    def test_hold_by_hand_blocks_at_the_till_too(self):
        self.env['dunning.hold'].create({'partner_id': self.customer.id, 'reason': "Bad story"})
        self.assertIn("Bad story", self._ask(1)['message'])
        self.assertEqual(self._ask(1, partner=self.other)['state'], 'clear')

    def test_cash_and_refunds_ask_nothing(self):
        self._rule()
        self._overdue()
        self.assertEqual(self._ask(0)['state'], 'clear')
        self.assertEqual(self._ask(-50)['state'], 'clear')
        self.assertEqual(self._ask(50)['state'], 'block')

    def test_contact_buys_for_the_company_that_owes(self):
        self._rule()
        self._overdue()
        contact = self.env['res.partner'].create({
            'name': "Buyer", 'parent_id': self.customer.id})
        self.assertEqual(self._ask(10, partner=contact)['state'], 'block')

    def test_sale_on_account_counts_before_the_till_is_closed(self):
        before = self._get_exposure()
        sale = self._sell(200.0, 100.0)
        self.assertEqual(sale.state, 'paid')
        self.assertEqual(self._get_exposure() - before, 200)
        self._rule('over_limit')
        self.customer.credit_limit = 300
        self.assertEqual(self._ask(100)['state'], 'clear')
        self.assertEqual(self._ask(101)['state'], 'block')
        self.assertTrue(self._order(1.01)._get_hold_refusal())

    def test_closing_the_till_moves_it_into_the_ledger_and_counts_it_once(self):
        self._sell(200.0)
        self._sell(50.0, to_invoice=True)
        self.assertEqual(self._get_exposure(), 250)
        self.till.action_pos_session_closing_control()
        self.assertEqual(self.till.state, 'closed')
        self.env.invalidate_all()
        self.assertEqual(self._get_exposure(), 250)

    def test_credit_on_account_is_deducted(self):
        self._sell(200.0)
        self._sell(-80.0)
        self.assertEqual(self._get_exposure(), 120)

    def test_debtor_shows_it(self):
        self._sell(200.0)
        self._refresh_debtors()
        self.assertEqual(self._get_debtor().exposure, 200)

    def test_what_was_not_allowed_is_taken_and_told(self):
        self._rule()
        self._overdue()
        sale = self._sell(150.0)
        self.assertEqual(sale.state, 'paid')
        self.assertEqual(sale.picking_ids.state, 'done')
        self.assertIn("cannot buy on account", sale.message_ids[0].body)
        activity = self._get_debtor().activity_ids
        self.assertEqual(activity.user_id, self.clerk)
        self.assertEqual(activity.summary, "Bought on account, but on hold")
        self.assertIn(sale.pos_reference, activity.note)
        self._sell(50.0)
        self.assertEqual(len(self._get_debtor().activity_ids), 1)

    def test_what_was_allowed_is_told_to_nobody(self):
        self._rule()
        self._overdue(partner=self.other)
        sale = self._sell(150.0)
        self.assertFalse(sale.message_ids.filtered(lambda note: "on account" in note.body))
        self.assertFalse(self._get_debtor().activity_ids)

    def test_held_customer_who_pays_is_no_business_of_ours(self):
        self._rule()
        self._overdue()
        sale = self._sell(0.0, 150.0)
        self.assertEqual((sale.state, sale.picking_ids.state), ('paid', 'done'))
        self.assertFalse(self._get_debtor().activity_ids)

    def test_goods_leave_when_the_till_is_closed_as_well(self):
        self.company.point_of_sale_update_stock_quantities = 'closing'
        self.till.update_stock_at_closing = True
        self._rule()
        self._overdue()
        self._sell(150.0)
        self.till.action_pos_session_closing_control()
        self.assertEqual(self.till.picking_ids.mapped('state'), ['done'])

    def test_goods_shipped_later_wait_like_others(self):
        self.shop.ship_later = True
        self._rule()
        self._overdue()
        self.customer.write({'country_id': self.env.ref('base.de').id})
        sale = self._sell(100.0, shipping_date=str(self.today))
        self.assertEqual(sale.state, 'paid')
        with self.assertRefused("on hold"):
            self._deliver(sale.picking_ids, self.picker)

    def test_sale_that_becomes_one_on_account_is_told(self):
        self._rule()
        self._overdue()
        sale = self._sell(0.0, 150.0)
        sale.payment_ids.with_user(self.cashier).payment_method_id = self.later
        self.assertEqual(self._get_debtor().activity_ids.user_id, self.clerk)

    def test_sale_created_as_paid_past_the_till_is_told(self):
        self._rule()
        self._overdue()
        values = self._prepare_sale(150.0)
        self.env['pos.order'].with_user(self.cashier).create(
            {name: value for name, value in values.items() if name != 'name'})
        self.assertEqual(self._get_debtor().activity_ids.user_id, self.clerk)

    def test_our_own_failure_loses_no_sale(self):
        with patch.object(type(self.env['pos.order']), '_judge_one', side_effect=ValueError()), \
                self.assertLogs('odoo.addons.smart_dunning_pos', 'ERROR'):
            sale = self._sell(150.0)
        self.assertEqual((sale.state, sale.picking_ids.state), ('paid', 'done'))
