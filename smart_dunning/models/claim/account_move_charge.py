from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    dunning_charge_id = fields.Many2one(
        'dunning.charge', copy=False, readonly=True, index='btree_not_null', ondelete='set null',
        help="The fee or interest that this item books.")

    @api.model_create_multi
    def create(self, vals_list):
        # A default value from the context does not stand in `vals_list`.
        if not self.env.su and (any(vals.get('dunning_charge_id') for vals in vals_list)
                                or self.default_get(['dunning_charge_id'])):
            self._refuse_charge()
        return super().create(vals_list)

    def write(self, vals):
        if 'dunning_charge_id' in vals and not self.env.su:
            self._refuse_charge()
        result = super().write(vals)
        if 'date_maturity' in vals:     # more time is granted on the posted invoice
            self.filtered(lambda line: line.parent_state == 'posted')._follow_charges()
        return result

    def _refuse_charge(self):
        raise AccessError(self.env._("This link is set by dunning and cannot be changed."))


class AccountMove(models.Model):
    _inherit = 'account.move'

    dunning_charge_amount = fields.Monetary(
        "Open Fees and Interest", compute='_compute_dunning_charge_amount', compute_sudo=True,
        groups='smart_dunning.group_dunning_user,account.group_account_readonly',
        help="What letters claim for this invoice besides its amount, and is not settled.")
    dunning_is_only_charges = fields.Boolean(
        compute='_compute_dunning_charge_amount', compute_sudo=True,
        groups='smart_dunning.group_dunning_user,account.group_account_readonly')

    def _compute_dunning_charge_amount(self):
        self.dunning_charge_amount = self.dunning_is_only_charges = False
        amounts = defaultdict(float)
        for charge in self.env['dunning.charge']._get_open_of_moves(self.filtered(
                lambda move: move.move_type in ('out_invoice', 'out_receipt'))):
            for move in charge._get_moves():
                amounts[move.id, charge.currency_id] += charge.amount_open
        for move in self:
            move.dunning_charge_amount = amounts.get((move._origin.id, move.currency_id), 0.0)
        claimed = self.filtered(lambda move: move.dunning_charge_amount > 0)
        claimed._filter_dunning_settled().dunning_is_only_charges = True

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS account: the reversal of a booked charge belongs to the charge as well
        reverse_moves = super()._reverse_moves(default_values_list, cancel=cancel)
        for move, reverse in zip(self, reverse_moves, strict=False):
            booked = move.line_ids.sudo()
            if not booked.dunning_charge_id:
                continue
            for line, copy in zip(
                    booked.sorted('id'), reverse.line_ids.sudo().sorted('id'), strict=False):
                copy.dunning_charge_id = line.dunning_charge_id
        return reverse_moves

    def _get_dunning_booking_env(self, company):
        """Return the records for booking as the system, in the language of the company.

        Nothing of the caller's context gets through: its keys change how core books.
        """
        lang = company.sudo().partner_id.lang or self.env.lang
        return self.with_env(self.env(context={'lang': lang}, su=True)).with_company(company)

    def action_waive_dunning_charges(self):
        """Ask which charges of these invoices are waived, how much of them and why."""
        return self.env['dunning.charge']._get_open_of_moves(self)._open_waive_dialog()

    def action_waive_dunning_rest(self):
        """Waive everything that is open besides the paid principal, at one click."""
        charges = self.env['dunning.charge']._get_open_of_moves(self.filtered(
            'dunning_is_only_charges'))
        return charges._waive_rest()

    def action_open_dunning_charges(self):
        """Open the charges of these invoices, settled ones too."""
        return self.env['dunning.charge']._open_list([('move_id', 'in', self.ids)])
