from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import DunningCommon


class HoldCommon(DunningCommon):
    """Orders and deliveries of goods on stock, a policy with hold rules, and who is concerned."""

    @classmethod
    def get_default_groups(cls):
        # EXTENDS account: the person who sets the stage also sells and delivers
        return super().get_default_groups() | cls.quick_ref(
            'sales_team.group_sale_manager') | cls.quick_ref('stock.group_stock_manager')

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._make_user('seller', 'sales_team.group_sale_salesman')
        cls.seller_all = cls._make_user('seller_all', 'sales_team.group_sale_salesman_all_leads')
        cls.sales_manager = cls._make_user('sales_manager', 'sales_team.group_sale_manager')
        cls.picker = cls._make_user('picker', 'stock.group_stock_user')
        cls.stock_manager = cls._make_user('stock_manager', 'stock.group_stock_manager')
        cls.releaser = cls._make_user(
            'releaser', 'smart_dunning.group_dunning_release')
        cls.credit_term = cls.env['account.payment.term'].create({
            'name': "30 days", 'company_id': cls.company.id,
            'line_ids': [Command.create({'value': 'percent', 'value_amount': 100, 'nb_days': 30})]})
        cls.warehouse = cls.env['stock.warehouse'].search(
            [('company_id', '=', cls.company.id)], limit=1)
        cls.goods = cls.env['product.product'].create({
            'name': "Goods", 'type': 'consu', 'is_storable': True, 'list_price': 100.0,
            'taxes_id': [Command.clear()], 'company_id': False, 'invoice_policy': 'order'})
        cls.env['stock.quant']._update_available_quantity(
            cls.goods, cls.warehouse.lot_stock_id, 1000)
        # The stories stand on the days of `day(n)`: holds count from the real day.
        cls.today = cls.company._get_dunning_today()

    @classmethod
    def _make_user(cls, login, *groups):
        return new_test_user(
            cls.env, login, groups=','.join(('base.group_user', *groups)),
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])

    @classmethod
    def _rule(cls, trigger='overdue', order='block', delivery='block', reservation='none',
              **values):
        """Add a hold rule to the policy."""
        return cls.env['dunning.hold.rule'].create({
            'policy_id': cls.policy.id, 'trigger': trigger, 'order_effect': order,
            'delivery_effect': delivery, 'reservation_effect': reservation, **values})

    @classmethod
    def _overdue(cls, amount=100.0, days=40, partner=None, **values):
        """Post an invoice that is overdue for so many days today."""
        return cls._invoice(
            fields.Date.subtract(cls.today, days=days), amount, partner, **values)

    @classmethod
    def _order(cls, quantity=1.0, partner=None, price=100.0, confirm=False, **values):
        """Make a quotation of goods on credit."""
        customer = partner or cls.customer
        order = cls.env['sale.order'].with_company(cls.company).create({
            'partner_id': customer.id, 'company_id': cls.company.id,
            'payment_term_id': cls.credit_term.id, 'warehouse_id': cls.warehouse.id,
            'order_line': [Command.create({
                'product_id': cls.goods.id, 'product_uom_qty': quantity, 'price_unit': price,
                'tax_ids': [Command.clear()]})],
            **values})
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _deliver(cls, picking, user=None):
        """Validate a delivery as somebody would with the button."""
        picking = picking.with_user(user) if user else picking
        picking.move_ids.picked = True
        return picking.with_context(skip_backorder=True).button_validate()

    @classmethod
    def _dispute(cls, invoice, days=9, **values):
        """Record that the customer disputes an invoice, for so many days."""
        return cls.env['dunning.dispute'].with_user(cls.clerk).create({
            'move_id': invoice.id, 'deadline': fields.Date.add(cls.today, days=days),
            'reason_id': cls.env.ref('smart_dunning.dunning_pause_reason_price').id, **values})

    @classmethod
    def _release(cls, user=None, days=7, **values):
        """Give a release as a person with the right to."""
        return cls.env['dunning.release'].with_user(user or cls.releaser).create({
            'company_id': cls.company.id, 'reason': "Spoke to the boss",
            'valid_until': fields.Date.add(cls.today, days=days), **values})

    def _refresh_debtors(self):
        """Let the debtor cron work off its queue."""
        self.env.cr.precommit.run()
        self._run_cron('smart_dunning.ir_cron_dunning_debtor')
