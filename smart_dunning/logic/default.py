"""When default begins and when a claim becomes time-barred: dates with the rule they rest on.

Due is not in default. What puts a customer in default differs by country and by kind of
customer; the rules come as data. The earliest rule that applies counts; a date set by hand
overrides them all.

The default date is the first day that bears interest.

>>> from datetime import date
>>> facts = Facts(due=date(2026, 3, 10), received=date(2026, 2, 26))
>>> find_default(facts, Rules(calendar=True))
Default(date=datetime.date(2026, 3, 11), basis='calendar')
>>> find_default(facts._replace(reminded=date(2026, 3, 20)), Rules())
Default(date=datetime.date(2026, 3, 21), basis='reminder')
>>> reminded = facts._replace(reminded=date(2026, 3, 20), granted=date(2026, 3, 27))
>>> find_default(reminded, Rules())                    # the letter has set a period
Default(date=datetime.date(2026, 3, 28), basis='reminder')
>>> find_default(facts, Rules())
Default(date=datetime.date(2026, 4, 10), basis='thirty_days')
>>> find_limitation(date(2026, 3, 10), years=3)
datetime.date(2029, 12, 31)
"""

from collections.abc import Callable, Iterable
from datetime import MAXYEAR, date, timedelta
from typing import NamedTuple

from .days import shift

CALENDAR = 'calendar'
REMINDER = 'reminder'
THIRTY_DAYS = 'thirty_days'
MANUAL = 'manual'

YEAR_END = 'year_end'
DUE_DATE = 'due_date'

TALKS = 'talks'
COURT = 'court'

DAY = timedelta(days=1)


class Rules(NamedTuple):
    """What puts a customer in default. The days of § 286 (3) BGB, Art. 3 (3) 2011/7/EU are 30.

    ``reminder_period``: a reminder that grants a period brings default about when this has ended.
    """

    calendar: bool = False
    reminder: bool = True
    thirty_days: bool = True
    days: int = 30
    reminder_period: bool = True


class Facts(NamedTuple):
    """What is known about an item: ``reminded`` is the day on which the first letter arrived.

    ``granted`` is the last day to pay that this letter has named, ``manual`` the first day of
    default that a person has set.
    """

    due: date
    received: date | None = None
    reminded: date | None = None
    manual: date | None = None
    granted: date | None = None


class Default(NamedTuple):
    """The first day that bears interest, and why."""

    date: date
    basis: str


class Suspension(NamedTuple):
    """Days, both inclusive, in which limitation does not run; no end: it still lasts."""

    date_from: date
    date_until: date | None = None
    kind: str = TALKS


class Effect(NamedTuple):
    """What the law of a country has talks and lawsuits do to limitation.

    ``talks``: whether talks suspend it at all. ``talks_months``: limitation comes no earlier than
    so many months after they ended. ``court_months``: a lawsuit suspends so much longer than it
    lasts. Germany: yes, 3 (§ 203 BGB) and 6 (§ 204 (2) BGB).
    """

    talks: bool = False
    talks_months: int = 0
    court_months: int = 0


#: Talks do nothing, and a lawsuit suspends as long as it lasts.
NO_EFFECT = Effect()


def keep_day(day: date) -> date:
    """Return a day as it is: for calendars without days off."""
    return day


def find_default(
    facts: Facts, rules: Rules, postpone: Callable[[date], date] = keep_day,
) -> Default | None:
    """Return when and why default began or will begin by what is known now; None: it does not.

    - calendar: the day was agreed and has passed, § 286 (2) no. 1 BGB, Art. 3 (3) 2011/7/EU;
    - reminder: the day after a letter after the due date arrived, § 286 (1) BGB, or after the
      period has ended that it grants;
    - thirty days after due date and receipt of the invoice, § 286 (3) BGB.

    Nobody is in default before the item is due, whatever a person has set.

    :param postpone: moves the last day to pay to the next working day, § 193 BGB
    """
    due = postpone(facts.due)
    if facts.manual:
        return Default(max(facts.manual, shift(facts.due, 1)), MANUAL)
    found = []
    if rules.calendar:
        found.append(Default(shift(due, 1), CALENDAR))
    if rules.reminder and facts.reminded:
        # A reminder before the due date puts nobody in default.
        last_day = max(facts.reminded, due)
        if rules.reminder_period and facts.granted:
            last_day = max(last_day, postpone(facts.granted))
        found.append(Default(shift(last_day, 1), REMINDER))
    if rules.thirty_days and facts.received:
        last_day = postpone(shift(max(facts.due, facts.received), rules.days))
        found.append(Default(shift(last_day, 1), THIRTY_DAYS))
    # Of two rules on the same day the one that is easier to prove counts: the order above.
    return min(found, key=lambda default: default.date, default=None)


def find_limitation(
    due: date, *, years: int, start: str = YEAR_END, suspensions: Iterable[Suspension] = (),
    effect: Effect = NO_EFFECT, acknowledged: Iterable[date] = (), on: date | None = None,
) -> date:
    """Return the last day before a claim is time-barred.

    The years run from the end of the year in which the claim fell due (§§ 195, 199 (1) BGB), or
    from the due date; from an acknowledgement they run anew, § 212 BGB. Days of suspension are
    added, § 209 BGB, each once, from the day on which the years run. What began after the years
    had run does not bring a claim back to life.

    What is uncertain never moves the day later: what still lasts counts up to ``on`` alone.

    :param effect: what talks and lawsuits do; nothing said: talks do nothing, as in most countries
    :param acknowledged: days on which the debtor has acknowledged the claim
    """
    begin = date(due.year, 12, 31) if start == YEAR_END else due
    plain = add_months(begin, 12 * years)
    for day in sorted(acknowledged):
        if begin < day <= plain:
            begin, plain = day, add_months(day, 12 * years)
    added, floor, covered = 0, plain, begin
    for one in sorted((
            (one.date_from, _get_end(one, effect, on), one) for one in suspensions
            if one.kind != TALKS or effect.talks), key=lambda row: row[:2]):
        since, until, suspension = one
        if since > plain or until < since:
            continue
        added += max(0, (until - max(since - DAY, covered)).days)
        covered = max(covered, until)
        if suspension.date_until and suspension.kind == TALKS:
            floor = max(floor, add_months(until, effect.talks_months))
    return max(shift(plain, added), floor)


def _get_end(suspension, effect, on):
    """Return the last day of a suspension."""
    if not suspension.date_until:
        return on or suspension.date_from
    return add_months(suspension.date_until, effect.court_months) if suspension.kind == COURT \
        else suspension.date_until


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or its last one, § 188 (3) BGB.

    >>> add_months(date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year >= MAXYEAR:
        return date.max
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - DAY)
