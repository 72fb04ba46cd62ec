from dataclasses import replace
from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic import ladder
from ..logic.backtest import Frame, PastItem, PastLetter, Story, replay
from .test_backtest import END, LEVELS, START, item, on

POLICY = ladder.Policy(1, LEVELS)


def changed(*changes, amount=100.0, number=1, **values):
    """An item with (day, change) of what is open of it."""
    return PastItem(**{
        'id': number, 'partner': 1, 'currency': 1, 'start': on(1, 11), 'due': on(2, 10),
        'amount': amount, 'worth': amount, 'changes': changes, **values})


@tagged('post_install', '-at_install')
class TestBacktestLedger(BaseCase):
    """What was open of an item on a morning of the past, and when it was paid."""

    def test_what_is_open_on_a_morning(self):
        paid = changed((on(2, 6), -40.0), (on(2, 9), -60.0), worth=50.0)
        for case, one, day, left in (
            ("before it was booked", paid, on(1, 10), 0.0),
            ("on the morning of that day", paid, on(1, 11), 0.0),
            ("the day after", paid, on(1, 12), 100.0),
            ("on the day of a payment", paid, on(2, 6), 100.0),
            ("the day after it", paid, on(2, 7), 60.0),
            ("all was paid", paid, on(2, 10), 0.0),
            ("less than half a cent is left", changed((on(2, 6), -99.996)), on(2, 7), 0.0),
            ("half a cent is", changed(amount=0.005), on(2, 7), 0.005),
            ("cents that do not add up in floats",
             changed((on(2, 6), -0.1), (on(2, 6), -0.2), amount=0.3), on(2, 7), 0.0),
            ("half a unit is left", changed((on(2, 6), -99.5)), on(2, 7), 0.5),
            ("a credit", changed(amount=-0.5), on(2, 7), -0.5),
            ("it came back", changed((on(2, 6), -100.0), (on(2, 20), 100.0)), on(2, 21), 100.0),
        ):
            with self.subTest(case):
                self.assertEqual(one.get_open(day), left)

    def test_since_when_nothing_is_left(self):
        for case, one, end in (
            ("never", changed(), None), ("at once", changed((on(2, 6), -100.0)), on(2, 6)),
            ("in two parts", changed((on(2, 6), -40.0), (on(2, 9), -60.0)), on(2, 9)),
            ("a part is open", changed((on(2, 6), -99.5)), None),
            ("half a cent is open", changed((on(2, 6), -0.005), amount=0.01), None),
            ("less than that is not", changed((on(2, 6), -99.996)), on(2, 6)),
            ("a foreign currency", changed((on(2, 6), -100.0), worth=50.0), on(2, 6)),
            ("it came back", changed((on(2, 6), -100.0), (on(2, 20), 100.0)), None),
            ("it came back and was paid again",
             changed((on(2, 6), -100.0), (on(2, 20), 100.0), (on(3, 1), -100.0)), on(3, 1)),
            ("the rest of less than a cent follows",
             changed((on(2, 6), -99.996), (on(2, 9), -0.004)), on(2, 6)),
            ("a credit that is used", changed((on(2, 6), 100.0), amount=-100.0), on(2, 6)),
        ):
            with self.subTest(case):
                self.assertEqual(one.get_end(), end)

    def test_frames(self):
        frame = Frame(START, END)
        self.assertEqual([frame.counts(day) for day in (
            date(2025, 12, 31), START, END, date(2027, 1, 1))], [False, True, True, False])
        later = replace(frame, counted_from=on(3, 1))
        self.assertEqual(
            [later.counts(day) for day in (on(2, 28), on(3, 1), END)], [False, True, True])
        # Unless told otherwise amounts are rounded to cents.
        self.assertEqual(
            [frame.round_amount(1, amount) for amount in (10.004, 10.016)], [10.0, 10.02])
        self.assertEqual(Story(), Story([], {}, {}, {}))


