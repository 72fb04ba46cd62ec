from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_portal = fields.Boolean(related='company_id.dunning_portal', readonly=False)
    dunning_portal_qr = fields.Boolean(related='company_id.dunning_portal_qr', readonly=False)
    dunning_pending_days = fields.Integer(
        related='company_id.dunning_pending_days', readonly=False)
