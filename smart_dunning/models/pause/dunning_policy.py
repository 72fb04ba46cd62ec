from dataclasses import replace

from odoo import fields, models


class DunningPolicy(models.Model):
    """What a policy says about promises and instalment plans."""

    _inherit = 'dunning.policy'

    promise_grace_days = fields.Integer(
        "Days of Grace after a Promise", default=3,
        help="How long the bank may take before a promise to pay counts as broken.")
    promise_max = fields.Integer(
        "Promises per Item at Most", default=2, help="0: no limit.")
    promise_level_position = fields.Integer(
        "Level after a Broken Promise",
        help="Number of the level that items jump to when their promise was broken. 0: they go on "
        "where they stood.")

    installment_grace_days = fields.Integer(
        "Days of Grace of an Instalment", default=5,
        help="How long the bank may take before an instalment counts as missed and ends the plan. "
        "Plans keep the days that were agreed with them.")
    installment_by_notice = fields.Boolean(
        "Plans End by Notice Only",
        help="A plan does not end by itself. Once two instalments in a row are missing, the person "
        "responsible is asked to grant two more weeks in writing, and ends the plan if nothing "
        "comes. For consumers: ending at once is hardly tenable as a standard term (§§ 307, 498 "
        "BGB).")
    installment_remind_days = fields.Integer(
        "Remind of an Instalment Before (Days)", default=3,
        help="So many days before each instalment the customer gets a friendly e-mail. 0: none.")

    _promises_positive = models.Constraint(
        'CHECK(promise_grace_days BETWEEN 0 AND 365 AND promise_max BETWEEN 0 AND 1000 '
        'AND promise_level_position BETWEEN 0 AND 1000)',
        "Days of grace after a promise are between 0 and 365, numbers and levels between 0 and "
        "1000.")

    _installments_positive = models.Constraint(
        'CHECK(installment_grace_days BETWEEN 0 AND 365 '
        'AND installment_remind_days BETWEEN 0 AND 365)',
        "Days of instalments are between 0 and 365.")

    def _get_ladder(self):
        ladders = super()._get_ladder()
        for policy in self.filtered('promise_level_position'):
            ladders[policy.id] = replace(
                ladders[policy.id],
                broken_promise_position=policy.promise_level_position)
        return ladders
