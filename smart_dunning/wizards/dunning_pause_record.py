from odoo import fields, models


class DunningPauseRecord(models.TransientModel):
    """Ask until when and why customers are left in peace."""

    _name = 'dunning.pause.record'
    _description = "Pause Dunning"

    debtor_ids = fields.Many2many('dunning.debtor', required=True)
    date_until = fields.Date("Until", required=True)
    reason = fields.Char(required=True)

    def action_pause(self):
        """Record the pause for each debtor and close."""
        self.env['dunning.pause'].create([{
            'partner_id': debtor.partner_id.id, 'company_id': debtor.company_id.id,
            'date_until': self.date_until, 'reason': self.reason,
        } for debtor in self.debtor_ids])
        self.debtor_ids._refresh_own()
        return {'type': 'ir.actions.act_window_close'}
