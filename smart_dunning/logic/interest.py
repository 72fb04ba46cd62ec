"""Interest on an amount that is paid late: segments, to the cent, and no interest on interest.

A segment is a time in which neither the rate nor the principal changes. Its rate is the reference
rate of its days plus a margin in percentage points, never below zero. Interest is simple,
§ 289 BGB.

Days: the first day of default bears interest (the due date itself does not, § 187 (1) BGB), and so
does the day on which a payment arrives, § 188 (1) BGB. Both ends of a segment are therefore
counted.

Rounding: the sum is rounded once. A segment's amount is what the rounded sum grows by in it, so
that the amounts shown add up to the total shown.

Days without a known rate make segments whose rate and amount say so: `None` and 0.

>>> from datetime import date
>>> rates = [Rate(date(2026, 1, 1), 1.27, date(2026, 6, 30)),
...          Rate(date(2026, 7, 1), 1.52, date(2026, 12, 31))]
>>> result = compute(
...     1000.0, [Payment(date(2026, 7, 10), 400.0)], rates, 9.0,
...     date(2026, 6, 21), date(2026, 7, 20), round_amount=lambda amount: round(amount, 2))
>>> for segment in result.segments:
...     print(segment.date_from, segment.days, segment.principal, segment.rate, segment.amount)
2026-06-21 10 1000.0 10.27 2.81
2026-07-01 10 1000.0 10.52 2.89
2026-07-11 10 600.0 10.52 1.73
>>> result.amount
7.43
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import NamedTuple

from .days import shift

#: How days become parts of a year: act/365, 30/360 (German), act/act (366 days in a leap year).
ACT_365 = '365'
GERMAN_360 = '360'
ACT_ACT = 'act'

DAY = timedelta(days=1)
EPOCH = date(1, 1, 1)


class Rate(NamedTuple):
    """A reference rate in percent a year, from a day until a day, both inclusive."""

    date_from: date
    percent: float
    date_until: date | None = None


class Payment(NamedTuple):
    """What was paid on a day, in the currency of the principal."""

    date: date
    amount: float


class RateTable:
    """Reference rates made ready to be asked many times.

    :param rates: `Rate`s without overlaps; None when the margin alone is the rate
    """

    def __init__(self, rates: Iterable[Rate] | None):
        self._days, self._percents = [], []
        for rate in [Rate(EPOCH, 0.0)] if rates is None else sorted(rates):
            while self._days and self._days[-1] >= rate.date_from:
                self._days.pop()                  # no rate follows: another one does at once
                self._percents.pop()
            if not self._percents or self._percents[-1] != rate.percent:
                self._days.append(rate.date_from)
                self._percents.append(rate.percent)
            if rate.date_until:
                self._days.append(shift(rate.date_until, 1))
                self._percents.append(None)

    def find(self, day: date) -> float | None:
        """Return the rate of a day in percent, None where none is known."""
        position = bisect_right(self._days, day)
        return self._percents[position - 1] if position else None

    def fix(self, day: date) -> "RateTable":
        """Return a table in which the rate of a day holds on all days; none where none is known.

        >>> RateTable([Rate(date(2026, 1, 1), 3.75), Rate(date(2026, 7, 1), 4.0)]).fix(
        ...     date(2026, 6, 30)).find(date(2026, 12, 1))
        3.75
        """
        percent = self.find(day)
        return RateTable([] if percent is None else [Rate(EPOCH, percent)])

    def find_changes(self, start: date, end: date) -> list[date]:
        """Return the days after ``start`` and up to ``end`` from which another rate holds."""
        return self._days[bisect_right(self._days, start):bisect_right(self._days, end)]


def overlay(rates: Iterable[Rate], own: Iterable[Rate]) -> list[Rate]:
    """Return rates where on the days of ``own`` ones these hold, and the others on other days.

    :param rates, own: each without overlaps; without an end a rate holds until the next of its list

    >>> shared = [Rate(date(2026, 1, 1), 1.0), Rate(date(2026, 7, 1), 2.0)]
    >>> for rate in overlay(shared, [Rate(date(2026, 6, 1), 5.0, date(2026, 7, 31))]):
    ...     print(*rate)
    2026-01-01 1.0 2026-05-31
    2026-06-01 5.0 2026-07-31
    2026-08-01 2.0 None
    """
    own = _end_each(own)
    pieces = [*own]
    for rate in _end_each(rates):
        start = rate.date_from
        for mine in own:
            if start is None or rate.date_until and mine.date_from > rate.date_until:
                break
            if mine.date_until and mine.date_until < start:
                continue
            if mine.date_from > start:
                pieces.append(Rate(start, rate.percent, mine.date_from - DAY))
            start = mine.date_until and mine.date_until + DAY
        if start and not (rate.date_until and start > rate.date_until):
            pieces.append(rate._replace(date_from=start))
    return sorted(pieces, key=lambda rate: rate.date_from)


def _end_each(rates):
    """Return rates in the order of time, each with its end: the day before the next one."""
    rates = sorted(rates, key=lambda rate: rate.date_from)
    ends = [rate.date_from - DAY for rate in rates[1:]]
    return [rate._replace(date_until=rate.date_until or end)
            for rate, end in zip_longest(rates, ends)]


class Segment(NamedTuple):
    """Days, both inclusive, at one rate on one principal; ``rate`` is None where none is known."""

    date_from: date
    date_to: date
    days: int
    principal: float
    rate: float | None
    amount: float


@dataclass(frozen=True, slots=True)
class Interest:
    """The rounded sum and the segments it consists of, in the order of time."""

    amount: float
    segments: tuple[Segment, ...]

    @property
    def missing(self) -> tuple[tuple[date, date], ...]:
        """The times without a known reference rate, as pairs of first and last day."""
        return tuple(
            (segment.date_from, segment.date_to)
            for segment in self.segments if segment.rate is None)


def compute(
    principal: float, payments: Iterable[Payment], rates: RateTable | Iterable[Rate] | None,
    margin: float, start: date, end: date, *, basis: str = ACT_365, cuts: Iterable[date] = (),
    round_amount: Callable[[float], float],
) -> Interest:
    """Return the interest on a principal from the day ``start`` to the day ``end``, both inclusive.

    :param principal: what was owed before any payment, in its currency
    :param payments: payments of any day, those before ``start`` included, in the same currency
    :param rates: reference rates without overlaps; None when ``margin`` alone is the rate
    :param margin: percentage points above the reference rate
    :param basis: `ACT_365`, `GERMAN_360` or `ACT_ACT`
    :param cuts: days on which a segment begins even if nothing changes
    :param round_amount: rounds to the currency of the principal
    """
    if start > end:
        return Interest(0.0, ())
    payments = sorted(payments)
    table = rates if isinstance(rates, RateTable) else RateTable(rates)
    boundaries = _get_boundaries(payments, table, start, end, basis, cuts)
    segments, exact, rounded = [], 0.0, 0.0
    owed, position = round_amount(principal), 0
    for first, following in zip(boundaries, boundaries[1:], strict=False):
        while position < len(payments) and payments[position].date < first:
            owed = round_amount(owed - payments[position].amount)
            position += 1
        if owed <= 0:
            break
        last = following - DAY
        percent = table.find(first)
        rate = None if percent is None else max(0.0, round(percent + margin, 6))
        days = count_days(first, last, basis)
        exact += owed * (rate or 0.0) * days / (100 * _get_year_length(first, basis))
        total = round_amount(exact)
        segments.append(Segment(first, last, days, owed, rate, round_amount(total - rounded)))
        rounded = total
    return Interest(rounded, tuple(segments))


def count_days(first: date, last: date, basis: str = ACT_365) -> int:
    """Return the days from ``first`` to ``last`` that bear interest, both included.

    >>> count_days(date(2021, 7, 2), date(2021, 7, 5))
    4
    >>> count_days(date(2016, 1, 1), date(2016, 7, 30), GERMAN_360)
    210
    """
    if basis == GERMAN_360:
        return _get_commercial_day(last) - _get_commercial_day(first - DAY)
    return (last - first).days + 1


def _get_commercial_day(day):
    """Return the number of a day where every month has 30: the last day of a month is the 30th."""
    number = 30 if (day + DAY).day == 1 else day.day
    return 360 * day.year + 30 * day.month + number


def _get_year_length(day, basis):
    if basis == GERMAN_360:
        return 360
    if basis == ACT_ACT:
        return 365 + _is_leap(day.year)
    return 365


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _get_boundaries(payments, table, start, end, basis, cuts):
    """Return the first days of the segments, and the day after the last one."""
    first_days = {start, *cuts}
    first_days.update(shift(payment.date, 1) for payment in payments)
    first_days.update(table.find_changes(start, end))
    if basis == ACT_ACT:
        first_days.update(
            date(year, 1, 1) for year in range(start.year, end.year + 1)
            if _is_leap(year) != _is_leap(year - 1))
    return [*sorted(day for day in first_days if start <= day <= end), end + DAY]
