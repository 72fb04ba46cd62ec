from odoo import models


class DunningPromise(models.Model):
    """Who promises to pay may mean interest, lump sums and costs as well."""

    _inherit = 'dunning.promise'

    def _get_promisable_amount(self):
        charges = self.env['dunning.charge'].sudo()._get_open_of_moves(self.item_ids.move_id)
        return super()._get_promisable_amount() + sum(charges.filtered(
            lambda charge: charge.currency_id == self.currency_id).mapped('amount_open'))
