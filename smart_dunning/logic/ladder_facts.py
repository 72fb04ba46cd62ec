"""What the ladder decides about and what it answers: immutable records, without any decision.

>>> Level(1, 1, -3).is_prenotice
True
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

DUE_DATE = 'due_date'
MONTH_END = 'month_end'
PREVIOUS_LETTER = 'previous_letter'

#: Why an item that would step makes no letter, in the order in which the reasons are asked.
PAUSED = 'paused'
DISPUTE = 'dispute'
PROMISE = 'promise'
INSTALLMENT = 'installment'
HANDED_OVER = 'handed_over'
PENDING = 'pending'
NO_POLICY = 'no_policy'
QUIET = 'quiet'
OTHER_CLASS = 'other_class'
COVERED = 'covered'
BELOW_MINIMUM = 'below_minimum'
OVER_CAP = 'over_cap'
UNDECIDED = 'undecided'
NO_ADDRESS = 'no_address'
NO_CHANNEL = 'no_channel'

#: Why an item is left out whatever the day: it says so itself.
NO_FOLLOWUP = 'no_followup'
BLOCKED = 'blocked'
SETTLED = 'settled'
UNDERWAY = 'underway'
CHARGE = 'charge'
OUTBOUND = 'outbound'
#: Of another branch, which has its own runs: credits settle it, nobody tells it.
ELSEWHERE = 'elsewhere'
TOO_OLD = 'too_old'


class Level(NamedTuple):
    """One rung: ``delay`` in days from ``delay_from``; ``min_amount`` in company currency.

    ``is_formal``: a last notice, or an announcement of collection. It makes a letter of its own,
    and an item gets there step by step alone.
    """

    id: int
    position: int
    delay: int
    delay_from: str = DUE_DATE
    min_amount: float = 0.0
    is_formal: bool = False

    @property
    def is_prenotice(self) -> bool:
        """A reminder before the due date: a negative delay counted from it."""
        return self.delay < 0 and self.delay_from == DUE_DATE


@dataclass(frozen=True, slots=True)
class Policy:
    """A ladder with its thresholds; ``min_balance`` and ``tolerance`` in company currency.

    ``levels`` are sorted by position. ``cap`` is the highest number of letters, 0 for no cap.
    An item whose promise was broken jumps to ``broken_promise_position`` at once, 0 for no jump;
    never to a formal level. ``bundles``: items at different levels share a letter, formal levels
    aside.
    """

    id: int
    levels: tuple[Level, ...]
    min_balance: float = 0.0
    tolerance: float = 0.0
    quiet_days: int = 0
    net_credits: bool = True
    cap: int = 0
    broken_promise_position: int = 0
    bundles: bool = True


class Pause(NamedTuple):
    """Why an item is left in peace until a day (inclusive).

    ``withheld`` is the part of its amount, in its own currency, that is left out while the rest
    goes on; None leaves out all of it.
    """

    reason: str
    until: date
    withheld: float | None = None


class Item(NamedTuple):
    """An open receivable line.

    ``amount`` is its residual in the currency ``currency``, ``worth`` the same in company currency;
    both negative for a credit. ``position`` is the level reached (0 = none) by the letter of
    ``last_letter``. ``has_broken_promise``: it stays open although its payment was promised.
    ``excluded``: code of the reason why it is left out whatever the day, None: it is not.
    ``deadline``: until when its last letter grants time; it steps on the day after at the earliest.
    """

    id: int
    partner: int
    currency: int
    due: date
    amount: float
    worth: float
    position: int = 0
    last_letter: date | None = None
    policy: int | None = None
    pause: Pause | None = None
    has_broken_promise: bool = False
    excluded: str | None = None
    deadline: date | None = None

    def is_paused(self, on: date) -> bool:
        """Whether nothing of it is asked for on a day."""
        return self.pause is not None and self.pause.withheld is None and on <= self.pause.until

    def split(self, on: date) -> tuple['Item', 'Item | None']:
        """Return what is asked of it on a day, and the part that is withheld (None: nothing).

        >>> half = Item(1, 1, 1, date(2026, 3, 1), 100.0, 50.0,
        ...             pause=Pause(DISPUTE, date(2026, 4, 1), 40.0))
        >>> [part.amount for part in half.split(date(2026, 3, 9))]
        [60.0, 40.0]
        >>> half.split(date(2026, 4, 2))[1] is None
        True
        """
        pause = self.pause
        if pause is None or not pause.withheld or on > pause.until:
            return self, None
        withheld = min(pause.withheld, self.amount)
        worth = self.worth * withheld / self.amount
        return (
            self._replace(amount=self.amount - withheld, worth=self.worth - worth),
            self._replace(amount=withheld, worth=worth))


@dataclass(frozen=True, slots=True)
class Customer:
    """What holds for all items of a customer: last letter, pause until (inclusive), open letter.

    ``unwanted`` are ids of levels that are not for such a customer: notes before the due date.
    """

    last_letter: date | None = None
    paused_until: date | None = None
    has_pending: bool = False
    unwanted: frozenset[int] = frozenset()


class Step(NamedTuple):
    """An item, the level it steps to, and what of it the customer's credits settle."""

    item: Item
    level: Level
    credit: float = 0.0


@dataclass(frozen=True, slots=True)
class Letter:
    """The steps that one letter names; ``credit`` (not negative) is what is netted from them."""

    partner: int
    currency: int
    policy: int | None
    level: Level
    steps: tuple[Step, ...]
    credit: float = 0.0
    credit_worth: float = 0.0

    @property
    def is_prenotice(self) -> bool:
        return self.level.is_prenotice

    @property
    def amount(self) -> float:
        """Sum of the stepping items in their currency, before credits."""
        return sum(step.item.amount for step in self.steps)

    @property
    def worth(self) -> float:
        """Sum of the stepping items in company currency, before credits."""
        return sum(step.item.worth for step in self.steps)

    @property
    def oldest_due(self) -> date:
        return min(step.item.due for step in self.steps)

    @property
    def latest_due(self) -> date:
        return max(step.item.due for step in self.steps)


class Omission(NamedTuple):
    """Items that would step but wait: the letter that was not made, and why."""

    reason: str
    letter: Letter
    until: date | None = None


@dataclass(slots=True)
class Plan:
    """What a run would do: letters, and what is left out with its reason."""

    letters: list[Letter] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
