import doctest

from odoo.tests import BaseCase, tagged

from ..logic import charge


@tagged('post_install', '-at_install')
class TestCharge(BaseCase):
    """How much of what was claimed is taken back."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(charge)
        self.assertTrue(attempted and not failed)

    def test_take_back(self):
        for name, charges, owed, expected in (
            ("all is owed", [(10.0, 0.0, 0.0)], 10.0, [0.0]),
            ("more is owed: the next letter says so", [(10.0, 0.0, 0.0)], 12.0, [0.0]),
            ("nothing is owed", [(10.0, 0.0, 0.0), (5.0, 0.0, 0.0)], 0.0, [10.0, 5.0]),
            ("less than nothing is nothing", [(10.0, 0.0, 0.0)], -3.0, [10.0]),
            ("the latest first", [(10.0, 0.0, 0.0), (5.0, 0.0, 0.0)], 9.0, [1.0, 5.0]),
            ("waived is not given back", [(10.0, 10.0, 0.0)], 4.0, [0.0]),
            ("waived counts against what is owed", [(10.0, 4.0, 0.0)], 7.0, [3.0]),
            ("waived of one counts for all", [(10.0, 10.0, 0.0), (5.0, 0.0, 0.0)], 3.0,
             [0.0, 5.0]),
            ("owed again: the oldest first", [(10.0, 0.0, 2.0), (5.0, 0.0, 5.0)], 11.0,
             [0.0, 4.0]),
            ("done before", [(10.0, 0.0, 1.0), (5.0, 0.0, 5.0)], 9.0, [1.0, 5.0]),
            ("one owed again, as far as it was taken", [(10.0, 0.0, 2.0)], 30.0, [0.0]),
            ("what was taken and waived leaves no room", [(10.0, 4.0, 3.0), (5.0, 0.0, 0.0)], 1.0,
             [6.0, 5.0]),
            ("no more of one than is left of it", [(10.0, 0.0, 0.0), (5.0, 0.0, 2.0)], 5.0,
             [5.0, 5.0]),
            ("no more of one than was not waived", [(10.0, 0.0, 0.0), (5.0, 2.0, 0.0)], 5.0,
             [7.0, 3.0]),
            ("cents on top of cents", [(0.3, 0.0, 0.1)], 0.0, [0.3]),
            ("more waived than claimed", [(10.0, 12.0, 0.0), (5.0, 0.0, 0.0)], 0.0, [0.0, 3.0]),
            ("more waived and taken than claimed takes none back",
             [(10.0, 8.0, 4.0), (5.0, 0.0, 0.0)], 8.0, [4.0, 3.0]),
            ("a rest below a cent is none", [(10.0, 0.0, 0.0), (0.004, 0.0, 0.0)], 9.0,
             [1.0, 0.0]),
            ("cents of several", [(0.1, 0.0, 0.0), (0.2, 0.0, 0.0), (0.3, 0.0, 0.0)], 0.05,
             [0.05, 0.2, 0.3]),
            ("cents given back", [(0.1, 0.0, 0.1), (0.2, 0.0, 0.2), (0.3, 0.0, 0.3)], 0.35,
             [0.0, 0.0, 0.25]),
            ("no charges", [], 9.0, []),
            ("to the cent", [(10.0, 0.0, 0.0)], 9.999, [0.0]),
        ):
            with self.subTest(name):
                self.assertEqual(charge.take_back(charges, owed), expected)
