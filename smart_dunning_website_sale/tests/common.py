import json

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from odoo.addons.smart_dunning.tests.hold_common import HoldCommon

WIRE = 'wire_transfer'


class ShopCommon(HoldCommon, HttpCase):
    """A shop where one pays online or by wire transfer, and a customer who works for a company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env['website'].search([], limit=1)
        cls.env['sale.order'].search([('website_id', '=', cls.website.id)]).website_id = False
        public = cls.website.user_id.sudo()
        public.write({'company_ids': [Command.link(cls.company.id)], 'company_id': cls.company.id})
        cls.website.company_id = cls.company
        cls.service = cls.env['product.product'].create({
            'name': "Lesson", 'type': 'service', 'list_price': 100.0, 'taxes_id': False,
            'is_published': True, 'website_published': True})
        address = {
            'street': "Main Street 1", 'city': "Berlin", 'zip': '10115', 'phone': '030 12345',
            'country_id': cls.env.ref('base.de').id}
        cls.customer.write(address)
        cls.portal = new_test_user(
            cls.env, 'carla', password='carla-in-the-shop', groups='base.group_portal',
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])
        cls.portal.partner_id.write({
            'name': "Carla", 'email': 'carla@example.com', 'parent_id': cls.customer.id,
            'type': 'contact', **address})
        cls._set_providers()
        cls._rule()

    @classmethod
    def _set_providers(cls):
        """Let there be one way to pay online and one by wire transfer, and no other."""
        providers = cls.env['payment.provider'].sudo()
        demo = providers.search([('code', '=', 'demo')], limit=1)
        wire = providers.search([('custom_mode', '=', WIRE)], limit=1)
        providers.search([('company_id', '=', cls.company.id)]).write({'state': 'disabled'})
        cls.online = demo.copy({'company_id': cls.company.id})
        cls.online.write({
            'state': 'test', 'is_published': True, 'journal_id': cls.journal_bank.id})
        cls.wire = wire.copy({'company_id': cls.company.id})
        cls.wire.write({'state': 'test', 'is_published': True})
        cls.methods = {
            provider: provider.with_context(active_test=False).payment_method_ids[:1]
            for provider in (cls.online, cls.wire)}
        for method in cls.methods.values():
            method.active = True

    def _fill_cart(self, partner=None, price=100.0):
        """Return the cart of somebody who shops."""
        return self.env['sale.order'].with_company(self.company).create({
            'partner_id': (partner or self.portal.partner_id).id, 'company_id': self.company.id,
            'website_id': self.website.id, 'user_id': self.seller.id,
            'order_line': [Command.create({
                'product_id': self.service.id, 'product_uom_qty': 1, 'price_unit': price,
                'tax_ids': [Command.clear()]})]})

    def _see_payment_page(self, login='carla'):
        """Return the payment page as somebody with a cart sees it."""
        self.authenticate(login, f"{login}-in-the-shop" if login else None)
        page = self.url_open('/shop/payment')
        self.assertEqual(page.status_code, 200)
        self.assertIn('/shop/payment', page.url)
        return page.text

    def _start_payment(self, cart, provider, login='carla'):
        """Begin to pay a cart as the browser does; return the answer."""
        self.authenticate(login, f"{login}-in-the-shop" if login else None)
        with mute_logger('odoo.http'):
            return self.url_open(
                f'/shop/payment/transaction/{cart.id}', headers={
                    'Content-Type': 'application/json'},
                data=json.dumps({'jsonrpc': '2.0', 'method': 'call', 'params': {
                    'access_token': cart._portal_ensure_token(), 'provider_id': provider.id,
                    'payment_method_id': self.methods[provider].id, 'token_id': None,
                    'flow': 'redirect' if provider == self.wire else 'direct',
                    'tokenization_requested': False, 'landing_route': '/shop/payment/validate',
                    'amount': cart.amount_total}})).json()

    def _find_transaction(self, cart):
        return self.env['payment.transaction'].sudo().search([('sale_order_ids', '=', cart.id)])
