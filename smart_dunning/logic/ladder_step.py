"""When an open item steps to which level of its policy: one item by itself.

Pure functions; an item that is paused, disputed or left out is looked at by `ladder`, which makes
letters of the steps.

>>> levels = (Level(1, 1, -3), Level(2, 2, 7), Level(3, 3, 14, PREVIOUS_LETTER))
>>> due, sent = date(2026, 3, 10), date(2026, 3, 17)
>>> [str(get_step_date(level, due, sent)) for level in levels]
['2026-03-07', '2026-03-17', '2026-03-31']
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date
from itertools import takewhile

from .days import shift
from .ladder_facts import MONTH_END, PREVIOUS_LETTER, Item, Level, Policy


def get_step_date(level: Level, due: date, last_letter: date | None) -> date:
    """Return the first day on which ``level`` is due for an item.

    For a level counted from the previous letter an item without one counts from its due date.
    """
    if level.delay_from == PREVIOUS_LETTER and last_letter:
        start = last_letter
    elif level.delay_from == MONTH_END:
        start = due.replace(day=monthrange(due.year, due.month)[1])
    else:
        start = due
    return shift(start, level.delay)


def get_granted_date(
    levels: Iterable[Level], position: int, due: date, last_letter: date | None,
) -> date | None:
    """Return the first day for anything more about an item whose due date was moved ahead.

    An item that got a reminder was overdue then; is its due date later than the letter, somebody
    has granted time. The new date is waited for, and what the policy waits before it reminds.

    >>> levels = (Level(1, 1, 7), Level(2, 2, 14, PREVIOUS_LETTER))
    >>> get_granted_date(levels, 1, date(2026, 4, 10), date(2026, 3, 9))
    datetime.date(2026, 4, 17)
    >>> get_granted_date(levels, 1, date(2026, 3, 1), date(2026, 3, 9)) is None
    True
    """
    if not position or not last_letter or due <= last_letter:
        return None
    if any(level.position == position and level.is_prenotice for level in levels):
        return None
    first = next((level for level in levels if not level.is_prenotice), None)
    return max(shift(due, 1), get_step_date(first, due, None)) if first else None


def find_step(
    levels: Iterable[Level], position: int, due: date, last_letter: date | None, on: date,
    jump: int = 0,
) -> Level | None:
    """Return the level an item steps to on the day ``on``, or None.

    The next level is the lowest above ``position``; only a reminder before the due date is
    skipped, once the due date is there.

    :param jump: position that the item jumps to at once, but to no formal level, see `Policy`;
        0 for none
    """
    step = forecast_step(levels, position, due, last_letter, on, jump)
    return step[1] if step and step[0] <= on else None


def forecast_step(
    levels: Iterable[Level], position: int, due: date, last_letter: date | None, on: date,
    jump: int = 0,
) -> tuple[date, Level] | None:
    """Return day (``on`` or later) and level of an item's next step; None at the end of the ladder.

    >>> forecast_step((Level(1, 1, 7),), 0, date(2026, 3, 10), None, date(2026, 3, 1))[0]
    datetime.date(2026, 3, 17)
    """
    steps = [level for level in levels
             if level.position > position and not (level.is_prenotice and on >= due)]
    on = max(filter(None, (on, get_granted_date(levels, position, due, last_letter))))
    if jump > position:
        if not any(level.is_formal for level in steps):
            level = next((level for level in steps if level.position >= jump), None)
            return level and (on, level)
        informal = list(takewhile(lambda level: not level.is_formal, steps))
        if informal:
            return on, next(
                (level for level in informal if level.position >= jump), informal[-1])
    for level in steps[:1]:
        return max(on, get_step_date(level, due, last_letter)), level
    return None


def forecast_item(
    policy: Policy, item: Item, on: date, get_run_day: Callable[[date], date] | None = None,
) -> tuple[date, Level] | None:
    """Return day (``on`` or later) and level of an item's next step, after its pause if it has one.

    :param get_run_day: the first day not before a date on which a run works; None: each day is

    >>> from .ladder_facts import PROMISE, Pause
    >>> item = Item(1, 1, 1, date(2026, 3, 1), 9.0, 9.0, pause=Pause(PROMISE, date(2026, 3, 20)))
    >>> forecast_item(Policy(1, (Level(1, 1, 7),)), item, date(2026, 3, 9))[0]
    datetime.date(2026, 3, 21)
    """
    if item.is_paused(on):
        on = shift(item.pause.until, 1)
    if has_time(policy, item, on):
        on = shift(item.deadline, 1)
    facts = policy.levels, item.position, item.due, item.last_letter
    step = forecast_step(*facts, on, get_jump(policy, item))
    while step and get_run_day and get_run_day(step[0]) != step[0]:
        # On that later day another level may be due: a reminder before the due date may be over.
        step = forecast_step(*facts, get_run_day(step[0]), get_jump(policy, item))
    return step


def has_time(policy: Policy, item: Item, on: date) -> bool:
    """Return whether the last letter still grants time on a day; a broken promise ends that.

    >>> item = Item(1, 1, 1, date(2026, 3, 1), 9.0, 9.0, deadline=date(2026, 3, 20))
    >>> [has_time(Policy(1, ()), item, date(2026, 3, day)) for day in (20, 21)]
    [True, False]
    """
    if item.deadline is None or on > item.deadline:
        return False
    return get_jump(policy, item) <= item.position


def get_jump(policy: Policy, item: Item) -> int:
    """Return the position that an item jumps to because its promise was broken, 0 for none."""
    return policy.broken_promise_position if item.has_broken_promise else 0
