from odoo import api, models
from odoo.fields import Domain


class DunningPolicy(models.Model):
    """A rating chooses the policy of businesses; of persons it decides nothing (art. 22 GDPR)."""

    _inherit = 'dunning.policy'

    @api.model
    def _make_partner_domain(self, text):
        def restrict(condition):
            is_rating = condition.field_expr.rpartition('.')[2] == 'dunning_risk_class'
            return condition & Domain('is_company', '=', True) if is_rating else condition
        return super()._make_partner_domain(text).map_conditions(restrict)
