"""What a remote client means by the texts that it sends."""

import re
from datetime import date

from .number import read_number

#: By which fields a customer is named, the surest first.
CUSTOMER_KEYS = ('id', 'vat', 'ref', 'email_normalized', 'name')
_DAY = re.compile(r'\d{4}-\d{2}-\d{2}')


def is_number(value):
    """Tell whether a value is a whole number, or a text of one.

    >>> [is_number(each) for each in (7, "7", " 7 ", True, 7.5, "7a", "", None, "²")]
    [True, True, True, False, False, False, False, False, False]
    """
    if isinstance(value, str):
        return bool(re.fullmatch(r'\s*-?[0-9]{1,9}\s*', value))
    return isinstance(value, int) and not isinstance(value, bool)


def choose_customer(key, found):
    """Return the numbers of the customers that a text may mean, each once.

    :param found: {name of the field: {value: numbers of customers}}

    >>> found = {'id': {'7': [7]}, 'vat': {}, 'ref': {'7': [9]}, 'email_normalized': {'a@b.c': [3]},
    ...          'name': {'Miller': [1, 2, 1]}}
    >>> [choose_customer(key, found) for key in ("7", "Miller", "A@B.c", "x")]
    [[7], [1, 2], [3], []]
    """
    for name in CUSTOMER_KEYS:
        value = key.casefold() if name == 'email_normalized' else key
        if numbers := found[name].get(value):
            return list(dict.fromkeys(numbers))
    return []


def parse_day(text):
    """Return the day that an ISO text names, False for an empty one.

    :raise ValueError: when it names none

    >>> parse_day("2026-12-31"), parse_day(""), parse_day(date(2026, 1, 2))
    (datetime.date(2026, 12, 31), False, datetime.date(2026, 1, 2))
    >>> parse_day("31.12.2026")
    Traceback (most recent call last):
    ValueError: 31.12.2026
    """
    if not text or isinstance(text, date):
        return text or False
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def parse_amount(value):
    """Return an amount of money that a number or text names, not below zero.

    A text may group thousands and use either decimal sign; where both signs are possible for
    one alone ("1.234"), three digits after it are thousands.

    :raise ValueError: when it names none

    >>> [parse_amount(each) for each in (5, "5", "1,234.50", "1.234,50", "1.234", "12,5")]
    [5.0, 5.0, 1234.5, 1234.5, 1234.0, 12.5]
    >>> parse_amount("-1")
    Traceback (most recent call last):
    ValueError: -1
    """
    number = value
    if isinstance(value, str):
        # Three digits after a lone mark are thousands, whichever mark it is.
        number = read_number(value, ',' if '.' in value else '.')
    elif isinstance(value, bool) or not isinstance(value, int | float):
        number = None
    if number is None or not 0 <= number < 1e11:
        raise ValueError(value)
    return float(number)
