from odoo import api, fields, models


class DunningChargeWaive(models.TransientModel):
    """Ask which charges are waived, how much of them and why."""

    _name = 'dunning.charge.waive'
    _description = "Waive Charges"

    charge_ids = fields.Many2many('dunning.charge', required=True, string="Fees and Interest")
    currency_id = fields.Many2one('res.currency', compute='_compute_amount_open')
    amount_open = fields.Monetary("Open", compute='_compute_amount_open')
    amount = fields.Monetary(
        "Amount to Waive", compute='_compute_amount', store=True, readonly=False,
        help="Less than what is open: fees are waived first, then lump sums, then interest.")
    reason = fields.Char(required=True)

    @api.depends('charge_ids')
    def _compute_amount_open(self):
        for wizard in self:
            currencies = wizard.charge_ids.currency_id
            wizard.currency_id = currencies if len(currencies) == 1 else False
            wizard.amount_open = wizard.currency_id and sum(
                wizard.charge_ids.mapped('amount_open'))

    @api.depends('charge_ids')
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_open

    def action_waive(self):
        """Waive the charges and close."""
        self.ensure_one()
        whole = not self.currency_id or self.currency_id.compare_amounts(
            self.amount, self.amount_open) == 0
        waivers = self.charge_ids._waive(self.reason, None if whole else self.amount)
        self.env['dunning.debtor'].sudo()._refresh_of(waivers)
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'success', 'message': waivers._get_sentence(),
                'next': {'type': 'ir.actions.act_window_close'}},
        }
