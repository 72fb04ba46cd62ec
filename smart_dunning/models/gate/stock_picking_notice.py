from odoo import fields, models
from odoo.tools import format_date


class StockPicking(models.Model):
    """The message to the customer: "your delivery is waiting for payment", once per delivery."""

    _inherit = 'stock.picking'

    def _tell_customer(self, candidate):
        """Write to the customer once, when an address is known; note that it was done."""
        self.ensure_one()
        template = self.env.ref(
            'smart_dunning.mail_template_delivery_waiting', raise_if_not_found=False)
        if not template or not self._get_notice_recipient().email or not self._get_notice_items():
            return
        self.message_post_with_source(
            template, subtype_xmlid='mail.mt_comment',
            email_layout_xmlid='smart_dunning.dunning_mail_layout')
        self.dunning_customer_told = fields.Datetime.now()

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        # EXTENDS mail: what a business letter must name, see `smart_dunning.dunning_mail_layout`
        values = super()._notify_by_email_prepare_rendering_context(message, *args, **kwargs)
        company = values.get('company') or self.company_id or self.env.company
        return {**values, 'company': company, 'footer': self.env[
            'dunning.document']._make_mail_footer(company.sudo())}

    def _get_notice_recipient(self):
        """Return the contact who gets the invoices of this delivery."""
        self.ensure_one()
        candidate = self._get_hold_candidate()
        payer = candidate.order.partner_invoice_id or candidate.partner
        if not payer.email:
            payer = payer.browse(payer.address_get(['invoice'])['invoice'])
        return payer

    def _get_notice_salutation(self):
        """Return the salutation, as in letters: by name where the recipient is a person."""
        recipient = self._get_notice_recipient()
        return self.env['dunning.document']._make_salutation(recipient)

    def _get_notice_amounts(self):
        """Return {overdue receivable line: what the message asks for}."""
        self.ensure_one()
        candidate = self._get_hold_candidate()
        return self.env['dunning.hold.check']._get_overdue_amounts(
            candidate.company, candidate.partner)

    def _get_notice_items(self):
        """Return what is overdue as rows for the message: number, due date, amount, link to pay."""
        return [
            {'name': line.move_name or line.name, 'due': format_date(self.env, line.date_maturity),
             'amount': line.currency_id.format(amount),
             'url': line.move_id.get_base_url() + line.move_id.get_portal_url()
             if line.move_id.is_invoice() else False}
            for line, amount in self._get_notice_amounts().items()]

    def _get_notice_total(self):
        """Return the sum of several items in one currency as text, else False."""
        amounts = self._get_notice_amounts()
        currency = self.env['res.currency'].union(*(line.currency_id for line in amounts))
        if len(amounts) < 2 or len(currency) > 1:
            return False
        return currency.format(sum(amounts.values()))

    def _get_notice_qr(self):
        """Return the QR code to pay everything overdue as an image, False when there is none."""
        self.ensure_one()
        candidate, amounts = self._get_hold_candidate(), self._get_notice_amounts()
        lines = self.env['account.move.line'].sudo().union(*amounts)
        currency = lines.currency_id
        bank = candidate.company._choose_dunning_bank(lines.move_id, currency)
        if len(currency) != 1 or not bank:
            return False
        return bank.build_qr_code_base64(
            currency.round(sum(amounts.values())),
            " ".join(filter(None, lines.mapped('move_name')))[:140], '', currency,
            candidate.partner, silent_errors=True) or False
