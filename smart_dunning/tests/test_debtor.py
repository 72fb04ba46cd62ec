import random
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from .common import DunningCommon, day

FIGURES = [
    'open_amount', 'credit_amount', 'overdue_amount', 'oldest_due_date', 'item_count',
    'amount_not_due', 'amount_30', 'amount_60', 'amount_90', 'amount_older', 'level_position',
    'next_action_date', 'next_amount', 'last_letter_date', 'last_payment_date',
]


class TestDebtor(DunningCommon):
    """The one row with everything about a customer, always equal to the ledger."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))

    def _debtor(self, partner=None):
        return self.env['dunning.debtor'].search([
            ('partner_id', '=', (partner or self.customer).id),
            ('company_id', '=', self.company.id)])

    def _work_off_queue(self):
        self.env.cr.precommit.run()
        self._run_cron('smart_dunning.ir_cron_dunning_debtor')

    def test_figures(self):
        self._invoice(due=day(5), amount=10.0)
        self._invoice(due=day(0), amount=20.0)
        self._invoice(due=day(-1), amount=40.0)
        self._invoice(due=day(-31), amount=80.0)
        self._invoice(due=day(-61), amount=160.0)
        self._invoice(due=day(-91), amount=320.0)
        self._credit_note(5.0)
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertRecordValues(self._debtor(), [{
            'open_amount': 625.0, 'credit_amount': 5.0, 'overdue_amount': 600.0,
            'oldest_due_date': day(-91), 'days_overdue': 91, 'item_count': 7,
            'amount_not_due': 30.0, 'amount_30': 40.0, 'amount_60': 80.0, 'amount_90': 160.0,
            'amount_older': 320.0, 'next_action_date': day(0),
            'next_level_id': self.policy.level_ids[1].id, 'next_amount': 555.0,
            'policy_id': self.policy.id,
        }])
        self.assertIn("555.00", self._debtor().next_step)

    def test_queue_follows_the_ledger(self):
        invoice = self._invoice(due=day(-20))
        self._work_off_queue()
        self.assertEqual(self._debtor().overdue_amount, 100.0)
        payment = self._pay(invoice, 40.0)
        self._work_off_queue()
        self.assertEqual(self._debtor().overdue_amount, 60.0)
        self.assertEqual(self._debtor().last_payment_date, day(0))
        payment.move_id.line_ids.remove_move_reconcile()
        self._work_off_queue()
        self.assertEqual(self._debtor().overdue_amount, 100.0)
        self.assertEqual(self._debtor().credit_amount, 40.0)
        invoice.button_draft()
        self._work_off_queue()
        self.assertEqual(self._debtor().overdue_amount, 0.0)
        invoice.action_post()
        self._run(day(0))
        self._work_off_queue()
        self.assertEqual(self._debtor().level_id.name, "Reminder")
        self.assertEqual(self._debtor().last_letter_date, day(0))

    def test_next_step_waits_for_pause_and_quiet_days(self):
        self._invoice(due=day(-20))
        self._run(day(0))
        self._work_off_queue()
        self.assertRecordValues(self._debtor(), [{'next_action_date': day(14)}])
        self.env['dunning.pause'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'reason': "Talks",
            'date_until': day(20)})
        self._work_off_queue()
        self.assertRecordValues(self._debtor(), [
            {'next_action_date': day(21), 'paused_until': day(20)}])
        self._debtor().with_user(self.clerk).action_end_pause()
        self.assertRecordValues(self._debtor(), [
            {'next_action_date': day(14), 'paused_until': False}])

    def test_forecast_equals_what_the_run_does(self):
        self._invoice(due=day(3))
        self._invoice(due=day(-9), amount=30.0)
        for _step in range(5):
            self.env['dunning.debtor']._refresh(company=self.company)
            debtor = self._debtor()
            if not debtor.next_action_date:
                break
            before = self._plan(debtor.next_action_date - timedelta(days=1))
            if debtor.next_action_date > day(0):
                self.assertFalse(before.letter_ids)
            before.action_cancel()
            run = self._run(debtor.next_action_date)
            self.assertEqual(
                sum(run.letter_ids.mapped('amount_company')), debtor.next_amount)

    def test_any_sequence_equals_a_rebuild(self):
        dice = random.Random(19)
        invoices = []
        for _turn in range(40):
            self._take_turn(dice, invoices)
            self._work_off_queue()
        queued = self._debtor().read(FIGURES)
        self.env['dunning.debtor'].sudo().search([]).unlink()
        self.env['dunning.debtor']._refresh(company=self.company)
        rebuilt = self._debtor().read(FIGURES)
        for row in queued + rebuilt:
            row.pop('id')
        self.assertEqual(queued, rebuilt)

    def _take_turn(self, dice, invoices):
        choice = dice.choice(
            ['invoice', 'invoice', 'pay', 'part', 'credit', 'undo', 'draft', 'run'])
        open_ones = [move for move in invoices if move.state == 'posted' and move.amount_residual]
        if choice == 'invoice' or not open_ones:
            invoices.append(self._invoice(
                due=day(dice.randint(-100, 30)), amount=float(dice.randint(5, 500))))
        elif choice in ('pay', 'part'):
            move = dice.choice(open_ones)
            self._pay(move, move.amount_residual if choice == 'pay' else 1.0)
        elif choice == 'credit':
            self._credit_note(float(dice.randint(1, 50)))
        elif choice == 'undo':
            dice.choice(invoices).line_ids.remove_move_reconcile()
        elif choice == 'draft':
            move = dice.choice(open_ones)
            move.button_draft()
            if dice.random() < 0.5:
                move.action_post()
        else:
            self._run(day(0))

    def test_write_now_plans_for_these_debtors_alone(self):
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        self.env['dunning.debtor']._refresh(company=self.company)
        action = self._debtor().with_user(self.clerk).action_write_now()
        letter = self.env['dunning.letter'].browse(action['res_id'])
        self.assertEqual(letter.run_id.letter_ids.partner_id, self.customer)

    def test_partner_leads_to_the_debtor(self):
        contact = self.env['res.partner'].create(
            {'name': "Contact", 'parent_id': self.customer.id})
        action = contact.with_user(self.clerk).with_company(
            self.company).action_open_dunning_debtor()
        self.assertEqual(action['res_id'], self._debtor().id)

    def test_next_step_on_the_invoice(self):
        invoice = self._invoice(due=day(10))
        self.assertRecordValues(invoice, [{
            'dunning_next_date': day(7), 'dunning_next_level_id': self.policy.level_ids[0].id}])
        self._pay(invoice)
        invoice.invalidate_recordset()
        self.assertFalse(invoice.dunning_next_date)

    def test_amounts_in_company_currency(self):
        yen = self.setup_other_currency('JPY', rates=[('2016-01-01', 100.0)])
        self._invoice(due=day(-20), amount=5000.0, currency_id=yen.id)
        self._invoice(due=day(-20), amount=50.0)
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertEqual(self._debtor().overdue_amount, 100.0)

    def test_daily_refresh_since_time_alone_changes_figures(self):
        self._invoice(due=day(0))
        self._work_off_queue()
        self.assertFalse(self._debtor().overdue_amount)
        with freeze_time(fields.Date.to_string(day(1))):
            self._run_cron('smart_dunning.ir_cron_dunning_debtor')
        self.assertEqual(self._debtor().overdue_amount, 100.0)
