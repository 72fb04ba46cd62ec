from odoo import models


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
