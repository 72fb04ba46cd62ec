from odoo import fields, models


class AccountMove(models.Model):
    _inherit = 'account.move'

    dunning_policy_id = fields.Many2one(
        'dunning.policy', copy=False, check_company=True, index='btree_not_null',
        help="Only for this invoice; empty: the policy of the customer.")
