"""What is to be done about a customer today: by a person, by the nightly run, or by nobody yet.

Pure functions over immutable records; the facts are those on which a run decides (`ladder`).

>>> from datetime import date
>>> step = Step(date(2026, 3, 9), goes_by_itself=True)
>>> judge(Facts(date(2026, 3, 9), step=step, is_on=True))
Task(group='auto', code='auto', until=datetime.date(2026, 3, 9))
>>> judge(Facts(date(2026, 3, 9), letter=FAILED, step=step, is_on=True)).group
'decide'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from . import ladder

#: Groups of the worklist, in their order.
DECIDE = 'decide'
AUTO = 'auto'
WAIT = 'wait'
NOTHING = 'nothing'

#: What a letter that exists already waits for; all but QUEUED need a person. The first is asked
#: first.
UNKNOWN = 'unknown'
FAILED = 'failed'
BOUNCED = 'bounced'
TO_APPROVE = 'to_approve'
TO_PRINT = 'to_print'
TO_CALL = 'to_call'
TO_REVIEW = 'to_review'
BANK = 'bank'
QUEUED = 'queued'
LETTER_CODES = (
    UNKNOWN, FAILED, BOUNCED, TO_APPROVE, TO_PRINT, TO_CALL, TO_REVIEW, BANK, QUEUED)

#: Why else a person has to decide.
RELEASE = 'release'
BROKEN = 'broken'
ALLOCATE = 'allocate'
MONEY_BACK = 'money_back'
ONLY_CHARGES = 'only_charges'
IS_OFF = 'off'
LADDER_END = 'ladder_end'
#: What the nightly run will not do alone, on a later day.
APPROVAL = 'approval'
REVIEW = 'review'
BY_HAND = 'by_hand'
LATER = 'later'
DEADLINE = 'deadline'
LEFT_OUT = 'left_out'

#: Reasons to leave out (see `ladder`) that no day cures: a person has to.
CURABLE = (ladder.NO_ADDRESS, ladder.NO_POLICY, ladder.NO_CHANNEL, ladder.UNDECIDED)
#: Reasons that end by themselves.
PASSING = (ladder.PAUSED, ladder.INSTALLMENT, ladder.PROMISE, ladder.DISPUTE, ladder.QUIET)

#: Reasons that explain why no letter comes though something is overdue.
_EXPLAINED = {ladder.COVERED, ladder.BELOW_MINIMUM, *PASSING}

#: Every code in the order in which it comes up in the list.
CODES = (
    UNKNOWN, FAILED, RELEASE, BOUNCED, TO_APPROVE, TO_PRINT, TO_CALL, TO_REVIEW,
    *CURABLE, BROKEN, BANK, ALLOCATE, MONEY_BACK, ONLY_CHARGES, IS_OFF, LADDER_END,
    QUEUED, AUTO, APPROVAL, REVIEW, BY_HAND, LATER, *PASSING, DEADLINE, LEFT_OUT, NOTHING)


class Step(NamedTuple):
    """The next letter: its day, what it waits for then, and whether it needs no person.

    ``wait`` is `APPROVAL`, `REVIEW`, `BANK` or None; ``obstacle`` the reason for which it cannot
    be written, a code of `ladder`.
    """

    day: date
    goes_by_itself: bool = False
    wait: str | None = None
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a customer on a day.

    ``letter``: the most urgent of `LETTER_CODES` among the letters that exist.
    ``step``: the next letter; None when none will come.
    ``run_day``: the next day on which a run works, ``is_on``: whether it does.
    ``reasons``: {reason to leave out: its last day or None} of what would step today.
    ``deadline``: the last day that a letter grants and that is not over.
    ``asks``: something is overdue that dunning asks for; ``leaves_out``: it asks for nothing else.
    ``has_receipt``: a receipt is not allocated though something is due; ``has_excess``: credits
    exceed everything open.
    """

    today: date
    letter: str | None = None
    step: Step | None = None
    run_day: date | None = None
    is_on: bool = False
    reasons: Mapping[str, date | None] = field(default_factory=dict)
    deadline: date | None = None
    asks: bool = False
    leaves_out: bool = False
    is_release_requested: bool = False
    is_promise_broken: bool = False
    has_receipt: bool = False
    has_excess: bool = False
    has_only_charges: bool = False


class Task(NamedTuple):
    """Whose turn it is, why, and on which day it will be another's (None: nobody knows)."""

    group: str
    code: str
    until: date | None = None

    @property
    def rank(self) -> int:
        """The place in the list."""
        return CODES.index(self.code)


