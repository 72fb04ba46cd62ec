"""What another dunning addon has reached, in terms of our ladders.

Levels of any addon are steps after the due date, whatever their numbers. So the third step there is
the third of ours that is no note before the due date.

>>> ours = [Step('note', 1, True), Step('first', 2), Step('second', 3), Step('last', 4)]
>>> [pick_step(ours, place).key for place in (1, 2, 3, 7)]
['first', 'second', 'last', 'last']
>>> pick_step([], 1) is None
True
"""

from collections.abc import Hashable, Iterable
from datetime import date
from typing import NamedTuple


class Step(NamedTuple):
    """A level of ours by its position; ``is_prenotice``: it comes before the due date."""

    key: Hashable
    position: int
    is_prenotice: bool = False


class Reached(NamedTuple):
    """A letter of the other addon about an item: its level's place (1 = first) and its day."""

    item: int
    level: Hashable
    place: int
    day: date


def number(levels: Iterable[tuple[Hashable, Hashable, float]]) -> dict:
    """Return {level: place in its policy, from 1} of (level, policy, what they are ordered by).

    >>> number([('b', 1, 30), ('a', 1, 10), ('c', 2, 5), ('d', 1, 30)])
    {'a': 1, 'b': 2, 'd': 3, 'c': 1}
    """
    places, last = {}, {}
    for level, policy, _order in sorted(levels, key=lambda row: (row[1], row[2])):
        last[policy] = places[level] = last.get(policy, 0) + 1
    return places


def pick_step(steps: Iterable[Step], place: int) -> Step | None:
    """Return the step that stands at a place after the due date, the last one behind them all."""
    steps = sorted((step for step in steps if not step.is_prenotice),
                   key=lambda step: step.position)
    return steps[min(place, len(steps)) - 1] if steps and place > 0 else None


def find_reached(letters: Iterable[Reached]) -> dict[int, Reached]:
    """Return the highest letter about each item, of several the latest.

    >>> first, again = Reached(7, 'x', 1, date(2026, 1, 1)), Reached(7, 'x', 1, date(2026, 2, 1))
    >>> find_reached([again, first])[7].day
    datetime.date(2026, 2, 1)
    """
    found = {}
    for letter in letters:
        known = found.get(letter.item)
        if not known or (letter.place, letter.day) > (known.place, known.day):
            found[letter.item] = letter
    return found
