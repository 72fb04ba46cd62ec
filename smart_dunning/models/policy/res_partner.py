from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    dunning_policy_id = fields.Many2one(
        'dunning.policy', company_dependent=True, ondelete='set null',
        groups='account.group_account_invoice,account.group_account_readonly',
        domain="[('company_id', 'in', (False, current_company_id))]",
        help="Empty: the first policy whose customers match, else the default of the company.")

    @api.model
    def _commercial_fields(self):
        # EXTENDS account
        return [*super()._commercial_fields(), 'dunning_policy_id']
