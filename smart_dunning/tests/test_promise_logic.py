import doctest
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import promise

#: What was promised is to be there on this day; the bank may take three more.
DAY = date(2026, 3, 13)


@tagged('post_install', '-at_install')
class TestPromiseLogic(BaseCase):
    """The verdict on a promise, as a table."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(promise)
        self.assertTrue(attempted and not failed)

    def test_verdict(self):
        def compare(left, right):
            return (round(left, 2) > round(right, 2)) - (round(left, 2) < round(right, 2))
        terms = promise.Promise(500.0, DAY, 3)
        for paid, on, verdict in (
            (0.0, -10, 'open'), (0.0, 0, 'open'), (0.0, 3, 'open'), (0.0, 4, 'broken'),
            (499.99, 3, 'open'), (499.99, 4, 'partly'), (500.0, -5, 'kept'),
            (500.001, -5, 'kept'), (600.0, 10, 'kept'), (0.004, 4, 'broken'), (0.5, 4, 'partly'),
        ):
            with self.subTest(paid=paid, on=on):
                self.assertEqual(
                    promise.judge(terms, paid, DAY + timedelta(days=on), compare), verdict)

    def test_a_small_rest_may_be_missing(self):
        paid_all = promise.tolerate(lambda left, right: (left > right) - (left < right), 1.0)
        for name, paid, agreed, expected in (
            ("all", 300.0, 300.0, 0), ("more", 301.0, 300.0, 1), ("a rest", 299.5, 300.0, 0),
            ("the whole tolerance", 299.0, 300.0, 0), ("more than that", 298.5, 300.0, -1),
            ("next to nothing of a small amount", 0.5, 1.25, 0), ("nothing", 0.0, 0.5, -1),
        ):
            with self.subTest(name):
                self.assertEqual(paid_all(paid, agreed), expected)

    def test_without_days_of_grace_the_day_itself_is_the_last(self):
        self.assertEqual(promise.Promise(500.0, DAY).last_day, DAY)

    def test_parts_are_taken_from_the_latest_instalment(self):
        rows = [(1, 300.0), (2, 300.0), (3, 400.0)]
        for amount, parts in (
            (0.0, {}), (100.0, {3: 100.0}), (400.0, {3: 400.0}), (500.0, {3: 400.0, 2: 100.0}),
            (700.0, {3: 400.0, 2: 300.0}), (5000.0, {3: 400.0, 2: 300.0, 1: 300.0}),
            (0.5, {3: 0.5}),
        ):
            with self.subTest(amount=amount):
                self.assertEqual(promise.spread_back(amount, rows), parts)

    def test_a_credit_among_the_instalments_withholds_nothing(self):
        self.assertEqual(
            promise.spread_back(100.0, [(1, 300.0), (2, -50.0), (3, 0.0)]), {1: 100.0})
