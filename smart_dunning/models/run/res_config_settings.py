from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_letter_layout_id = fields.Many2one(
        related='company_id.dunning_letter_layout_id', readonly=False)
    dunning_reference = fields.Selection(
        related='company_id.dunning_reference', readonly=False)
