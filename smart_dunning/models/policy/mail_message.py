from odoo import models


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    def _get_evidence(self):
        """Return those of the records whose history is evidence: nobody takes messages away."""
        return self.browse()


class MailMessage(models.Model):
    """What was sent and what was done stays in the history of letters, releases, agreements."""

    _inherit = 'mail.message'

    def _get_forbidden_access(self, operation):
        # EXTENDS mail
        forbidden = super()._get_forbidden_access(operation)
        if operation in ('write', 'unlink') and not self.env.su:
            forbidden |= (self - forbidden)._find_evidence()
        return forbidden

    def _find_evidence(self):
        """Return the messages that are evidence; what a person has typed into a chatter is not."""
        release = self.env.ref('smart_dunning.mt_dunning_release', raise_if_not_found=False)
        found = self.filtered(lambda message: release and message.sudo().subtype_id == release)
        for model, messages in self.sudo().grouped('model').items():
            if not (model or '').startswith('dunning.') or model not in self.env:
                continue
            messages = messages.filtered(lambda message: message.message_type != 'comment')
            records = self.env[model].sudo().browse(messages.mapped('res_id')).exists()
            kept = set(records._get_evidence().ids) if hasattr(records, '_get_evidence') else ()
            found |= messages.filtered(lambda message, kept=kept: message.res_id in kept)
        return self.browse(found.ids)
