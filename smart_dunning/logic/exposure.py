"""May more go to this customer on credit: what is known against the rules of the policy.

Pure functions over immutable records. Amounts are in the currency of the company; ``compare`` is
its ``compare_amounts``, so that money is never compared with a bare ``>``. Nothing here reads a
clock: the day is always an argument.

>>> from datetime import date
>>> def compare(left, right): return (left > right) - (left < right)
>>> rules = (Rule(OVER_LIMIT, {ORDER: BLOCK}), Rule(OVERDUE, {DELIVERY: WARN}, days=30, amount=50))
>>> facts = Facts(credit_limit=1000, receivables=700, to_invoice=200, overdue={30: 120})
>>> today = date(2026, 3, 2)
>>> decide(facts, Terms(rules), Request(amount=100), ORDER, today, compare).state
'clear'
>>> decide(facts, Terms(rules), Request(amount=101), ORDER, today, compare).reasons[0].excess
1.0
>>> decide(facts, Terms(rules), Request(), DELIVERY, today, compare).state
'warn'
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

#: Where a document is checked.
ORDER = 'order'
RESERVATION = 'reservation'
DELIVERY = 'delivery'
CHECKPOINTS = (ORDER, RESERVATION, DELIVERY)

#: What a rule does there, and the state that a customer has because of it.
NONE = 'none'
WARN = 'warn'
BLOCK = 'block'
CLEAR = 'clear'
_SEVERITY = {NONE: 0, CLEAR: 0, WARN: 1, BLOCK: 2}

#: What sets a rule off.
OVER_LIMIT = 'over_limit'
LIMIT_EXPIRED = 'limit_expired'
OVERDUE = 'overdue'
LEVEL = 'level'
BROKEN_PROMISE = 'broken_promise'
TERMS = 'terms'
CREDIT_CHECK_MISSING = 'credit_check_missing'
CREDIT_CHECK_EXPIRED = 'credit_check_expired'
HANDED_OVER = 'handed_over'
PILOT_ENDED = 'pilot_ended'
MANUAL = 'manual'
PREPAYMENT = 'prepayment'

#: Reasons that do not stop an order whose terms ask for the money at once.
CASH_REASONS = (OVER_LIMIT,)
#: What is open although nobody is dunned for it: policies say whether it counts.
DISPUTED = 'disputed'
AGREED = 'agreed'
#: What holds where no rule says otherwise.
_BUILT_IN_EFFECTS = {ORDER: BLOCK, RESERVATION: NONE, DELIVERY: BLOCK}


class Rule(NamedTuple):
    """What one trigger does at each checkpoint; ``amount`` in company currency.

    ``days`` and ``amount`` belong to `OVERDUE` (more than so much for more than so many days),
    ``amount`` to `OVER_LIMIT` as well (by more than) and to credit checks (asked for when the
    exposure is more than that), ``level_position`` to `LEVEL` (at least).
    """

    trigger: str
    effects: Mapping[str, str]
    days: int = 0
    amount: float = 0.0
    level_position: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says about holds.

    ``count_drafts``: invoices not posted yet count as owed. ``hold_prepaid`` and ``hold_cash``:
    also orders that are paid in advance, or that give no credit, meet the credit rules.
    ``max_days`` is the longest credit a payment term may give, None for no bound.
    ``notify_customer``: the customer is told when a delivery waits. ``count_disputed`` and
    ``count_agreed``: what is disputed, promised or split into instalments counts as overdue.
    ``finders``: what each trigger looks for, those of other addons included.
    """

    rules: tuple[Rule, ...] = ()
    count_drafts: bool = False
    hold_prepaid: bool = False
    hold_cash: bool = False
    max_days: int | None = None
    notify_customer: bool = False
    count_disputed: bool = False
    count_agreed: bool = True
    finders: Mapping[str, Callable] = field(default_factory=lambda: FINDERS, repr=False)

    def counts(self, share: str) -> bool:
        """Whether a share of what is open (plain, `DISPUTED`, `AGREED`) counts as overdue."""
        return {DISPUTED: self.count_disputed, AGREED: self.count_agreed}.get(share, True)


