from odoo import models


class SaleOrder(models.Model):
    """What the customer has paid for an order: the one place that says so.

    Only the order's own share counts of an invoice or online payment that others share.
    """

    _inherit = 'sale.order'

    def _is_paid_in_full(self):
        """Return whether nothing of the order is left to pay."""
        self.ensure_one()
        paid = self._get_paid()
        return paid > 0 and self.currency_id.compare_amounts(paid, self._get_due()) >= 0

    def _get_due(self):
        """Return what the order costs: what is invoiced as invoiced, the rest as ordered.

        What is invoiced in another currency is measured by the order: a number of another
        currency is no price.
        """
        due = self._get_rest_to_invoice()
        for line in self.order_line:
            for invoiced, share in line._get_invoiced():
                sign = -invoiced.move_id.direction_sign
                if invoiced.currency_id == self.currency_id:
                    due += sign * share * invoiced.price_total
                else:
                    due += line._get_price_of({line: sign * share * invoiced.quantity})
        return due

    def _get_paid(self):
        """Return what was paid for the order, less what was paid back, in its currency."""
        return self._get_paid_by_invoice() + self._get_paid_online()

    def _get_paid_by_invoice(self):
        """Return what was paid of the posted invoices, line by line."""
        shares = [each for line in self.order_line for each in line._get_invoiced()]
        parts = {move: move._get_paid_part() for move in {line.move_id for line, _ in shares}}
        return sum(
            line.currency_id._convert(
                -line.move_id.direction_sign * share * line.price_total * parts[line.move_id],
                self.currency_id, self.company_id,
                line.move_id.invoice_date or line.date, round=False)
            for line, share in shares)

    def _get_paid_online(self, is_posted=None):
        """Return what online payments paid that no invoice has received, less refunds.

        :param is_posted: whether those count that are in the ledger; None: all do
        """
        payer = self.partner_invoice_id.commercial_partner_id
        own = self.transaction_ids.filtered(
            lambda transaction: transaction.partner_id.commercial_partner_id == payer)
        transactions = own | own.child_transaction_ids.filtered(
            lambda child: child.operation == 'refund')
        paid = 0.0
        for transaction in transactions:
            payment = transaction.payment_id
            is_booked = bool(payment.move_id)
            if transaction.state in ('authorized', 'done') and is_posted in (None, is_booked):
                paid += transaction.currency_id._convert(
                    transaction.amount * payment._get_open_part()
                    * self._get_share_of_transaction(transaction), self.currency_id,
                    self.company_id, self.company_id._get_dunning_today(), round=False)
        return paid

    def _get_share_of_transaction(self, transaction):
        """Return the share of this order in an online payment for several: 0 to 1."""
        orders = transaction.sale_order_ids or transaction.source_transaction_id.sale_order_ids
        if len(orders) <= 1:
            return 1.0
        prices = {order: order._to_company(order._get_own_total()) for order in orders}
        total = sum(prices.values())
        return prices[self] / total if total else 1 / len(orders)
