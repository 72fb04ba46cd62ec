from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic.ladder import (
    DISPUTE,
    DUE_DATE,
    MONTH_END,
    PREVIOUS_LETTER,
    PROMISE,
    Customer,
    Item,
    Letter,
    Level,
    Omission,
    Pause,
    Policy,
    Step,
)

DAY = date(2026, 3, 10)
AFTER = DAY + timedelta(days=1)


def item(**values):
    return Item(1, 7, 1, **{'due': DAY, 'amount': 100.0, 'worth': 50.0, **values})


@tagged('post_install', '-at_install')
class TestLadderFacts(BaseCase):
    """What the records of the ladder say by themselves."""

    def test_what_is_not_said_is_nothing(self):
        for least, full in (
            (Level(1, 2, 3), Level(1, 2, 3, DUE_DATE, 0.0)),
            (Policy(1, ()), Policy(1, (), 0.0, 0.0, 0, True, 0, 0)),
            (Pause(PROMISE, DAY), Pause(PROMISE, DAY, None)),
            (Customer(), Customer(None, None, False)),
            (Item(1, 2, 3, DAY, 4.0, 5.0),
             Item(1, 2, 3, DAY, 4.0, 5.0, 0, None, None, None, False)),
            (Letter(1, 2, 3, Level(1, 2, 3), ()), Letter(1, 2, 3, Level(1, 2, 3), (), 0.0, 0.0)),
            (Omission(DISPUTE, None), Omission(DISPUTE, None, None)),
        ):
            with self.subTest(least=least):
                self.assertEqual(least, full)

    def test_a_reminder_before_the_due_date(self):
        for delay, counted_from, expected in (
            (-1, DUE_DATE, True), (-7, DUE_DATE, True), (0, DUE_DATE, False), (7, DUE_DATE, False),
            (-1, MONTH_END, False), (-1, PREVIOUS_LETTER, False),
        ):
            with self.subTest(delay=delay, counted_from=counted_from):
                self.assertEqual(Level(1, 1, delay, counted_from).is_prenotice, expected)

    def test_the_last_day_of_a_pause_belongs_to_it(self):
        for pause, on, expected in (
            (None, DAY, False), (Pause(PROMISE, DAY), DAY, True),
            (Pause(PROMISE, DAY), AFTER, False),
            (Pause(DISPUTE, DAY, 40.0), DAY, False),        # the rest goes on
        ):
            with self.subTest(pause=pause, on=on):
                self.assertEqual(item(pause=pause).is_paused(on), expected)

    def test_what_is_asked_while_a_part_is_paused(self):
        part = Pause(DISPUTE, DAY, 40.0)
        for name, pause, on, asked, withheld in (
            ("no pause", None, DAY, (100.0, 50.0), None),
            ("a pause of all of it", Pause(PROMISE, DAY), DAY, (100.0, 50.0), None),
            ("a pause of nothing", Pause(DISPUTE, DAY, 0.0), DAY, (100.0, 50.0), None),
            ("on its last day", part, DAY, (60.0, 30.0), (40.0, 20.0)),
            ("on the day after", part, AFTER, (100.0, 50.0), None),
            ("more than there is", Pause(DISPUTE, DAY, 140.0), DAY, (0.0, 0.0), (100.0, 50.0)),
        ):
            with self.subTest(name):
                rest, waiting = item(pause=pause).split(on)
                self.assertEqual((rest.amount, rest.worth), asked)
                self.assertEqual(waiting and (waiting.amount, waiting.worth), withheld)

    def test_sums_and_days_of_a_letter(self):
        level, weeks = Level(1, 1, 7), [DAY + timedelta(days=7 * n) for n in (1, 0, 2)]
        letter = Letter(7, 1, 1, level, tuple(
            Step(item(due=due, amount=10.0 * n, worth=n * 1.0), level)
            for n, due in enumerate(weeks, 1)))
        self.assertEqual((letter.amount, letter.worth), (60.0, 6.0))
        self.assertEqual((letter.oldest_due, letter.latest_due), (weeks[1], weeks[2]))
        self.assertFalse(letter.is_prenotice)
