"""Which open item steps to which level of a dunning policy, and which letters that makes.

Pure functions over immutable records. Dates are plain dates, the run date is always an argument.
Amounts come in two measures: ``amount`` in the item's own currency (what a letter asks for) and
``worth`` in the company's currency (what thresholds are compared with), so that no threshold is
ever converted.

>>> from datetime import date
>>> due = date(2026, 3, 10)
>>> levels = (Level(1, 1, -3), Level(2, 2, 7), Level(3, 3, 14, PREVIOUS_LETTER))
>>> find_step(levels, 0, due, None, date(2026, 3, 7)).position     # reminder before the due date
1
>>> find_step(levels, 0, due, None, date(2026, 3, 16)) is None     # over, and level 2 not due yet
True
>>> find_step(levels, 0, due, None, date(2026, 9, 26)).position    # 200 days late: still the first
2
>>> find_step(levels, 2, due, date(2026, 9, 26), date(2026, 10, 10)).position
3
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import groupby

from .days import shift
from .ladder_facts import (  # noqa: F401, the whole vocabulary of the ladder is found here
    BELOW_MINIMUM,
    BLOCKED,
    CHARGE,
    COVERED,
    DISPUTE,
    DUE_DATE,
    ELSEWHERE,
    HANDED_OVER,
    INSTALLMENT,
    MONTH_END,
    NO_ADDRESS,
    NO_CHANNEL,
    NO_FOLLOWUP,
    NO_POLICY,
    OTHER_CLASS,
    OUTBOUND,
    OVER_CAP,
    PAUSED,
    PENDING,
    PREVIOUS_LETTER,
    PROMISE,
    QUIET,
    SETTLED,
    TOO_OLD,
    UNDECIDED,
    UNDERWAY,
    Customer,
    Item,
    Letter,
    Level,
    Omission,
    Pause,
    Plan,
    Policy,
    Step,
)
from .ladder_step import (  # noqa: F401, and so are its questions about one item
    find_step,
    forecast_item,
    forecast_step,
    get_granted_date,
    get_jump,
    get_step_date,
    has_time,
)


def get_kind(level: Level, bundles: bool) -> tuple[bool, int | None]:
    """Return what steps must have in common to share a letter of one policy.

    A note before the due date is never mixed with a reminder, a formal level with no other one.

    >>> get_kind(Level(1, 1, 7), True) == get_kind(Level(2, 2, 14), True)
    True
    >>> get_kind(Level(2, 2, 14), True) == get_kind(Level(3, 3, 14, is_formal=True), True)
    False

    :param bundles: whether the policy bundles levels at all
    """
    return level.is_prenotice, level.id if level.is_formal or not bundles else None


def plan(
    items: Iterable[Item],
    policies: Mapping[int, Policy],
    customers: Mapping[int, Customer],
    on: date,
    compare: Callable[[float, float], int],
    round_amount: Callable[[int, float], float],
) -> Plan:
    """Decide the letters of a run.

    :param items: open receivable lines of one company, credits included, in any order
    :param policies: by id; an item names its policy, None when it has none
    :param customers: facts by partner id; a missing partner has none
    :param on: the run date
    :param compare: compares two amounts of company currency (-1, 0, 1)
    :param round_amount: rounds an amount of the currency with the given id
    :return: letters with the most overdue first, omissions in a stable order
    """
    result = Plan()
    nobody = Customer()
    by_partner = sorted(items, key=lambda item: (item.partner, item.currency, item.due, item.id))
    for (partner, currency), group in groupby(by_partner, key=lambda i: (i.partner, i.currency)):
        group = list(group)
        candidates, paused = _gather(group, policies, on, compare)
        result.omissions += paused
        if not candidates:
            continue
        credit = _Credit(group, currency, policies, on, round_amount)
        customer = customers.get(partner, nobody)
        _admit_all(result, candidates, policies, customer, credit, on, compare)
    result.letters.sort(key=_urgency)
    _apply_caps(result, policies)
    return result


def find_next_letters(
    items: Iterable[Item],
    policies: Mapping[int, Policy],
    customer: Customer,
    on: date,
    compare: Callable[[float, float], int],
    round_amount: Callable[[int, float], float],
    get_run_day: Callable[[date], date] = lambda day: day,
) -> tuple[date, list[Letter]] | None:
    """Return the first day from ``on`` on which a customer gets letters, with these letters.

    Letters already waiting do not count: they are that next step. Arguments as for `plan`, with
    the items of one customer. None when nothing will come: all is done, covered or too small.

    :param get_run_day: the first day not before a date on which a run works
    """
    items = list(items)
    customer = replace(customer, has_pending=False)
    days = set()
    for item in items:
        policy = policies.get(item.policy)
        if policy and item.amount > 0 and not item.excluded:
            # A reminder before the due date may stay away; the step after it is asked as well.
            for start in {on, max(on, item.due)}:
                days |= _get_days_of_step(policy, item, customer, start)
    for day in sorted({on if day == on else get_run_day(day) for day in days}):
        letters = plan(
            items, policies, {items[0].partner: customer}, day, compare, round_amount).letters
        if letters:
            return day, letters
    return None


def _get_days_of_step(policy, item, customer, start):
    """Return when an item's next step from ``start`` on is due, and when the customer is free."""
    step = forecast_item(policy, item, start)
    if step is None:
        return set()
    day, level = step
    refusal = find_refusal(customer, policy, level.is_prenotice, day)
    if not refusal:
        return {day}
    reason, until = refusal
    return {day, shift(until, reason == PAUSED)}


