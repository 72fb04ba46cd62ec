from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from ..logic import promise
from .claim_common import DUE, ClaimCommon
from .common import day
from .installment_common import InstallmentCommon
from .test_promise import PromiseCommon


class TestTolerance(BaseCase):

    def test_what_may_be_missing(self):
        def compare(left, right):
            return (left > right) - (left < right)
        for name, tolerance, paid, agreed, expected in (
            ("all of it", 1.0, 300.0, 300.0, 0), ("more", 1.0, 301.0, 300.0, 1),
            ("within the tolerance", 1.0, 299.5, 300.0, 0), ("exactly", 1.0, 299.0, 300.0, 0),
            ("too little", 1.0, 298.99, 300.0, -1), ("no tolerance", 0.0, 299.99, 300.0, -1),
            ("nothing at all", 5.0, 0.0, 3.0, -1),
        ):
            with self.subTest(name):
                self.assertEqual(promise.tolerate(compare, tolerance)(paid, agreed), expected)


@tagged('post_install', '-at_install')
class TestPromiseMoney(PromiseCommon):
    """Money is money, allocated or not."""

    def _receive(self, amount, on):
        self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': amount,
            'partner_id': self.customer.id, 'date': on, 'journal_id': self.journal_bank.id,
        }).action_post()

    def _judge(self, one, on):
        with freeze_time(on):
            self._night()
            return one.state

    def test_a_payment_that_nobody_has_allocated_keeps_the_promise(self):
        with freeze_time(day(0)):
            self._receive(70.0, day(-1))            # was there before
            self._invoice(due=day(-20), amount=500.0)
            one = self._promise(day(10))
        self._receive(500.0, day(9))
        self.assertEqual(self._judge(one, day(20)), 'kept')
        self.assertFalse(one.activity_ids)

    def test_what_arrives_too_late_or_was_there_before_does_not(self):
        with freeze_time(day(0)):
            self._receive(500.0, day(-1))
            self._invoice(due=day(-20), amount=500.0)
            one = self._promise(day(10))
        self._receive(500.0, day(14))
        self.assertEqual(self._judge(one, day(20)), 'broken')

    def test_one_payment_keeps_one_promise(self):
        with freeze_time(day(0)):
            promises = [
                self._promise(day(10), self._terms(self._invoice(due=day(-20), amount=500.0)))
                for _number in range(2)]
        self._receive(500.0, day(9))
        self._judge(promises[0], day(20))
        self.assertEqual([one.state for one in promises], ['kept', 'broken'])

    def test_within_the_tolerance(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            one = self._promise(day(10))
        self._pay(invoice, 499.5, on=day(5))
        self.assertEqual(self._judge(one, day(20)), 'kept')

    def test_a_promise_cannot_be_renewed_without_end(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=500.0)
            first = self._promise(day(10))
            self._promise(day(11))
            self.assertEqual(first.state, 'replaced')
            with self.assertRefused("promised 2 times", UserError):
                self._promise(day(12))

    def test_an_invoice_in_draft_breaks_no_promise(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            one = self._promise(day(10))
        invoice.button_draft()
        self.assertEqual(self._judge(one, day(20)), 'open')
        invoice.button_cancel()
        self.assertEqual(self._judge(one, day(20)), 'cancelled')

    def test_what_is_disputed_is_not_promised(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'amount': 250.0, 'deadline': day(30),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
            self.assertEqual(self._promise(day(10)).amount, 250.0)

    def test_no_jump_after_a_later_promise_was_kept(self):
        self.policy.promise_level_position = 4
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            self._promise(day(2))
        with freeze_time(day(10)):
            self._night()
            promises = self.env['dunning.promise']
            self.assertTrue(promises._get_broken_items(self.company))
            one = self._promise(day(12), amount=200.0)
            self._pay(invoice, 200.0, on=day(10))
            self._night()
            self.assertEqual(one.state, 'kept')
            self.assertFalse(promises._get_broken_items(self.company))


@tagged('post_install', '-at_install')
class TestPlanMoney(InstallmentCommon):

    def test_a_payment_that_nobody_has_allocated_fills_the_parts(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=300.0)
            plan = self._plan_parts(3)
        self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': 100.0,
            'partner_id': self.customer.id, 'date': day(8), 'journal_id': self.journal_bank.id,
        }).action_post()
        with freeze_time(day(16)):
            self._night()
            self.assertEqual(plan.state, 'active')
            self.assertEqual(self._parts(plan, 'state')[0], 'paid')

    def test_kept_within_the_tolerance(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=300.0)
            plan = self._plan_parts(3)
            self._pay(invoice, 299.5, on=day(0))
            self._night()
            self.assertEqual(plan.state, 'kept')

    def test_an_invoice_in_draft_fails_no_plan(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=300.0)
            plan = self._plan_parts(3)
        invoice.button_draft()
        with freeze_time(day(60)):
            self._night()
            self.assertEqual(plan.state, 'active')


@tagged('post_install', '-at_install')
class TestPlanInterest(ClaimCommon):
    """Interest of the time of a plan: as the agreement says."""

    def _keep_plan(self, **values):
        invoice = self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        with freeze_time('2026-07-01'):
            plan = self.env['dunning.installment.plan'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'count': 1,
                'date_first': date(2026, 7, 15), 'item_ids': [
                    Command.set(self._terms(invoice).ids)], **values})
            plan.action_confirm()
            text = " ".join(plan._get_terms_texts())
        with freeze_time('2026-07-15'):
            self._pay(invoice, on=date(2026, 7, 15))
            self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
            self.assertEqual(plan.state, 'kept')
        return text, self.env['dunning.charge'].search([('partner_id', '=', self.customer.id)])

    def test_claimed_as_agreed(self):
        text, charges = self._keep_plan()
        self.assertIn("goes on", text)
        self.assertRecordValues(charges, [{
            'kind': 'interest', 'amount': 7.98, 'date_to': date(2026, 7, 15)}])

    def test_waived_as_agreed(self):
        text, charges = self._keep_plan(interest='waived')
        self.assertIn("no late interest", text)
        self.assertFalse(charges)
