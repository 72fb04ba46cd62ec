from odoo.fields import Command

from .common import DunningCommon, day


class ChargeCommon(DunningCommon):
    """Charges as letters make them, made directly: an invoice with interest, lump sum and fee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_income = cls.env['account.account'].create({
            'name': "Late interest", 'code': '450111', 'account_type': 'income_other',
            'company_ids': [Command.set(cls.company.ids)]})
        cls.fee_income = cls.env['account.account'].create({
            'name': "Dunning fees", 'code': '450112', 'account_type': 'income_other',
            'company_ids': [Command.set(cls.company.ids)]})
        cls.company.write({
            'dunning_interest_account_id': cls.other_income.id,
            'dunning_fee_account_id': cls.fee_income.id})

    @classmethod
    def _charge(cls, kind='interest', amount=7.0, move=None, **values):
        """Claim something as a letter of `day(0)` does."""
        item = move and cls._terms(move)[:1]
        return cls.env['dunning.charge'].sudo().create({
            'company_id': cls.company.id, 'partner_id': cls.customer.id,
            'currency_id': cls.company.currency_id.id, 'kind': kind, 'amount': amount,
            'date': day(0),
            **({'move_id': move.id} if move and kind != 'fee' else {}),
            **({'move_line_id': item.id, 'date_from': day(-20), 'date_to': day(0)}
               if move and kind == 'interest' else {}),
            **values,
        })

    @classmethod
    def _charges(cls, move, fee=5.0, lump_sum=40.0, interest=7.0):
        return (cls._charge('fee', fee, move) | cls._charge('lump_sum', lump_sum, move)
                | cls._charge('interest', interest, move))

    @classmethod
    def _receive(cls, amount, on=None, partner=None, currency=None):
        """Book a receipt in the bank that nothing is matched with."""
        payment = cls.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': amount,
            'partner_id': (partner or cls.customer).id, 'date': on or day(0),
            'journal_id': cls.journal_bank.id,
            **({'currency_id': currency.id} if currency else {})})
        payment.action_post()
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')

    @classmethod
    def _refresh(cls):
        cls.env['dunning.debtor']._refresh(partners=cls.customer, company=cls.company)
        debtor = cls.env['dunning.debtor'].search([
            ('partner_id', '=', cls.customer.id), ('company_id', '=', cls.company.id)])
        debtor.invalidate_recordset()
        return debtor

    @staticmethod
    def _entries(charges):
        return charges.line_ids.move_id.sorted('id')
