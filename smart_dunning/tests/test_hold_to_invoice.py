from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldToInvoice(HoldCommon):
    """What confirmed orders leave to invoice counts in the exposure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule('over_limit')
        cls.check = cls.env['dunning.hold.check']

    def _get_counted(self):
        """Return what orders of the customer count in the exposure."""
        _terms, facts = self.check._get_facts(
            self.company, self.customer.ids)[self.customer.id]
        return facts.to_invoice

    def _give_up(self, order, delivered):
        """Deliver a part and give up the rest."""
        order.picking_ids.move_ids.write({'quantity': delivered, 'picked': True})
        order.picking_ids.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=order.picking_ids.ids,
        ).button_validate()

    def _read_installed(self, order):
        """Return what an installation would store, by SQL, for this order."""
        self.env.flush_all()
        found = dict(self.env.execute_query(order._get_dunning_to_invoice_query()))
        return float(found.get(order.id) or 0.0)

    def test_from_quotation_to_invoice(self):
        order = self._order(10)
        self.assertEqual(order.dunning_to_invoice, 0)
        order.action_confirm()
        self.assertEqual(order.dunning_to_invoice, 1000)
        order.order_line.product_uom_qty = 12
        self.assertEqual(order.dunning_to_invoice, 1200)
        invoice = order._create_invoices()
        self.assertEqual(order.dunning_to_invoice, 1200, "a draft is no invoice yet")
        invoice.action_post()
        self.assertEqual(order.dunning_to_invoice, 0)
        invoice.button_draft()
        self.assertEqual(order.dunning_to_invoice, 1200)
        order._action_cancel()
        self.assertEqual(order.dunning_to_invoice, 0)

    def test_what_it_is_made_of(self):
        tax = self.env['account.tax'].create({
            'name': "7 %", 'amount': 7, 'type_tax_use': 'sale', 'company_id': self.company.id})
        foreign = self.setup_other_currency('EUR', rates=[('2000-01-01', 2.0)])
        pricelist = self.env['product.pricelist'].create(
            {'name': "EUR", 'currency_id': foreign.id, 'company_id': self.company.id})
        cases = (
            # quantity, price, other values of the line, of the order; at most, in company currency
            (3, 33.33, {}, {}, 99.99, 99.99),
            (3, 33.33, {'tax_ids': [Command.set(tax.ids)]}, {}, 106.99, 106.99),
            (7, 9.99, {'discount': 12.5}, {}, 61.19, 61.19),
            (4, 50.0, {}, {'pricelist_id': pricelist.id}, 200.0, 100.0),
            (0, 50.0, {}, {}, 0.0, 0.0),
        )
        for quantity, price, line, values, at_most, counted in cases:
            with self.subTest(quantity=quantity, price=price, line=line, values=values):
                order = self._order(quantity, price=price, **values)
                order.order_line.write({'price_unit': price, **line})
                order.action_confirm()
                self.assertAlmostEqual(order.dunning_to_invoice, at_most, 2)
                self.assertAlmostEqual(self._read_installed(order), at_most, 2)
                self.assertAlmostEqual(self._get_counted(), counted, 2)
                order._action_cancel()

    def test_down_payments_reduce_it(self):
        order = self._order(10, confirm=True)
        down = self.env['sale.advance.payment.inv'].with_context(
            active_model='sale.order', active_ids=order.ids).create(
                {'advance_payment_method': 'fixed', 'fixed_amount': 300})._create_invoices(order)
        down.invoice_line_ids.tax_ids = False
        down.action_post()
        self.assertEqual(order.dunning_to_invoice, 700)
        self.assertEqual(self._read_installed(order), 700)
        self.assertEqual(self._get_counted(), 700)

    def test_goods_given_up_stop_nobody(self):
        self.goods.invoice_policy = 'delivery'
        self.customer.credit_limit = 1000
        order = self._order(8, confirm=True)
        self._give_up(order, 1)
        self.assertEqual(self._read_installed(order), 100)
        self.assertEqual(self._get_counted(), 100)
        new = self._order(8)
        self.assertEqual(new.dunning_hold_state, 'clear')
        new.action_confirm()
        self.assertEqual(new.state, 'sale')
        with self.assertRefused("limit"):
            self._order(3).action_confirm()
        self.assertEqual(self._get_counted(), 900)

    def test_a_batch_near_the_limit(self):
        """What the first of them asks for counts once for the second, exact or not."""
        self.goods.invoice_policy = 'delivery'
        self.customer.credit_limit = 1000
        self._give_up(self._order(8, confirm=True), 1)
        orders = self._order(3) | self._order(3) | self._order(5)
        orders.action_confirm()
        self.assertEqual(orders.mapped('state'), ['sale', 'sale', 'draft'])
        (self._order(1) | self._order(1)).write({'state': 'sale'})
        self.assertEqual(self._get_counted(), 900)

    def test_rules_that_differ_by_checkpoint(self):
        """An order let pass by a wider rule is not counted twice where a narrow one follows."""
        self.policy.hold_rule_ids.unlink()
        self._rule('over_limit', delivery='none', amount=500)
        self._rule('over_limit', order='none', delivery='none', reservation='block')
        self.goods.invoice_policy = 'delivery'
        self.customer.credit_limit = 1000
        self._give_up(self._order(8, confirm=True), 1)
        order = self._order(6)
        order.action_confirm()
        self.assertEqual(order.picking_ids.state, 'assigned')
        beyond = self._order(4)
        beyond.action_confirm()
        self.assertEqual(beyond.picking_ids.state, 'confirmed')

    def test_nobody_takes_an_order_out_of_the_exposure(self):
        order = self._order(5, user_id=self.seller.id)
        order.action_confirm()
        for user in (self.seller, self.sales_manager):
            with self.assertRaises(AccessError):
                order.with_user(user).write({'dunning_to_invoice': 0})
            with self.assertRaises(AccessError):
                order.with_user(user).with_context(default_dunning_to_invoice=0).create({
                    'partner_id': self.customer.id, 'dunning_to_invoice': 0})
        self.assertEqual(order.dunning_to_invoice, 500)
