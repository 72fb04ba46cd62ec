from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_risk_active = fields.Boolean(related='company_id.dunning_risk_active', readonly=False)
    dunning_business_days = fields.Boolean(
        related='company_id.dunning_business_days', readonly=False)
    dunning_risk_auto = fields.Boolean(related='company_id.dunning_risk_auto', readonly=False)
    dunning_risk_auto_percent = fields.Integer(
        related='company_id.dunning_risk_auto_percent', readonly=False)
