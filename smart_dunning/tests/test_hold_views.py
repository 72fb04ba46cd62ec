from lxml import etree

from odoo.tests import tagged

from .hold_common import HoldCommon

_FIGURES = ('exposure', 'credit_limit', 'overdue_amount', 'level_position')


@tagged('post_install', '-at_install')
class TestHoldViews(HoldCommon):
    """Sales and warehouse see banner, badges and lists without any right in accounting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule(days=30, amount=50)
        cls.order = cls._order(2, confirm=True, user_id=cls.seller.id)
        cls.quotation = cls._order(1, user_id=cls.seller.id)
        cls._overdue(120, days=40)
        cls.env['dunning.debtor']._refresh(company=cls.company)
        cls.env.flush_all()

    def _read(self, user, records, view, xmlid=None):
        """Load a view and read what it shows, as a browser would."""
        view_id = self.env.ref(xmlid).id if xmlid else None
        answer = records.with_user(user).get_views([(view_id, view)])
        fields = answer['models'][records._name]['fields']
        arch = etree.fromstring(answer['views'][view]['arch'])
        names = {node.get('name') for node in arch.xpath('//field[not(ancestor::field)]')}
        return records.with_user(user).web_read({
            name: {'fields': {'display_name': {}}} if fields[name]['type'] == 'many2one' else {}
            for name in names})

    def _arch(self, user, model, view, xmlid=None):
        view_id = self.env.ref(xmlid).id if xmlid else None
        return self.env[model].with_user(user).get_view(view_id, view)['arch']

    def test_documents_show_the_hold_to_sales_and_warehouse(self):
        for user in (self.seller, self.picker):
            for records in (self.order, self.order.picking_ids):
                for view in ('form', 'list', 'kanban'):
                    with self.subTest(user=user.login, model=records._name, view=view):
                        values = self._read(user, records, view)[0]
                        self.assertEqual(values['dunning_hold_state'], 'block')
            with self.subTest(user=user.login):
                form = self._read(user, self.customer, 'form')[0]
                self.assertIn('120.00', form['dunning_hold_message'])
                self.assertNotIn('dunning_limit_until', form)

    def test_buttons_by_right(self):
        boss = self._make_user(
            'boss', 'sales_team.group_sale_salesman', 'stock.group_stock_user',
            'smart_dunning.group_dunning_release')
        for user, is_there, is_not in (
                (self.seller, ('action_dunning_request_release',),
                 ('action_dunning_release"', 'action_dunning_debtor')),
                (self.picker, ('action_dunning_request_release',),
                 ('action_dunning_release"', 'action_dunning_debtor')),
                (boss, ('action_dunning_release"',),
                 ('action_dunning_request_release', 'action_dunning_debtor')),
                (self.clerk, ('action_dunning_debtor',),
                 ('action_dunning_release"', 'action_dunning_request_release'))):
            for xmlid in ('sale.view_order_form', 'stock.view_picking_form'):
                view = self.env.ref(xmlid)
                arch = self.env[view.model].with_user(user).get_view(view.id, 'form')['arch']
                for name in is_there:
                    with self.subTest(user=user.login, view=xmlid, there=name):
                        self.assertIn(name, arch)
                for name in is_not:
                    with self.subTest(user=user.login, view=xmlid, not_there=name):
                        self.assertNotIn(name, arch)

    def test_held_deliveries_and_releases_are_readable(self):
        self._release(order_id=self.quotation.id)
        held = self.env['dunning.held.delivery'].search([('company_id', '=', self.company.id)])
        release = self.env['dunning.release'].search([('order_id', '=', self.quotation.id)])
        self.assertEqual(held.picking_id, self.order.picking_ids)
        for user in (self.seller, self.picker, self.releaser, self.clerk):
            for view in ('list', 'kanban'):
                with self.subTest(user=user.login, view=view):
                    self.assertIn('120.00', self._read(user, held, view)[0]['hold_reason'])
                    self._read(user, release, view)

    def test_sales_see_no_figures_in_a_release(self):
        for user in (self.seller, self.picker):
            arch = self._arch(user, 'dunning.release', 'form')
            for name in _FIGURES:
                with self.subTest(user=user.login, field=name):
                    self.assertNotIn(f'"{name}"', arch)
        self.assertIn('"exposure"', self._arch(self.clerk, 'dunning.release', 'form'))

    def test_held_row_opens_what_its_reader_may_see(self):
        held = self.env['dunning.held.delivery'].search([('company_id', '=', self.company.id)])
        for user, model in ((self.seller, 'stock.picking'), (self.picker, 'stock.picking'),
                            (self.clerk, 'stock.picking'), (self.releaser, 'dunning.debtor')):
            with self.subTest(user=user.login):
                self.assertEqual(held.with_user(user).action_open()['res_model'], model)

    def test_debtor_shows_holds_to_the_clerk(self):
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        values = self._read(self.clerk, debtor, 'form')[0]
        self.assertEqual(values['hold_state'], 'block')
        self.assertEqual(values['waiting_count'], 1)
        self.assertFalse(values['is_held_by_hand'])
        hold = self.env['dunning.hold'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'reason': "Insolvent"})
        hold.action_put()
        debtor.invalidate_recordset()
        self.assertTrue(debtor.is_held_by_hand)
        self.assertIn("Insolvent", debtor.hold_reason)

    def test_who_releases_can_open_the_debtor(self):
        """The request for a release is an activity on the debtor."""
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        for view in ('form', 'list', 'kanban'):
            with self.subTest(view=view):
                self.assertEqual(
                    self._read(self.releaser, debtor, view)[0]['hold_state'], 'block')

    def test_batches_show_the_hold(self):
        """Core makes the list of a batch's transfers from the list that we extend."""
        xmlid = 'stock_picking_batch.stock_picking_view_batch_tree_ref'
        if not self.env.ref(xmlid, raise_if_not_found=False):
            self.skipTest("stock_picking_batch is not installed")
        self.assertIn('dunning_hold_state', self._arch(
            self.picker, 'stock.picking', 'list', xmlid))

    def test_searches_find_held_documents(self):
        for document in (self.order, self.quotation, self.order.picking_ids):
            found = document.with_user(self.seller).search([
                ('dunning_hold_state', 'in', ['block']), ('id', 'in', document.ids)])
            self.assertEqual(found, document)

    def test_shipped_rules_fit_the_shipped_policies(self):
        for name in ('public', 'consumer', 'business'):
            policy = self.env.ref(f'smart_dunning.dunning_policy_{name}')
            rules = policy.with_context(active_test=False).hold_rule_ids
            with self.subTest(policy=name):
                self.assertEqual(set(rules.mapped('trigger')), {
                    'over_limit', 'overdue', 'level', 'limit_expired', 'terms'})
                level = rules.filtered(lambda rule: rule.trigger == 'level')
                positions = policy.with_context(active_test=False).level_ids.mapped('position')
                self.assertEqual(level.level_position, sorted(positions)[-2])
                effects = {*rules.mapped('order_effect'), *rules.mapped('delivery_effect')}
                self.assertEqual('block' in effects, name != 'public')
