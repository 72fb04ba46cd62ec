from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import DunningCommon, day
from .hold_common import HoldCommon


class PromiseCommon(DunningCommon):

    def _promise(self, until, items=None, user=None, **values):
        """Record a promise as the clerk does."""
        return self.env['dunning.promise'].with_user(user or self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'currency_id': self.company.currency_id.id, 'date': until,
            **({'item_ids': [Command.set(items.ids)]} if items else {}), **values})

    def _night(self):
        """What the nightly refresh of the debtors does."""
        self.env['dunning.debtor'].sudo()._refresh(company=self.company)


class TestStoryPromise(PromiseCommon):
    """A customer says by when he will pay, and does or does not."""

    def test_kept(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            one = self._promise(day(10))
            self.assertRecordValues(one, [{
                'amount': 500.0, 'state': 'open', 'date_made': day(0), 'grace_days': 3,
                'item_ids': self._terms(invoice).ids}])
            run = self._plan(day(0))
            self.assertFalse(run.letter_ids)
            self.assertRecordValues(run.omission_ids, [
                {'reason': 'promise', 'date_until': day(13), 'amount': 500.0}])
            self.assertIn("Promise", invoice.dunning_pause_text)
        with freeze_time(day(9)):
            self._pay(invoice, on=day(9))
            self._night()
            self.assertRecordValues(one, [{'state': 'kept', 'amount_paid': 500.0}])
            self.assertFalse(one.activity_ids)
            self.assertFalse(one._get_pauses())

    def test_who_recorded_it_hears_the_verdict_once_in_their_language(self):
        self.env['res.lang']._activate_lang('de_DE')
        colleague = self.env['res.users'].search([('login', '=', self.clerk.login)]).copy(
            {'login': 'colleague', 'lang': 'de_DE'})
        with freeze_time(day(0)):
            kept, broken = (
                self._promise(day(10), items=self._terms(invoice), user=colleague,
                              user_id=self.clerk.id)
                for invoice in (self._invoice(due=day(-20), amount=500.0) for _ in range(2)))
        with freeze_time(day(9)):
            self._pay(kept.item_ids.move_id, on=day(9))
            self._night()
        with freeze_time(day(20)):
            self._night()
            self._night()
        for promise, word in ((kept, "Gehalten"), (broken, "nicht eingehalten")):
            told = self.env['mail.notification'].search([
                ('res_partner_id', '=', colleague.partner_id.id),
                ('mail_message_id.model', '=', 'dunning.promise'),
                ('mail_message_id.res_id', '=', promise.id)]).mail_message_id
            self.assertEqual(len(told), 1)
            self.assertIn(word.lower(), told.body.lower())

    def test_the_dialog_closes_over_a_debtor_that_knows_of_it(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=500.0)
            self._night()
            debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
            self.env['dunning.promise'].with_user(self.clerk).web_save({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'currency_id': self.company.currency_id.id, 'date': day(10)}, {})
            self.assertEqual(debtor.next_action_date, day(14))

    def test_broken(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            self._run(day(0))
            self.assertEqual(invoice.dunning_level_id.name, "Reminder")
            one = self._promise(day(20), said_by="Ms Muster")
        with freeze_time(day(22)):
            self._night()
            self.assertEqual(one.state, 'open')
            self.assertFalse(self._run(day(22)).letter_ids)
        with freeze_time(day(24)):
            self._pay(invoice, 100.0, on=day(24))          # too late
            self._night()
            self.assertRecordValues(one, [{'state': 'broken', 'amount_paid': 0.0}])
            self.assertEqual(one.activity_ids.user_id, self.clerk)
            letter = self._run(day(24)).letter_ids
            self.assertEqual(letter.level_id.name, "First")
            self.assertEqual(letter.amount_total, 400.0)
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        said = ' '.join(debtor.message_ids.mapped('body'))
        self.assertIn("Ms Muster", said)
        self.assertIn("Broken", said)

    def test_partly_kept_and_payment_booked_late(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            one = self._promise(day(10))
        with freeze_time(day(11)):
            self._pay(invoice, 200.0, on=day(8))
        with freeze_time(day(20)):
            self._night()
            self.assertRecordValues(one, [{'state': 'partly', 'amount_paid': 200.0}])
            # The bank statement comes late, with the day on which the customer paid.
            payment = self._pay(invoice, 300.0, on=day(10))
            self._night()
            self.assertRecordValues(one, [{'state': 'kept', 'amount_paid': 500.0}])
            self.assertFalse(one.activity_ids)
            payment.move_id.line_ids.remove_move_reconcile()
            payment.action_draft()
            self._night()
            self.assertRecordValues(one, [{'state': 'partly', 'amount_paid': 200.0}])

    def test_payment_taken_back_in_time_opens_it_again(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20))
            one = self._promise(day(10))
            payment = self._pay(invoice, on=day(0))
            self._night()
            self.assertEqual(one.state, 'kept')
            payment.move_id.line_ids.remove_move_reconcile()
            payment.action_draft()
            self._night()
            self.assertEqual(one.state, 'open')
            self.assertFalse(self._plan(day(0)).letter_ids)

    def test_earlier_payments_do_not_count(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            self._pay(invoice, 300.0, on=day(-1))
            one = self._promise(day(5))
            self.assertEqual((one.amount, one.paid_before), (200.0, 300.0))
        with freeze_time(day(9)):
            self._night()
            self.assertEqual(one.state, 'broken')

    def test_broken_promise_jumps_to_the_level_of_the_policy(self):
        self.policy.promise_level_position = 4
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=500.0)
            other = self._invoice(due=day(-20), amount=70.0, partner=self.other)
            self._promise(day(3))
        with freeze_time(day(7)):
            self._night()
            run = self._plan(day(7))
            levels = {letter.partner_id: letter.level_id.name for letter in run.letter_ids}
            self.assertEqual(levels, {self.customer: "Last", self.other: "Reminder"})
            self._send(run)
            self.assertEqual(invoice.dunning_level_id.name, "Last")
            self.assertEqual(other.dunning_level_id.name, "Reminder")
            self.assertFalse(self._plan(day(60)).letter_ids.filtered(
                lambda letter: letter.partner_id == self.customer))

    def test_only_the_named_items_wait(self):
        with freeze_time(day(0)):
            promised = self._invoice(due=day(-20), amount=500.0)
            self._invoice(due=day(-20), amount=80.0)
            self._promise(day(5), self._terms(promised))
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.amount_total, 80.0)
            self.assertEqual(run.omission_ids.mapped('reason'), ['promise'])

    def test_no_more_promises_than_the_policy_allows(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20))
            first = self._promise(day(2))
            second = self._promise(day(4))
            self.assertEqual(first.state, 'replaced')        # the newer word counts
            second.invalidate_recordset()
        with freeze_time(day(8)):
            self._night()
            self.assertEqual(second.state, 'broken')
            with self.assertRefused("promised 2 times"):        # the replaced one counts
                self._promise(day(12))

    def test_bad_input(self):
        with freeze_time(day(0)):
            with self.assertRefused("no open items"):
                self._promise(day(5))
            invoice = self._invoice(due=day(-20))
            with self.assertRefused("still to come", ValidationError):
                self._promise(day(-1))
            with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), \
                    self.cr.savepoint():
                self._promise(day(5), amount=0.0)
            other = self._invoice(due=day(-20), partner=self.other)
            with self.assertRefused("open items of Anna", ValidationError):
                self._promise(day(5), self._terms(other))
            self.assertFalse(invoice.dunning_pause_text)

    def test_cancelled(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20))
            one = self._promise(day(5))
            one.action_cancel()
            self.assertEqual(one.state, 'cancelled')
            self.assertTrue(self._plan(day(0)).letter_ids)
            with self.assertRefused("Only open"):
                one.action_cancel()


