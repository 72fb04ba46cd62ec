import doctest

from odoo.tests import BaseCase, tagged

from ..logic import number


@tagged('post_install', '-at_install')
class TestNumber(BaseCase):
    """Amounts as people of all countries write them, and what nobody guesses about."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(number).failed)

    def test_what_is_certain(self):
        for text, value in (
            ("0", 0.0), ("7", 7.0), ("007", 7.0), ("1234", 1234.0), ("12,5", 12.5), ("12.50", 12.5),
            ("5,", 5.0), ("0.234", 0.234), ("1234.567", 1234.567), ("1.2345", 1.2345),
            ("1.234,5", 1234.5), ("1,234.50", 1234.5), ("1.234,567", 1234.567),
            ("1.234.567", 1234567.0), ("1,234,567.89", 1234567.89), ("12.345.678,9", 12345678.9),
            ("1 234,50", 1234.5), ("1\u00a0234", 1234.0), ("1\u202f234,50", 1234.5),
            ("1'234.50", 1234.5), ("1’234", 1234.0),
        ):
            for decimal in (None, '.', ','):
                with self.subTest(text=text, decimal=decimal):
                    self.assertEqual(number.read_number(text, decimal), value)

    def test_one_mark_before_three_digits(self):
        for text, nobody, point, comma in (
            ("1.234", None, 1.234, 1234.0), ("1,234", None, 1234.0, 1.234),
            ("123.456", None, 123.456, 123456.0), ("999,000", None, 999000.0, 999.0),
        ):
            with self.subTest(text):
                self.assertEqual(
                    [number.read_number(text, sign) for sign in (None, '.', ',')],
                    [nobody, point, comma])

    def test_what_is_no_number(self):
        for text in (
            "", " ", "x", ".5", ",", "-3", "+3", "1e5", "nan", "inf", "²", "٣", "1.2.3", "12..5",
            "1.2,3.4", "1,234.567.890", "1.234,5,6", "12.34.567", "0.123.456", "1234.567.890",
            "1.23,45",
        ):
            for decimal in (None, '.', ','):
                with self.subTest(text=text, decimal=decimal):
                    self.assertIsNone(number.read_number(text, decimal))
