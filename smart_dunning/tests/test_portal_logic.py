import doctest
import math
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import portal
from ..logic.portal import Bounds, Item

TODAY = date(2026, 3, 2)


def compare(left, right):
    return (round(left - right, 2) > 0) - (round(left - right, 2) < 0)


def cents(amount):
    return round(amount, 2)


def ahead(days):
    return TODAY + timedelta(days=days)


@tagged('post_install', '-at_install')
class TestPortalLogic(BaseCase):
    """What customers see, may pay, promise and propose on their page: each rule a row."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(portal).failed)

    # What is open -------------------------------------------------------------------------------

    def test_what_an_item_is_asked_for(self):
        self.assertEqual(Item(1, 5.0), Item(1, 5.0, disputed=0.0, excluded=None))
        for case, item, amount in (
            ("all of it", Item(1, 100.0), 100.0),
            ("less what is disputed", Item(1, 100.0, 30.0), 70.0),
            ("all is disputed", Item(1, 100.0, 100.0), 0.0),
            ("paid after it was disputed", Item(1, 20.0, 30.0), 0.0),
            ("a payment is under way", Item(1, 100.0, excluded='underway'), 0.0),
            ("a cent", Item(1, 0.01), 0.01),
        ):
            with self.subTest(case):
                self.assertEqual(portal.get_payable(item), amount)

    def test_how_the_page_shows_an_item(self):
        for case, item, state in (
            ("untouched", Item(1, 50.0), 'open'),
            ("less than in the letter", Item(1, 49.99), 'part_paid'),
            ("less than half a cent", Item(1, 49.996), 'open'),
            ("more than in the letter", Item(1, 60.0), 'open'),
            ("half is disputed", Item(1, 50.0, 25.0), 'open'),
            ("half is disputed, some paid", Item(1, 40.0, 25.0), 'part_paid'),
            ("all is disputed", Item(1, 50.0, 50.0), 'clarified'),
            ("all but nothing is disputed", Item(1, 50.0, 49.996), 'clarified'),
            ("nothing is left", Item(1, 0.0), 'paid'), ("overpaid", Item(1, -5.0), 'paid'),
            ("a cent is left", Item(1, 0.01), 'part_paid'),
            ("on its way", Item(1, 50.0, excluded='underway'), 'underway'),
            ("the provider works on it", Item(1, 50.0, excluded='pending_payment'), 'underway'),
            ("we ask for it no more", Item(1, 50.0, excluded='blocked'), 'withdrawn'),
            ("at an agency", Item(1, 50.0, excluded='handed_over'), 'collected'),
            ("gone", None, 'paid'),
        ):
            with self.subTest(case):
                self.assertEqual(portal.get_state(item, 50.0, compare), state)
        self.assertEqual(portal.get_state(None, 50.0, compare, is_cancelled=True), 'cancelled')
        self.assertEqual(
            portal.get_state(Item(1, 50.0), 50.0, compare, is_cancelled=True), 'open')

    def test_credits_and_the_total(self):
        items = [Item(1, 100.0, 30.0), Item(2, 50.0), Item(3, 20.0, excluded='blocked')]
        for case, asked, charges, credit, used, total in (
            ("no credit", items, 0.0, 0.0, 0.0, 120.0),
            ("charges besides", items, 5.5, 0.0, 0.0, 125.5),
            ("a credit counts", items, 5.0, 25.0, 25.0, 100.0),
            ("no more of it than is asked for", items, 5.0, 500.0, 120.0, 5.0),
            ("a debt is no credit", items, 5.0, -25.0, 0.0, 125.0),
            ("a small credit", items, 0.0, 0.5, 0.5, 119.5),
            ("in cents", items, 0.004, 0.004, 0.0, 120.0),
            ("charges given back", items[:1], -90.0, 0.0, 0.0, 0.0),
            ("nothing is open", [], 0.0, 25.0, 0.0, 0.0),
            ("charges alone", [], 5.0, 25.0, 0.0, 5.0),
            ("a cent", [], 0.01, 0.0, 0.0, 0.01),
        ):
            with self.subTest(case):
                self.assertEqual(portal.get_credit(asked, credit, cents), used)
                self.assertEqual(portal.get_total(
                    asked, charges=charges, credit=credit, round_amount=cents), total)

    # What is paid -------------------------------------------------------------------------------

    def test_which_amount_is_paid(self):
        """Of 100, at least 25 at a time where parts are allowed; the browser only wishes."""
        for case, total, wish, is_partial, minimum, amount in (
            ("all", 100.0, None, True, 25.0, 100.0),
            ("a part", 100.0, 40.0, True, 25.0, 40.0),
            ("the smallest part", 100.0, 25.0, True, 25.0, 25.0),
            ("too small a part", 100.0, 24.99, True, 25.0, None),
            ("parts are not allowed", 100.0, 40.0, False, 25.0, 100.0),
            ("more than is open", 100.0, 150.0, True, 25.0, 100.0),
            ("just all", 100.0, 100.0, True, 25.0, 100.0),
            ("a cent less", 100.0, 99.99, True, 25.0, 99.99),
            ("nothing", 100.0, 0.0, True, 0.0, None),
            ("less than nothing", 100.0, -5.0, True, 0.0, None),
            ("a cent without a smallest part", 100.0, 0.01, True, 0.0, 0.01),
            ("no number", 100.0, math.nan, True, 25.0, 100.0),
            ("endless", 100.0, -math.inf, True, 25.0, 100.0),
            ("less is open than the smallest part", 10.0, 5.0, True, 25.0, None),
            ("the rest, smaller than the smallest part", 10.0, 10.0, True, 25.0, 10.0),
            ("nothing is open", 0.0, 5.0, True, 0.0, None),
            ("a credit is left", -5.0, None, False, 0.0, None),
            ("a cent is open", 0.01, None, False, 0.0, 0.01),
        ):
            with self.subTest(case):
                self.assertEqual(portal.choose_amount(
                    total, wish=wish, is_partial=is_partial, minimum=minimum), amount)

    def test_what_a_payment_settles_first(self):
        early, late = date(2026, 1, 5), date(2026, 2, 1)
        for case, items, ids in (
            ("the oldest first", [(1, late, 0.0), (2, early, 0.0)], [2, 1]),
            ("of one day the first", [(2, early, 0.0), (1, early, 0.0)], [1, 2]),
            ("disputed ones last", [(1, early, 0.01), (2, late, 0.0)], [2, 1]),
            ("how much is disputed says nothing",
             [(1, late, 5.0), (2, early, 90.0), (3, early, 0.5)], [2, 3, 1]),
            ("nothing", [], []),
        ):
            with self.subTest(case):
                self.assertEqual(portal.order_for_payment(items), ids)

    # What is promised and proposed --------------------------------------------------------------

    def test_promises(self):
        """Accepted at once up to 14 days ahead, two for each item."""
        for case, days, earlier, answer in (
            ("today", 0, 0, 'accepted'), ("yesterday", -1, 0, 'past'),
            ("the last day", 14, 0, 'accepted'), ("a day more", 15, 0, 'waits'),
            ("the second one", 7, 1, 'accepted'), ("the third one", 7, 2, 'waits'),
            ("a year", 366, 0, 'waits'), ("more than a year", 367, 0, 'too_far'),
        ):
            with self.subTest(case):
                self.assertEqual(portal.judge_promise(
                    ahead(days), TODAY, most_days=14, earlier=earlier, most=2), answer)

    def test_instalments(self):
        """At most three parts of at least 50, the first within 14 days, the last within 90."""
        bounds = Bounds(parts=3, smallest=50.0, first_days=14, days=90)
        none = Bounds(parts=0, smallest=0.0, first_days=0, days=0)
        for case, parts, within, reason in (
            ("as agreed", [(7, 60.0), (37, 60.0), (67, 40.0)], bounds, None),
            ("at every bound", [(14, 50.0), (37, 50.0), (90, 1.0)], bounds, None),
            ("from today on", [(0, 60.0)], bounds, None),
            ("from yesterday on", [(-1, 60.0), (7, 60.0)], bounds, 'past'),
            ("one part too many", [(7, 60.0)] * 4, bounds, 'too_many_parts'),
            ("a part too small", [(7, 60.0), (37, 49.99), (67, 60.0)], bounds, 'too_small_parts'),
            ("the only part is too small", [(7, 49.99)], bounds, 'too_small_parts'),
            ("a late first one", [(15, 60.0), (37, 60.0)], bounds, 'too_late_first'),
            ("a late last one", [(7, 60.0), (91, 60.0)], bounds, 'too_long'),
            ("no part", [], bounds, 'unfit'),
            ("a part of nothing", [(7, 60.0), (37, 0.0)], none, 'unfit'),
            ("a part that is given back", [(7, 60.0), (37, -5.0)], none, 'unfit'),
            ("a cent at the end", [(7, 60.0), (37, 0.01)], bounds, None),
            ("without bounds", [(400, 0.01)] * 40, none, None),
            ("without bounds, but not before today", [(-1, 5.0)], none, 'past'),
            ("within a day", [(1, 5.0)], Bounds(1, 1.0, 1, 1), None),
            ("two of one", [(0, 5.0), (1, 5.0)], Bounds(1, 1.0, 1, 1), 'too_many_parts'),
            ("half of the smallest", [(0, 0.5)], Bounds(1, 1.0, 1, 1), 'too_small_parts'),
            ("begins after a day", [(2, 5.0)], Bounds(1, 1.0, 1, 0), 'too_late_first'),
            ("ends after a day", [(2, 5.0)], Bounds(1, 1.0, 0, 1), 'too_long'),
        ):
            with self.subTest(case):
                self.assertEqual(portal.judge_parts(
                    [(ahead(days), amount) for days, amount in parts], TODAY, within), reason)
