from contextlib import ExitStack
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..models.hold.dunning_hold_check import DunningHoldCheck
from .hold_common import HoldCommon

#: What a checkpoint may cost: reading the facts, and the lock where a limit decides.
BUDGET = 2
WARM_UP = 2


@tagged('post_install', '-at_install')
class TestHoldQueryCounts(HoldCommon):
    """What the checkpoints and the lists ask the database does not grow, whatever is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule('over_limit')
        cls._rule(days=30, amount=50)
        cls._rule('level', level_position=1)
        cls.customer.credit_limit = cls.other.credit_limit = 1e6

    def test_a_confirmation_and_a_validation_with_nothing_open(self):
        self._check_documents()

    def test_a_confirmation_and_a_validation_with_200_items_open(self):
        self._book_items(200)
        self._check_documents()

    def test_lines_ask_nothing_each(self):
        """What an order of several lines asks for more than one of one line, core asks as well."""
        _warm_up, few, many = (self._count_of_lines(number) for number in (2, 2, 6))
        with ExitStack() as stack:
            self._take_guards_away(stack)
            stack.enter_context(patch.object(
                type(self.env['sale.order']), '_get_rest_to_invoice', lambda order: 0.0))
            bare = [self._count_of_lines(number) for number in (2, 6)]
        self.assertEqual(many - few, bare[1] - bare[0])

    def _count_of_lines(self, number):
        """Return the queries of delivering an order of so many lines of different goods."""
        goods = self.env['product.product'].union(*(self.goods.copy() for _ in range(number)))
        for product in goods:
            self.env['stock.quant']._update_available_quantity(
                product, self.warehouse.lot_stock_id, 10)
        order = self._order(order_line=[Command.create({
            'product_id': product.id, 'product_uom_qty': 1, 'price_unit': 1.0,
            'tax_ids': [Command.clear()]}) for product in goods], confirm=True)
        return self._count(order.picking_ids.button_validate)

    def test_goods_without_an_order(self):
        self._check_work("immediate", self._make_transfer, lambda picking: picking.button_validate)

    def _check_documents(self):
        """Compare with the same documents when the guards are away."""
        self._check_work("confirm", self._order, lambda order: order.action_confirm)
        self._check_work("validate", lambda: self._order(confirm=True).picking_ids,
                         lambda picking: picking.button_validate)

    def _check_work(self, label, make, get_work):
        for _time in range(WARM_UP):
            self._count(get_work(make()))
        guarded = self._count(get_work(make()))
        with ExitStack() as stack:
            self._take_guards_away(stack)
            bare = self._count(get_work(make()))
        with self.subTest(work=label):
            self.assertGreater(guarded, bare, "the guards were not there")
            self.assertLessEqual(guarded - bare, BUDGET)

    def _take_guards_away(self, stack):
        """Let nothing be asked, neither for decisions nor for the list of debtors."""
        for name, result in (('_enforce', None), ('_judge', [])):
            stack.enter_context(patch.object(
                DunningHoldCheck, name, lambda *args, result=result, **kwargs: result))
        stack.enter_context(patch.object(
            type(self.env['sale.order']), '_get_hold_refusal', lambda order: False))

    def _book_items(self, count):
        """Book open items of the customer, half of them overdue, none for long."""
        lines = [Command.create({
            'name': "Item", 'partner_id': self.customer.id, 'debit': 10.0,
            'account_id': self.company_data['default_account_receivable'].id,
            'date_maturity': fields.Date.add(self.today, days=20 - number % 40)})
            for number in range(count)]
        lines.append(Command.create({
            'name': "Goods", 'credit': 10.0 * count,
            'account_id': self.company_data['default_account_revenue'].id}))
        self.env['account.move'].create({
            'move_type': 'entry', 'company_id': self.company.id, 'line_ids': lines}).action_post()

    def _make_transfer(self):
        location = self.customer.property_stock_customer
        return self.env['stock.picking'].create({
            'partner_id': self.customer.id, 'picking_type_id': self.warehouse.out_type_id.id,
            'location_id': self.warehouse.lot_stock_id.id, 'location_dest_id': location.id,
            'move_ids': [Command.create({
                'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1, 'picked': True,
                'location_id': self.warehouse.lot_stock_id.id,
                'location_dest_id': location.id})]})

    # Lists --------------------------------------------------------------------------------------

    def test_a_list_of_quotations(self):
        orders = self._make_quotations(40)
        self.env['sale.order'].browse(orders.ids[:5]).mapped('dunning_hold_state')
        few, many = (
            self._count(lambda number=number: orders.browse(orders.ids[:number]).mapped(
                'dunning_hold_message')) for number in (5, 40))
        self.assertEqual(few, many)
        self.env.invalidate_all()
        self.assertIn('block', orders.mapped('dunning_hold_state'))

    def test_a_list_of_deliveries(self):
        self.policy.hold_rule_ids.order_effect = 'none'
        orders = self._make_quotations(40)
        orders.action_confirm()
        pickings = orders.picking_ids
        self.assertEqual(len(pickings), 40)
        pickings.browse(pickings.ids[:5]).mapped('dunning_hold_state')
        few, many = (
            self._count(lambda number=number: pickings.browse(pickings.ids[:number]).mapped(
                'dunning_hold_message')) for number in (5, 40))
        self.assertEqual(few, many)
        self.env.invalidate_all()
        self.assertIn('block', pickings.mapped('dunning_hold_state'))

    def test_searching_held_documents_computes_nobody(self):
        orders = self._make_quotations(5)
        counts = []
        for number in (0, 35):
            orders |= self._make_quotations(number)
            self._refresh_debtors()
            for model in ('sale.order', 'stock.picking'):
                self.env[model].search([('dunning_hold_state', '=', 'block')])
            computed = []
            with patch.object(
                    type(self.env['dunning.hold.check']), '_get_facts',
                    lambda *args, computed=computed: computed.append(args)):
                counts.append([
                    self._count(lambda model=model, state=state: self.env[model].search(
                        [('dunning_hold_state', '=', state)]))
                    for model in ('sale.order', 'stock.picking')
                    for state in ('clear', 'warn', 'block')])
            self.assertFalse(computed)
        self.assertEqual(*counts)
        self.assertTrue(orders & self.env['sale.order'].search(
            [('dunning_hold_state', '=', 'block')]))

    def _make_quotations(self, count):
        """Make quotations, each of a customer of its own; every other customer is held."""
        partners = self.env['res.partner'].create([
            {'name': f"Customer {number}"} for number in range(count)])
        for partner in partners[::2]:
            self._overdue(100, partner=partner)
        return self.env['sale.order'].union(
            *(self._order(partner=partner) for partner in partners))

    def _count(self, work):
        """Return the queries of a request that does this, without those before its commit."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