class ManualHold(NamedTuple):
    """A hold that a person put on a customer: why, until when (None: until it is ended), who."""

    reason: str
    until: date | None = None
    user: str = ''


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a customer in a company, all amounts in its currency.

    ``receivables`` is everything open, credits deducted; ``unallocated`` is what of it are
    payments not allocated to an item. ``overdue_amount`` is what is overdue, ``overdue`` the same
    by number of days for which it is more than that, credit notes deducted from both;
    ``level_effect`` is what the highest level reached brings along by itself. ``broken_promises``
    counts those whose items are still open. ``credit_check``: whether one is in force, None where
    nobody asked; ``credit_check_ended``: the last day of the newest that is not. ``pilot_ended``:
    the last day of a free period that is over. ``extra`` is what triggers of other addons ask for.
    """

    credit_limit: float = 0.0
    limit_until: date | None = None
    is_prepayment_only: bool = False
    receivables: float = 0.0
    unallocated: float = 0.0
    to_invoice: float = 0.0
    drafts: float = 0.0
    overdue_amount: float = 0.0
    overdue: Mapping[int, float] = field(default_factory=dict)
    oldest_due_date: date | None = None
    level_position: int = 0
    level_name: str = ''
    level_effect: str = NONE
    manual: ManualHold | None = None
    broken_promises: int = 0
    credit_days: int | None = None
    credit_check: bool | None = None
    credit_check_ended: date | None = None
    pilot_ended: date | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    def get_exposure(self, count_drafts: bool = False) -> float:
        """Return what is at risk: open, confirmed but not invoiced, and drafts where they count."""
        return self.receivables + self.to_invoice + (self.drafts if count_drafts else 0.0)


@dataclass(frozen=True, slots=True)
class Request:
    """What a document asks for: ``amount`` comes on top of the exposure, in company currency.

    ``credit_days`` is the credit its payment term gives, None when it names no term.
    ``is_return``: nothing goes to the customer by it.
    """

    amount: float = 0.0
    is_paid: bool = False
    is_cash: bool = False
    credit_days: int | None = None
    is_return: bool = False


class Reason(NamedTuple):
    """Why a document is held: a code and the figures to put it in words.

    ``limit`` is what ``amount`` is measured by; with `OVERDUE` it is the unallocated payments.
    """

    code: str
    effect: str
    amount: float = 0.0
    limit: float = 0.0
    excess: float = 0.0
    days: int = 0
    day: date | None = None
    text: str = ''
    user: str = ''


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens with a document at a checkpoint, the gravest reason first.

    ``release`` is the id of the release by which it passes nevertheless, None without one.
    """

    reasons: tuple[Reason, ...] = ()
    release: int | None = None

    @property
    def state(self) -> str:
        """`CLEAR`, `WARN` or `BLOCK`."""
        if self.release:
            return CLEAR
        return self.reasons[0].effect if self.reasons else CLEAR

    @property
    def blocks(self) -> bool:
        """Whether the document must not pass."""
        return self.state == BLOCK


def get_worst(states: Iterable[str]) -> str:
    """Return the gravest of some states or effects, `CLEAR` when there is none."""
    worst = max(states, key=_SEVERITY.__getitem__, default=CLEAR)
    return worst if _SEVERITY[worst] else CLEAR


