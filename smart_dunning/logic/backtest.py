"""What a policy would have done in the past: its letters and holds, replayed over a ledger.

Invoices and payments are those that came; only what the policy does is new. How customers would
have answered other letters is not simulated: nobody knows it. Pauses, disputes and promises of
that time are left out, too.

Pure functions. A night knows the payments up to the day before. Items of one customer and currency
are replayed together, since one letter names them all.

>>> from datetime import date
>>> from .ladder import Level, Policy
>>> policy = Policy(1, (Level(7, 1, 10), Level(8, 2, 14, 'previous_letter')))
>>> item = PastItem(1, 1, 1, date(2026, 1, 1), date(2026, 1, 31), 100.0, 100.0,
...                 ((date(2026, 2, 20), -100.0),))
>>> story = replay([item], policy, Frame(date(2026, 1, 1), date(2026, 6, 1)))
>>> [(str(one.day), one.level) for one in story.letters], dict(story.paid_before)
([('2026-02-10', 7)], {8: 1})
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from . import exposure
from .days import shift
from .ladder import Customer, Item, Policy, find_next_letters, forecast_item


def _compare(one, other):
    return (one > other) - (one < other)


class PastItem(NamedTuple):
    """A debt or (with negative amounts) a credit, and what became of it.

    ``start`` is its accounting date. ``amount`` is in its currency, ``worth`` in company currency.
    ``changes`` are (day, what it adds to the open amount), sorted: a payment is negative.
    """

    id: int
    partner: int
    currency: int
    start: date
    due: date
    amount: float
    worth: float
    changes: tuple[tuple[date, float], ...] = ()

    def get_open(self, day: date) -> float:
        """Return what is open on the morning of a day, in its currency."""
        if day <= self.start:
            return 0.0
        left = self.amount + sum(change for on, change in self.changes if on < day)
        return left if abs(left) >= 0.005 else 0.0

    def get_end(self) -> date | None:
        """Return the day since which nothing is left of it; None: something still is.

        A payment that came back was none.
        """
        left, end = self.amount, None
        for on, change in self.changes:
            left += change
            end = None if abs(left) >= 0.005 else end or on
        return end


@dataclass(frozen=True, slots=True)
class Frame:
    """The time that is replayed and what holds for all in it.

    ``get_run_day``: the first day not before a date on which a run works. ``periods``: the payment
    period in days by level. ``compare`` is for company currency, ``round_amount`` takes currency
    and amount. What happens before ``counted_from`` sets the stage and is not counted.
    """

    start: date
    until: date
    get_run_day: Callable[[date], date] = lambda day: day
    periods: Mapping[int, int] = field(default_factory=dict)
    compare: Callable[[float, float], int] = _compare
    round_amount: Callable[[int, float], float] = lambda _currency, amount: round(amount, 2)
    counted_from: date | None = None

    def counts(self, day: date) -> bool:
        """Whether what happens on a day is counted."""
        return (self.counted_from or self.start) <= day <= self.until


class PastLetter(NamedTuple):
    """A letter that would have gone out; ``worth`` in company currency, credits deducted."""

    day: date
    partner: int
    level: int
    items: tuple[int, ...]
    worth: float


@dataclass(slots=True)
class Story:
    """What became of the items of one customer: letters, and what was paid before a level.

    ``paid_before``: how many items were paid before they reached a level that was the next for
    them. ``first``: the day of the first letter by item. ``reached``: (day, position, level) by
    item, in order.
    """

    letters: list[PastLetter] = field(default_factory=list)
    paid_before: Counter = field(default_factory=Counter)
    first: dict[int, date] = field(default_factory=dict)
    reached: dict[int, list] = field(default_factory=lambda: defaultdict(list))


def replay(items: Sequence[PastItem], policy: Policy, frame: Frame) -> Story:
    """Return what a policy would have done with the items of one customer and currency."""
    state = _Replay(items, policy, frame)
    day = frame.start
    while day <= frame.until:
        event = state.find_event(day)
        horizon = min(event or frame.until, frame.until)
        found = state.find_letters(day, horizon)
        if found:
            day = shift(found[0], 1)
        elif event is None:
            break
        else:
            day = shift(event, 1)
    state.count_paid()
    return state.story


class _Replay:
    """The state of the items between two days on which something happens in the ledger."""

    def __init__(self, items, policy, frame):
        self.items, self.policy, self.frame = items, policy, frame
        self.story = Story()
        self.reached = {}           # item -> (position, day of the letter, deadline)
        self.last_letter = None
        self.ready = {}             # item -> the first day of its next step, None: no more
        self.events = sorted({
            day for item in items for day in (item.start, *(on for on, _change in item.changes))})

    def find_event(self, day):
        """Return the next day, from this one on, on which something is booked."""
        place = bisect_right(self.events, shift(day, -1))
        return self.events[place] if place < len(self.events) else None

    def make_items(self, day):
        """Return the open ones as the ladder knows them, as of the morning of a day."""
        found = []
        for item in self.items:
            left = item.get_open(day)
            if left:
                position, letter, deadline = self.reached.get(item.id, (0, None, None))
                found.append(Item(
                    item.id, item.partner, item.currency, item.due, left,
                    item.worth * left / item.amount, position, letter, self.policy.id,
                    deadline=deadline))
        return found

    def find_letters(self, day, horizon):
        """Send the first letters from a day on, up to the horizon, while nothing is booked."""
        items = self.make_items(day)
        if not any(self.is_ready(item, horizon) for item in items if item.amount > 0):
            return None
        found = find_next_letters(
            items, {self.policy.id: self.policy}, Customer(self.last_letter), day,
            self.frame.compare, self.frame.round_amount, self.frame.get_run_day)
        if not found or found[0] > horizon:
            return None
        for letter in found[1]:
            self.send(letter, found[0])
        return found

    def is_ready(self, item, horizon):
        """Return whether an item's next step could lie before the horizon."""
        if item.id not in self.ready:
            # From the due date on as well: a note before it may be missed.
            first = forecast_item(self.policy, item, self.frame.start)
            self.ready[item.id] = first and first[0]
        ready = self.ready[item.id]
        return ready is not None and ready <= horizon

    def send(self, letter, day):
        frame, worth = self.frame, letter.worth - letter.credit_worth
        if not letter.is_prenotice:
            self.last_letter = day
        ids = tuple(step.item.id for step in letter.steps)
        for step in letter.steps:
            # Without a period until today: an item steps on a later day in any case.
            deadline = None if letter.is_prenotice else shift(
                day, frame.periods.get(step.level.id, 0))
            self.reached[step.item.id] = step.level.position, day, deadline
            self.ready.pop(step.item.id, None)
            self.story.reached[step.item.id].append((day, step.level.position, step.level.id))
        for item_id in ids:
            self.story.first.setdefault(item_id, day)
        if frame.counts(day):
            self.story.letters.append(PastLetter(
                day, letter.partner, letter.level.id, ids, worth))

    def count_paid(self):
        """Count the items that were paid in time for the level that would have come next."""
        for item in self.items:
            end = item.get_end() if item.amount > 0 else None
            if end is None or not self.frame.counts(end):
                continue
            position = max(
                (at for _day, at, _level in self.story.reached.get(item.id, ())), default=0)
            following = next((
                level for level in self.policy.levels
                if level.position > position and not (level.is_prenotice and end >= item.due)),
                None)
            if following:
                self.story.paid_before[following.id] += 1


