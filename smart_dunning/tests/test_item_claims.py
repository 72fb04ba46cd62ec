from freezegun import freeze_time

from odoo.fields import Command

from .claim_common import ClaimCommon
from .common import DunningCommon, day


class TestSentBack(DunningCommon):
    """Money that we sent to a customer is no claim; what there is to net, it reduces."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))

    def _payment(self, amount, kind='outbound'):
        payment = self.env['account.payment'].create({
            'partner_id': self.customer.id, 'partner_type': 'customer', 'payment_type': kind,
            'amount': amount, 'date': day(-57), 'journal_id': self.journal_bank.id})
        payment.action_post()
        return payment

    def test_is_not_asked_back(self):
        self._payment(100.0)
        run = self._plan(day(0))
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.mapped('reason'), ['outbound'])
        facts = self.env['dunning.hold.check']._get_facts(self.company, self.customer.ids)
        self.assertEqual(facts[self.customer.id][1].overdue_amount, 0.0)
        self.assertEqual(facts[self.customer.id][1].receivables, 100.0)
        self.env['dunning.debtor']._refresh(company=self.company)
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertRecordValues(debtor, [{
            'open_amount': 100.0, 'overdue_amount': 0.0, 'left_out_amount': 100.0}])
        self.assertFalse(self.env['dunning.claim'].search([('partner_id', '=', self.customer.id)]))

    def test_paid_twice_and_one_returned(self):
        """120 and 100 came in, 100 went back: of an invoice of 50 nothing but 20 is netted."""
        self._payment(100.0, 'inbound')
        self._payment(20.0, 'inbound')
        self._payment(100.0)
        self._invoice(day(-20), 50.0)
        letter = self._plan(day(0)).letter_ids
        self.assertEqual((letter.amount_credit, letter.amount_total), (20.0, 30.0))


class TestEntryClaim(ClaimCommon):

    def test_an_entry_is_in_default_only_by_a_person(self):
        """A returned debit stays a claim, but bears interest only from a day somebody has set."""
        self.reminder.write({'charge_interest': True, 'charge_lump_sum': True})
        self.policy.due_date_agreed = True
        receivable = self.customer.property_account_receivable_id
        entry = self.env['account.move'].create({
            'company_id': self.company.id, 'date': day(-100), 'line_ids': [
                Command.create({'name': "Returned debit", 'debit': 1000.0,
                                'account_id': receivable.id, 'partner_id': self.customer.id,
                                'date_maturity': day(-100), 'no_followup': False}),
                Command.create({'name': "Bank", 'credit': 1000.0,
                                'account_id': self.company_data['default_account_revenue'].id})]})
        entry.action_post()
        entry.line_ids.no_followup = False
        with freeze_time(day(0)):
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.amount_due, 1000.0)
            self.assertEqual(run.letter_ids.amount_total, 1000.0)
            run.action_cancel()
            entry.sudo().write({'dunning_default_manual': day(-50),
                                'dunning_default_reason': "Told on the phone"})
            letter = self._plan(day(0)).letter_ids
            self.assertGreater(letter.amount_interest, 0.0)
            self.assertGreater(letter.amount_lump_sum, 0.0)


class TestReceipt(ClaimCommon):
    """A sales receipt that is not paid is dunned as an invoice is, on every screen."""

    def test_receipt_is_known_everywhere(self):
        self.policy.due_date_agreed = True
        with freeze_time(day(0)):
            receipt = self._invoice(day(-30), move_type='out_receipt')
            self.assertEqual(receipt.dunning_next_date, day(0))
            self.assertTrue(receipt.dunning_default_date)
            self.assertGreater(receipt.dunning_interest, 0.0)
            letter = self._run(day(0)).letter_ids
            self.assertEqual(letter._get_invoices(), receipt)
            dispute = self.env['dunning.dispute'].create({
                'move_id': receipt.id, 'deadline': day(20), 'reason_id': self.env.ref(
                    'smart_dunning.dunning_pause_reason_goods_damaged').id})
            self.assertEqual(dispute.state, 'open')
            self.assertTrue(receipt.dunning_pause_text)


class TestCreditOnce(DunningCommon):
    """A credit settles the oldest open items of the account, once, whatever letters there are."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))
        self.policy.quiet_days = 0

    def test_letter_after_letter_deducts_it_once(self):
        self._credit_note(500.0)
        asked = credited = 0.0
        for number, amount in enumerate((600.0, 700.0, 800.0)):
            with freeze_time(day(number)):
                self._invoice(day(number - 20), amount)
                letter = self._run(day(number)).letter_ids
                self.assertEqual(letter.state, 'sent')
                asked += letter.amount_total
                credited += letter.amount_credit
        self.assertEqual((asked, credited), (1600.0, 500.0))

    def test_two_policies_share_one_credit(self):
        other = self._make_policy("Other")
        self._invoice(day(-20), 100.0)
        self._invoice(day(-30), 100.0, dunning_policy_id=other.id)
        self._credit_note(150.0)
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.mapped('amount_total'), [50.0])
        self.assertEqual(run.letter_ids.policy_id, self.policy)       # the older one is covered
        self.assertEqual(run.omission_ids.mapped('reason'), ['covered'])

    def test_a_note_before_the_due_date_nets_nothing(self):
        self._invoice(day(3), 100.0)
        self._credit_note(30.0)
        letter = self._plan(day(0)).letter_ids
        self.assertTrue(letter.is_prenotice)
        self.assertEqual((letter.amount_credit, letter.amount_total), (0.0, 100.0))

    def test_what_is_covered_needs_no_note(self):
        self._invoice(day(3), 100.0)
        self._credit_note(100.0)
        run = self._plan(day(0))
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.mapped('reason'), ['covered'])
