from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = 'base.partner.merge.automatic.wizard'

    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS base: a lock holds nothing but the moment, the customer who stays has an own one
        self.env['dunning.hold.lock'].sudo().search(
            [('partner_id', 'in', src_partners.ids)]).unlink()
        return super()._update_foreign_keys(src_partners, dst_partner)
