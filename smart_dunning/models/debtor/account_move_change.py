"""What happens in the ledger changes the figures of debtors: noted here, refreshed later."""

from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _enqueue_debtors(self):
        """Note the customers of these receivable lines for the next refresh."""
        pairs = {
            (line.company_id.id, line.partner_id.commercial_partner_id.id)
            for line in self.sudo()
            if line.partner_id and line.account_id.account_type == 'asset_receivable'
        }
        if pairs:
            self.env['dunning.debtor.change']._enqueue(pairs)


class AccountPartialReconcile(models.Model):
    _inherit = 'account.partial.reconcile'

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        (partials.debit_move_id | partials.credit_move_id)._enqueue_debtors()
        return partials

    def unlink(self):
        (self.debit_move_id | self.credit_move_id)._enqueue_debtors()
        return super().unlink()


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _post(self, soft=True):
        # EXTENDS account
        posted = super()._post(soft=soft)
        posted.line_ids._enqueue_debtors()
        return posted

    def button_draft(self):
        # EXTENDS account
        self.line_ids._enqueue_debtors()
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS account
        self.line_ids._enqueue_debtors()
        return super().button_cancel()


class AccountPayment(models.Model):
    _inherit = 'account.payment'

    def write(self, vals):
        result = super().write(vals)
        if 'state' in vals:
            # A payment with a journal entry is noticed by its items; one without, only here.
            self.env['dunning.debtor.change']._enqueue({
                (payment.company_id.id, payment.partner_id.commercial_partner_id.id)
                for payment in self.sudo()
                if not payment.move_id and payment.partner_id
                and payment.partner_type == 'customer'})
        return result
