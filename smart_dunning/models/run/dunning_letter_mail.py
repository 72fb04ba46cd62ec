from functools import partial

from markupsafe import Markup

from odoo import fields, models, tools

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..paper.epc_qr import make_image, make_matrix
from ..policy.addresses import format_recipients, to_header
from .mail_errors import get_answers, get_reason, has_no_connection, is_refusal

#: Items that the mail lists; the letter lists all.
_MAIL_ROWS = 10


class DunningLetter(models.Model):
    """The channel e-mail: sender, answer address, text, files; hand-over, refusals, bounces."""

    _inherit = 'dunning.letter'

    # Serving ------------------------------------------------------------------------------------

    def _serve_email(self, composed=None):
        """Claim and commit, then deliver the mail.

        :param composed: the letter as it was composed ahead; it is composed anew if somebody has
            changed it since
        """
        composed = self._prepare_sending(composed)
        if composed:
            self.env['ir.cron']._commit_progress()
            self._deliver(composed.facts, partial(self._prepare_mail, composed))

    def _prepare_sending(self, composed=None):
        """Keep the document as evidence and claim the levels.

        Returns the `Composed` that the letter stands on, or False when there is nothing to send.
        """
        letter = self.with_context(tracking_disable=True)
        if not composed or composed.version != letter._get_versions()[letter.id]:
            composed = letter._compose()
            if not composed:
                return False
            letter._tell_composed()
        letter._store_document(composed.document)
        letter.write({
            'state': 'sending',
            'note': False,
            'message_uid': composed.mail['message_id'],
        })
        letter._claim_levels()
        self.env.flush_all()
        return composed

    def _prepare_mail(self, composed):
        """Make the mail, the letter as it was kept among its files; return what hands it over."""
        mail = self.env['mail.mail'].create({**composed.mail, 'attachment_ids': [
            *composed.mail['attachment_ids'], fields.Command.link(self.document_id.id)]})
        return partial(self._hand_over, mail)

    def _hand_over(self, mail):
        """Give the mail to the mail server; raises when it is not accepted."""
        mail.send(raise_exception=True)
        if mail.state == 'exception':
            raise MailDeliveryException(mail.failure_reason or self.env._("No valid recipient."))

    @staticmethod
    def _is_refusal(error):
        """Return whether it is certain that nothing was handed over; else its fate is open."""
        return is_refusal(error)

    def _get_failure_text(self, error):
        """Return why nothing was handed over, in one line for the clerk.

        That the mail server refused is said only where it answered.
        """
        answers = get_answers(error)
        if answers:
            return self.env._("The mail server refused: %(reason)s", reason=to_header(" ".join(
                f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
                for code, answer in answers)))
        reason = to_header(str(get_reason(error)))
        if has_no_connection(error):
            return self.env._("The mail server cannot be reached: %(reason)s", reason=reason)
        return self.env._("The mail could not be handed over: %(reason)s", reason=reason)

    # Bounces ------------------------------------------------------------------------------------

    def _message_receive_bounce(self, email, partner):
        # EXTENDS mail: a letter that came back was not served; it goes by post
        result = super()._message_receive_bounce(email, partner)
        for letter in self.sudo().filtered(
                lambda letter: letter.state == 'sent' and letter._get_channel().is_mail):
            letter._set_bounced()
        return result

    def _set_bounced(self):
        """Take levels and charges back, and go the way that stands in for this channel.

        Whoever looks after the letter hears of it as the policy says: it is an event.
        """
        self.ensure_one()
        self.line_ids.filtered(lambda line: line.state == 'sent')._undo_levels()
        self._withdraw_charges()
        self.write({
            'state': 'ready', 'channel': self._get_channel().fallback or 'print',
            'is_bounced': True, 'bounced_date': self.company_id._get_dunning_today(),
            'bounced_email': self.email,        # the clerk may enter another one
            'is_deadline_typed': False, 'is_printed_out': False,
            'sent_date': False, 'sent_at': False, 'sent_by_id': False,
            'deadline': self.is_prenotice and self.deadline,       # the post takes its time
            'note': self._speak_to_clerk().env._(
                "The e-mail came back; please send it by post."),
        })
        self.run_id.write({'state': 'sending'})

    # The mail -----------------------------------------------------------------------------------

    def _prepare_mail_values(self):
        """Return the values of the mail: to the letter come the answers, in its chatter.

        Its document is not among the files yet.
        """
        self.ensure_one()
        letter = self.with_context(lang=self.lang).with_company(self.company_id)
        author = self.user_id.partner_id or self.company_id.partner_id
        sender = letter.company_id._get_dunning_sender(letter.user_id)
        text = letter._render_text('body_html')
        reply_to = letter._notify_get_reply_to_batch(
            defaults={self.id: sender}, author_ids={self.id: author.id})[self.id]
        return {
            'subject': to_header(letter._render_text('subject')),
            # What stands in the history of the letter, and what goes out around it.
            'body': text,
            'body_html': letter._get_mail_body(text),
            'email_from': sender,
            'email_to': format_recipients(self.recipient_id.name, self.email),
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

    def _get_mail_body(self, text=None):
        """Return the text of the e-mail with logo and particulars of the company around it.

        :param text: the text of the level as `_render_text` gave it; None to render it
        """
        body = self._render_text('body_html') if text is None else text
        if self.own_words:
            body += Markup("<p>%s</p>") % Markup("<br/>").join(self.own_words.splitlines())
        return self.env['mail.render.mixin']._render_encapsulate(
            'smart_dunning.dunning_mail_layout', body, context_record=self, add_context={
                'company': self.company_id, 'footer': self._get_mail_footer(),
                'direction': self._get_direction(),
                'items': self.with_context(lang=self.lang)._get_mail_items()})

    def _get_mail_items(self):
        """Return the table of the mail: head, rows (number, due, open), the total behind them.

        What does not fit in a mail one reads on a phone stands in the letter.
        """
        lines, total = self._get_asked_lines(), self._format_document_money(self.amount_total)
        rows = [(line.name or '', self._format_table_date(line.date_maturity),
                 self._format_document_money(line.amount_residual))
                for line in lines[:_MAIL_ROWS]]
        return {
            'head': (self.env._("Invoice"), self.env._("Due on"), self.env._("Open")),
            'rows': rows,
            'more': len(lines) > len(rows) and self.env._(
                "and %(count)s more in the letter", count=len(lines) - len(rows)),
            'total': (self.env._("Total"), total),
            'payment': self._get_mail_payment(),
        }

    def _get_mail_payment(self):
        """Return how to pay: the lines of the letter, and the code for apps of banks; or None."""
        bank = self._get_payment_bank()
        payload = self._get_qr_payload(bank)
        # In French a space stands before the colon.
        lines = [{**line, 'label': self.env._("%(label)s:", label=line['label'])}
                 for line in self._get_payment_lines(bank)]
        return lines and {
            'lines': lines, 'code_name': self.env._("QR code with the data of the payment"),
            'code': payload and make_image(make_matrix(payload), pixels=4, border=4)} or None

    def _follow(self):
        """Let the responsible people know when the customers answer."""
        for user, letters in self.grouped('user_id').items():
            if user:
                letters.message_subscribe(partner_ids=user.partner_id.ids)
