from odoo import models
from odoo.exceptions import UserError

from ..policy.notes import speak_to, to_note


class DunningLetter(models.Model):
    """The channel telephone: an activity for a person, sent when the call was made."""

    _inherit = 'dunning.letter'

    def _serve_call(self, composed=None):
        """Ask the responsible person to call, with the script of the level."""
        self.ensure_one()
        letter = self.with_context(tracking_disable=True)
        if not letter._recheck():
            return
        letter.write({'state': 'sending', 'note': False})
        letter._claim_levels()
        user = self.user_id or self.company_id.dunning_user_id or self.run_id.user_id
        told = speak_to(user, letter)
        told.activity_schedule(
            'smart_dunning.mail_activity_dunning_call', user_id=user.id or self.env.uid,
            summary=told.env._("Call %(customer)s", customer=self.partner_id.display_name),
            note=to_note(self._render_text('call_script')), date_deadline=self.date)

    def action_called(self):
        """Record that the customer was called: the level counts as reached."""
        self.check_access('write')
        for letter in self.sudo():
            if letter.channel != 'call' or letter.state not in ('ready', 'sending'):
                raise UserError(self.env._(
                    "Letter %(letter)s is not a call to make.", letter=letter.name))
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_call')
        return True

    def _finish_activities(self, activity_type):
        """Remove the activities that asked for what was just done."""
        self.sudo().activity_unlink([activity_type])
