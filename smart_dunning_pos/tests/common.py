from uuid import uuid4

from odoo import fields
from odoo.fields import Command

from odoo.addons.smart_dunning.tests.hold_common import HoldCommon


class TillCommon(HoldCommon):
    """A shop where customers pay in cash or on account, and who stands at its till."""

    @classmethod
    def get_default_groups(cls):
        # EXTENDS smart_dunning
        return super().get_default_groups() | cls.quick_ref('point_of_sale.group_pos_manager')

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier = cls._make_user(
            'cashier', 'point_of_sale.group_pos_user', 'stock.group_stock_user')
        cls.cash = cls.env['pos.payment.method'].create({
            'name': "Cash", 'company_id': cls.company.id,
            'journal_id': cls.company_data['default_journal_cash'].id})
        cls.later = cls.env['pos.payment.method'].create({
            'name': "Customer Account", 'split_transactions': True, 'company_id': cls.company.id})
        cls.shop = cls.env['pos.config'].create({
            'name': "Shop", 'company_id': cls.company.id, 'module_pos_restaurant': False,
            'invoice_journal_id': cls.company_data['default_journal_sale'].id,
            'payment_method_ids': [Command.set((cls.cash | cls.later).ids)]})
        cls.goods.available_in_pos = True
        cls.shop.with_user(cls.cashier).open_ui()
        cls.till = cls.shop.current_session_id
        cls.till.state = 'opened'

    @classmethod
    def _prepare_sale(cls, on_account=0.0, cash=0.0, partner=None, order=None, **values):
        """Return a sale as the till hands it in; a quantity of goods, or lines of an order."""
        total = on_account + cash
        lines = [(line, line.product_uom_qty) for line in order.order_line] if order \
            else [(cls.env['sale.order.line'], total / 100)]
        return {
            'amount_paid': total, 'amount_return': 0, 'amount_tax': 0, 'amount_total': total,
            'date_order': fields.Datetime.to_string(fields.Datetime.now()), 'state': 'paid',
            'fiscal_position_id': False, 'pricelist_id': False, 'to_invoice': False,
            'last_order_preparation_change': '{}', 'access_token': str(uuid4()),
            'partner_id': (partner or cls.customer).id, 'session_id': cls.till.id,
            'user_id': cls.cashier.id, 'uuid': str(uuid4()), 'name': "Order 1",
            'lines': [Command.create({
                'discount': 0, 'pack_lot_ids': [], 'price_unit': 100.0, 'qty': quantity,
                'product_id': cls.goods.id, 'price_subtotal': 100.0 * quantity,
                'price_subtotal_incl': 100.0 * quantity, 'tax_ids': [],
                'sale_order_line_id': line.id, 'sale_order_origin_id': line.order_id.id,
            }) for line, quantity in lines],
            'payment_ids': [
                Command.create({
                    'amount': amount, 'name': fields.Datetime.now(),
                    'payment_method_id': method.id})
                for method, amount in ((cls.later, on_account), (cls.cash, cash)) if amount],
            **values}

    def _sell(self, *amounts, user=None, **values):
        """Hand in a sale as the till does; return it."""
        return self._hand_in(self._prepare_sale(*amounts, **values), user)

    def _hand_in(self, sale, user=None):
        sales = self.env['pos.order'].with_user(user or self.cashier)
        number = sales.sync_from_ui([sale])['pos.order'][0]['id']
        self.env.invalidate_all()
        return self.env['pos.order'].browse(number)

    def _ask(self, on_account=0.0, partner=None, user=None, orders=None, uuid='sale-1'):
        """Ask as the till does before a sale."""
        return self.till.with_user(user or self.cashier).dunning_ask(
            self._name_sale(on_account, partner, orders, uuid))

    def _name_sale(self, on_account=0.0, partner=None, orders=None, uuid='sale-1'):
        return {
            'uuid': uuid, 'partner_id': (partner or self.customer).id, 'on_account': on_account,
            'orders': {str(order.id): amount for order, amount in (orders or {}).items()}}

    def _get_exposure(self, partner=None):
        terms, facts = self.env['dunning.hold.check']._get_facts(
            self.company, (partner or self.customer).ids)[(partner or self.customer).id]
        return facts.get_exposure(terms.count_drafts)

    def _get_debtor(self, partner=None):
        return self.env['dunning.debtor'].with_context(active_test=False).search([
            ('partner_id', '=', (partner or self.customer).id),
            ('company_id', '=', self.company.id)])
