"""Amounts that people and other programs write: with groups of thousands, and either decimal sign.

What one mark before three digits is, nobody can see: `1.234` is more than a thousand in one country
and little more than one in another. Whoever reads says what it means there.

>>> [read_number(text) for text in ("1.234,50", "1,234.50", "12,5", "1'234", "1 234 567", "7")]
[1234.5, 1234.5, 12.5, 1234.0, 1234567.0, 7.0]
>>> read_number("1.234"), read_number("1.234", ','), read_number("1.234", '.')
(None, 1234.0, 1.234)
"""

import re

#: Groups of three, the first without a leading zero, all by one mark; the decimal sign is another.
_GROUPED = re.compile(
    r'(?P<whole>[1-9][0-9]{0,2}(?P<mark>[.,])[0-9]{3}(?:(?P=mark)[0-9]{3})*)'
    r'(?:(?!(?P=mark))[.,](?P<fraction>[0-9]*))?')
_PLAIN = re.compile(r'(?P<whole>[0-9]+)(?:[.,](?P<fraction>[0-9]*))?')
#: What could be either.
_DOUBTFUL = re.compile(r'[1-9][0-9]{0,2}([.,])[0-9]{3}')


def read_number(text: str, decimal: str | None = None) -> float | None:
    """Return the number, not below zero, that a text says; None when it says none for certain.

    :param decimal: the decimal sign of whoever reads, for what could be read both ways
    """
    digits = re.sub(r"[\s'’]", '', text)
    doubtful = _DOUBTFUL.fullmatch(digits)
    if doubtful and not decimal:
        return None
    kinds = (_PLAIN, _GROUPED) if doubtful and doubtful[1] == decimal else (_GROUPED, _PLAIN)
    match = next(filter(None, (kind.fullmatch(digits) for kind in kinds)), None)
    if match is None:
        return None
    return float(f"{re.sub('[.,]', '', match['whole'])}.{match['fraction'] or '0'}")
