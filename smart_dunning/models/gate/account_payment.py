from odoo import models


class AccountPayment(models.Model):
    _inherit = 'account.payment'

    def _get_open_part(self):
        """Return the part of a payment that no item has received yet: 0 to 1.

        An empty recordset stands for an online payment that is not booked yet: all of it is open.
        """
        if not self:
            return 1.0
        if self.state in ('canceled', 'rejected'):
            return 0.0
        if not self.move_id:
            # The invoices that it names count it: see `account.move._get_paid_without_entry`.
            return 0.0 if self.invoice_ids else 1.0
        items = self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        total = sum(items.mapped('balance'))
        return sum(items.mapped('amount_residual')) / total if total else 0.0