class TestPromiseRights(PromiseCommon):

    def test_facts_come_from_the_system(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20))
            one = self._promise(day(5), state='kept', paid_before=5.0, amount_paid=100.0)
            self.assertRecordValues(one, [{
                'state': 'open', 'paid_before': 0.0, 'amount_paid': 0.0}])
            for values in ({'state': 'kept'}, {'amount': 1.0}, {'date': day(900)},
                           {'item_ids': [Command.clear()]}, {'amount_paid': 5.0}):
                with self.subTest(values=values), self.assertRefused("stays as it is", AccessError):
                    one.write(values)
            with self.assertRefused("ends with it"):
                one._get_pauses().sudo(False).with_user(self.clerk).action_end()
            with self.assertRefused("by themselves", AccessError):
                self.env['dunning.pause'].with_user(self.clerk).create({
                    'partner_id': self.customer.id, 'kind': 'promise', 'reason': "x",
                    'date_until': day(99), 'promise_id': one.id})
            with self.assertRaises(UserError):
                one.unlink()

    def test_other_companies_see_nothing(self):
        with freeze_time(day(0)):
            self._invoice(due=day(-20))
            one = self._promise(day(5))
        foreign = self.setup_other_company()['company']
        stranger = self.env['res.users'].create({
            'name': "Stranger", 'login': 'stranger', 'company_id': foreign.id,
            'company_ids': [Command.set(foreign.ids)],
            'group_ids': [Command.link(self.env.ref('smart_dunning.group_dunning_user').id)]})
        promises = self.env['dunning.promise'].with_user(stranger)
        self.assertFalse(promises.search([]))
        with self.assertRaises(AccessError):
            one.with_user(stranger).read(['amount'])
        with self.assertRaises(UserError):
            promises.create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(9),
                'currency_id': self.company.currency_id.id})

    def test_each_currency_for_itself(self):
        euro = self.env.ref('base.EUR')
        euro.active = True
        self.env['res.currency.rate'].create({
            'currency_id': euro.id, 'rate': 0.5, 'name': day(-300), 'company_id': self.company.id})
        with freeze_time(day(0)):
            self._invoice(due=day(-20), amount=500.0)
            foreign = self._invoice(due=day(-20), amount=300.0, currency_id=euro.id)
            one = self._promise(day(5), currency_id=euro.id)
            self.assertEqual((one.amount, one.item_ids), (300.0, self._terms(foreign)))
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.currency_id, self.company.currency_id)
            self._pay(foreign, on=day(1))
            self._night()
            self.assertRecordValues(one, [{'state': 'kept', 'amount_paid': 300.0}])


