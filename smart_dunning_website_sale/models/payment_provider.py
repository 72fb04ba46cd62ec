from odoo import api, models

from odoo.addons.payment import utils as payment_utils


class PaymentProvider(models.Model):
    """What gives credit is not offered for the order of a held customer."""

    _inherit = 'payment.provider'

    def _gives_credit(self):
        """Return whether goods may leave, or an order stand, before this provider has the money.

        Wire transfer, cash on delivery, payment on site and whatever else works without a service.
        """
        self.ensure_one()
        return self.code in ('custom', 'none')

    @api.model
    def _get_compatible_providers(self, *args, sale_order_id=None, report=None, **kwargs):
        # EXTENDS payment
        providers = super()._get_compatible_providers(
            *args, sale_order_id=sale_order_id, report=report, **kwargs)
        order = self.env['sale.order'].sudo().browse(sale_order_id or ()).exists()
        if not order or not providers:
            return providers
        allowed = providers.filtered(order._accepts_provider())
        payment_utils.add_to_report(
            report, providers - allowed, available=False,
            reason=self.env._("customer on hold"))
        return allowed
