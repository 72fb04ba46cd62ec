from odoo import models


class DunningDebtor(models.Model):
    """The button of a debtor that records an instalment plan."""

    _inherit = 'dunning.debtor'

    def action_record_plan(self):
        """Open the dialog for a plan of this customer to pay what is overdue in parts."""
        self.ensure_one()
        items = self.env['dunning.installment.plan']._get_agreeable_items(
            self.partner_id, self.company_id, self._get_agreement_currency())
        return self._open_dialog(
            'dunning.installment.plan', self.env._("Instalment plan"), item_ids=items.ids)
