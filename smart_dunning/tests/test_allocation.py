import doctest

from odoo.tests import BaseCase, tagged

from ..logic import allocation
from ..logic.allocation import round_cents, share


@tagged('post_install', '-at_install')
class TestAllocation(BaseCase):
    """How a payment is shared out among claims, as a table."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(allocation)
        self.assertTrue(attempted and not failed)

    def test_shares(self):
        claims = [('fee', 5.0), ('lump', 40.0), ('interest', 7.0)]
        for amount, expected in (
            (0.0, {}), (0.5, {'fee': 0.5}), (3.0, {'fee': 3.0}), (5.0, {'fee': 5.0}),
            (45.01, {'fee': 5.0, 'lump': 40.0, 'interest': 0.01}),
            (52.0, dict(claims)), (1000.0, dict(claims)),
            (0.004, {}),                                     # less than the currency knows
        ):
            with self.subTest(amount=amount):
                self.assertEqual(share(amount, claims), expected)
        self.assertEqual(share(7, [('a', 5)], round), {'a': 5})

    def test_what_is_nothing_gets_nothing(self):
        self.assertEqual(share(10.0, [('none', 0.0), ('fee', 5.0)]), {'fee': 5.0})
        self.assertEqual(share(0.0, [('small', 0.5)]), {})
        self.assertEqual(share(10.0, [('small', 0.5), ('fee', 5.0)]), {'small': 0.5, 'fee': 5.0})

    def test_a_correction_adds_to_what_there_is_once(self):
        for correction in (-4.0, -0.5):
            with self.subTest(correction=correction):
                self.assertEqual(
                    share(10.0, [('correction', correction), ('interest', 50.0)]),
                    {'correction': correction, 'interest': 10.0 - correction})

    def test_cents_are_not_lost_in_fractions(self):
        self.assertEqual(share(0.3, [('a', 0.1), ('b', 0.2)]), {'a': 0.1, 'b': 0.2})
        self.assertEqual(share(9.0, [('a', 5.004)]), {'a': 5.0})
        # 1.1 - 1.0 - 0.1 is more than nothing in floats: nothing is left for a third claim.
        self.assertEqual(
            share(1.1, [('a', 1.0), ('b', 0.1), ('c', 1.0)]), {'a': 1.0, 'b': 0.1})
        self.assertEqual([round_cents(amount) for amount in (1.006, 1.004)], [1.01, 1.0])
