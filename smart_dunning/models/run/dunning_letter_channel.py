from odoo import models
from odoo.exceptions import UserError


class DunningLetter(models.Model):
    """Channels served by people: paper and telephone; and mail that came back."""

    _inherit = 'dunning.letter'

    # Paper --------------------------------------------------------------------------------------

    def action_printed(self):
        """Record that letters were printed and go by post: their levels count as reached."""
        self.check_access('write')
        self._check_open(('ready',))
        for letter in self.sudo():
            if letter.channel != 'print' or not letter.document_id:
                raise UserError(self.env._(
                    "Please print letter %(letter)s first.", letter=letter.name))
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_print')

    def action_print(self):
        """Render these letters with the figures of this moment, as one PDF for the printer.

        They count as sent when `action_printed` says so. What was paid meanwhile is cancelled.
        Raises UserError when there is nothing to print.
        """
        self.check_access('write')
        letters = self.filtered(lambda letter: letter.channel == 'print')
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

    def _set_sent_by_hand(self):
        """Record that a person served the letter."""
        self._set_sent()
        self.run_id._close_if_finished()

    def _print(self):
        """Read the ledger again and render these letters; return those that are left to print."""
        printed = self.browse()
        for letters in self.sudo().grouped('run_id').values():
            readings = letters._read_again()
            for letter in letters:
                if letter._recheck(readings[letter.id]):
                    letter._store_document()
                    printed |= letter
        return self & printed

    def _notify_missing_address(self):
        """Ask for an e-mail address where the level wanted e-mail and paper has to do."""
        activity_type = self.env.ref('smart_dunning.mail_activity_dunning_address')
        asked = self.browse(self.env['mail.activity'].search([
            ('activity_type_id', '=', activity_type.id), ('res_model', '=', self._name),
        ]).mapped('res_id')).exists()
        known = {(letter.company_id, letter.partner_id) for letter in asked}
        fallen_back = self.filtered(
            lambda letter: letter.channel == 'print' and letter.level_id.channel == 'email'
            and (letter.company_id, letter.partner_id) not in known)
        model_id = self.env['ir.model']._get_id(self._name)
        self.env['mail.activity'].with_context(mail_activity_quick_update=True).create([{
            'activity_type_id': activity_type.id,
            'res_model_id': model_id,
            'res_id': letter.id,
            'user_id': (letter._get_clerk() or self.env.user).id,
            'date_deadline': letter.date,
            'note': self.env._(
                "%(customer)s cannot be reached by e-mail: the address is missing, blocked, or "
                "mail came back. This letter has to be printed.",
                customer=letter.partner_id.display_name),
        } for letter in fallen_back])

    # Telephone ----------------------------------------------------------------------------------

    def _schedule_call(self):
        """Ask the responsible person to call, with the script of the level."""
        self.ensure_one()
        self.write({'state': 'sending', 'note': False})
        self._claim_levels()
        user = self.user_id or self.company_id.dunning_user_id or self.run_id.user_id
        self.activity_schedule(
            'smart_dunning.mail_activity_dunning_call', user_id=user.id or self.env.uid,
            summary=self.env._("Call %(customer)s", customer=self.partner_id.display_name),
            note=self._render_text('call_script'), date_deadline=self.date)

    def action_called(self):
        """Record that the customer was called: the level counts as reached."""
        self.check_access('write')
        for letter in self.sudo():
            if letter.channel != 'call' or letter.state not in ('ready', 'sending'):
                raise UserError(self.env._(
                    "Letter %(letter)s is not a call to make.", letter=letter.name))
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_call')

    def _finish_activities(self, activity_type):
        """Remove the activities that asked for what was just done."""
        self.sudo().activity_unlink([activity_type])

    # Unknown fate and bounces -------------------------------------------------------------------

    def action_send(self):
        """Send these letters now, whatever happens with the rest of their run."""
        self.check_access('write')
        self._check_open()
        self.sudo().write({'state': 'ready', 'note': False, 'is_released': True})
        self.env.ref('smart_dunning.ir_cron_dunning_send').sudo()._trigger()

    def action_confirm_sent(self):
        """The clerk knows that the customer got the letter: nothing is sent again."""
        self._check_unknown()
        for letter in self.sudo():
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_fate')

    def action_send_again(self):
        """The clerk knows that the customer did not get the letter: it is sent once more."""
        self._check_unknown()
        letters = self.sudo()
        letters.write({'is_fate_unknown': False, 'note': False})
        for letter in letters:
            letter._reset_to_ready()
            letter._finish_activities('smart_dunning.mail_activity_dunning_fate')
        self.env.ref('smart_dunning.ir_cron_dunning_send').sudo()._trigger()

    def _check_unknown(self):
        self.check_access('write')
        for letter in self:
            if not letter.is_fate_unknown:
                raise UserError(self.env._(
                    "It is known what happened to letter %(letter)s.", letter=letter.name))

    def _message_receive_bounce(self, email, partner):
        # EXTENDS mail: a letter that came back was not served; it goes by post
        result = super()._message_receive_bounce(email, partner)
        for letter in self.sudo().filtered(
                lambda letter: letter.state == 'sent' and letter.channel == 'email'):
            letter._set_bounced()
        return result

    def _set_bounced(self):
        """Take the levels back and fall back to the printed letter."""
        self.ensure_one()
        self.line_ids.filtered(lambda line: line.state == 'sent')._undo_levels()
        self.write({
            'state': 'ready', 'channel': 'print', 'is_bounced': True, 'sent_date': False,
            'sent_at': False, 'sent_by_id': False,
            'note': self.env._("The e-mail came back; please send it by post."),
        })
        self.run_id.write({'state': 'sending'})
        self._ask_clerk(
            'smart_dunning.mail_activity_dunning_bounce',
            self.env._("The e-mail to %(email)s came back. The letter waits to be printed; please "
                       "correct the address of %(customer)s.",
                       email=self.email, customer=self.partner_id.display_name))


class DunningRun(models.Model):
    _inherit = 'dunning.run'

    def action_print_letters(self):
        """Render the letters to print, with today's figures, as one PDF for the printer."""
        self.check_access('write')
        return self._find_letters('ready', channel='print').sorted('name').action_print()

    def action_mark_printed(self):
        """Record that everything printed goes by post."""
        self.check_access('write')
        letters = self._find_letters('ready', channel='print').filtered(
            lambda letter: letter.sudo().document_id)
        if not letters:
            raise UserError(self.env._("Please print the letters first."))
        letters.action_printed()


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    def _action_done(self, feedback=False, attachment_ids=None):
        # EXTENDS mail: a call that was made serves its letter
        call = self.env.ref('smart_dunning.mail_activity_dunning_call', raise_if_not_found=False)
        calls = self.filtered(
            lambda activity: activity.activity_type_id == call
            and activity.res_model == 'dunning.letter')
        letters = self.env['dunning.letter'].browse(calls.mapped('res_id')).exists()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        for letter in letters.sudo().filtered(lambda letter: letter.state == 'sending'):
            letter._set_sent_by_hand()
        return result
