from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .claim_charge_common import ChargeCommon
from .claim_common import DUE, ClaimCommon
from .common import day
from .test_debtor_next_step import DebtorCommon


class TestDebtorWork(DebtorCommon, ChargeCommon):
    """The worklist: one group, one true sentence, one button that leads to what it says."""

    def setUp(self):
        super().setUp()
        self.company.dunning_active = True

    def _check(self, group, code, words, **names):
        debtor = self._rebuild(**names)
        self.assertEqual((debtor.work_group, debtor.work_code), (group, code))
        self.assertIn(words, debtor.next_step)
        return debtor

    def test_off_is_said_and_the_button_writes(self):
        self.company.dunning_active = False
        self._invoice(due=day(-20))
        debtor = self._check('decide', 'off', "Automatic dunning is off")
        action = debtor.with_user(self.clerk).action_work()
        letter = self.env[action['res_model']].browse(action['res_id'])
        self.assertEqual((letter._name, letter.partner_id), ('dunning.letter', self.customer))

    def test_who_cannot_be_reached_is_for_a_person(self):
        self.customer.write({'email': False, 'street': False, 'city': False})
        self._invoice(due=day(-20))
        debtor = self._check('decide', 'no_address', "neither an e-mail nor a postal address")
        self.assertNotIn("goes out", debtor.next_step)
        self.assertEqual(debtor.action_work()['res_model'], 'res.partner')
        self.assertEqual(self._plan(day(0)).omission_ids.mapped('reason'), ['no_address'])

    def test_without_e_mail_the_sentence_says_paper(self):
        self.customer.write({'email': False, 'street': "Way 1", 'city': "Town"})
        self._invoice(due=day(-20))
        self._check('wait', 'by_hand', "is to be printed")

    def test_a_letter_that_waits_is_the_next_step(self):
        self.policy.level_ids[1].needs_approval = True
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        debtor = self._check('decide', 'to_approve', "waits for approval")
        self.assertEqual(debtor.action_work()['res_id'], letter.id)
        letter.with_user(self.clerk).action_approve_and_send()
        # Without waiting for the cron.
        self.assertEqual((debtor.work_group, debtor.work_code), ('auto', 'queued'))

    def test_a_failed_letter_tells_its_reason(self):
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        letter._set_failed("The mail server refused.")
        debtor = self._check('decide', 'failed', "The mail server refused.")
        self.assertEqual(debtor.action_work()['res_id'], letter.id)

    def test_a_letter_that_is_paid_meanwhile_is_nobodys_work(self):
        invoice = self._invoice(due=day(-20))
        letter = self._run(day(0)).letter_ids
        letter.sudo()._set_bounced()
        self._check('decide', 'bounced', "came back")
        self._pay(invoice)
        self._check('nothing', 'nothing', "Nothing to do.")
        self.assertEqual(letter.state, 'ready', "found to be settled once somebody prints it")

    def test_a_receipt_is_to_be_allocated(self):
        self._invoice(due=day(-20))
        self._receive(30.0)
        debtor = self._check('decide', 'allocate', "30.00 received is not allocated")
        self.assertEqual(debtor.amount_to_pay, 70.0)
        debtor.action_work()
        self.assertEqual(debtor.work_group, 'auto')
        self.assertEqual(debtor.amount_to_pay, 70.0)

    def test_money_that_belongs_to_the_customer(self):
        self._receive(30.0)
        self._check('decide', 'money_back', "We owe the customer")

    def test_all_levels_are_done_once_the_deadline_is_over(self):
        invoice = self._invoice(due=day(-60))
        last = self.policy.level_ids.sorted('position')[-1]
        self._terms(invoice).sudo().write({'dunning_level_id': last.id, 'dunning_date': day(-30)})
        self._check('decide', 'ladder_end', "All levels are done")

    def test_a_running_deadline_is_waited_for(self):
        self.policy.level_ids[1].payment_days = 10
        self._invoice(due=day(-20))
        self._run(day(0))
        debtor = self._check('wait', 'deadline', "The deadline of the last letter runs until")
        self.assertEqual(debtor.work_until, day(10))

    def test_a_broken_promise_is_for_a_person(self):
        invoice = self._invoice(due=day(-20))
        promise = self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(1),
            'item_ids': [Command.set(self._terms(invoice).ids)]})
        self._check('wait', 'promise', "waits until")
        with freeze_time(f'{day(10)} 12:00:00'):
            debtor = self._check('decide', 'broken', "The promise to pay was broken.")
            self.assertEqual(promise.state, 'broken')
            self.assertEqual(debtor.action_work()['res_model'], 'dunning.letter')

    def test_a_broken_promise_is_over_once_its_own_item_is_dunned(self):
        promised, paid = self._invoice(due=day(-20)), self._invoice(due=day(-20))
        self._promise(promised, day(1))
        with freeze_time(f'{day(8)} 12:00:00'):
            self._check('decide', 'broken', "The promise to pay was broken.")
            self._run(day(8))
            self._promise(paid, day(9))
        with freeze_time(f'{day(20)} 12:00:00'):
            self._check('decide', 'broken', "The promise to pay was broken.")
            self._pay(paid, on=day(20))
            self.assertNotEqual(self._rebuild().work_code, 'broken')

    def _promise(self, invoice, until):
        return self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': until,
            'item_ids': [Command.set(self._terms(invoice).ids)]})

    def test_the_list_is_in_order_of_urgency(self):
        ranks = self.env['dunning.debtor']._order
        self.assertTrue(ranks.startswith('work_rank'))
        self._invoice(due=day(-20))
        self._receive(30.0, partner=self.other)
        auto, decide = self._rebuild(), self._rebuild(self.other)
        self.assertEqual(
            self.env['dunning.debtor'].search([('id', 'in', (auto | decide).ids)]), decide | auto)

    def test_nothing_to_do(self):
        self._invoice(due=fields.Date.add(day(0), days=400))
        self.policy.level_ids.filtered(lambda level: level.delay < 0).delay = 1
        self._check('auto', 'auto', "goes out by e-mail")

    def test_write_now_opens_the_letter(self):
        self._invoice(due=day(-20))
        debtor = self._rebuild()
        action = debtor.with_user(self.clerk).action_write_now()
        letter = self.env['dunning.letter'].browse(action['res_id'])
        self.assertEqual((letter.partner_id, letter.state), (self.customer, 'ready'))
        self.assertEqual(debtor.work_code, 'to_review')
        # Once more: the same letter, no second run.
        self.assertEqual(debtor.action_write_now()['res_id'], letter.id)

    def test_write_now_makes_no_run_for_nothing(self):
        runs = self.env['dunning.run'].search_count([])
        for number, (prepare, words) in enumerate([
                (lambda: None, "no level is due today"),
                (lambda: self.env['dunning.pause'].create({
                    'partner_id': self.customer.id, 'company_id': self.company.id,
                    'date_until': day(9), 'reason': "Talks"}), "Paused"),
                (lambda: self.customer.write(
                    {'email': False, 'street': False, 'city': False}), "Neither e-mail"),
        ]):
            with self.subTest(words), self.cr.savepoint() as savepoint:
                if number:
                    self._invoice(due=day(-20))
                else:
                    self._invoice(due=day(20))
                prepare()
                action = self._rebuild().with_user(self.clerk).action_write_now()
                self.assertEqual(action['tag'], 'display_notification')
                self.assertIn(words, action['params']['message'])
                self.assertEqual(self.env['dunning.run'].search_count([]), runs)
                savepoint.rollback()
                self.env.invalidate_all()


