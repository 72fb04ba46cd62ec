"""How a customer pays, what class that makes, and which limit and terms fit it.

Pure functions: counts, days and amounts in, numbers and codes out; words are the models' affair.
Formulas were chosen on two portfolios of invoices (see ``docs/figures.md``): a share of late
invoices that leans on the company's own share as long as little is known about the customer ranks
customers as well as far heavier methods do.

>>> round(get_late_probability(known=8, late=6, company_share=0.3), 3)
0.577
>>> get_band(0.577)
'high'
>>> get_late_probability(known=0, late=0, company_share=0.3)
0.3
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

#: So many invoices of the company count as if they were the customer's own: it takes more than
#: these to outweigh the company's share of late invoices, and its median of days late.
PRIOR_INVOICES = 5
PRIOR_DAYS = 3

LOW = 'low'
MEDIUM = 'medium'
HIGH = 'high'
_BANDS = ((0.25, LOW), (0.5, MEDIUM))

CLASSES = ('a', 'b', 'c', 'd')
#: The most points that a class may have; whoever has more is in the last one.
_CLASS_BOUNDS = (19, 39, 64)

#: Reasons of a class, in the order in which they are told.
LATE_SHARE = 'late_share'
DAYS_LATE = 'days_late'
WORSENING = 'worsening'
BROKEN_PROMISES = 'broken_promises'
RETURNED = 'returned'
OVERDUE_NOW = 'overdue_now'
NO_HISTORY = 'no_history'

#: (more than, points), the highest first.
_LATE_POINTS = ((0.65, 45), (0.5, 30), (0.25, 15))
_DAYS_POINTS = ((60, 30), (30, 20), (7, 10))
_OVERDUE_POINTS = ((90, 40), (60, 25), (30, 15))
_WORSENING_DAYS = 7
_WORSENING_POINTS = 10
_EVENT_POINTS = 15
_MOST_EVENTS = 2

#: What the proposed limit is multiplied with.
_LIMIT_FACTORS = {'a': 1.5, 'b': 1.2, 'c': 1.0, 'd': 0.5}
LIMIT_STEP = 500.0


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a customer's invoices of the last 24 months, and of what is open now.

    ``known``: invoices that were paid or have fallen due; ``late`` of them were or are late.
    ``median_days`` and ``average_days`` (weighted by amount) are the days from due date to payment
    of those paid, negative when early, None without any. ``recent_days`` and ``earlier_days`` are
    the averages of the last six paid and of the six before. ``returned`` counts returned debits,
    ``days_overdue`` the days for which the oldest open item is overdue.
    """

    known: int = 0
    late: int = 0
    paid: int = 0
    median_days: float | None = None
    average_days: float | None = None
    recent_days: float | None = None
    earlier_days: float | None = None
    broken_promises: int = 0
    returned: int = 0
    days_overdue: int = 0


class Point(NamedTuple):
    """A reason with its points, and the figure it rests on."""

    code: str
    points: int
    value: float = 0.0


class Rating(NamedTuple):
    """A class from ``a`` (pays well) to ``d``, its points and their reasons."""

    letter: str
    probability: float
    points: int
    reasons: tuple[Point, ...]


def get_late_probability(known: int, late: int, company_share: float) -> float:
    """Return how likely the next invoice is paid late, between 0 and 1.

    :param known: invoices of the customer whose fate is known
    :param late: how many of them were or are late
    :param company_share: the share of late invoices of the whole company
    """
    return (late + PRIOR_INVOICES * company_share) / (known + PRIOR_INVOICES)


def get_band(probability: float) -> str:
    """Return `LOW` below 25 %, `MEDIUM` below 50 %, else `HIGH`."""
    return next((band for bound, band in _BANDS if probability < bound), HIGH)


def get_usual_days(paid: int, median: float | None, company_median: float) -> float:
    """Return after how many days past the due date the customer may be expected to pay.

    >>> get_usual_days(3, 10.0, 4.0)
    7.0
    >>> get_usual_days(0, None, 4.0)
    4.0
    """
    if median is None:
        return company_median
    return (paid * median + PRIOR_DAYS * company_median) / (paid + PRIOR_DAYS)


