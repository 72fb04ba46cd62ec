import hashlib

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import day
from .installment_common import InstallmentCommon


@tagged('post_install', '-at_install')
class TestStoryInstallmentPlan(InstallmentCommon):
    """A customer pays in parts, to the end or not."""

    def test_kept_to_the_end(self):
        with freeze_time(day(0)):
            first, second = self._invoice(day(-20), 100.0), self._invoice(day(-10), 50.0)
            written = (first | second).line_ids.mapped('write_date')
            plan = self._plan_parts(3)
            self.assertRecordValues(plan, [{
                'state': 'active', 'amount_total': 150.0, 'amount_paid': 0.0, 'grace_days': 5,
                'date': day(0), 'date_next': day(10), 'user_id': self.clerk.id}])
            self.assertEqual(self._parts(plan, 'amount'), [50.0, 50.0, 50.0])
            self.assertEqual(self._parts(plan, 'date_due'), [day(10), day(17), day(24)])
            self.assertEqual((first | second).line_ids.mapped('write_date'), written)
            self.assertRecordValues(self._plan(day(0)).omission_ids, [
                {'reason': 'installment', 'date_until': day(29), 'amount': 150.0}])
        with freeze_time(day(9)):
            self._pay(first, 70.0, on=day(9))
            self._night()
            self.assertEqual(self._parts(plan, 'amount_paid'), [50.0, 20.0, 0.0])
            self.assertEqual(self._parts(plan, 'state'), ['paid', 'partly', 'due'])
            self.assertRecordValues(plan, [{'date_next': day(17), 'amount_paid': 70.0}])
        with freeze_time(day(20)):
            self._night()
            self.assertEqual(self._parts(plan, 'state'), ['paid', 'late', 'due'])
            self.assertEqual(plan.state, 'active')
            self.assertFalse(self._plan(day(20)).letter_ids)
            self._pay(second, 30.0, on=day(20))
            self._night()
            self.assertEqual(self._parts(plan, 'state'), ['paid', 'paid', 'due'])
        with freeze_time(day(23)):
            self._pay(first, 30.0, on=day(23))
            self._pay(second, 20.0, on=day(23))
            self._night()
            self.assertRecordValues(plan, [{
                'state': 'kept', 'amount_paid': 150.0, 'date_next': False, 'date_closed': day(23)}])
            self.assertFalse(plan.activity_ids)
            self.assertFalse(plan._get_pauses())
            self.assertFalse(self._plan(day(23)).letter_ids)
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        for record in (debtor, first):
            self.assertIn("was kept", ' '.join(record.message_ids.mapped('body')))

    def test_failed_and_dunning_resumes_where_it_stood(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=400.0)
            self._run(day(0))
            self.assertEqual(invoice.dunning_level_id.name, "Reminder")
            plan = self._plan_parts(4)
        with freeze_time(day(9)):
            self._pay(invoice, 100.0, on=day(9))
        with freeze_time(day(22)):                  # the last day of grace of the second part
            self._night()
            self.assertEqual(plan.state, 'active')
            self.assertFalse(self._run(day(22)).letter_ids)
        with freeze_time(day(23)):
            self._night()
            self.assertRecordValues(plan, [{
                'state': 'failed', 'amount_paid': 100.0, 'date_missed': day(22),
                'date_closed': day(23)}])
            self.assertEqual(self._parts(plan, 'state'), ['paid', 'missed', 'due', 'due'])
            self.assertEqual(plan.activity_ids.user_id, self.clerk)
            self.assertIn("300.00", plan.activity_ids.note)
            self.assertFalse(plan._get_pauses())
            letter = self._run(day(23)).letter_ids
            self.assertEqual(letter.level_id.name, "First")        # the one after the reminder
            self.assertEqual(letter.amount_total, 300.0)           # the whole rest
        with freeze_time(day(30)):
            self._pay(invoice, 300.0, on=day(30))                  # too late for the plan
            self._night()
            self.assertRecordValues(plan, [{'state': 'failed', 'amount_paid': 400.0}])

    def test_nightly_run_judges_before_it_plans(self):
        self.company.dunning_active = True
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=400.0)
            plan = self._plan_parts(4)
        with freeze_time(day(16)):
            self.env['dunning.run'].sudo()._run_automatically(self.company, day(16))
            self.assertEqual(plan.state, 'failed')
            letter = self.env['dunning.letter'].search([('partner_id', '=', self.customer.id)])
            self.assertEqual(letter.amount_total, 400.0)

    def test_bank_statement_comes_late(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=100.0)
            plan = self._plan_parts(2)
        with freeze_time(day(16)):
            self._night()
            self.assertEqual(plan.state, 'failed')
            payment = self._pay(invoice, 50.0, on=day(15))        # the last day of grace
            self._night()
            self.assertRecordValues(plan, [{
                'state': 'active', 'date_missed': False, 'date_next': day(17)}])
            self.assertFalse(plan.activity_ids)
            self.assertFalse(self._plan(day(16)).letter_ids)
            payment.move_id.line_ids.remove_move_reconcile()
            payment.action_draft()      # it was somebody else's
            self._night()
            self.assertEqual(plan.state, 'failed')
            self._pay(invoice, 50.0, on=day(16))                  # a day too late
            self._night()
            self.assertEqual(plan.state, 'failed')

    def test_kept_plan_goes_on_when_a_payment_is_taken_back(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=100.0)
            plan = self._plan_parts(2)
            payment = self._pay(invoice, on=day(0))
            self._night()
            self.assertEqual(plan.state, 'kept')
            payment.move_id.line_ids.remove_move_reconcile()
            payment.action_draft()
            self._night()
            self.assertRecordValues(plan, [{
                'state': 'active', 'amount_paid': 0.0, 'date_closed': False, 'date_next': day(10)}])
            self.assertFalse(self._plan(day(0)).letter_ids)

    def test_earlier_payments_do_not_count(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=100.0)
            self._pay(invoice, 40.0, on=day(0))
            plan = self._plan_parts(2)
            self._night()
            self.assertRecordValues(plan, [{
                'amount_total': 60.0, 'paid_before': 40.0, 'amount_paid': 0.0}])
            self._pay(invoice, 60.0, on=day(0))
            self._night()
            self.assertEqual(plan.state, 'kept')

    def test_other_items_are_still_dunned(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=100.0)
            self._plan_parts(2)
            other = self._invoice(due=day(-15), amount=70.0)
            letter = self._plan(day(0)).letter_ids
            self.assertEqual(letter.line_ids.move_id, other)
            self.assertNotIn(invoice, letter.line_ids.move_id)

    def test_plan_replaces_a_promise(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=100.0)
            promise = self.env['dunning.promise'].with_user(self.clerk).create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(3)})
            plan = self._plan_parts(2)
            self.assertEqual(promise.state, 'replaced')
            self.assertEqual(
                self.env['dunning.pause'].search([('partner_id', '=', self.customer.id)]).plan_id,
                plan)

    def test_signed_plan_is_evidence(self):
        """The PDF has a fingerprint; neither it nor the messages are changed or taken away."""
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=100.0)
            plan = self._plan_parts(2)
            plan.message_post(body="Signed", message_type='notification')
        document = plan.sudo().document_id
        self.assertEqual(plan.document_sha256, hashlib.sha256(document.raw).hexdigest())
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login):
                with self.assertRefused(error=AccessError):
                    document.with_user(user).raw = b"%PDF forged"
                with self.assertRefused(error=AccessError):
                    plan.with_user(user).document_sha256 = "forged"
                for message in plan.message_ids:
                    with self.assertRefused(error=AccessError):
                        message.with_user(user).unlink()

    def test_cancelled_plan_ends_the_pause(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=100.0)
            plan = self._plan_parts(2)
            plan.action_cancel()
            self.assertEqual(plan.state, 'cancelled')
            self.assertEqual(len(self._plan(day(0)).letter_ids), 1)
            with self.assertRefused("not possible any more"):
                plan.action_cancel()
            with self.assertRefused("not possible any more"):
                plan.action_confirm()
            with self.assertRefused("not possible any more"):
                plan.action_send()
