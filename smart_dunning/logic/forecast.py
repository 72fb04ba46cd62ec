"""When open items will be paid, and how much money comes in which week.

An item of an age (days past its due date, less than 0 before it) is paid by those ways in which
items that had grown so old were paid before: the customer's own last payments, and ten times the
company's pattern beside them. Half of the forecast follows that spread, half lies in the week of
the expected date. Promises and instalments are what was agreed.

Pure functions; days are offsets from the day of the forecast, so that nothing here knows a
calendar but through ``roll``.

>>> from datetime import date
>>> pattern = Pattern([0, 5, 5, 12, 40])
>>> weeks = Weeks(date(2026, 3, 4), 4, lambda day: day)
>>> [round(part, 3) for part in spread(weeks, pattern, pattern, age=0)]
[0.2, 0.4, 0.2, 0.0]
>>> find_expected_date(date(2026, 3, 4), date(2026, 2, 1), 12.4, lambda day: day)
datetime.date(2026, 3, 4)
>>> find_expected_date(date(2026, 3, 4), date(2026, 3, 1), 12.4, lambda day: day)
datetime.date(2026, 3, 13)
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from .days import shift

#: So many payments of the company count beside the customer's own.
_PRIOR = 10
#: Where nothing was ever paid at such an age, this share of the rest is expected each week.
_TAIL = 0.08
#: How much of the forecast lies in the week of the expected date.
_POINT_SHARE = 0.5
#: 1.28 standard deviations are 80 %; items are not independent, which measured 1.25 times that.
BAND = 1.28 * 1.25
#: So many forecasts must have matured before their own errors make the band; the last ones count.
MATURED = 12
LAST_MATURED = 26

Roll = Callable[[date], date]


class Pattern:
    """Days from due date to payment of what was paid, sorted."""

    __slots__ = ('days',)

    def __init__(self, days: Iterable[int]):
        self.days = sorted(days)

    def count(self, start: float, end: float | None = None) -> int:
        """Return how many lie in start ≤ days < end; None: no end."""
        last = len(self.days) if end is None else bisect_left(self.days, end)
        return max(0, last - bisect_left(self.days, start))

    def get_median(self) -> float | None:
        """Return the median, None of nothing."""
        return median(self.days) if self.days else None


class Weeks:
    """The weeks of a forecast, from Monday to Sunday.

    ``today`` is the first day on which money may still come; the first week holds it, or ``day``
    where one is given (the evening on which the forecast is made). What is paid on a day counts on
    the day to which ``roll`` moves it.
    """

    def __init__(self, today: date, number: int, roll: Roll, day: date | None = None):
        self.today = today
        self.roll = roll
        day = day or today
        first = day - timedelta(days=day.weekday())
        self.mondays = [first + timedelta(weeks=week) for week in range(number)]
        self.bounds = self._find_bounds(number)

    def _find_bounds(self, number):
        """Return for each week the first offset that counts in it, and at last the one behind."""
        bounds = [0]
        offset = 0
        for monday in [*self.mondays[1:], self.mondays[0] + timedelta(weeks=number)]:
            while self.roll(self.today + timedelta(days=offset)) < monday:
                offset += 1
            bounds.append(offset)
        return bounds

    def find(self, day: date) -> int | None:
        """Return the place of the week in which a day lies; None: it lies outside."""
        week = (day - self.mondays[0]).days // 7
        return week if 0 <= week < len(self.mondays) else None


class Item(NamedTuple):
    """An open item: what is open of it, its due date (rolled), and whose it is.

    ``agreed`` is the day that was promised, None without a promise. ``usual_days`` is after how
    many days past the due date the customer usually pays.
    """

    customer: int
    due: date
    amount: float
    usual_days: float = 0.0
    agreed: date | None = None


class Week(NamedTuple):
    """What is expected in a week, with the lower and upper end of the band."""

    monday: date
    amount: float
    low: float
    high: float


def find_expected_date(today: date, due: date, usual_days: float, roll: Roll) -> date:
    """Return the day on which an item is expected to be paid: never before today."""
    return roll(max(today, shift(due, round(usual_days))))


def spread(weeks: Weeks, own: Pattern, company: Pattern, age: int) -> list[float]:
    """Return the probability of payment in each week.

    :param own: the customer's payments
    :param company: everybody's payments
    :param age: days past the due date, less than 0 before it
    """
    known, others = own.count(age), company.count(age)
    shares = []
    for week, (start, end) in enumerate(zip(weeks.bounds, weeks.bounds[1:], strict=False)):
        tail = _TAIL * (1 - _TAIL) ** week if end > start else 0.0
        share = company.count(age + start, age + end) / others if others else tail
        shares.append((own.count(age + start, age + end) + _PRIOR * share) / (known + _PRIOR))
    return shares


def predict(weeks: Weeks, item: Item, own: Pattern, company: Pattern) -> list[float]:
    """Return the probability of payment in each week, what was agreed included."""
    if item.agreed:
        place = weeks.find(weeks.roll(max(item.agreed, weeks.today)))
        return [float(week == place) for week in range(len(weeks.mondays))]
    age = (weeks.today - item.due).days
    place = weeks.find(find_expected_date(weeks.today, item.due, item.usual_days, weeks.roll))
    return [
        (1 - _POINT_SHARE) * share + _POINT_SHARE * (week == place)
        for week, share in enumerate(spread(weeks, own, company, age))]


def forecast(
    weeks: Weeks, items: Iterable[Item], patterns: dict[int, Pattern], company: Pattern,
    ratios: Sequence[tuple[float, float] | None] = (),
) -> list[Week]:
    """Return what comes in each week, in the currency of the amounts.

    :param patterns: by customer
    :param ratios: for each week how far it lies ahead, the 10 % and 90 % quantile of what came
        divided by what was forecast, once enough forecasts have matured; without them, or with
        None, the band comes from the items' own uncertainty
    """
    nobody = Pattern(())
    sums = [0.0] * len(weeks.mondays)
    variances = [0.0] * len(weeks.mondays)
    for item in items:
        shares = predict(weeks, item, patterns.get(item.customer, nobody), company)
        for week, share in enumerate(shares):
            sums[week] += item.amount * share
            variances[week] += item.amount ** 2 * share * (1 - share)
    result = []
    for week, monday in enumerate(weeks.mondays):
        amount = sums[week]
        if week < len(ratios) and ratios[week]:
            low, high = (amount * ratio for ratio in ratios[week])
        else:
            reach = BAND * variances[week] ** 0.5
            low, high = max(0.0, amount - reach), amount + reach
        result.append(Week(monday, amount, low, high))
    return result


def net(items: Iterable[Item], credits: dict[int, float]) -> list[Item]:
    """Return the items less what is credited: credits settle a customer's oldest items.

    :param credits: open credits by customer, not negative, in the currency of the items

    >>> old, new = Item(1, date(2026, 1, 1), 100.0), Item(1, date(2026, 2, 1), 50.0)
    >>> [item.amount for item in net([new, old], {1: 120.0})]
    [30.0]
    """
    left, kept = dict(credits), []
    for item in sorted(items, key=lambda item: (item.customer, item.due)):
        used = min(left.get(item.customer, 0.0), item.amount)
        if used:
            left[item.customer] -= used
        if item.amount > used:
            kept.append(item._replace(amount=item.amount - used) if used else item)
    return kept


def get_left(items: Iterable[Item], credits: dict[int, float]) -> dict[int, float]:
    """Return what is left of the credits when the items are settled: what was paid in advance.

    >>> get_left([Item(1, date(2026, 1, 1), 100.0)], {1: 120.0, 2: 30.0})
    {1: 20.0, 2: 30.0}
    """
    left = dict(credits)
    for item in items:
        if item.customer in left:
            left[item.customer] = max(0.0, left[item.customer] - item.amount)
    return left


def get_ratios(pairs: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the 10 % and 90 % quantile of what came divided by what was forecast.

    :param pairs: (forecast, what came) of the same week ahead; None when too few have matured

    >>> get_ratios([(100.0, 100.0)] * 11) is None
    True
    >>> get_ratios([(100.0, 90.0)] * 6 + [(100.0, 120.0)] * 6)
    (0.9, 1.2)
    """
    ratios = sorted(came / expected for expected, came in pairs if expected > 0)
    if len(ratios) < MATURED:
        return None
    last = len(ratios) - 1
    return ratios[round(0.1 * last)], ratios[round(0.9 * last)]
