"""May a case go to a collection agency, to which one, and what follows from what it reports.

Pure functions over immutable records. Amounts are in the currency of the case unless told
otherwise; ``compare`` is the currency's ``compare_amounts``. Nothing here reads a clock.

>>> from datetime import date
>>> def compare(left, right): return (left > right) - (left < right)
>>> letters = (Reminder(8, date(2026, 1, 5)), Reminder(9, date(2026, 2, 16)))
>>> item = Item(1, "INV/1", 100.0, is_announced=True, deadline=date(2026, 3, 2),
...             reminders=letters, is_delivered=True)
>>> case = Case((item,), worth=100.0)
>>> agency = Agency(7)
>>> decide(case, Rules(), agency, date(2026, 3, 9), compare)
()
>>> [point.code for point in decide(case, Rules(min_amount=150), agency, date(2026, 3, 2), compare)]
['deadline', 'minimum']
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

#: What speaks against handing over, in the order in which a clerk is told.
NOTHING = 'nothing'
NOT_DUE = 'not_due'
NO_AGENCY = 'no_agency'
AGENCY = 'agency'
EXCLUDED = 'excluded'
CREDIT = 'credit'
DISPUTE = 'dispute'
PROMISE = 'promise'
INSTALLMENT = 'installment'
PAUSED = 'paused'
PENDING = 'pending'
ANNOUNCED = 'announced'
DEADLINE = 'deadline'
LETTERS = 'letters'
DAYS = 'days'
BUREAU = 'bureau'
TIME_BARRED = 'time_barred'
MINIMUM = 'minimum'
ADDRESS = 'address'
INSOLVENT = 'insolvent'
UNDELIVERED = 'undelivered'
RETURN = 'return'
ASKED = 'asked'
POINTS = (
    NOTHING, NO_AGENCY, AGENCY, NOT_DUE, EXCLUDED, CREDIT, DISPUTE, PROMISE, INSTALLMENT, PAUSED,
    PENDING, ANNOUNCED, DEADLINE, LETTERS, DAYS, BUREAU, TIME_BARRED, MINIMUM, ADDRESS, INSOLVENT,
    UNDELIVERED, RETURN, ASKED)

#: What neither law nor contract asks for, so that a person may decide otherwise, with a reason.
OPEN_POINTS = frozenset({
    PAUSED, ANNOUNCED, DEADLINE, LETTERS, DAYS, MINIMUM, INSOLVENT, UNDELIVERED, RETURN, ASKED})
#: What § 31 (2) sentence 1 no. 4 BDSG asks for where a natural person is reported to a bureau.
BUREAU_LETTERS = 2
BUREAU_DAYS = 28
_LAW = {LETTERS: BUREAU_LETTERS, DAYS: BUREAU_DAYS}

#: How a case ends.
PAID = 'paid'
PARTLY = 'partly'
WRITTEN_OFF = 'written_off'
RECALLED = 'recalled'
DROPPED = 'dropped'

#: Whom an agency works on.
ALL = 'all'
BUSINESS = 'business'
CONSUMER = 'consumer'


class Reminder(NamedTuple):
    """A reminder after the due date that reached the customer; a call is not written.

    ``tells_bureau``: its text says that the claim may be reported to a credit bureau.
    """

    id: int
    day: date
    is_written: bool = True
    tells_bureau: bool = False


class Item(NamedTuple):
    """An open item of a case: what dunning knows about it.

    ``reminders`` are in the order of their days. ``is_announced``: the last one says that an agency
    comes next, and grants time until ``deadline``. ``limitation`` is the last day before it is
    time-barred, None: no law is known. ``excluded``: why nobody is dunned for it
    whatever the day, None: it is not.
    """

    id: int
    number: str
    open: float
    disputed: float = 0.0
    is_promised: bool = False
    is_in_plan: bool = False
    is_paused: bool = False
    excluded: str | None = None
    is_announced: bool = False
    deadline: date | None = None
    reminders: tuple[Reminder, ...] = ()
    limitation: date | None = None
    is_delivered: bool = False
    has_return: bool = False
    due: date | None = None

    @property
    def written(self) -> tuple[Reminder, ...]:
        """The reminders in text form: a call is none."""
        return tuple(one for one in self.reminders if one.is_written)

    @property
    def first_day(self) -> date | None:
        """When the reminders began, see `find_first_day`."""
        return find_first_day(self.reminders)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about a customer whose items are to be handed over.

    ``worth`` is what is open in company currency, ``credit`` what the customer has with us, in the
    currency of the case. ``missing``: the names of what the agency asks for and nobody knows.
    ``insolvency``: the words of the name that tell of insolvency or liquidation.
    """

    items: tuple[Item, ...]
    worth: float = 0.0
    credit: float = 0.0
    is_business: bool = False
    is_person: bool = True
    country: int | None = None
    is_paused: bool = False
    is_address_complete: bool = True
    has_pending_letter: bool = False
    missing: tuple[str, ...] = ()
    insolvency: str = ''


