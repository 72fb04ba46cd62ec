from dataclasses import replace
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.ladder import Customer, Level, Pause, Policy
from .test_ladder import DUE, LEVELS, compare, item, make_plan, round_amount

ON = date(2026, 4, 20)
LATER = ON + timedelta(days=9)


@tagged('post_install', '-at_install')
class TestLadderPlan(BaseCase):
    """What a run makes of pauses, credits, broken promises and caps, to the day and the cent."""

    def _summary(self, plan):
        """Return what each letter and each omission says: reason, items, amount."""
        return [
            *(('letter', [step.item.id for step in letter.steps], round(letter.amount, 2))
              for letter in plan.letters),
            *((omission.reason, [step.item.id for step in omission.letter.steps],
               round(omission.letter.amount, 2)) for omission in plan.omissions)]

    # Items --------------------------------------------------------------------------------------

    def test_what_is_no_claim_makes_no_letter(self):
        policy = Policy(1, LEVELS)
        for name, one in (
            ("nothing in its currency, a rest of the rate in the company's", item(
                amount=0.0, worth=10.0)),
            ("a credit in its currency", item(amount=-5.0, worth=10.0)),
            ("a credit in the company's currency", item(amount=10.0, worth=-1.0)),
        ):
            with self.subTest(name):
                self.assertEqual(self._summary(make_plan([one], ON, policy)), [])
        nothing = item(amount=10.0, worth=0.0)
        self.assertEqual(self._summary(make_plan([nothing], ON, policy)), [])
        self.assertEqual(
            self._summary(make_plan([item(amount=0.5, worth=0.5)], ON, policy)),
            [('letter', [1], 0.5)])

    def test_paused_items_say_until_when(self):
        for name, pause, expected, *values in (
            ("all of it", Pause(ladder.DISPUTE, ON), [(ladder.DISPUTE, [1], 100.0)]),
            ("its last day is over", Pause(ladder.DISPUTE, ON - timedelta(days=1)),
             [('letter', [1], 100.0)]),
            ("a part of it", Pause(ladder.DISPUTE, ON, 40.0),
             [('letter', [1], 60.0), (ladder.DISPUTE, [1], 40.0)]),
            ("a part whose last day is over", Pause(ladder.DISPUTE, ON - timedelta(days=1), 40.0),
             [('letter', [1], 100.0)]),
            ("the rest is as small as the tolerance", Pause(ladder.PROMISE, ON, 95.0),
             [(ladder.PROMISE, [1], 95.0)]),
            ("the rest is worth less than its number", Pause(ladder.PROMISE, ON, 40.0),
             [(ladder.PROMISE, [1], 40.0)], {'worth': 6.0}),
            ("the rest is a cent more", Pause(ladder.PROMISE, ON, 94.99),
             [('letter', [1], 5.01), (ladder.PROMISE, [1], 94.99)]),
        ):
            with self.subTest(name):
                one = item(pause=pause, **(values[0] if values else {}))
                plan = make_plan([one], ON, Policy(1, LEVELS, tolerance=5.0))
                self.assertEqual(self._summary(plan), expected)
                for omission in plan.omissions:
                    self.assertEqual(omission.until, pause.until)

    def test_pauses_of_one_reason_are_told_together_with_the_latest_day(self):
        plan = make_plan([
            item(1, pause=Pause(ladder.DISPUTE, ON)), item(2, pause=Pause(ladder.DISPUTE, LATER)),
            item(3, pause=Pause(ladder.PROMISE, ON)), item(4)], ON)
        self.assertEqual(self._summary(plan), [
            ('letter', [4], 100.0), (ladder.DISPUTE, [1, 2], 200.0), (ladder.PROMISE, [3], 100.0)])
        self.assertEqual([omission.until for omission in plan.omissions], [LATER, ON])
        plan = make_plan([
            item(1, pause=Pause(ladder.PROMISE, ON)), item(2, pause=Pause(ladder.DISPUTE, ON))], ON)
        self.assertEqual(                               # the same order, whatever the ids
            [omission.reason for omission in plan.omissions], [ladder.DISPUTE, ladder.PROMISE])

    def test_items_without_policy_are_told_once_they_are_overdue(self):
        for due, expected in (
            (ON, []), (ON - timedelta(days=1), [(ladder.NO_POLICY, [1], 100.0)])):
            self.assertEqual(self._summary(make_plan([item(due=due, policy=None)], ON)), expected)
        plan = make_plan([item(1, policy=None), item(2)], ON)
        self.assertEqual(
            self._summary(plan), [('letter', [2], 100.0), (ladder.NO_POLICY, [1], 100.0)])
        self.assertEqual(plan.omissions[0].letter.level, Level(0, 0, 0))

    def test_customers_and_currencies_come_together_whatever_the_ids(self):
        plan = make_plan([
            item(1, partner=1), item(2, partner=2), item(3, partner=1),
            item(4, partner=1, currency=2), item(5, partner=1)], ON)
        self.assertEqual(
            [[step.item.id for step in letter.steps] for letter in plan.letters],
            [[1, 3, 5], [4], [2]])

    def test_the_level_of_a_letter_is_the_highest_whatever_its_id(self):
        levels = (Level(9, 1, 5), Level(4, 2, 5))
        [letter] = make_plan(
            [item(1), item(2, position=1, last_letter=DUE)], ON, Policy(1, levels)).letters
        self.assertEqual(letter.level, levels[1])

    def test_items_that_are_left_out_whatever_the_day_say_so(self):
        policy, paused = Policy(1, LEVELS, tolerance=5.0), Pause(ladder.PROMISE, ON)
        for name, values, expected in (
            ("instead of a letter", {'excluded': ladder.BLOCKED}, [(ladder.BLOCKED, [1], 100.0)]),
            ("once a level is due", {'excluded': ladder.BLOCKED, 'due': ON}, []),
            ("also a small rest", {'excluded': ladder.NO_FOLLOWUP, 'amount': 1.0},
             [(ladder.NO_FOLLOWUP, [1], 1.0)]),
            ("rather than a pause", {'excluded': ladder.CHARGE, 'pause': paused},
             [(ladder.CHARGE, [1], 100.0)]),
            ("not without a policy", {'excluded': ladder.BLOCKED, 'policy': None}, []),
            ("not where nothing is open", {'excluded': ladder.BLOCKED, 'amount': 0.0}, []),
            ("not credits", {'excluded': ladder.BLOCKED, 'worth': -0.5}, []),
            ("also what is worth nothing", {'excluded': ladder.BLOCKED, 'worth': 0.0},
             [(ladder.BLOCKED, [1], 100.0)]),
            ("but where the payment is on its way", {'excluded': ladder.UNDERWAY, 'amount': 0.0},
             [(ladder.UNDERWAY, [1], 0.0)]),
        ):
            with self.subTest(name):
                plan = make_plan([item(**values)], ON, policy)
                self.assertEqual(self._summary(plan), expected)
                self.assertFalse([omission for omission in plan.omissions if omission.until])
        plan = make_plan([item(1), item(2, excluded=ladder.BLOCKED)], ON, policy)
        self.assertEqual(
            self._summary(plan), [('letter', [1], 100.0), (ladder.BLOCKED, [2], 100.0)])

    def test_credits_that_are_left_out_settle_nothing(self):
        for excluded, credit in ((None, 30.0), (ladder.BLOCKED, 0.0)):
            [letter] = make_plan([item(1), item(9, amount=-30.0, excluded=excluded)], ON).letters
            self.assertEqual(letter.credit, credit)

    # Broken promises ----------------------------------------------------------------------------

    def test_a_broken_promise_jumps(self):
        early = DUE + timedelta(days=1)
        for name, jump, position, on, expected in (
            ("at once, past the lower levels", 3, 0, early, 3),
            ("to the next one where there is none at that position", 3.5, 0, early, 4),
            ("not below what is reached", 3, 3, early, None),
            ("to the last level", 4, 3, early, 4),
            ("not at all", 0, 0, early, None),
            ("beyond the ladder", 9, 0, early, None),
        ):
            with self.subTest(name):
                policy = Policy(1, LEVELS, broken_promise_position=jump)
                broken = item(
                    position=position, last_letter=DUE, has_broken_promise=True)
                plan = make_plan([broken], on, policy)
                self.assertEqual(
                    [letter.level.position for letter in plan.letters],
                    [expected] if expected else [])
                self.assertFalse(make_plan(
                    [broken._replace(has_broken_promise=False)], on, policy).letters)

    # Customers ----------------------------------------------------------------------------------

    def test_why_a_customer_gets_no_letter_and_until_when(self):
        policy, yesterday = Policy(1, LEVELS, quiet_days=7), ON - timedelta(days=1)
        for name, customer, expected in (
            ("a pause", Customer(paused_until=ON), (ladder.PAUSED, ON)),
            ("a letter that waits", Customer(has_pending=True), (ladder.PENDING, None)),
            ("quiet days", Customer(last_letter=yesterday), (ladder.QUIET, ON + timedelta(days=6))),
            ("the pause is told first", Customer(yesterday, LATER, True), (ladder.PAUSED, LATER)),
            ("then what waits", Customer(yesterday, None, True), (ladder.PENDING, None)),
        ):
            with self.subTest(name):
                self.assertEqual(ladder.find_refusal(customer, policy, False, ON), expected)
                [omission] = make_plan([item()], ON, policy, {7: customer}).omissions
                self.assertEqual((omission.reason, omission.until), expected)
        quiet = Customer(last_letter=yesterday)
        self.assertIsNone(ladder.find_refusal(quiet, policy, True, ON))
        self.assertIsNone(ladder.find_refusal(quiet, None, False, ON))
        # A run for an earlier day than that of the last letter.
        self.assertIsNone(ladder.find_refusal(
            Customer(last_letter=LATER), replace(policy, quiet_days=0), False, ON))
        self.assertIsNone(ladder.find_refusal(Customer(), policy, False, ON))

    # Credits and thresholds ---------------------------------------------------------------------

    def test_a_credit_is_worth_its_share(self):
        """A credit of 30 that is worth 60, taken in two parts."""
        [first, second] = make_plan([
            item(1, amount=10.0, worth=22.0), item(2, policy=2, amount=50.0, worth=110.0),
            item(9, amount=-30.0, worth=-60.0)], ON, policies={
                1: Policy(1, LEVELS, min_balance=-9.0), 2: Policy(2, LEVELS)}).letters
        self.assertEqual(
            [(one.policy, one.credit, one.credit_worth) for one in (first, second)],
            [(2, 20.0, 40.0), (1, 10.0, 20.0)])

    def test_what_counts_as_a_credit(self):
        """Negative in either measure; small ones as well."""
        [letter] = make_plan([
            item(1), item(2, amount=0.5, worth=0.5), item(3, amount=0.0, worth=10.0),
            item(4, amount=3.0, worth=0.0),
            item(5, amount=-30.0, worth=-30.0), item(6, amount=0.0, worth=-10.0),
            item(7, amount=-4.5, worth=0.0), item(8, amount=-0.5, worth=0.0),
            item(9, amount=-0.5, worth=-0.5), item(10, amount=0.0, worth=-0.25)], ON).letters
        self.assertEqual([step.item.id for step in letter.steps], [1, 2])
        self.assertEqual((letter.credit, letter.credit_worth), (35.5, 40.75))

    def test_small_credits_and_claims(self):
        for name, claim, credit, expected in (
            ("half of the smallest unit's hundred", item(1), {'amount': -0.5}, (0.5, 0.5)),
            ("worth nothing", item(1), {'amount': -5.0, 'worth': 0.0}, (5.0, 0.0)),
            ("a claim that rounds to nothing takes nothing", item(1, amount=0.004, worth=9.0),
             {'amount': -5.0}, (0.0, 0.0)),
        ):
            with self.subTest(name):
                [letter] = make_plan([claim, item(9, **credit)], ON).letters
                self.assertEqual((letter.credit, letter.credit_worth), expected)

    def test_credits_are_taken_to_the_cent(self):
        """0.1 + 0.2 and 0.3 - 0.1 are not 0.3 and 0.2 in floats."""
        [letter] = make_plan(
            [item(1), item(8, amount=-0.1), item(9, amount=-0.2)], ON).letters
        self.assertEqual(letter.credit, 0.3)
        plan = make_plan([item(1, amount=0.1), item(2, amount=0.2), item(9, amount=-5.0)], ON)
        self.assertEqual(plan.omissions[0].letter.credit, 0.3)
        plan = make_plan(
            [item(1, amount=0.1, due=DUE - timedelta(days=1)), item(2, policy=2),
             item(9, amount=-0.3)], ON, policies={1: Policy(1, LEVELS), 2: Policy(2, LEVELS)})
        self.assertEqual([letter.credit for letter in plan.letters], [0.2])

    def test_the_minimum_is_compared_with_what_remains_in_the_companys_currency(self):
        items = [item(1, amount=100.0, worth=200.0), item(9, amount=-30.0, worth=-60.0)]
        for minimum, expected in ((140.0, []), (140.01, [ladder.BELOW_MINIMUM])):
            plan = make_plan(items, ON, Policy(1, LEVELS, min_balance=minimum))
            self.assertEqual([omission.reason for omission in plan.omissions], expected)

    def test_credits_settle_the_oldest_item(self):
        both = {1: Policy(1, LEVELS), 2: Policy(2, LEVELS)}
        credit = item(9, amount=-30.0)
        for name, one, two, paid in (
            ("whatever the level", item(1), item(2, policy=2, position=2, last_letter=DUE), 1),
            ("the older claim", item(1), item(2, policy=2, due=DUE - timedelta(days=1)), 2),
            ("of equals the first", item(1), item(2, policy=2), 1),
            ("whatever the policy", item(1, policy=2), item(2), 2),
            ("what is overdue before what is not", item(1, due=ON + timedelta(days=1)),
             item(2, policy=2), 2),
        ):
            with self.subTest(name):
                letters = make_plan([one, two, credit], ON, policies=both).letters
                self.assertEqual(
                    {letter.policy: letter.credit for letter in letters},
                    {paid: 30.0, 3 - paid: 0.0})

    def test_the_larger_minimum_counts_and_what_is_covered_says_so(self):
        levels = tuple(level._replace(min_amount=50.0) for level in LEVELS)
        for name, policy, amount, credit, expected in (
            ("the level's", Policy(1, levels, min_balance=10.0), 49.99, 0.0, ladder.BELOW_MINIMUM),
            ("the level's, reached", Policy(1, levels, min_balance=10.0), 50.0, 0.0, None),
            ("the policy's", Policy(1, levels, min_balance=80.0), 79.99, 0.0,
             ladder.BELOW_MINIMUM),
            ("the policy's, reached", Policy(1, levels, min_balance=80.0), 80.0, 0.0, None),
            ("covered to the cent", Policy(1, LEVELS), 80.0, 80.0, ladder.COVERED),
            ("covered twice", Policy(1, LEVELS), 80.0, 160.0, ladder.COVERED),
            ("all but a cent", Policy(1, LEVELS), 80.0, 79.99, None),
        ):
            with self.subTest(name):
                items = [item(1, amount=amount)]
                if credit:
                    items.append(item(9, amount=-credit))
                plan = make_plan(items, ON, policy)
                self.assertEqual(
                    [omission.reason for omission in plan.omissions],
                    [expected] if expected else [])
                self.assertEqual(len(plan.letters), 0 if expected else 1)

    # The order of a run -------------------------------------------------------------------------

    def test_the_oldest_and_largest_come_first(self):
        two = {1: Policy(1, LEVELS), 2: Policy(2, LEVELS)}
        older = DUE - timedelta(days=1)
        for name, items, expected in (
            ("the oldest", [item(1, partner=1, amount=900.0), item(2, partner=2, due=older)],
             [2, 1]),
            ("then the largest by its worth",
             [item(1, partner=1, amount=900.0, worth=9.0), item(2, partner=2)], [2, 1]),
            ("then by customer", [item(1, partner=2), item(2, partner=1)], [2, 1]),
            ("then by currency", [item(1, currency=2), item(2, currency=1)], [2, 1]),
            ("then by policy", [item(1, policy=2), item(2, policy=1)], [2, 1]),
        ):
            with self.subTest(name):
                letters = make_plan(items, ON, policies=two).letters
                self.assertEqual([one.steps[0].item.id for one in letters], expected)

    def test_each_policy_has_its_own_cap(self):
        policies = {1: Policy(1, LEVELS, cap=1), 2: Policy(2, LEVELS)}
        plan = make_plan([item(n, partner=n, policy=1 + n % 2) for n in range(1, 7)], ON,
                         policies=policies)
        self.assertEqual(
            [letter.steps[0].item.id for letter in plan.letters], [1, 2, 3, 5])
        self.assertEqual(
            [(omission.reason, omission.letter.partner) for omission in plan.omissions],
            [(ladder.OVER_CAP, 4), (ladder.OVER_CAP, 6)])

    # What comes next ----------------------------------------------------------------------------

    def _find(self, items, policy, on, customer=None):
        found = ladder.find_next_letters(
            items, {1: policy}, customer or Customer(), on, compare, round_amount)
        return found and (found[0], [letter.level.position for letter in found[1]])

    def test_next_letters_of_items_that_wait_for_nothing(self):
        policy = Policy(1, LEVELS)
        self.assertIsNone(self._find([item(policy=None)], policy, ON))
        self.assertIsNone(self._find([item(amount=-5.0)], policy, ON))
        self.assertIsNone(self._find([item(excluded=ladder.BLOCKED)], policy, ON))
        self.assertIsNone(self._find([item(amount=0.0, worth=1.0)], policy, ON))
        self.assertIsNone(self._find([], policy, ON))
        self.assertEqual(
            self._find([item(1, policy=None), item(2)], policy, ON), (ON, [2]))

    def test_the_first_of_many_days(self):
        items = [item(n, due=ON + timedelta(days=7 * (n * 37 % 60))) for n in range(1, 60)]
        self.assertEqual(
            self._find(items, Policy(1, (Level(1, 1, 3),)), ON), (ON + timedelta(days=10), [1]))
        self.assertEqual(
            self._find([item(amount=0.5)], Policy(1, LEVELS), ON), (ON, [2]))

    def test_next_letters_after_a_pause_of_an_item(self):
        paused = item(pause=Pause(ladder.PROMISE, LATER))
        self.assertEqual(
            self._find([paused], Policy(1, LEVELS), ON), (LATER + timedelta(days=1), [2]))
        part = item(pause=Pause(ladder.DISPUTE, LATER, 40.0))
        self.assertEqual(self._find([part], Policy(1, LEVELS), ON), (ON, [2]))

    def test_a_reminder_that_stays_away_is_followed_by_the_first_level(self):
        """The customer is left in peace until after the due date: no reminder, but the level."""
        before = DUE - timedelta(days=5)
        self.assertEqual(
            self._find([item()], Policy(1, LEVELS), before, Customer(paused_until=DUE)),
            (DUE + timedelta(days=7), [2]))
        self.assertEqual(
            self._find([item()], Policy(1, LEVELS), before), (DUE - timedelta(days=3), [1]))

    def test_beside_a_formal_letter_the_friendly_one_waits(self):
        levels = (Level(1, 1, 0), Level(2, 2, 0, ladder.PREVIOUS_LETTER, is_formal=True))
        formal = item(1, position=1, last_letter=ON - timedelta(days=30))
        friendly = item(2, amount=50.0)
        elsewhere = item(3, amount=30.0, partner=8)
        for name, quiet, items, expected, until in (
            ("both are due", 5, [friendly, formal], [
                ('letter', [1], 100.0), (ladder.QUIET, [2], 50.0)], ON + timedelta(days=5)),
            ("no quiet days: the day after", 0, [friendly, formal], [
                ('letter', [1], 100.0), (ladder.QUIET, [2], 50.0)], ON + timedelta(days=1)),
            ("no formal one", 0, [friendly], [('letter', [2], 50.0)], None),
            ("nobody's policy says so itself", 0, [formal, item(4, policy=None)], [
                ('letter', [1], 100.0), (ladder.NO_POLICY, [4], 100.0)], None),
            ("another customer", 0, [formal, elsewhere], [
                ('letter', [1], 100.0), ('letter', [3], 30.0)], None),
        ):
            with self.subTest(name):
                plan = make_plan(items, ON, Policy(1, levels, quiet_days=quiet))
                self.assertCountEqual(self._summary(plan), expected)
                self.assertEqual(
                    [one.until for one in plan.omissions if one.until], [until] if until else [])

    def test_the_day_after_a_pause_and_the_end_of_quiet_days(self):
        policy = Policy(1, (Level(1, 1, 0),), quiet_days=10)
        for customer, expected in (
            (Customer(paused_until=ON), ON + timedelta(days=1)),
            (Customer(last_letter=ON - timedelta(days=9)), ON + timedelta(days=1)),
            (Customer(last_letter=ON - timedelta(days=10)), ON),
            (Customer(last_letter=ON), ON + timedelta(days=10)),
        ):
            with self.subTest(customer=customer):
                self.assertEqual(self._find([item()], policy, ON, customer), (expected, [1]))
