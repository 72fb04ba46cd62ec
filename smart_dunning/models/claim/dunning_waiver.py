from odoo import api, fields, models
from odoo.exceptions import UserError


class DunningWaiver(models.Model):
    """What was let off of a charge: how much, by whom, when and why. It is only ever added to.

    A clerk waives; the system corrects what the ledger does not bear out any more. A correction
    of less than zero claims again what an earlier one had taken back.
    """

    _name = 'dunning.waiver'
    _inherit = ['dunning.system.record']
    _description = "Waived or Corrected Charge"
    _order = 'date desc, id desc'
    _check_company_auto = True
    _rec_name = 'reason'

    charge_id = fields.Many2one(
        'dunning.charge', required=True, index=True, readonly=True, ondelete='restrict',
        check_company=True)
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    partner_id = fields.Many2one(related='charge_id.partner_id', store=True, index=True)
    currency_id = fields.Many2one(related='charge_id.currency_id')
    kind = fields.Selection([
        ('waiver', "Waived"), ('correction', "Corrected"),
    ], required=True, readonly=True, default='waiver')
    amount = fields.Monetary(readonly=True)
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one('res.users', "By", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    entry_id = fields.Many2one(
        'account.move', "Reversal", readonly=True, index='btree_not_null', ondelete='set null',
        help="The entry that reverses what was booked.")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._("What was waived is evidence and stays."))

    def _get_system_text(self):
        return self.env._("Please waive charges with the button for it.")
