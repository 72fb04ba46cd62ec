from odoo import models


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    def _post_process(self):
        # EXTENDS payment: an order paid on delivery is confirmed here. Where a hold has come
        # meanwhile it stays a quotation, as with a wire transfer; a refusal would help nobody.
        for transaction in self:
            if transaction.state == 'pending' and transaction.provider_id._gives_credit():
                transaction.sale_order_ids.filtered(
                    lambda order: order.state == 'draft')._keep_held_quotations()
        return super()._post_process()
