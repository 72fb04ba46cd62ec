from odoo import fields, models


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
