from odoo import api, models
from odoo.fields import Domain


class DunningPolicy(models.Model):
    """A rating chooses the policy of businesses; of persons it decides nothing (art. 22 GDPR)."""

    _inherit = 'dunning.policy'

    @api.model
    def _make_partner_domain(self, text):
        def is_rating(condition):
            return condition.field_expr.rpartition('.')[2] == 'dunning_risk_class' or (
                condition.operator in ('any', 'not any')
                and any(map(is_rating, Domain(condition.value).iter_conditions())))

        def restrict(condition):
            return condition & Domain('is_company', '=', True) if is_rating(condition) \
                else condition
        return super()._make_partner_domain(text).map_conditions(restrict)
