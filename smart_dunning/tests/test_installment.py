import doctest
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import installment
from ..logic.installment import Part
from .hypothesis_speed import spare_hypothesis

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # a user who runs our tests without the developers' tools
    st = None

CENT = 0.01


def compare(left, right):
    return (round(left, 2) > round(right, 2)) - (round(left, 2) < round(right, 2))


@tagged('post_install', '-at_install')
class TestInstallment(BaseCase):

    def test_examples(self):
        self.assertFalse(doctest.testmod(installment).failed)

    def test_equal_parts(self):
        for total, count, unit, expected in (
            (100.0, 1, CENT, [100.0]),
            (100.0, 3, CENT, [33.33, 33.33, 33.34]),
            (0.05, 3, CENT, [0.01, 0.01, 0.03]),
            (0.3, 3, CENT, [0.1, 0.1, 0.1]),          # 0.1 + 0.1 + 0.1 is more than 0.3 in floats
            (100.0, 3, 0.05, [33.3, 33.3, 33.4]),     # Swiss rounding
            (1000.0, 3, 1.0, [333.0, 333.0, 334.0]),  # yen
            (1.1, 2, 0.001, [0.55, 0.55]),
        ):
            with self.subTest(total=total, count=count, unit=unit):
                self.assertEqual(installment.split(total, count, unit), expected)

    def test_parts_of_an_amount(self):
        for total, part, expected in (
            (1000.0, 300.0, [300.0, 300.0, 300.0, 100.0]),
            (900.0, 300.0, [300.0] * 3),
            (100.0, 300.0, [100.0]),
            (0.03, 0.01, [0.01] * 3), (0.01, 0.01, [0.01]),
        ):
            with self.subTest(total=total, part=part):
                self.assertEqual(installment.split_by_part(total, part, CENT), expected)
                self.assertEqual(installment.count_parts(total, part, CENT), len(expected))

    def test_no_part_is_nothing(self):
        for total, count in ((0.02, 3), (0.0, 1), (-5.0, 2), (10.0, 0), (10.0, -1)):
            with self.subTest(total=total, count=count), self.assertRaises(ValueError):
                installment.split(total, count, CENT)
        for total, part in ((10.0, 0.0), (10.0, 0.004), (0.0, 5.0), (-1.0, 1.0), (1.0, -1.0)):
            with self.subTest(total=total, part=part), self.assertRaises(ValueError):
                installment.split_by_part(total, part, CENT)
            self.assertEqual(installment.count_parts(total, part, CENT), 0)

    def test_dates(self):
        for first, count, interval, expected in (
            (date(2026, 1, 31), 4, 'monthly', ['01-31', '02-28', '03-31', '04-30']),
            (date(2028, 1, 30), 2, 'monthly', ['01-30', '02-29']),        # a leap year
            (date(2026, 11, 15), 3, 'monthly', ['11-15', '12-15', '01-15']),
            (date(2026, 2, 20), 2, 'weekly', ['02-20', '02-27']),
            (date(2026, 2, 20), 3, 'fortnightly', ['02-20', '03-06', '03-20']),
            (date(2026, 2, 20), 1, 'monthly', ['02-20']),
        ):
            with self.subTest(first=first, interval=interval):
                days = installment.get_dates(first, count, interval)
                self.assertEqual([day.strftime('%m-%d') for day in days], expected)

    def test_dates_up_to_a_last_one(self):
        first = date(2026, 3, 1)
        for last, count, expected in (
            (date(2026, 3, 11), 3, [1, 6, 11]), (date(2026, 3, 3), 3, [1, 2, 3]),
            (date(2026, 3, 1), 1, [1]), (date(2026, 3, 10), 3, [1, 5, 10]),
        ):
            with self.subTest(last=last, count=count):
                days = installment.get_dates_until(first, last, count)
                self.assertEqual([day.day for day in days], expected)
        for last, count in ((date(2026, 3, 2), 3), (date(2026, 2, 1), 2), (date(2026, 3, 2), 1),
                            (first, 0)):
            with self.subTest(last=last, count=count), self.assertRaises(ValueError):
                installment.get_dates_until(first, last, count)

    def test_state_of_parts(self):
        parts = [Part(date(2026, 3, 1), 100.0), Part(date(2026, 4, 1), 100.0)]
        for paid, on, expected, verdict in (
            (0.0, date(2026, 2, 1), ['due', 'due'], 'open'),
            (0.5, date(2026, 3, 1), ['partly', 'due'], 'open'),
            (40.0, date(2026, 3, 1), ['partly', 'due'], 'open'),
            (40.0, date(2026, 3, 2), ['late', 'due'], 'open'),
            (40.0, date(2026, 3, 6), ['late', 'due'], 'open'),
            (40.0, date(2026, 3, 7), ['missed', 'due'], 'failed'),
            (100.0, date(2026, 3, 7), ['paid', 'due'], 'open'),
            (99.99, date(2026, 3, 7), ['missed', 'due'], 'failed'),
            (150.0, date(2026, 3, 7), ['paid', 'partly'], 'open'),
            (150.0, date(2026, 4, 7), ['paid', 'missed'], 'failed'),
            (200.0, date(2026, 3, 1), ['paid', 'paid'], 'kept'),
            (250.0, date(2026, 9, 1), ['paid', 'paid'], 'kept'),
            (0.0, date(2026, 9, 1), ['missed', 'missed'], 'failed'),
        ):
            with self.subTest(paid=paid, on=on):
                self.assertEqual(
                    installment.judge_parts(parts, paid, on, 5, CENT, compare), expected)
                self.assertEqual(installment.judge(parts, paid, on, 5, compare), verdict)

    def test_money_paid_back_fills_no_part(self):
        self.assertEqual(installment.fill([100.0, 50.0], -5.0, CENT), [0.0, 0.0])

    def test_oldest_missed_part(self):
        parts = [Part(date(2026, 3, n), 10.0) for n in (1, 2, 3)]
        for paid, on, expected in (
            (0.0, date(2026, 3, 9), parts[0]), (10.0, date(2026, 3, 9), parts[1]),
            (30.0, date(2026, 3, 9), None), (0.0, date(2026, 3, 1), None),
        ):
            with self.subTest(paid=paid, on=on):
                self.assertEqual(
                    installment.find_missed(parts, paid, on, 0, compare), expected)

    def test_arrears_are_two_parts_in_a_row_or_the_last_one(self):
        """Parts of 10 on the 1st of March, April and May, three days of grace."""
        parts = first, second, third = [Part(date(2026, month, 1), 10.0) for month in (3, 4, 5)]
        for case, paid, on, expected in (
            ("one part is missing", 0.0, date(2026, 3, 31), []),
            ("the second may still come", 0.0, date(2026, 4, 4), []),
            ("two are missing", 0.0, date(2026, 4, 5), [first, second]),
            ("a part of one counts", 9.99, date(2026, 4, 5), [first, second]),
            ("one was paid", 10.0, date(2026, 4, 5), []),
            ("the last may still come", 20.0, date(2026, 5, 4), []),
            ("the last is missing", 20.0, date(2026, 5, 5), [third]),
            ("two at the end", 15.0, date(2026, 5, 5), [second, third]),
            ("all was paid", 30.0, date(2026, 5, 5), []),
            ("before the plan begins", 0.0, date(2026, 2, 1), []),
        ):
            with self.subTest(case):
                self.assertEqual(
                    installment.find_arrears(parts, paid, on, 3, compare), expected)
        only = [Part(date(2026, 3, 1), 10.0)]
        self.assertEqual(installment.find_arrears(only, 0.0, date(2026, 3, 5), 3, compare), only)
        self.assertEqual(installment.find_arrears([], 0.0, date(2026, 3, 5), 3, compare), [])


