from dataclasses import replace
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import handover, handover_back
from ..logic.bureau import Fact, find_facts
from ..logic.handover import Agency, Case, Item, Point, Reminder, Rules, decide
from ..logic.handover_back import Known, Status, Verdict, judge_status

TODAY = date(2026, 3, 9)
#: Two reminders, the later one tells of the credit bureau.
REMINDERS = (Reminder(8, date(2026, 1, 5)), Reminder(9, date(2026, 2, 16), tells_bureau=True))
ITEM = Item(
    1, "INV/1", 100.0, is_announced=True, deadline=date(2026, 3, 2), due=date(2025, 12, 1),
    reminders=REMINDERS, is_delivered=True)
OTHER = ITEM._replace(id=2, number="INV/2")
CASE = Case((ITEM,), worth=100.0)
REPORTS = Agency(1, reports=True)


def compare(left, right):
    return (round(left - right, 2) > 0) - (round(left - right, 2) < 0)


def ago(days, **values):
    return Reminder(8, TODAY - timedelta(days=days), **values)


@tagged('post_install', '-at_install')
class TestHandoverGate(BaseCase):
    """What a clerk is told: which invoices, which figures, and what may be decided otherwise."""

    def _check(self, rows, agency=None, **rules):
        """Check rows of (what is the case, its items, its values, the points found)."""
        for name, items, values, expected in rows:
            with self.subTest(name):
                case = replace(CASE, items=tuple(
                    one._replace(**changed) for one, changed in items), **values)
                self.assertEqual(list(decide(
                    case, Rules(**rules), agency or Agency(1), TODAY, compare)), expected)

    def test_what_is_not_known_is_nothing(self):
        self.assertEqual(Item(1, "INV/1", 5.0), Item(
            1, "INV/1", 5.0, 0.0, False, False, False, None, False, None, (), None, False, False,
            None))
        self.assertEqual(Case(()), Case(
            (), 0.0, 0.0, False, True, None, False, True, False, (), ''))
        self.assertEqual(Rules(), Rules(2, 28, 3, 0.0))
        self.assertEqual(Agency(1), Agency(1, frozenset(), 0.0, 0.0, 'all', False))
        self.assertEqual(Point('days'), Point('days', (), 0.0, 0.0, None, (), False))
        self.assertEqual(Reminder(8, TODAY), Reminder(8, TODAY, True, False))
        self.assertIsNone(Item(1, "INV/1", 5.0).first_day)

    def test_points_of_items_name_their_invoices_and_figures(self):
        once, never = {'reminders': REMINDERS[:1]}, {'reminders': ()}
        self._check([
            ("nothing speaks against it", [(ITEM, {}), (OTHER, {})], {}, []),
            ("too few reminders of one", [(ITEM, {}), (OTHER, once)], {},
             [Point('letters', ("INV/2",), 1, 2, is_open=True)]),
            ("the fewest count", [(ITEM, once), (OTHER, never)], {},
             [Point('letters', ("INV/1", "INV/2"), 0, 2, is_open=True)]),
            ("two parts of one invoice", [(ITEM, once), (ITEM, {**once, 'id': 2})], {},
             [Point('letters', ("INV/1",), 1, 2, is_open=True)]),
            ("disputed: two reminders so far", [(ITEM, {'disputed': 0.5})], {},
             [Point('dispute', ("INV/1",), 2)]),
            ("the customer is paused", [(ITEM, {}), (OTHER, {})], {'is_paused': True},
             [Point('paused', ("INV/1", "INV/2"), is_open=True)]),
            ("one invoice is, too", [(ITEM, {}), (OTHER, {'is_paused': True})],
             {'is_paused': True}, [Point('paused', ("INV/2",), 2, is_open=True)]),
            ("several, in the order of the list",
             [(ITEM, {'is_delivered': False, 'is_promised': True, 'has_return': True})], {},
             [Point('promise', ("INV/1",), 2), Point('undelivered', ("INV/1",), 2, is_open=True),
              Point('return', ("INV/1",), 2, is_open=True)]),
        ])

    def test_what_is_too_early(self):
        young, younger = ((ago(20), ago(1)), (ago(10), ago(1)))
        self._check([
            ("the last day of the announcement and three more", [
                (ITEM, {'deadline': date(2026, 3, 6)}), (OTHER, {})], {},
             [Point('deadline', ("INV/1",), day=TODAY, is_open=True)]),
            ("the later one counts", [
                (ITEM, {'deadline': date(2026, 3, 6)}), (OTHER, {'deadline': date(2026, 3, 9)})],
             {}, [Point('deadline', ("INV/1", "INV/2"), day=date(2026, 3, 12), is_open=True)]),
            ("no time was granted", [(ITEM, {'deadline': None})], {}, []),
            ("granted for something else",
             [(ITEM, {'deadline': TODAY, 'is_announced': False})], {},
             [Point('announced', ("INV/1",), 2, is_open=True)]),
            ("begun twenty days ago", [(ITEM, {'reminders': young})], {},
             [Point('days', ("INV/1",), 20, 28, is_open=True)]),
            ("the latest beginning counts",
             [(ITEM, {'reminders': young}), (OTHER, {'reminders': younger})], {},
             [Point('days', ("INV/1", "INV/2"), 10, 28, is_open=True)]),
        ])

    def test_points_of_the_case_and_their_figures(self):
        self._check([
            ("nothing is open", [(ITEM, {'open': 0.0})], {}, [Point('nothing')]),
            ("half a unit is", [(ITEM, {'open': 0.5})], {}, []),
            ("credits among the items", [(ITEM, {}), (OTHER, {'open': -100.0})], {},
             [Point('nothing')]),
            ("no items", [], {}, [Point('nothing')]),
            ("a credit", [(ITEM, {})], {'credit': 0.5}, [Point('credit', figure=0.5)]),
            ("what the agency asks for", [(ITEM, {})], {'missing': ("Phone", "VAT")},
             [Point('asked', names=("Phone", "VAT"), is_open=True)]),
            ("a name that tells", [(ITEM, {})], {'insolvency': "i. L."},
             [Point('insolvent', names=("i. L.",), is_open=True)]),
            ("why items are left out, each reason once",
             [(ITEM, {'excluded': 'blocked'}), (OTHER, {'excluded': 'blocked'})], {},
             [Point('excluded', ("INV/1", "INV/2"), 2, names=('blocked',))]),
        ])
        self._check([
            ("just enough", [(ITEM, {})], {}, []),
            ("too small for us", [(ITEM, {})], {'worth': 99.5},
             [Point('minimum', figure=99.5, wanted=100.0, is_open=True)]),
        ], min_amount=100.0)
        self._check([
            ("too small for the agency", [(ITEM, {})], {'worth': 99.5},
             [Point('agency', figure=99.5)]),
        ], Agency(1, min_amount=100.0))

    def test_whom_an_agency_works_on(self):
        for customers, business, consumer in (
            ('all', True, True), ('business', True, False), ('consumer', False, True),
        ):
            with self.subTest(customers):
                self.assertEqual([
                    handover.serves(
                        Agency(1, customers=customers), replace(CASE, is_business=is_business),
                        compare)
                    for is_business in (True, False)], [business, consumer])

    # Credit bureaus -----------------------------------------------------------------------------

    def test_the_law_on_credit_bureaus_is_not_decided_otherwise(self):
        once, never = {'reminders': (ago(40, tells_bureau=True),)}, {'reminders': ()}
        fresh = {'reminders': (ago(28), ago(1, tells_bureau=True))}
        self._check([
            ("the later reminder tells of it", [(ITEM, {})], {}, []),
            ("one invoice lacks a reminder", [(ITEM, {}), (OTHER, once)], {},
             [Point('letters', ("INV/2",), 1, 2)]),
            ("it was never reminded of", [(ITEM, {}), (OTHER, never)], {},
             [Point('letters', ("INV/2",), 0, 2), Point('bureau', ("INV/2",), 0)]),
            ("one is too fresh", [(ITEM, {}), (OTHER, {'reminders': (
                ago(27), ago(1, tells_bureau=True))})], {}, [Point('days', ("INV/2",), 27, 28)]),
            ("old enough on the day", [(ITEM, fresh)], {}, []),
            ("a company is no person", [(ITEM, once)], {'is_person': False},
             [Point('letters', ("INV/1",), 1, 2, is_open=True)]),
        ], REPORTS)
        self._check([
            ("the policy asks for more", [(ITEM, fresh)], {},
             [Point('days', ("INV/1",), 28, 60, is_open=True)]),
        ], REPORTS, min_days=60)

    def test_facts_that_the_law_asks_for(self):
        first, second = REMINDERS
        for name, values, expected in (
            ("all are met", {}, [
                ('unpaid', True, date(2025, 12, 1), None), ('first', True, first.day, 8),
                ('second', True, second.day, 9), ('told', True, second.day, 9),
                ('undisputed', True, TODAY, None)]),
            ("none is", {'due': None, 'reminders': (), 'disputed': 0.5}, [
                ('unpaid', False, None, None), ('first', False, None, None),
                ('second', False, None, None), ('told', False, None, None),
                ('undisputed', False, TODAY, None)]),
        ):
            with self.subTest(name):
                facts = find_facts(
                    Case((ITEM._replace(**values),)), TODAY, compare)
                self.assertEqual(facts, tuple(
                    Fact(code, 1, "INV/1", *rest) for code, *rest in expected))

    # What becomes of a case ---------------------------------------------------------------------

    def test_what_a_manager_decides(self):
        days, letters = Point('days', is_open=True), Point('letters', is_open=True)
        for name, points, overridden, passes in (
            ("nothing is left", [], [], True), ("one is decided", [days], ['days'], True),
            ("another one is", [days], ['letters'], False),
            ("one of two", [days, letters], ['days'], False),
            ("both", [days, letters], ['letters', 'days'], True),
            ("law", [Point('days')], ['days'], False),
        ):
            with self.subTest(name):
                self.assertEqual(handover.may_pass(points, overridden), passes)

    def test_how_a_case_ends(self):
        for name, left, credited, end in (
            ("a cent is open", 0.01, 0.0, None), ("all was paid", 0.0, 0.0, 'paid'),
            ("overpaid", -5.0, 0.0, 'paid'), ("a part was credited", 0.0, 0.5, 'partly'),
            ("all but a cent", 0.0, 99.99, 'partly'), ("all of it", 0.0, 100.0, 'written_off'),
        ):
            with self.subTest(name):
                self.assertEqual(handover.find_end(100.0, left, credited, compare), end)

    def test_what_an_agency_transfers(self):
        self.assertEqual(
            handover.split_remittance(500.0, 200.0, 60.0, 20.0), (300.0, 40.0, 260.0))


