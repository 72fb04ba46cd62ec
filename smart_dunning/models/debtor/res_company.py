from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def write(self, vals):
        result = super().write(vals)
        if not vals.get('dunning_risk_active', True):
            self.env['dunning.debtor'].sudo()._forget_ratings(self)
        return result