if st:
    units = st.sampled_from([0.001, CENT, 0.05, 1.0])
    starts = st.dates(date(2020, 1, 1), date(2035, 12, 31))

    @tagged('post_install', '-at_install')
    class TestInstallmentProperties(BaseCase):
        """What holds for any amount, any number of parts and any payments."""

        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            spare_hypothesis()

        def _count(self, amount, unit):
            return round(amount / unit)

        @given(st.integers(1, 10**9), st.integers(1, 400), units)
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_parts_add_up(self, number, count, unit):
            total = round(number * unit, 3)
            if number < count:
                with self.assertRaises(ValueError):
                    installment.split(total, count, unit)
                return
            parts = installment.split(total, count, unit)
            self.assertEqual(len(parts), count)
            self.assertEqual(sum(self._count(part, unit) for part in parts), number)
            self.assertTrue(all(self._count(part, unit) > 0 for part in parts))
            self.assertEqual(len(set(parts[:-1])), 1 if count > 1 else 0)
            self.assertLess(self._count(parts[-1] - parts[0], unit), count)

        @given(st.integers(1, 10**6), st.integers(1, 10**6), units)
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_parts_of_an_amount_add_up(self, number, size, unit):
            if number > size * 500:
                return
            parts = installment.split_by_part(
                round(number * unit, 3), round(size * unit, 3), unit)
            counts = [self._count(part, unit) for part in parts]
            self.assertEqual(sum(counts), number)
            self.assertTrue(all(count == size for count in counts[:-1]))
            self.assertTrue(0 < counts[-1] <= size)

        @given(starts, st.integers(2, 60), st.sampled_from(['weekly', 'fortnightly', 'monthly']))
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_dates_increase(self, first, count, interval):
            days = installment.get_dates(first, count, interval)
            self.assertEqual(days[0], first)
            self.assertTrue(all(one < other for one, other in zip(days, days[1:], strict=False)))
            if interval == 'monthly':
                for number, day in enumerate(days):
                    self.assertEqual(
                        day.year * 12 + day.month, first.year * 12 + first.month + number)
                    is_last = (day + timedelta(days=1)).month != day.month
                    self.assertTrue(day.day == first.day or (day.day < first.day and is_last))

        @given(starts, st.integers(0, 900), st.integers(1, 60))
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_dates_up_to_a_last_one(self, first, span, count):
            last = first + timedelta(days=span)
            if span < count - 1 or (count == 1 and span):
                with self.assertRaises(ValueError):
                    installment.get_dates_until(first, last, count)
                return
            days = installment.get_dates_until(first, last, count)
            self.assertEqual((days[0], days[-1]), (first, last))
            self.assertTrue(all(one < other for one, other in zip(days, days[1:], strict=False)))

        @given(st.lists(st.integers(1, 5000), min_size=1, max_size=12), st.integers(0, 70000),
               st.integers(-10, 200), st.integers(0, 10))
        @settings(max_examples=400, deadline=None, derandomize=True)
        def test_filling_and_judging(self, amounts, paid, offset, grace):
            start = date(2026, 1, 31)
            parts = [Part(day, amount / 100) for day, amount in zip(
                installment.get_dates(start, len(amounts), 'monthly'), amounts, strict=True)]
            on = start + timedelta(days=offset)
            filled = installment.fill([part.amount for part in parts], paid / 100, CENT)
            self.assertEqual(
                sum(round(part * 100) for part in filled), min(paid, sum(amounts)))
            # Nothing goes to a part before the older ones are full.
            full = [compare(part, whole.amount) >= 0
                    for part, whole in zip(filled, parts, strict=True)]
            for number, part in enumerate(filled):
                if part:
                    self.assertTrue(all(full[:number]))
            states = installment.judge_parts(parts, paid / 100, on, grace, CENT, compare)
            verdict = installment.judge(parts, paid / 100, on, grace, compare)
            self.assertEqual(verdict == 'kept', set(states) == {'paid'})
            self.assertEqual(verdict == 'failed', 'missed' in states)
            missed = installment.find_missed(parts, paid / 100, on, grace, compare)
            self.assertEqual(
                missed, parts[states.index('missed')] if 'missed' in states else None)