def judge_letter(
    state: str, *, needs_approval: bool = False, is_fate_unknown: bool = False,
    is_bounced: bool = False, is_on_paper: bool = False, needs_person: bool = False,
    is_held_back: bool = False, is_queued: bool = False,
) -> str | None:
    """Return what a letter in a state waits for, one of `LETTER_CODES`; None: it is done.

    :param is_held_back: the nightly run has held it back since bank entries are too old
    :param is_queued: its run was sent, or the letter by itself

    >>> judge_letter('draft', needs_approval=True)
    'to_approve'
    >>> judge_letter('ready', is_on_paper=True, is_queued=True)
    'to_print'
    """
    if state in ('sent', 'cancelled'):
        return None
    if is_fate_unknown:
        return UNKNOWN
    if state == 'failed':
        return FAILED
    if state == 'draft':
        return TO_APPROVE if needs_approval else BANK if is_held_back else TO_REVIEW
    if is_bounced:
        return BOUNCED
    if state == 'sending':
        return TO_CALL if needs_person else QUEUED
    if not is_queued:
        return TO_REVIEW
    return TO_PRINT if is_on_paper else QUEUED


def judge(facts: Facts) -> Task:
    """Return the `Task` of a customer: what a person has to decide comes first."""
    code = _find_decision(facts)
    if code:
        return Task(DECIDE, code, facts.today)
    if facts.letter == QUEUED and not _is_paused(facts):
        return Task(AUTO, QUEUED, facts.today)
    if facts.step is None:
        return _wait_without_step(facts)
    return _judge_step(facts)


def _find_decision(facts):
    """Return the first code for which a person has to decide, or None."""
    if facts.letter in (UNKNOWN, FAILED):
        return facts.letter
    if facts.is_release_requested:
        return RELEASE
    if facts.letter and facts.letter != QUEUED and not _is_paused(facts):
        return facts.letter
    step = facts.step
    missing = next((
        code for code in CURABLE
        if code in facts.reasons or step and step.obstacle == code), None)
    if missing:
        return missing
    is_held_off = any(
        until and until >= facts.today for code, until in facts.reasons.items()
        if code in PASSING)
    if facts.is_promise_broken and not is_held_off:
        return BROKEN
    if facts.has_receipt:
        return ALLOCATE
    if facts.has_excess:
        return MONEY_BACK
    if facts.has_only_charges:
        return ONLY_CHARGES
    return None if facts.letter else _find_decision_on_step(facts)


def _is_paused(facts):
    """Return whether the customer is left in peace: letters that wait will not go out."""
    until = facts.reasons.get(ladder.PAUSED)
    return until is not None and until >= facts.today


def _find_decision_on_step(facts):
    step = facts.step
    if step and step.day <= (facts.run_day or facts.today):
        if step.wait == BANK:
            return BANK
        if step.day <= facts.today and not facts.is_on:
            return IS_OFF
    if step is None and facts.asks and not facts.deadline \
            and not facts.reasons.keys() & _EXPLAINED:
        return LADDER_END
    return None


def _judge_step(facts):
    """Return the task of a customer whose next letter is foreseen and needs no decision today."""
    step = facts.step
    waits = _find_waits(facts)
    if waits and step.day > (facts.run_day or facts.today):
        code, until = waits
        return Task(WAIT, code, until)
    if step.wait in (APPROVAL, REVIEW):
        return Task(WAIT, step.wait, step.day)
    if not facts.is_on:
        return Task(WAIT, LATER, step.day)
    if not step.goes_by_itself:
        return Task(WAIT, BY_HAND, step.day)
    return Task(AUTO, AUTO, step.day)


def _wait_without_step(facts):
    waits = _find_waits(facts)
    if waits:
        return Task(WAIT, *waits)
    if facts.leaves_out or facts.reasons:
        return Task(WAIT, LEFT_OUT)
    return Task(NOTHING, NOTHING)


def _find_waits(facts):
    """Return (code, last day) of what keeps letters back and ends by itself, or None.

    Of several the one that ends last before the next letter: it is what is waited for.
    """
    waits = [
        (until, code) for code, until in facts.reasons.items() if code in PASSING and until]
    if facts.deadline:
        waits.append((facts.deadline, DEADLINE))
    if facts.step:
        waits = [wait for wait in waits if wait[0] <= facts.step.day]
    if not waits:
        return None
    until, code = max(waits)
    return code, until
