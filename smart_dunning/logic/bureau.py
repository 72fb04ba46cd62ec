"""What § 31 (2) sentence 1 no. 4 BDSG asks for before a person is reported to a credit bureau.

Pure functions over the records of `handover`, whose gate holds the same rules.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from .handover import BUREAU_DAYS, Case

#: The facts that show it, in their order.
UNPAID = 'unpaid'
FIRST = 'first'
SECOND = 'second'
TOLD = 'told'
UNDISPUTED = 'undisputed'


class Fact(NamedTuple):
    """One thing that § 31 (2) BDSG asks for about an item: is it so, since when, by which reminder.
    """

    code: str
    item: int
    number: str
    is_met: bool
    day: date | None = None
    reminder: int | None = None


def find_facts(
    case: Case, today: date, compare: Callable[[float, float], int],
) -> tuple[Fact, ...]:
    """Return what § 31 (2) sentence 1 no. 4 BDSG asks for, about each item of a case.

    >>> from .handover import Item, Reminder
    >>> letters = (Reminder(8, date(2026, 1, 5)), Reminder(9, date(2026, 2, 16), True, True))
    >>> item = Item(1, "INV/1", 100.0, due=date(2025, 12, 1), reminders=letters)
    >>> facts = find_facts(
    ...     Case((item,)), date(2026, 2, 20), lambda left, right: left - right)
    >>> [(one.code, one.is_met, one.reminder) for one in facts[:4]]
    [('unpaid', True, None), ('first', True, 8), ('second', True, 9), ('told', True, 9)]
    """
    return tuple(fact for item in case.items for fact in _find_facts_of_item(item, today, compare))


def _find_facts_of_item(item, today, compare):
    first, second = [*item.written, None, None][:2]
    told = next((one for one in item.written if one.tells_bureau), None)
    rows = (
        (UNPAID, bool(item.due and item.due < today), item.due, None),
        (FIRST, bool(first) and (today - first.day).days >= BUREAU_DAYS,
         first and first.day, first),
        (SECOND, bool(second), second and second.day, second),
        (TOLD, bool(told), told and told.day, told),
        (UNDISPUTED, compare(item.disputed, 0.0) <= 0, today, None))
    return [Fact(code, item.id, item.number, is_met, day, reminder and reminder.id)
            for code, is_met, day, reminder in rows]
