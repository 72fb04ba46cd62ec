from odoo import api, models


class DunningDebtor(models.Model):
    """What happened is read when the figures of customers are."""

    _inherit = 'dunning.debtor'

    @api.model
    def _refresh(self, partners=None, company=None, keep=False):
        # EXTENDS debtor
        result = super()._refresh(partners=partners, company=company, keep=keep)
        if not keep:            # who merely opens a debtor makes nothing happen
            company = (company or self.env.company).sudo()
            today = company._get_dunning_today()
            self.env['dunning.event']._collect_isolated(
                company, today, partners and partners.commercial_partner_id.ids)
            if partners is None and not company.dunning_events_since:
                company.dunning_events_since = today
        return result
