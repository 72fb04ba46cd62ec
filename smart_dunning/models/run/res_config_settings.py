from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_letter_layout_id = fields.Many2one(
        related='company_id.dunning_letter_layout_id', readonly=False)
    dunning_arbitration_note = fields.Text(
        related='company_id.dunning_arbitration_note', readonly=False)
    dunning_reference = fields.Selection(
        related='company_id.dunning_reference', readonly=False)
    dunning_window = fields.Selection(
        related='company_id.dunning_window', readonly=False)
    dunning_senders = fields.Integer(
        "Parallel Senders",
        help="So many processes send letters at once, for all companies. The server needs as many "
        "workers for scheduled actions (max-cron-threads).")

    @api.model
    def get_values(self):
        # EXTENDS base: the scheduled actions themselves are the setting
        return {**super().get_values(),
                'dunning_senders': len(self.env['ir.cron']._get_dunning_senders())}

    def set_values(self):
        # EXTENDS base
        result = super().set_values()
        if self.dunning_senders != len(self.env['ir.cron']._get_dunning_senders()):
            if not self.env.is_admin():
                raise AccessError(self.env._(
                    "Only an administrator changes the number of senders."))
            self.env['ir.cron'].sudo()._set_dunning_senders(self.dunning_senders)
        return result
