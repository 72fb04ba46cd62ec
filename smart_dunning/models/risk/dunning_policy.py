from odoo import fields, models


class DunningPolicy(models.Model):
    """What a policy proposes to customers by the way they pay."""

    _inherit = 'dunning.policy'

    risk_class_ids = fields.One2many(
        'dunning.risk.class', 'policy_id', "Terms by Risk Class", copy=True)

    def _get_risk_terms(self, letter):
        """Return the row of a class, empty when the policy names none."""
        self.ensure_one()
        return self.risk_class_ids.filtered(lambda one: one.letter == letter)[:1]