def decide(
    facts: Facts, terms: Terms, request: Request, checkpoint: str, today: date,
    compare: Callable[[float, float], int],
) -> Verdict:
    """Return whether a document passes a checkpoint, and every reason against it.

    :param facts: what is known about the customer
    :param terms: the rules of the customer's policy
    :param request: what the document asks for
    :param checkpoint: one of `CHECKPOINTS`
    :param today: the day of the decision
    :param compare: the currency's ``compare_amounts``
    :raise ValueError: for a rule whose trigger nobody knows: it must not pass as clear
    """
    found = [
        reason._replace(effect=rule.effects.get(checkpoint, NONE))
        for rule in terms.rules
        if (reason := _find_reason(rule, facts, terms, request, today, compare))
    ]
    found += _find_built_in(facts, terms, checkpoint)
    kept: dict[str, Reason] = {}
    for reason in found:
        reason = _soften(reason, terms, request)
        known = kept.get(reason.code)
        if _SEVERITY[reason.effect] > (_SEVERITY[known.effect] if known else 0):
            kept[reason.code] = reason
    return Verdict(tuple(sorted(kept.values(), key=lambda reason: -_SEVERITY[reason.effect])))


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of the reasons of several checkpoints, each code once."""
    kept: dict[str, Reason] = {}
    for reason in (reason for verdict in verdicts for reason in verdict.reasons):
        known = kept.get(reason.code)
        if not known or _SEVERITY[reason.effect] > _SEVERITY[known.effect]:
            kept[reason.code] = reason
    return Verdict(tuple(sorted(kept.values(), key=lambda reason: -_SEVERITY[reason.effect])))


def _find_reason(rule, facts, terms, request, today, compare):
    """Return why a rule fires, None when it does not."""
    if rule.trigger not in terms.finders:
        raise ValueError(f"no finder for the trigger {rule.trigger!r}")
    return terms.finders[rule.trigger](rule, facts, terms, request, today, compare)


def _find_over_limit(rule, facts, terms, request, _today, compare):
    if not facts.credit_limit > 0:
        return None    # core's rule: no limit is set
    if compare(request.amount, 0.0) < 0:
        return None    # it lowers the exposure
    exposure = facts.get_exposure(terms.count_drafts)
    excess = exposure + request.amount - facts.credit_limit
    if compare(excess, rule.amount) <= 0:
        return None
    return Reason(OVER_LIMIT, NONE, amount=exposure + request.amount, limit=facts.credit_limit,
                  excess=excess)


def _find_limit_expired(_rule, facts, _terms, _request, today, _compare):
    if not facts.limit_until or facts.limit_until >= today:
        return None
    return Reason(LIMIT_EXPIRED, NONE, limit=facts.credit_limit, day=facts.limit_until)


def _find_overdue(rule, facts, _terms, _request, _today, compare):
    overdue = facts.overdue.get(rule.days, 0.0)
    if compare(overdue, 0.0) <= 0 or compare(overdue, rule.amount) <= 0:
        return None
    return Reason(OVERDUE, NONE, amount=overdue, limit=facts.unallocated, days=rule.days,
                  day=facts.oldest_due_date)


def _find_level(rule, facts, _terms, _request, _today, _compare):
    if not facts.level_position or facts.level_position < rule.level_position:
        return None
    return Reason(LEVEL, NONE, days=facts.level_position, text=facts.level_name)


def _find_broken_promise(_rule, facts, _terms, _request, _today, _compare):
    if not facts.broken_promises:
        return None
    return Reason(BROKEN_PROMISE, NONE, days=facts.broken_promises)


def _find_handed_over(_rule, facts, _terms, _request, _today, compare):
    amount = facts.extra.get(HANDED_OVER) or 0.0
    return Reason(HANDED_OVER, NONE, amount=amount) if compare(amount, 0.0) > 0 else None


def _find_terms(_rule, facts, terms, request, _today, _compare):
    agreed = terms.max_days if facts.credit_days is None else facts.credit_days
    if request.credit_days is None or agreed is None or request.credit_days <= agreed:
        return None
    return Reason(TERMS, NONE, days=request.credit_days, limit=agreed)


def _find_credit_check_missing(rule, facts, terms, request, _today, compare):
    if facts.credit_check is not False:
        return None
    exposure = facts.get_exposure(terms.count_drafts) + max(request.amount, 0.0)
    if compare(exposure, rule.amount) <= 0:
        return None
    return Reason(CREDIT_CHECK_MISSING, NONE, amount=exposure, limit=rule.amount,
                  day=facts.credit_check_ended)


def _find_credit_check_expired(rule, facts, terms, request, _today, compare):
    if facts.credit_check is not False or not facts.credit_check_ended:
        return None
    exposure = facts.get_exposure(terms.count_drafts) + max(request.amount, 0.0)
    if rule.amount and compare(exposure, rule.amount) <= 0:
        return None
    return Reason(CREDIT_CHECK_EXPIRED, NONE, amount=exposure, day=facts.credit_check_ended)


def _find_pilot_ended(_rule, facts, _terms, _request, _today, _compare):
    return Reason(PILOT_ENDED, NONE, day=facts.pilot_ended) if facts.pilot_ended else None


def _find_manual(_rule, facts, _terms, _request, _today, _compare):
    if not facts.manual:
        return None
    return Reason(MANUAL, NONE, text=facts.manual.reason, day=facts.manual.until,
                  user=facts.manual.user)


#: What our own triggers look for: functions of rule, facts, terms, request, today and compare that
#: return a `Reason`, or None.
FINDERS = {
    OVER_LIMIT: _find_over_limit, LIMIT_EXPIRED: _find_limit_expired, OVERDUE: _find_overdue,
    LEVEL: _find_level, BROKEN_PROMISE: _find_broken_promise, TERMS: _find_terms,
    CREDIT_CHECK_MISSING: _find_credit_check_missing,
    CREDIT_CHECK_EXPIRED: _find_credit_check_expired, HANDED_OVER: _find_handed_over,
    PILOT_ENDED: _find_pilot_ended,
    MANUAL: _find_manual,
}


def _find_built_in(facts, terms, checkpoint):
    """Return what holds without a rule: a hold by hand, prepayment only, the level's own effect."""
    effect = _BUILT_IN_EFFECTS[checkpoint]
    if facts.manual and not any(rule.trigger == MANUAL for rule in terms.rules):
        yield _find_manual(None, facts, terms, None, None, None)._replace(effect=effect)
    if facts.is_prepayment_only:
        yield Reason(PREPAYMENT, effect)
    if facts.level_effect != NONE:
        yield Reason(LEVEL, facts.level_effect, days=facts.level_position, text=facts.level_name)


def _soften(reason, terms, request):
    """No hold refuses what is paid or comes back; one by hand still shows.

    Terms that ask for the money at once are no payment: they take nothing of the limit, no more.
    """
    if request.is_return or (request.is_paid and not terms.hold_prepaid):
        return replace_effect(reason, WARN if reason.code == MANUAL else NONE)
    if request.is_cash and not terms.hold_cash and reason.code in CASH_REASONS:
        return replace_effect(reason, NONE)
    return reason


def replace_effect(reason: Reason, effect: str) -> Reason:
    """Return a reason with an effect no graver than ``effect``."""
    return reason if _SEVERITY[reason.effect] <= _SEVERITY[effect] else reason._replace(
        effect=effect)


def with_earlier(request: Request, earlier: float) -> Request:
    """Return a request that also counts what earlier ones of the same batch take.

    What lowers the exposure still does, whatever came before.
    """
    return replace(request, amount=request.amount + earlier) \
        if earlier and request.amount >= 0 else request
