"""References of our own for accounts that take Swiss QR references alone (QR-IBAN).

26 digits and a check digit, by the Swiss Implementation Guidelines QR-bill 2.3: what the document
is, and its number in the database. Core's, of invoices, begin with zeros.
"""
import re

from odoo.tools.misc import mod10r

_DIGITS = 26
_REFERENCE = re.compile(r'(?<!\d)(?:\d ?){26}\d(?!\d)')


def make_reference(kind, number):
    """Return the QR reference of a document.

    >>> make_reference('91', 4711)
    '910000000000000000000047116'

    :param str kind: two digits, see `dunning.document._qr_kind`
    :param int number: the id of the document
    """
    return mod10r(f'{kind}{number:0{_DIGITS - len(kind)}}')


def read_references(text, kind):
    """Return the numbers of the documents of a kind whose QR references stand in a text.

    >>> read_references("Thanks 91 00000 00000 00000 00000 47116!", '91')
    {4711}
    >>> read_references("910000000000000000000047117", '91')
    set()
    """
    found = (match.replace(' ', '') for match in _REFERENCE.findall(text))
    return {int(one[len(kind):-1]) for one in found
            if one.startswith(kind) and one == mod10r(one[:-1])}
