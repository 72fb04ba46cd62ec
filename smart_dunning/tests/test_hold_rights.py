from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldRights(HoldCommon):
    """Who sees a hold, who releases it, and that nobody gets around it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, 'portal_customer', groups='base.group_portal')
        cls.public = cls.env.ref('base.public_user')
        cls._rule()
        cls.invoice = cls._overdue(300)
        cls.order = cls._order(5, user_id=cls.seller.id)
        cls.policy.hold_rule_ids.order_effect = 'none'
        cls.open_order = cls._order(5, confirm=True, user_id=cls.seller.id)
        cls.policy.hold_rule_ids.order_effect = 'block'
        cls.picking = cls.open_order.picking_ids
        cls.insiders = {
            'seller': cls.seller, 'seller_all': cls.seller_all, 'clerk': cls.clerk,
            'sales_manager': cls.sales_manager, 'picker': cls.picker,
            'stock_manager': cls.stock_manager, 'releaser': cls.releaser, 'manager': cls.manager}
        cls.outsiders = {'portal': cls.portal, 'public': cls.public}

    def test_sales_and_stock_read_the_hold(self):
        for name in (
                'seller', 'seller_all', 'sales_manager'):
            with self.subTest(user=name):
                user = self.insiders[name]
                order = self.order.with_user(user)
                self.assertEqual(order.dunning_hold_state, 'block')
                self.assertIn("300", order.dunning_hold_message)
                self.assertEqual(
                    self.env['sale.order'].with_user(user).search_count(
                        [('dunning_hold_state', 'in', ['block'])]), 0)    # not refreshed yet
        for name in (
                'picker', 'stock_manager', 'seller'):
            with self.subTest(user=name):
                user = self.insiders[name]
                self.assertEqual(self.picking.with_user(user).dunning_hold_state, 'block')
                self.assertIn("300", self.picking.with_user(user).dunning_hold_message)
                self.assertEqual(self.customer.with_user(user).dunning_hold_state, 'block')

    def test_they_see_nothing_more(self):
        self._refresh_debtors()
        for name in (
                'seller', 'seller_all', 'sales_manager', 'picker', 'stock_manager'):
            with self.subTest(user=name):
                user = self.insiders[name]
                for model in ('dunning.debtor', 'dunning.hold', 'dunning.hold.rule',
                              'dunning.policy', 'dunning.limit.change', 'dunning.letter',
                              'dunning.release.use'):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
                for name in ('credit_limit', 'dunning_limit_until', 'dunning_limit_reason',
                             'dunning_prepayment_only', 'dunning_limit_change_ids'):
                    with self.assertRaises(AccessError):
                        self.customer.with_user(user).read([name])
                    if name != 'dunning_limit_change_ids':
                        with self.assertRaises(AccessError):
                            self.customer.with_user(user).write({name: False})
                self.assertEqual(
                    self.env['dunning.held.delivery'].with_user(user).search([]).partner_id,
                    self.customer)

    def test_a_salesperson_sees_what_waits_of_his_own(self):
        self._refresh_debtors()
        self._release(order_id=self.order.id)
        colleague = self._make_user('colleague', 'sales_team.group_sale_salesman')
        self.customer.user_id = self.sales_manager
        for model in ('dunning.held.delivery', 'dunning.release'):
            self.assertTrue(self.env[model].with_user(self.seller).search([]))
            self.assertTrue(self.env[model].with_user(self.seller_all).search([]))
            self.assertFalse(self.env[model].with_user(colleague).search([]))

    def test_they_read_releases_but_not_their_figures(self):
        release = self._release(order_id=self.order.id)
        for name in ('seller', 'sales_manager', 'picker', 'stock_manager'):
            with self.subTest(user=name):
                seen = release.with_user(self.insiders[name])
                self.assertEqual(seen.read(['reason', 'max_amount'])[0]['max_amount'], 500)
                for field in ('exposure', 'credit_limit', 'overdue_amount', 'level_position'):
                    with self.assertRaises(AccessError):
                        seen.read([field])

    def test_only_the_release_group_releases(self):
        values = {'company_id': self.company.id, 'partner_id': self.customer.id, 'reason': "Please",
                  'max_amount': 1e6, 'valid_until': self.today}
        for name, user in {**self.insiders, **self.outsiders}.items():
            with self.subTest(user=name):
                releases = self.env['dunning.release'].with_user(user)
                if name in ('releaser', 'manager'):
                    self.assertTrue(releases.create(values))
                    continue
                with self.assertRaises(AccessError):
                    releases.create(values)
                with self.assertRaises(AccessError):
                    self.env['dunning.release.grant'].with_user(user).create(
                        {**values, 'order_id': self.order.id}).action_grant()
                with self.assertRaises(AccessError):
                    self.order.with_user(user).action_dunning_release()

    def test_uses_of_a_release_are_written_by_checkpoints_alone(self):
        release = self._release(partner_id=self.customer.id, max_amount=1000)
        for name, user in {**self.insiders, **self.outsiders}.items():
            with self.subTest(user=name), self.assertRaises(AccessError):
                self.env['dunning.release.use'].with_user(user).create(
                    {'release_id': release.id, 'checkpoint': 'delivery', 'amount': -1e6})

    def test_nobody_gets_around(self):
        """By context, by the method behind the button, by `write`, whoever it is."""
        keys = {'skip_sanity_check': True, 'bypass_risk': True, 'skip_hold': True,
                'dunning_released': True, 'tracking_disable': True, 'active_test': False,
                'smart_dunning.hold_memory': {'facts': {}}}
        for name in (
                'seller', 'seller_all', 'sales_manager', 'releaser', 'manager', 'clerk'):
            with self.subTest(user=name):
                user = self.insiders[name]
                order = self.order.with_user(user).with_context(**keys)
                for number, act in enumerate((order.action_confirm, order._validate_order,
                            lambda order=order: order.write({'state': 'sale'}))):
                    with self.subTest(act=number), self.assertRaises(UserError):
                        act()
                self.assertEqual(self.order.state, 'draft')
        for name in (
                'picker', 'stock_manager', 'seller', 'releaser', 'manager'):
            with self.subTest(user=name):
                user = self.insiders[name]
                picking = self.picking.with_user(user).with_context(**keys)
                for act in (picking.button_validate, picking._action_done,
                            lambda picking=picking: picking.move_ids.write({'state': 'done'})):
                    self.picking.move_ids.picked = True
                    with self.assertRaises(UserError):
                        act()
                self.assertNotEqual(self.picking.state, 'done')

    def test_rules_and_holds_are_for_their_people(self):
        rule = self.policy.hold_rule_ids
        hold = self.env['dunning.hold'].create({'partner_id': self.customer.id, 'reason': "No"})
        for name, user in {**self.insiders, **self.outsiders}.items():
            with self.subTest(user=name):
                if name != 'manager':
                    with self.assertRaises(AccessError):
                        rule.with_user(user).order_effect = 'none'
                    with self.assertRaises(AccessError):
                        self.policy.with_user(user).hold_prepaid = True
                if name not in ('manager', 'clerk'):
                    with self.assertRaises(AccessError):
                        hold.with_user(user).action_end()

    def test_another_company_neither_sees_nor_causes(self):
        other = self._create_company(name="Elsewhere")
        stranger = new_test_user(
            self.env, 'stranger', company_id=other.id, company_ids=[Command.set(other.ids)],
            groups='smart_dunning.group_dunning_manager,sales_team.group_sale_manager,'
                   'stock.group_stock_manager')
        self._refresh_debtors()
        release = self._release(partner_id=self.customer.id, max_amount=1)
        self.assertEqual(self.customer.with_user(stranger).dunning_hold_state, 'clear')
        self.assertFalse(self.env['dunning.held.delivery'].with_user(stranger).search([]))
        self.assertFalse(self.env['dunning.release'].with_user(stranger).search([]))
        self.assertFalse(self.env['dunning.debtor'].with_user(stranger).search([]))
        for record in (release, self.policy.hold_rule_ids):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(['reason' if record == release else 'trigger'])
        with self.assertRaises(UserError):
            self.env['dunning.release'].with_user(stranger).create({
                'company_id': self.company.id, 'partner_id': self.customer.id, 'reason': "Ha",
                'max_amount': 1e6, 'valid_until': self.today})
        with self.assertRaises(AccessError):
            self.env['dunning.hold'].with_user(stranger).create({
                'company_id': self.company.id, 'partner_id': self.customer.id, 'reason': "Ha"})
        # An order elsewhere of the same customer: nothing is overdue there.
        order = self.env['sale.order'].with_user(stranger).with_company(other).create(
            {'partner_id': self.customer.id})
        self.assertEqual(order.dunning_hold_state, 'clear')
        with self.assertRaises(AccessError):
            self.order.with_user(stranger).action_dunning_request_release()
            self.env['dunning.release.request'].with_user(stranger).create(
                {'order_id': self.order.id, 'note': "Ha"}).action_request()

    def test_a_customer_in_the_portal_reads_nothing_of_a_hold(self):
        """Neither on the own order or transfer, nor of the own contact, nor by searching."""
        self.portal.partner_id.parent_id = self.customer
        (self.open_order | self.order).message_subscribe(self.portal.partner_id.ids)
        self._release(picking_id=self.picking.id)
        self.assertTrue(self.open_order.with_user(self.portal).read(['name']))
        names = ('dunning_hold_state', 'dunning_hold_message', 'dunning_release_note',
                 'dunning_release_count')
        users = {**self.outsiders, 'plain': self._make_user('plain')}
        for login, user in users.items():
            for record in (self.open_order, self.picking, self.customer):
                mine = record.with_user(user)
                for name in names:
                    if name not in record._fields:
                        continue
                    with self.subTest(user=login, model=record._name, field=name):
                        with self.assertRaises(AccessError):
                            mine.read([name])
                        with self.assertRaises(AccessError):
                            mine.search([(name, '!=', False)])

    def test_the_hold_of_a_customer_can_be_searched(self):
        self._refresh_debtors()
        partners = self.env['res.partner'].with_user(self.seller)
        self.assertIn(self.customer, partners.search([('dunning_hold_state', '=', 'block')]))
        self.assertNotIn(self.customer, partners.search([('dunning_hold_state', '=', 'clear')]))
        self.assertIn(self.other, partners.search([('dunning_hold_state', '=', 'clear')]))

    def test_a_release_shows_nothing_of_another_company(self):
        company = self.env['res.company'].create({'name': "Company B"})
        values = {'partner_id': self.customer.id, 'company_id': self.company.id,
                  'max_amount': 1, 'valid_until': self.today, 'reason': "x"}
        stranger = new_test_user(
            self.env, 'stranger', groups='base.group_user,smart_dunning.group_dunning_release',
            company_id=company.id, company_ids=[Command.set(company.ids)])
        grant = self.env['dunning.release.grant'].with_user(stranger)
        with self.assertRaises(AccessError):
            grant.create(values)
        for context in ({'default_company_id': self.company.id,
                         'default_partner_id': self.customer.id},
                        {'default_picking_id': self.picking.id}):
            with self.assertRaises(AccessError):
                grant.with_context(**context).default_get(['company_id', 'hold_reason'])
            with self.assertRaises(AccessError):
                grant.with_context(**context).onchange({}, [], {'hold_reason': {}})
        form = grant.onchange(values, ['partner_id'], {'hold_reason': {}})
        self.assertFalse(form['value'].get('hold_reason'))
