from odoo import fields, models
from odoo.tools import email_domain_extract, formataddr

from ..policy.addresses import to_header
from . import fonts

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

    dunning_window = fields.Selection(
        [('left', "On the left"), ('right', "On the right")], "Window of the Envelope",
        default='left', required=True,
        help="Where letters carry the address: on the left as in Germany, Austria and the USA, or "
             "on the right as in France and often in Switzerland. The size of the paper is that "
             "of the document layout.")

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

        A branch without an account of its own is paid through the company above it; an invoice
        that names an account of the main company, or of a branch, is paid to that one.

        Every paper, mail and code asks here, so that nobody reads two accounts for one debt.

        :param invoices: what is to be paid
        :param currency: in which it is paid
        """
        own = self._get_dunning_banks()
        named = invoices.sudo().partner_bank_id
        named = named & own or named & self._get_dunning_tree().partner_id.bank_ids
        if len(named) == 1:
            return named
        fitting = own.filtered(lambda bank: not bank.currency_id or bank.currency_id == currency)
        exact = fitting.filtered('currency_id')
        return (exact or fitting or own)[:1]

    def _get_dunning_banks(self):
        """Return the accounts that customers may pay to: its own, else those of the one above."""
        self.ensure_one()
        company = self.sudo()
        while not company.partner_id.bank_ids and company.parent_id:
            company = company.parent_id
        return company.partner_id.bank_ids

    def _find_unprintable(self, text):
        """Return the characters of a text that no font of the company's letters has."""
        return fonts.find_missing(text, self._get_font_files())

    def _can_print(self, lang):
        """Return whether the fonts of the company's letters have the script of a language."""
        return fonts.speaks(lang, self._get_font_files())

    def _get_font_files(self):
        self.ensure_one()
        try:
            from . import style  # noqa: PLC0415, loads the engine
        except (ImportError, OSError):
            return ()           # nothing is laid out, see `engine`
        return style.get_font_files(self.sudo().font)

    def _choose_dunning_address(self, user):
        """Return the e-mail address that a paper or mail of the company is signed with.

        That of the person who signs, but never one in the domain of another company: a second
        company's letter carries that company's own address where its clerk has none there.

        :param user: who signs; may be empty
        """
        self.ensure_one()
        signer = user.sudo().partner_id
        # A branch without an address has that of the company above it.
        home = next((one for one in reversed(self.sudo().parent_ids) if one.email), self.sudo())
        if not signer.email or not home.email:
            return signer.email or home.email or ''
        domain, own = email_domain_extract(signer.email), self.sudo() | home
        if domain in own._get_mail_domains():
            return signer.email
        others = self.env['res.company'].sudo().search([]) - own
        is_strange = user.sudo().company_id not in own or domain in others._get_mail_domains()
        return home.email if is_strange else signer.email

    def _get_dunning_sender(self, user):
        """Return who a mail of the company comes from, as its header says; False for nobody.

        :param user: who signs; may be empty
        """
        address = self._choose_dunning_address(user)
        name = user.sudo().partner_id.name or self.name
        return bool(address) and formataddr((to_header(name), address))

    def _get_mail_domains(self):
        """Return the domains in which these companies have addresses."""
        return {
            email_domain_extract(company.email) for company in self if company.email
        } | {*self.sudo().alias_domain_id.mapped('name')} - {False}
