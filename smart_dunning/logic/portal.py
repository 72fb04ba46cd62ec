"""What a customer may do on their page: how much is to be paid, what they may promise or propose.

Amounts are in the currency of the item or letter, rounded by the function that is passed in. Codes,
no words: the models put them into sentences.

>>> from datetime import date
>>> cents = lambda amount: round(amount, 2)
>>> items = [Item(1, 100.0, 30.0), Item(2, 50.0), Item(3, 20.0, excluded='blocked')]
>>> get_total(items, charges=5.0, credit=25.0, round_amount=cents)
100.0
>>> choose_amount(100.0, wish=0.01, is_partial=False, minimum=0.0)
100.0
>>> choose_amount(100.0, wish=40.0, is_partial=True, minimum=25.0)
40.0
>>> choose_amount(100.0, wish=10.0, is_partial=True, minimum=25.0) is None
True
"""

import math
from dataclasses import dataclass

from . import ladder

#: States of an item on the page.
OPEN, PAID, PART_PAID, CLARIFIED, UNDERWAY, WITHDRAWN, COLLECTED, CANCELLED = (
    'open', 'paid', 'part_paid', 'clarified', 'underway', 'withdrawn', 'collected', 'cancelled')


@dataclass(frozen=True, slots=True)
class Item:
    """What is open of an item today, and which part of it the customer objects to."""

    id: int
    open: float
    disputed: float = 0.0
    excluded: str | None = None


def get_payable(item):
    """Return what the customer is asked for: nothing of what is disputed or left out.

    >>> get_payable(Item(1, 100.0, 30.0)), get_payable(Item(1, 100.0, 0.0, 'underway'))
    (70.0, 0.0)
    """
    return 0.0 if item.excluded else max(0.0, item.open - item.disputed)


def get_state(item, earlier, compare, is_cancelled=False):
    """Return how the page shows an item. Only what was paid is thanked for.

    :param item: the `Item` as it is now; None when nothing is open any more
    :param earlier: what was open of it when the letter was written, disputed or not
    :param is_cancelled: whether nothing is open since we have taken the claim back
    :param compare: compares two amounts, as `currency.compare_amounts` does

    >>> by_cents = lambda one, other: (round(one - other, 2) > 0) - (round(one - other, 2) < 0)
    >>> get_state(None, 50.0, by_cents), get_state(Item(1, 20.0), 50.0, by_cents)
    ('paid', 'part_paid')
    >>> get_state(None, 50.0, by_cents, is_cancelled=True)
    'cancelled'
    >>> get_state(Item(1, 50.0, disputed=20.0), 50.0, by_cents)
    'open'
    >>> get_state(Item(1, 20.0, excluded='handed_over'), 50.0, by_cents)
    'collected'
    """
    if item is None:
        return CANCELLED if is_cancelled else PAID
    if item.excluded == ladder.HANDED_OVER:
        return COLLECTED
    if item.excluded:
        return UNDERWAY if item.excluded in ('underway', 'pending_payment') else WITHDRAWN
    if compare(item.open, 0.0) <= 0:
        return PAID
    if compare(get_payable(item), 0.0) <= 0:
        return CLARIFIED
    return PART_PAID if compare(item.open, earlier) < 0 else OPEN


def get_credit(items, credit, round_amount):
    """Return how much of the customer's credits counts: no more than the items ask for.

    >>> get_credit([Item(1, 20.0)], 50.0, round)
    20
    """
    return round_amount(min(max(0.0, credit), sum(map(get_payable, items))))


def get_total(items, *, charges, credit, round_amount):
    """Return what is to be paid in all, never less than nothing."""
    due = sum(map(get_payable, items)) - get_credit(items, credit, round_amount)
    return max(0.0, round_amount(due + charges))


