from odoo import models


class AccountMove(models.Model):
    """A draft changes what a customer owes where the policy counts drafts."""

    _inherit = 'account.move'

    def write(self, vals):
        if 'partner_id' not in vals:
            return super().write(vals)
        self._enqueue_hold_drafts()
        result = super().write(vals)
        self._enqueue_hold_drafts()
        return result

    def _enqueue_hold_drafts(self):
        """Have the customers of these drafts looked at again, where drafts count."""
        check = self.env['dunning.hold.check']
        self.env['dunning.debtor.change']._enqueue_later({
            (move.company_id.id, move.commercial_partner_id.id) for move in self.sudo()
            if move.state == 'draft' and move.partner_id
            and move.move_type in ('out_invoice', 'out_receipt', 'out_refund')
            and check._get_config(move.company_id.id).counts_drafts})
