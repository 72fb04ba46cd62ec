from odoo.tests import BaseCase, tagged

from ..logic import risk
from ..logic.risk import History, Point, get_band, get_late_probability, propose_limit, rate


@tagged('post_install', '-at_install')
class TestRisk(BaseCase):
    """How classes, limits and probabilities are made: each rule a row."""

    def test_probability_leans_on_the_company_until_much_is_known(self):
        for known, late, share, expected in (
            (0, 0, 0.3, 0.3),
            (5, 0, 0.4, 0.2),
            (5, 5, 0.4, 0.7),
            (95, 95, 0.0, 0.95),
        ):
            with self.subTest(known=known, late=late):
                self.assertAlmostEqual(get_late_probability(known, late, share), expected)

    def test_bands_begin_at_their_bound(self):
        for probability, band in (
            (0.0, risk.LOW), (0.2499, risk.LOW), (0.25, risk.MEDIUM), (0.4999, risk.MEDIUM),
            (0.5, risk.HIGH), (1.0, risk.HIGH),
        ):
            with self.subTest(probability=probability):
                self.assertEqual(get_band(probability), band)

    def test_each_reason_has_its_points(self):
        for values, reasons in (
            ({}, [Point(risk.NO_HISTORY, 0, 0.2)]),
            ({'known': 50, 'late': 0, 'median_days': 7.0}, []),
            ({'known': 50, 'late': 0, 'median_days': 8.0}, [Point(risk.DAYS_LATE, 10, 8.0)]),
            ({'known': 50, 'late': 0, 'median_days': 31.0}, [Point(risk.DAYS_LATE, 20, 31.0)]),
            ({'known': 50, 'late': 0, 'median_days': 61.0}, [Point(risk.DAYS_LATE, 30, 61.0)]),
            ({'known': 50, 'late': 0, 'recent_days': 10.0, 'earlier_days': 3.0}, []),
            ({'known': 50, 'late': 0, 'recent_days': 10.5, 'earlier_days': 3.0},
             [Point(risk.WORSENING, 10, 7.5)]),
            ({'known': 50, 'late': 0, 'recent_days': 10.5}, []),
            ({'known': 50, 'late': 0, 'broken_promises': 1},
             [Point(risk.BROKEN_PROMISES, 15, 1)]),
            ({'known': 50, 'late': 0, 'broken_promises': 3},
             [Point(risk.BROKEN_PROMISES, 30, 3)]),
            ({'known': 50, 'late': 0, 'returned': 1}, [Point(risk.RETURNED, 15, 1)]),
            ({'known': 50, 'late': 0, 'days_overdue': 30}, []),
            ({'known': 50, 'late': 0, 'days_overdue': 31}, [Point(risk.OVERDUE_NOW, 15, 31)]),
            ({'known': 50, 'late': 0, 'days_overdue': 61}, [Point(risk.OVERDUE_NOW, 25, 61)]),
            ({'known': 50, 'late': 0, 'days_overdue': 91}, [Point(risk.OVERDUE_NOW, 40, 91)]),
        ):
            with self.subTest(**values):
                rating = rate(History(**values), 0.2)
                self.assertEqual([*rating.reasons], reasons)
                self.assertEqual(rating.points, sum(one.points for one in reasons))

    def test_a_class_ends_at_its_bound(self):
        for values, letter in (
            ({'known': 95, 'late': 0, 'returned': 1}, 'a'),                           # 15
            ({'known': 95, 'late': 0, 'median_days': 31.0}, 'b'),                     # 20
            ({'known': 95, 'late': 0, 'median_days': 31.0, 'returned': 1}, 'b'),      # 35
            ({'known': 95, 'late': 0, 'days_overdue': 91}, 'c'),                      # 40
            ({'known': 95, 'late': 0, 'days_overdue': 91, 'median_days': 31.0}, 'c'),  # 60
            ({'known': 95, 'late': 0, 'days_overdue': 91, 'broken_promises': 2}, 'd'),  # 70
        ):
            with self.subTest(**values):
                self.assertEqual(rate(History(**values), 0.0).letter, letter)

    def test_more_of_anything_bad_never_makes_a_better_class(self):
        base = {'known': 10, 'late': 3, 'paid': 9, 'median_days': 5.0}
        before = rate(History(**base), 0.3)
        for name, worse in (
            ('late', 9), ('median_days', 50.0), ('broken_promises', 1), ('returned', 2),
            ('days_overdue', 100),
        ):
            with self.subTest(name=name):
                after = rate(History(**{**base, name: worse}), 0.3)
                self.assertGreater(after.points, before.points)

    def test_limits(self):
        for arguments, limit in (
            ((0.0, 30, 0.0, 'a'), 0.0),
            ((-50.0, 30, 0.0, 'a'), 0.0),
            ((1000.0, 30, 0.0, 'c'), 1000.0),
            ((1000.0, 30, -10.0, 'c'), 1000.0),       # early payers need no more than the term
            ((1000.0, 30, 0.1, 'c'), 1500.0),         # rounded up
            ((1000.0, 30, 30.0, 'a'), 3000.0),
            ((1000.0, 30, 30.0, 'd'), 1000.0),
            ((1000.0, 30, 30.0, 'a', 0.0), 0.0),      # the insurer covers nothing
            ((1000.0, 30, 30.0, 'a', 9000.0), 3000.0),
            ((1017.0, 30, -10.0, 'c'), 1500.0),
            ((0.5, 30, 0.0, 'c'), 500.0),             # little is not nothing
            ((-1e6, 30, 0.0, 'c'), 0.0), ((-0.5, 30, 0.0, 'a', -9.0), 0.0),
            ((1000.004, 30, 0.0, 'c'), 1000.0),       # less than a cent more is no more
            ((1000.006, 30, 0.0, 'c'), 1500.0),
            ((1000.0, 30, 15.0, 'b'), 2000.0),        # 1,800
        ):
            with self.subTest(arguments=arguments):
                self.assertEqual(propose_limit(*arguments), limit)

    def test_what_is_not_known_is_nothing(self):
        self.assertEqual(History(), History(0, 0, 0, None, None, None, None, 0, 0, 0))
        self.assertEqual(Point('late_share', 5), Point('late_share', 5, 0.0))

    def test_usual_days_need_a_payment(self):
        for paid, median, expected in (
            (0, 10.0, 4.0), (3, None, 4.0), (3, 10.0, 7.0), (1, 10.0, 5.5), (3, -2.0, 1.0),
        ):
            with self.subTest(paid=paid, median=median):
                self.assertEqual(risk.get_usual_days(paid, median, 4.0), expected)

    def test_trend_needs_both_halves(self):
        for recent, earlier, expected in (
            (None, None, 0.0), (9.0, None, 0.0), (None, 9.0, 0.0), (9.0, 2.0, 7.0),
            (0.0, 3.0, -3.0),
        ):
            with self.subTest(recent=recent, earlier=earlier):
                self.assertEqual(risk.get_trend(
                    History(recent_days=recent, earlier_days=earlier)), expected)

    def test_a_class_ends_with_its_last_point(self):
        """Also with the points for the share of late invoices."""
        for known, late, points, letter in (
            (95, 0, 0, 'a'), (95, 26, 15, 'a'), (95, 51, 30, 'b'), (95, 66, 45, 'c'),
        ):
            rating = rate(History(known=known, late=late), 0.0)
            self.assertEqual((rating.points, rating.letter), (points, letter))
        self.assertEqual(rate(History(), 0.3).reasons[0].code, risk.NO_HISTORY)
        bad = rate(History(returned=1, days_overdue=91), 0.3)
        self.assertEqual([one.code for one in bad.reasons], [
            risk.NO_HISTORY, risk.LATE_SHARE, risk.RETURNED, risk.OVERDUE_NOW])
        self.assertEqual((bad.points, bad.letter), (70, 'd'))

    def test_what_takes_credit_away(self):
        for old_limit, new_limit, old_days, new_days, expected in (
            (0.0, 0.0, 30, 30, False), (500.0, 500.0, 30, 30, False), (500.0, 499.0, 30, 30, True),
            (500.0, 0.0, 30, 30, False), (0.0, 500.0, 30, 60, True), (500.0, 900.0, 30, 29, True),
            (500.0, 500.0, None, 14, False), (500.0, 500.0, 14, None, False),
            (500.0, 500.0, None, None, False), (500.0, 500.0, 14, 30, False),
        ):
            with self.subTest(old=(old_limit, old_days), new=(new_limit, new_days)):
                self.assertIs(risk.is_for_the_worse(
                    old_limit, new_limit, old_days, new_days), expected)
