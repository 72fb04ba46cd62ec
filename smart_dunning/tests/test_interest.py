import doctest
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.tests import BaseCase, tagged
from odoo.tools import float_round

from ..logic import interest
from ..logic.interest import ACT_365, ACT_ACT, GERMAN_360, Payment, Rate
from .hypothesis_speed import spare_hypothesis

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # a user who runs our tests without the developers' tools
    st = None

#: The German base rate as needed here, § 247 BGB.
BASE = [
    Rate(date(2009, 7, 1), 0.12, date(2011, 6, 30)),
    Rate(date(2011, 7, 1), 0.37, date(2011, 12, 31)),
    Rate(date(2012, 1, 1), 0.12, date(2012, 12, 31)),
    Rate(date(2013, 1, 1), -0.13, date(2013, 6, 30)),
]


def round_cents(amount):
    return float_round(amount, precision_digits=2)


def compute(principal, start, end, margin=0.0, rates=None, payments=(), **values):
    return interest.compute(
        principal, payments, rates, margin, start, end, round_amount=round_cents, **values)


def compute_by_day(principal, payments, rates, margin, start, end):
    """Return the interest at 365 days a year, day by day: slow, and easy to check by eye."""
    total, day = Decimal(0), start
    while day <= end:
        owed = principal - sum(amount for on, amount in payments if on < day)
        percent = next(
            (percent for first, percent, last in rates if first <= day <= last), None)
        if owed > 0 and percent is not None:
            total += owed * max(Decimal(0), percent + margin) / Decimal(36500)
        day += timedelta(days=1)
    return total.quantize(Decimal('0.01'), ROUND_HALF_UP)