# Holds ------------------------------------------------------------------------------------------


def find_holds(
    items: Iterable[PastItem], reached: Mapping[int, Sequence[tuple[date, int, int]]],
    terms: exposure.Terms, frame: Frame, effects: Mapping[int, str], credit_limit: float = 0.0,
) -> Counter:
    """Return how often holds of a customer would have begun: {`WARN` or `BLOCK`: times}.

    What is known of the past decides: overdue amounts, levels, and the limit of today against what
    was open. Orders of that time are not known.

    :param items: all of the customer, whatever their currency
    :param reached: (day, position, level id) of the letters by item, as `Story.reached`
    :param effects: what a level holds by itself, by level id
    """
    items = list(items)
    thresholds = {rule.days for rule in terms.rules if rule.trigger == exposure.OVERDUE}
    begun, before = Counter(), exposure.CLEAR
    for day in _find_days(items, reached, thresholds, frame):
        facts = _get_facts(items, reached, thresholds, day, effects, credit_limit)
        state = exposure.get_worst(
            exposure.decide(facts, terms, exposure.Request(), point, day, frame.compare).state
            for point in (exposure.ORDER, exposure.DELIVERY))
        if state not in (before, exposure.CLEAR) and frame.counts(day) and (
                before == exposure.CLEAR or state == exposure.BLOCK):
            begun[state] += 1
        before = state
    return begun


def _find_days(items, reached, thresholds, frame):
    """Return the days on which a hold could begin or end, in order.

    On the first day of the frame there may be one already.
    """
    days = {frame.start}
    for item in items:
        days.update(shift(on, 1) for on, _change in item.changes)
        days.add(shift(item.start, 1))
        days.update(
            day for days_late in thresholds or (0,)
            if item.get_open(day := shift(item.due, days_late + 1)))
        days.update(day for day, _position, _level in reached.get(item.id, ()))
    return sorted(day for day in days if frame.start <= day <= frame.until)


def _get_facts(items, reached, thresholds, day, effects, credit_limit):
    overdue, receivables, credits = dict.fromkeys(thresholds, 0.0), 0.0, 0.0
    position, effect = 0, exposure.NONE
    for item in items:
        left = item.get_open(day)
        if not left:
            continue
        worth = item.worth * left / item.amount
        receivables += worth
        if worth < 0:
            credits -= worth
            continue
        late = (day - item.due).days
        for days in thresholds:
            if late > days:
                overdue[days] += worth
        passed = [one for one in reached.get(item.id, ()) if one[0] <= day]
        if passed and late > 0:
            position = max(position, passed[-1][1])
            effect = exposure.get_worst([effect, effects.get(passed[-1][2], exposure.NONE)])
    return exposure.Facts(
        credit_limit=credit_limit, receivables=receivables,
        overdue={days: amount - credits for days, amount in overdue.items()},
        level_position=position, level_effect=effect)
