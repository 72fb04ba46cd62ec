from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .common import DunningCommon, day
from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestItem(DunningCommon):
    """What is open, and why an item is left out: one query says it to everybody."""

    def _read(self, *columns, **scope):
        """Return the open items of the customer as dicts of these columns, by due date."""
        rows = self.env['dunning.item']._fetch(
            self.company, columns, order='due, id', partner_ids=self.customer.ids,
            **{'date': day(0), **scope})
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def test_the_run_says_what_an_item_is_left_out_for(self):
        # (what happens to an overdue invoice, the reason that the run gives)
        for reason, change in {
            'no_followup': lambda move: self._terms(move).write({'no_followup': True}),
            'blocked': lambda move: move.action_toggle_block_payment(),
            'too_old': lambda move: self.company.write({'dunning_due_after': day(-29)}),
        }.items():
            with self.subTest(reason=reason), self.cr.savepoint() as savepoint:
                invoice = self._invoice(day(-30))
                change(invoice)
                self.assertEqual(
                    [row['excluded'] for row in self._read(
                        'excluded', due_after=self.company.dunning_due_after or None)], [reason])
                run = self._plan(day(0))
                self.assertFalse(run.letter_ids)
                self.assertEqual(run.omission_ids.mapped('reason'), [reason])
                self.assertEqual(run.omission_ids.item_count, 1)
                self.assertEqual(run.omission_ids.amount, 100.0)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_excluded_item_leaves_the_others(self):
        self._terms(self._invoice(day(-30), 500.0)).no_followup = True
        self._invoice(day(-20), 100.0)
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.amount_total, 100.0)
        self.assertEqual(run.omission_ids.mapped('amount'), [500.0])

    def test_columns_are_those_of_the_ledger(self):
        invoice = self._invoice(day(-30), 100.0)
        self._pay(invoice, 40.0)
        self._credit_note(30.0, on=day(-1))
        self.assertEqual(
            self._read('move', 'kind', 'original', 'residual', 'open', 'open_company', 'due'), [
                {'move': invoice.id, 'kind': 'invoice', 'original': 100.0, 'residual': 60.0,
                 'open': 60.0, 'open_company': 60.0, 'due': day(-30)},
                {'move': invoice.id + 2, 'kind': 'credit_note', 'original': -30.0,
                 'residual': -30.0, 'open': -30.0, 'open_company': -30.0, 'due': day(-1)}])

    def test_what_is_disputed_and_agreed(self):
        disputed, agreed = self._invoice(day(-30), 500.0), self._invoice(day(-20), 100.0)
        with freeze_time(day(0)):
            self.env['dunning.dispute'].create({
                'move_id': disputed.id, 'amount': 200.0, 'deadline': day(30),
                'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged').id})
            self.env['dunning.promise'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'amount': 100.0,
                'date': day(5), 'item_ids': [Command.set(self._terms(agreed).ids)]})
        self.assertEqual(
            [(row['disputed'], row['agreed']) for row in self._read('disputed', 'agreed')],
            [(200.0, False), (0.0, True)])
        # After the last day nothing is held back any more.
        self.assertEqual(
            [(row['disputed'], row['agreed'])
             for row in self._read('disputed', 'agreed', date=day(300))],
            [(0.0, False), (0.0, False)])


