"""E-mail addresses as people type them: several in one field, with commas or semicolons."""

from odoo.tools.mail import email_normalize_all, formataddr


def find_addresses(text):
    """Return the valid addresses in a text, normalized, each once.

    >>> find_addresses("Anna <A@x.example>; b@x.example, a@x.example")
    ['a@x.example', 'b@x.example']
    >>> find_addresses("not an address") or find_addresses(False)
    []
    """
    return list(dict.fromkeys(email_normalize_all((text or '').replace(';', ','))))


def to_header(text):
    """Return a text in one line: a line break would end the header of a mail.

    >>> to_header("Anna\\nAdler")
    'Anna Adler'
    """
    return " ".join((text or '').split())


def format_recipients(name, text):
    """Return all addresses in a text as the header of a mail names its recipients.

    >>> format_recipients("Anna", "a@x.example; b@x.example")
    '"Anna" <a@x.example>, "Anna" <b@x.example>'
    """
    return ", ".join(formataddr((to_header(name), address)) for address in find_addresses(text))
