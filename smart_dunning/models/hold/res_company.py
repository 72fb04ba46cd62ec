from odoo import api, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if 'dunning_policy_id' in vals:
            self.env.registry.clear_cache()
            self.env['dunning.debtor']._enqueue_companies(self)
        return result
