import re

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import day
from .installment_common import InstallmentCommon


@tagged('post_install', '-at_install')
@freeze_time(day(0))
class TestInstallmentTerms(InstallmentCommon):
    """What can be agreed, who may do it, and what cannot be changed afterwards."""

    def test_typed_parts(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2, confirm=False)
        with Form(plan) as form:
            with form.part_ids.edit(0) as part:
                part.amount = 20.0
            form.part_ids.remove(1)
            with form.part_ids.new() as part:
                part.date_due = day(40)
                part.amount = 70.0
        self.assertEqual(self._parts(plan, 'amount'), [20.0, 70.0])
        with self.assertRefused(r"add up to \$.90.00, but \$.100.00 are open"):
            plan.action_confirm()
        plan.part_ids[-1].amount = 80.0
        plan.action_confirm()
        self.assertRecordValues(plan, [{'amount_total': 100.0, 'state': 'active'}])
        self.assertEqual(plan._get_pauses().date_until, day(45))

    def test_form_splits_while_typing(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2, confirm=False)
        with Form(plan) as form:
            form.count = 3
            self.assertEqual(len(form.part_ids), 3)
            form.amount_part = 40.0
        self.assertEqual(self._parts(plan, 'amount'), [40.0, 40.0, 20.0])
        plan.write({'interval': 'until', 'date_last': day(30), 'amount_part': 0.0})
        self.assertEqual(self._parts(plan, 'date_due'), [day(10), day(20), day(30)])
        plan.write({'interval': 'monthly', 'count': 2})
        self.assertEqual(self._parts(plan, 'date_due'), [day(10), day(41)])

    def test_split_again_after_a_payment(self):
        invoice = self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2, confirm=False)
        self.assertEqual(self._parts(plan, 'amount'), [50.0, 50.0])
        self._pay(invoice, 40.0)
        with self.assertRefused("split the amount evenly"):
            plan.action_confirm()
        plan.action_split()
        self.assertEqual(self._parts(plan, 'amount'), [30.0, 30.0])
        plan.action_confirm()
        self.assertEqual(plan.amount_total, 60.0)

    def test_impossible_terms(self):
        with self.assertRefused("no open items"):
            self._plan_parts(2)
        invoice = self._invoice(due=day(-20), amount=100.0)
        with self.assertRefused("before today"):
            self._plan_parts(2, first=day(-1))
        for count in (-1, 0, 121, 10**9):
            with (mute_logger('odoo.sql_db'), self.assertRaises(CheckViolation),
                  self.cr.savepoint()):
                self._plan_parts(count, confirm=False)
        with self.assertRefused("enter the parts"):
            self._plan_parts(2, amount_part=0.01)       # 10,000 parts
        with self.assertRefused("last part", ValidationError):
            self._plan_parts(2, interval='until', date_last=day(1))
        plan = self._plan_parts(2)
        with self.assertRefused(f"{re.escape(plan.name)} is about the same items"):
            self._plan_parts(3, item_ids=[Command.set(self._terms(invoice).ids)])
        foreign = self._terms(self._invoice(due=day(-20), partner=self.other))
        with self.assertRefused("open items of Anna", ValidationError):
            self._plan_parts(2, item_ids=[Command.set(foreign.ids)])

    def test_foreign_currency(self):
        currency = self.setup_other_currency('EUR', rates=[('1900-01-01', 2.0)])
        invoice = self._invoice(due=day(-20), amount=100.0, currency_id=currency.id)
        plan = self._plan_parts(3, currency_id=currency.id)
        self.assertEqual(self._parts(plan, 'amount'), [33.33, 33.33, 33.34])
        self._pay(invoice, 33.33)
        self._night()
        self.assertRecordValues(plan, [{'amount_total': 100.0, 'amount_paid': 33.33}])
        self.assertEqual(self._parts(plan, 'state'), ['paid', 'due', 'due'])

    def test_buttons_choose_the_items(self):
        late = self._invoice(due=day(-20), amount=100.0)
        future = self._invoice(due=day(20), amount=50.0)
        self._night()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        both = late | future
        for record, items in ((debtor, late), (late, late), (future, future), (both, both)):
            action = record.with_user(self.clerk).action_record_plan()
            plans = self.env['dunning.installment.plan'].with_user(self.clerk)
            form = Form(plans.with_context(**action['context']), view=action['views'][0][0])
            form.count = 5
            self.assertIn("5 parts: 5 of", form.summary)
            plan = form.save()
            self.assertEqual(plan.item_ids.move_id, items)
            self.assertEqual(len(plan.part_ids), 5)
            self.assertEqual(plan.action_open()['res_id'], plan.id)

    def test_second_plan_takes_what_is_left(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2)
        other = self._invoice(due=day(-15), amount=70.0)
        second = self._plan_parts(2)
        self.assertEqual(second.item_ids.move_id, other)
        self.assertEqual((plan | second).mapped('state'), ['active', 'active'])
        self._pay(other, 70.0)
        self._night()
        self.assertRecordValues(plan | second, [
            {'state': 'active', 'amount_paid': 0.0}, {'state': 'kept', 'amount_paid': 70.0}])

    def test_recipient_belongs_to_the_customer(self):
        self._invoice(due=day(-20), amount=100.0)
        office = self.env['res.partner'].create({
            'name': "Office", 'parent_id': self.customer.id, 'type': 'invoice',
            'email': "office@example.com"})
        plan = self._plan_parts(2, confirm=False)
        self.assertEqual(plan.recipient_id, office)
        with self.assertRefused("does not belong to Anna", ValidationError):
            plan.recipient_id = self.other

    def test_what_was_agreed_stays(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2)
        part = plan.part_ids[0]
        for values in (
            {'state': 'kept'}, {'amount_paid': 1.0}, {'paid_before': 1.0}, {'amount_total': 1.0},
            {'grace_days': 99}, {'date_next': day(99)}, {'document_id': False}, {'name': "x"},
            {'partner_id': self.other.id}, {'company_id': self.company.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                plan.write(values)
        for values in (
            {'count': 9}, {'date_first': day(50)}, {'interval': 'monthly'}, {'amount_part': 1.0},
            {'part_ids': [Command.clear()]}, {'item_ids': [Command.clear()]},
            {'acknowledgement': False},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                plan.write(values)
        for values in ({'amount_paid': 1.0}, {'state': 'paid'}, {'reminded_on': day(0)}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                part.write(values)
        for values in ({'amount': 1.0}, {'date_due': day(90)}):
            with self.subTest(values=values), self.assertRaises(UserError):
                part.write(values)
        for refused in (part.unlink, plan.unlink, lambda: part.copy({'plan_id': plan.id}),
                        plan.action_split):
            with self.assertRaises(UserError):
                refused()
        draft = self._plan_parts(2, confirm=False)
        with self.assertRaises(UserError):
            draft.part_ids[0].plan_id = plan
        with self.assertRaises(UserError):
            part.plan_id = draft
        with self.assertRaises(AccessError):
            draft.part_ids[0].amount_paid = 50.0
        plan.write({'note': "Ms Muster will call", 'user_id': self.manager.id})
        self.assertEqual(plan.part_ids.mapped('amount'), [50.0, 50.0])

    def test_evidence_cannot_be_created(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(
            2, confirm=False, state='active', amount_paid=100.0, paid_before=5.0, grace_days=99,
            amount_total=5.0, name="x", date_missed=day(0), document_id=1)
        self.assertRecordValues(plan, [{
            'state': 'draft', 'amount_paid': 0.0, 'paid_before': 0.0, 'grace_days': 0,
            'amount_total': 100.0, 'date_missed': False, 'document_id': False}])
        plan.part_ids = [Command.clear(), Command.create({
            'date_due': day(3), 'amount': 100.0, 'amount_paid': 100.0, 'state': 'paid',
            'reminded_on': day(0)})]
        self.assertRecordValues(plan.part_ids, [
            {'amount_paid': 0.0, 'state': 'due', 'reminded_on': False}])
        pauses = self.env['dunning.pause'].with_user(self.clerk)
        with self.assertRaises(AccessError):
            pauses.create({'partner_id': self.customer.id, 'kind': 'installment', 'reason': "x",
                           'date_until': day(99)})

    def test_rights(self):
        auditor = new_test_user(
            self.env, 'auditor', groups='account.group_account_readonly',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        biller = new_test_user(
            self.env, 'biller', groups='account.group_account_invoice',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2)
        for record in (plan, plan.part_ids):
            for user, expected in ((self.clerk, True), (self.manager, True), (auditor, False)):
                self.assertTrue(record.with_user(user).has_access('read'))
                self.assertEqual(record.with_user(user).has_access('write'), expected)
            self.assertFalse(record.with_user(biller).has_access('read'))
        for action in ('action_confirm', 'action_cancel', 'action_split', 'action_send'):
            for user in (auditor, biller):
                with self.subTest(action=action, user=user.login), self.assertRaises(AccessError):
                    getattr(plan.with_user(user), action)()

    def test_another_company_is_out_of_reach(self):
        other = self.setup_other_company(name="Other Ltd")['company']
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=other.id, company_ids=[Command.set(other.ids)])
        invoice = self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2)
        for record in (plan, plan.part_ids):
            self.assertFalse(record.with_user(stranger).has_access('read'))
        with self.assertRaises(AccessError):
            self._plan_parts(2, user=stranger)
        with self.assertRaises(UserError):
            self._plan_parts(2, user=stranger, company_id=other.id,
                             item_ids=[Command.set(self._terms(invoice).ids)])
        self.env['dunning.installment.plan']._update_states(other)
        self.assertEqual(plan.state, 'active')

    def test_judging_costs_one_query_more_for_many(self):
        customers = [self._make_customer(f"Customer {n}") for n in range(12)]
        invoices = [self._invoice(due=day(-20), partner=one) for one in customers]
        plans = self.env['dunning.installment.plan']
        for one in customers:
            plans |= self._plan_parts(2, partner_id=one.id)

        def count(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            plans._update_states(self.company, [one.id for one in partners])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before
        count(customers)
        self.assertLessEqual(count(customers), count(customers[:2]) + 1)
        self.assertTrue(invoices)