def get_trend(history: History) -> float:
    """Return by how many days the last six payments came later than the six before; 0: unknown."""
    if history.recent_days is None or history.earlier_days is None:
        return 0.0
    return history.recent_days - history.earlier_days


def rate(history: History, company_share: float) -> Rating:
    """Return the class of a customer with the points of each reason.

    >>> rate(History(known=10, late=0, paid=10, median_days=-2.0), 0.3).letter
    'a'
    >>> bad = rate(History(known=10, late=9, paid=8, median_days=40.0, broken_promises=1), 0.3)
    >>> bad.letter, [tuple(one)[:2] for one in bad.reasons]
    ('d', [('late_share', 45), ('days_late', 20), ('broken_promises', 15)])
    """
    probability = get_late_probability(history.known, history.late, company_share)
    median = history.median_days or 0.0
    reasons = [
        Point(LATE_SHARE, _find_points(_LATE_POINTS, probability), probability),
        Point(DAYS_LATE, _find_points(_DAYS_POINTS, median), median),
        Point(WORSENING, _WORSENING_POINTS * (get_trend(history) > _WORSENING_DAYS),
              get_trend(history)),
        Point(BROKEN_PROMISES, _EVENT_POINTS * min(history.broken_promises, _MOST_EVENTS),
              history.broken_promises),
        Point(RETURNED, _EVENT_POINTS * min(history.returned, _MOST_EVENTS), history.returned),
        Point(OVERDUE_NOW, _find_points(_OVERDUE_POINTS, history.days_overdue),
              history.days_overdue),
    ]
    kept = [reason for reason in reasons if reason.points]
    if not history.known:
        kept.insert(0, Point(NO_HISTORY, 0, company_share))
    total = sum(reason.points for reason in kept)
    place = sum(total > bound for bound in _CLASS_BOUNDS)
    return Rating(CLASSES[place], probability, total, tuple(kept))


def _find_points(table: Iterable[tuple[float, int]], value: float) -> int:
    return next((points for bound, points in table if value > bound), 0)


def propose_limit(
    monthly_sales: float, term_days: int, days_late: float, letter: str,
    insured: float | None = None,
) -> float:
    """Return the credit limit that fits a customer, in company currency.

    What is sold in the time until payment, times the factor of the class, rounded up to whole
    500s, and never above what an insurer covers.

    :param monthly_sales: average of the invoices of a month, tax included
    :param term_days: the days that the payment term gives
    :param days_late: the days that usually go by after the due date, less than 0 counts as 0
    :param letter: the class
    :param insured: the limit of a credit insurer; None without one

    >>> propose_limit(3000.0, 30, 12.0, 'b')
    5500.0
    >>> propose_limit(3000.0, 30, 12.0, 'd')
    2500.0
    >>> propose_limit(3000.0, 30, 12.0, 'a', insured=4000.0)
    4000.0
    """
    if monthly_sales <= 0:
        return 0.0
    wanted = monthly_sales * (term_days + max(days_late, 0.0)) / 30 * _LIMIT_FACTORS[letter]
    limit = -(-round(wanted, 2) // LIMIT_STEP) * LIMIT_STEP
    return limit if insured is None else min(limit, insured)


def is_for_the_worse(
    old_limit: float, new_limit: float, old_days: int | None, new_days: int | None,
) -> bool:
    """Return whether a proposal takes credit away: no limit (0) is more than any limit.

    >>> is_for_the_worse(0.0, 500.0, 30, 30)
    True
    >>> is_for_the_worse(500.0, 1000.0, 30, 30)
    False
    >>> is_for_the_worse(500.0, 500.0, 30, 14)
    True
    """
    less_credit = bool(new_limit) and (not old_limit or new_limit < old_limit)
    less_time = new_days is not None and old_days is not None and new_days < old_days
    return less_credit or less_time
