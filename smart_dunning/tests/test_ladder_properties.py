from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.ladder import Customer, Item, Level, Policy
from .hypothesis_speed import spare_hypothesis
from .test_ladder import compare, round_amount

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # a user who runs our tests without the developers' tools
    st = None

START = date(2026, 1, 1)

if st:
    days = st.integers(-60, 120).map(lambda n: START + timedelta(days=n))
    delays_from = st.sampled_from(
        [ladder.DUE_DATE, ladder.MONTH_END, ladder.PREVIOUS_LETTER])
    ladders = st.lists(
        st.tuples(st.integers(0, 30), delays_from), min_size=1, max_size=5,
    ).flatmap(lambda rows: st.integers(0, 10).map(lambda before: (
        *([Level(1, 1, -before)] if before else []),
        *(Level(n, n, delay, start) for n, (delay, start) in enumerate(rows, 2)))))
    ledgers = st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 2), days, st.integers(-50, 100)),
        min_size=1, max_size=12)

    @tagged('post_install', '-at_install')
    class TestLadderProperties(BaseCase):
        """What holds for any ladder, any ledger and any sequence of run dates."""

        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            spare_hypothesis()

        @given(ladders, ledgers, st.lists(st.integers(0, 20), min_size=1, max_size=12),
               st.integers(0, 10), st.randoms(use_true_random=False))
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_climbing(self, levels, ledger, pauses, quiet, shuffle):
            policies = {1: Policy(1, levels, min_balance=20.0, tolerance=1.0, quiet_days=quiet)}
            items = {
                n: Item(n, partner, currency, due, float(amount), float(amount), policy=1)
                for n, (partner, currency, due, amount) in enumerate(ledger, 1)}
            seen, last_letters, on = set(), {}, START - timedelta(days=80)
            for pause in pauses:
                on += timedelta(days=pause)
                customers = {key: Customer(value) for key, value in last_letters.items()}
                plan = ladder.plan(
                    items.values(), policies, customers, on, compare, round_amount)
                shuffled = list(items.values())
                shuffle.shuffle(shuffled)
                self.assertEqual(plan, ladder.plan(
                    shuffled, policies, customers, on, compare, round_amount))
                stepped = set()
                for letter in plan.letters:
                    self._check_letter(letter, levels, quiet, last_letters, on)
                    for step in letter.steps:
                        self.assertNotIn(step.item.id, stepped)           # one level per run
                        stepped.add(step.item.id)
                        self.assertNotIn((step.item.id, step.level.position), seen)
                        seen.add((step.item.id, step.level.position))     # never twice
                        self.assertGreater(step.level.position, step.item.position)  # never down
                        items[step.item.id] = step.item._replace(
                            position=step.level.position, last_letter=on)
                for letter in plan.letters:
                    if not letter.is_prenotice:
                        last_letters[letter.partner] = on

        def _check_letter(self, letter, levels, quiet, last_letters, on):
            self.assertGreater(letter.amount - letter.credit, 0)
            self.assertGreaterEqual(letter.worth - letter.credit_worth, 20.0)
            self.assertEqual(
                letter.level.position, max(step.level.position for step in letter.steps))
            for step in letter.steps:
                skipped = [
                    level for level in levels
                    if step.item.position < level.position < step.level.position]
                self.assertTrue(all(level.is_prenotice for level in skipped))  # nothing skipped
                self.assertEqual(step.level.is_prenotice, on < step.item.due
                                 and step.level.is_prenotice)
            if not letter.is_prenotice and letter.partner in last_letters:
                self.assertGreaterEqual((on - last_letters[letter.partner]).days, quiet)
