from odoo import api, models
from odoo.fields import Domain


class DunningPolicy(models.Model):
    """A rating chooses the policy of businesses; of persons it decides nothing (art. 22 GDPR)."""

    _inherit = 'dunning.policy'

    @api.model
    def _make_partner_domain(self, text):
        domain = super()._make_partner_domain(text)
        if any(condition.field_expr == 'dunning_risk_class'
               for condition in domain.iter_conditions()):
            domain &= Domain('is_company', '=', True)
        return domain
