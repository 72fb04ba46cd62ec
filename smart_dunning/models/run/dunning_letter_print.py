from odoo import models
from odoo.exceptions import UserError

from ..policy.notes import to_note


class DunningLetter(models.Model):
    """The channel paper: rendered for the printer, sent when a person says that it was."""

    _inherit = 'dunning.letter'

    def action_printed(self):
        """Record that letters were printed and go by post: their levels count as reached."""
        self.check_access('write')
        self._check_open(('ready',))
        for letter in self.sudo():
            if not letter._get_channel().is_on_paper or not letter.document_id:
                raise UserError(self.env._(
                    "Please print letter %(letter)s first.", letter=letter.name))
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_print')
        return True

    def action_print(self):
        """Render these letters with the figures of this moment, as one PDF for the printer.

        They count as sent when `action_printed` says so. What was paid meanwhile is cancelled.
        Raises UserError when there is nothing to print.
        """
        self.check_access('write')
        letters = self.filtered(lambda letter: letter._get_channel().is_on_paper)
        letters._check_open(('ready',))
        if not letters:
            raise UserError(self.env._(
                "There is nothing to print. Letters that wait for approval must be approved "
                "first."))
        printed = letters._print()
        if not printed:
            return self._notify_all_settled()
        return {
            'type': 'ir.actions.act_url',
            'url': f"/report/pdf/smart_dunning.letter_document/{','.join(map(str, printed.ids))}",
            'target': 'new',
        }

    def _notify_all_settled(self):
        """Say that nothing is left to print. An error would bring the settled letters back."""
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'info',
                'message': self.env._(
                    "Nothing is left to print: all of it was settled meanwhile."),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def _print(self):
        """Read the ledger again and render these letters; return those that are left to print."""
        printed = self.browse()
        for letters in self.sudo().grouped('run_id').values():
            readings = letters._read_again()
            for letter in letters:
                if letter._serve_print(reading=readings[letter.id]):
                    printed |= letter
        return self & printed

    def _serve_print(self, composed=None, reading=None):
        """Keep the document with the figures of this moment; returns whether anything is left.

        :param reading: what `_read_again` has found in this transaction; None to read now
        """
        facts = self._recheck(reading)
        if facts:
            self._store_document()
        return bool(facts)

    def _notify_missing_address(self):
        """Ask for an e-mail address where the level wanted e-mail and paper has to do."""
        channels = self.env['dunning.level']._get_channels()
        self = self.filtered(
            lambda letter: letter.channel != letter.level_id.channel
            and channels[letter.level_id.channel].is_mail)
        if not self:
            return
        activity_type = self.env.ref('smart_dunning.mail_activity_dunning_address')
        asked = self.browse(self.env['mail.activity'].search([
            ('activity_type_id', '=', activity_type.id), ('res_model', '=', self._name),
        ]).mapped('res_id')).exists()
        known = {(letter.company_id, letter.partner_id) for letter in asked}
        fallen_back = self.filtered(
            lambda letter: (letter.company_id, letter.partner_id) not in known)
        model_id = self.env['ir.model']._get_id(self._name)
        self.env['mail.activity'].with_context(mail_activity_quick_update=True).create([{
            'activity_type_id': activity_type.id,
            'res_model_id': model_id,
            'res_id': letter.id,
            'user_id': (letter._get_clerk() or self.env.user).id,
            'date_deadline': letter.date,
            'note': to_note(self.env._(
                "%(customer)s cannot be reached by e-mail: the address is missing, blocked, or "
                "mail came back. This letter has to be printed.",
                customer=letter.partner_id.display_name)),
        } for letter in fallen_back])
