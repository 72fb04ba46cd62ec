from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic.exposure import (
    BLOCK,
    CREDIT_CHECK_EXPIRED,
    CREDIT_CHECK_MISSING,
    HANDED_OVER,
    PILOT_ENDED,
    Facts,
    Reason,
    Request,
)
from .test_exposure import decide, rule

ENDED = date(2026, 2, 28)


@tagged('post_install', '-at_install')
class TestExposureChecks(BaseCase):
    """Credit checks, free periods and cases at an agency: what holds, and with which figures."""

    def _check(self, trigger, rows, **rule_values):
        """Check rows of (case, facts, request, terms, the expected values of the reason)."""
        for case, facts, request, terms, expected in rows:
            with self.subTest(case):
                verdict = decide(
                    Facts(**facts), rule(trigger, **rule_values),
                    request=Request(**request), **terms)
                self.assertEqual(
                    verdict.reasons,
                    () if expected is None else (Reason(trigger, BLOCK, **expected),))

    def test_a_credit_check_is_asked_for_above_an_amount(self):
        never = {'credit_check': False}
        lapsed = {**never, 'credit_check_ended': ENDED}
        self._check(CREDIT_CHECK_MISSING, [
            ("exactly the amount", {**never, 'receivables': 500.0}, {}, {}, None),
            ("a cent more", {**never, 'receivables': 500.01}, {}, {},
             {'amount': 500.01, 'limit': 500.0}),
            ("the order counts", {**never, 'receivables': 400.0}, {'amount': 150.0}, {},
             {'amount': 550.0, 'limit': 500.0}),
            ("the order alone, in whole", {**never}, {'amount': 500.0}, {}, None),
            ("a refund frees nothing", {**never, 'receivables': 600.0}, {'amount': -300.0}, {},
             {'amount': 600.0, 'limit': 500.0}),
            ("no order asks for nothing", {**never, 'receivables': 499.5}, {}, {}, None),
            ("drafts do not count", {**never, 'drafts': 900.0}, {}, {}, None),
            ("drafts count where told", {**never, 'drafts': 900.0}, {}, {'count_drafts': True},
             {'amount': 900.0, 'limit': 500.0}),
            ("the last one has ended", {**lapsed, 'receivables': 900.0}, {}, {},
             {'amount': 900.0, 'limit': 500.0, 'day': ENDED}),
            ("one is in force", {'credit_check': True, 'receivables': 900.0}, {}, {}, None),
            ("nobody asked", {'credit_check': None, 'receivables': 900.0}, {}, {}, None),
        ], amount=500.0)

    def test_a_credit_check_that_ended_holds_above_an_amount(self):
        lapsed = {'credit_check': False, 'credit_check_ended': ENDED}
        self._check(CREDIT_CHECK_EXPIRED, [
            ("exactly the amount", {**lapsed, 'receivables': 500.0}, {}, {}, None),
            ("a cent more", {**lapsed, 'receivables': 500.01}, {}, {},
             {'amount': 500.01, 'day': ENDED}),
            ("the order counts", {**lapsed, 'receivables': 400.0}, {'amount': 150.0}, {},
             {'amount': 550.0, 'day': ENDED}),
            ("a refund frees nothing", {**lapsed, 'receivables': 600.0}, {'amount': -300.0}, {},
             {'amount': 600.0, 'day': ENDED}),
            ("no order asks for nothing", {**lapsed, 'receivables': 499.5}, {}, {}, None),
            ("drafts count where told", {**lapsed, 'drafts': 900.0}, {}, {'count_drafts': True},
             {'amount': 900.0, 'day': ENDED}),
            ("there never was one", {'credit_check': False, 'receivables': 900.0}, {}, {}, None),
            ("a newer one is in force",
             {'credit_check': True, 'credit_check_ended': ENDED, 'receivables': 900.0}, {}, {},
             None),
        ], amount=500.0)

    def test_without_an_amount_a_credit_check_that_ended_holds_everybody(self):
        lapsed = {'credit_check': False, 'credit_check_ended': ENDED}
        self._check(CREDIT_CHECK_EXPIRED, [
            ("nothing is open", lapsed, {}, {}, {'amount': 0.0, 'day': ENDED}),
            ("a credit balance", {**lapsed, 'receivables': -50.0}, {}, {},
             {'amount': -50.0, 'day': ENDED}),
            ("an order", lapsed, {'amount': 0.5}, {}, {'amount': 0.5, 'day': ENDED}),
        ])

    def test_a_free_period_that_is_over(self):
        self._check(PILOT_ENDED, [
            ("it is over", {'pilot_ended': ENDED}, {}, {}, {'day': ENDED}),
            ("none was given, or it lasts", {}, {}, {}, None),
        ])

    def test_what_is_at_an_agency_holds(self):
        self._check(HANDED_OVER, [
            ("something is there", {'extra': {HANDED_OVER: 80.0}}, {}, {}, {'amount': 80.0}),
            ("a cent is", {'extra': {HANDED_OVER: 0.01}}, {}, {}, {'amount': 0.01}),
            ("less than half a cent", {'extra': {HANDED_OVER: 0.004}}, {}, {}, None),
            ("all was paid there", {'extra': {HANDED_OVER: 0.0}}, {}, {}, None),
            ("more than all", {'extra': {HANDED_OVER: -5.0}}, {}, {}, None),
            ("unknown", {'extra': {HANDED_OVER: None}}, {}, {}, None),
            ("nothing ever was", {}, {}, {}, None),
        ])
