"""E-mail addresses as people type them: several in one field, with commas or semicolons."""

from odoo.tools.mail import email_normalize_all


def find_addresses(text):
    """Return the valid addresses in a text, normalized, each once.

    >>> find_addresses("Anna <A@x.example>; b@x.example, a@x.example")
    ['a@x.example', 'b@x.example']
    >>> find_addresses("not an address") or find_addresses(False)
    []
    """
    return list(dict.fromkeys(email_normalize_all((text or '').replace(';', ','))))
