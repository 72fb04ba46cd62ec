import random

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .claim_charge_common import ChargeCommon
from .common import DunningCommon, day
from .hold_common import HoldCommon

AGES = ('amount_not_due', 'amount_30', 'amount_60', 'amount_90', 'amount_older')


class DebtorCommon(DunningCommon):

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))

    def _rebuild(self, partner=None):
        partner = partner or self.customer
        self.env['dunning.debtor']._refresh(partners=partner, company=self.company)
        debtor = self.env['dunning.debtor'].search([
            ('partner_id', '=', partner.id), ('company_id', '=', self.company.id)])
        debtor.invalidate_recordset()
        return debtor


class TestDebtorNextStep(DebtorCommon):
    """The next step is what will happen: on a day on which a run works, or it says what it waits
    for; what dunning leaves out is told."""

    def test_what_is_left_out_is_told_everywhere(self):
        invoice = self._invoice(due=day(-20))
        self._terms(invoice).no_followup = True
        debtor = self._rebuild()
        self.assertRecordValues(debtor, [{
            'open_amount': 100.0, 'overdue_amount': 0.0, 'left_out_amount': 100.0,
            'left_out_text': "No follow-up", 'next_level_id': False}])
        self.assertIn("left out of dunning: No follow-up", debtor.next_step)
        self.assertNotIn("All levels", debtor.next_step)
        self.assertEqual(self._terms(invoice).dunning_excluded, 'no_followup')
        self.assertEqual(invoice.dunning_excluded, 'no_followup')
        self.assertFalse(invoice.dunning_next_date)
        self.assertEqual(self._plan(day(0)).omission_ids.mapped('reason'), ['no_followup'])

    def test_a_step_falls_on_a_day_on_which_a_run_works(self):
        # Due on a Saturday by the level's delay of 7 days; the Monday after it is a holiday.
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'resource_id': False, 'company_id': self.company.id,
            'calendar_id': self.company.resource_calendar_id.id,
            'date_from': fields.Datetime.to_datetime(day(7)),
            'date_to': fields.Datetime.to_datetime(day(7)).replace(hour=23, minute=59)})
        invoice = self._invoice(due=day(-2))
        self.assertEqual(day(5).weekday(), 5)
        debtor = self._rebuild()
        self.assertEqual(debtor.next_action_date, day(8))
        self.assertIn("March 10", debtor.with_context(lang='en_US').next_step.replace(
            "Mar 10", "March 10"))
        self.assertEqual(invoice.dunning_next_date, day(8))
        for number in range(1, 9):
            with self.subTest(day=number), freeze_time(f'{day(number)} 12:00:00'):
                self.company.dunning_active = True
                self._run_cron('smart_dunning.ir_cron_dunning_run')
                letters = self.env['dunning.letter'].search(
                    [('partner_id', '=', self.customer.id)])
                self.assertEqual(bool(letters), number == 8)

    def test_after_the_run_of_the_day_the_next_one_counts(self):
        self.company.dunning_active = True
        with freeze_time(f'{day(0)} 12:00:00'):
            self._run_cron('smart_dunning.ir_cron_dunning_run')
            self._invoice(due=day(-20))
            self.assertEqual(self._rebuild().next_action_date, day(1))

    def test_a_step_says_what_it_waits_for(self):
        self.company.dunning_active = True
        reminder = self.policy.level_ids[1]
        with self.subTest("approval"):
            reminder.needs_approval = True
            self._invoice(due=day(-20))
            debtor = self._rebuild()
            self.assertEqual(debtor.next_wait, 'approval')
            self.assertIn("once somebody approves it", debtor.next_step)
            run = self._plan(day(0))
            self.assertEqual(self._rebuild().next_wait, 'to_approve')
            self.assertIn("waits for approval", debtor.next_step)
            run.action_cancel()
            reminder.needs_approval = False
        with self.subTest("review"):
            self.policy.auto_send = False
            self.assertEqual(self._rebuild().next_wait, 'review')
            self.assertIn("once somebody sends it", debtor.next_step)
            self.policy.auto_send = True
        with self.subTest("bank"):
            self.policy.bank_guard_days = 3
            self.assertEqual(self._rebuild().next_wait, 'bank')
            self.assertIn("newer bank entries", debtor.next_step)
            self.policy.bank_guard_days = 0
        self.assertFalse(self._rebuild().next_wait)
        self.assertIn("goes out by e-mail", debtor.next_step)

    def test_a_blocked_invoice_is_of_its_age(self):
        self._invoice(due=day(-20)).action_toggle_block_payment()
        self.assertRecordValues(self._rebuild(), [{
            'open_amount': 100.0, 'amount_30': 100.0, 'credit_amount': 0.0,
            'overdue_amount': 0.0, 'left_out_text': "Payment of the invoice is blocked"}])


