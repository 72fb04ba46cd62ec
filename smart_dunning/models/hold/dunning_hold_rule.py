from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..policy.evidence import check_not_written, without
from ..policy.labels import get_label
from .triggers import TRIGGERS

STATES = [('clear', "Clear"), ('warn', "Warning"), ('block', "On hold")]
#: Who reads why somebody is held: never a customer in the portal.
HOLD_READERS = ','.join((
    'sales_team.group_sale_salesman', 'stock.group_stock_user', 'account.group_account_readonly',
    'account.group_account_invoice', 'smart_dunning.group_dunning_user',
    'smart_dunning.group_dunning_release'))
EFFECTS = [('none', "Nothing"), ('warn', "Warn"), ('block', "Block")]


class DunningHoldRule(models.Model):
    """A rule of a policy: when orders and deliveries of a customer are warned about or stopped."""

    _name = 'dunning.hold.rule'
    _description = "Hold Rule"
    _order = 'policy_id, sequence, id'
    _check_company_auto = True

    policy_id = fields.Many2one(
        'dunning.policy', required=True, ondelete='cascade', index=True, check_company=True)
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='policy_id.currency_id')
    sequence = fields.Integer(default=10)
    trigger = fields.Selection(
        [(code, trigger.label) for code, trigger in TRIGGERS.items() if trigger.find], "When",
        required=True, default='overdue')
    days = fields.Integer(
        "More Than (Days)", help="Items overdue for more days than this count. 0: all overdue.")
    amount = fields.Monetary(
        "More Than (Amount)",
        help="Overdue: more than this sum. Credit limit: exceeded by more than this. Credit check: "
        "needed when more than this is open or ordered. In company currency.")
    level_position = fields.Integer(
        "From Level No.", help="The lowest level of the policy that sets the rule off.")
    order_effect = fields.Selection(
        EFFECTS, "Order", required=True, default='warn',
        help="When an order is confirmed, or a confirmed one grows.")
    reservation_effect = fields.Selection(
        EFFECTS, "Reservation", required=True, default='none',
        help="Block: stock is left to others until the hold ends. Warn: the delivery says so.")
    delivery_effect = fields.Selection(
        EFFECTS, "Delivery", required=True, default='warn',
        help="When goods leave for the customer, by whatever way.")

    _bounds_positive = models.Constraint(
        'CHECK(days BETWEEN 0 AND 3650 AND amount BETWEEN 0 AND 1e11 '
        'AND level_position BETWEEN 0 AND 1000)',
        "Days, amounts and levels of a hold rule must not be negative, nor days more than 3650 "
        "(ten years).")

    @api.constrains('trigger', 'level_position')
    def _check_level_position(self):
        for rule in self:
            if rule.trigger == 'level' and rule.level_position < 1:
                raise ValidationError(self.env._(
                    "Policy %(policy)s: please say from which level on the rule applies.",
                    policy=rule.policy_id.name))

    @api.depends('trigger', 'days', 'amount', 'level_position')
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = get_label(rule, 'trigger')

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create([without(vals, 'company_id') for vals in vals_list])
        rules.policy_id._forget_hold_terms()
        return rules

    def write(self, vals):
        check_not_written(self, vals, 'company_id')
        policies = self.policy_id
        result = super().write(vals)
        if 'policy_id' in vals:
            # A rule moves into another policy only by whom may change that one, too.
            self.policy_id.check_access('write')
        (policies | self.policy_id)._forget_hold_terms()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._forget_hold_terms()
        return result