@tagged('post_install', '-at_install')
class TestUnderway(HoldCommon):
    """Payments without a journal entry, as accounting apps make them, reduce what is asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.classPatch(cls.env.registry['account.move'], '_get_invoice_in_payment_state',
                       lambda self: 'in_payment')
        cls.journal_bank.inbound_payment_method_line_ids.payment_account_id = False

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))
        self.today = day(0)
        self._rule('overdue', days=0)

    def _on_account(self, amount, kind='inbound', **values):
        payment = self.env['account.payment'].create({
            'partner_id': self.customer.id, 'partner_type': 'customer', 'payment_type': kind,
            'amount': amount, 'date': day(0), 'journal_id': self.journal_bank.id, **values})
        payment.action_post()
        self.assertFalse(payment.move_id)
        return payment

    def _get_overdue(self):
        return self.env['dunning.hold.check']._get_facts(
            self.company, self.customer.ids)[self.customer.id][1].overdue_amount

    def test_a_small_payment_reduces_the_amount(self):
        invoice = self._invoice(day(-30))
        payment = self._pay(invoice, 1.0)
        self.assertFalse(payment.move_id)
        self.assertEqual(invoice.payment_state, 'in_payment')
        self.assertEqual(self._plan(day(0)).letter_ids.amount_total, 99.0)
        self.assertEqual(self._get_overdue(), 99.0)
        self.assertRecordValues(self._plan(day(0)).omission_ids, [{'reason': 'pending'}])
        with self.assertRefused():
            self._order(confirm=True)

    def test_a_small_payment_leaves_the_rest_to_argue_and_to_dun(self):
        invoice = self._invoice(day(-30))
        self._pay(invoice, 1.0)
        dispute = self.env['dunning.dispute'].create({
            'move_id': invoice.id, 'amount': 40.0, 'reason_id': self.env[
                'dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1).id})
        self.env['dunning.agreement']._update_all(self.company)
        self.assertEqual(dispute.state, 'open')
        self.assertIn("Dispute", invoice.dunning_pause_text)
        self.assertEqual(self._plan(day(0)).letter_ids.amount_total, 59.0)
        self._pay(invoice, 99.0)
        self.env['dunning.agreement']._update_all(self.company)
        self.assertEqual(dispute.state, 'settled')

    def test_a_payment_validated_by_hand_counts_once(self):
        term = self.env['account.payment.term'].create({'name': "Two", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
            for days in (0, 1)]})
        values = {'invoice_date': day(-40), 'date': day(-40), 'invoice_payment_term_id': term.id}
        invoice = self._invoice(day(-40), **values)
        payment = self._pay(invoice, 60.0)
        for state in ('in_process', 'paid'):
            with self.subTest(state):
                payment.state = state
                run = self._plan(day(0))
                self.assertEqual(run.letter_ids.line_ids.mapped('amount_residual'), [40.0])
                run.action_cancel()

    def test_a_payment_validated_by_hand_pays_the_invoice_due_first(self):
        first, second = self._invoice(day(-40)), self._invoice(day(-30))
        payment = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=(first | second).ids).create({
                'payment_date': day(0), 'group_payment': True, 'amount': 150.0})._create_payments()
        payment.state = 'paid'
        self.assertEqual(self._plan(day(0)).letter_ids.line_ids.mapped('amount_residual'), [50.0])

    def test_all_of_it_is_on_its_way(self):
        invoice = self._invoice(day(-30))
        payment = self._pay(invoice)
        run = self._plan(day(0))
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.mapped('reason'), ['underway'])
        self.assertEqual(self._get_overdue(), 0.0)
        payment.action_reject()
        self.assertEqual(self._plan(day(0)).letter_ids.amount_total, 100.0)
        self.assertEqual(self._get_overdue(), 100.0)

    def test_the_oldest_instalment_is_paid_first(self):
        term = self.env['account.payment.term'].create({
            'name': "Halves", 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
                for days in (10, 20)]})
        invoice = self._invoice(day(-30), 200.0, invoice_payment_term_id=term.id)
        self._pay(invoice, 130.0)
        letter = self._plan(day(0)).letter_ids
        self.assertEqual(letter.line_ids.mapped('amount_residual'), [70.0])

    def test_on_account_without_an_invoice(self):
        self._invoice(day(-30), 300.0)
        self._on_account(100.0)
        letter = self._plan(day(0)).letter_ids
        self.assertEqual((letter.amount_credit, letter.amount_total), (100.0, 200.0))
        rows = letter._get_statement_lines()[letter.id]
        self.assertEqual(sum(row['open'] for row in rows), 200.0)
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertEqual(self.env['dunning.debtor'].search(
            [('partner_id', '=', self.customer.id)]).open_amount, 200.0)
        facts = self.env['dunning.hold.check']._get_facts(
            self.company, self.customer.ids)[self.customer.id][1]
        self.assertEqual((facts.receivables, facts.unallocated), (200.0, 100.0))

    def test_a_planned_letter_asks_for_the_rest(self):
        invoice = self._invoice(day(-30), 1000.0)
        run = self._plan(day(0))
        self._pay(invoice, 10.0)
        self._send(run)
        self.assertEqual(run.letter_ids.state, 'sent')
        self.assertEqual(run.letter_ids.amount_total, 990.0)

    def test_a_payment_is_told_to_the_debtor(self):
        invoice = self._invoice(day(-30))
        self.env['dunning.debtor']._refresh(company=self.company)
        self._pay(invoice, 40.0)
        self.env.cr.precommit.run()
        self._run_cron('smart_dunning.ir_cron_dunning_debtor')
        self.assertEqual(self.env['dunning.debtor'].search(
            [('partner_id', '=', self.customer.id)]).overdue_amount, 60.0)