def find_refusal(customer: Customer, policy: Policy | None, is_prenotice: bool, on: date):
    """Return (reason, until) that keeps a customer from getting any letter today, or None."""
    if customer.paused_until and on <= customer.paused_until:
        return PAUSED, customer.paused_until
    if customer.has_pending:
        return PENDING, None
    if policy and policy.quiet_days and customer.last_letter and not is_prenotice:
        end = shift(customer.last_letter, policy.quiet_days)
        if on < end:
            return QUIET, end
    return None


class _Credit:
    """Open credits of one customer and currency: they settle the oldest open items, each once.

    So does a payment that names no invoice (§ 366 (2) BGB), and whoever pays all letters as asked
    pays what is open. What is left out, paused or of a policy that nets nothing is passed over.
    """

    def __init__(self, group, currency, policies, on, round_amount):
        def to_currency(amount):
            return round_amount(currency, amount)
        self._round, self._parts = to_currency, {}
        credits = [
            item for item in group if (item.amount < 0 or item.worth < 0) and not item.excluded]
        # What was sent back to the customer is there no more.
        credits += [item for item in group if item.excluded == OUTBOUND]
        left = self.amount = max(0.0, self._round(-sum(item.amount for item in credits)))
        self.worth = max(0.0, -sum(item.worth for item in credits))
        if left <= 0:
            return
        for item in group:
            policy = policies.get(item.policy)
            if (policy is None or not policy.net_credits or item.amount <= 0 or item.worth < 0
                    or item.excluded not in (None, ELSEWHERE) or item.is_paused(on)):
                continue
            part = min(left, self._round(item.split(on)[0].amount))
            self._parts[item.id] = part
            left = self._round(left - part)

    def take(self, letter):
        """Return the letter with what credits settle of it, in its own and company currency."""
        if not self._parts:
            return letter
        steps = tuple(
            step._replace(credit=self._parts.get(step.item.id, 0.0)) for step in letter.steps)
        taken = self._round(sum(step.credit for step in steps))
        return replace(letter, steps=steps, credit=taken,
                       credit_worth=self.worth * taken / self.amount)


def _gather(group, policies, on, compare):
    """Put the stepping items of one customer and currency into letters, the severest first.

    Returns these letters, and what is left out because the items are paused, or say so themselves.
    """
    bundles = defaultdict(list)
    for item in group:
        for key, step in _find_bundles(item, policies, on, compare):
            bundles[key].append(step)
    letters = [
        (reason, Letter(
            steps[0].item.partner, steps[0].item.currency, policy_id,
            max((step.level for step in steps), key=lambda level: level.position), tuple(steps),
        ))
        for (policy_id, _kind, reason), steps in bundles.items()
    ]
    # A stable key keeps the plan independent of the order of the items.
    letters.sort(key=lambda entry: (
        entry[1].is_prenotice, -entry[1].level.position, entry[1].oldest_due,
        entry[1].policy or 0, entry[0] or ''))
    return (
        [letter for reason, letter in letters if reason is None],
        [Omission(reason, letter, max((
            step.item.pause.until for step in letter.steps
            if step.item.pause and step.item.excluded != reason), default=None))
         for reason, letter in letters if reason is not None])


