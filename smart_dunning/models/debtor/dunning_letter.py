from odoo import models


class DunningLetter(models.Model):
    _inherit = 'dunning.letter'

    def action_open_dunning_debtor(self):
        """Open the debtor to whom the letter goes."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_open_dunning_debtor()

    def _set_sent(self):
        self.env['dunning.debtor.change']._enqueue_later(
            {(letter.company_id.id, letter.partner_id.id) for letter in self})
        return super()._set_sent()

    def _set_bounced(self):
        self.env['dunning.debtor.change']._enqueue_of(self)
        return super()._set_bounced()
