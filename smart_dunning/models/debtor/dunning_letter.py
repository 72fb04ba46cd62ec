from odoo import models


class DunningLetter(models.Model):
    _inherit = 'dunning.letter'

    def action_open_dunning_debtor(self):
        """Open the debtor to whom the letter goes."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_open_dunning_debtor()
