from datetime import date

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .claim_common import DUE, ClaimCommon


@tagged('post_install', '-at_install')
class TestClaimLetter(ClaimCommon):
    """What a letter claims besides the open items."""

    def test_interest_over_a_rate_change_with_a_partial_payment(self):
        """1,000.00 due on 10 June; reminded on 17 June; 400.00 paid on 5 July."""
        invoice = self._invoice(due=DUE, amount=1000.0)
        reminder = self._run(date(2026, 6, 17)).letter_ids
        self.assertEqual(reminder.amount_total, 1000.0)     # what brings default about is free
        self.assertFalse(reminder.charge_ids)
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertRecordValues(first, [{
            'amount_due': 1000.0, 'amount_interest': 3.95, 'amount_fee': 2.5,
            'amount_lump_sum': 0.0, 'amount_charges': 0.0, 'amount_total': 1006.45}])
        self.assertEqual([row['segments'] for row in first.claim_details['interest']], [[
            ['2026-06-18', '2026-06-30', 13, 1000.0, 10.27, 3.66],
            ['2026-07-01', '2026-07-01', 1, 1000.0, 10.52, 0.29]]])
        self._pay(invoice, 400.0, on=date(2026, 7, 5))
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertRecordValues(last, [{
            'amount_due': 600.0, 'amount_interest': 2.88, 'amount_fee': 0.0,
            'amount_lump_sum': 40.0, 'amount_charges': 3.95, 'amount_total': 646.83}])
        self.assertEqual([row['segments'] for row in last.claim_details['interest']], [[
            ['2026-07-02', '2026-07-05', 4, 1000.0, 10.52, 1.15],
            ['2026-07-06', '2026-07-15', 10, 600.0, 10.52, 1.73]]])
        charges = first.charge_ids | last.charge_ids
        self.assertEqual(
            sorted(charges.mapped(lambda charge: (charge.kind, charge.amount))),
            [('fee', 2.5), ('interest', 2.88), ('interest', 3.95),
             ('lump_sum', 40.0)])
        interest = self._find(charges, 'interest').sorted('date')
        self.assertEqual(interest.mapped('date_to'), [date(2026, 7, 1), date(2026, 7, 15)])
        self.assertEqual(interest.move_line_id, self._terms(invoice))
        with freeze_time('2026-07-15'):
            invoice.invalidate_recordset()
            self.assertRecordValues(invoice, [{
                'dunning_default_date': date(2026, 6, 18), 'dunning_default_basis': 'reminder',
                'dunning_interest': 6.83, 'dunning_charge_amount': 46.83}])

    def test_total_is_what_is_shown(self):
        self._invoice(due=DUE, amount=333.33)
        self._run(date(2026, 6, 17))
        letter = self._plan(date(2026, 7, 9)).letter_ids
        self.assertAlmostEqual(letter.amount_total, sum(
            amount for _code, amount, _letter in letter._get_document_sums()))
        rows = letter.claim_details['interest'][0]
        self.assertAlmostEqual(
            sum(segment[5] for segment in rows['segments']), letter.amount_interest)

    def test_payment_entered_later_is_corrected(self):
        invoice = self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self._pay(invoice, 999.0, on=date(2026, 6, 17))     # the bank was imported late
        self.policy.tolerance = 0.0
        interest = self._find(first.charge_ids, 'interest')
        self.assertRecordValues(interest, [{
            'amount': 3.95, 'amount_corrected': 3.95, 'amount_open': 0.0, 'state': 'withdrawn'}])
        self.assertEqual(interest.waiver_ids.reason, "a payment counts from an earlier day")
        last = self._run(date(2026, 7, 15)).letter_ids
        charges = self._find(first.charge_ids | last.charge_ids, 'interest')
        self.assertAlmostEqual(
            sum(charges.mapped('amount')) - sum(charges.mapped('amount_corrected')), 0.01)
        self.assertRecordValues(last, [{'amount_interest': 0.01, 'amount_charges': 0.0}])

    def test_lump_sum_counts_against_fees(self):
        """§ 288 (5) BGB: the fee comes only where no lump sum stands for such costs."""
        self.first.charge_lump_sum = True
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        run = self._plan(date(2026, 7, 1))
        self.assertRecordValues(run.letter_ids, [{'amount_lump_sum': 40.0, 'amount_fee': 0.0}])
        run.action_cancel()
        self.env['dunning.claim.rule'].search([]).lump_sum_covers_fees = False
        self.assertRecordValues(self._plan(date(2026, 7, 1)).letter_ids, [
            {'amount_lump_sum': 40.0, 'amount_fee': 2.5}])

    def test_lump_sum_once_per_invoice(self):
        self.first.charge_lump_sum = True
        one, other = self._invoice(due=DUE), self._invoice(due=DUE, amount=50.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(first.amount_lump_sum, 80.0)
        self.assertEqual(self._find(first.charge_ids, 'lump_sum').move_id, one | other)
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertEqual(last.amount_lump_sum, 0.0)
        self.assertEqual(last.amount_charges, 80.0 + first.amount_interest)

    def test_instalments_bear_one_lump_sum(self):
        term = self.env['account.payment.term'].create({'name': "Two", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 0}),
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 1})]})
        self._invoice(due=DUE, invoice_payment_term_id=term.id)
        self._run(date(2026, 6, 17))
        self.assertEqual(self._run(date(2026, 7, 1)).letter_ids.amount_lump_sum, 0.0)
        self.assertEqual(self._run(date(2026, 7, 15)).letter_ids.amount_lump_sum, 40.0)

    def test_consumer(self):
        self.customer.is_company = False
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        self._run(date(2026, 7, 1))
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertEqual(last.amount_lump_sum, 0.0)
        self.assertEqual(last.claim_details['interest'][0]['segments'][0][4], 6.52)

    def test_policy_says_who_is_a_consumer(self):
        self.policy.customer_kind = 'consumer'
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(first.claim_details['interest'][0]['segments'][0][4], 6.27)

    def test_everything_can_be_switched_off(self):
        self.policy.write({
            'charge_interest': False, 'charge_lump_sum': False, 'charge_fees': False})
        self._invoice(due=DUE)
        for on in (date(2026, 6, 17), date(2026, 7, 1), date(2026, 7, 15)):
            letter = self._run(on).letter_ids
            self.assertEqual(letter.amount_total, 100.0)
            self.assertFalse(letter.charge_ids)

    def test_policy_without_lump_sum(self):
        self.policy.charge_lump_sum = False
        self._invoice(due=DUE)
        for on in (date(2026, 6, 17), date(2026, 7, 1)):
            self._run(on)
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertRecordValues(last, [{'amount_lump_sum': 0.0, 'amount_fee': 2.5}])
        self.assertTrue(last.amount_interest)

    def test_own_rate(self):
        self.policy.write({'interest_reference': 'fixed', 'interest_margin': 12.0})
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(
            [segment[4] for segment in first.claim_details['interest'][0]['segments']], [12.0])

    def test_agreed_date(self):
        self.policy.due_date_agreed = True
        self.reminder.write({'charge_interest': True, 'fee_amount': 1.0})
        self._invoice(due=DUE, amount=1000.0)
        letter = self._run(date(2026, 6, 17)).letter_ids
        self.assertEqual(letter.claim_details['interest'][0]['segments'][0][0], '2026-06-11')
        self.assertEqual(letter.amount_fee, 1.0)

    def test_nothing_before_the_due_date(self):
        self.policy.due_date_agreed = True
        self._invoice(due=date(2026, 3, 1))
        self.policy.level_ids[0].write({
            'charge_interest': True, 'fee_amount': 5.0, 'charge_lump_sum': True})
        self._invoice(due=DUE)
        letters = self._plan(date(2026, 6, 8)).letter_ids
        prenotice = letters.filtered('is_prenotice')
        self.assertTrue(prenotice)
        self.assertEqual(prenotice.amount_total, prenotice.amount_due)
        self.assertFalse(prenotice.claim_details)

    def test_printed_reminder_takes_days_to_arrive(self):
        self.reminder.channel = 'print'
        invoice = self._invoice(due=DUE)
        run = self._plan(date(2026, 6, 17))
        run.action_approve_all()
        run.letter_ids.action_print()
        run.letter_ids.action_printed()
        self.assertEqual(invoice.dunning_default_date, date(2026, 6, 21))

    def test_default_by_hand_needs_a_reason(self):
        invoice = self._invoice(due=DUE)
        with self.assertRefused("why", ValidationError):
            invoice.with_user(self.clerk).dunning_default_manual = date(2026, 6, 12)
        invoice.with_user(self.clerk).write({
            'dunning_default_manual': date(2026, 6, 12), 'dunning_default_reason': "He refused"})
        self.assertRecordValues(invoice, [{
            'dunning_default_date': date(2026, 6, 12), 'dunning_default_basis': 'manual'}])

    def test_credit_note_was_never_owed(self):
        self.policy.tolerance = 0.0
        invoice = self._invoice(due=DUE, amount=1000.0)
        refund = self._credit_note(400.0, on=date(2026, 7, 1))
        (self._terms(invoice) | self._terms(refund)).reconcile()
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(first.claim_details['interest'][0]['segments'][0][3], 600.0)

    def test_unmatched_payment_bears_no_interest(self):
        self._invoice(due=DUE, amount=1000.0)
        self._invoice(due=date(2026, 6, 12), amount=500.0)
        self._run(date(2026, 6, 19))
        payment = self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': 1200.0,
            'partner_id': self.customer.id, 'date': date(2026, 6, 25),
            'journal_id': self.journal_bank.id})
        payment.action_post()
        first = self._run(date(2026, 7, 3)).letter_ids
        self.assertEqual(first.amount_credit, 1200.0)
        self.assertEqual([row['segments'] for row in first.claim_details['interest']], [
            [['2026-06-20', '2026-06-25', 6, 1000.0, 10.27, 1.69]],
            [['2026-06-20', '2026-06-25', 6, 500.0, 10.27, 0.84],
             ['2026-06-26', '2026-06-30', 5, 300.0, 10.27, 0.43],
             ['2026-07-01', '2026-07-03', 3, 300.0, 10.52, 0.26]]])

    def test_missing_rate_is_a_warning(self):
        self.env['dunning.rate'].search([
            ('reference', '=', 'de'), ('date_from', '=', date(2026, 7, 1))]).unlink()
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        run = self._plan(date(2026, 7, 10))
        letter = run.letter_ids
        self.assertEqual(letter.amount_interest, 3.66)      # up to 30 June
        self.assertIn("07/01/2026", letter.claim_warning)
        self.assertIn("No rate is known", run.note)
        self.assertNotIn("No rate", letter._render_document_html())
        self._send(run)
        self.assertEqual(self._find(letter.charge_ids, 'interest').amount, 3.66)

    def test_rate_entered_later_is_claimed_by_the_next_letter(self):
        rate = self.env['dunning.rate'].search([
            ('reference', '=', 'de'), ('date_from', '=', date(2026, 7, 1))])
        values = rate.copy_data()[0]
        rate.unlink()
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        self._run(date(2026, 7, 1))
        self.env['dunning.rate'].create({**values, 'date_from': date(2026, 7, 1)})
        last = self._run(date(2026, 7, 15)).letter_ids
        whole = 1000 * (13 * 10.27 + 15 * 10.52) / 36500
        self.assertAlmostEqual(last.amount_interest, whole - 3.66, 2)

    def test_bounced_letter_claims_nothing(self):
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        letter = self._run(date(2026, 7, 1)).letter_ids
        charges = letter.charge_ids
        self.assertEqual(len(charges), 2)
        letter.sudo()._set_bounced()
        self.assertEqual(set(charges.mapped('state')), {'withdrawn'})
        self.assertFalse(any(charges.mapped('amount_open')))
        letter.action_print()
        letter.action_printed()
        again = letter.charge_ids - charges
        self.assertEqual(sum(again.mapped('amount')), 6.45)

    def test_bounced_reminder_puts_nobody_in_default(self):
        invoice = self._invoice(due=DUE)
        letter = self._run(date(2026, 6, 17)).letter_ids
        self.assertEqual(invoice.dunning_default_date, date(2026, 6, 18))
        letter.sudo()._set_bounced()
        invoice.invalidate_recordset()
        self.assertEqual(invoice.dunning_default_basis, 'thirty_days')

    def test_disputed_part_bears_no_interest(self):
        invoice = self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        with freeze_time('2026-06-20'):
            self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'amount': 400.0, 'deadline': date(2026, 12, 1),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
        run = self._plan(date(2026, 7, 1))
        letter = run.letter_ids
        self.assertEqual(letter.amount_due, 600.0)
        self.assertEqual(letter.claim_details['interest'][0]['segments'][0][3], 600.0)
        amount = letter.amount_interest
        self._send(run)
        self.assertEqual(letter.amount_interest, amount)

    def test_two_currencies(self):
        euro = self.env.ref('base.EUR')
        euro.active = True
        self.env['res.currency.rate'].create({
            'name': '2026-01-01', 'rate': 2.0, 'currency_id': euro.id,
            'company_id': self.company.id})
        self.first.charge_lump_sum = True
        self._invoice(due=DUE, amount=1000.0)
        self._invoice(due=DUE, amount=1000.0, currency_id=euro.id)
        self._run(date(2026, 6, 17))
        letters = self._run(date(2026, 7, 1)).letter_ids
        own = letters.filtered(lambda letter: letter.currency_id == self.company.currency_id)
        other = letters - own
        self.assertRecordValues(own | other, [
            {'amount_interest': 3.95, 'amount_fee': 0.0, 'amount_lump_sum': 40.0},
            {'amount_interest': 3.95, 'amount_fee': 0.0, 'amount_lump_sum': 80.0}])
        self.assertEqual(other.charge_ids.currency_id, euro)
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertEqual(
            set(last.mapped(lambda letter: (letter.currency_id, letter.amount_charges))),
            {(self.company.currency_id, 43.95), (euro, 83.95)})

    def test_document_shows_each_part(self):
        self.env['dunning.claim.rule'].search([]).lump_sum_covers_fees = False
        self.first.charge_lump_sum = True
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        letter = self._plan(date(2026, 7, 1)).letter_ids
        html = letter._render_document_html()
        for text in ("Late interest", "Lump sum for late payment", "Dunning costs", "10.27",
                     "10.52", "Jun 18, 2026", "Base rate, Germany"):
            self.assertIn(text, html)
        self.assertTrue(letter._render_documents()[letter.id].startswith(b'%PDF'))
