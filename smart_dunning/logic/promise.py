"""What became of a promise to pay, judged by what was paid on the items it names.

Pure functions. Amounts are in the currency of the promise; ``compare`` is its ``compare_amounts``.

>>> from datetime import date
>>> def compare(left, right): return (left > right) - (left < right)
>>> terms = Promise(amount=500.0, day=date(2026, 3, 13), grace=3)
>>> judge(terms, 500.0, date(2026, 3, 5), compare)
'kept'
>>> judge(terms, 100.0, date(2026, 3, 16), compare)        # the last day of grace
'open'
>>> judge(terms, 100.0, date(2026, 3, 17), compare)
'partly'
>>> judge(terms, 0.0, date(2026, 3, 17), compare)
'broken'
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from .days import shift

OPEN = 'open'
KEPT = 'kept'
PARTLY = 'partly'
BROKEN = 'broken'


class Promise(NamedTuple):
    """What was promised: ``amount`` until ``day``; ``grace`` are the days the bank may take."""

    amount: float
    day: date
    grace: int = 0

    @property
    def last_day(self) -> date:
        """The last day on which a payment still keeps the promise."""
        return shift(self.day, self.grace)


def judge(
    promise: Promise, paid: float, on: date, compare: Callable[[float, float], int],
) -> str:
    """Return `OPEN`, `KEPT`, `PARTLY` or `BROKEN`.

    :param paid: what was paid on its items with a date up to its last day
    :param on: the day of the judgement
    """
    if compare(paid, promise.amount) >= 0:
        return KEPT
    if on <= promise.last_day:
        return OPEN
    return PARTLY if compare(paid, 0.0) > 0 else BROKEN


def tolerate(
    compare: Callable[[float, float], int], tolerance: float,
) -> Callable[[float, float], int]:
    """Return a comparison of what was paid with what was agreed, where a small rest may be missing.

    Who has paid nothing has not nearly paid.

    >>> paid_all = tolerate(lambda left, right: (left > right) - (left < right), 1.0)
    >>> paid_all(299.5, 300.0), paid_all(298.5, 300.0), paid_all(0.0, 0.5)
    (0, -1, -1)
    """
    def compare_tolerantly(paid, agreed):
        verdict = compare(paid, agreed)
        if verdict < 0 < compare(paid, 0.0) and compare(paid + tolerance, agreed) >= 0:
            return 0
        return verdict
    return compare_tolerantly


def spread_back(amount: float, residuals: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Return {item: part} of an amount withheld from an invoice, the latest instalment first.

    What is not withheld then falls due in the order that was agreed.

    :param amount: what is withheld, not negative; more than there is withholds everything
    :param residuals: pairs (item, open amount) of the invoice, by due date

    >>> spread_back(400.0, [(1, 300.0), (2, 300.0)])
    {2: 300.0, 1: 100.0}
    """
    parts = {}
    for item, residual in reversed(list(residuals)):
        part = min(amount, max(residual, 0.0))
        if part <= 0:
            continue
        parts[item] = part
        amount -= part
    return parts
