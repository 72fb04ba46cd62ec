from odoo import models

#: Accounts on which money, or what was set off against it, arrives.
_MONEY = ('asset_cash', 'liability_credit_card', 'liability_payable')
_MONEY_JOURNALS = ('bank', 'cash', 'credit')


class AccountMove(models.Model):
    """Which part of an invoice was paid: with money, and not written off or credited."""

    _inherit = 'account.move'

    def _get_paid_part(self):
        """Return the part of the invoice that was paid, or paid back by a credit note: 0 to 1."""
        self.ensure_one()
        items = self.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        total = abs(sum(items.mapped('amount_currency')))
        if not total:
            return 0.0
        paid = self._get_paid_without_entry()
        for item in items:
            for partial in item.matched_debit_ids:
                paid += partial.credit_amount_currency * partial.debit_move_id._get_money_part()
            for partial in item.matched_credit_ids:
                paid += partial.debit_amount_currency * partial.credit_move_id._get_money_part()
        return min(paid / total, 1.0)

    def _get_paid_without_entry(self):
        """Return what payments without an entry pay of what is open, in the invoice's currency."""
        payments = self.matched_payment_ids.filtered(
            lambda payment: not payment.move_id and payment.state in ('in_process', 'paid'))
        return min(abs(self.amount_residual), sum(
            payment.currency_id._convert(
                payment.amount, self.currency_id, self.company_id, payment.date, round=False)
            / (len(payment.invoice_ids) or 1) for payment in payments))


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _get_money_part(self):
        """Return the part of a receivable line that money stands against in its entry: 0 to 1.

        A credit note is no money, nor is what was written off or moved to another receivable. A
        discount for early payment is as agreed: nothing of it is owed.
        """
        self.ensure_one()
        move = self.move_id
        if move.is_invoice():
            return 0.0
        lines = move.line_ids
        company = move.company_id
        discounts = company.account_journal_early_pay_discount_loss_account_id \
            | company.account_journal_early_pay_discount_gain_account_id
        receivable = lines.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        is_bank = move.journal_id.type in _MONEY_JOURNALS
        money = sum(
            line.balance for line in lines - receivable
            if line.account_id in discounts
            or (line.tax_line_id and lines.account_id & discounts)
            or line.account_id.account_type in _MONEY
            or (is_bank and line.account_id.internal_group in ('asset', 'liability')
                and not line.tax_line_id))
        total = sum(receivable.mapped('balance'))
        return min(max(-money / total, 0.0), 1.0) if total else 0.0
