from datetime import timedelta
from urllib.parse import urlencode

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import consteq
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..policy.addresses import format_recipients, to_header
from ..policy.notes import to_note

#: Characters of the token that a printed link asks people to type: 48 bits, good for one letter.
_CODE = 13
_SCOPE = 'smart_dunning_answer'


class DunningLetter(models.Model):
    """The links to the customer's page, in mails and on paper."""

    _inherit = 'dunning.letter'

    link_sent_at = fields.Datetime(readonly=True, copy=False)

    def _has_portal_link(self):
        return bool(self.company_id.dunning_portal and self.access_token)

    def _get_portal_link(self, answers=True):
        """Return the whole link to the page, with all that whoever has it may do.

        :param answers: whether it lets them promise, object and so on for the policy's days
        """
        self.ensure_one()
        letter = self.sudo()
        signature = letter._sign_answers() if answers else ''
        query = urlencode({
            'access_token': letter._portal_ensure_token(),
            **({'say': signature} if signature else {})})
        return f'{letter.get_base_url()}{letter.access_url}?{query}'

    def _sign_answers(self):
        """Return what lets whoever has the link answer, until it expires; '' where none may."""
        days = self.policy_id.portal_link_days
        return days and hash_sign(
            self.sudo().env, _SCOPE, [self.id, self.access_token], expiration_hours=24 * days) or ''

    def _may_answer(self, signature=None):
        """Return whether the visitor may say something: logged in as the customer, or by a link."""
        self.ensure_one()
        if self._is_customer(self.env.user):
            return True
        if not signature or not isinstance(signature, str):
            return False
        try:
            signed = verify_hash_signed(self.sudo().env, _SCOPE, signature)
        except (ValueError, TypeError):        # garbage
            return False
        return signed == [self.id, self.access_token]

    def _send_new_link(self):
        """Send a link that lets customers answer, to where the letter went; not twice an hour."""
        self.ensure_one()
        now = fields.Datetime.now()
        if not self._has_portal_link() or not self.policy_id.portal_link_days or not self.email or (
                self.link_sent_at and now - self.link_sent_at < timedelta(hours=1)):
            return
        self.link_sent_at = now
        letter = self.with_context(lang=self.lang)
        sender = self.company_id._get_dunning_sender(self.user_id)
        text = to_note(letter.env._(
            "Here is the new link to our letter %(letter)s. With it you can promise a payment, "
            "object to an invoice or propose instalments.", letter=self.name))
        link = Markup('<p><a href="%s">%s</a></p>') % (
            letter._get_portal_link(), letter.env._("Open the letter"))
        self.env['mail.mail'].create({
            'subject': to_header(letter.env._("Your link to %(letter)s", letter=self.name)),
            'body_html': text + link, 'email_from': sender, 'reply_to': sender,
            'email_to': format_recipients(self.recipient_id.name, self.email),
            'message_type': 'email_outgoing', 'model': self._name, 'res_id': self.id,
            'auto_delete': False})
        self.env.ref('mail.ir_cron_mail_scheduler_action')._trigger()

    # On paper -----------------------------------------------------------------------------------

    def _get_short_code(self):
        """Return what a printed link ends with: the number of the letter and half its token."""
        return f'{self.id}-{(self.access_token or "")[:_CODE]}'

    def _get_short_link(self):
        """Return the link that is typed from paper, without a token that nobody types."""
        return f'{self.get_base_url()}/dl/{self._get_short_code()}'

    def _find_by_code(self, code):
        """Return the letter that a printed link is about, an empty one where it is about none."""
        number, _dash, start = str(code).partition('-')
        none = self.sudo().browse()
        if not number.isdecimal() or len(number) > 10 or len(start) != _CODE:
            return none
        letter = self.sudo().browse(int(number)) if int(number) < 2**31 else none
        known = letter.exists().access_token or ''
        if not known or not start.isascii() or not consteq(known[:_CODE], start.lower()):
            return none
        return self._find_for_customer(letter.id, known)

    def _prepare_document_values(self):
        # EXTENDS run
        has_link = self._has_portal_link()
        link = has_link and self._get_short_link()
        return super()._prepare_document_values() | {
            'portal_link': link and link.split('://')[-1],
            'may_answer_by_link': bool(self.policy_id.portal_link_days),
            'portal_qr': has_link and self.company_id.dunning_portal_qr and self._draw_qr(link)}

    # In the mail --------------------------------------------------------------------------------

    def _get_mail_items(self):
        # EXTENDS run: the button stands below the table
        return super()._get_mail_items() | {
            'button': self._has_portal_link() and (
                self._get_portal_link(),
                self.env._("View") if self.is_prenotice and not self.amount_total
                else self.env._("View and pay"))}
