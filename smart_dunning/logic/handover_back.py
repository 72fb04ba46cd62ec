"""What an agency reports about its cases: what is new of it, and what cannot be.

Amounts are cumulative, in the currency of the case: the same report changes nothing twice, and an
amount that goes down is wrong. Cases that have ended with us are reported as well: the final
statement comes later. Pure functions; nothing here reads a clock.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

#: Why a line of a status file is refused.
UNKNOWN_CASE = 'unknown_case'
LESS_PAID = 'less_paid'
LESS_COSTS = 'less_costs'
NEGATIVE = 'negative'
TWICE = 'twice'
UNKNOWN_STATE = 'unknown_state'
OTHER_CURRENCY = 'other_currency'
#: What becomes of a line that is not refused.
CHANGED = 'changed'
SAME = 'same'

AGENCY_STATES = (
    'accepted', 'rejected', 'in_progress', 'court', 'enforcement', 'monitoring', 'closed')
CLOSED_AS = ('paid', 'partly', 'unrecoverable', 'recalled')


class Known(NamedTuple):
    """What we know of a case with an agency; amounts are cumulative, in the case's currency."""

    id: int
    number: str
    currency: str
    state: str | None = None
    paid: float = 0.0
    costs: float = 0.0
    closed_as: str | None = None
    reference: str | None = None


class Status(NamedTuple):
    """A line of a status file; what it leaves empty stays as it is."""

    row: int
    number: str
    state: str | None = None
    paid: float | None = None
    costs: float | None = None
    closed_as: str | None = None
    reference: str | None = None
    currency: str | None = None
    reported: date | None = None


class Verdict(NamedTuple):
    """What becomes of a line: `CHANGED`, `SAME`, or why it is refused; the values to write."""

    status: Status
    code: str
    values: dict
    known: Known | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the line, and with it the whole file, must not be taken."""
        return self.code not in (CHANGED, SAME)


def judge_status(
    statuses: Iterable[Status], cases: dict[str, Known],
    get_compare: Callable[[str], Callable[[float, float], int]],
) -> list[Verdict]:
    """Return what becomes of each line of a status file. Nothing is to be written if one fails.

    :param cases: {number: case} of those that the sender of the file works on
    :param get_compare: returns how amounts of a currency are compared, by the name of the currency

    >>> case = Known(1, "HO/1", "EUR", paid=20.0)
    >>> def get_compare(currency): return lambda left, right: (left > right) - (left < right)
    >>> def judge(paid): return judge_status(
    ...     [Status(2, "HO/1", paid=paid)], {"HO/1": case}, get_compare)[0].code
    >>> judge(20.0), judge(10.0)
    ('same', 'less_paid')
    """
    seen: set[str] = set()
    verdicts = []
    for status in statuses:
        known = cases.get(status.number)
        compare = get_compare(known.currency) if known else None
        code = _find_refusal(status, known, seen, compare)
        seen.add(status.number)
        values = {} if code else _get_changes(status, known, compare)
        verdicts.append(Verdict(status, code or (CHANGED if values else SAME), values, known))
    return verdicts


def _find_refusal(status, known, seen, compare):
    """Return why a line is refused, None when it is not."""
    if known is None:
        return UNKNOWN_CASE
    if status.number in seen:
        return TWICE
    if status.currency and status.currency != known.currency:
        return OTHER_CURRENCY
    if (status.state and status.state not in AGENCY_STATES) or (
            status.closed_as and status.closed_as not in CLOSED_AS):
        return UNKNOWN_STATE
    for amount, before, less in (
            (status.paid, known.paid, LESS_PAID), (status.costs, known.costs, LESS_COSTS)):
        if amount is None:
            continue
        if compare(amount, 0.0) < 0:
            return NEGATIVE
        if compare(amount, before) < 0:
            return less
    return None


def _get_changes(status, known, compare):
    """Return {name: new value} of what a line says anew."""
    changes = {
        name: getattr(status, name) for name in ('paid', 'costs')
        if getattr(status, name) is not None
        and compare(getattr(status, name), getattr(known, name))}
    for name in ('state', 'closed_as', 'reference'):
        if getattr(status, name) and getattr(status, name) != getattr(known, name):
            changes[name] = getattr(status, name)
    return changes
