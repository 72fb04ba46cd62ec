from odoo import api, models


class DunningDebtor(models.Model):
    _inherit = 'dunning.debtor'

    @api.model
    def _get_watched(self, company, partner_ids):
        # EXTENDS smart_dunning: who has bought on account since the till was opened
        return super()._get_watched(company, partner_ids) | set(
            self.env['dunning.hold.check']._get_on_account(company, partner_ids))
