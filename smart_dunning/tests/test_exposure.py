import doctest
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from odoo.tests import BaseCase, tagged

from ..logic import exposure
from ..logic.exposure import (
    BLOCK,
    BROKEN_PROMISE,
    CHECKPOINTS,
    CLEAR,
    CREDIT_CHECK_EXPIRED,
    CREDIT_CHECK_MISSING,
    DELIVERY,
    LEVEL,
    LIMIT_EXPIRED,
    MANUAL,
    NONE,
    ORDER,
    OVER_LIMIT,
    OVERDUE,
    PREPAYMENT,
    RESERVATION,
    TERMS,
    WARN,
    Facts,
    ManualHold,
    Reason,
    Request,
    Rule,
    Terms,
    Verdict,
)

TODAY = date(2026, 3, 2)
HOLD = ManualHold("Wait", None, "Carla")


def compare(left, right):
    difference = round(left - right, 2)
    return (difference > 0) - (difference < 0)


def everywhere(effect):
    return dict.fromkeys(CHECKPOINTS, effect)


def rule(trigger, effect=BLOCK, **values):
    return Rule(trigger, everywhere(effect), **values)


def decide(facts, *rules, request=None, checkpoint=ORDER, today=TODAY, **terms):
    return exposure.decide(
        facts, Terms(rules, **terms), request or Request(), checkpoint, today, compare)


#: Of each trigger: facts and a request that set it off.
CASES = {
    OVER_LIMIT: (rule(OVER_LIMIT), Facts(credit_limit=10, receivables=11), Request()),
    LIMIT_EXPIRED: (rule(LIMIT_EXPIRED), Facts(limit_until=TODAY - timedelta(days=1)), Request()),
    OVERDUE: (rule(OVERDUE), Facts(overdue={0: 1.0}), Request()),
    LEVEL: (rule(LEVEL, level_position=2), Facts(level_position=2), Request()),
    BROKEN_PROMISE: (rule(BROKEN_PROMISE), Facts(broken_promises=1), Request()),
    TERMS: (rule(TERMS), Facts(credit_days=14), Request(credit_days=30)),
    CREDIT_CHECK_MISSING: (
        rule(CREDIT_CHECK_MISSING), Facts(receivables=11, credit_check=False), Request()),
    CREDIT_CHECK_EXPIRED: (
        rule(CREDIT_CHECK_EXPIRED), Facts(credit_check=False, credit_check_ended=TODAY), Request()),
    'pilot_ended': (rule('pilot_ended'), Facts(pilot_ended=TODAY), Request()),
    MANUAL: (rule(MANUAL), Facts(manual=HOLD), Request()),
}


