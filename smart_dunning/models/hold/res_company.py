from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def write(self, vals):
        # EXTENDS policy
        result = super().write(vals)
        if 'dunning_policy_id' in vals:
            self.env.registry.clear_cache()    # see `dunning.hold.check._get_config`
            self.env['dunning.debtor']._enqueue_companies(self)
        return result
