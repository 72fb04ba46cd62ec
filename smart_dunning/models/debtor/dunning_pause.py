from odoo import api, models


class DunningPause(models.Model):
    _inherit = 'dunning.pause'

    @api.model_create_multi
    def create(self, vals_list):
        pauses = super().create(vals_list)
        pauses._enqueue_debtor()
        return pauses

    def write(self, vals):
        result = super().write(vals)
        self._enqueue_debtor()
        return result

    def _enqueue_debtor(self):
        self.env['dunning.debtor.change']._enqueue_of(self)

    def _tell(self):
        result = super()._tell()
        self.env['dunning.debtor']._get_of(self).message_post(
            body=self._get_event_text(), author_id=self.env.user.partner_id.id)
        return result
