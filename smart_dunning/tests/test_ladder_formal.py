from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.ladder import Customer, Level, Policy
from .test_ladder import item, make_plan

ON = date(2026, 5, 4)
LATE = date(2026, 3, 10)
FORMAL = Policy(1, (Level(11, 1, 7, is_formal=True),))
#: Friendlier although its level is a higher one; waits three days after a letter.
FRIENDLY = Policy(2, (Level(20, 1, 300), Level(21, 2, 7)), quiet_days=3)
NOTE = Policy(3, (Level(31, 1, -10),), quiet_days=3)
POLICIES = {1: FORMAL, 2: FRIENDLY, 3: NOTE}


@tagged('post_install', '-at_install')
class TestLadderFormal(BaseCase):
    """What goes beside a last notice on the same day, and notes that are not for everybody."""

    def _plan(self, items, policies=None, **customer):
        plan = make_plan(
            items, ON, policies=policies or POLICIES, customers={7: Customer(**customer)})
        return (sorted(letter.level.id for letter in plan.letters),
                [(one.reason, one.letter.level.id, one.until) for one in plan.omissions])

    def test_beside_a_formal_letter_no_friendlier_one(self):
        formal, friendly = item(1, LATE), item(2, LATE, policy=2, position=1)
        note = item(3, ON + timedelta(days=5), policy=3)
        second = {**POLICIES, 2: Policy(2, (Level(22, 1, 7, is_formal=True),))}
        at_once = {**POLICIES, 2: Policy(2, FRIENDLY.levels)}
        strict = {**POLICIES, 1: Policy(1, FORMAL.levels, min_balance=500.0)}
        for case, items, policies, letters, omissions in (
            ("a friendlier one waits", [formal, friendly], POLICIES,
             [11], [(ladder.QUIET, 21, ON + timedelta(days=3))]),
            ("a day at least", [formal, friendly], at_once,
             [11], [(ladder.QUIET, 21, ON + timedelta(days=1))]),
            ("a second formal one goes", [formal, item(2, LATE, policy=2)], second, [11, 22], []),
            ("a note before the due date goes", [formal, note], POLICIES, [11, 31], []),
            ("alone it goes", [friendly], POLICIES, [21], []),
            ("the formal one is too small, so the other goes", [formal, friendly], strict,
             [21], [(ladder.BELOW_MINIMUM, 11, None)]),
            ("of another customer it goes",
             [formal, item(2, LATE, policy=2, position=1, partner=8)], POLICIES, [11, 21], []),
        ):
            with self.subTest(case):
                self.assertEqual(self._plan(items, policies), (letters, omissions))

    def test_notes_are_not_for_every_customer(self):
        note, reminder = item(3, ON + timedelta(days=5), policy=3), item(1, LATE)
        for case, items, unwanted, letters, omissions in (
            ("for everybody", [note], (), [31], []),
            ("not for such a customer", [note], (31,), [], [(ladder.OTHER_CLASS, 31, None)]),
            ("another note is not", [note], (32,), [31], []),
            ("a reminder is for everybody", [reminder], (11, 31), [11], []),
        ):
            with self.subTest(case):
                self.assertEqual(
                    self._plan(items, unwanted=frozenset(unwanted)), (letters, omissions))
