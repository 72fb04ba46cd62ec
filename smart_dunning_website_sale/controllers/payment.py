from odoo.exceptions import ValidationError

from odoo.addons.website_sale.controllers.payment import PaymentPortal


class PaymentPortalHold(PaymentPortal):

    def _validate_transaction_for_order(self, transaction, sale_order):
        # EXTENDS website_sale: the page may be older than the hold, and requests can be forged
        if not sale_order._accepts_provider()(transaction.provider_id):
            raise ValidationError(sale_order._get_shop_hold_message(
                is_payable=not sale_order._is_held_when_paid()))
        return super()._validate_transaction_for_order(transaction, sale_order)
