from odoo import api, fields, models


class AccountPaymentRegister(models.TransientModel):
    _inherit = 'account.payment.register'

    dunning_charge_amount = fields.Monetary(
        "Open Fees and Interest", compute='_compute_dunning_charge_amount', compute_sudo=True,
        currency_field='source_currency_id',
        help="What letters claim for these invoices besides their amounts.")
    dunning_costs_first = fields.Boolean(
        "Settle Fees and Interest First", compute='_compute_dunning_costs_first', store=True,
        readonly=False,
        help="Books what is open and settles it before the invoice: costs, interest, principal "
             "(§ 367 BGB). What the payment does not cover of the invoice stays open.")

    @api.depends('line_ids', 'payment_type', 'currency_id')
    def _compute_dunning_charge_amount(self):
        for wizard in self:
            charges = wizard._get_dunning_charges(wizard.line_ids.move_id)
            wizard.dunning_charge_amount = sum(charges.mapped('amount_open'))

    @api.depends('dunning_charge_amount')
    def _compute_dunning_costs_first(self):
        for wizard in self:
            wizard.dunning_costs_first = bool(
                wizard.dunning_charge_amount > 0
                and wizard.company_id.sudo().dunning_allocate_costs_first)

    def _get_dunning_charges(self, moves):
        """Return the open charges of invoices in the currency in which they are to be paid."""
        self.ensure_one()
        if self.payment_type != 'inbound' or not moves:
            return self.env['dunning.charge'].sudo()
        return self.env['dunning.charge']._get_open_of_moves(moves).filtered(
            lambda charge: charge.currency_id == self.currency_id)

    def _reconcile_payments(self, to_process, edit_mode=False):
        # EXTENDS account: the charges take their share before core gives the rest to the invoices.
        # Who writes off the difference has decided that the payment settles the invoice.
        if self.dunning_costs_first and self.payment_difference_handling != 'reconcile':
            for vals in to_process:
                if not vals['create_vals'].get('write_off_line_vals'):
                    self._settle_dunning_charges(vals['payment'], vals['to_reconcile'].move_id)
        return super()._reconcile_payments(to_process, edit_mode=edit_mode)

    def _settle_dunning_charges(self, payment, moves):
        credits = payment.sudo().move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable'
            and line.parent_state == 'posted' and line.amount_residual_currency < 0)
        charges = self._get_dunning_charges(moves)
        for same_account in credits.grouped('account_id').values():
            charges._settle(same_account, payment.date)
