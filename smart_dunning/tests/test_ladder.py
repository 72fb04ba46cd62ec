import ast
import doctest
import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.ladder import Customer, Item, Level, Policy

DUE = date(2026, 3, 10)
LEVELS = (
    Level(11, 1, -3), Level(12, 2, 7), Level(13, 3, 14, ladder.PREVIOUS_LETTER),
    Level(14, 4, 14, ladder.PREVIOUS_LETTER),
)


def compare(left, right):
    difference = round(left - right, 2)
    return (difference > 0) - (difference < 0)


def round_amount(_currency, amount):
    return round(amount, 2)


def item(number=1, due=DUE, amount=100.0, **values):
    return Item(number, values.pop('partner', 7), values.pop('currency', 1), due, amount,
                values.pop('worth', amount), **{'policy': 1, **values})


def make_plan(items, on, policy=None, customers=None, policies=None):
    policies = policies or {1: policy or Policy(1, LEVELS)}
    return ladder.plan(items, policies, customers or {}, on, compare, round_amount)


@tagged('post_install', '-at_install')
class TestLadder(BaseCase):
    """Every rule of the ladder, as a table."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(ladder)
        self.assertTrue(attempted)
        self.assertFalse(failed)

    def test_logic_knows_no_odoo(self):
        """Decisions depend on the standard library alone, and read no clock."""
        for path in Path(ladder.__file__).parent.glob('*.py'):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else (
                    [node.module or ''] if isinstance(node, ast.ImportFrom) else [])
                self.assertFalse([name for name in names if name.startswith('odoo')], path)
                # A clock is a function that is called; a field may well be called `today`.
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    self.assertNotIn(node.func.attr, ('now', 'today', 'utcnow', 'time'), path)

    def test_next_level(self):
        month_end = (Level(1, 1, 5, ladder.MONTH_END),)
        first_from_letter = (Level(1, 1, 10, ladder.PREVIOUS_LETTER),)
        last = date(2026, 3, 20)
        rows = [
            # levels, reached, last letter, run date, expected position
            ("too early for the reminder", LEVELS, 0, None, date(2026, 3, 6), None),
            ("reminder from its first day", LEVELS, 0, None, date(2026, 3, 7), 1),
            ("reminder until the day before", LEVELS, 0, None, date(2026, 3, 9), 1),
            ("on the due date it is over", LEVELS, 0, None, DUE, None),
            ("the day before the first level", LEVELS, 0, None, date(2026, 3, 16), None),
            ("the first level on its day", LEVELS, 0, None, date(2026, 3, 17), 2),
            ("the first level after a reminder", LEVELS, 1, date(2026, 3, 7), date(2026, 3, 17), 2),
            ("counted from the due date, not from the reminder", LEVELS, 1, date(2026, 3, 7),
             date(2026, 3, 16), None),
            ("200 days late starts at the first", LEVELS, 0, None, date(2026, 9, 26), 2),
            ("13 days after the letter", LEVELS, 2, last, date(2026, 4, 2), None),
            ("14 days after the letter", LEVELS, 2, last, date(2026, 4, 3), 3),
            ("one level at most, however late", LEVELS, 2, last, date(2027, 4, 3), 3),
            ("the last level", LEVELS, 3, last, date(2026, 4, 3), 4),
            ("nothing above the last", LEVELS, 4, last, date(2027, 4, 3), None),
            ("before month end plus 5", month_end, 0, None, date(2026, 4, 4), None),
            ("month end plus 5", month_end, 0, None, date(2026, 4, 5), 1),
            ("from letter without letter: due date", first_from_letter, 0, None,
             date(2026, 3, 20), 1),
            ("from letter without letter: too early", first_from_letter, 0, None,
             date(2026, 3, 19), None),
            ("level removed meanwhile", (Level(13, 3, 1),), 2, last, date(2026, 4, 3), 3),
            ("no levels at all", (), 0, None, DUE, None),
        ]
        for name, levels, position, letter, on, expected in rows:
            with self.subTest(name):
                level = ladder.find_step(levels, position, DUE, letter, on)
                self.assertEqual(level and level.position, expected)

    def test_zero_delay_is_due_on_the_due_date(self):
        levels = (Level(1, 1, 0),)
        self.assertIsNone(ladder.find_step(levels, 0, DUE, None, DUE - timedelta(days=1)))
        self.assertEqual(ladder.find_step(levels, 0, DUE, None, DUE), levels[0])

    def test_february_ends_early(self):
        level = Level(1, 1, 1, ladder.MONTH_END)
        for due, expected in (
            (date(2026, 2, 1), date(2026, 3, 1)), (date(2028, 2, 29), date(2028, 3, 1)),
            (date(2026, 12, 31), date(2027, 1, 1)),
        ):
            with self.subTest(due=due):
                self.assertEqual(ladder.get_step_date(level, due, None), expected)

    def test_letters(self):
        on = date(2026, 4, 20)
        sent = on - timedelta(days=20)
        two = [item(1), item(2, position=2, last_letter=sent)]
        other_policy = {1: Policy(1, LEVELS), 2: Policy(2, LEVELS)}
        upcoming = item(3, due=on + timedelta(days=2))
        rows = [
            # name, items, policies, expected [(items, letter position, credit)]
            ("one letter at the highest level", two, None, [([1, 2], 3, 0.0)]),
            ("currencies apart", [item(1), item(2, currency=2)], None,
             [([1], 2, 0.0), ([2], 2, 0.0)]),
            ("customers apart", [item(1), item(2, partner=8)], None,
             [([1], 2, 0.0), ([2], 2, 0.0)]),
            ("policies apart", [item(1), item(2, policy=2)], other_policy,
             [([1], 2, 0.0), ([2], 2, 0.0)]),
            ("reminder before the due date apart", [item(1), upcoming], None,
             [([1], 2, 0.0), ([3], 1, 0.0)]),
            ("credit reduces the total", [item(1), item(9, amount=-30.0)], None,
             [([1], 2, 30.0)]),
            ("a credit is used once, a note nets nothing",
             [item(1), upcoming, item(9, amount=-130.0)], None, [([3], 1, 0.0)]),
            ("a credit in another currency does not count",
             [item(1), item(9, amount=-30.0, currency=2)], None, [([1], 2, 0.0)]),
            ("a credit of another customer does not count",
             [item(1), item(9, amount=-30.0, partner=8)], None, [([1], 2, 0.0)]),
        ]
        for name, items, policies, expected in rows:
            with self.subTest(name):
                plan = make_plan(items, on, policies=policies)
                self.assertCountEqual(
                    [([step.item.id for step in letter.steps], letter.level.position,
                      letter.credit) for letter in plan.letters], expected)

    def test_every_item_keeps_its_own_level(self):
        on = date(2026, 4, 20)
        [letter] = make_plan(
            [item(1), item(2, position=2, last_letter=on - timedelta(days=20))], on).letters
        self.assertEqual(
            {step.item.id: step.level.position for step in letter.steps}, {1: 2, 2: 3})

    def test_left_out(self):
        on = date(2026, 4, 20)
        policy = Policy(1, LEVELS, min_balance=50.0, tolerance=5.0, quiet_days=7)
        minimum = Policy(1, tuple(level._replace(min_amount=80.0) for level in LEVELS))
        recent = Customer(last_letter=on - timedelta(days=6))
        reminder = item(1, due=on + timedelta(days=1))
        rows = [    # name, items, policy, customer, expected reasons, number of letters
            ("rest within the tolerance", [item(amount=5.0)], policy, None, [], 0),
            ("rest above the tolerance, below the minimum", [item(amount=5.01)], policy, None,
             [ladder.BELOW_MINIMUM], 0),
            ("the minimum itself is enough", [item(amount=50.0)], policy, None, [], 1),
            ("small items reach the minimum together", [item(1, amount=25.0), item(2, amount=25.0)],
             policy, None, [], 1),
            ("credit pulls it below the minimum", [item(1), item(2, amount=-60.0)], policy, None,
             [ladder.BELOW_MINIMUM], 0),
            ("credit covers it", [item(1), item(2, amount=-100.0)], policy, None,
             [ladder.COVERED], 0),
            ("credit is not netted", [item(1), item(2, amount=-100.0)],
             replace(policy, net_credits=False), None, [], 1),
            ("minimum of the level", [item(amount=79.99)], minimum, None,
             [ladder.BELOW_MINIMUM], 0),
            ("quiet days", [item()], policy, recent, [ladder.QUIET], 0),
            ("quiet days are over", [item()], policy,
             Customer(last_letter=on - timedelta(days=7)), [], 1),
            ("a reminder before the due date does not wait", [reminder], policy, recent, [], 1),
            ("paused until today", [item()], policy, Customer(paused_until=on),
             [ladder.PAUSED], 0),
            ("pause ended yesterday", [item()], policy,
             Customer(paused_until=on - timedelta(days=1)), [], 1),
            ("another letter waits", [item()], policy, Customer(has_pending=True),
             [ladder.PENDING], 0),
            ("no policy", [item(policy=None)], policy, None, [ladder.NO_POLICY], 0),
            ("no policy, not due yet", [item(due=on, policy=None)], policy, None, [], 0),
            ("nothing due: no reason either", [item(due=on)], policy, recent, [], 0),
        ]
        for name, items, used, customer, reasons, count in rows:
            with self.subTest(name):
                plan = make_plan(items, on, used, {7: customer} if customer else None)
                self.assertEqual([omission.reason for omission in plan.omissions], reasons)
                self.assertEqual(len(plan.letters), count)

    def test_tolerance_and_minimum_are_never_converted(self):
        """20 JPY are 0.12 EUR: below a tolerance of 5 EUR, whatever the number says."""
        policy = Policy(1, LEVELS, tolerance=5.0)
        on = date(2026, 4, 20)
        self.assertFalse(make_plan([item(amount=20.0, worth=0.12)], on, policy).letters)
        self.assertTrue(make_plan([item(amount=3.0, worth=9.0)], on, policy).letters)

    def test_cap_leaves_the_least_overdue(self):
        on = date(2026, 4, 20)
        items = [item(n, due=DUE - timedelta(days=n), partner=n) for n in range(1, 6)]
        plan = make_plan(items, on, Policy(1, LEVELS, cap=2))
        self.assertEqual([letter.partner for letter in plan.letters], [5, 4])
        self.assertEqual(
            {omission.reason for omission in plan.omissions}, {ladder.OVER_CAP})
        self.assertEqual(len(plan.omissions), 3)

    def test_next_letters(self):
        policy = {1: Policy(1, LEVELS, quiet_days=7, min_balance=50.0)}

        def find(items, customer, on):
            found = ladder.find_next_letters(items, policy, customer, on, compare, round_amount)
            return found and (found[0], found[1][0].level.position)
        rows = [
            ("waits for the reminder", [item()], Customer(), DUE - timedelta(days=9),
             (date(2026, 3, 7), 1)),
            ("waits for the first level", [item()], Customer(), DUE, (date(2026, 3, 17), 2)),
            ("overdue: today", [item()], Customer(), date(2026, 5, 1), (date(2026, 5, 1), 2)),
            ("a waiting letter is that step", [item()], Customer(has_pending=True),
             date(2026, 5, 1), (date(2026, 5, 1), 2)),
            ("after the quiet days", [item()], Customer(last_letter=date(2026, 4, 30)),
             date(2026, 5, 1), (date(2026, 5, 7), 2)),
            ("after the pause", [item()], Customer(paused_until=date(2026, 5, 9)),
             date(2026, 5, 1), (date(2026, 5, 10), 2)),
            ("end of the ladder", [item(position=4)], Customer(), date(2026, 5, 1), None),
            ("covered by a credit", [item(), item(2, amount=-100.0)], Customer(),
             date(2026, 5, 1), None),
            ("too small until the second item joins", [item(amount=30.0), item(
                2, due=DUE + timedelta(days=30), amount=30.0)], Customer(), DUE,
             (date(2026, 4, 16), 2)),
        ]
        for name, items, customer, on, expected in rows:
            with self.subTest(name):
                self.assertEqual(find(items, customer, on), expected)

    def test_order_of_items_is_irrelevant(self):
        on = date(2026, 4, 20)
        items = [
            item(n, due=DUE + timedelta(days=n % 60 - 30), partner=n % 5, currency=n % 2,
                 amount=-20.0 if n % 7 == 0 else 10.0 + n, position=n % 4,
                 last_letter=DUE + timedelta(days=n % 20) if n % 4 else None)
            for n in range(1, 80)]
        expected = make_plan(items, on, Policy(1, LEVELS, min_balance=30.0, cap=4))
        for seed in range(20):
            shuffled = items[:]
            random.Random(seed).shuffle(shuffled)
            self.assertEqual(
                make_plan(shuffled, on, Policy(1, LEVELS, min_balance=30.0, cap=4)), expected)