class Rules(NamedTuple):
    """What the policy asks for; ``min_amount`` in company currency."""

    min_letters: int = 2
    min_days: int = 28
    wait_days: int = 3
    min_amount: float = 0.0


class Agency(NamedTuple):
    """Whom an agency works on: no countries stand for all, amounts (company currency) of 0 too."""

    id: int
    countries: frozenset = frozenset()
    min_amount: float = 0.0
    max_amount: float = 0.0
    customers: str = ALL
    reports: bool = False


class Point(NamedTuple):
    """What speaks against handing over: a code, the invoices concerned, and a figure or day.

    ``names``: of what is asked for, or the codes why items are left out of dunning.
    """

    code: str
    numbers: tuple[str, ...] = ()
    figure: float = 0.0
    wanted: float = 0.0
    day: date | None = None
    names: tuple[str, ...] = ()
    is_open: bool = False


def find_first_day(reminders: Iterable[Reminder]) -> date | None:
    """Return when reminders began: § 31 (2) BDSG counts written ones, as policies do.

    Where none is written the first of all counts: the policy waits after a call as well.

    >>> call = Reminder(1, date(2026, 1, 2), is_written=False)
    >>> find_first_day([call]), find_first_day([call, Reminder(2, date(2026, 1, 9))])
    (datetime.date(2026, 1, 2), datetime.date(2026, 1, 9))
    """
    reminders = list(reminders)
    written = [one for one in reminders if one.is_written]
    return min((one.day for one in written or reminders), default=None)


def serves(agency: Agency, case: Case, compare: Callable[[float, float], int]) -> bool:
    """Return whether an agency takes such a case."""
    return (
        (not agency.countries or case.country in agency.countries)
        and compare(case.worth, agency.min_amount) >= 0
        and (not agency.max_amount or compare(case.worth, agency.max_amount) <= 0)
        and agency.customers in (ALL, BUSINESS if case.is_business else CONSUMER))


def choose(agencies: Iterable[Agency], case: Case, compare) -> Agency | None:
    """Return the first agency that takes a case.

    >>> case = Case((), worth=500, country=57)
    >>> choose([Agency(1, frozenset({14})), Agency(2, max_amount=400), Agency(3)], case,
    ...        lambda left, right: left - right).id
    3
    """
    return next((one for one in agencies if serves(one, case, compare)), None)


def decide(
    case: Case, rules: Rules, agency: Agency | None, today: date,
    compare: Callable[[float, float], int],
) -> tuple[Point, ...]:
    """Return everything that speaks against handing over a case today, in the order of `POINTS`.

    :param compare: of the company's currency; items are compared with it as well
    """
    found = [
        *_find_in_items(case, rules, agency, today, compare),
        *_find_in_case(case, rules, agency, compare)]
    strict = _find_strict(case, today) if is_reported(case, agency) else frozenset()
    return tuple(sorted((
        point._replace(wanted=_LAW[point.code]) if point.code in strict
        else point._replace(is_open=point.code in OPEN_POINTS) for point in found),
        key=lambda point: POINTS.index(point.code)))


def is_reported(case: Case, agency: Agency | None) -> bool:
    """Return whether § 31 BDSG counts: the agency reports natural persons to a credit bureau."""
    return bool(agency and agency.reports and case.is_person)


def _find_strict(case, today):
    """Return the points that law asks for, and not the policy alone: nobody decides otherwise."""
    few = any(len(item.written) < BUREAU_LETTERS for item in case.items)
    young = any((today - item.first_day).days < BUREAU_DAYS
                for item in case.items if item.first_day)
    return frozenset({LETTERS} if few else ()) | frozenset({DAYS} if young else ())


