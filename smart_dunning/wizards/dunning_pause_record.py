from odoo import fields, models


class DunningPauseRecord(models.TransientModel):
    """Ask until when and why customers are left in peace."""

    _name = 'dunning.pause.record'
    _description = "Pause Dunning"

    debtor_ids = fields.Many2many('dunning.debtor', required=True)
    date_until = fields.Date("Until", required=True)
    reason_id = fields.Many2one(
        'dunning.pause.reason', required=True, domain=[('usage', '=', 'pause')])
    remark = fields.Char()

    def action_pause(self):
        """Record the pause for each debtor and close."""
        self.env['dunning.pause'].create([{
            'partner_id': debtor.partner_id.id, 'company_id': debtor.company_id.id,
            'date_until': self.date_until, 'reason_id': self.reason_id.id,
            **({'reason': self.remark} if self.remark else {}),
        } for debtor in self.debtor_ids])
        self.debtor_ids._refresh_own()
        return {'type': 'ir.actions.act_window_close'}
