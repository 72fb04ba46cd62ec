import re
import subprocess
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.models.mail_mail import MailMail

from .common import DunningCommon, day

IBAN = 'DE89370400440532013000'


class InstallmentCommon(DunningCommon):

    def _plan_parts(self, count=4, first=None, user=None, confirm=True, **values):
        """Record a plan of weekly parts as the clerk does, and confirm it."""
        plan = self.env['dunning.installment.plan'].with_user(user or self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'count': count,
            'date_first': first or day(10), 'interval': 'weekly', **values})
        if confirm:
            plan.action_confirm()
        return plan

    def _night(self):
        """What the nightly refresh of the debtors does."""
        self.env['dunning.debtor'].sudo()._refresh(company=self.company)

    def _parts(self, plan, field):
        return plan._get_ordered_parts().mapped(field)


@tagged('post_install', '-at_install')
class TestStoryInstallmentPlan(InstallmentCommon):
    """A customer pays in parts, to the end or not."""

    def test_kept_to_the_end(self):
        with freeze_time(day(0)):
            first = self._invoice(due=day(-20), amount=100.0)
            second = self._invoice(due=day(-10), amount=50.0)
            written = (first | second).line_ids.mapped('write_date')
            plan = self._plan_parts(3)
            self.assertRecordValues(plan, [{
                'state': 'active', 'amount_total': 150.0, 'amount_paid': 0.0, 'grace_days': 5,
                'date': day(0), 'date_next': day(10), 'user_id': self.clerk.id}])
            self.assertEqual(self._parts(plan, 'amount'), [50.0, 50.0, 50.0])
            self.assertEqual(self._parts(plan, 'date_due'), [day(10), day(17), day(24)])
            self.assertEqual((first | second).line_ids.mapped('write_date'), written)
            run = self._plan(day(0))
            self.assertFalse(run.letter_ids)
            self.assertRecordValues(run.omission_ids, [
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
        self.assertIn("was kept", ' '.join(debtor.message_ids.mapped('body')))
        self.assertIn("was kept", ' '.join(first.message_ids.mapped('body')))

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
            payment.move_id.line_ids.remove_move_reconcile()      # it was somebody else's
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
            self.assertEqual(promise.state, 'cancelled')
            self.assertEqual(
                self.env['dunning.pause'].search([('partner_id', '=', self.customer.id)]).plan_id,
                plan)

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


@tagged('post_install', '-at_install')
@freeze_time(day(0))
class TestInstallmentPlan(InstallmentCommon):
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
            self.assertIn("5 ×", form.summary)
            plan = form.save()
            self.assertEqual(plan.item_ids.move_id, items)
            self.assertEqual(len(plan.part_ids), 5)
            self.assertEqual(plan.action_open()['res_id'], plan.id)

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


@tagged('post_install', '-at_install')
class TestInstallmentMail(InstallmentCommon):
    """The agreement on paper, by e-mail, and the reminders before each part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref('base.EUR')
        cls.euro.active = True
        cls.env['res.lang']._activate_lang('de_DE')
        cls.company.country_id = cls.env.ref('base.de')
        cls.env['res.partner.bank'].create({
            'acc_number': IBAN, 'partner_id': cls.company.partner_id.id,
            'bank_id': cls.env['res.bank'].create({'name': "Testbank", 'bic': 'COBADEFFXXX'}).id})
        cls.customer.lang = 'de_DE'

    def _read(self, plan):
        """Return the text of the agreement as one line, as the customer could copy it."""
        text = subprocess.run(
            ['pdftotext', '-layout', '-', '-'], input=plan.sudo().document_id.raw,
            capture_output=True, check=True).stdout.decode()
        return re.sub(r'\s+', ' ', text)

    @freeze_time(day(0))
    def test_agreement_in_german(self):
        invoice = self._invoice(due=day(-20), amount=1000.0, currency_id=self.euro.id)
        plan = self._plan_parts(3, interval='monthly', currency_id=self.euro.id)
        self.assertEqual(plan.document_id.mimetype, 'application/pdf')
        text = self._read(plan)
        for words in (
            plan.name, invoice.name, "Ratenzahlungsvereinbarung", "333,33 €", "333,34 €",
            "12.03.2026", "12.05.2026", "1.000,00 €", "Anerkenntnis", "§ 212 Abs. 1 Nr. 1 BGB",
            "Ort, Datum, Unterschrift", "IBAN", "5 Tage", "Der gesamte Restbetrag",
        ):
            with self.subTest(words=words):
                self.assertIn(words, text)
        self.assertNotIn("Remaining", text)

    @freeze_time(day(0))
    def test_agreement_without_acknowledgement(self):
        self._invoice(due=day(-20), amount=1000.0)
        plan = self._plan_parts(3, acknowledgement=False)
        self.assertNotIn("BGB", self._read(plan))

    @freeze_time(day(0))
    def test_document_stays_and_preview_does_not(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2, confirm=False)
        report = self.env['ir.actions.report']
        preview, kind = report._render_qweb_pdf(
            'smart_dunning.dunning_installment_report', plan.ids)
        self.assertEqual(kind, 'pdf')
        self.assertTrue(preview.startswith(b'%PDF'))
        self.assertFalse(plan.document_id)
        plan.action_confirm()
        stored = plan.document_id.raw
        self.customer.name = "Somebody Else"
        self.assertEqual(report._render_qweb_pdf(
            'smart_dunning.dunning_installment_report', plan.ids)[0], stored)

    @freeze_time(day(0))
    def test_send_with_the_composer(self):
        self._invoice(due=day(-20), amount=100.0)
        plan = self._plan_parts(2)
        action = plan.action_send()
        composer = Form(self.env['mail.compose.message'].with_user(self.clerk).with_context(
            **action['context'])).save()
        self.assertEqual(composer.attachment_ids, plan.document_id)
        self.assertEqual(composer.partner_ids, self.customer)
        with self._watch_mails() as mails:
            composer.action_send_mail()
            self.env['mail.mail'].search([('state', '=', 'outgoing')]).send()
        mail = mails[0]
        self.assertIn(plan.name, mail['Subject'])
        self.assertIn("Ratenzahlung", mail['Subject'])
        self.assertEqual(
            [part.get_content_type() for part in mail.iter_attachments()], ['application/pdf'])
        body = mail.get_body(('html',)).get_content()
        self.assertIn("12.03.2026", body)
        self.assertIn("accounts@example.com", body)         # the particulars of the company
        message = plan.message_ids.filtered('attachment_ids')
        self.assertTrue(message)                            # the mail stays in the history

    def _remind(self, on):
        """Let the cron work on a day; return what reached the mail server."""
        with freeze_time(on), self._watch_mails() as mails:
            self._run_cron('smart_dunning.ir_cron_dunning_installment')
        return mails

    def test_reminder_once_before_each_part(self):
        self.company.dunning_active = True
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0, currency_id=self.euro.id)
            plan = self._plan_parts(2, currency_id=self.euro.id)
        self.assertFalse(self._remind(day(6)))
        mails = self._remind(day(7))                        # three days before
        self.assertEqual(len(mails), 1)
        self.assertIn("anna@example.com", mails[0]['To'])
        self.assertIn("500,00", mails[0]['Subject'])
        body = mails[0].get_body(('html',)).get_content()
        for words in ("12.03.2026", IBAN[:4], invoice.name):
            self.assertIn(words, body)
        self.assertEqual(self._parts(plan, 'reminded_on'), [day(7), False])
        self.assertFalse(self._remind(day(7)))
        self.assertFalse(self._remind(day(8)))
        with freeze_time(day(9)):
            self._pay(invoice, 800.0, on=day(9))
        mails = self._remind(day(14))
        self.assertEqual(len(mails), 1)
        self.assertIn("200,00", mails[0]['Subject'])        # what is left of the second part
        self.assertEqual(
            len(plan.message_ids.filtered(lambda one: one.message_type == 'email_outgoing')), 2)

    def test_no_reminder_where_none_is_wanted(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            plan = self._plan_parts(2)
        self.assertFalse(self._remind(day(7)))              # the company has not turned it on
        self.company.dunning_active = True
        self.policy.installment_remind_days = 0
        self.assertFalse(self._remind(day(7)))
        self.policy.installment_remind_days = 3
        self.customer.email = False
        self.assertFalse(self._remind(day(7)))
        self.customer.email = "anna@example.com"
        with freeze_time(day(7)):
            self._pay(invoice, 500.0, on=day(7))
        self.assertFalse(self._remind(day(7)))              # paid already
        with freeze_time(day(8)):
            plan.action_cancel()
        self.assertFalse(self._remind(day(14)))
        self.assertEqual(self._parts(plan, 'reminded_on'), [False, False])

    def test_one_failure_leaves_the_others_alone(self):
        self.company.dunning_active = True
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=100.0)
            bad = self._plan_parts(2)
            self._invoice(due=day(-20), amount=100.0, partner=self.other)
            good = self._plan_parts(2, partner_id=self.other.id)
        send = MailMail.send

        def refuse(mails, *args, **kwargs):
            if 'anna' in (mails.email_to or ''):
                mails.write({'state': 'exception', 'failure_reason': "Mailbox unknown"})
                return None
            return send(mails, *args, **kwargs)
        with patch.object(MailMail, 'send', refuse):
            mails = self._remind(day(7))
        self.assertEqual(len(mails), 1)
        self.assertFalse(bad.part_ids.filtered('reminded_on'))
        self.assertIn("Mailbox unknown", ' '.join(bad.message_ids.mapped('body')))
        self.assertEqual(len(good.part_ids.filtered('reminded_on')), 1)
        self.assertEqual(len(self._remind(day(8))), 1)      # once more on the next day
