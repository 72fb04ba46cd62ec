from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldFigures(HoldCommon):
    """Exposure is exact: each amount once, in the right company and currency."""

    def _facts(self, partner=None, company=None):
        company = company or self.company
        customer = partner or self.customer
        return self.env['dunning.hold.check']._get_facts(
            company, customer.ids)[customer.id][1]

    def test_a_foreign_invoice_is_converted_once(self):
        """A peer counts a 2,000 USD invoice as 500: converted twice at 2 USD per unit."""
        foreign = self.setup_other_currency('EUR', rates=[('2000-01-01', 2.0)])
        invoice = self._invoice(self.today, 2000, currency_id=foreign.id)
        self.assertEqual(self._terms(invoice).amount_residual, 1000)
        self.assertEqual(self._facts().receivables, 1000)
        pricelist = self.env['product.pricelist'].create(
            {'name': "EUR", 'currency_id': foreign.id, 'company_id': self.company.id})
        order = self._order(4, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, foreign)
        self.assertAlmostEqual(order._get_hold_candidate().amount, 200)
        order.action_confirm()
        self.assertAlmostEqual(self._facts().to_invoice, 200)
        self._rule('over_limit')
        self.customer.credit_limit = 1300
        self._order(2, pricelist_id=pricelist.id, confirm=True)      # 1000 + 200 + 100
        with self.assertRefused(r"exceeded by .*50\.00"):
            self._order(1, pricelist_id=pricelist.id, confirm=True)

    def test_figures_are_those_of_the_documents_company(self):
        """Core warns with the figures of whatever company the user stands in."""
        other = self._create_company(name="Second")
        self._rule('over_limit')
        self.customer.with_company(self.company).credit_limit = 500
        self.customer.with_company(other).credit_limit = 1
        self._invoice(self.today, 300)
        self.env.user.company_ids |= other
        order = self._order(3)
        from_there = order.with_company(other).with_context(
            allowed_company_ids=[other.id, self.company.id])
        self.assertEqual(from_there.dunning_hold_state, 'block')
        self.assertIn("100.00", from_there.dunning_hold_message)
        self.assertEqual(self._facts(company=other).receivables, 0)
        self.assertEqual(self._facts(company=other).credit_limit, 1)

    def test_a_branch_counts_with_its_root(self):
        branch = self.env['res.company'].create(
            {'name': "Branch", 'parent_id': self.company.id})
        self.env.user.company_ids |= branch
        self.env.invalidate_all()
        self._rule('over_limit')
        self.customer.credit_limit = 1000
        self._invoice(self.today, 900)
        facts = self._facts(company=branch)
        self.assertEqual((facts.receivables, facts.credit_limit), (900, 1000))
        self.customer.with_company(branch).credit_limit = 100
        self.assertEqual(self._facts(company=branch).credit_limit, 100)
        self.assertEqual(self._facts().credit_limit, 1000)

    def test_several_customers_are_read_at_once(self):
        self._invoice(self.today, 100)
        self._invoice(self.today, 200, self.other)
        check = self.env['dunning.hold.check']
        check._get_facts(self.company, self.customer.ids)
        self.env.flush_all()
        with self.assertQueryCount(1):
            found = check._get_facts(self.company, (self.customer | self.other).ids)
        self.assertEqual(
            {partner: facts.receivables for partner, (_terms, facts) in found.items()},
            {self.customer.id: 100, self.other.id: 200})

    def test_partly_invoiced_orders_and_down_payments(self):
        order = self._order(10, confirm=True)
        down = self.env['sale.advance.payment.inv'].with_context(
            active_model='sale.order', active_ids=order.ids).create(
                {'advance_payment_method': 'fixed', 'fixed_amount': 300})._create_invoices(order)
        down.invoice_line_ids.tax_ids = False
        down.action_post()
        facts = self._facts()
        self.assertEqual((facts.receivables, facts.to_invoice), (300, 700))
        self._pay(down, on=self.today)
        self.assertEqual(self._facts().get_exposure(), 700)
        final = order._create_invoices(final=True)
        final.invoice_line_ids.tax_ids = False
        final.action_post()
        facts = self._facts()
        self.assertEqual((facts.receivables, facts.to_invoice), (700, 0))

    def test_goods_given_up_are_no_exposure(self):
        self.goods.invoice_policy = 'delivery'
        order = self._order(10, confirm=True)
        self.assertEqual(self._facts().to_invoice, 1000)
        order.picking_ids.move_ids.write({'quantity': 6, 'picked': True})
        order.picking_ids.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=order.picking_ids.ids,
        ).button_validate()
        self.assertEqual(order.order_line.qty_delivered, 6)
        self.assertEqual(self._facts().to_invoice, 600)

    def test_drafts_count_where_the_policy_says_so(self):
        self._rule('over_limit')
        self.customer.credit_limit = 500
        self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.customer.id,
            'company_id': self.company.id, 'invoice_line_ids': [Command.create(
                {'name': "Service", 'price_unit': 450, 'tax_ids': [Command.clear()]})]})
        order = self._order(confirm=True)
        order._create_invoices()       # a draft from an order counts with the order alone
        self.policy.hold_count_drafts = True
        self.assertEqual(self._facts().drafts, 450)
        with self.assertRefused("limit"):
            self._order(confirm=True)

    def test_discounts_and_taxes_are_part_of_what_is_owed(self):
        tax = self.env['account.tax'].create({
            'name': "10 %", 'amount': 10, 'type_tax_use': 'sale',
            'company_id': self.company.id})
        order = self._order(10)
        order.order_line.write({'discount': 50, 'tax_ids': [Command.set(tax.ids)]})
        order.action_confirm()
        self.assertAlmostEqual(self._facts().to_invoice, 550)

    def test_a_paid_state_is_no_debt(self):
        """With an accounting add-on an invoice can be in payment while its residual stays."""
        invoice = self._overdue(100)
        self.env.cr.execute(
            "UPDATE account_move SET payment_state = 'in_payment' WHERE id = %s", [invoice.id])
        invoice.invalidate_recordset()
        self.assertEqual(self._facts().get_exposure(), 0)

    def test_excluded_items_are_exposure_but_not_overdue(self):
        invoice = self._overdue(100)
        self._terms(invoice).no_followup = True
        facts = self._facts()
        self.assertEqual((facts.receivables, facts.overdue_amount), (100, 0))


