import psycopg2

from odoo import api, models
from odoo.exceptions import UserError

from ..policy.notes import speak_to, to_note


class DunningLetter(models.Model):
    """Letters of which nobody knows whether they went out: the clerk finds out and decides."""

    _inherit = 'dunning.letter'

    @api.model
    def _flag_lost_letters(self):
        """Show letters whose sender died during the hand-over to the clerk, who decides."""
        lost = self.search([
            ('state', '=', 'sending'), ('is_fate_unknown', '=', False),
            ('channel', 'not in', self.env['dunning.level']._find_channels('needs_person'))])
        with lost._claim_customers() as mine:
            for letter in mine:
                if letter.state == 'sending' and not letter.is_fate_unknown:
                    try:
                        letter._set_fate_unknown()
                        self.env['ir.cron']._commit_progress()
                    except psycopg2.OperationalError:
                        self.env.cr.rollback()    # the clerk decides at this moment

    def _set_fate_unknown(self):
        """Ask the clerk whether the customer got the letter."""
        self.ensure_one()
        self.write({
            'is_fate_unknown': True,
            'note': self._speak_to_clerk().env._(
                "The system stopped while the mail was handed over. It may have been sent.")})
        self._ask_clerk(
            'smart_dunning.mail_activity_dunning_fate',
            self._speak_to_clerk().env._(
                "Please find out whether %(customer)s got this letter, then choose “Mark as "
                "sent” or “Send again”.", customer=self.partner_id.display_name))

    def _ask_clerk(self, activity_type, note):
        """Give the responsible person an activity about this letter."""
        self.ensure_one()
        self._speak_to_clerk().activity_schedule(
            activity_type, note=to_note(note), user_id=self._get_clerk().id or self.env.uid)

    def _speak_to_clerk(self):
        """Return the letter in the language of who looks after it."""
        return speak_to(self._get_clerk(), self)

    def _get_clerk(self):
        """Return who looks after the letter when it needs a decision."""
        self.ensure_one()
        return self.company_id.dunning_user_id or self.run_id.user_id or self.user_id

    def action_confirm_sent(self):
        """The clerk knows that the customer got the letter: nothing is sent again."""
        self._check_unknown()
        for letter in self.sudo():
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_fate')
        return True

    def action_send_again(self):
        """The clerk knows that the customer did not get the letter: it is sent once more."""
        self._check_unknown()
        letters = self.sudo()
        letters.write({'is_fate_unknown': False, 'note': False})
        for letter in letters:
            letter._reset_to_ready()
            letter._finish_activities('smart_dunning.mail_activity_dunning_fate')
        self.env['ir.cron']._wake_dunning_sender()
        return True

    def _check_unknown(self):
        self.check_access('write')
        for letter in self:
            if not letter.is_fate_unknown:
                raise UserError(self.env._(
                    "The delivery status of letter %(letter)s is already known.",
                    letter=letter.name))
