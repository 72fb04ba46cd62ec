from odoo import models

from ..policy.notes import speak_to, to_note


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
        order = self._speak_to_responsible()
        order._ask_about_hold(
            order.env._("Wants to order, but is on hold"),
            order.env._("%(name)s wanted to sign this quotation in the portal. It was not "
                        "confirmed, because the customer is on hold.", name=name or ''))

    def _notify_paid_but_held(self):
        """Tell the salesperson that a part payment came in for an order of a held customer."""
        order = self._speak_to_responsible()
        order._ask_about_hold(
            order.env._("Paid in part, but on hold"),
            order.env._(
                "A payment came in for this quotation. It was not confirmed, because the customer "
                "is on hold and the order is not paid in full. Please let it be released, or ask "
                "for the rest."))

    def _get_hold_responsible(self):
        """Return the salesperson, else the dunning clerk."""
        return self.user_id or self.company_id.dunning_user_id

    def _speak_to_responsible(self):
        """Return the order, sudo, in the language of whom it asks."""
        self.ensure_one()
        order = self.sudo()
        return speak_to(order._get_hold_responsible(), order)

    def _ask_about_hold(self, summary, note):
        """Give whoever is responsible one activity of a kind; the order speaks their language."""
        responsible = self._get_hold_responsible()
        if not responsible or self.activity_ids.filtered(
                lambda activity: activity.summary == summary):
            return
        self.activity_schedule(
            'smart_dunning.mail_activity_dunning_hold', user_id=responsible.id, summary=summary,
            note=to_note(note), date_deadline=self.company_id._get_dunning_today())