def _find_bundles(item, policies, on, compare):
    """Return pairs (key of a bundle, `Step`) for an item: what is asked of it, what is left out.

    The key is policy, kind of the letter (see `get_kind`), and the reason to leave out.
    """
    if item.excluded == ELSEWHERE or (
            (item.amount <= 0 or item.worth < 0) and item.excluded != UNDERWAY):
        return []
    policy = policies.get(item.policy)
    if policy is None:
        is_missed = on > item.due and not item.excluded
        return [((None, None, None), Step(item, Level(0, 0, 0)))] if is_missed else []
    if not item.excluded and compare(item.worth, policy.tolerance) <= 0:
        return []
    if has_time(policy, item, on):
        return []
    level = find_step(
        policy.levels, item.position, item.due, item.last_letter, on, get_jump(policy, item))
    if not level:
        return []
    kind = get_kind(level, policy.bundles)
    if item.excluded:
        return [((policy.id, kind, item.excluded), Step(item, level))]
    asked, withheld = (None, item) if item.is_paused(on) else item.split(on)
    found = []
    if withheld:
        found.append(((policy.id, kind, item.pause.reason), Step(withheld, level)))
    if asked and (not withheld or compare(asked.worth, policy.tolerance) > 0):
        found.append(((policy.id, kind, None), Step(asked, level)))
    return found


def _admit_all(result, candidates, policies, customer, credit, on, compare):
    """Admit the letters of one customer and currency.

    Beside a formal letter no friendlier one goes on the same day: two tones at once mislead the
    customer. It waits as after any letter, a day at least.
    """
    is_noticed = False
    for letter in sorted(candidates, key=lambda one: not one.level.is_formal):
        policy = policies.get(letter.policy)
        if is_noticed and policy and not (letter.level.is_formal or letter.is_prenotice):
            until = shift(on, max(policy.quiet_days, 1))
            result.omissions.append(Omission(QUIET, letter, until))
            continue
        before = len(result.letters)
        _admit(result, letter, policies, customer, credit, on, compare)
        is_noticed |= letter.level.is_formal and len(result.letters) > before


def _admit(result, letter, policies, customer, credit, on, compare):
    """Add a letter to the plan, or to what is left out with the first reason that holds."""
    policy = policies.get(letter.policy)
    if policy is None:
        result.omissions.append(Omission(NO_POLICY, letter))
        return
    refusal = find_refusal(customer, policy, letter.is_prenotice, on)
    if refusal:
        result.omissions.append(Omission(refusal[0], letter, refusal[1]))
        return
    if letter.is_prenotice and letter.level.id in customer.unwanted:
        result.omissions.append(Omission(OTHER_CLASS, letter))
        return
    netted = credit.take(letter) if policy.net_credits else letter
    if netted.credit and compare(netted.worth - netted.credit_worth, 0.0) <= 0:
        result.omissions.append(Omission(COVERED, netted))
        return
    if not letter.is_prenotice:     # a note before the due date mentions credits, nets nothing
        letter = netted
    remaining = letter.worth - letter.credit_worth
    if compare(remaining, max(letter.level.min_amount, policy.min_balance)) < 0:
        result.omissions.append(Omission(BELOW_MINIMUM, letter))
    else:
        result.letters.append(letter)


def _urgency(letter):
    """Sort key: the oldest due date first, then the larger claim, then a stable order."""
    return (
        letter.oldest_due, -letter.worth, letter.partner, letter.currency, letter.policy,
        -letter.level.position)


def _apply_caps(result, policies):
    """Leave what exceeds a policy's cap for another day; the letters are sorted by urgency."""
    counts = defaultdict(int)
    kept = []
    for letter in result.letters:
        counts[letter.policy] += 1
        cap = policies[letter.policy].cap
        if cap and counts[letter.policy] > cap:
            result.omissions.append(Omission(OVER_CAP, letter))
        else:
            kept.append(letter)
    result.letters[:] = kept
