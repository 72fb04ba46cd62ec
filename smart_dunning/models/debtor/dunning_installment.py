from odoo import api, models


class DunningDebtor(models.Model):
    """The button of a debtor that records an instalment plan, and plans that see his payments."""

    _inherit = 'dunning.debtor'

    @api.model
    def _update_agreements(self, company, partner_ids):
        result = super()._update_agreements(company, partner_ids)
        self.env['dunning.installment.plan'].sudo()._update_states(company, partner_ids)
        return result

    def action_record_plan(self):
        """Open the dialog for a plan of this customer to pay what is overdue in parts."""
        self.ensure_one()
        items = self.env['dunning.installment.plan']._get_agreeable_items(
            self.partner_id, self.company_id, self._get_agreement_currency())
        return self._open_dialog('dunning.installment.plan', self.env._("Instalment plan"), {
            'default_item_ids': items.ids})