class TestAgeing(DebtorCommon, ChargeCommon):
    """Whatever happened: all ages less the credits are what is open, booked charges included."""

    def test_ages_add_up_to_what_is_open(self):
        for seed in range(6):
            with self.subTest(seed=seed), self.cr.savepoint() as savepoint:
                dice = random.Random(seed)
                for _turn in range(12):
                    getattr(self, '_do_' + dice.choice((
                        'post', 'post', 'receipt', 'pay', 'credit', 'receive', 'block', 'exclude',
                        'book', 'undo')))(dice)
                    debtor = self._rebuild()
                    self.assertAlmostEqual(
                        sum(debtor[name] for name in AGES) - debtor.credit_amount,
                        debtor.open_amount, 2)
                    self.assertAlmostEqual(debtor.open_amount, self._get_balance(), 2)
                    self.assertLessEqual(
                        debtor.overdue_amount + debtor.left_out_amount,
                        debtor.open_amount + debtor.credit_amount + 0.001)
                savepoint.rollback()
                self.env.invalidate_all()

    def _get_balance(self):
        return sum(self.env['account.move.line'].search([
            ('partner_id', '=', self.customer.id), ('company_id', '=', self.company.id),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('parent_state', '=', 'posted')]).mapped('balance'))

    def _get_invoice(self, dice):
        moves = self.env['account.move'].search([
            ('partner_id', '=', self.customer.id), ('state', '=', 'posted'),
            ('move_type', '=', 'out_invoice'), ('amount_residual', '>', 0)], order='id')
        return dice.choice(moves) if moves else self._do_post(dice)

    def _do_post(self, dice, **values):
        return self._invoice(day(dice.randint(-120, 20)), dice.choice((33.33, 100.0, 250.5)),
                             **values)

    def _do_receipt(self, dice):
        self._do_post(dice, move_type='out_receipt')

    def _do_pay(self, dice):
        invoice = self._get_invoice(dice)
        if invoice.payment_state in ('not_paid', 'partial'):
            self._pay(invoice, dice.choice((None, 21.5)))

    def _do_credit(self, dice):
        self._credit_note(dice.choice((10.0, 77.7)), on=day(dice.randint(-30, 5)))

    def _do_receive(self, dice):
        self._receive(dice.choice((15.0, 60.6)))

    def _do_block(self, dice):
        self._get_invoice(dice).action_toggle_block_payment()

    def _do_exclude(self, dice):
        self._terms(self._get_invoice(dice)).no_followup = True

    def _do_book(self, dice):
        charges = self._charge('fee', 5.0) | self._charge('interest', 7.0, self._get_invoice(dice))
        charges._book({charge: charge.amount for charge in charges}, day(0))

    def _do_undo(self, dice):
        self.env['account.move'].search([
            ('partner_id', '=', self.customer.id), ('state', '=', 'posted'),
            ('move_type', '=', 'out_invoice')]).line_ids.remove_move_reconcile()


class TestNotice(HoldCommon):
    """"Your delivery is waiting" asks for what hold and letter ask, and names one account."""

    def setUp(self):
        super().setUp()
        self.policy.hold_notify_customer = True
        self._rule('overdue', days=0)
        self.order = self._order(confirm=True)
        self.picking = self.order.picking_ids

    def test_asks_what_hold_and_letter_ask(self):
        self._overdue(100.0)
        disputed, left_out = self._overdue(500.0), self._overdue(70.0)
        self._terms(left_out).no_followup = True
        self.env['dunning.dispute'].create({
            'move_id': disputed.id, 'deadline': fields.Date.add(self.today, days=10),
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged').id})
        letter = self._plan(self.today).letter_ids
        facts = self.env['dunning.hold.check']._get_facts(
            self.company, self.customer.ids)[self.customer.id][1]
        self.assertEqual(letter.amount_total, 100.0)
        self.assertEqual(facts.overdue_amount, 100.0)
        promised = self._overdue(30.0)
        self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'amount': 30.0,
            'date': fields.Date.add(self.today, days=3),
            'item_ids': [Command.set(self._terms(promised).ids)]})
        self.assertEqual([item['amount'] for item in self.picking._get_notice_items()],
                         [self.company.currency_id.format(100.0)])
        self.assertFalse(self.picking._get_notice_total())

    def test_a_disputed_part_is_not_asked_for(self):
        self._overdue(100.0)
        self.env['dunning.dispute'].create({
            'move_id': self._overdue(500.0).id, 'amount': 200.0,
            'deadline': fields.Date.add(self.today, days=10),
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged').id})
        self.assertEqual(
            self.picking._get_notice_total(), self.company.currency_id.format(400.0))

    def test_one_account_for_letter_and_notice(self):
        self.bank_account.unlink()
        first, second = self.env['res.partner.bank'].create([
            {'acc_number': number, 'partner_id': self.company.partner_id.id,
             'allow_out_payment': True}
            for number in ('DE89370400440532013000', 'DE02120300000000202051')])
        invoice = self._overdue(100.0)
        invoice.sudo().partner_bank_id = second
        asked = []
        bank_class = type(first)

        def build(bank, *args, **kwargs):
            asked.append(bank)
            return False
        self.patch(bank_class, 'build_qr_code_base64', build)
        self.picking._get_notice_qr()
        letter = self._plan(self.today).letter_ids
        self.assertEqual(letter._get_payment_bank(), second)
        self.assertEqual(asked, [second])


class TestArchivedCustomer(DebtorCommon):

    def test_who_owes_something_stays_in_the_worklist(self):
        invoice = self._invoice(due=day(-20))
        debtor = self._rebuild()
        self.customer.active = False
        debtor.invalidate_recordset()
        self.assertEqual(self._rebuild(), debtor)           # found although archived
        self.assertTrue(debtor.is_archived)
        self.assertTrue(debtor.active)
        self._pay(invoice)
        self._rebuild()
        search = self.env['dunning.debtor'].search
        domain = [('partner_id', '=', self.customer.id)]
        self.assertFalse(search(domain))
        self.assertEqual(search([*domain, ('active', '=', False)]), debtor)