@tagged('post_install', '-at_install')
class TestInterest(BaseCase):
    """Late interest: what others have published, and the edges."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(interest)
        self.assertTrue(attempted and not failed)

    def test_published_examples(self):
        """Each with its source."""
        for source, expected, result in (
            # anleiter.de, "Wie berechnet man Verzugszinsen": 1,000 EUR, 25 days, 5.12 %
            ("anleiter.de", 3.51, compute(
                1000.0, date(2012, 3, 1), date(2012, 3, 25), 5.0,
                [Rate(date(2012, 1, 1), 0.12)])),
            # p-konto.de, "Zinsformel": 10,000 EUR, 6 %, 1 Jan. to 30 July 2016, 210 days of 360
            ("p-konto.de", 350.0, compute(
                10000.0, date(2016, 1, 1), date(2016, 7, 30), 6.0, basis=GERMAN_360)),
            # fiscavo.com, "Late-Payment Interest in the EU & UK": 4,500 EUR, 3 + 8 points, 30 days
            ("fiscavo.com", 40.68, compute(
                4500.0, date(2025, 4, 1), date(2025, 4, 30), 8.0, [Rate(date(2025, 1, 1), 3.0)])),
            # digineo/verzugszinsen, README: 1,500 EUR, 8 points, over five half-years
            ("digineo", 297.50, compute(
                1500.0, date(2009, 9, 15), date(2012, 2, 17), 8.0, BASE, basis=ACT_ACT)),
        ):
            with self.subTest(source=source):
                self.assertEqual(result.amount, expected)

    def test_published_segments(self):
        """digineo/verzugszinsen, README: days, rates and sums, half-years of one rate joined."""
        result = compute(
            1500.0, date(2009, 9, 15), date(2012, 2, 17), 8.0, BASE, basis=ACT_ACT)
        self.assertEqual(
            [(segment.days, segment.rate) for segment in result.segments],
            [(108 + 181 + 184 + 181, 8.12), (184, 8.37), (48, 8.12)])
        published = [36.0395 + 60.3995 + 61.4005 + 60.3995, 63.2910, 15.9738]
        for segment, amount in zip(result.segments, published, strict=True):
            self.assertAlmostEqual(segment.amount, amount, delta=0.01)

    def test_published_days(self):
        """wirtschaftswissen.de: due on 1 July, paid on 5 July 2021: four days bear interest."""
        result = compute(
            365.0, date(2021, 7, 2), date(2021, 12, 31), 10.0,
            payments=[Payment(date(2021, 7, 5), 365.0)])
        self.assertEqual([segment.days for segment in result.segments], [4])
        self.assertEqual(result.amount, 0.4)

    def test_no_days_no_interest(self):
        self.assertEqual(
            compute(100.0, date(2026, 1, 2), date(2026, 1, 1), 9.0), interest.Interest(0.0, ()))
        self.assertEqual(
            [one.days for one in compute(100.0, date(2026, 1, 1), date(2026, 1, 1), 9.0).segments],
            [1])

    def test_rate_is_never_negative(self):
        rates = [Rate(date(2026, 1, 1), -5.0)]
        result = compute(1000.0, date(2026, 1, 1), date(2026, 12, 31), 3.0, rates)
        self.assertEqual((result.amount, result.segments[0].rate), (0.0, 0.0))
        result = compute(1000.0, date(2026, 1, 1), date(2026, 12, 31), 9.0, rates)
        self.assertEqual((result.amount, result.segments[0].rate), (40.0, 4.0))

    def test_missing_rate_says_so(self):
        rates = [Rate(date(2026, 1, 1), 1.0, date(2026, 1, 10)),
                 Rate(date(2026, 1, 21), 1.0, date(2026, 1, 31))]
        result = compute(3650.0, date(2025, 12, 30), date(2026, 2, 2), 9.0, rates)
        self.assertEqual(
            [(segment.days, segment.rate, segment.amount) for segment in result.segments],
            [(2, None, 0.0), (10, 10.0, 10.0), (10, None, 0.0), (11, 10.0, 11.0), (2, None, 0.0)])
        self.assertEqual(result.missing, (
            (date(2025, 12, 30), date(2025, 12, 31)), (date(2026, 1, 11), date(2026, 1, 20)),
            (date(2026, 2, 1), date(2026, 2, 2))))
        self.assertEqual(result.amount, 21.0)

    def test_payment_before_default_counts_from_the_start(self):
        result = compute(1000.0, date(2026, 3, 1), date(2026, 3, 10), 10.0, payments=[
            Payment(date(2026, 2, 1), 300.0), Payment(date(2026, 2, 28), 200.0)])
        self.assertEqual([one.principal for one in result.segments], [500.0])

    def test_overpaid_bears_nothing(self):
        result = compute(
            100.0, date(2026, 3, 1), date(2026, 3, 10), 10.0,
            payments=[Payment(date(2026, 2, 1), 120.0)])
        self.assertEqual(result, interest.Interest(0.0, ()))

    def test_the_day_of_a_payment_bears_on_all_of_it(self):
        """Also where a segment begins on that day anyway."""
        paid = date(2026, 3, 5)
        result = compute(1000.0, date(2026, 3, 1), date(2026, 3, 10), 10.0, cuts=[paid],
                         payments=[Payment(paid, 400.0)])
        self.assertEqual(
            [(one.date_from.day, one.principal) for one in result.segments],
            [(1, 1000.0), (5, 1000.0), (6, 600.0)])

    def test_rates_in_any_order_and_made_ready_once(self):
        first, last = date(2026, 1, 1), date(2026, 12, 31)
        rates = [Rate(date(2026, 7, 1), 2.0), Rate(date(2026, 1, 1), 1.0, date(2026, 6, 30))]
        expected = compute(1000.0, first, last, 9.0, sorted(rates))
        self.assertEqual([one.rate for one in expected.segments], [10.0, 11.0])
        self.assertEqual(compute(1000.0, first, last, 9.0, rates), expected)
        self.assertEqual(
            compute(1000.0, first, last, 9.0, interest.RateTable(rates)), expected)

    def test_a_rate_that_stays_the_same_makes_no_segment(self):
        result = compute(1000.0, date(2025, 1, 1), date(2026, 12, 31), 9.0, [
            Rate(date(2025, 1, 1), 2.0, date(2025, 6, 30)),
            Rate(date(2025, 7, 1), 1.0, date(2025, 12, 31)),
            Rate(date(2026, 1, 1), 1.0, date(2026, 6, 30)), Rate(date(2026, 7, 1), 1.0)])
        self.assertEqual(
            [(one.date_from, one.rate) for one in result.segments],
            [(date(2025, 1, 1), 11.0), (date(2025, 7, 1), 10.0)])

    def test_figures_shown_are_round(self):
        day = date(2026, 1, 1)
        for percent, margin, rate in (
            (0.1, 0.2, 0.3), (1.234567, 0.0, 1.234567), (1.2345678, 0.0, 1.234568)):
            [segment] = compute(1000.0, day, day, margin, [Rate(day, percent)]).segments
            self.assertEqual(segment.rate, rate)
        [segment] = compute(100.004, day, day, 9.0).segments
        self.assertEqual(segment.principal, 100.0)
        [segment] = compute(
            1000.3, day, day, 9.0, payments=[Payment(date(2025, 1, 1), 1000.1)]).segments
        self.assertEqual(segment.principal, 0.2)

    def test_own_rates_hold_on_their_days(self):
        def rates(*rows):
            return [Rate(date(2026, *first), percent, last and date(2026, *last))
                    for first, percent, last in rows]
        first, second = ((1, 1), 1.0, (6, 30)), ((7, 1), 2.0, None)
        for name, shared, own, expected in (
            ("none of its own", [first, second], [], [first, second]),
            ("only its own", [], [first, second], [first, second]),
            ("instead of one", [first, second], [((1, 1), 9.0, (6, 30))],
             [((1, 1), 9.0, (6, 30)), second]),
            ("from a day on, for ever", [first, second], [((3, 1), 9.0, None)],
             [((1, 1), 1.0, (2, 28)), ((3, 1), 9.0, None)]),
            ("within one", [((1, 1), 1.0, None)], [((3, 1), 9.0, (3, 31)), ((5, 1), 8.0, (5, 1))],
             [((1, 1), 1.0, (2, 28)), ((3, 1), 9.0, (3, 31)), ((4, 1), 1.0, (4, 30)),
              ((5, 1), 8.0, (5, 1)), ((5, 2), 1.0, None)]),
            ("to the last day", [first], [((6, 1), 9.0, (6, 30))],
             [((1, 1), 1.0, (5, 31)), ((6, 1), 9.0, (6, 30))]),
            ("from its last day on", [first], [((6, 30), 9.0, (7, 31))],
             [((1, 1), 1.0, (6, 29)), ((6, 30), 9.0, (7, 31))]),
            ("until its first day", [first], [((1, 1), 9.0, (1, 1))],
             [((1, 1), 9.0, (1, 1)), ((1, 2), 1.0, (6, 30))]),
            ("all but its last day", [first], [((1, 1), 9.0, (6, 29))],
             [((1, 1), 9.0, (6, 29)), ((6, 30), 1.0, (6, 30))]),
            ("before and after", [((3, 1), 1.0, (3, 31))],
             [((1, 1), 9.0, (1, 31)), ((5, 1), 8.0, (5, 31))],
             [((1, 1), 9.0, (1, 31)), ((3, 1), 1.0, (3, 31)), ((5, 1), 8.0, (5, 31))]),
            ("each until the next", [((7, 1), 2.0, None), ((1, 1), 1.0, None)], [],
             [first, second]),
        ):
            with self.subTest(name):
                self.assertEqual(
                    interest.overlay(rates(*shared), rates(*own)), rates(*expected))

    def test_cut_changes_no_sum(self):
        whole = compute(777.77, date(2026, 1, 1), date(2026, 6, 30), 9.0)
        for day in range(1, 29):
            cut = compute(
                777.77, date(2026, 1, 1), date(2026, 6, 30), 9.0, cuts=[date(2026, 2, day)])
            self.assertEqual(len(cut.segments), 2)
            self.assertEqual(cut.amount, whole.amount)

    def test_february_has_thirty_days_where_years_have_360(self):
        for first, last, days in (
            (date(2026, 2, 1), date(2026, 2, 28), 30), (date(2024, 2, 1), date(2024, 2, 29), 30),
            (date(2026, 1, 31), date(2026, 1, 31), 0), (date(2026, 1, 1), date(2026, 12, 31), 360),
            (date(2026, 1, 31), date(2026, 2, 1), 1),
        ):
            with self.subTest(first=first, last=last):
                self.assertEqual(interest.count_days(first, last, GERMAN_360), days)

    def test_leap_year_is_a_segment_of_its_own(self):
        result = compute(36600.0, date(2023, 12, 31), date(2024, 1, 1), 10.0, basis=ACT_ACT)
        self.assertEqual(
            [(one.date_from, one.amount) for one in result.segments],
            [(date(2023, 12, 31), 10.03), (date(2024, 1, 1), 10.0)])

    def test_leap_years(self):
        """Every fourth year, of the centuries every fourth."""
        for year, amount in (
            (1900, 10.0), (2000, 9.97), (2023, 10.0), (2024, 9.97), (2025, 10.0), (2026, 10.0),
            (2096, 9.97), (2100, 10.0), (2200, 10.0), (2400, 9.97),
        ):
            with self.subTest(year=year):
                first = date(year, 1, 1)
                self.assertEqual(compute(36500.0, first, first, 10.0, basis=ACT_ACT).amount, amount)

    def test_segments_of_years(self):
        """A segment begins where the length of the year changes, if it counts at all."""
        first, last = date(2022, 6, 30), date(2025, 6, 30)
        for basis, starts in (
            (ACT_ACT, [first, date(2024, 1, 1), date(2025, 1, 1)]), (ACT_365, [first]),
            (GERMAN_360, [first]),
        ):
            with self.subTest(basis=basis):
                result = compute(1000.0, first, last, 10.0, basis=basis)
                self.assertEqual([segment.date_from for segment in result.segments], starts)


if st:
    days = st.integers(0, 900).map(lambda number: date(2024, 1, 1) + timedelta(days=number))
    cents = st.integers(1, 5_000_000).map(lambda number: Decimal(number) / 100)
    points = st.integers(-300, 1500).map(lambda number: Decimal(number) / 100)

    @st.composite
    def rate_tables(draw):
        """Rates of some length each, with gaps between some of them."""
        first, table = date(2023, 10, 1), []
        for percent, length, gap in draw(st.lists(
                st.tuples(points, st.integers(1, 300), st.sampled_from([0, 0, 0, 5])),
                max_size=8)):
            last = first + timedelta(days=length - 1)
            table.append((first, percent, last))
            first = last + timedelta(days=1 + gap)
        return table

    @tagged('post_install', '-at_install')
    class TestInterestProperties(BaseCase):
        """The fast computation and the slow one agree to the cent, whatever happens when."""

        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            spare_hypothesis()

        @given(cents, st.lists(st.tuples(days, cents), max_size=5), rate_tables(), points, days,
               st.integers(0, 800), st.lists(days, max_size=2))
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_as_day_by_day(self, principal, payments, table, margin, start, length, cuts):
            end = start + timedelta(days=length)
            result = interest.compute(
                float(principal), [Payment(on, float(amount)) for on, amount in payments],
                [Rate(first, float(percent), last) for first, percent, last in table],
                float(margin), start, end, basis=ACT_365, cuts=cuts, round_amount=round_cents)
            expected = compute_by_day(principal, payments, table, margin, start, end)
            self.assertEqual(Decimal(f'{result.amount:.2f}'), expected)
            self.assertAlmostEqual(sum(one.amount for one in result.segments), result.amount, 6)
            for before, after in zip(result.segments, result.segments[1:], strict=False):
                self.assertLess(before.date_to, after.date_from)
            for segment in result.segments:
                self.assertGreater(segment.principal, 0.0)
                self.assertEqual(
                    segment.days, (segment.date_to - segment.date_from).days + 1)