@tagged('post_install', '-at_install')
class TestBacktestLetters(BaseCase):
    """Which letters would have gone out when, at the edges of the frame and of the ledger."""

    def _replay(self, *items, policy=POLICY, **frame):
        return replay(list(items), policy, Frame(START, END, **frame))

    def _get_days(self, story):
        return [(one.day, one.level) for one in story.letters]

    def test_the_last_day_of_the_frame(self):
        late = item(due=on(12, 24), start=on(12, 1))        # the first letter after seven days
        other = item(2, due=on(12, 31), start=on(12, 30))   # something is booked the day before
        for case, due, letters in (
            ("on it", on(12, 24), [(on(12, 21), 11), (on(12, 31), 12)]),
            ("a day after", on(12, 25), [(on(12, 22), 11)]),
        ):
            with self.subTest(case):
                found = self._get_days(self._replay(late._replace(due=due), other))
                self.assertEqual([one for one in found if one[1] in (11, 12)], letters)

    def test_a_night_sends_one_letter_at_most(self):
        """A level that follows at once follows the night after."""
        policy = replace(POLICY, levels=(
            ladder.Level(12, 1, 7), ladder.Level(13, 2, 0, ladder.PREVIOUS_LETTER)))
        self.assertEqual(
            self._get_days(self._replay(item(), policy=policy)),
            [(on(2, 17), 12), (on(2, 18), 13)])

    def test_a_year_of_invoices_is_replayed_in_the_order_of_its_days(self):
        policy = replace(POLICY, levels=LEVELS[1:2])
        items = [item(month, due=on(month, 20), start=on(month, 5)) for month in range(1, 13)]
        self.assertEqual(
            self._get_days(self._replay(*items[::-1], policy=policy)),
            [(on(month, 27), 12) for month in range(1, 13)])

    def test_quiet_days_count_from_reminders_alone(self):
        policy = replace(POLICY, levels=LEVELS[:2], quiet_days=10)
        for case, second, letters in (
            ("a reminder keeps the next one back", item(2, due=on(2, 13), start=on(2, 12)),
             [(on(2, 7), 11), (on(2, 17), 12), (on(2, 27), 12)]),
            ("a note keeps none back", item(2, due=on(2, 3), start=on(2, 1)),
             [(on(2, 2), 11), (on(2, 7), 11), (on(2, 10), 12), (on(2, 20), 12)]),
        ):
            with self.subTest(case):
                self.assertEqual(
                    self._get_days(self._replay(item(), second, policy=policy)), letters)

    def test_one_item_waits_for_no_other(self):
        """What is due in August keeps back nothing of February, whatever is booked between."""
        story = self._replay(
            item(), item(2, due=on(8, 1), start=on(1, 5)), item(3, due=on(9, 1), start=on(4, 1)))
        self.assertEqual(self._get_days(story)[:4], [
            (on(2, 7), 11), (on(2, 17), 12), (on(3, 3), 13), (on(3, 17), 14)])

    def test_what_a_letter_is_worth(self):
        for case, one, credit, worth in (
            ("in company currency", changed(worth=50.0), None, 50.0),
            ("a part was paid", changed((on(2, 1), -40.0), worth=50.0), None, 30.0),
            ("less credits", changed(worth=50.0),
             changed(number=2, amount=-30.0, worth=-12.0), 38.0),
        ):
            with self.subTest(case):
                letters = self._replay(
                    *filter(None, (one, credit)), policy=replace(POLICY, levels=LEVELS[1:2]))
                self.assertEqual(
                    letters.letters, [PastLetter(on(2, 17), 1, 12, (1,), worth)])

    def test_small_amounts_are_asked_for_as_well(self):
        for amount in (0.01, 0.5, 1.0):
            with self.subTest(amount=amount):
                self.assertEqual(
                    self._get_days(self._replay(item(amount=amount, paid=on(2, 20)))),
                    [(on(2, 7), 11), (on(2, 17), 12)])

    def test_a_note_before_the_due_date_grants_no_time(self):
        story = self._replay(item(paid=on(2, 20)), periods={11: 30})
        self.assertEqual(self._get_days(story), [(on(2, 7), 11), (on(2, 17), 12)])

    def test_what_is_paid_when_sets_back_nothing(self):
        """Which level would have come next when an item was paid."""
        late_note = {'start': on(2, 9)}     # booked when the note had been due
        back = changed((on(2, 9), -100.0), (on(2, 20), 100.0))
        for case, one, frame, expected in (
            ("on the day of a letter", item(paid=on(2, 17)), {}, {13: 1}),
            ("after the last level", item(paid=on(4, 1)), {}, {}),
            ("before it is due, the note was missed", item(paid=on(2, 9), **late_note), {},
             {11: 1}),
            ("on the due date", item(paid=on(2, 10), **late_note), {}, {12: 1}),
            ("after it", item(paid=on(2, 12), **late_note), {}, {12: 1}),
            ("before anything is counted", item(paid=on(2, 9)), {'counted_from': on(3, 1)}, {}),
            ("after the frame", item(paid=date(2027, 1, 5)), {}, {}),
            ("not at all", item(), {}, {}), ("it came back", back, {}, {}),
            ("a small one", item(amount=0.5, paid=on(2, 9)), {}, {12: 1}),
            ("a used credit is no payment", changed((on(2, 9), 100.0), amount=-100.0), {}, {}),
            ("a small one neither", changed((on(2, 9), 0.5), amount=-0.5), {}, {}),
            ("an invoice of nothing", changed((on(2, 9), 0.0), amount=0.0), {}, {}),
        ):
            with self.subTest(case):
                self.assertEqual(dict(self._replay(one, **frame).paid_before), expected)
