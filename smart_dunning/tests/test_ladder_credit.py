from dataclasses import replace
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.ladder import Level, Pause, Policy
from .test_ladder import compare, item, make_plan

ON = date(2026, 5, 4)
LATE = date(2026, 3, 10)
POLICY = Policy(1, (Level(12, 1, 7), Level(13, 2, 14, ladder.PREVIOUS_LETTER)))


def get_credits(plan):
    """Return {item: what credits settle of it} of the letters."""
    return {step.item.id: step.credit for letter in plan.letters for step in letter.steps}


@tagged('post_install', '-at_install')
class TestLadderCredit(BaseCase):
    """What credits of a customer settle: the oldest items first, each credit once."""

    def test_what_a_credit_settles(self):
        older, newer = item(1, LATE), item(2, LATE + timedelta(days=5))
        for name, items, expected in (
            ("the oldest first", [newer, older, item(3, amount=-130.0)], {1: 100.0, 2: 30.0}),
            ("no credit at all", [older], {1: 0.0}),
            ("a credit that was sent back is there no more",
             [older, item(2, amount=-60.0), item(3, amount=40.0, excluded=ladder.OUTBOUND)],
             {1: 20.0}),
            ("more was sent back than came", [
                older, item(2, amount=-60.0), item(3, amount=90.0, excluded=ladder.OUTBOUND)],
             {1: 0.0}),
            ("what is left out keeps its claim",
             [item(1, LATE, excluded=ladder.NO_FOLLOWUP), newer, item(3, amount=-60.0)],
             {2: 60.0}),
            ("a credit that is left out settles nothing",
             [older, item(2, amount=-60.0, excluded=ladder.BLOCKED)], {1: 0.0}),
            ("what another branch is owed comes in its turn",
             [item(1, LATE, excluded=ladder.ELSEWHERE), newer, item(3, amount=-130.0)],
             {2: 30.0}),
            ("what is paused keeps its claim",
             [item(1, LATE, pause=Pause(ladder.DISPUTE, ON)), newer, item(3, amount=-60.0)],
             {2: 60.0}),
            ("of what is paused in part, the rest comes in its turn",
             [item(1, LATE, pause=Pause(ladder.DISPUTE, ON, 70.0)), newer, item(3, amount=-60.0)],
             {1: 30.0, 2: 30.0}),
            ("an item without a policy is passed over",
             [item(1, LATE, policy=None), newer, item(3, amount=-60.0)], {2: 60.0}),
        ):
            with self.subTest(name):
                self.assertEqual(get_credits(make_plan(items, ON, POLICY)), expected)

    def test_amounts_and_worths_of_credits(self):
        newer = item(2, LATE + timedelta(days=5))
        for name, items, expected in (
            ("to the cent", [item(1, LATE, amount=10.004), item(3, amount=-4.006)], {1: 4.01}),
            ("a part to the cent", [
                item(1, LATE, amount=30.004), newer, item(3, amount=-50.01)],
             {1: 30.0, 2: 20.01}),
            ("a worth of its own: the credit counts in the currency of the item",
             [item(1, LATE, worth=10.0), item(2, amount=-60.0, worth=-1.0)], {1: 60.0}),
            ("a debt whose worth is below zero is a credit",
             [item(1, LATE, amount=5.0, worth=-6.0), newer, item(3, amount=-60.0)], {2: 55.0}),
            ("small credits add up", [
                item(1, LATE, amount=-0.5), newer, item(3, amount=-60.0)], {2: 60.5}),
            ("an old credit settles once, whatever its worth",
             [item(1, LATE, amount=-60.0, worth=5.0), newer], {2: 60.0}),
            ("a small one too, worth nothing",
             [item(1, LATE, amount=-0.5, worth=0.0), newer], {2: 0.5}),
            ("what is worth nothing in our currency is settled in its turn",
             [item(1, LATE, amount=10.0, worth=0.0), newer, item(3, amount=-60.0)], {2: 50.0}),
            ("a debt whose worth is a little below zero is a credit",
             [item(1, LATE, amount=5.0, worth=-0.5), newer, item(3, amount=-60.0)], {2: 55.0}),
        ):
            with self.subTest(name):
                self.assertEqual(get_credits(make_plan(items, ON, POLICY)), expected)

    def test_a_policy_that_nets_nothing(self):
        """Its items are passed over, and its letters ask for all, whatever else is netted."""
        gross = Policy(2, POLICY.levels, net_credits=False)
        plan = make_plan(
            [item(1, LATE, policy=2), item(2, LATE + timedelta(days=5)), item(3, amount=-60.0)],
            ON, policies={1: POLICY, 2: gross})
        self.assertEqual(get_credits(plan), {1: 0.0, 2: 60.0})

    def test_an_empty_letter_is_no_credit(self):
        """An amount of nothing settles nothing, and takes no credit from the next."""
        plan = make_plan([
            item(1, LATE, amount=0.0, worth=5.0), item(2, LATE), item(3, amount=-60.0)], ON, POLICY)
        self.assertEqual(get_credits(plan), {2: 60.0})

    def test_a_credit_in_company_currency(self):
        """What is netted is worth its share of all credits; thresholds are compared with that."""
        items = [item(1, LATE, worth=50.0), item(2, amount=-60.0, worth=-20.0)]
        [letter] = make_plan(items, ON, POLICY).letters
        self.assertEqual((letter.credit, letter.credit_worth), (60.0, 20.0))
        for minimum, reasons in ((30.0, []), (30.01, [ladder.BELOW_MINIMUM])):
            with self.subTest(minimum=minimum):
                plan = make_plan(items, ON, replace(POLICY, min_balance=minimum))
                self.assertEqual([one.reason for one in plan.omissions], reasons)

    def test_credits_are_never_worth_less_than_nothing(self):
        [letter] = make_plan([item(1, LATE), item(2, amount=-60.0, worth=5.0)], ON, POLICY).letters
        self.assertEqual((letter.credit, letter.credit_worth), (60.0, 0.0))

    def test_covered_in_company_currency(self):
        """What is asked for and what covers it are compared by their worth."""
        for name, worth, credit_worth, reasons in (
            ("covered", 50.0, -50.0, [ladder.COVERED]), ("a rest", 50.0, -49.0, []),
        ):
            with self.subTest(name):
                plan = make_plan(
                    [item(1, LATE, worth=worth), item(2, amount=-100.0, worth=credit_worth)],
                    ON, POLICY)
                self.assertEqual([one.reason for one in plan.omissions], reasons)

    def test_deadlines_levels_and_order(self):
        granted = item(1, LATE, position=1, last_letter=ON - timedelta(days=20), deadline=ON)
        self.assertFalse(make_plan([granted], ON, POLICY).letters)
        self.assertTrue(make_plan([granted], ON + timedelta(days=1), POLICY).letters)
        single = replace(POLICY, bundles=False)
        climbing = item(2, LATE, position=1, last_letter=ON - timedelta(days=20))
        letters = make_plan([item(1, LATE), climbing], ON, single).letters
        self.assertEqual([letter.level.position for letter in letters], [2, 1])
        self.assertEqual(len(make_plan([item(1, LATE), climbing], ON, POLICY).letters), 1)

    def test_the_severest_letter_takes_the_credit_first(self):
        """Of two letters to a customer the higher level is decided first, then the policy."""
        single = replace(POLICY, bundles=False, min_balance=60.0)
        climbing = item(2, LATE, amount=50.0, position=1, last_letter=ON - timedelta(days=20))
        plan = make_plan([climbing, item(1, LATE, amount=55.0)], ON, single)
        self.assertEqual(
            [one.letter.level.position for one in plan.omissions], [2, 1])
        policies = {number: Policy(number, POLICY.levels, min_balance=500.0) for number in (2, 3)}
        plan = make_plan(
            [item(1, LATE, policy=3), item(2, LATE, policy=2)], ON, policies=policies)
        self.assertEqual([one.letter.policy for one in plan.omissions], [2, 3])

    def test_a_run_never_asks_twice_for_another_branch(self):
        elsewhere = item(1, LATE, excluded=ladder.ELSEWHERE)
        plan = make_plan([elsewhere], ON, POLICY)
        self.assertEqual((plan.letters, plan.omissions), ([], []))

    def test_the_next_letters_need_no_run_today(self):
        """Asked on a holiday: what is due today already counts as today, the rest as Monday."""
        def get_run_day(day):
            return day + timedelta(days=1) if day == ON else day
        day, _letters = ladder.find_next_letters(
            [item(1, LATE)], {1: POLICY}, ladder.Customer(), ON, compare,
            lambda _currency, amount: round(amount, 2), get_run_day)
        self.assertEqual(day, ON)
