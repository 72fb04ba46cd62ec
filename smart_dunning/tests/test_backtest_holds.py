from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic.backtest import Frame, PastItem, find_holds
from ..logic.exposure import BLOCK, DELIVERY, LEVEL, ORDER, OVER_LIMIT, OVERDUE, WARN, Rule, Terms
from .test_backtest import END, START, item, on
from .test_backtest_ledger import changed

MONTH = Rule(OVERDUE, {ORDER: BLOCK}, days=30, amount=50.0)
ANY = Rule(OVERDUE, {ORDER: BLOCK})
LIMIT = Rule(OVER_LIMIT, {ORDER: BLOCK})
#: Overdue since the 11th of February, more than a month since the 13th of March.
DUE = on(2, 10)


@tagged('post_install', '-at_install')
class TestBacktestHolds(BaseCase):
    """How often a customer would have been held: cases of amounts, days, credits and levels."""

    def _check(self, rows, *rules, reached=None, effects=None, limit=None, **frame):
        for case, items, expected in rows:
            with self.subTest(case):
                values = {} if limit is None else {'credit_limit': limit}
                self.assertEqual(dict(find_holds(
                    items, reached or {}, Terms(rules), Frame(START, END, **frame),
                    effects or {}, **values)), expected)

    def test_overdue_amounts(self):
        other = item(2, due=on(6, 1), start=on(3, 11), paid=on(5, 1))
        credit = changed(number=3, amount=-60.0, start=on(1, 5), due=on(12, 1))
        self._check([
            ("exactly the amount", [item(amount=50.0)], {}),
            ("a cent more", [item(amount=50.01)], {BLOCK: 1}),
            ("of a foreign currency", [changed(amount=100.0, worth=50.0)], {}),
            ("a little more of it", [changed(amount=100.0, worth=50.01)], {BLOCK: 1}),
            ("a part was paid", [changed((on(2, 1), -49.5))], {BLOCK: 1}),
            ("half of it was", [changed((on(2, 1), -50.0))], {}),
            ("paid on the last day", [item(paid=on(3, 12)), other], {}),
            ("paid on the day after", [item(paid=on(3, 13)), other], {BLOCK: 1}),
            ("a credit counts before it is due", [item(), credit], {}),
            ("a small one too",
             [item(amount=50.4), credit._replace(amount=-0.5, worth=-0.5)], {}),
            ("a credit counts once",
             [item(), credit._replace(amount=-40.0, worth=-40.0, due=on(1, 5))], {BLOCK: 1}),
            ("a credit that was used counts no more",
             [item(), credit._replace(changes=((on(2, 1), 60.0),))], {BLOCK: 1}),
        ], MONTH)
        self._check([
            ("half a unit is overdue", [item(amount=0.5)], {BLOCK: 1}),
            ("half a unit, paid the day after", [item(amount=0.5, paid=on(2, 11))], {BLOCK: 1}),
            ("half a unit, paid in time", [item(amount=0.5, paid=DUE)], {}),
            ("nothing is", [item(paid=on(2, 1))], {}), ("a credit alone", [credit], {}),
        ], ANY)

    def test_holds_begin_again(self):
        """A hold that ends for a day and begins again has begun twice."""
        early = item(paid=on(3, 20))
        self._check([
            ("months later", [early, item(2, due=on(5, 1), start=on(2, 1))], {BLOCK: 2}),
            ("on the second day", [early, item(2, due=on(2, 19), start=on(1, 20))], {BLOCK: 2}),
            ("at once it only goes on", [early, item(2, due=on(2, 18), start=on(1, 20))],
             {BLOCK: 1}),
            ("a payment that came back",
             [changed((on(2, 5), -100.0), (on(2, 20), 100.0))], {BLOCK: 1}),
        ], MONTH)

    def test_warnings_become_blocks(self):
        ten = Rule(OVERDUE, {ORDER: WARN, DELIVERY: WARN}, days=10)
        second = item(2, due=on(3, 10), start=on(2, 1))
        self._check([
            ("first a warning", [item()], {WARN: 1, BLOCK: 1}),
            ("a warning alone", [item(paid=on(3, 1))], {WARN: 1}),
            ("milder is no new one",
             [item(paid=on(4, 1)), second._replace(changes=((on(4, 5), -100.0),))],
             {WARN: 1, BLOCK: 1}),
            ("milder, then a block again", [item(paid=on(4, 1)), second], {WARN: 1, BLOCK: 2}),
        ], ten, MONTH)

    def test_the_frame(self):
        old = PastItem(1, 1, 1, date(2025, 10, 1), date(2025, 11, 1), 100.0, 100.0)
        self._check([
            ("held from the beginning", [old], {BLOCK: 1}),
            ("begins on the last day", [item(due=on(11, 30))], {BLOCK: 1}),
            ("begins after it", [item(due=on(12, 1))], {}),
        ], MONTH)
        self._check([
            ("began before it counts", [item()], {}),
            ("begins when it counts", [item(due=on(5, 1))], {BLOCK: 1}),
            ("again", [item(paid=on(3, 20)), item(2, due=on(5, 1))], {BLOCK: 1}),
        ], MONTH, counted_from=on(4, 1))

    def test_limits(self):
        self._check([
            ("from the day after the invoice", [item(amount=100.01, paid=on(1, 12))], {BLOCK: 1}),
            ("the limit itself", [item()], {}), ("a cent more", [item(amount=100.01)], {BLOCK: 1}),
            ("of a foreign currency", [changed(amount=200.0, worth=100.0)], {}),
            ("a credit makes room",
             [item(amount=150.0), changed(number=2, amount=-50.0, start=on(1, 1))], {}),
            ("what was paid makes room", [changed((on(1, 11), -0.01), amount=100.01)], {}),
        ], LIMIT, limit=100.0)
        self._check([("no limit, no hold", [item(amount=1e6)], {})], LIMIT)

    def test_levels(self):
        warned = {1: [(on(2, 17), 2, 12), (on(3, 3), 3, 13)], 2: [(on(5, 3), 3, 13)]}
        third = Rule(LEVEL, {ORDER: WARN, DELIVERY: WARN}, level_position=3)
        fourth = third._replace(level_position=4)
        one, two = item(paid=on(3, 10)), item(2, due=on(4, 1), paid=on(6, 1))
        self._check([("level and position differ", [item()], {})], fourth, reached=warned)
        self._check([
            ("with the level", [one], {WARN: 1}),
            ("it ends with the payment, another begins", [one, two], {WARN: 2}),
        ], third, reached=warned)
        self._check(
            [("no letter, no level", [item()], {})], third._replace(level_position=1))
        self._check([
            ("the level brings it along, step by step", [item()], {WARN: 1, BLOCK: 1}),
            ("paid before the severe one", [item(paid=on(2, 20))], {WARN: 1}),
        ], reached={1: warned[1]}, effects={12: WARN, 13: BLOCK})

    def test_a_note_before_the_due_date_holds_when_it_is_over(self):
        noted = {1: [(on(2, 7), 1, 11)]}
        other = item(2, due=on(6, 1), start=on(2, 9), paid=on(5, 1))
        self._check([
            ("from the day after it", [item(paid=on(2, 11))], {WARN: 1}),
            ("not on it", [item(paid=DUE), other], {}),
            ("not before", [item(paid=on(2, 9)), other], {}),
        ], reached=noted, effects={11: WARN})
