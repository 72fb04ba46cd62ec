from odoo import models

from odoo.addons.smart_dunning.logic import exposure


class SaleOrder(models.Model):
    """Which ways to pay an order of a held customer has, and what the customer reads about it."""

    _inherit = 'sale.order'

    def _accepts_provider(self):
        """Return a function of a payment provider: whether this order can be paid with it.

        A quotation of a salesperson waits for its wire transfer; only the shop takes orders.
        """
        self.ensure_one()
        order = self.sudo()
        if not order._is_held_in_shop():
            return lambda provider: True
        if order._is_held_when_paid():
            return lambda provider: False
        return lambda provider: not provider._gives_credit()

    def _is_held_in_shop(self):
        """Return whether this is an order of the shop that a hold keeps from being confirmed."""
        self.ensure_one()
        return bool(
            self.website_id and self.state in ('draft', 'sent') and self._get_hold_refusal())

    def _is_held_when_paid(self):
        """Return whether the hold stops the order even where all of it is paid in advance."""
        self.ensure_one()
        check = self.env['dunning.hold.check'].sudo()
        candidate = self.sudo()._get_hold_candidate()
        known = check._read_facts(check._get_memory(), [candidate])
        paid = exposure.Request(is_paid=True)
        return bool(candidate.partner) and check._decide(
            candidate, exposure.ORDER, known, paid).blocks

    def _keep_held_quotations(self):
        """Send quotations that a hold keeps from being confirmed, and tell the salesperson."""
        for order in self.sudo():
            if order._get_hold_refusal():
                order.with_context(tracking_disable=True).action_quotation_sent()
                order._ask_about_hold(
                    self.env._("Wants to order, but is on hold"),
                    self.env._("The customer ordered in the shop and pays later. The order was "
                               "not confirmed, because the customer is on hold."))

    def _get_shop_hold_message(self, is_payable):
        """Return what a held customer reads before the order is paid, False when nothing is held.

        No figure and no reason: whoever sees a cart need not be the customer.

        :param is_payable: whether a way to pay is left
        """
        self.ensure_one()
        if not self.sudo()._is_held_in_shop():
            return False
        if is_payable:
            return self.env._(
                "We can accept this order only if it is paid online now. Please choose one of the "
                "payment methods below. If you have any questions, please contact us.")
        return self.env._(
            "We cannot accept this order online right now. Please contact us: we will be glad to "
            "help you.")
