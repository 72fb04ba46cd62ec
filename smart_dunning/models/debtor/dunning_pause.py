from odoo import models


class DunningPause(models.Model):
    _inherit = 'dunning.pause'

    def _tell(self):
        result = super()._tell()
        self.env['dunning.debtor']._get_of(self).message_post(
            body=self._get_event_text(), author_id=self.env.user.partner_id.id)
        return result
