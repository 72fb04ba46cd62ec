from odoo import api, fields, models, tools


class DunningLetter(models.Model):
    """The e-mail around a letter: sender, answer address, text, files."""

    _inherit = 'dunning.letter'

    def _prepare_mail_values(self):
        """Return the values of the mail: to the letter come the answers, in its chatter.

        Its document is not among the files yet.
        """
        self.ensure_one()
        letter = self.with_context(lang=self.lang).with_company(self.company_id)
        author = self.user_id.partner_id or self.company_id.partner_id
        sender = author.email_formatted if author.email else self.company_id.email_formatted
        reply_to = letter._notify_get_reply_to_batch(
            defaults={self.id: sender}, author_ids={self.id: author.id})[self.id]
        return {
            'subject': letter._render_text('subject'),
            'body_html': letter._get_mail_body(),
            'email_from': sender,
            'email_to': tools.formataddr((self.recipient_id.name or '', self.email)),
            'reply_to': reply_to or sender,
            'author_id': author.id,
            'message_id': tools.mail.generate_tracking_message_id(f'{self.id}-dunning.letter'),
            'message_type': 'email_outgoing',
            'model': self._name,
            'res_id': self.id,
            'record_name': self.name,
            'record_company_id': self.company_id.id,
            'record_alias_domain_id': self.company_id.alias_domain_id.id,
            'partner_ids': [fields.Command.link(self.recipient_id.id)],
            'attachment_ids': [
                fields.Command.link(copy.id) for copy in self._get_invoice_attachments()],
            # A deleted mail takes its message along, and answers to it would not find the letter.
            'auto_delete': False,
        }

    def _get_mail_body(self):
        """Return the text of the e-mail with logo and particulars of the company around it."""
        body = self._render_text('body_html')
        return self.env['mail.render.mixin']._render_encapsulate(
            'smart_dunning.dunning_mail_layout', body, context_record=self, add_context={
                'company': self.company_id, 'footer': self._get_mail_footer()})

    def _get_invoice_attachments(self):
        """Return the PDF files of the invoices asked for, where the level says so."""
        if not self.level_id.attach_invoices:
            return self.env['ir.attachment']
        return self._get_invoices().invoice_pdf_report_id

    def _get_invoices(self):
        """Return the invoices that the letter asks for."""
        return self._get_asked_lines().move_id.sudo().filtered(
            lambda move: move.is_sale_document())

    def _ensure_invoice_copies(self):
        """Make the PDF of invoices that never had one, where core's PDF engine is there.

        It takes a second per invoice, which is why stored files are used where they exist.
        """
        if not self._can_make_copies():
            return
        for move in self._get_missing_copies():
            self.env['account.move.send']._generate_and_send_invoices(
                move, sending_methods=[], allow_fallback_pdf=True)

    def _tell_missing_copies(self):
        """Say on the letters which invoices have no PDF that could go along."""
        missing = {
            letter: moves for letter in self if (moves := letter._get_missing_copies())}
        for lang, letters in self.filtered(missing.get).grouped(
                lambda letter: letter._get_clerk().lang).items():
            env = self.with_context(lang=lang).env
            letters._message_log_batch({
                letter.id: env._(
                    "No copy attached of %(invoices)s: there is no PDF of them.",
                    invoices=", ".join(missing[letter].mapped('name')))
                for letter in letters})

    def _get_missing_copies(self):
        """Return the invoices whose PDF should be attached, but was never made."""
        invoices = self._get_invoices() if self.level_id.attach_invoices \
            else self.env['account.move']
        return invoices.filtered(lambda move: not move.invoice_pdf_report_id)

    @api.model
    def _can_make_copies(self):
        """Return whether core's PDF engine is there."""
        return self.env['ir.actions.report'].get_wkhtmltopdf_state() in ('ok', 'upgrade')

    def _follow(self):
        """Let the responsible people know when the customers answer."""
        for user, letters in self.grouped('user_id').items():
            if user:
                letters.message_subscribe(partner_ids=user.partner_id.ids)
