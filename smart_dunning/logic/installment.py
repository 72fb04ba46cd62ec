"""Split a debt into dated parts, and tell from what was paid how far the plan has got.

Pure functions over plain values. Amounts are in the currency of the plan, whose smallest amount
is ``unit`` (0.01, or 0.05, or 1); ``compare`` is its ``compare_amounts``. Nothing reads a clock.

>>> split(100.0, 3, 0.01)                              # equal parts, the rounding in the last one
[33.33, 33.33, 33.34]
>>> split_by_part(1000.0, 300.0, 0.01)                 # as many equal parts as it takes
[300.0, 300.0, 300.0, 100.0]
>>> [str(day) for day in get_dates(date(2026, 1, 31), 3, MONTHLY)]    # the 31st, where there is one
['2026-01-31', '2026-02-28', '2026-03-31']
>>> fill([100.0, 100.0, 50.0], 130.0, 0.01)            # the oldest part first
[100.0, 30.0, 0.0]

>>> def compare(left, right): return (left > right) - (left < right)
>>> parts = [Part(date(2026, 3, 1), 100.0), Part(date(2026, 4, 1), 50.0)]
>>> judge_parts(parts, 100.0, date(2026, 3, 10), 5, 0.01, compare)
['paid', 'due']
>>> judge(parts, 130.0, date(2026, 4, 6), 5, compare)  # the last day of grace of the second part
'open'
>>> judge(parts, 130.0, date(2026, 4, 7), 5, compare)
'failed'
>>> judge(parts, 150.0, date(2026, 4, 7), 5, compare)
'kept'
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .days import shift

WEEKLY = 'weekly'
FORTNIGHTLY = 'fortnightly'
MONTHLY = 'monthly'
_DAYS = {WEEKLY: 7, FORTNIGHTLY: 14}

#: A plan as a whole.
OPEN = 'open'
KEPT = 'kept'
FAILED = 'failed'

#: One part of it on a day.
DUE = 'due'
PARTLY = 'partly'
PAID = 'paid'
LATE = 'late'
MISSED = 'missed'


class Part(NamedTuple):
    """An amount that is to be paid by a day."""

    day: date
    amount: float


def split(total: float, count: int, unit: float) -> list[float]:
    """Return ``count`` equal amounts that add up to ``total``, the last with what rounding leaves.

    :raise ValueError: when there is not one ``unit`` for each part
    """
    units = _to_units(total, unit)
    if count < 1 or units < count:
        raise ValueError(f"{total} cannot be split into {count} parts.")
    part, rest = divmod(units, count)
    return _from_units([part] * (count - 1) + [part + rest], unit)


def split_by_part(total: float, part: float, unit: float) -> list[float]:
    """Return amounts of ``part`` that add up to ``total``; the last is what remains.

    :raise ValueError: when total or part is less than one ``unit``
    """
    units, size = _to_units(total, unit), _to_units(part, unit)
    if units < 1 or size < 1:
        raise ValueError(f"{total} cannot be split into parts of {part}.")
    count, rest = divmod(units, size)
    return _from_units([size] * count + ([rest] if rest else []), unit)


def count_parts(total: float, part: float, unit: float) -> int:
    """Return how many amounts of ``part`` it takes, without making them; 0 when none fits.

    >>> count_parts(1000.0, 300.0, 0.01), count_parts(1000.0, 0.0, 0.01)
    (4, 0)
    """
    units, size = _to_units(total, unit), _to_units(part, unit)
    return -(-units // size) if units > 0 and size > 0 else 0


def get_dates(first: date, count: int, interval: str) -> list[date]:
    """Return ``count`` days from ``first`` on, a week, a fortnight or a month apart.

    A month that is too short has its part on its last day; the next one is on the day of the first
    part again.
    """
    if interval == MONTHLY:
        return [_add_months(first, number) for number in range(count)]
    return [first + timedelta(days=_DAYS[interval] * number) for number in range(count)]


def get_dates_until(first: date, last: date, count: int) -> list[date]:
    """Return ``count`` days spread evenly from ``first`` to ``last``, both included.

    :raise ValueError: when there are not so many days

    >>> [day.day for day in get_dates_until(date(2026, 3, 1), date(2026, 3, 11), 3)]
    [1, 6, 11]
    """
    days = (last - first).days
    if count < 1 or days < count - 1 or (count == 1 and days):
        raise ValueError(f"{count} parts do not fit between {first} and {last}.")
    return [first + timedelta(days=days * number // max(1, count - 1)) for number in range(count)]


def fill(amounts: Iterable[float], paid: float, unit: float) -> list[float]:
    """Return what is paid of each part when payments fill the oldest first.

    What was paid beyond the whole plan belongs to no part.
    """
    left = max(0, _to_units(paid, unit))
    filled = []
    for amount in amounts:
        taken = min(left, _to_units(amount, unit))
        filled.append(taken)
        left -= taken
    return _from_units(filled, unit)


def judge_parts(
    parts: Sequence[Part], paid: float, on: date, grace: int, unit: float,
    compare: Callable[[float, float], int],
) -> list[str]:
    """Return the state of each part on a day: `DUE`, `PARTLY`, `PAID`, `LATE` or `MISSED`.

    :param paid: what was paid on the whole plan
    :param grace: days that the bank may take before a part counts as missed
    """
    states = []
    for part, filled in zip(parts, fill((p.amount for p in parts), paid, unit), strict=True):
        if compare(filled, part.amount) >= 0:
            states.append(PAID)
        elif on > get_last_day(part, grace):
            states.append(MISSED)
        elif on > part.day:
            states.append(LATE)
        else:
            states.append(PARTLY if compare(filled, 0.0) > 0 else DUE)
    return states


def judge(
    parts: Sequence[Part], paid: float, on: date, grace: int,
    compare: Callable[[float, float], int],
) -> str:
    """Return `KEPT`, `FAILED` or `OPEN`: kept is all paid, failed is a part missed after grace."""
    if compare(paid, sum(part.amount for part in parts)) >= 0:
        return KEPT
    return OPEN if find_missed(parts, paid, on, grace, compare) is None else FAILED


def find_missed(
    parts: Sequence[Part], paid: float, on: date, grace: int,
    compare: Callable[[float, float], int],
) -> Part | None:
    """Return the oldest part that is missed on a day, or None."""
    asked = 0.0
    for part in parts:
        asked += part.amount
        if on > get_last_day(part, grace) and compare(paid, asked) < 0:
            return part
    return None


def find_arrears(
    parts: Sequence[Part], paid: float, on: date, grace: int,
    compare: Callable[[float, float], int],
) -> list[Part]:
    """Return the parts that are missing, in whole or in part, once there are two in a row.

    The last part of a plan counts by itself: none comes after it. Payments fill the oldest part
    first, so that what is missing is always in a row.

    >>> parts = [Part(date(2026, month, 1), 10.0) for month in (3, 4, 5)]
    >>> def compare(one, other): return (one > other) - (one < other)
    >>> [len(find_arrears(parts, paid, date(2026, 4, 9), 3, compare)) for paid in (9.0, 10.0)]
    [2, 0]
    >>> len(find_arrears(parts, 25.0, date(2026, 5, 9), 3, compare))
    1
    """
    asked, missing = 0.0, []
    for part in parts:
        asked += part.amount
        if on > get_last_day(part, grace) and compare(paid, asked) < 0:
            missing.append(part)
    return missing if len(missing) > 1 or missing == list(parts[-1:]) else []


def get_last_day(part: Part, grace: int) -> date:
    """Return the last day on which a payment is still in time."""
    return shift(part.day, grace)


def _add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _to_units(amount, unit):
    """Return an amount as a whole number of the smallest amount of its currency."""
    return int((Decimal(repr(amount)) / Decimal(repr(unit))).to_integral_value(ROUND_HALF_UP))


def _from_units(numbers, unit):
    return [float(number * Decimal(repr(unit))) for number in numbers]