class TestFigures(ClaimCommon):
    """One figure: principal, fees and interest, less credits, is the same wherever it stands."""

    def test_figures_are_those_of_the_letter(self):
        self.company.dunning_active = True
        self._invoice(due=DUE, amount=1000.0)
        self._invoice(due=DUE, amount=55.5)
        self._credit_note(10.0, on=DUE)
        self._run(date(2026, 6, 17))
        with freeze_time('2026-06-20 12:00:00'):
            debtor = self._rebuild()
            letter = self._plan(debtor.next_action_date).letter_ids
            self.assertGreater(letter.amount_interest, 0.0)
            self.assertEqual(letter.amount_fee, 2.5)
            self.assertEqual(debtor.next_amount, letter.amount_total)
            self.assertEqual(letter.run_id.amount_total, letter.amount_total)
            self.assertEqual(letter.amount_company, letter.amount_total)
        with freeze_time(f'{letter.date} 12:00:00'):
            self.assertIn(
                letter.currency_id.format(letter.amount_total), self._rebuild().next_step)
            letter.run_id.action_cancel()
            letter = self._run(letter.date).letter_ids
            debtor = self._rebuild()
            self.assertEqual(letter.state, 'sent')
            self.assertRecordValues(debtor, [{
                'overdue_amount': letter.amount_due, 'credit_amount': letter.amount_credit,
                'charges_open': letter.amount_interest + letter.amount_fee,
                'amount_to_pay': letter.amount_total}])

    def _rebuild(self):
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        debtor.invalidate_recordset()
        return debtor


class TestDebtorHistory(DebtorCommon):

    def test_letters_stand_in_the_history(self):
        self._invoice(due=day(-20))
        debtor = self._rebuild()
        letter = self._run(day(0)).letter_ids
        self.assertIn(letter.name, debtor.message_ids[:1].body)
        self.assertIn("Reminder", debtor.message_ids[:1].body)
        letter.sudo()._set_bounced()
        self.assertIn("came back", debtor.message_ids[:1].body)


class TestLetterWords(DebtorCommon):
    """One free sentence, a deadline as it was typed, and who pressed the button."""

    def test_own_words_stand_on_letter_and_mail(self):
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        letter.with_user(self.clerk).own_words = "As agreed on the phone.\n<b>Thank you</b>"
        body = letter._get_mail_body()
        self.assertIn("As agreed on the phone.", body)
        self.assertIn("&lt;b&gt;Thank you", body)
        self.assertEqual(letter._prepare_document_values()['own_words'], letter.own_words)

    def test_a_typed_deadline_is_kept(self):
        self._invoice(due=day(-20))
        letters = self._plan(day(0)).letter_ids
        typed = day(13)                                   # a Sunday, as somebody wanted it
        letters.with_user(self.clerk).deadline = typed
        letters.with_user(self.clerk).action_channel_print()
        with freeze_time(f'{day(3)} 12:00:00'):
            letters.sudo()._recheck()
            self.assertEqual((letters.date, letters.deadline), (day(3), typed))

    def test_who_pressed_the_button_has_sent_it(self):
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        letter.with_user(self.clerk).action_send()
        self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual((letter.state, letter.sent_by_id), ('sent', self.clerk))
