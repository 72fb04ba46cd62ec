from odoo import api, models


class PosPayment(models.Model):
    """A payment that becomes one on account after the sale is judged like the sale."""

    _inherit = 'pos.payment'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS point_of_sale
        payments = super().create(vals_list)
        payments.pos_order_id._judge_changed()
        return payments

    def write(self, vals):
        # EXTENDS point_of_sale
        result = super().write(vals)
        if {'amount', 'payment_method_id', 'pos_order_id'} & vals.keys():
            self.pos_order_id._judge_changed()
        return result
