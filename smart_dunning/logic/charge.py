"""How much of what letters have claimed is taken back when the debt behind it changes.

Several charges may be about one thing: each letter claims the interest that has grown since the
last one. Together they are at most what is owed by the ledger of today, less what was waived; what
was waived is never given back. None of them is ever less than nothing.

>>> take_back([(10.0, 0.0, 0.0), (5.0, 0.0, 0.0)], 12.0)      # the latest first
[0.0, 3.0]
>>> take_back([(10.0, 0.0, 0.0), (5.0, 0.0, 3.0)], 15.0)      # owed after all
[0.0, 0.0]
>>> take_back([(10.0, 8.0, 0.0)], 0.15)                       # waived: 8 are not claimed anyway
[2.0]
"""

from collections.abc import Callable, Iterable

from .allocation import round_cents


def take_back(
    charges: Iterable[tuple[float, float, float]], owed: float,
    round_amount: Callable[[float], float] = round_cents,
) -> list[float]:
    """Return how much of each charge is taken back in all, in their currency.

    :param charges: (claimed, waived, taken back so far) of charges about one thing, oldest first
    :param owed: what is owed on it by the ledger of today, what was waived not yet deducted
    """
    charges = list(charges)
    claimed = sum(amount for amount, _waived, _taken in charges)
    waived = sum(waived for _amount, waived, _taken in charges)
    target = round_amount(max(0.0, claimed - max(owed, waived, 0.0)))
    parts = [taken for _amount, _waived, taken in charges]
    missing = round_amount(target - sum(parts))
    order = range(len(charges)) if missing < 0 else range(len(charges) - 1, -1, -1)
    for number in order:
        amount, waived, taken = charges[number]
        room = max(0.0, round_amount(amount - waived - taken))
        step = max(missing, -taken) if missing < 0 else min(missing, room)
        parts[number] = round_amount(taken + step)
        missing = round_amount(missing - step)
    return parts
