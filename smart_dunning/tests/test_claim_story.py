from datetime import date

from odoo.tests import tagged

from .claim_common import DUE, ClaimCommon

REMINDED, FIRST, LAST = date(2026, 6, 17), date(2026, 7, 1), date(2026, 7, 15)


@tagged('post_install', '-at_install')
class TestClaimStory(ClaimCommon):
    """Real letters, from the claim to the ledger and back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_booking = 'letter'

    def _send_and_book(self, *dates):
        letters = self.env['dunning.letter']
        for on in dates:
            letters |= self._run(on).letter_ids
            self._run_cron('smart_dunning.ir_cron_dunning_booking')
        return letters

    def test_principal_paid_without_fees_and_waived(self):
        """The letter books its fee and interest; the customer pays the principal alone."""
        invoice = self._invoice(due=DUE, amount=1000.0)
        letter = self._send_and_book(REMINDED, FIRST)[1]
        charges = letter.charge_ids
        entry = charges.line_ids.move_id
        self.assertRecordValues(entry, [{
            'state': 'posted', 'date': FIRST, 'amount_total': 6.45,
            'ref': f"{letter.name} {invoice.name}"}])
        self._pay(invoice, 1000.0, on=date(2026, 7, 2))
        self.assertFalse(self._plan(LAST).letter_ids, "Booked charges are never dunned.")
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        debtor = self.customer.dunning_debtor_id.with_user(self.clerk)
        self.assertTrue(debtor.is_only_charges)
        self.assertIn("6.45", debtor.next_step)
        invoice.with_user(self.clerk).action_waive_dunning_rest()
        self.assertRecordValues(charges, [{'state': 'waived', 'amount_open': 0.0}] * 2)
        self.assertRecordValues(charges.waiver_ids.entry_id, [{
            'state': 'posted', 'reversed_entry_id': entry.id, 'amount_total': 6.45}])
        self.assertIn("The principal is paid", letter.message_ids[0].body)
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self.assertRecordValues(debtor, [{'charges_open': 0.0, 'is_only_charges': False,
                                          'open_amount': 0.0}])

    def test_booked_interest_bears_no_interest(self):
        self._invoice(due=DUE, amount=1000.0)
        booked = self._send_and_book(REMINDED, FIRST, LAST)[2]
        self.assertEqual(len(booked.line_ids), 1)
        self.assertRecordValues(booked, [{'amount_due': 1000.0, 'amount_charges': 3.95}])
        # 7.98 on the principal alone since 18 June, less the 3.95 of the first letter
        self.assertEqual(booked.amount_interest, 4.03)
        self.assertEqual(len(booked.charge_ids.line_ids.move_id), 1)

    def test_a_letter_that_came_back_is_not_booked_any_more(self):
        self._invoice(due=DUE, amount=1000.0)
        letter = self._send_and_book(REMINDED, FIRST)[1]
        letter.sudo()._set_bounced()
        self.assertRecordValues(letter.charge_ids, [
            {'state': 'withdrawn', 'amount_booked': 0.0}] * 2)
        lines = letter.charge_ids.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        self.assertEqual(len(lines), 4)
        self.assertTrue(all(lines.mapped('reconciled')))

    def test_allocation_takes_the_fee_of_the_letter_of_the_invoice(self):
        invoice = self._invoice(due=DUE, amount=1000.0)
        letter = self._send_and_book(REMINDED, FIRST)[1]
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=invoice.ids).create({
                'payment_date': date(2026, 7, 2), 'amount': 5.0, 'dunning_costs_first': True})
        self.assertEqual(wizard.dunning_charge_amount, 6.45)
        wizard._create_payments()
        paid = {charge.kind: charge.amount_paid for charge in letter.charge_ids}
        self.assertEqual(paid, {'fee': 2.5, 'interest': 2.5})
        self.assertEqual(invoice.amount_residual, 1000.0)

    def test_waived_from_the_letter(self):
        self._invoice(due=DUE, amount=1000.0)
        letter = self._send_and_book(REMINDED, FIRST)[1]
        action = letter.with_user(self.clerk).action_waive_charges()
        wizard = self.env['dunning.charge.waive'].with_user(self.clerk).with_context(
            **action['context']).create({'reason': "Goodwill"})
        self.assertEqual(wizard.amount, 6.45)
        wizard.action_waive()
        self.assertEqual(set(letter.charge_ids.mapped('state')), {'waived'})
        # What was waived is not claimed again.
        later = self._send_and_book(LAST)
        self.assertEqual(later.amount_charges, 0.0)
        self.assertEqual(later.amount_interest, 4.03)
