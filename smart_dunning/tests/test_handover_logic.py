import doctest
from dataclasses import replace
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..logic import bureau, handover, handover_back, handover_record, handover_status

_TODAY = date(2026, 3, 9)


def _remind(*days, **values):
    """Return written reminders of these days."""
    return tuple(handover.Reminder(10 + number, day, **values) for number, day in enumerate(days))


_ITEM = handover.Item(
    1, "INV/1", 100.0, is_announced=True, deadline=date(2026, 3, 2), due=date(2025, 12, 1),
    reminders=_remind(date(2026, 1, 5), date(2026, 2, 16)), limitation=date(2029, 12, 31),
    is_delivered=True)
_CASE = handover.Case((_ITEM,), worth=100.0, country=57)
_AGENCY = handover.Agency(1)


def _compare(left, right):
    return round(left - right, 2)


@tagged('post_install', '-at_install')
class TestHandoverLogic(BaseCase):
    """The gate, the choice of an agency, what comes back: each rule a row."""

    def test_doctests(self):
        for module in (bureau, handover, handover_back, handover_record, handover_status):
            with self.subTest(module=module.__name__):
                failed, attempted = doctest.testmod(module)
                self.assertTrue(attempted and not failed)

    def _decide(self, case=_CASE, rules=None, agency=_AGENCY):
        return handover.decide(case, rules or handover.Rules(), agency, _TODAY, _compare)

    def _codes(self, *args, **kwargs):
        return [point.code for point in self._decide(*args, **kwargs)]

    def test_nothing_speaks_against_it(self):
        self.assertEqual(self._codes(), [])

    def test_items(self):
        rows = [
            ({'open': 0.0}, handover.NOTHING), ({'due': _TODAY}, handover.NOT_DUE),
            ({'excluded': 'underway'}, handover.EXCLUDED), ({'disputed': 1.0}, handover.DISPUTE),
            ({'is_promised': True}, handover.PROMISE), ({'is_in_plan': True}, handover.INSTALLMENT),
            ({'is_paused': True}, handover.PAUSED), ({'is_announced': False}, handover.ANNOUNCED),
            ({'deadline': date(2026, 3, 6)}, handover.DEADLINE),
            ({'reminders': _remind(date(2026, 1, 5))}, handover.LETTERS),
            ({'reminders': _remind(_TODAY - timedelta(days=27), _TODAY)}, handover.DAYS),
            ({'reminders': (handover.Reminder(9, date(2026, 1, 5), is_written=False),
                            *_remind(_TODAY - timedelta(days=27), _TODAY))}, handover.DAYS),
            ({'limitation': date(2026, 3, 8)}, handover.TIME_BARRED),
            ({'is_delivered': False}, handover.UNDELIVERED),
            ({'has_return': True}, handover.RETURN),
        ]
        for values, code in rows:
            with self.subTest(code=code):
                self.assertEqual(
                    self._codes(replace(_CASE, items=(_ITEM._replace(**values),))), [code])

    def test_edges_pass(self):
        for values in (
                {'deadline': date(2026, 3, 5)},
                {'reminders': _remind(_TODAY - timedelta(days=28), _TODAY)},
                {'limitation': _TODAY}, {'limitation': None}, {'disputed': 0.004}):
            with self.subTest(values=values):
                self.assertEqual(
                    self._codes(replace(_CASE, items=(_ITEM._replace(**values),))), [])

    def test_case(self):
        rows = [
            ({'credit': 5.0}, handover.CREDIT), ({'is_paused': True}, handover.PAUSED),
            ({'has_pending_letter': True}, handover.PENDING),
            ({'is_address_complete': False}, handover.ADDRESS),
            ({'missing': ("Phone",)}, handover.ASKED), ({'items': ()}, handover.NOTHING),
            ({'insolvency': "i. L."}, handover.INSOLVENT)]
        for values, code in rows:
            with self.subTest(code=code):
                self.assertEqual(self._codes(replace(_CASE, **values)), [code])
        self.assertEqual(self._codes(agency=None), [handover.NO_AGENCY])
        self.assertEqual(
            self._codes(rules=handover.Rules(min_amount=100.01)), [handover.MINIMUM])

    def test_agencies(self):
        rows = [
            (handover.Agency(1), True), (handover.Agency(1, frozenset({57})), True),
            (handover.Agency(1, frozenset({14})), False),
            (handover.Agency(1, min_amount=100), True),
            (handover.Agency(1, min_amount=101), False),
            (handover.Agency(1, max_amount=100), True),
            (handover.Agency(1, max_amount=99), False),
            (handover.Agency(1, customers=handover.BUSINESS), False),
            (handover.Agency(1, customers=handover.CONSUMER), True)]
        for agency, takes in rows:
            with self.subTest(agency=agency):
                self.assertEqual(handover.serves(agency, _CASE, _compare), takes)
                self.assertEqual(handover.AGENCY in self._codes(agency=agency), not takes)
        agencies = [agency for agency, _takes in rows]
        self.assertIs(handover.choose(agencies[2:], _CASE, _compare), agencies[3])

    def test_law_is_not_overridden(self):
        every = frozenset(handover.POINTS)
        for code in handover.POINTS:
            with self.subTest(code=code):
                point = handover.Point(code, is_open=code in handover.OPEN_POINTS)
                self.assertEqual(
                    handover.may_pass([point], every), code in handover.OPEN_POINTS)

    def test_credit_bureau_is_strict_with_persons(self):
        lax = handover.Rules(min_letters=0, min_days=0)
        item = _ITEM._replace(reminders=_remind(_TODAY - timedelta(days=10)))
        case, reports = replace(_CASE, items=(item,)), handover.Agency(1, reports=True)
        self.assertEqual(self._codes(case, lax), [])
        points = self._decide(case, lax, reports)
        self.assertEqual([(one.code, one.wanted) for one in points], [
            (handover.LETTERS, 2), (handover.DAYS, 28), (handover.BUREAU, 0)])
        self.assertFalse(any(one.is_open for one in points))
        self.assertEqual(self._codes(replace(case, is_person=False), lax, reports), [])

    def test_what_the_policy_asks_beyond_the_law_is_left_to_us(self):
        reports = handover.Agency(1, reports=True)
        told = replace(_CASE, items=(_ITEM._replace(
            reminders=_remind(date(2026, 1, 5), date(2026, 2, 5), tells_bureau=True)),))
        self.assertEqual(self._codes(told, agency=reports), [])
        rules = handover.Rules(min_letters=3, min_days=90)
        points = self._decide(told, rules, reports)
        self.assertEqual([(one.code, one.wanted, one.is_open) for one in points], [
            (handover.LETTERS, 3, True), (handover.DAYS, 90, True)])
        few = replace(_CASE, items=(_ITEM._replace(
            reminders=_remind(_TODAY, tells_bureau=True)),))
        self.assertEqual(
            [(one.code, one.wanted, one.is_open) for one in self._decide(few, rules, reports)],
            [(handover.LETTERS, 2, False), (handover.DAYS, 28, False)])

    def test_facts_for_the_bureau(self):
        call = handover.Reminder(9, date(2025, 12, 20), is_written=False, tells_bureau=True)
        first, second = _remind(date(2026, 2, 10), date(2026, 3, 1))
        rows = [
            ((), [False, False, False]), ((call,), [False, False, False]),
            ((call, first), [False, False, False]), ((first, second), [False, True, False]),
            (_remind(date(2026, 2, 9)), [True, False, False]),
            ((first, second._replace(tells_bureau=True)), [False, True, True])]
        for reminders, wanted in rows:
            with self.subTest(reminders=reminders):
                case = replace(_CASE, items=(_ITEM._replace(reminders=reminders),))
                facts = bureau.find_facts(case, _TODAY, _compare)
                self.assertEqual([one.is_met for one in facts], [True, *wanted, True])
        items = (_ITEM._replace(due=_TODAY), _ITEM._replace(id=2, number="INV/2", disputed=5.0))
        facts = bureau.find_facts(replace(_CASE, items=items), _TODAY, _compare)
        self.assertEqual(
            [(one.item, one.code) for one in facts if not one.is_met and one.code != 'told'],
            [(1, 'unpaid'), (2, 'undisputed')])

    def test_status_lines(self):
        known = handover_back.Known(1, "HO/1", "EUR", state='accepted', paid=20.0, costs=5.0)
        rows = [
            ({}, 'same'), ({'paid': 20.0, 'costs': 5.0, 'state': 'accepted'}, 'same'),
            ({'paid': 20.01}, 'changed'), ({'paid': 19.99}, 'less_paid'),
            ({'costs': 4.0}, 'less_costs'), ({'paid': -1.0}, 'negative'),
            ({'state': 'court'}, 'changed'), ({'state': 'lost'}, 'unknown_state'),
            ({'closed_as': 'gone'}, 'unknown_state'), ({'currency': 'CHF'}, 'other_currency'),
            ({'number': "HO/9"}, 'unknown_case')]
        for values, code in rows:
            with self.subTest(values=values):
                status = handover_back.Status(2, **{'number': "HO/1", **values})
                self.assertEqual(handover_back.judge_status(
                    [status], {"HO/1": known}, lambda _name: _compare)[0].code, code)
        twice = [handover_back.Status(row, "HO/1", paid=30.0) for row in (2, 3)]
        self.assertEqual([one.code for one in handover_back.judge_status(
            twice, {"HO/1": known}, lambda _name: _compare)], ['changed', 'twice'])

    def test_amounts_are_compared_in_the_currency_of_the_case(self):
        digits = {'JPY': 0, 'EUR': 2, 'KWD': 3}

        def get_compare(name):
            return lambda left, right: (
                round(left - right, digits[name]) > 0) - (round(left - right, digits[name]) < 0)

        for currency, code in (('JPY', 'same'), ('EUR', 'same'), ('KWD', 'changed')):
            known = handover_back.Known(1, "HO/1", currency, paid=20.0)
            with self.subTest(currency=currency):
                self.assertEqual(handover_back.judge_status(
                    [handover_back.Status(2, "HO/1", paid=20.002)], {"HO/1": known},
                    get_compare)[0].code, code)
