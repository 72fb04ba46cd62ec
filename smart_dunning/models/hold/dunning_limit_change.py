from odoo import api, fields, models
from odoo.exceptions import UserError


class DunningLimitChange(models.Model):
    """The history of a customer's credit limit: who changed it when, from what to what, and why."""

    _name = 'dunning.limit.change'
    _description = "Change of a Credit Limit"
    _order = 'id desc'
    _rec_name = 'partner_id'

    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, readonly=True, ondelete='cascade')
    user_id = fields.Many2one('res.users', "Changed By", required=True, readonly=True)
    date = fields.Datetime("Changed On", required=True, readonly=True)
    old_limit = fields.Monetary(readonly=True)
    new_limit = fields.Monetary(readonly=True)
    old_until = fields.Date("Valid Until, Before", readonly=True)
    new_until = fields.Date("Valid Until", readonly=True)
    reason = fields.Char(readonly=True)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The history of credit limits is evidence and stays."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of credit limits is evidence and stays."))
