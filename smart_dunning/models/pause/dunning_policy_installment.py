from odoo import fields, models


class DunningPolicy(models.Model):
    """What a policy says about instalment plans."""

    _inherit = 'dunning.policy'

    installment_grace_days = fields.Integer(
        "Days of Grace of an Instalment", default=5,
        help="How long the bank may take before an instalment counts as missed and ends the plan. "
        "Plans keep the days that were agreed with them.")
    installment_remind_days = fields.Integer(
        "Remind of an Instalment Before (Days)", default=3,
        help="So many days before each instalment the customer gets a friendly e-mail. 0: none.")

    _installments_positive = models.Constraint(
        'CHECK(installment_grace_days >= 0 AND installment_remind_days >= 0)',
        "Days of instalments must not be negative.")