class TestPromiseHolds(HoldCommon):
    """What promises change at the checkpoints."""

    def _promise(self, days):
        return self.env['dunning.promise'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'currency_id': self.company.currency_id.id,
            'date': self.today + timedelta(days=days)})

    def test_a_promise_lifts_the_hold_only_where_the_policy_says_so(self):
        self._rule()
        self._overdue()
        order = self._order()
        self._promise(5)
        with self.assertRefused("is on hold"):
            order.action_confirm()
        self.policy.hold_agreed = False
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_broken_promise_holds_until_it_is_paid(self):
        self._rule('broken_promise')
        invoice = self._overdue()
        promise_made = self._promise(1)
        order = self._order()
        with freeze_time(fields.Datetime.to_datetime(self.today) + timedelta(days=6)):
            self.env['dunning.debtor'].sudo()._refresh(company=self.company)
            self.assertEqual(promise_made.state, 'broken')
            with self.assertRefused("A promise to pay was broken"):
                order.action_confirm()
            self._pay(invoice)
            order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_sales_and_warehouse_see_no_agreements(self):
        self._overdue()
        self._promise(5)
        for user in (self.seller, self.seller_all, self.sales_manager, self.picker, self.releaser):
            with self.subTest(user=user.login):
                for model in ('dunning.promise', 'dunning.dispute', 'dunning.pause',
                              'dunning.installment.plan', 'dunning.charge'):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])

    def test_items_in_instalments_are_not_promised_again(self):
        self._overdue()
        items = self.env['dunning.promise']._get_agreeable_items(
            self.customer, self.company, self.company.currency_id)
        plan = self.env['dunning.installment.plan'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'currency_id': self.company.currency_id.id, 'item_ids': [Command.set(items.ids)],
            'count': 2, 'date_first': self.today + timedelta(days=7)})
        plan.action_confirm()
        with self.assertRefused("in instalments"):
            self._promise(5)