@tagged('post_install', '-at_install')
class TestHoldScreens(HoldCommon):
    """What documents show, and that core's banner does not say it again."""

    def test_core_does_not_say_it_twice(self):
        self.company.account_use_credit_limit = True
        self.customer.credit_limit = 50
        form = etree.fromstring(self.env['sale.order'].get_view(
            self.env.ref('sale.view_order_form').id)['arch'])
        banner = form.xpath("//field[@name='partner_credit_warning']/..")[0].get('invisible')
        self.assertIn("dunning_watches_limit", banner)
        order = self._order(5)
        invoice = self._draft(500)
        self.assertTrue(order.partner_credit_warning)
        self.assertFalse(order.dunning_watches_limit)
        self.assertIn('account_partner_credit_warning', invoice._get_alerts())
        self._rule('over_limit')
        order, invoice = self._order(5), self._draft(500)
        self.assertTrue(order.dunning_watches_limit)
        self.assertIn("limit", order.dunning_hold_message)
        alerts = invoice._get_alerts()
        self.assertNotIn('account_partner_credit_warning', alerts)
        self.assertIn("limit", alerts['dunning_hold']['message'])

    def _draft(self, amount):
        return self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.customer.id,
            'company_id': self.company.id, 'invoice_line_ids': [Command.create(
                {'name': "Service", 'price_unit': amount, 'tax_ids': [Command.clear()]})]})

    def test_a_transfer_without_destination_can_be_typed(self):
        picking = self.env['stock.picking'].new({})
        self.assertEqual(picking.dunning_hold_state, 'clear')
        self.assertFalse(self.env['stock.move'].new({})._is_goods_issue())

    def test_a_draft_invoice_shows_the_hold_and_posts(self):
        self._rule()
        self._overdue(300)
        order = self._order()
        self.policy.hold_rule_ids.order_effect = 'none'
        order.action_confirm()
        self.policy.hold_rule_ids.order_effect = 'block'
        invoice = order._create_invoices()
        alert = invoice._get_alerts()['dunning_hold']
        self.assertEqual(alert['level'], 'danger')
        self.assertIn("300", alert['message'])
        invoice.action_post()
        self.assertEqual(invoice.state, 'posted')

    def test_only_dunning_staff_gets_the_way_to_the_debtor(self):
        self._rule()
        self._overdue(300)
        self._refresh_debtors()
        invoice = self._draft(500)
        biller = self._make_user('biller', 'account.group_account_invoice')
        alert = invoice.with_user(biller)._get_alerts()['dunning_hold']
        self.assertIn("300", alert['message'])
        self.assertNotIn('action', alert)
        alert = invoice.with_user(self.clerk)._get_alerts()['dunning_hold']
        self.assertEqual(alert['action']['res_model'], 'dunning.debtor')
        self.assertEqual(alert['action']['res_id'], self.customer.dunning_debtor_id.id)

    def test_search_finds_by_the_debtors_row(self):
        self._rule(order='warn')
        self._overdue(300)
        held, free = self._order(), self._order(partner=self.other)
        confirmed = self._order(confirm=True)
        self._refresh_debtors()
        orders = self.env['sale.order']
        self.assertEqual(orders.search([
            ('dunning_hold_state', '=', 'warn'), ('company_id', '=', self.company.id)]), held)
        self.assertEqual(orders.search([
            ('dunning_hold_state', 'in', ['block']), ('company_id', '=', self.company.id)]),
            confirmed)
        clear = orders.search([('dunning_hold_state', '=', 'clear')])
        self.assertIn(free, clear)
        self.assertNotIn(held, clear)
        self.assertEqual(self.env['stock.picking'].search([
            ('dunning_hold_state', '=', 'block'), ('company_id', '=', self.company.id)]),
            confirmed.picking_ids)

    def test_a_list_is_no_batch(self):
        """Two quotations that each fit the limit show no hold, though both together do not."""
        self._rule('over_limit')
        self.customer.credit_limit = 1000
        orders = self._order(6) | self._order(6)
        self.assertEqual(orders.mapped('dunning_hold_state'), ['clear', 'clear'])

    def test_the_customer_shows_it(self):
        self._rule()
        self._overdue(300)
        contact = self.env['res.partner'].create(
            {'name': "Purchaser", 'parent_id': self.customer.id})
        self.assertEqual(contact.dunning_hold_state, 'block')
        self.assertEqual(self.other.dunning_hold_state, 'clear')
        self.assertFalse(self.env['res.partner'].new({'name': "New"}).dunning_hold_message)

    def test_the_debtor_speaks_the_language_of_the_reader(self):
        self.env['res.lang']._activate_lang('de_DE')
        level = self.policy.level_ids[2]
        level.with_context(lang='de_DE').name = "Erste Mahnung"
        self._rule('level', level_position=1)
        self._terms(self._overdue()).sudo().dunning_level_id = level
        self._refresh_debtors()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertIn("First", debtor.hold_reason)
        self.assertIn("Erste Mahnung", debtor.with_context(lang='de_DE').hold_reason)

    def test_nightly_refresh_sees_that_time_has_passed(self):
        self._rule(days=30)
        self._overdue(300, days=30)
        self._refresh_debtors()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(debtor.hold_state, 'clear')
        with freeze_time(fields.Date.add(self.today, days=1)):
            self._refresh_debtors()
            self.assertEqual(debtor.hold_state, 'block')
