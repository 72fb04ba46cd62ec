from odoo import api, models

from ..policy.addresses import find_addresses, format_recipients, to_header
from ..policy.notes import speak_to

_LAYOUT = 'smart_dunning.dunning_mail_layout'


class DunningHandover(models.Model):
    """What customer and agency are told by e-mail, each in their language; answers come here.

    Mails are put into Odoo's queue with the change that they tell of: both happen, or neither.
    """

    _inherit = 'dunning.handover'

    def _tell_customer(self):
        """Tell the customer who collects from now on."""
        if self._mail('mail_template_handover_customer', self.recipient_id):
            self.customer_told_on = self.company_id._get_dunning_today()

    def _tell_customer_of_recall(self):
        if self.customer_told_on:
            self._mail('mail_template_handover_customer_recall', self.recipient_id)

    def _tell_agency_of_case(self):
        """Give the agency the package, where it gets it by e-mail."""
        if self.agency_id.delivery == 'email':
            self._mail('mail_template_handover_agency', self.agency_id.partner_id, self.package_id)

    def _tell_agency_of_payment(self):
        self._mail('mail_template_handover_payment', self.agency_id.partner_id)

    def _tell_agency_of_recall(self):
        self._mail('mail_template_handover_recall', self.agency_id.partner_id)

    def _tell_agency_of_dispute(self):
        return self._mail('mail_template_handover_dispute', self.agency_id.partner_id)

    def _mail(self, name, partner, attachments=None):
        """Queue a mail from a template; return it, empty where there is no address or template.

        :param name: XML id of the template, without the module
        """
        self.ensure_one()
        case = self.sudo()
        template = self.env.ref(f'smart_dunning.{name}', raise_if_not_found=False)
        address = partner.sudo().email or partner.sudo().commercial_partner_id.email
        if not template or not find_addresses(address):
            case._message_log(body=self.env._(
                "No e-mail to %(name)s: there is no address.", name=partner.display_name,
            ) if template else self.env._(
                "No e-mail to %(name)s: the template was deleted.", name=partner.display_name))
            return self.env['mail.mail']
        lang = next(filter(self._speaks, (partner.lang, case.company_id.partner_id.lang)), 'en_US')
        texts = template.sudo().with_context(lang=lang)._generate_template(
            case.ids, ('subject', 'body_html'))[case.id]
        case = case.with_context(lang=lang).with_company(case.company_id)
        sender = case.company_id._get_dunning_sender(case.user_id)
        author = case.user_id.partner_id or case.company_id.partner_id
        reply_to = case._notify_get_reply_to_batch(
            defaults={case.id: sender}, author_ids={case.id: author.id})[case.id]
        return case.env['mail.mail'].create({
            'subject': to_header(texts['subject']),
            # What the history shows: without it the mail looks like a message taken away.
            'body': texts['body_html'],
            'body_html': case.env['mail.render.mixin']._render_encapsulate(
                _LAYOUT, texts['body_html'], context_record=case,
                add_context={'company': case.company_id, 'footer': case._get_mail_footer()}),
            'email_from': sender, 'email_to': format_recipients(partner.name, address),
            'reply_to': reply_to or sender, 'author_id': author.id,
            'message_type': 'email_outgoing', 'model': case._name, 'res_id': case.id,
            'record_name': case.display_name, 'record_company_id': case.company_id.id,
            'record_alias_domain_id': case.company_id.alias_domain_id.id,
            'attachment_ids': attachments.ids if attachments else [], 'auto_delete': False})

    # What the texts name ------------------------------------------------------------------------

    def _get_mail_salutation(self, partner):
        """Return how a mail to a partner begins."""
        return self._make_salutation(partner)

    def _get_invoice_text(self):
        """Return the numbers of the invoices of the case."""
        return self._list_numbers(self.item_ids.move_id)

    def _get_disputed_text(self):
        """Return the numbers of the invoices that the customer objects to."""
        return self._list_numbers(self._get_open_disputes(self.item_ids.move_id).move_id)

    @api.model
    def _list_numbers(self, moves):
        return ", ".join(filter(None, moves.sorted('id').mapped('name')))

    def _get_agency_text(self):
        """Return the wording for the customer, in the language of the context."""
        return self.agency_id._get_customer_text(self.env.lang)

    def _get_signer(self):
        # OVERRIDES smart_dunning: a case has no fields of them
        signer = self.user_id.partner_id
        return {
            'name': signer.name or '', 'phone': signer.phone or self.company_id.phone or '',
            'email': self.company_id._choose_dunning_address(self.user_id)}


class DunningDispute(models.Model):
    _inherit = 'dunning.dispute'

    def _begin(self):
        # EXTENDS smart_dunning: the agency must know that a claim is disputed, and when
        result = super()._begin()
        cases = self.env['dunning.handover'].sudo().search([
            ('state', '=', 'handed_over'), ('line_ids.move_id', '=', self.move_id.id)])
        for case in cases:
            is_told = bool(case._tell_agency_of_dispute())
            dispute = speak_to(case.user_id, self)
            case._ask_to_look(dispute.env._(
                "%(dispute)s after the handover: the agency gets an e-mail. Recall the case, or "
                "decide the dispute.", dispute=dispute.display_name,
            ) if is_told else dispute.env._(
                "%(dispute)s after the handover: please tell the agency, for which there is no "
                "e-mail address. Recall the case, or decide the dispute.",
                dispute=dispute.display_name))
        return result
