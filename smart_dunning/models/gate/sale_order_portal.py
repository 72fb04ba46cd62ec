from odoo import models

from ..policy.notes import to_note


class SaleOrder(models.Model):
    """Customers who confirm by themselves, with a signature or a payment, while they are held."""

    _inherit = 'sale.order'

    def _get_portal_hold_message(self):
        """Return what the customer reads: what to do now, and nothing about our rules."""
        self.ensure_one()
        if self.env['dunning.hold.check']._get_overdue_amounts(
                self.company_id, self.partner_invoice_id.commercial_partner_id):
            return self.env._(
                "Thank you for your order! Some of your invoices are overdue. Please pay them "
                "first, then sign here again; or contact us.")
        return self.env._(
            "Thank you for your order! We cannot accept it online right now. Please contact us.")

    def _notify_signed_but_held(self, name):
        """Tell the salesperson that the customer wanted to sign."""
        self._ask_about_hold(
            self.env._("Wants to order, but is on hold"),
            self.env._("%(name)s wanted to sign this quotation in the portal. It was not "
                       "confirmed, because the customer is on hold.", name=name or ''))

    def _notify_paid_but_held(self):
        """Tell the salesperson that a part payment came in for an order of a held customer."""
        self._ask_about_hold(
            self.env._("Paid in part, but on hold"),
            self.env._(
                "A payment came in for this quotation. It was not confirmed, because the customer "
                "is on hold and the order is not paid in full. Please let it be released, or ask "
                "for the rest."))

    def _ask_about_hold(self, summary, note):
        """Give the salesperson, else the dunning clerk, one activity of a kind."""
        self.ensure_one()
        order = self.sudo()
        responsible = order.user_id or order.company_id.dunning_user_id
        if not responsible or order.activity_ids.filtered(
                lambda activity: activity.summary == summary):
            return
        order.activity_schedule(
            'smart_dunning.mail_activity_dunning_hold', user_id=responsible.id, summary=summary,
            note=to_note(note), date_deadline=order.company_id._get_dunning_today())
