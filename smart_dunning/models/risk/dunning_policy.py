from odoo import fields, models


class DunningPolicy(models.Model):
    """What a policy proposes to customers by the way they pay."""

    _inherit = 'dunning.policy'

    risk_class_ids = fields.One2many(
        'dunning.risk.class', 'policy_id', "Terms by Risk Class", copy=True)
