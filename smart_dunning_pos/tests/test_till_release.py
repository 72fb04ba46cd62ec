from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import TillCommon


@tagged('post_install', '-at_install')
class TestTillRelease(TillCommon):
    """Who may release does so at the till: for this sale alone, with a reason that is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._make_user(
            'boss', 'point_of_sale.group_pos_user', 'smart_dunning.group_dunning_release',
            'sales_team.group_sale_salesman_all_leads')
        cls._rule()
        cls._overdue()

    def _give(self, on_account, reason="Knows the owner", user=None, **values):
        return self.till.with_user(user or self.boss).dunning_release(
            self._name_sale(on_account, **values), reason)

    def _find(self):
        return self.env['dunning.release'].search([('partner_id', '=', self.customer.id)])

    def test_release_lets_this_sale_pass(self):
        sale = self._prepare_sale(150.0)
        self.assertTrue(self._ask(150, user=self.boss, uuid=sale['uuid'])['may_release'])
        self.assertEqual(self._give(150, uuid=sale['uuid'])['state'], 'clear')
        release = self._find()
        self.assertRecordValues(release, [{
            'scope': 'till', 'max_amount': 150.0, 'reason': "Knows the owner",
            'user_id': self.boss.id, 'overdue_amount': 100.0}])
        order = self._hand_in(sale, self.boss)
        self.assertEqual(release.use_ids.mapped('amount'), [150.0])
        self.assertEqual(release.use_ids.pos_order_uuid, order.uuid)
        self.assertEqual(release.pos_reference, order.pos_reference)
        self.assertIn("Knows the owner", order.message_ids[0].body)
        self.assertFalse(self._get_debtor().activity_ids)

    def test_release_is_for_nothing_else(self):
        self._give(150, uuid='sale-1')
        self.assertEqual(self._ask(150, uuid='sale-2')['state'], 'block')
        self.assertEqual(self._ask(151, uuid='sale-1')['state'], 'block')
        self.assertTrue(self._order(1)._get_hold_refusal())

    def test_release_of_the_customer_serves_at_the_till_up_to_its_amount(self):
        self._release(partner_id=self.customer.id, max_amount=200)
        self.assertEqual(self._ask(150)['state'], 'clear')
        self._sell(150.0)
        self.assertEqual(self._ask(60)['state'], 'block')
        self.assertEqual(self._ask(50)['state'], 'clear')
        self._sell(50.0)
        self.assertEqual(sorted(self._find().use_ids.mapped('amount')), [50.0, 150.0])

    def test_quotation_is_released_as_an_order(self):
        order = self._order(3)
        self.assertEqual(
            self._give(0, orders={order: 100})['state'], 'clear')
        self.assertRecordValues(self._find(), [{'scope': 'order', 'order_id': order.id}])
        self.assertFalse(order._get_hold_refusal())

    def test_cashier_may_not_release(self):
        self.assertFalse(self._ask(150)['may_release'])
        with self.assertRefused("may not release", AccessError):
            self._give(150, user=self.cashier)
        self.assertFalse(self._find())

    def test_release_wants_a_reason(self):
        for reason in ("", "  ", False, 3):
            with self.subTest(reason=reason), self.assertRefused("say why"):
                self._give(150, reason=reason)
        self.assertFalse(self._find())

    def test_nothing_is_released_that_is_not_held(self):
        self._give(150, partner=self.other)
        self.assertFalse(self.env['dunning.release'].search(
            [('partner_id', '=', self.other.id)]))

    def test_release_at_the_till_answers_no_other_request(self):
        order = self._order(2)
        order.with_user(self.seller_all)._request_dunning_release("Please")
        self._give(150)
        inquiry = self.env['dunning.release.inquiry'].search([('order_id', '=', order.id)])
        self.assertEqual(inquiry.state, 'open')

    def test_who_may_release_but_works_at_no_till_gets_nothing_there(self):
        outsider = new_test_user(
            self.env, 'outsider', company_id=self.company.id,
            groups='base.group_user,smart_dunning.group_dunning_release')
        with self.assertRaises(AccessError):
            self._give(150, user=outsider)
