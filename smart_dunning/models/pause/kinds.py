"""The kinds of pauses, in one place: a new kind of agreement is one row here and its model.

A kind has a link of its own in `dunning.pause`; the model of its agreements is what this link
points to. Everybody else asks this table: the run how it calls the reason, holds what a pause
counts as, screens for the words.
"""

from datetime import date
from typing import NamedTuple

from ...logic import exposure, ladder


class Kind(NamedTuple):
    """What the addon knows about pauses of one kind.

    ``link`` is the field of `dunning.pause` that points to the agreement, ``reason`` what a run
    calls it, ``counts_as`` the share of what is open that holds may count otherwise: one of
    `exposure.DISPUTED` and `exposure.AGREED`, empty where holds go on as if nothing paused.
    ``is_endless``: it lasts until its agreement ends it. ``collects``: somebody else asks for the
    money meanwhile (`dunning.agreement._get_collector`).
    """

    code: str
    label: str
    reason: str
    link: str | None = None
    counts_as: str = ''
    is_endless: bool = False
    collects: bool = False


KINDS = {kind.code: kind for kind in (
    Kind('manual', "Pause", ladder.PAUSED),
    Kind('dispute', "Dispute", ladder.DISPUTE, 'dispute_id', exposure.DISPUTED),
    Kind('promise', "Promise to pay", ladder.PROMISE, 'promise_id', exposure.AGREED),
    Kind('installment', "Instalment plan", ladder.INSTALLMENT, 'plan_id', exposure.AGREED),
    Kind('handover', "Handed over for collection", ladder.HANDED_OVER, 'handover_id',
         is_endless=True, collects=True),
)}
#: Kinds by which somebody else asks for the money.
COLLECTING = tuple(kind.code for kind in KINDS.values() if kind.collects)
#: The last day of a pause that lasts until its agreement ends it.
ENDLESS = date(9999, 12, 31)


def get_codes(counts_as):
    """Return the codes of the kinds that count as a share for holds."""
    return tuple(kind.code for kind in KINDS.values() if kind.counts_as == counts_as)