def choose_amount(total, *, wish, is_partial, minimum):
    """Return the amount of a payment: the total, or the part that the policy allows; None if none.

    What a browser sends is a wish: it decides nothing where parts are not allowed, and is never
    more than what is open.

    :param total: what is open, found out on the server
    :param wish: what the browser sent; None, or any float, not a number included
    :param is_partial: whether parts may be paid
    :param minimum: the smallest part
    """
    if total <= 0:
        return None
    if not is_partial or wish is None or not math.isfinite(wish) or wish >= total:
        return total
    return wish if wish > 0 and wish >= min(minimum, total) else None


def order_for_payment(items):
    """Return the ids in the order in which a payment settles them: disputed ones last.

    :param items: tuples of id, due date, disputed amount

    >>> from datetime import date
    >>> order_for_payment([(1, date(2026, 1, 5), 9.0), (2, date(2026, 3, 1), 0.0),
    ...                    (3, date(2026, 2, 1), 0.0)])
    [3, 2, 1]
    """
    return [key for key, _due, _disputed in sorted(
        items, key=lambda one: (one[2] > 0, one[1], one[0]))]


# What customers say -------------------------------------------------------------------------------

#: What becomes of it: accepted at once, waits for the clerk; or why it is refused.
ACCEPTED, WAITS = 'accepted', 'waits'
PAST, TOO_FAR, TOO_MANY_PARTS, TOO_SMALL_PARTS, TOO_LATE_FIRST, TOO_LONG, UNFIT = (
    'past', 'too_far', 'too_many_parts', 'too_small_parts', 'too_late_first', 'too_long', 'unfit')
#: Nobody promises anything for a day that is further away.
MOST_DAYS_AHEAD = 366


def judge_promise(day, today, *, most_days, earlier, most):
    """Return what becomes of a promise to pay until a day.

    :param most_days: up to so many days ahead it is accepted at once
    :param earlier: how often payment of these items was promised before
    :param most: so many promises of an item are accepted at once

    >>> from datetime import date
    >>> today = date(2026, 3, 2)
    >>> judge_promise(date(2026, 3, 9), today, most_days=14, earlier=0, most=1)
    'accepted'
    >>> judge_promise(date(2026, 3, 9), today, most_days=14, earlier=1, most=1)
    'waits'
    >>> judge_promise(date(2026, 3, 1), today, most_days=14, earlier=0, most=1)
    'past'
    """
    ahead = (day - today).days
    if ahead < 0:
        return PAST
    if ahead > MOST_DAYS_AHEAD:
        return TOO_FAR
    return ACCEPTED if ahead <= most_days and earlier < most else WAITS


@dataclass(frozen=True, slots=True)
class Bounds:
    """What instalments a customer may propose; 0 is no bound, amounts in the plan's currency."""

    parts: int
    smallest: float
    first_days: int
    days: int


def judge_parts(parts, today, bounds):
    """Return why parts cannot be proposed; None where they can.

    :param parts: pairs of day and amount, the earliest first

    >>> from datetime import date
    >>> today, bounds = date(2026, 3, 2), Bounds(parts=3, smallest=50.0, first_days=14, days=90)
    >>> judge_parts([(date(2026, 3, 9), 60.0), (date(2026, 4, 9), 40.0)], today, bounds)
    >>> judge_parts([(date(2026, 3, 9), 30.0), (date(2026, 4, 9), 30.0)], today, bounds)
    'too_small_parts'
    >>> judge_parts([], today, bounds)
    'unfit'
    """
    if not parts or any(amount <= 0 for _day, amount in parts):
        return UNFIT
    first, last = parts[0][0], parts[-1][0]
    if first < today:
        return PAST
    if bounds.parts and len(parts) > bounds.parts:
        return TOO_MANY_PARTS
    # The last part is what remains.
    if any(amount < bounds.smallest for _day, amount in parts[:-1] or parts):
        return TOO_SMALL_PARTS
    if bounds.first_days and (first - today).days > bounds.first_days:
        return TOO_LATE_FIRST
    if bounds.days and (last - today).days > bounds.days:
        return TOO_LONG
    return None
