import doctest
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import backtest, ladder
from ..logic.backtest import Frame, PastItem, find_holds, replay
from ..logic.exposure import BLOCK, DELIVERY, LEVEL, ORDER, OVERDUE, WARN, Rule, Terms

START, END = date(2026, 1, 1), date(2026, 12, 31)
LEVELS = (
    ladder.Level(11, 1, -3), ladder.Level(12, 2, 7),
    ladder.Level(13, 3, 14, ladder.PREVIOUS_LETTER),
    ladder.Level(14, 4, 14, ladder.PREVIOUS_LETTER, is_formal=True))


def on(month, day):
    return date(2026, month, day)


def item(number=1, due=date(2026, 2, 10), amount=100.0, paid=None, start=None, partner=1):
    changes = ((paid, -amount),) if paid else ()
    return PastItem(number, partner, 1, start or due - timedelta(30), due, amount, amount, changes)


@tagged('post_install', '-at_install')
class TestBacktest(BaseCase):
    """A policy replayed over invoices and payments, against what one would count by hand."""

    def _replay(self, *items, policy=None, **frame):
        return replay(list(items), policy or ladder.Policy(1, LEVELS), Frame(
            frame.pop('start', START), END, **frame))

    def _get_letters(self, story):
        return [(one.day, one.level) for one in story.letters]

    def test_doctests(self):
        failed, attempted = doctest.testmod(backtest)
        self.assertTrue(attempted and not failed)

    def test_an_item_climbs_until_it_is_paid(self):
        for paid, expected in (
            (on(2, 6), []),                                     # before the note
            (on(2, 7), [(on(2, 7), 11)]),                       # the night does not know it yet
            (on(2, 16), [(on(2, 7), 11)]),
            (on(2, 17), [(on(2, 7), 11), (on(2, 17), 12)]),
            (on(3, 3), [(on(2, 7), 11), (on(2, 17), 12), (on(3, 3), 13)]),
            (None, [(on(2, 7), 11), (on(2, 17), 12), (on(3, 3), 13), (on(3, 17), 14)]),
        ):
            with self.subTest(paid=paid):
                self.assertEqual(self._get_letters(self._replay(item(paid=paid))), expected)

    def test_whoever_paid_before_a_level_is_counted_there(self):
        for paid, expected in (
            (on(2, 6), {11: 1}), (on(2, 9), {12: 1}), (on(2, 16), {12: 1}), (on(2, 20), {13: 1}),
            (on(3, 10), {14: 1}), (on(3, 30), {}), (None, {}),
        ):
            with self.subTest(paid=paid):
                self.assertEqual(dict(self._replay(item(paid=paid)).paid_before), expected)

    def test_thresholds_quiet_days_and_credits_hold(self):
        policy = ladder.Policy(1, LEVELS[1:], min_balance=150.0, quiet_days=10)
        first, second = item(), item(2, due=on(3, 1))
        # Too small alone; with the second both go on one letter.
        self.assertEqual(self._get_letters(self._replay(first, policy=policy)), [])
        self.assertEqual(self._get_letters(
            self._replay(first, second, policy=policy))[0], (on(3, 8), 12))
        credit = PastItem(3, 1, 1, on(3, 5), on(3, 5), -100.0, -100.0)
        self.assertEqual(self._get_letters(
            self._replay(first, second, credit, policy=policy)), [])

    def test_what_happens_before_sets_the_stage(self):
        story = self._replay(item(), counted_from=on(3, 1))
        self.assertEqual(self._get_letters(story), [(on(3, 3), 13), (on(3, 17), 14)])
        self.assertEqual(story.first, {1: on(2, 7)})

    def test_runs_work_on_working_days(self):
        def get_run_day(day):
            return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        story = self._replay(item(due=on(2, 14)), get_run_day=get_run_day)
        self.assertTrue(all(one.day.weekday() < 5 for one in story.letters))

    def test_the_deadline_of_a_letter_is_waited_for(self):
        story = self._replay(item(), periods={12: 30})
        self.assertEqual(self._get_letters(story)[1:3], [(on(2, 17), 12), (on(3, 20), 13)])

    # Holds --------------------------------------------------------------------------------------

    def _find_holds(self, items, *rules, reached=None, effects=None, limit=0.0):
        return dict(find_holds(
            items, reached or {}, Terms(rules), Frame(START, END), effects or {}, limit))

    def test_holds_begin_and_end_with_payments(self):
        rule = Rule(OVERDUE, {ORDER: BLOCK, DELIVERY: WARN}, days=30, amount=50)
        for items, expected in (
            ([item()], {BLOCK: 1}),
            ([item(amount=40.0)], {}),
            ([item(paid=on(3, 12))], {}),                       # on the day it would begin
            ([item(paid=on(3, 20))], {BLOCK: 1}),
            ([item(paid=on(3, 20)), item(2, due=on(5, 1), paid=on(8, 1))], {BLOCK: 2}),
            ([item(paid=on(3, 20)), item(2, due=on(2, 15), paid=on(8, 1))], {BLOCK: 1}),
        ):
            with self.subTest(items=items):
                self.assertEqual(self._find_holds(items, rule), expected)

    def test_levels_and_limits_hold(self):
        reached = {1: [(on(2, 17), 2, 12), (on(3, 3), 3, 13)]}
        rule = Rule(LEVEL, {ORDER: WARN, DELIVERY: WARN}, level_position=3)
        self.assertEqual(self._find_holds([item()], rule, reached=reached), {WARN: 1})
        self.assertEqual(self._find_holds(
            [item()], reached=reached, effects={13: BLOCK}), {BLOCK: 1})
        limit = Rule('over_limit', {ORDER: BLOCK})
        self.assertEqual(self._find_holds([item()], limit, limit=99.0), {BLOCK: 1})
        self.assertEqual(self._find_holds([item()], limit, limit=100.0), {})
