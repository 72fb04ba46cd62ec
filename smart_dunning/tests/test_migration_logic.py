import doctest
from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic import migration
from ..logic.migration import Reached, Step

EARLY, LATE = date(2026, 1, 1), date(2026, 2, 1)


@tagged('post_install', '-at_install')
class TestMigrationLogic(BaseCase):
    """Which step of ours a level of another addon stands for, and what it has reached."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(migration).failed)

    def test_levels_by_their_place(self):
        for case, levels, places in (
            ("by their order, whatever they come in",
             [('b', 1, 30), ('a', 1, 10)], {'a': 1, 'b': 2}),
            ("each policy begins anew", [('a', 1, 10), ('b', 2, 5), ('c', 2, 9)],
             {'a': 1, 'b': 1, 'c': 2}),
            ("policies in any order", [('b', 2, 5), ('a', 1, 10), ('c', 2, 1), ('d', 1, 20)],
             {'a': 1, 'd': 2, 'c': 1, 'b': 2}),
            ("none", [], {}),
        ):
            with self.subTest(case):
                self.assertEqual(migration.number(levels), places)

    def test_the_step_at_a_place(self):
        steps = [Step('last', 4), Step('note', 1, True), Step('first', 2), Step('second', 3)]
        for case, ours, place, key in (
            ("the first after the due date", steps, 1, 'first'), ("the second", steps, 2, 'second'),
            ("the last", steps, 3, 'last'), ("behind them all", steps, 9, 'last'),
            ("none was reached", steps, 0, None), ("a note alone", steps[1:2], 1, None),
            ("no steps", [], 1, None),
        ):
            with self.subTest(case):
                found = migration.pick_step(ours, place)
                self.assertEqual(found and found.key, key)
        self.assertFalse(Step('first', 2).is_prenotice)

    def test_the_highest_letter_about_an_item(self):
        low, high = Reached(7, 'a', 1, LATE), Reached(7, 'b', 2, EARLY)
        again, other = Reached(7, 'b', 2, LATE), Reached(8, 'a', 1, EARLY)
        for case, letters, found in (
            ("the higher one, though older", [high, low], {7: high}),
            ("whatever comes first", [low, high], {7: high}),
            ("of two the latest", [again, high], {7: again}),
            ("whichever comes first", [high, again], {7: again}),
            ("each item for itself", [low, other], {7: low, 8: other}), ("none", [], {}),
        ):
            with self.subTest(case):
                self.assertEqual(migration.find_reached(letters), found)
