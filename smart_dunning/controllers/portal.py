from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal


class DunningCustomerPortal(CustomerPortal):
    """A held customer who signs a quotation gets a friendly answer, and can go on."""

    @http.route()
    def portal_quote_accept(self, order_id, access_token=None, name=None, signature=None):
        # EXTENDS sale: a refusal after the signature would leave the page without its button
        token = access_token or request.httprequest.args.get('access_token')
        try:
            order = self._document_check_access('sale.order', order_id, access_token=token)
        except (AccessError, MissingError):
            return super().portal_quote_accept(order_id, access_token, name, signature)
        if order._has_to_be_signed() and not order._has_to_be_paid() \
                and order._get_hold_refusal():
            order._notify_signed_but_held(name)
            return {'error': order._get_portal_hold_message()}
        return super().portal_quote_accept(order_id, access_token, name, signature)
