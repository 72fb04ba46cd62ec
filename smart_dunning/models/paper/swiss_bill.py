from odoo import models

from odoo.addons.base.models.res_bank import sanitize_account_number

from . import epc_qr, qr_reference

# Where the parts of the payload stand, by the Swiss Implementation Guidelines QR-bill 2.3, and as
# `l10n_ch` builds it.
_IBAN, _CREDITOR, _AMOUNT, _CURRENCY, _DEBTOR = 3, 5, 18, 19, 21
_TYPE, _REFERENCE, _MESSAGE = 27, 28, 29
_COUNTRIES = ('CH', 'LI')


class DunningDocument(models.AbstractModel):
    """The Swiss QR-bill: receipt and payment part, on a page of their own.

    The payload is that of Odoo's module `l10n_ch`, which need not be there.
    """

    _inherit = 'dunning.document'

    #: The first two digits of its QR references, see `qr_reference`; None: it has none.
    _qr_kind = None

    def _make_swiss_bill(self, bank, amount, reference, message=''):
        """Return what stands on the QR-bill, or False where there can be none.

        Francs only, from an account in Switzerland or Liechtenstein. An account with a QR-IBAN
        takes QR references alone, see `_fit_reference`.

        :param bank: `res.partner.bank` to pay to
        :param amount: in the letter's currency
        :param reference: what the customer shall write on the transfer
        :param message: what the bill says besides, such as which instalment it is
        """
        amount = self.currency_id.round(amount)
        if (not bank or self.currency_id.name != 'CHF'
                or self.currency_id.compare_amounts(amount, 0) <= 0
                or (bank.sanitized_acc_number or '')[:2] not in _COUNTRIES):
            return False
        transfer = self._get_swiss_transfer(bank, amount, reference, message)
        return bool(transfer) and self._read_swiss_payload(bank._get_qr_vals('ch_qr', *transfer))

    def _get_swiss_transfer(self, bank, amount, reference, message=''):
        """Return what core makes a QR-bill of, None where it can make none."""
        if 'ch_qr' not in {code for code, *_others in bank._get_available_qr_methods()}:
            return None
        plain = (reference or '').replace(' ', '')
        is_structured = bank._is_qr_reference(plain) or bank._is_iso11649_reference(plain)
        transfer = amount, self.currency_id, self.partner_id, *(
            (message, plain) if is_structured
            else (", ".join(filter(None, (reference, message))), ''))
        if (bank._get_error_messages_for_qr('ch_qr', self.partner_id, self.currency_id)
                or bank._check_for_qr_code_errors('ch_qr', *transfer)):
            return None
        return transfer

    def _fit_reference(self, bank, reference):
        """Return what the customer writes on a transfer to an account.

        A QR-IBAN takes no other than a QR reference: where the invoice has none, or there are
        several, the document has one of its own, by which its payment is found again.

        :param bank: `res.partner.bank` to pay to; may be empty
        :param reference: what other accounts take
        """
        number = self._origin.id
        if not (bank and number and self._qr_kind and self._takes_qr_references_alone(bank)):
            return reference
        plain = (reference or '').replace(' ', '')
        if bank._is_qr_reference(plain):
            return reference
        return qr_reference.make_reference(self._qr_kind, number)

    def _takes_qr_references_alone(self, bank):
        """Return whether an account is, or bills of this document name, a QR-IBAN."""
        iban = 'l10n_ch_qr_iban' in bank._fields and sanitize_account_number(bank.l10n_ch_qr_iban)
        return bool(iban) and (
            iban == bank.sanitized_acc_number
            or self.currency_id.name == 'CHF' and self.partner_id.country_id.code in _COUNTRIES)

    def _read_swiss_payload(self, lines):
        """Return the parts of a payload as they are printed, and its code."""
        reference = lines[_REFERENCE]
        first = 2 if lines[_TYPE] == 'QRR' else 4
        size = 5 if lines[_TYPE] == 'QRR' else 4
        return {
            'code': epc_qr.make_image(epc_qr.make_matrix('\n'.join(lines))),
            'account': '\n'.join((_group(lines[_IBAN]), *_get_address(lines[_CREDITOR:]))),
            'debtor': '\n'.join(_get_address(lines[_DEBTOR:])),
            'reference': " ".join(filter(None, (
                reference[:first], _group(reference[first:], size)))),
            'message': lines[_MESSAGE],
            'currency': lines[_CURRENCY],
            'amount': f'{float(lines[_AMOUNT]):,.2f}'.replace(',', '\N{NO-BREAK SPACE}'),
        }


def _group(text, size=4):
    """Return a text in groups, as people read long numbers.

    >>> _group('CH9300762011623852957')
    'CH93 0076 2011 6238 5295 7'
    """
    return " ".join(text[start:start + size] for start in range(0, len(text), size))


def _get_address(lines):
    """Return name, street and place of the lines that begin here.

    >>> _get_address(['Muster AG', 'Gasse', '1', '8000', 'Zürich', 'CH', 'more'])
    ['Muster AG', 'Gasse 1', 'CH-8000 Zürich']
    """
    name, street, number, code, town, country = lines[:6]
    return list(filter(None, (
        name, " ".join(filter(None, (street, number))), f'{country}-{code} {town}')))
