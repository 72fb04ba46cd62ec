import doctest
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import days, ladder_step
from ..logic.ladder import DUE_DATE, PREVIOUS_LETTER, PROMISE, Item, Level, Pause, Policy
from ..logic.ladder_step import (
    forecast_item,
    forecast_step,
    get_granted_date,
    get_jump,
)

DUE = date(2026, 3, 10)
LEVELS = (
    Level(11, 1, -3), Level(12, 2, 7), Level(13, 3, 14, PREVIOUS_LETTER),
    Level(14, 4, 14, PREVIOUS_LETTER, is_formal=True),
    Level(15, 5, 14, PREVIOUS_LETTER),
)


def march(day):
    return date(2026, 2, 28) + timedelta(days=day)


def item(**values):
    return Item(1, 7, 1, values.pop('due', DUE), 100.0, 100.0, **{'policy': 1, **values})


@tagged('post_install', '-at_install')
class TestLadderStep(BaseCase):
    """When one item steps to which level, as tables."""

    def test_doctests(self):
        for module in (ladder_step, days):
            failed, attempted = doctest.testmod(module)
            self.assertTrue(attempted and not failed)

    def test_days_end_with_the_calendar(self):
        for day, number, expected in (
            (DUE, 0, DUE), (date.max, 1, date.max), (date.min, -1, date.min),
        ):
            with self.subTest(day=day, number=number):
                self.assertEqual(days.shift(day, number), expected)

    def test_time_that_was_granted(self):
        reminder, first = LEVELS[:2]
        for name, levels, position, due, last_letter, expected in (
            ("no level reached", LEVELS, 0, DUE, march(1), None),
            ("no letter", LEVELS, 2, DUE, None, None),
            ("due before the letter", LEVELS, 2, DUE, march(11), None),
            ("due on the day of the letter", LEVELS, 2, DUE, DUE, None),
            ("a reminder before the due date", LEVELS, 1, DUE, march(7), None),
            ("later than a reminder: the first level counts anew", LEVELS, 2, DUE, march(9),
             march(17)),
            ("no reminder before the due date in the way", (first,), 2, DUE, march(9), march(17)),
            ("the day after, where the first level waits no day", (Level(1, 1, 0, DUE_DATE),), 1,
             DUE, march(9), march(11)),
            ("only reminders before the due date", (reminder,), 2, DUE, march(9), None),
        ):
            with self.subTest(name):
                self.assertEqual(get_granted_date(levels, position, due, last_letter), expected)

    def test_granted_time_is_waited_for(self):
        """Asked on any day before, the step is due when the granted time is over."""
        for on, expected in ((march(9), march(23)), (march(20), march(23)), (march(25), march(25))):
            with self.subTest(on=on):
                self.assertEqual(
                    forecast_step(LEVELS, 2, DUE, march(9), on),
                    (max(expected, march(23)), LEVELS[2]))

    def test_a_jump(self):
        plain, late = LEVELS[:3], march(60)
        for name, levels, position, jump, expected in (
            ("to its level", plain, 0, 3, 13),
            ("to the first one at or above it", LEVELS[1:2] + LEVELS[4:], 0, 3, 15),
            ("not beyond the last one", plain, 0, 4, None),
            ("not back", plain, 3, 3, None),
            ("not before a formal level: the last below it", LEVELS, 0, 5, 13),
            ("to a level below the formal one", LEVELS, 0, 2, 12),
            ("nothing but formal levels are left: step by step", LEVELS, 3, 5, 14),
            ("above the formal one", LEVELS, 4, 5, 15),
        ):
            with self.subTest(name):
                step = forecast_step(levels, position, DUE, march(17), late, jump)
                self.assertEqual(step and step[1].id, expected)
                if step:
                    self.assertEqual(step[0], late)

    def test_a_jump_is_made_at_once(self):
        """It waits for no delay; a step to a formal level does."""
        last = march(17)
        self.assertEqual(forecast_step(LEVELS, 2, DUE, last, march(18), 3), (march(18), LEVELS[2]))
        self.assertEqual(forecast_step(LEVELS, 3, DUE, last, march(18), 5), (march(31), LEVELS[3]))

    def test_only_a_broken_promise_makes_an_item_jump(self):
        self.assertEqual(get_jump(Policy(1, LEVELS, broken_promise_position=3), item()), 0)
        self.assertEqual(get_jump(
            Policy(1, LEVELS, broken_promise_position=3), item(has_broken_promise=True)), 3)

    def test_after_a_pause_or_a_deadline(self):
        policy = Policy(1, LEVELS[1:])
        for name, one, on, expected in (
            ("nothing in the way", item(), march(9), (march(17), 12)),
            ("paused beyond the step", item(pause=Pause(PROMISE, march(20))), march(9),
             (march(21), 12)),
            ("a part paused alone", item(pause=Pause(PROMISE, march(20), 40.0)), march(9),
             (march(17), 12)),
            ("the pause is over", item(pause=Pause(PROMISE, march(20))), march(21),
             (march(21), 12)),
            ("time granted by the last letter",
             item(position=2, last_letter=march(17), deadline=march(40)), march(20),
             (march(41), 13)),
            ("the time is over", item(position=2, last_letter=march(17), deadline=march(24)),
             march(26), (march(31), 13)),
        ):
            with self.subTest(name):
                day, level = forecast_item(policy, one, on)
                self.assertEqual((day, level.id), expected)

    def test_on_a_day_on_which_a_run_works(self):
        """March 14 and 15 are a weekend here; so is every 14th and 15th day."""
        def get_run_day(day):
            while day.day in (14, 15):
                day += timedelta(days=1)
            return day
        first = (Level(1, 1, 4),)
        before = (Level(1, 1, -1), Level(2, 2, 5))
        for name, levels, due, expected in (
            ("the step itself", first, march(9), (march(13), 1)),
            ("put off to the Monday", first, DUE, (march(16), 1)),
            ("a reminder that is over by then: the next level", before, march(15), (march(20), 2)),
            ("a reminder in time", before, march(17), (march(16), 1)),
        ):
            with self.subTest(name):
                day, level = forecast_item(
                    Policy(1, levels), item(due=due), march(1), get_run_day)
                self.assertEqual((day, level.id), expected)

    def test_no_step_is_put_off_to_no_day(self):
        self.assertIsNone(forecast_item(
            Policy(1, LEVELS), item(position=5, last_letter=march(1)), march(9), lambda day: day))
        self.assertIsNone(forecast_item(Policy(1, (LEVELS[0],)), item(), march(20)))
