from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._enqueue_hold_drafts()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {'price_unit', 'quantity', 'discount', 'tax_ids'} & vals.keys():
            self.move_id._enqueue_hold_drafts()
        return result

    def unlink(self):
        self.move_id._enqueue_hold_drafts()
        return super().unlink()
