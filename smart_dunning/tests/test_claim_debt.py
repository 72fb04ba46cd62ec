from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .claim_common import DUE, ClaimCommon

REMINDED, FIRST, LAST = date(2026, 6, 17), date(2026, 7, 1), date(2026, 7, 15)


@tagged('post_install', '-at_install')
class TestClaimDebt(ClaimCommon):
    """Charges follow the debt: what the ledger does not bear out any more is taken back."""

    def _claim(self, amount=1000.0, until=FIRST, partner=None):
        """Return an invoice and its charges after the letters up to a day."""
        invoice = self._invoice(due=DUE, amount=amount, partner=partner)
        letters = self.env['dunning.letter']
        for on in (REMINDED, FIRST, LAST):
            if on <= until:
                letters |= self._run(on).letter_ids.filtered(
                    lambda letter: letter.partner_id == invoice.partner_id)
        return invoice, letters.charge_ids

    def _dispute(self, invoice, amount, on):
        with freeze_time(on):
            return self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'amount': amount, 'deadline': on + timedelta(days=90),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})

    def _book(self):
        self._run_cron('smart_dunning.ir_cron_dunning_booking')

    def _get_net(self, charges):
        return round(sum(charges.mapped('amount')) - sum(charges.mapped('amount_corrected')), 2)

    # What ends ----------------------------------------------------------------------------------

    def test_paid_in_time_but_imported_late_costs_nothing(self):
        for booking in ('never', 'letter'):
            with self.subTest(booking=booking):
                customer = self._make_customer(booking, is_company=True)
                self.company.dunning_booking = booking
                invoice, charges = self._claim(until=LAST, partner=customer)
                self._book()
                self.assertGreater(sum(charges.mapped('amount_open')), 40.0)
                self._pay(invoice, on=DUE)
                self.assertEqual(sum(charges.mapped('amount_open')), 0.0)
                self._book()
                self.assertEqual(sum(charges.mapped('amount_booked')), 0.0)
                self.assertFalse(charges._get_booked_lines().filtered(
                    lambda line: not line.reconciled))
                self.env['dunning.debtor']._refresh(partners=customer, company=self.company)
                self.assertRecordValues(customer.dunning_debtor_id, [{
                    'charges_open': 0.0, 'is_only_charges': False}])

    def test_cancelled_invoice_has_no_costs(self):
        """What is open on a cancelled invoice does not eat the payment of another one."""
        self.company.dunning_booking = 'letter'
        invoice, charges = self._claim(until=LAST)
        other = self._invoice(due=LAST, amount=100.0)
        self._book()
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(set(charges.mapped('state')), {'withdrawn'})
        self.assertIn("not in force any more", invoice.message_ids[0].body)
        self._book()
        self.assertEqual(sum(charges.mapped('amount_booked')), 0.0)
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=other.ids).create({
                'payment_date': LAST, 'amount': 100.0, 'dunning_costs_first': True})
        wizard._create_payments()
        self.assertEqual(other.amount_residual, 0.0)

    def test_an_invoice_confirmed_again_is_claimed_again(self):
        invoice, charges = self._claim(until=LAST)
        claimed = sum(charges.mapped('amount_open'))
        invoice.button_draft()
        self.assertEqual(sum(charges.mapped('amount_open')), 0.0)
        invoice.action_post()
        self.assertEqual(sum(charges.mapped('amount_open')), claimed)

    def test_a_deleted_invoice_leaves_no_costs(self):
        invoice, charges = self._claim()
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.assertEqual(sum(charges.mapped('amount_open')), 0.0)

    def test_wholly_credited_costs_nothing(self):
        invoice, charges = self._claim(until=LAST)
        refund = self._credit_note(1000.0, on=LAST)
        (self._terms(refund) | self._terms(invoice)).reconcile()
        self.assertEqual(sum(charges.mapped('amount_open')), 0.0)
        self.assertEqual(set(charges.waiver_ids.mapped('reason')) - {
            "it counts against the lump sum"}, {"the invoice was credited"})
        activity = self.customer.dunning_debtor_id.activity_ids
        self.assertIn("claim them again", activity.note)
        self._terms(invoice).remove_move_reconcile()
        refund.button_draft()
        self.assertEqual(self._get_net(self._find(charges, 'interest')), 7.98)

    def test_claimed_again_by_hand_stays(self):
        invoice, charges = self._claim(until=LAST)
        refund = self._credit_note(1000.0, on=LAST)
        (self._terms(refund) | self._terms(invoice)).reconcile()
        lump_sum = self._find(charges, 'lump_sum')
        lump_sum.with_user(self.clerk).action_claim_again()
        self.assertEqual(lump_sum.amount_open, 40.0)
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self.assertEqual(lump_sum.amount_open, 40.0)

    def test_an_instalment_paid_earlier_than_known(self):
        invoice, charges = self._claim()
        self._pay(invoice, 400.0, on=DUE)
        # 600.00 from 18 June to 1 July
        self.assertEqual(self._get_net(self._find(charges, 'interest')), 2.37)

    def test_more_time_costs_less(self):
        invoice, charges = self._claim()
        invoice.invoice_date_due = date(2026, 6, 23)
        interest = self._find(charges, 'interest')
        self.assertEqual(interest.waiver_ids.reason, "default began later")
        # From 24 June to 1 July
        self.assertEqual(self._get_net(interest), 2.26)

    # Never less than nothing --------------------------------------------------------------------

    def test_no_letter_over_less_than_nothing(self):
        """Nearly all is paid with an earlier date, after much interest was claimed."""
        invoice, charges = self._claim(amount=10000.0)
        self.assertEqual(self._find(charges, 'interest').amount, 39.46)
        self._pay(invoice, 9990.0, on=DUE)
        letter = self._plan(LAST).letter_ids
        self.assertRecordValues(letter, [{
            'amount_due': 10.0, 'amount_interest': 0.04, 'amount_lump_sum': 40.0}])
        self.assertTrue(all(letter[name] >= 0 for name in letter._charge_fields))

    def test_what_was_waived_is_not_given_back(self):
        """Interest is waived, then it turns out that most of it was not owed: nothing is left."""
        invoice, charges = self._claim(until=FIRST)
        interest = self._find(charges, 'interest')
        interest._waive("Goodwill")
        self._pay(invoice, 900.0, on=DUE)
        self.assertRecordValues(interest, [{
            'amount_waived': 3.95, 'amount_corrected': 0.0, 'amount_open': 0.0}])
        letter = self._run(LAST).letter_ids
        self.assertEqual(letter.amount_interest, 0.0)
        self.assertEqual(letter.amount_total, 100.0 + 40.0)

    def test_a_correction_counts_once(self):
        """Booked or not: the letter asks for the same."""
        totals = []
        for booking in ('never', 'letter'):
            self.company.dunning_booking = booking
            customer = self._make_customer(booking, is_company=True)
            invoice, _charges = self._claim(partner=customer)
            self._book()
            self._pay(invoice, 100.0, on=DUE)
            self._book()
            totals.append(self._run(LAST).letter_ids.filtered(
                lambda letter: letter.partner_id == customer).amount_total)    # noqa: B023
        # 900.00, 3.55 and 3.63 of interest on it; the lump sum stands for the fee
        self.assertEqual(totals, [947.18, 947.18])

    def test_a_paid_charge_that_was_not_owed_becomes_a_credit(self):
        self.company.dunning_booking = 'letter'
        invoice, charges = self._claim()
        self._book()
        credit = self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': 6.45,
            'partner_id': self.customer.id, 'date': FIRST, 'journal_id': self.journal_bank.id})
        credit.action_post()
        line = credit.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        charges._settle(line)
        self.assertEqual(set(charges.mapped('state')), {'paid'})
        self._pay(invoice, on=DUE)
        self._book()
        self.assertEqual(line.amount_residual_currency, -6.45)
        self.assertRecordValues(charges, [
            {'amount_open': 0.0, 'amount_paid': 0.0, 'amount_booked': 0.0}] * 2)

    # Money is money -----------------------------------------------------------------------------

    def test_a_figure_does_not_depend_on_what_is_computed_beside_it(self):
        one = self._invoice(due=DUE, amount=1000.0)
        other = self._invoice(due=DUE + timedelta(days=1), amount=1000.0)
        self._run(date(2026, 6, 18))
        self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': 500.0,
            'partner_id': self.customer.id, 'date': date(2026, 6, 20),
            'journal_id': self.journal_bank.id}).action_post()
        with freeze_time('2026-07-02'):
            alone = []
            for move in (one, other):
                self.env.invalidate_all()
                alone.append(move.dunning_interest)
            self.env.invalidate_all()
            self.assertEqual((one | other).mapped('dunning_interest'), alone)
            self.assertEqual(sum(alone), self._plan(date(2026, 7, 2)).letter_ids.amount_interest)

    def test_missing_exchange_rate_claims_nothing_and_says_so(self):
        foreign = self.env['res.currency'].create({'name': 'ZZZ', 'symbol': "Z"})
        self.rule.currency_id = foreign
        self._claim()
        run = self._plan(LAST)
        self.assertEqual(run.letter_ids.amount_lump_sum, 0.0)
        self.assertIn("ZZZ", run.letter_ids.claim_warning)
        self.assertIn("ZZZ", run.note)

    # Disputes -----------------------------------------------------------------------------------

    def test_a_dispute_freezes_the_interest_of_its_part(self):
        invoice, charges = self._claim()
        dispute = self._dispute(invoice, 600.0, FIRST)
        self.assertEqual(self._find(charges, 'interest').amount_open, 3.95)
        letter = self._run(LAST).letter_ids
        # 14 days on 400.00, and nothing is given back
        self.assertEqual(letter.amount_interest, 1.61)
        with freeze_time(LAST):
            dispute.action_reject()
        with freeze_time(date(2026, 7, 29)):
            invoice.invalidate_recordset()
            # 42 days on 1,000.00: as if nobody had objected
            self.assertEqual(invoice.dunning_interest, 12.02)

    def test_a_justified_dispute_withdraws_the_interest_of_its_part(self):
        invoice, charges = self._claim()
        dispute = self._dispute(invoice, 600.0, FIRST)
        with freeze_time(FIRST):
            dispute.action_justify()
            refund = dispute.refund_id
            refund.action_post()
            (self._terms(refund) | self._terms(invoice)).filtered(
                lambda line: not line.reconciled).reconcile()
        self.assertEqual(self._get_net(self._find(charges, 'interest')), 1.58)


