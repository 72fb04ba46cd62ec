from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import forecast, kpi
from ..logic.forecast import Item, Pattern, Weeks

TODAY = date(2026, 3, 4)        # a Wednesday


def stay(day):
    return day


def to_monday(day):
    return day + timedelta(days=max(0, 7 - day.isoweekday() if day.isoweekday() > 5 else 0) + (
        day.isoweekday() > 5))


@tagged('post_install', '-at_install')
class TestForecast(BaseCase):
    """Cash-in by week, from patterns of payment."""

    def test_the_first_week_holds_today(self):
        weeks = Weeks(TODAY, 3, stay)
        self.assertEqual(weeks.mondays, [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)])
        self.assertEqual(weeks.bounds, [0, 5, 12, 19])
        for day, place in (
            (date(2026, 3, 1), None), (date(2026, 3, 2), 0), (date(2026, 3, 8), 0),
            (date(2026, 3, 9), 1), (date(2026, 3, 22), 2), (date(2026, 3, 23), None),
        ):
            with self.subTest(day=day):
                self.assertEqual(weeks.find(day), place)

    def test_what_is_paid_on_a_weekend_arrives_on_monday(self):
        self.assertEqual(Weeks(TODAY, 2, to_monday).bounds, [0, 3, 10])

    def test_only_what_can_still_happen_counts(self):
        # Twenty days past its due date, an item can only be paid as late payers pay.
        pattern = Pattern([0] * 90 + [21] * 5 + [40] * 5)
        weeks = Weeks(TODAY, 4, stay)
        self.assertEqual(forecast.spread(weeks, Pattern(()), pattern, age=20), [0.5, 0, 0, 0.5])

    def test_without_any_pattern_a_little_comes_each_week(self):
        shares = forecast.spread(Weeks(TODAY, 13, stay), Pattern(()), Pattern(()), age=400)
        self.assertAlmostEqual(shares[0], 0.08)
        self.assertAlmostEqual(shares[1], 0.08 * 0.92)
        self.assertLess(sum(shares), 1.0)

    def test_a_promise_is_believed(self):
        item = Item(1, TODAY - timedelta(90), 100.0, agreed=date(2026, 3, 12))
        shares = forecast.predict(Weeks(TODAY, 3, stay), item, Pattern([0]), Pattern([0]))
        self.assertEqual(shares, [0.0, 1.0, 0.0])

    def test_a_promise_of_yesterday_is_expected_now(self):
        item = Item(1, TODAY, 100.0, agreed=TODAY - timedelta(30))
        self.assertEqual(
            forecast.predict(Weeks(TODAY, 2, stay), item, Pattern(()), Pattern(())), [1.0, 0.0])

    def test_no_item_is_expected_more_than_once(self):
        weeks = Weeks(TODAY, 13, to_monday)
        pattern = Pattern(range(-10, 80, 3))
        for age in range(-40, 90, 7):
            item = Item(1, TODAY - timedelta(age), 100.0, 12.0)
            with self.subTest(age=age):
                shares = forecast.predict(weeks, item, Pattern([2, 9, 30]), pattern)
                self.assertLessEqual(sum(shares), 1.0 + 1e-9)
                self.assertGreaterEqual(min(shares), 0.0)

    def test_the_band_holds_the_amount(self):
        items = [Item(1, TODAY - timedelta(n), 100.0 + n, 5.0) for n in range(30)]
        for week in forecast.forecast(
                Weeks(TODAY, 6, stay), items, {}, Pattern(range(0, 60, 4))):
            self.assertLessEqual(week.low, week.amount)
            self.assertGreaterEqual(week.high, week.amount)
            self.assertGreaterEqual(week.low, 0.0)

    def test_credits_settle_the_oldest_items_of_their_customer(self):
        items = [Item(1, TODAY, 30.0), Item(1, TODAY - timedelta(9), 50.0), Item(2, TODAY, 40.0)]
        self.assertEqual(
            [(item.customer, item.amount) for item in forecast.net(items, {1: 60.0, 3: 9.0})],
            [(1, 20.0), (2, 40.0)])

    def test_figures(self):
        self.assertEqual(kpi.get_dso(25_000, 15_000, 30), 50.0)
        self.assertEqual(kpi.get_best_possible_dso(6_000, 15_000, 30), 12.0)
        self.assertEqual(kpi.get_average_days_delinquent(19_000, 15_000, 30), 38.0)
        self.assertIsNone(kpi.get_dso(25_000, 0, 30))
        self.assertEqual(
            kpi.get_collection_effectiveness(100_000, 1_000_000, 120_000, 100_000), 98.0)
        self.assertIsNone(kpi.get_collection_effectiveness(100, 0, 0, 100))
        self.assertEqual(kpi.count_back_dso(0, []), (0.0, False))
        self.assertEqual(kpi.count_back_dso(90, [(0, 30), (100, 31)]), (57.9, False))
        self.assertEqual(kpi.count_back_dso(500, [(100, 30), (100, 31)]), (61, True))
        self.assertIsNone(kpi.count_back_dso(500, []))
