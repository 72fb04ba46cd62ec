"""What can set off a hold: everything about a trigger in one table.

A new trigger of this addon is an entry here, its finder in `logic.exposure` and a method for its
sentence. Another addon extends `dunning.hold.check._get_triggers` and the selection of
`dunning.hold.rule.trigger`; see "Your first change" in docs/developer.md.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...logic import exposure


class Trigger(NamedTuple):
    """One thing that can set off a hold.

    ``find``: the pure decision, as in `logic.exposure.FINDERS`; None where no rule asks for it and
    it holds by itself. ``describe``: the method of `dunning.hold.check` that puts a
    `logic.exposure.Reason` in a sentence, given the reason, the company and its day as text.
    ``label``: the words of the selection in a rule. ``columns``: {name: method of
    `dunning.hold.check`} of what only this trigger needs to know about `res_partner`; each method
    gets company, `HoldConfig` and day, and returns SQL. It is read where a rule asks for it, and is
    the field of that name of `logic.exposure.Facts`, or else one of its ``extra``.
    """

    find: Callable | None
    describe: str
    label: str = ''
    columns: Mapping[str, str] = {}


TRIGGERS = {
    exposure.OVER_LIMIT: Trigger(
        exposure.FINDERS[exposure.OVER_LIMIT], '_describe_over_limit', "Credit limit exceeded"),
    exposure.LIMIT_EXPIRED: Trigger(
        exposure.FINDERS[exposure.LIMIT_EXPIRED], '_describe_limit_expired',
        "Credit limit expired"),
    exposure.OVERDUE: Trigger(
        exposure.FINDERS[exposure.OVERDUE], '_describe_overdue', "Overdue"),
    exposure.LEVEL: Trigger(
        exposure.FINDERS[exposure.LEVEL], '_describe_level', "Dunning level reached"),
    exposure.BROKEN_PROMISE: Trigger(
        exposure.FINDERS[exposure.BROKEN_PROMISE], '_describe_broken_promise',
        "Promise to pay broken", {'broken_promises': '_get_broken_promises_column'}),
    exposure.HANDED_OVER: Trigger(
        exposure.FINDERS[exposure.HANDED_OVER], '_describe_handed_over',
        "Handed over for collection", {exposure.HANDED_OVER: '_get_handed_over_column'}),
    exposure.TERMS: Trigger(
        exposure.FINDERS[exposure.TERMS], '_describe_terms', "Longer payment terms than agreed",
        {'credit_term': '_get_credit_term_column'}),
    exposure.CREDIT_CHECK_MISSING: Trigger(
        exposure.FINDERS[exposure.CREDIT_CHECK_MISSING], '_describe_credit_check_missing',
        "No credit check in force", {
            'credit_check': '_get_credit_check_column',
            'credit_check_ended': '_get_credit_check_ended_column'}),
    exposure.CREDIT_CHECK_EXPIRED: Trigger(
        exposure.FINDERS[exposure.CREDIT_CHECK_EXPIRED], '_describe_credit_check_expired',
        "Credit check expired", {
            'credit_check': '_get_credit_check_column',
            'credit_check_ended': '_get_credit_check_ended_column'}),
    exposure.PILOT_ENDED: Trigger(
        exposure.FINDERS[exposure.PILOT_ENDED], '_describe_pilot_ended', "Free period is over",
        {'pilot_ended': '_get_pilot_ended_column'}),
    exposure.MANUAL: Trigger(
        exposure.FINDERS[exposure.MANUAL], '_describe_manual', "Hold by hand"),
    exposure.PREPAYMENT: Trigger(None, '_describe_prepayment'),
}