@tagged('post_install', '-at_install')
class TestClaimDefault(ClaimCommon):
    """When default begins: after the period that the reminder grants, on working days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.reminder_period = True

    def test_default_begins_when_the_period_of_the_reminder_ends(self):
        invoice = self._invoice(due=DUE, amount=1000.0)
        reminder = self._run(REMINDED).letter_ids
        self.assertEqual(reminder.deadline, date(2026, 6, 24))
        self.assertEqual(invoice.dunning_default_date, date(2026, 6, 25))
        letter = self._run(FIRST).letter_ids
        self.assertEqual(letter.claim_details['interest'][0]['segments'][0][0], '2026-06-25')
        self.assertIn(reminder.name, " ".join(letter._get_interest_terms()))

    def test_fee_and_lump_sum_wait_for_the_same_day(self):
        self.first.charge_lump_sum = True
        self.reminder.payment_days = 30
        self._invoice(due=DUE)
        deadline = self._run(REMINDED).letter_ids.deadline
        self.assertFalse(self._run(FIRST).letter_ids)       # the time that was granted runs
        letter = self._run(deadline + timedelta(days=1)).letter_ids
        self.assertEqual(letter.level_id, self.first)
        # Thirty days after the due date ended before the reminder's time did.
        begin = letter.claim_details['interest'][0]['segments'][0][0]
        self.assertEqual(begin, '2026-07-11')
        self.assertTrue(letter.amount_lump_sum)

    def test_the_end_of_thirty_days_is_a_working_day(self):
        """§ 193 BGB: 10 July + 30 days is 9 August, a Sunday."""
        invoice = self._invoice(due=date(2026, 7, 10))
        self.assertEqual(invoice.dunning_default_date, date(2026, 8, 11))

    def test_an_agreed_day_off_moves(self):
        self.policy.due_date_agreed = True
        invoice = self._invoice(due=date(2026, 6, 13))          # a Saturday
        self.assertEqual(invoice.dunning_default_date, date(2026, 6, 16))

    def test_default_by_hand_lies_after_the_due_date(self):
        invoice = self._invoice(due=DUE)
        with self.assertRefused("before the due date", ValidationError):
            invoice.write({
                'dunning_default_manual': DUE, 'dunning_default_reason': "He refused"})