def _find_in_items(case, rules, agency, today, compare):
    """Yield what single items say; each code once, with the invoices concerned."""
    days, letters, reports = rules.min_days, rules.min_letters, is_reported(case, agency)
    if reports:
        days, letters = max(days, BUREAU_DAYS), max(letters, BUREAU_LETTERS)
    checks = (
        (NOT_DUE, lambda item: item.due and item.due >= today),
        (EXCLUDED, lambda item: item.excluded),
        (DISPUTE, lambda item: compare(item.disputed, 0.0) > 0),
        (PROMISE, lambda item: item.is_promised),
        (INSTALLMENT, lambda item: item.is_in_plan),
        (PAUSED, lambda item: item.is_paused),
        (ANNOUNCED, lambda item: not item.is_announced),
        (LETTERS, lambda item: len(item.written) < letters),
        (BUREAU, lambda item: reports and not any(one.tells_bureau for one in item.written)),
        (TIME_BARRED, lambda item: item.limitation and item.limitation < today),
        (UNDELIVERED, lambda item: not item.is_delivered),
        (RETURN, lambda item: item.has_return),
    )
    for code, fails in checks:
        failed = [item for item in case.items if fails(item)]
        if failed:
            yield Point(
                code, _number(failed), wanted=letters if code == LETTERS else 0,
                names=tuple(dict.fromkeys(
                    item.excluded for item in failed)) if code == EXCLUDED else (),
                figure=min(len(item.written) for item in failed))
    yield from _find_too_early(case, rules, today, days)
    if case.is_paused and not any(item.is_paused for item in case.items):
        yield Point(PAUSED, _number(case.items))


def _find_too_early(case, rules, today, days):
    """Yield which time has not passed yet: of the announcement, and since the first reminder."""
    waits = {
        item: item.deadline + timedelta(days=rules.wait_days)
        for item in case.items if item.is_announced and item.deadline}
    failed = [item for item, day in waits.items() if day >= today]
    if failed:
        yield Point(DEADLINE, _number(failed), day=max(waits[item] for item in failed))
    begun = [item for item in case.items if item.first_day]
    failed = [item for item in begun if (today - item.first_day).days < days]
    if failed:
        first = max(item.first_day for item in failed)
        yield Point(DAYS, _number(failed), figure=(today - first).days, wanted=days)


def _find_in_case(case, rules, agency, compare):
    total = sum(item.open for item in case.items)
    if compare(total, 0.0) <= 0:
        yield Point(NOTHING)
    if agency is None:
        yield Point(NO_AGENCY)
    elif not serves(agency, case, compare):
        yield Point(AGENCY, figure=case.worth)
    if compare(case.credit, 0.0) > 0:
        yield Point(CREDIT, figure=case.credit)
    if case.has_pending_letter:
        yield Point(PENDING)
    if compare(case.worth, rules.min_amount) < 0:
        yield Point(MINIMUM, figure=case.worth, wanted=rules.min_amount)
    if not case.is_address_complete:
        yield Point(ADDRESS)
    if case.insolvency:
        yield Point(INSOLVENT, names=(case.insolvency,))
    if case.missing:
        yield Point(ASKED, names=case.missing)


def _number(items):
    return tuple(dict.fromkeys(item.number for item in items))


def may_pass(points: Iterable[Point], overridden: Iterable[str]) -> bool:
    """Return whether nothing is left that speaks against it.

    :param overridden: codes that a manager has decided about; only open points can be among them

    >>> may_pass([Point(MINIMUM, is_open=True)], [MINIMUM]), may_pass([Point(DISPUTE)], [DISPUTE])
    (True, False)
    """
    overridden = frozenset(overridden)
    return all(point.is_open and point.code in overridden for point in points)


def find_end(
    original: float, open_amount: float, credited: float, compare: Callable[[float, float], int],
) -> str | None:
    """Return how a case ends by what the ledger says, None while something is open.

    :param original: what was handed over
    :param credited: what of it was credited since, that is, written off

    >>> def compare(left, right): return (left > right) - (left < right)
    >>> find_end(100, 0, 0, compare), find_end(100, 0, 40, compare), find_end(100, 0, 100, compare)
    ('paid', 'partly', 'written_off')
    """
    if compare(open_amount, 0.0) > 0:
        return None
    if compare(credited, 0.0) <= 0:
        return PAID
    return WRITTEN_OFF if compare(credited, original) >= 0 else PARTLY


def split_remittance(paid: float, booked: float, costs: float, booked_costs: float) -> tuple:
    """Return (what the customer has paid, the agency's costs, what the agency transfers) to book.

    Cumulative amounts less those booked before; the agency keeps its costs of what it got.

    >>> split_remittance(500.0, 200.0, 60.0, 20.0)
    (300.0, 40.0, 260.0)
    """
    gross, part = paid - booked, costs - booked_costs
    return gross, part, gross - part
