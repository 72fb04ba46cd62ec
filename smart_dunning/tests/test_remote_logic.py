import doctest
from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic import remote


@tagged('post_install', '-at_install')
class TestRemoteLogic(BaseCase):
    """What a remote client means by the numbers, days and names that it sends."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(remote).failed)

    def test_numbers(self):
        for value, expected in (
            (7, True), (0, True), (-7, True), ("7", True), (" -7 ", True), ("123456789", True),
            ("1234567890", False), (True, False), (7.0, False), ("7.0", False), ("²", False),
            ("", False), (None, False), ([7], False),
        ):
            with self.subTest(value=value):
                self.assertIs(remote.is_number(value), expected)

    def test_days(self):
        for value, day in (
            ("2026-12-31", date(2026, 12, 31)), (date(2026, 1, 2), date(2026, 1, 2)),
            ("", False), (None, False), (False, False),
        ):
            with self.subTest(value=value):
                self.assertEqual(remote.parse_day(value), day)
        for value in ("31.12.2026", "2026-02-30", "2026-1-2", "20261231", 20261231, True, "soon"):
            with self.subTest(value=value), self.assertRaises(ValueError):
                remote.parse_day(value)

    def test_which_customer_is_meant(self):
        found = {
            'id': {'7': [7]}, 'vat': {'DE1': [3], '7': [4]}, 'ref': {'7': [9], 'K-1': [5, 6, 5]},
            'email_normalized': {'a@b.c': [2]}, 'name': {'Adler': [1], 'A@B.c': [8]}}
        for case, key, numbers in (
            ("the surest comes first", '7', [7]), ("a tax number", 'DE1', [3]),
            ("several, each once", 'K-1', [5, 6]), ("a name", 'Adler', [1]),
            ("an address, however it is written", 'A@B.c', [2]), ("nobody", 'x', []),
        ):
            with self.subTest(case):
                self.assertEqual(remote.choose_customer(key, found), numbers)

    def test_amounts(self):
        for value, amount in (
            (5, 5.0), (0, 0.0), (5.5, 5.5), (99_999_999_999.9, 99_999_999_999.9),
            ("5", 5.0), ("0", 0.0), ("12,5", 12.5), ("12.50", 12.5), ("1.234", 1234.0),
            ("1,234", 1234.0), ("1,234.50", 1234.5), ("0.234", 0.234), ("1.234,50", 1234.5),
            ("1.234,567", 1234.567),
            ("1.234.567", 1234567.0), ("1,234,567.89", 1234567.89), ("1 234,50", 1234.5),
            ("1'234.50", 1234.5), ("1\u00a0234", 1234.0), ("99999999999", 99_999_999_999.0),
        ):
            with self.subTest(value=value):
                self.assertEqual(remote.parse_amount(value), amount)
        for value in (
            None, True, False, [5], {}, "", "x", "1.2.3", "-1", -1, -0.5, "1e5", ".5", 1e11,
            "100000000000", float('nan'), float('inf'), "nan",
        ):
            with self.subTest(value=value), self.assertRaises(ValueError):
                remote.parse_amount(value)
