from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldDoors(HoldCommon):
    """Ways in which people tried to get goods past a block without a release."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.immediate = cls.env.ref('account.account_payment_term_immediate')
        cls.rule = cls._rule(order='none')
        cls._overdue(300)

    def _assert_kept(self, change):
        """Expect a refusal of a change over RPC, and that nothing was changed."""
        with self.assertRefused("on hold", Exception), self.cr.savepoint():
            change()
            self.env.flush_all()
        self.env.invalidate_all()

    def _refuse_delivery(self, picking, user=None):
        with self.assertRefused("on hold"), self.cr.savepoint():
            self._deliver(picking, user or self.picker)
        self.env.invalidate_all()

    # (1) ----------------------------------------------------------------------------------------

    def test_terms_written_after_confirmation(self):
        """A term is no payment, and one that is loosened afterwards is judged as it was."""
        order = self._order(5, confirm=True, user_id=self.seller.id)
        order.with_user(self.seller).write({'payment_term_id': self.immediate.id})
        self._refuse_delivery(order.picking_ids)
        self.rule.unlink()
        self._rule('over_limit', order='none')
        self.customer.credit_limit = 100
        self._refuse_delivery(order.picking_ids)
        self.releaser.group_ids |= self.env.ref('sales_team.group_sale_salesman_all_leads')
        order.with_user(self.releaser).write({'payment_term_id': self.credit_term.id})
        order.with_user(self.releaser).write({'payment_term_id': self.immediate.id})
        self._deliver(order.picking_ids, self.picker)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_what_says_how_it_was_confirmed_is_not_written(self):
        order = self._order(5, confirm=True, user_id=self.seller.id)
        with self.assertRaises(AccessError):
            order.with_user(self.seller).write({'dunning_is_cash': True})

    def test_without_credit_from_the_beginning(self):
        self.rule.unlink()
        self._rule('over_limit', order='none')
        self.customer.credit_limit = 100
        order = self._order(5, payment_term_id=self.immediate.id, confirm=True)
        self._deliver(order.picking_ids)
        self.assertEqual(order.picking_ids.state, 'done')

    # (2) ----------------------------------------------------------------------------------------

    def test_another_payer_while_goods_are_to_come(self):
        order = self._order(5, confirm=True, user_id=self.seller.id)
        for values in ({'partner_invoice_id': self.other.id}, {'partner_id': self.other.id}):
            with self.subTest(values=values):
                self._assert_kept(lambda values=values: order.with_user(self.seller).write(values))
        self.assertEqual(order.partner_invoice_id, self.customer)

    def test_another_payer_after_everything_was_delivered(self):
        self.rule.delivery_effect = 'none'
        order = self._order(5, confirm=True, user_id=self.seller.id)
        self._deliver(order.picking_ids)
        self.rule.delivery_effect = 'block'
        order.with_user(self.seller).write({'partner_invoice_id': self.other.id})
        self.assertEqual(order.partner_invoice_id, self.other)

    def test_a_line_moved_to_somebody_elses_order(self):
        order = self._order(5, confirm=True, user_id=self.seller.id)
        good = self._order(1, partner=self.other, confirm=True, user_id=self.seller.id)
        self._assert_kept(lambda: order.order_line.with_user(self.seller).write(
            {'order_id': good.id}))
        self._assert_kept(lambda: order.picking_ids.move_ids.with_user(self.stock_manager).write(
            {'sale_line_id': good.order_line.id}))

    def test_an_order_growing_by_a_line_moved_in(self):
        order = self._order(1, confirm=True, user_id=self.seller.id)
        draft = self._order(5, user_id=self.seller.id)
        self.rule.order_effect = 'block'
        self._assert_kept(lambda: draft.order_line.with_user(self.seller).write(
            {'order_id': order.id}))

    # (3) ----------------------------------------------------------------------------------------

    def test_totals_written_by_hand(self):
        self.rule.unlink()
        self._rule('over_limit')
        self.customer.credit_limit = 1000
        order = self._order(20, user_id=self.seller.id).with_user(self.seller)
        order.order_line.write({'price_total': 1.0, 'price_subtotal': 1.0, 'price_tax': 0.0})
        order.write({'amount_total': 1.0, 'amount_untaxed': 1.0, 'currency_rate': 1000.0})
        with self.assertRefused("limit"), self.cr.savepoint():
            order.action_confirm()
        self.env['sale.order'].browse(order.ids).order_line.product_uom_qty = 5
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        with self.assertRefused("limit"), self.cr.savepoint():
            order.order_line.write({'product_uom_qty': 20, 'price_total': 1.0})

    # (5) ----------------------------------------------------------------------------------------

    def test_the_customer_becomes_part_of_another(self):
        order = self._order(5, confirm=True, user_id=self.seller.id)
        creator = self._make_user('creator', 'base.group_partner_manager')
        self._assert_kept(lambda: self.customer.with_user(creator).write(
            {'parent_id': self.other.id, 'is_company': False}))
        self._refuse_delivery(order.picking_ids)

    def test_a_contact_of_a_held_customer_moves_to_another(self):
        contact = self.env['res.partner'].create(
            {'name': "Buyer", 'parent_id': self.customer.id, 'type': 'invoice'})
        order = self._order(5, partner_invoice_id=contact.id, confirm=True)
        creator = self._make_user('creator', 'base.group_partner_manager')
        self._assert_kept(lambda: contact.with_user(creator).write({'parent_id': self.other.id}))
        self._refuse_delivery(order.picking_ids)

    def test_old_debt_stays_with_its_debtor(self):
        """Who owes and becomes part of a good customer later still owes.

        With another parent core takes the ledger along; with this it does not.
        """
        debtor = self.env['res.partner'].create({
            'name': "Old Debtor", 'type': 'other', 'is_company': True,
            'parent_id': self.other.id})
        self._overdue(300, partner=debtor)
        self.assertEqual(debtor.commercial_partner_id, debtor)
        debtor.write({'is_company': False})
        self.assertEqual(debtor.commercial_partner_id, self.other)
        self.rule.order_effect = 'block'
        with self.assertRefused("on hold"):
            self._order(partner=debtor, confirm=True)
        self.assertEqual(self._order(partner=self.other, confirm=True).state, 'sale')

    # (6) ----------------------------------------------------------------------------------------

    def test_goods_called_a_down_payment(self):
        self.rule.order_effect = 'none'
        order = self._order(1, confirm=True, user_id=self.seller.id)
        self.rule.order_effect = 'block'
        self._assert_kept(lambda: self.env['sale.order.line'].with_user(self.seller).create({
            'order_id': order.id, 'product_id': self.goods.id, 'product_uom_qty': 5,
            'price_unit': 100.0, 'is_downpayment': True, 'tax_ids': [Command.clear()]}))
        self._assert_kept(lambda: order.order_line.with_user(self.seller).write(
            {'is_downpayment': True, 'product_uom_qty': 50}))

    def test_a_currency_that_makes_it_dearer(self):
        strong = self.setup_other_currency('EUR', rates=[('2000-01-01', 0.1)])
        order = self._order(1, confirm=True, user_id=self.seller.id)
        self.rule.order_effect = 'block'
        self._assert_kept(lambda: order.with_user(self.seller).write({'currency_id': strong.id}))

    # (7) ----------------------------------------------------------------------------------------

    def _make_transfer(self, **values):
        location = self.customer.property_stock_customer
        return self.env['stock.picking'].with_user(self.picker).create({
            'picking_type_id': self.warehouse.out_type_id.id,
            'location_id': self.warehouse.lot_stock_id.id, 'location_dest_id': location.id,
            'move_ids': [Command.create({
                'product_id': self.goods.id, 'product_uom_qty': 1, 'quantity': 1, 'picked': True,
                'location_id': self.warehouse.lot_stock_id.id,
                'location_dest_id': location.id})], **values})

    def test_goods_for_nobody(self):
        picking = self._make_transfer()
        with self.assertRefused("nobody"), self.cr.savepoint():
            picking.button_validate()
        self.env.invalidate_all()
        self._refresh_debtors()
        with self.assertRefused("nobody"), self.cr.savepoint():
            picking.button_validate()
        self.env.invalidate_all()
        self.rule.delivery_effect = 'warn'
        self._refresh_debtors()
        picking.button_validate()
        self.assertEqual(picking.state, 'done')

    def test_goods_relabelled_after_they_left(self):
        picking = self._make_transfer(partner_id=self.other.id)
        picking.button_validate()
        order = self._order(5, confirm=True)
        self._assert_kept(lambda: picking.write({'partner_id': self.customer.id}))
        self._assert_kept(lambda: picking.move_ids.write({'sale_line_id': order.order_line.id}))

    # (9) ----------------------------------------------------------------------------------------

    def test_confirmed_in_another_company(self):
        other = self.env['res.company'].create({'name': "Company B"})
        self.seller.company_ids |= other
        user = self.seller.with_context(allowed_company_ids=(self.company | other).ids)
        service = self.env['product.product'].create(
            {'name': "Service", 'type': 'service', 'taxes_id': False})
        order = self.env['sale.order'].create({
            'partner_id': self.customer.id, 'company_id': other.id, 'user_id': self.seller.id,
            'order_line': [Command.create({
                'product_id': service.id, 'product_uom_qty': 5, 'price_unit': 100.0,
                'tax_ids': [Command.clear()]})]})
        order.action_confirm()
        self.rule.order_effect = 'block'
        self._assert_kept(lambda: order.with_user(user).write({
            'company_id': self.company.id, 'warehouse_id': self.warehouse.id,
            'team_id': False}))

    def test_a_transfer_tied_to_somebody_elses_order(self):
        """`stock.reference` may be written by every employee; it says nothing about who pays."""
        good = self._order(1, partner=self.other, confirm=True, user_id=self.seller.id)
        picking = self._make_transfer(partner_id=self.customer.id)
        picking.move_ids.write({'reference_ids': [Command.set(good.stock_reference_ids.ids)]})
        self._refuse_delivery(picking)
        self._assert_kept(lambda: picking.write({'sale_id': good.id}))

    def test_delivered_written_as_not_delivered(self):
        """What left by moves did leave: it makes no room under the limit."""
        self.rule.unlink()
        self._rule('over_limit')
        self.customer.credit_limit = 300 + 1000
        order = self._order(10, confirm=True, user_id=self.seller.id)
        self._deliver(order.picking_ids)
        order.order_line.with_user(self.seller).write({'qty_delivered': 0})
        self.env.cr.execute(
            "UPDATE sale_order_line SET product_uom_qty = 0 WHERE id = %s", order.order_line.ids)
        self.env.invalidate_all()
        self.env.add_to_compute(order._fields['dunning_to_invoice'], order)
        self.assertEqual(order.dunning_to_invoice, 1000)
        with self.assertRefused("limit"):
            self._order(1, confirm=True)

    def test_what_follows_from_goods_is_known_across_savepoints(self):
        check = self.env['dunning.hold.check']
        with check._system_changes_orders(), check._system_changes_orders():
            self.env['dunning.debtor.change']._enqueue_later({
                (self.company.id, self.customer.id)})
            with self.env.cr.savepoint():    # runs the hooks of the commit
                self.assertTrue(check._does_system_change_orders())
            self.assertTrue(check._does_system_change_orders())
        self.assertFalse(check._does_system_change_orders())
