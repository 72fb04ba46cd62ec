"""Kits and repairs with Odoo's own modules: `make test` installs them in a database apart."""
from unittest import SkipTest

from odoo.fields import Command
from odoo.tests import tagged

from .hold_common import HoldCommon


class WorkshopCommon(HoldCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if 'mrp.bom' not in cls.env or 'repair.order' not in cls.env:
            raise SkipTest("needs the modules sale_mrp and repair")
        cls.device, cls.kit, cls.part, cls.other_part = cls.env['product.product'].create([{
            'name': name, 'type': 'consu', 'is_storable': name != "Kit", 'list_price': price,
            'taxes_id': [Command.clear()], 'invoice_policy': 'order',
        } for name, price in (
            ("Device", 1000.0), ("Kit", 1000.0), ("Part", 30.0), ("Other Part", 20.0))])
        for product in (cls.device, cls.part, cls.other_part):
            cls.env['stock.quant']._update_available_quantity(
                product, cls.warehouse.lot_stock_id, 100)


@tagged('-standard', 'dunning_workshop', 'post_install', '-at_install')
class TestKits(WorkshopCommon):
    """A kit of manufacturing leaves as its parts: they are asked for as what was sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['mrp.bom'].create({
            'product_tmpl_id': cls.kit.product_tmpl_id.id, 'type': 'phantom', 'product_qty': 1,
            'bom_line_ids': [
                Command.create({'product_id': cls.part.id, 'product_qty': 2}),
                Command.create({'product_id': cls.other_part.id, 'product_qty': 3})]})

    def _order_kits(self, quantity, price=100.0):
        order = self._order(quantity, price=price)
        order.order_line.write({'product_id': self.kit.id, 'price_unit': price})
        order.order_line.tax_ids = [Command.clear()]
        order.action_confirm()
        return order

    def test_parts_are_worth_what_the_kit_costs(self):
        self._rule('over_limit')
        self.customer.credit_limit = 200
        order = self._order_kits(2)
        picking = order.picking_ids
        self.assertEqual(picking.move_ids.product_id, self.part | self.other_part)
        candidate = picking._get_hold_candidate()
        self.assertAlmostEqual(candidate.value, 200)
        self.assertAlmostEqual(candidate.amount, 0)       # the order covers them
        self._deliver(picking)
        self.assertEqual((picking.state, order.order_line.qty_delivered), ('done', 2))

    def test_more_kits_than_ordered_are_asked_for(self):
        self._rule('over_limit')
        self.customer.credit_limit = 250
        picking = self._order_kits(2).picking_ids
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty * 2
        with self.assertRefused("limit"):
            self._deliver(picking)

    def test_a_held_customer_gets_no_kits(self):
        order = self._order_kits(1)
        self._overdue(300)
        self._rule(order='none')
        with self.assertRefused("on hold"):
            self._deliver(order.picking_ids)

    def test_a_kit_without_an_order(self):
        """Its parts by their own prices."""
        self._rule('over_limit')
        self.customer.credit_limit = 100
        picking = self.env['stock.picking'].create({
            'partner_id': self.customer.id, 'picking_type_id': self.warehouse.out_type_id.id,
            'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id,
            'move_ids': [Command.create({
                'product_id': self.kit.id, 'product_uom_qty': 1,
                'location_id': self.warehouse.lot_stock_id.id,
                'location_dest_id': self.env.ref('stock.stock_location_customers').id})]})
        picking.action_confirm()
        self.assertEqual(len(picking.move_ids), 2)
        picking.action_assign()
        self.assertAlmostEqual(picking._get_hold_candidate().value, 2 * 30 + 3 * 20)
        with self.assertRefused("limit"):
            self._deliver(picking)


@tagged('-standard', 'dunning_workshop', 'post_install', '-at_install')
class TestRepairs(WorkshopCommon):
    """Parts of a repair leave for good when it ends: that is the checkpoint, as with a delivery."""

    def _repair(self, quantity=2, **values):
        repair = self.env['repair.order'].create({
            'partner_id': self.customer.id, 'product_id': self.device.id,
            'company_id': self.company.id, 'picking_type_id': self.warehouse.repair_type_id.id,
            'move_ids': [Command.create({
                'product_id': self.part.id, 'product_uom_qty': quantity,
                'repair_line_type': 'add', 'company_id': self.company.id})], **values})
        repair._action_repair_confirm()
        repair.action_repair_start()
        repair.move_ids.write({'quantity': quantity, 'picked': True})
        return repair

    def test_repair_of_a_good_customer_ends(self):
        self._rule()
        repair = self._repair()
        repair.action_repair_end()
        self.assertEqual((repair.state, repair.move_ids.state), ('done', 'done'))

    def test_parts_of_a_held_customer_are_stopped(self):
        repair = self._repair()
        self._overdue(300)
        self._rule()
        with self.assertRefused("on hold"):
            repair.action_repair_end()
        self._release(partner_id=self.customer.id, max_amount=100, reason="Pays tomorrow")
        repair.action_repair_end()
        self.assertEqual(repair.state, 'done')

    def test_parts_count_against_the_limit_once(self):
        self._rule('over_limit')
        for limit, with_order, is_refused in (
                (50, False, True), (60, False, False), (50, True, True), (60, True, False)):
            with self.subTest(limit=limit, with_order=with_order):
                self.customer.credit_limit = limit
                repair = self._repair(under_warranty=False)
                if with_order:
                    repair.action_create_sale_order()
                    order = repair.sale_order_id
                    order.payment_term_id = self.credit_term
                    order.order_line.tax_ids = [Command.clear()]
                    if is_refused:
                        with self.assertRefused("limit"):
                            order.action_confirm()
                    else:
                        order.action_confirm()
                        self.assertEqual(order.state, 'sale')
                if is_refused:
                    with self.assertRefused("limit"):
                        repair.action_repair_end()
                else:
                    repair.action_repair_end()
                    self.assertEqual(repair.state, 'done')
                repair.sale_order_id._action_cancel()

    def test_what_is_free_or_for_nobody_is_not_asked(self):
        repairs = self._repair(under_warranty=True) | self._repair(partner_id=False)
        self._overdue(300)
        self._rule()
        for repair in repairs:
            repair.action_repair_end()
        self.assertEqual(set(repairs.mapped('state')), {'done'})

    def test_parts_taken_out_are_not_asked(self):
        repair = self._repair(move_ids=[Command.create({
            'product_id': self.part.id, 'product_uom_qty': 2, 'repair_line_type': 'remove',
            'company_id': self.company.id})])
        self._overdue(300)
        self._rule()
        repair.action_repair_end()
        self.assertEqual(repair.state, 'done')

    def test_what_was_repaired_goes_back_as_the_customers_own(self):
        """No new debt, whatever the list price; who is held gets it by a release."""
        self._rule('over_limit')
        self.customer.credit_limit = 50
        customers = self.env.ref('stock.stock_location_customers')
        receipt = self.env['stock.picking'].create({
            'partner_id': self.customer.id, 'picking_type_id': self.warehouse.in_type_id.id,
            'location_id': customers.id, 'location_dest_id': self.warehouse.lot_stock_id.id,
            'move_ids': [Command.create({
                'product_id': self.device.id, 'product_uom_qty': 1, 'quantity': 1,
                'location_id': customers.id,
                'location_dest_id': self.warehouse.lot_stock_id.id})]})
        self._deliver(receipt)
        wizard = self.env['stock.return.picking'].with_context(
            active_id=receipt.id, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 1
        back = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
        self.assertAlmostEqual(back._get_hold_candidate().value, 0)
        back.action_assign()
        self._deliver(back)
        self.assertEqual(back.state, 'done')
