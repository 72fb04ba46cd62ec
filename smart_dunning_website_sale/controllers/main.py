from odoo.http import request

from odoo.addons.website_sale.controllers.main import WebsiteSale


class WebsiteSaleHold(WebsiteSale):
    """The payment page of the shop says what a hold means, before anything is paid."""

    def _get_shop_payment_values(self, order, **kwargs):
        # EXTENDS website_sale
        values = super()._get_shop_payment_values(order, **kwargs)
        if order.amount_total and not values['errors']:
            values['dunning_message'] = order._get_shop_hold_message(
                bool(values.get('payment_methods_sudo') or values.get('tokens_sudo')))
            values['dunning_items_url'] = self._get_items_url(order)
        return values

    def _get_items_url(self, order):
        """Return the page with the open items, for the customer in person: nobody else may know."""
        partner = request.env.user.partner_id.commercial_partner_id
        payer = order.partner_invoice_id.commercial_partner_id
        if request.env.user._is_public() or partner != payer:
            return False
        return '/my/open-items' if request.env['dunning.hold.check'].sudo() \
            ._get_overdue_amounts(order.company_id, payer) else False

    def _get_shop_payment_errors(self, order):
        # EXTENDS website_sale: an order that costs nothing is confirmed without any payment
        errors = super()._get_shop_payment_errors(order)
        if order and not order.amount_total and not order.get_portal_last_transaction():
            message = order._get_shop_hold_message(is_payable=False)
            errors += [(request.env._("Please contact us"), message)] if message else []
        return errors