@tagged('post_install', '-at_install')
class TestHandoverBack(BaseCase):
    """What a line of a status file changes, and what becomes of a line that cannot be."""

    def test_what_a_line_changes(self):
        known = Known(
            1, "HO/1", "EUR", state='accepted', paid=20.0, costs=5.0, closed_as='partly',
            reference="A-7")
        for name, values, code, changes in (
            ("nothing said", {}, 'same', {}),
            ("all the same", {'paid': 20.0, 'costs': 5.0, 'state': 'accepted',
                              'closed_as': 'partly', 'reference': "A-7", 'currency': "EUR"},
             'same', {}),
            ("empty says nothing", {'state': '', 'closed_as': '', 'reference': ''}, 'same', {}),
            ("more of everything",
             {'paid': 30.0, 'costs': 6.0, 'state': 'closed', 'closed_as': 'paid',
              'reference': "A-8"}, 'changed',
             {'paid': 30.0, 'costs': 6.0, 'state': 'closed', 'closed_as': 'paid',
              'reference': "A-8"}),
            ("less, in vain", {'paid': 10.0, 'state': 'closed'}, 'less_paid', {}),
            ("less costs", {'costs': 4.5}, 'less_costs', {}),
            ("below zero", {'paid': -0.5}, 'negative', {}),
            ("another currency", {'paid': 30.0, 'currency': "CHF"}, 'other_currency', {}),
            ("an unknown state", {'paid': 30.0, 'state': 'lost'}, 'unknown_state', {}),
            ("an unknown end", {'paid': 30.0, 'closed_as': 'gone'}, 'unknown_state', {}),
        ):
            with self.subTest(name):
                status = Status(2, "HO/1", **values)
                self.assertEqual(
                    judge_status([status], {"HO/1": known}, lambda _currency: compare),
                    [Verdict(status, code, changes, known)])

    def test_small_amounts_and_new_cases(self):
        new = Known(1, "HO/1", "EUR")
        self.assertEqual(new, Known(1, "HO/1", "EUR", None, 0.0, 0.0, None, None))
        for amount, code in ((0.0, 'same'), (0.01, 'changed'), (0.5, 'changed')):
            with self.subTest(amount=amount):
                [verdict] = judge_status(
                    [Status(2, "HO/1", paid=amount)], {"HO/1": new}, lambda _currency: compare)
                self.assertEqual(verdict.code, code)

    def test_one_refused_line_refuses_the_file(self):
        new = Known(1, "HO/1", "EUR")
        verdicts = judge_status(
            [Status(2, "HO/1", paid=5.0), Status(3, "HO/1", paid=6.0), Status(4, "HO/2")],
            {"HO/1": new}, lambda _currency: compare)
        self.assertEqual(
            [(one.code, one.is_refused, one.known) for one in verdicts],
            [('changed', False, new), ('twice', True, new), ('unknown_case', True, None)])
        self.assertFalse(Verdict(Status(2, "HO/1"), handover_back.SAME, {}).is_refused)
