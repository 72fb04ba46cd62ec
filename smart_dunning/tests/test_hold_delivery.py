from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldDelivery(HoldCommon):
    """Goods do not leave for a held customer, by whatever path; everything else passes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Confirmed before the hold began: deliveries that were open are caught, too.
        cls.order = cls._order(5, confirm=True)
        cls.picking = cls.order.picking_ids
        cls._rule(order='warn', delivery='block')
        cls.invoice = cls._overdue()

    def _assert_refused(self, action):
        with self.assertRefused("on hold"):
            action()

    def test_validate_is_refused_with_reason(self):
        with self.assertRefused(f"{self.picking.name}.*Anna Adler[\\s\\S]*overdue"):
            self._deliver(self.picking, self.picker)
        self.assertNotEqual(self.picking.state, 'done')

    def test_paid_delivers(self):
        self._pay(self.invoice)
        self._deliver(self.picking, self.picker)
        self.assertEqual(self.picking.state, 'done')

    def test_backorder_is_refused(self):
        self.picking.move_ids.write({'quantity': 2, 'picked': True})
        # Before core asks anything, and where somebody answers a question all the same.
        self._assert_refused(self.picking.with_user(self.picker).button_validate)
        wizard = Form(self.env['stock.backorder.confirmation'].with_user(self.picker).with_context(
            default_pick_ids=[Command.link(self.picking.id)], default_show_transfers=False,
            button_validate_picking_ids=self.picking.ids)).save()
        self._assert_refused(wizard.process)

    def test_the_second_part_is_refused_when_the_hold_came_between(self):
        self._pay(self.invoice)
        self.picking.move_ids.write({'quantity': 2, 'picked': True})
        self._deliver(self.picking)
        self._overdue(50)
        self._assert_refused(lambda: self._deliver(self.picking.backorder_ids))

    def test_immediate_transfer_is_refused(self):
        picking = self.env['stock.picking'].create({
            'partner_id': self.customer.id, 'picking_type_id': self.warehouse.out_type_id.id,
            'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': self.customer.property_stock_customer.id,
            'move_ids': [Command.create({
                'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1,
                'location_id': self.warehouse.lot_stock_id.id,
                'location_dest_id': self.customer.property_stock_customer.id})]})
        self._assert_refused(lambda: self._deliver(picking, self.picker))

    def test_moves_alone_are_refused(self):
        moves = self.picking.move_ids
        moves.picked = True
        self._assert_refused(moves.with_user(self.picker)._action_done)
        self._assert_refused(lambda: moves.with_user(self.picker).write({'state': 'done'}))
        self._assert_refused(moves.with_user(self.picker).sudo()._action_done)

    def test_a_move_without_transfer_is_refused(self):
        move = self.env['stock.move'].with_user(self.picker).create({
            'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1, 'picked': True,
            'partner_id': self.customer.id, 'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': self.customer.property_stock_customer.id})
        self._assert_refused(move._action_done)

    def test_goods_are_not_rewritten_as_somebody_elses(self):
        picking = self.picking.with_user(self.picker)
        other = self._order(partner=self.other, confirm=True)
        self._assert_refused(lambda: picking.move_ids.write(
            {'sale_line_id': other.order_line.id}))
        self._assert_refused(lambda: picking.write({'sale_id': other.id}))
        self._assert_refused(lambda: picking.move_ids.write(
            {'picking_id': other.picking_ids.id, 'sale_line_id': False}))
        self._pay(self.invoice)
        picking.move_ids.sale_line_id = other.order_line

    def test_context_keys_open_nothing(self):
        for key in ('skip_sanity_check', 'skip_hold', 'dunning_release', 'bypass_risk',
                    'skip_dunning_hold', 'force_confirm', 'cancel_backorder'):
            with self.subTest(key=key):
                self._assert_refused(lambda key=key: self._deliver(
                    self.picking.with_context(**{key: True}), self.picker))

    def test_a_done_delivery_does_not_grow(self):
        self._pay(self.invoice)
        self.picking.move_ids.quantity = 3
        self._deliver(self.picking)
        self.assertEqual(self.picking.state, 'done')
        self._overdue(50)
        line = self.picking.move_line_ids.with_user(self.picker)
        self._assert_refused(lambda: line.write({'quantity': 4}))
        self._assert_refused(lambda: self.picking.move_ids.with_user(self.picker).write(
            {'quantity': 4}))
        values = {
            'product_id': self.goods.id, 'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': self.customer.property_stock_customer.id}
        lines = self.env['stock.move.line'].with_user(self.picker)
        self._assert_refused(lambda: lines.create(
            {**values, 'picking_id': self.picking.id, 'quantity': 1}))
        self._assert_refused(lambda: lines.create(
            {**values, 'move_id': self.picking.move_ids.id, 'quantity': 1}))
        self._assert_refused(lambda: self.env['stock.move'].with_user(self.picker).create(
            {**values, 'picking_id': self.picking.id, 'product_uom_qty': 1, 'quantity': 1,
             'state': 'done'}))
        line.quantity = 2
        self.assertEqual(line.quantity, 2)

    def test_sending_done_goods_elsewhere_is_refused(self):
        internal = self._transfer(self.warehouse.int_type_id, self.warehouse.lot_stock_id,
                                  self.warehouse.lot_stock_id.copy({'name': "Shelf"}))
        self._deliver(internal)
        self._assert_refused(lambda: internal.move_line_ids.with_user(self.picker).write(
            {'location_dest_id': self.customer.property_stock_customer.id}))

    def test_a_server_action_with_sudo_is_refused(self):
        action = self.env['ir.actions.server'].create({
            'name': "Push it out", 'model_id': self.env.ref('stock.model_stock_picking').id,
            'state': 'code', 'code': "for r in records.sudo():\n"
            "    r.move_ids.write({'picked': True})\n    r.button_validate()"})
        self._assert_refused(lambda: action.with_user(self.picker).with_context(
            active_model='stock.picking', active_ids=self.picking.ids,
            active_id=self.picking.id).sudo().run())

    def test_several_deliveries_name_each_that_is_held(self):
        other = self._order(partner=self.other, confirm=True).picking_ids
        both = self.picking | other
        both.move_ids.picked = True
        with self.assertRaises(UserError) as refused:
            both.with_context(skip_backorder=True).button_validate()
        self.assertIn(self.picking.name, str(refused.exception))
        self.assertNotIn(other.name, str(refused.exception))

    def test_multi_step_warns_first_and_blocks_at_the_door(self):
        self.warehouse.delivery_steps = 'pick_ship'
        order = self._order(2, confirm=True)
        pick = order.picking_ids
        self.assertEqual(pick.location_final_id if 'location_final_id' in pick else
                         pick.move_ids.location_final_id, self.customer.property_stock_customer)
        self.assertEqual(pick.with_user(self.picker).dunning_hold_state, 'warn')
        self._deliver(pick, self.picker)
        self.assertEqual(pick.state, 'done')
        ship = order.picking_ids - pick
        self.assertEqual(ship.dunning_hold_state, 'block')
        self._assert_refused(lambda: self._deliver(ship, self.picker))

    def test_dropship_asks_for_the_customer(self):
        vendor = self._make_customer("Vendor")
        supplier_location = self.env.ref('stock.stock_location_suppliers')
        move = self.env['stock.move'].create({
            'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1, 'picked': True,
            'partner_id': self.other.id, 'location_id': supplier_location.id,
            'location_dest_id': self.customer.property_stock_customer.id,
            'sale_line_id': self.order.order_line.id,
            'picking_id': self.env['stock.picking'].create({
                'partner_id': vendor.id, 'picking_type_id': self.warehouse.in_type_id.id,
                'location_id': supplier_location.id,
                'location_dest_id': self.customer.property_stock_customer.id}).id})
        self._assert_refused(move._action_done)

    def test_a_held_vendor_does_not_stop_a_dropship(self):
        self._overdue(partner=self.other)
        self._pay(self.invoice)
        move = self.env['stock.move'].create({
            'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1, 'picked': True,
            'partner_id': self.customer.id,
            'location_id': self.env.ref('stock.stock_location_suppliers').id,
            'location_dest_id': self.customer.property_stock_customer.id,
            'sale_line_id': self.order.order_line.id})
        move._action_done()
        self.assertEqual(move.state, 'done')

    def test_the_ship_to_does_not_count(self):
        order = self._order(partner=self.other, partner_shipping_id=self.customer.id, confirm=True)
        self._deliver(order.picking_ids, self.picker)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_returns_receipts_internal_moves_and_scrap_pass(self):
        self._pay(self.invoice)
        self._deliver(self.picking)
        self._overdue(50)
        wizard = self.env['stock.return.picking'].with_context(
            active_id=self.picking.id, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 2
        returned = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
        self._deliver(returned, self.picker)
        self.assertEqual(returned.state, 'done')
        for picking_type, source, target in (
                (self.warehouse.in_type_id, self.env.ref('stock.stock_location_suppliers'),
                 self.warehouse.lot_stock_id),
                (self.warehouse.int_type_id, self.warehouse.lot_stock_id,
                 self.warehouse.lot_stock_id.copy({'name': "Shelf"}))):
            picking = self._transfer(picking_type, source, target)
            self._deliver(picking, self.picker)
            self.assertEqual(picking.state, 'done')
        scrap = self.env['stock.scrap'].with_user(self.picker).create({
            'product_id': self.goods.id, 'scrap_qty': 1,
            'location_id': self.warehouse.lot_stock_id.id})
        scrap.action_validate()
        self.assertEqual(scrap.state, 'done')

    def _transfer(self, picking_type, source, target):
        return self.env['stock.picking'].create({
            'partner_id': self.customer.id, 'picking_type_id': picking_type.id,
            'location_id': source.id, 'location_dest_id': target.id,
            'move_ids': [Command.create({
                'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1,
                'location_id': source.id, 'location_dest_id': target.id})]})


@tagged('post_install', '-at_install')
class TestHoldReservation(HoldCommon):
    """Stock is left to others where the policy says so."""

    def test_a_held_order_takes_no_stock_and_gets_it_back(self):
        self._rule(order='none', delivery='block', reservation='block')
        invoice = self._overdue()
        held = self._order(3, confirm=True).picking_ids
        self.assertEqual(held.state, 'confirmed')
        self.assertFalse(held.move_ids.quantity)
        free = self._order(1000, partner=self.other, confirm=True).picking_ids
        self.assertEqual(free.state, 'assigned')
        free.do_unreserve()
        self.env['stock.move'].browse(held.move_ids.ids)._action_assign()
        self.assertFalse(held.move_ids.quantity)
        self._refresh_debtors()
        self.assertTrue(held.dunning_held_since)
        self._pay(invoice)
        self._refresh_debtors()
        self.assertFalse(held.dunning_held_since)
        self.assertEqual(held.move_ids.quantity, 3)

    def test_reserved_stock_goes_back_when_the_hold_begins(self):
        held = self._order(3, confirm=True).picking_ids
        self.assertEqual(held.move_ids.quantity, 3)
        self._rule(order='none', delivery='block', reservation='block')
        self._overdue()
        self._refresh_debtors()
        self.assertFalse(held.move_ids.quantity)

    def test_a_warning_reserves_and_says_so(self):
        self._rule(order='none', delivery='none', reservation='warn')
        self._overdue()
        picking = self._order(3, confirm=True).picking_ids
        self.assertEqual(picking.state, 'assigned')
        self.assertEqual(picking.dunning_hold_state, 'warn')
        self.assertIn("overdue", picking.dunning_hold_message)

    def test_a_release_for_the_reservation_leaves_nothing_to_say(self):
        """What lets the goods be reserved is not shown as standing against it."""
        self._rule(order='none', delivery='none', reservation='block')
        self._overdue()
        picking = self._order(3, confirm=True).picking_ids
        self.assertEqual(picking.dunning_hold_state, 'warn')
        self._release(picking_id=picking.id)
        picking.invalidate_recordset()
        self.assertEqual(picking.dunning_hold_state, 'clear')
        self.assertFalse(picking.dunning_hold_message)
        picking.action_assign()
        self.assertEqual(picking.move_ids.quantity, 3)

    def test_without_such_a_rule_stock_stays_reserved(self):
        self._rule(order='none')
        self._overdue()
        self.assertEqual(self._order(3, confirm=True).picking_ids.state, 'assigned')
