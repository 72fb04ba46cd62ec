from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _choose_dunning_bank(self, invoices, currency):
        """Return the account to pay to: the invoices' own, else one in the currency.

        Every paper, mail and code asks here, so that nobody reads two accounts for one debt.

        :param invoices: what is to be paid
        :param currency: in which it is paid
        """
        self.ensure_one()
        own = self.sudo().partner_id.bank_ids
        named = invoices.sudo().partner_bank_id & own
        if len(named) == 1:
            return named
        fitting = own.filtered(lambda bank: not bank.currency_id or bank.currency_id == currency)
        exact = fitting.filtered('currency_id')
        return (exact or fitting or own)[:1]