@tagged('post_install', '-at_install')
class TestExposure(BaseCase):
    """Every trigger, effect, checkpoint and boundary, as tables."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(exposure)
        self.assertTrue(attempted)
        self.assertFalse(failed)

    def _check(self, table):
        """Check rows of (facts, request, terms, is it held)."""
        for number, (the_rule, facts, request, is_held) in enumerate(table):
            with self.subTest(row=number):
                verdict = decide(facts, the_rule, request=request)
                self.assertEqual(verdict.blocks, is_held)

    # Triggers and effects -----------------------------------------------------------------------

    def test_every_trigger_with_every_effect_at_every_checkpoint(self):
        for (trigger, (the_rule, facts, request)), effect, checkpoint in product(
                CASES.items(), (NONE, WARN, BLOCK), CHECKPOINTS):
            with self.subTest(trigger=trigger, effect=effect, checkpoint=checkpoint):
                effects = {**everywhere(NONE), checkpoint: effect}
                verdict = decide(facts, the_rule._replace(effects=effects), request=request,
                                 checkpoint=checkpoint)
                self.assertEqual(verdict.state, CLEAR if effect == NONE else effect)
                self.assertEqual(
                    [reason.code for reason in verdict.reasons], [trigger] * (effect != NONE))
                for other in CHECKPOINTS:
                    if other != checkpoint:
                        elsewhere = decide(
                            facts, the_rule._replace(effects=effects), request=request,
                            checkpoint=other)
                        self.assertEqual(elsewhere.state, CLEAR)

    def test_without_rules_only_what_is_built_in_holds(self):
        for trigger, (_rule, facts, request) in CASES.items():
            with self.subTest(trigger=trigger):
                self.assertEqual(decide(facts, request=request).blocks, trigger == MANUAL)

    def test_each_broken_promise_counts(self):
        for number, codes in ((0, []), (1, [(BROKEN_PROMISE, 1)]), (2, [(BROKEN_PROMISE, 2)])):
            verdict = decide(Facts(broken_promises=number), rule(BROKEN_PROMISE))
            self.assertEqual(
                [(reason.code, reason.days) for reason in verdict.reasons], codes)

    def test_what_takes_back_passes(self):
        for trigger, (the_rule, facts, request) in CASES.items():
            with self.subTest(trigger=trigger):
                self.assertEqual(
                    decide(facts, the_rule, request=replace(request, is_return=True)).state,
                    WARN if trigger == MANUAL else CLEAR)

    def test_what_lowers_the_exposure_passes_the_limit(self):
        over = Facts(credit_limit=100, receivables=200)
        for amount, state in ((-1, CLEAR), (-0.01, CLEAR), (0, BLOCK), (1, BLOCK)):
            with self.subTest(amount=amount):
                request = exposure.with_earlier(Request(amount), 50.0)
                self.assertEqual(decide(over, rule(OVER_LIMIT), request=request).state, state)

    # Boundaries ---------------------------------------------------------------------------------

    def test_over_limit(self):
        self._check([
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=100), Request(), False),
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=100.01), Request(), True),
            # Below half a cent is nothing.
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=100.004), Request(), False),
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=60), Request(40), False),
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=60), Request(40.01), True),
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=60, to_invoice=40.01),
             Request(), True),
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=160, to_invoice=-60),
             Request(), False),
            # No limit set is core's 0: nobody is held by it, whatever is open.
            (rule(OVER_LIMIT), Facts(receivables=1e6), Request(1e6), False),
            (rule(OVER_LIMIT), Facts(credit_limit=-1, receivables=5), Request(), False),
            (rule(OVER_LIMIT), Facts(credit_limit=0.5, receivables=5), Request(), True),
            # By more than an amount.
            (rule(OVER_LIMIT, amount=50), Facts(credit_limit=100, receivables=150), Request(),
             False),
            (rule(OVER_LIMIT, amount=50), Facts(credit_limit=100, receivables=150.01), Request(),
             True),
            # A customer with a credit balance has more room.
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=-50), Request(150), False),
            (rule(OVER_LIMIT), Facts(credit_limit=100, receivables=-50), Request(150.01), True),
        ])

    def test_an_unknown_trigger_is_no_free_pass(self):
        with self.assertRaisesRegex(ValueError, "insured"):
            decide(Facts(), rule('insured'))

    def test_a_trigger_of_another_addon(self):
        def find_insured(rule, facts, _terms, request, _today, compare):
            covered = facts.extra.get('insured_amount', 0.0)
            if compare(request.amount, covered) <= 0:
                return None
            return Reason('insured', NONE, amount=request.amount, limit=covered)

        terms = Terms((rule('insured'),), finders={**exposure.FINDERS, 'insured': find_insured})
        facts = Facts(extra={'insured_amount': 100.0})
        for amount, state in ((100, CLEAR), (100.01, BLOCK)):
            self.assertEqual(exposure.decide(
                facts, terms, Request(amount), ORDER, TODAY, compare).state, state)

    def test_what_is_not_known_is_nothing(self):
        """Records made with the least: whoever leaves something out claims nothing by it."""
        self.assertEqual(Facts(), Facts(
            0.0, None, False, 0.0, 0.0, 0.0, 0.0, 0.0, {}, None, 0, '', NONE, None, 0, None))
        self.assertEqual(Terms(), Terms((), False, False, False, None, False, False, True))
        self.assertEqual(Request(), Request(0.0, False, False, None))
        self.assertEqual(Rule(OVERDUE, {}), Rule(OVERDUE, {}, 0, 0.0, 0))
        self.assertEqual(
            Reason(OVERDUE, WARN), Reason(OVERDUE, WARN, 0.0, 0.0, 0.0, 0, None, '', ''))
        self.assertEqual(ManualHold("Wait"), ManualHold("Wait", None, ''))
        self.assertEqual(Facts(receivables=1.0, drafts=5.0).get_exposure(), 1.0)

    def test_what_counts_as_overdue(self):
        for terms, disputed, agreed in (
                (Terms(), False, True),
                (Terms(count_disputed=True, count_agreed=False), True, False)):
            self.assertEqual(
                [terms.counts(share) for share in ('plain', exposure.DISPUTED, exposure.AGREED)],
                [True, disputed, agreed])

    def test_a_reason_says_all_its_figures(self):
        yesterday = TODAY - timedelta(days=1)
        level = Facts(level_position=2, level_name="Second", level_effect=WARN)
        for facts, rules, request, reason in (
            (Facts(credit_limit=100, receivables=80), [rule(OVER_LIMIT)], Request(30),
             Reason(OVER_LIMIT, BLOCK, amount=110, limit=100, excess=10)),
            (Facts(credit_limit=100, limit_until=yesterday), [rule(LIMIT_EXPIRED)], Request(),
             Reason(LIMIT_EXPIRED, BLOCK, limit=100, day=yesterday)),
            (Facts(overdue={30: 80.0}, unallocated=20.0, oldest_due_date=yesterday),
             [rule(OVERDUE, days=30)], Request(),
             Reason(OVERDUE, BLOCK, amount=80.0, limit=20.0, days=30, day=yesterday)),
            (level, [rule(LEVEL)], Request(), Reason(LEVEL, BLOCK, days=2, text="Second")),
            (level, [], Request(), Reason(LEVEL, WARN, days=2, text="Second")),
            (Facts(broken_promises=2), [rule(BROKEN_PROMISE)], Request(),
             Reason(BROKEN_PROMISE, BLOCK, days=2)),
            (Facts(credit_days=14), [rule(TERMS)], Request(credit_days=30),
             Reason(TERMS, BLOCK, days=30, limit=14)),
        ):
            with self.subTest(reason=reason.code):
                self.assertEqual(decide(facts, *rules, request=request).reasons, (reason,))

    def test_broken_promise(self):
        self._check([
            (rule(BROKEN_PROMISE), Facts(broken_promises=0), Request(), False),
            (rule(BROKEN_PROMISE), Facts(broken_promises=1), Request(), True),
        ])

    def test_a_rule_about_holds_by_hand_without_one_holds_nobody(self):
        self.assertEqual(decide(Facts(), rule(MANUAL)).state, CLEAR)

    def test_over_limit_counts_drafts_where_told(self):
        facts = Facts(credit_limit=100, receivables=60, drafts=50)
        self.assertFalse(decide(facts, rule(OVER_LIMIT)).blocks)
        verdict = decide(facts, rule(OVER_LIMIT), count_drafts=True)
        self.assertTrue(verdict.blocks)
        self.assertEqual(
            verdict.reasons[0], Reason(OVER_LIMIT, BLOCK, amount=110, limit=100, excess=10))

    def test_limit_expired(self):
        yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
        self._check([
            (rule(LIMIT_EXPIRED), Facts(limit_until=None), Request(), False),
            (rule(LIMIT_EXPIRED), Facts(limit_until=yesterday), Request(), True),
            (rule(LIMIT_EXPIRED), Facts(limit_until=TODAY), Request(), False),   # its last day
            (rule(LIMIT_EXPIRED), Facts(limit_until=tomorrow), Request(), False),
        ])

    def test_overdue(self):
        thirty = rule(OVERDUE, days=30, amount=50)
        self._check([
            (thirty, Facts(overdue={30: 50.01}), Request(), True),
            (thirty, Facts(overdue={30: 50.0}), Request(), False),
            (thirty, Facts(overdue={30: 50.004}), Request(), False),
            (thirty, Facts(overdue={0: 1e6, 30: 0.0}), Request(), False),
            (thirty, Facts(overdue={}), Request(), False),
            (rule(OVERDUE), Facts(overdue={0: 0.01}), Request(), True),
            (rule(OVERDUE), Facts(overdue={0: 0.0}), Request(), False),
            (rule(OVERDUE), Facts(overdue={30: 80.0}), Request(), False),     # not known: nothing
            (rule(OVERDUE), Facts(overdue={0: -5.0}), Request(), False),
            # An amount below zero on the rule does not hold customers who owe nothing.
            (rule(OVERDUE, amount=-5), Facts(overdue={0: 0.0}), Request(), False),
            (rule(OVERDUE, amount=-5), Facts(overdue={0: -1.0}), Request(), False),
            (rule(OVERDUE, amount=-5), Facts(overdue={0: 0.01}), Request(), True),
        ])

    def test_overdue_names_payments_not_allocated_and_the_oldest_day(self):
        facts = Facts(overdue={0: 80.0}, unallocated=30.0, oldest_due_date=TODAY)
        self.assertEqual(decide(facts, rule(OVERDUE)).reasons[0], Reason(
            OVERDUE, BLOCK, amount=80.0, limit=30.0, days=0, day=TODAY))

    def test_level(self):
        third = rule(LEVEL, level_position=3)
        self._check([
            (third, Facts(level_position=2), Request(), False),
            (third, Facts(level_position=3), Request(), True),
            (third, Facts(level_position=4), Request(), True),
            # Who has reached no level is held by none, even by a rule without a level.
            (rule(LEVEL), Facts(level_position=0), Request(), False),
        ])

    def test_level_brings_its_own_effect(self):
        facts = Facts(level_position=2, level_name="Last", level_effect=WARN)
        for checkpoint in CHECKPOINTS:
            verdict = decide(facts, checkpoint=checkpoint)
            self.assertEqual((verdict.state, verdict.reasons[0].text), (WARN, "Last"))
        # A graver rule about levels wins, a milder one does not.
        self.assertEqual(decide(facts, rule(LEVEL, level_position=1)).state, BLOCK)
        self.assertEqual(decide(replace(facts, level_effect=BLOCK), rule(
            LEVEL, WARN, level_position=1)).state, BLOCK)

    def test_terms(self):
        self._check([
            (rule(TERMS), Facts(credit_days=14), Request(credit_days=14), False),
            (rule(TERMS), Facts(credit_days=14), Request(credit_days=15), True),
            (rule(TERMS), Facts(credit_days=14), Request(credit_days=None), False),
            # Neither the customer nor the policy says how much credit he has.
            (rule(TERMS), Facts(), Request(credit_days=365), False),
            (rule(TERMS), Facts(credit_days=0), Request(credit_days=1), True),
        ])

    def test_terms_of_the_policy_hold_for_customers_without_their_own(self):
        request = Request(credit_days=30)
        self.assertTrue(decide(Facts(), rule(TERMS), request=request, max_days=14).blocks)
        self.assertFalse(decide(Facts(), rule(TERMS), request=request, max_days=30).blocks)
        self.assertFalse(decide(
            Facts(credit_days=60), rule(TERMS), request=request, max_days=14).blocks)
        self.assertTrue(decide(
            Facts(credit_days=10), rule(TERMS), request=request, max_days=90).blocks)

    # Built in -----------------------------------------------------------------------------------

    def test_built_in_holds_stop_orders_and_deliveries_but_not_reservations(self):
        for facts, code in ((Facts(manual=HOLD), MANUAL),
                            (Facts(is_prepayment_only=True), PREPAYMENT)):
            for checkpoint, state in ((ORDER, BLOCK), (RESERVATION, CLEAR), (DELIVERY, BLOCK)):
                with self.subTest(code=code, checkpoint=checkpoint):
                    verdict = decide(facts, checkpoint=checkpoint)
                    self.assertEqual(verdict.state, state)
                    self.assertEqual({reason.code for reason in verdict.reasons},
                                     {code} if state == BLOCK else set())

    def test_a_rule_about_holds_by_hand_replaces_what_is_built_in(self):
        self.assertEqual(decide(Facts(manual=HOLD), rule(MANUAL, WARN)).state, WARN)
        self.assertEqual(decide(Facts(manual=HOLD), rule(MANUAL, NONE)).state, CLEAR)

    def test_a_hold_by_hand_says_who_why_and_until_when(self):
        verdict = decide(Facts(manual=ManualHold("Lawyer", TODAY, "Carla")))
        self.assertEqual(verdict.reasons, (
            Reason(MANUAL, BLOCK, day=TODAY, text="Lawyer", user="Carla"),))

    # What is paid, and what needs no credit -----------------------------------------------------

    def test_what_is_paid_passes(self):
        for trigger, (the_rule, facts, request) in CASES.items():
            with self.subTest(trigger=trigger):
                paid = replace(request, is_paid=True)
                self.assertEqual(decide(facts, the_rule, request=paid).state,
                                 WARN if trigger == MANUAL else CLEAR)
                self.assertTrue(decide(facts, the_rule, request=paid, hold_prepaid=True).blocks)
        paid = Request(is_paid=True)
        self.assertEqual(decide(Facts(is_prepayment_only=True), request=paid).state, CLEAR)
        level = Facts(level_position=1, level_effect=BLOCK)
        self.assertEqual(decide(level, request=paid).state, CLEAR)

    def test_terms_without_credit_pass_the_limit_and_nothing_else(self):
        for trigger, (the_rule, facts, request) in CASES.items():
            with self.subTest(trigger=trigger):
                cash = replace(request, is_cash=True)
                self.assertEqual(
                    decide(facts, the_rule, request=cash).blocks, trigger != OVER_LIMIT)
                self.assertTrue(decide(facts, the_rule, request=cash, hold_cash=True).blocks)
        # A promise to pay at once is no prepayment.
        self.assertTrue(decide(
            Facts(is_prepayment_only=True), request=Request(is_cash=True)).blocks)

    def test_a_warning_is_not_made_graver(self):
        reason = Reason(MANUAL, WARN)
        self.assertEqual(exposure.replace_effect(reason, BLOCK).effect, WARN)
        self.assertEqual(exposure.replace_effect(reason, NONE).effect, NONE)

    # Several rules and checkpoints --------------------------------------------------------------

    def test_the_gravest_rule_of_a_kind_speaks_and_the_gravest_reason_comes_first(self):
        facts = Facts(credit_limit=10, receivables=20, overdue={0: 90.0, 30: 60.0})
        verdict = decide(
            facts, rule(OVER_LIMIT, WARN), rule(OVERDUE, WARN), rule(OVERDUE, days=30))
        self.assertEqual([(reason.code, reason.effect, reason.amount)
                          for reason in verdict.reasons],
                         [(OVERDUE, BLOCK, 60.0), (OVER_LIMIT, WARN, 20.0)])

    def test_merge(self):
        warn, block = Reason(OVERDUE, WARN, amount=1), Reason(OVERDUE, BLOCK, amount=2)
        other = Reason(MANUAL, WARN)
        merged = exposure.merge([Verdict((warn, other)), Verdict((block,)), Verdict()])
        self.assertEqual(merged.reasons, (block, other))
        self.assertEqual(exposure.merge([]).state, CLEAR)
        # The gravest stays whatever comes later, of equals the first; the gravest speaks first.
        self.assertEqual(
            exposure.merge([Verdict((block,)), Verdict((warn,))]).reasons, (block,))
        later = block._replace(amount=3)
        self.assertEqual(
            exposure.merge([Verdict((block,)), Verdict((later,))]).reasons, (block,))
        merged = exposure.merge([Verdict((other,)), Verdict((block,))])
        self.assertEqual((merged.reasons, merged.state), ((block, other), BLOCK))

    def test_get_worst(self):
        for states, worst in (((), CLEAR), ((CLEAR, WARN), WARN), ((WARN, BLOCK, CLEAR), BLOCK),
                              ((NONE,), CLEAR)):
            self.assertEqual(exposure.get_worst(states), worst)

    def test_a_released_verdict_is_clear_but_keeps_its_reasons(self):
        verdict = Verdict((Reason(OVERDUE, BLOCK),), release=3)
        self.assertEqual((verdict.state, verdict.blocks, len(verdict.reasons)), (CLEAR, False, 1))

    def test_with_earlier(self):
        request = Request(10.0, credit_days=5)
        self.assertIs(exposure.with_earlier(request, 0.0), request)
        self.assertEqual(exposure.with_earlier(request, 5.0), Request(15.0, credit_days=5))
        for amount, expected in ((0.0, 5.0), (0.5, 5.5), (-0.5, -0.5)):
            self.assertEqual(exposure.with_earlier(Request(amount), 5.0), Request(expected))
