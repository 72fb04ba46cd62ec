import random
from datetime import timedelta

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.backtest import Frame, replay
from .test_backtest import END, LEVELS, START, item


@tagged('post_install', '-at_install')
class TestBacktestProperties(BaseCase):
    """What holds for any ledger."""

    def test_any_ledger_equals_a_night_by_night_replay(self):
        for seed in range(12):
            dice = random.Random(seed)
            items = []
            for number in range(1, 9):
                due = START + timedelta(dice.randrange(10, 250))
                amount = float(dice.randrange(20, 300))
                paid = due + timedelta(dice.randrange(-10, 80)) if dice.random() < .8 else None
                items.append(item(number, due, amount, paid))
            policy = ladder.Policy(
                1, LEVELS, min_balance=dice.choice((0.0, 120.0)), quiet_days=dice.choice((0, 9)))
            with self.subTest(seed=seed):
                letters = replay(items, policy, Frame(START, END)).letters
                self.assertEqual(
                    [(one.day, one.level) for one in letters],
                    self._replay_slowly(items, policy))

    def _replay_slowly(self, items, policy):
        """Plan each night anew, as the nightly run does."""
        reached, last, found, night = {}, None, [], START
        while night <= END:
            opened = [
                ladder.Item(
                    one.id, 1, 1, one.due, one.get_open(night), one.get_open(night),
                    *reached.get(one.id, (0, None)), policy=1)
                for one in items if one.get_open(night)]
            plan = ladder.plan(
                opened, {1: policy}, {1: ladder.Customer(last)}, night,
                lambda a, b: (a > b) - (a < b), lambda _currency, amount: round(amount, 2))
            for letter in plan.letters:
                found.append((night, letter.level.id))
                last = last if letter.is_prenotice else night
                for step in letter.steps:
                    reached[step.item.id] = step.level.position, night
            night += timedelta(1)
        return found
