from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged

from .common import TillCommon


@tagged('post_install', '-at_install')
class TestTillRights(TillCommon):
    """Whoever calls from outside learns and does no more than at the till."""

    def test_only_two_methods_are_public(self):
        for name in ('dunning_ask', 'dunning_release'):
            get_public_method(self.till, name)
        for name in ('_judge_sale', '_get_till_candidate'):
            with self.subTest(name=name), self.assertRaises(AccessError):
                get_public_method(self.till, name)

    def test_without_a_till_nobody_asks(self):
        for groups in ('base.group_user', 'base.group_portal', 'sales_team.group_sale_salesman'):
            user = new_test_user(self.env, f"no_{groups.split('.')[1]}", groups=groups)
            with self.subTest(groups=groups), self.assertRaises(AccessError):
                self._ask(10, user=user)

    def test_other_companies_stay_out(self):
        elsewhere = self._create_company(name="Elsewhere")
        stranger = new_test_user(
            self.env, 'stranger', company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
            groups='point_of_sale.group_pos_manager,smart_dunning.group_dunning_manager')
        with self.assertRaises(AccessError):
            self._ask(10, user=stranger)
        with self.assertRaises(AccessError):
            self.till.with_user(stranger).dunning_release(self._name_sale(10), "Mine")
        hidden = self.env['res.partner'].create({'name': "Hidden", 'company_id': elsewhere.id})
        with self.assertRaises(AccessError):
            self._ask(10, partner=hidden)
        with self.assertRaises(AccessError):
            self.till.with_user(self.cashier).dunning_ask({
                **self._name_sale(10), 'orders': {str(self._make_order_of(elsewhere).id): 5}})

    def _make_order_of(self, company):
        return self.env['sale.order'].sudo().with_company(company).create({
            'partner_id': self.other.id, 'company_id': company.id})

    def test_nonsense_is_refused_in_words(self):
        for change in (
                {'on_account': float('nan')}, {'on_account': float('inf')}, {'on_account': "1"},
                {'partner_id': "1 OR 1=1"}, {'partner_id': None}, {'partner_id': [1]},
                {'partner_id': 10 ** 12}, {'orders': {"x": 1}}, {'orders': {"1": None}},
                {'orders': [1]}, {'uuid': None}, {'uuid': 3}, {'uuid': "x" * 3000}):
            with self.subTest(change=change), self.assertRaises(UserError):
                self.till.with_user(self.cashier).dunning_ask(
                    {**self._name_sale(10), **change})
        for sale in ("x", None, [], 3):
            with self.subTest(sale=sale), self.assertRaises(UserError):
                self.till.with_user(self.cashier).dunning_ask(sale)

    def test_asking_writes_nothing(self):
        self._rule()
        self._overdue()
        self.env.flush_all()
        self.env.cr.execute("SAVEPOINT before; SET TRANSACTION READ ONLY")
        try:
            self.assertEqual(self._ask(10)['state'], 'block')
        finally:
            self.env.cr.execute("ROLLBACK TO SAVEPOINT before")

    def test_release_stays_as_it_was_given(self):
        release = self._release(
            partner_id=self.customer.id, max_amount=10, pos_order_uuid='sale-1')
        with self.assertRefused("evidence"):
            release.sudo().write({'pos_order_uuid': 'sale-2'})
        with self.assertRaises(AccessError):
            self.env['dunning.release'].with_user(self.cashier).create({
                'partner_id': self.customer.id, 'max_amount': 10, 'reason': "Me",
                'pos_order_uuid': 'sale-1', 'valid_until': self.today})
        with self.assertRaises(AccessError):
            self.env['dunning.release.use'].with_user(self.releaser).create({
                'release_id': release.id, 'checkpoint': 'order', 'pos_order_uuid': 'sale-9'})

    def test_no_context_key_opens_the_door(self):
        self._rule()
        self._overdue()
        order = self._order(2)
        keys = dict.fromkeys((
            'smart_dunning_pos.orders', 'smart_dunning_pos.goods', 'dunning', 'from_pos'), True)
        with self.assertRefused("on hold"):
            order.with_context(**keys).action_confirm()

    def test_only_a_till_says_that_goods_left_there(self):
        self._rule('overdue', order='none')
        self._overdue()
        order = self._order(5, confirm=True)
        sale = self._sell(0.0, 100.0)
        for values in (
                {'pos_session_id': self.till.id},
                {'pos_session_id': self.till.id, 'pos_order_id': sale.id}):
            for user in (self.picker, self.cashier):
                with self.subTest(values=values, user=user.login), self.assertRefused("on hold"):
                    order.picking_ids.with_user(user).write(values)
                    self._deliver(order.picking_ids, user)
