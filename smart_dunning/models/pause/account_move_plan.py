from odoo import models


class AccountMove(models.Model):
    """The button of an invoice that records an instalment plan."""

    _inherit = 'account.move'

    def action_record_plan(self):
        """Open the dialog for a plan to pay these invoices in parts."""
        items = self.env['dunning.installment.plan']._get_agreeable_items(
            self.commercial_partner_id[:1], self.company_id[:1], self.currency_id[:1], self)
        return self._open_dialog(
            'dunning.installment.plan', self.env._("Instalment plan"), item_ids=items.ids)
