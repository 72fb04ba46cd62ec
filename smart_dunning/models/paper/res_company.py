from odoo import fields, models

#: What customers write on a transfer, and up to how many invoice numbers that are.
REFERENCES = [
    ('invoice', "Invoice number; for several invoices the number of the letter"),
    ('invoices', "Invoice numbers, up to three; for more the number of the letter"),
    ('letter', "Number of the letter"),
]
_MOST_NUMBERS = {'invoice': 1, 'invoices': 3, 'letter': 0}


class ResCompany(models.Model):
    _inherit = 'res.company'

    dunning_reference = fields.Selection(
        REFERENCES, "Reference of Payments", default='invoice', required=True,
        help="What customers are asked to write on the transfer: the same in e-mail, letter and "
             "QR code.")

    def _choose_dunning_reference(self, invoices, numbers, own):
        """Return what the customer writes on the transfer; every mail, paper and code asks here.

        :param invoices: what is to be paid
        :param numbers: the numbers of the invoices as the paper names them, each once
        :param own: the number of the paper
        """
        self.ensure_one()
        most = _MOST_NUMBERS[self.dunning_reference or 'invoice']
        if not 0 < len(numbers) <= most:
            return own
        # An invoice may ask for a structured reference of its own, which matching relies on.
        if len(invoices) == len(numbers) == 1:
            return invoices.sudo().payment_reference or numbers[0]
        return ", ".join(numbers)

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
