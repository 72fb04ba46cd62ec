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

    def test_a_forecast_of_the_evening_begins_with_that_week(self):
        """Made on a Sunday evening: money can come from Monday on, the week shown is the old."""
        weeks = Weeks(date(2026, 3, 9), 2, stay, day=date(2026, 3, 8))
        self.assertEqual(weeks.mondays, [date(2026, 3, 2), date(2026, 3, 9)])
        self.assertEqual(weeks.bounds, [0, 0, 7])

    def test_nothing_comes_in_a_week_without_a_day_left(self):
        """A Saturday's money arrives on Monday: this week gets nothing, whoever owes it."""
        shares = forecast.spread(
            Weeks(date(2026, 3, 7), 2, to_monday), Pattern(()), Pattern(()), age=400)
        self.assertEqual(shares[0], 0.0)
        self.assertAlmostEqual(shares[1], 0.08 * 0.92)

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

    def test_patterns(self):
        pattern = Pattern([40, 0, 5, 12, 5])
        self.assertEqual((pattern.days, pattern.get_median()), ([0, 5, 5, 12, 40], 5))
        self.assertIsNone(Pattern([]).get_median())
        for start, end, expected in (
            (0, None, 5), (5, None, 4), (6, None, 2), (41, None, 0), (0, 5, 1), (5, 6, 2),
            (0, 41, 5), (30, 12, 0),
        ):
            with self.subTest(start=start, end=end):
                self.assertEqual(pattern.count(start, end), expected)

    def test_weeks_from_each_day_of_a_week(self):
        for day, bounds in ((2, [0, 7, 14]), (7, [0, 2, 9]), (8, [0, 1, 8]), (9, [0, 7, 14])):
            with self.subTest(day=day):
                self.assertEqual(Weeks(date(2026, 3, day), 2, stay).bounds, bounds)
        self.assertEqual(Weeks(date(2026, 3, 7), 2, to_monday).bounds, [0, 0, 7])

    def test_expected_dates(self):
        for usual, expected in ((0.0, TODAY), (0.4, TODAY), (0.6, TODAY + timedelta(1)),
                                (1.4, TODAY + timedelta(1)), (-5.0, TODAY)):
            with self.subTest(usual=usual):
                self.assertEqual(
                    forecast.find_expected_date(TODAY, TODAY, usual, stay), expected)
        self.assertEqual(Item(1, TODAY, 5.0), Item(1, TODAY, 5.0, 0.0, None))

    def test_the_amounts_and_the_band_of_a_week(self):
        """Half of an item lies in the week of its expected date, half as the pattern says."""
        weeks, items = Weeks(TODAY, 2, stay), [Item(1, TODAY, 100.0), Item(2, TODAY, 300.0)]
        pattern = Pattern([1, 6])
        first, second = forecast.forecast(weeks, items, {}, pattern)
        self.assertEqual(
            [(week.monday, week.amount) for week in (first, second)],
            [(date(2026, 3, 2), 300.0), (date(2026, 3, 9), 100.0)])
        reach = forecast.BAND * (0.75 * 0.25 * (100.0 ** 2 + 300.0 ** 2)) ** 0.5
        self.assertAlmostEqual(first.low, 300.0 - reach)
        self.assertAlmostEqual(first.high, 300.0 + reach)
        self.assertEqual(second.low, 0.0)                       # no less than nothing
        self.assertAlmostEqual(second.high, 100.0 + reach)
        [week] = forecast.forecast(weeks, items, {}, pattern, [(0.5, 1.25)])[:1]
        self.assertEqual((week.amount, week.low, week.high), (300.0, 150.0, 375.0))
        [week] = forecast.forecast(weeks, items, {}, pattern, [None])[:1]
        self.assertEqual(week, first)                           # too few have matured yet
        self.assertEqual(
            [tuple(week)[1:] for week in forecast.forecast(weeks, [], {}, pattern)],
            [(0.0, 0.0, 0.0)] * 2)

    def test_a_customer_with_payments_of_its_own_follows_them(self):
        weeks, company = Weeks(TODAY, 2, stay), Pattern([1])
        own = {1: Pattern([6] * 30)}
        first, second = forecast.forecast(
            weeks, [Item(1, TODAY, 80.0, 6.0), Item(2, TODAY, 80.0)], own, company)
        # Of the first customer 10 payments of the company stand beside 30 own ones.
        self.assertAlmostEqual(first.amount, 80.0 + 80.0 * 0.5 * 0.25)
        self.assertAlmostEqual(second.amount, 80.0 * (0.5 + 0.5 * 0.75))

    def test_credits_in_any_order(self):
        new, old = Item(1, TODAY, 30.0), Item(1, TODAY - timedelta(9), 50.0)
        promised = Item(1, TODAY, 30.0, agreed=TODAY)
        self.assertEqual(forecast.net([new, old], {1: 50.0}), [new])
        self.assertEqual(forecast.net([old, new, promised], {}), [old, new, promised])
        [kept] = forecast.net([new], {})
        self.assertIs(kept, new)
        self.assertEqual(forecast.net([new], {1: 30.0}), [])

    def test_ratios_of_what_came(self):
        few = [(100.0, 100.0 + n) for n in range(11)]
        self.assertIsNone(forecast.get_ratios(few))
        # Nothing was forecast: nothing to divide by.
        self.assertIsNone(forecast.get_ratios([*few, (0.0, 5.0), (-1.0, 5.0)]))
        self.assertEqual(
            forecast.get_ratios([(0.5, 0.5 + n) for n in range(12)][::-1]), (3.0, 21.0))
        self.assertEqual(forecast.get_ratios([(100.0, 10.0 * n) for n in range(21)]), (0.2, 1.8))


@tagged('post_install', '-at_install')
class TestKpi(BaseCase):
    """Figures of receivables management, by their definitions."""

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
        self.assertEqual(kpi.get_dso(1.0, 0.5, 30), 60.0)
        self.assertEqual(kpi.get_dso(1.0, 7.0, 30), 4.3)
        self.assertEqual(kpi.get_collection_effectiveness(100.5, 0, 100.0, 100.0), 100.0)
        self.assertEqual(kpi.get_collection_effectiveness(300.0, 0, 200.0, 0.0), 33.3)

    def test_counting_back(self):
        for receivables, months, expected in (
            (0.0, [(100, 30)], (0.0, False)), (-5.0, [], (0.0, False)),
            (0.5, [(100, 30)], (0.1, False)), (0.5, [(1.0, 30)], (15.0, False)),
            (70.0, [(100, 31)], (21.7, False)),
            (100.0, [(100, 30), (100, 31)], (30.0, False)),           # exactly a month
            (100.5, [(100, 30), (100, 31)], (30.2, False)),
            (50.0, [(-20, 30), (100, 31)], (45.5, False)),            # more credits than sales
            (50.0, [(0, 30), (0.5, 31), (100, 30)], (75.8, False)),   # 61 + 49.5 %
            (-1e-9, [], (0.0, False)),
            (500.0, [(100, 30.44)], (30.4, True)), (100.0, [(100, 30.44)], (30.4, False)),
            (500.0, [], None),
        ):
            with self.subTest(receivables=receivables, months=months):
                self.assertEqual(kpi.count_back_dso(receivables, months), expected)
