"""What changes the debt behind charges: they are computed anew at once, whoever caused it."""

from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _get_charged_customers(self):
        """Return pairs (company id, customer id) of these receivable items."""
        return {
            (line.company_id.id, line.partner_id.id) for line in self.sudo()
            if line.partner_id and line.account_id.account_type == 'asset_receivable'
            and not line.dunning_charge_id}

    def _follow_charges(self):
        self.env['dunning.charge']._follow_debt_of(self._get_charged_customers())


class AccountPartialReconcile(models.Model):
    _inherit = 'account.partial.reconcile'

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        (partials.debit_move_id | partials.credit_move_id)._follow_charges()
        return partials

    def unlink(self):
        pairs = (self.debit_move_id | self.credit_move_id)._get_charged_customers()
        result = super().unlink()
        self.env['dunning.charge']._follow_debt_of(pairs)
        return result


class AccountMove(models.Model):
    _inherit = 'account.move'

    def write(self, vals):
        result = super().write(vals)
        if 'dunning_default_manual' in vals:
            self.line_ids._follow_charges()
        return result

    def unlink(self):
        pairs = self.line_ids._get_charged_customers()
        result = super().unlink()
        self.env['dunning.charge']._follow_debt_of(pairs)
        return result

    def _post(self, soft=True):
        # EXTENDS account
        posted = super()._post(soft=soft)
        posted.line_ids._follow_charges()
        return posted

    def button_draft(self):
        # EXTENDS account
        result = super().button_draft()
        self.line_ids._follow_charges()
        return result

    def button_cancel(self):
        # EXTENDS account
        result = super().button_cancel()
        self.line_ids._follow_charges()
        return result
