from odoo import models


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    def _check_amount_and_confirm_order(self):
        # EXTENDS sale: a refusal here would lose the payment, so a held order stays a quotation
        held = self.filtered(lambda transaction: len(transaction.sale_order_ids) == 1
                             and transaction.sale_order_ids.state in ('draft', 'sent')
                             and transaction.sale_order_ids._is_confirmation_amount_reached()
                             and transaction.sale_order_ids._get_hold_refusal())
        for order in held.sale_order_ids:
            order._notify_paid_but_held()
        return super(PaymentTransaction, self - held)._check_amount_and_confirm_order()
