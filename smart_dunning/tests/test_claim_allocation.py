from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .claim_charge_common import ChargeCommon
from .common import day


class TestClaimAllocation(ChargeCommon):
    """A payment settles costs, then interest, then the principal (§ 367 (1) BGB)."""

    def _register(self, move, amount, user=None, **values):
        Wizard = self.env['account.payment.register'].with_user(user or self.env.user)
        wizard = Wizard.with_context(
            active_model='account.move', active_ids=move.ids).create({
                'payment_date': day(3), 'amount': amount, **values})
        wizard._create_payments()
        return wizard

    # With core's wizard -------------------------------------------------------------------------

    def test_without_the_option_the_invoice_comes_first(self):
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        wizard = self._register(invoice, 100.0)
        self.assertFalse(wizard.dunning_costs_first)
        self.assertEqual(wizard.dunning_charge_amount, 47.0)
        self.assertEqual(invoice.payment_state, 'paid')
        self.assertFalse(self._entries(charges))

    def test_with_the_option_costs_and_interest_come_first(self):
        self.company.dunning_allocate_costs_first = True
        invoice = self._invoice(due=day(-20))
        charges = self._charge('lump_sum', 40.0, invoice) | self._charge('interest', 7.0, invoice)
        biller = new_test_user(
            self.env, 'biller', groups='account.group_account_invoice',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        wizard = self._register(invoice, 100.0, biller)
        self.assertTrue(wizard.dunning_costs_first)
        self.assertRecordValues(charges, [{'state': 'paid'}, {'state': 'paid'}])
        self.assertEqual(invoice.amount_residual, 47.0)
        self.assertEqual(self._entries(charges).date, day(3))

    def test_a_small_payment_pays_a_part_of_the_costs_and_books_no_more(self):
        invoice = self._invoice(due=day(-20))
        charges = self._charge('lump_sum', 40.0, invoice) | self._charge('interest', 7.0, invoice)
        self._register(invoice, 30.0, dunning_costs_first=True)
        self.assertRecordValues(charges, [
            {'amount_paid': 30.0, 'amount_booked': 30.0, 'amount_open': 10.0},
            {'amount_paid': 0.0, 'amount_booked': 0.0, 'amount_open': 7.0}])
        self.assertEqual(invoice.amount_residual, 100.0)
        self._register(invoice, 117.0, dunning_costs_first=True)
        self.assertRecordValues(charges, [{'state': 'paid'}, {'state': 'paid'}])
        self.assertEqual(invoice.payment_state, 'paid')

    def test_what_is_booked_already_is_settled_and_not_booked_again(self):
        invoice = self._invoice(due=day(-20))
        charges = self._charge('lump_sum', 40.0, invoice) | self._charge('interest', 7.0, invoice)
        charges._book()
        self._register(invoice, 147.0, dunning_costs_first=True)
        self.assertEqual(len(self._entries(charges)), 1)
        self.assertEqual(set(charges.mapped('state')), {'paid'})
        self.assertEqual(invoice.payment_state, 'paid')

    def test_form_shows_the_option_only_where_something_is_open(self):
        invoice = self._invoice(due=day(-20))
        context = {'active_model': 'account.move', 'active_ids': invoice.ids}
        form = Form(self.env['account.payment.register'].with_context(**context))
        self.assertTrue(form._get_modifier('dunning_costs_first', 'invisible'))
        self._charge('interest', 7.0, invoice)
        form = Form(self.env['account.payment.register'].with_context(**context))
        self.assertFalse(form._get_modifier('dunning_costs_first', 'invisible'))

    def test_another_currency_is_left_alone(self):
        currency = self.setup_other_currency('GBP', rates=[('2026-01-01', 2.0)])
        invoice = self._invoice(due=day(-20), currency_id=currency.id)
        charge = self._charge('interest', 7.0, invoice, currency_id=currency.id)
        self._register(invoice, 50.0, currency_id=self.company.currency_id.id,
                       dunning_costs_first=True)
        self.assertEqual(charge.amount_open, 7.0)
        self.assertEqual(invoice.payment_state, 'paid')

    def test_same_foreign_currency(self):
        currency = self.setup_other_currency('GBP', rates=[
            ('2026-01-01', 2.0), ('2026-03-04', 4.0)])
        invoice = self._invoice(due=day(-20), currency_id=currency.id)
        charge = self._charge('interest', 7.0, invoice, currency_id=currency.id)
        charge._book()
        self._register(invoice, 107.0, currency_id=currency.id, dunning_costs_first=True)
        self.assertEqual(charge.state, 'paid')
        self.assertEqual(invoice.payment_state, 'paid')

    # Booking when paid --------------------------------------------------------------------------

    def test_paid_books_what_is_left_of_the_payment(self):
        self.company.dunning_booking = 'paid'
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        self._pay(invoice, 120.0)
        debtor = self._refresh()
        self.assertRecordValues(charges, [
            {'amount_paid': 5.0, 'amount_open': 0.0},
            {'amount_paid': 15.0, 'amount_open': 25.0},
            {'amount_paid': 0.0, 'amount_open': 7.0}])
        self.assertEqual(sum(charges.mapped('amount_booked')), 20.0)
        self.assertEqual(debtor.credit_amount, 0.0)
        self.assertEqual(debtor.charges_open, 32.0)
        self.assertTrue(debtor.is_only_charges)

    def test_paid_takes_nothing_before_the_principal_is_settled(self):
        self.company.dunning_booking = 'paid'
        invoice = self._invoice(due=day(-20))
        other = self._invoice(due=day(-20), amount=10.0)
        charges = self._charges(invoice) | self._charge('interest', 1.0, other)
        self._pay(invoice, 152.0)
        self._refresh()
        self.assertFalse(self._entries(charges))

    def test_paid_leaves_a_payment_in_advance_alone(self):
        self.company.dunning_booking = 'paid'
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        self._pay(invoice)
        credit = self._receive(500.0)
        debtor = self._refresh()
        self.assertFalse(self._entries(charges))
        self.assertTrue(debtor.has_open_credit)
        self.assertIn("500.00", debtor.charges_hint)
        credit.move_id.button_draft()
        self._receive(52.0)         # exactly what is open: meant for it
        self._refresh()
        self.assertEqual(set(charges.mapped('state')), {'paid'})

    def test_paid_leaves_what_may_be_meant_for_another_invoice(self):
        self.company.dunning_booking = 'paid'
        invoice = self._invoice(due=day(-20))
        self._invoice(due=day(600))
        charges = self._charges(invoice)
        self._pay(invoice, 140.0)
        self._refresh()
        self.assertFalse(self._entries(charges))
        charges[0]._waive("A part", 5.0)
        charges[1]._waive("A part", 7.0)        # 40.00 are left of both
        self._refresh()
        self.assertEqual(charges.mapped('amount_paid'), [0.0, 33.0, 7.0])

    def test_opening_the_debtor_books_nothing(self):
        self.company.dunning_booking = 'paid'
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        self._pay(invoice, 152.0)
        self.customer.with_user(self.clerk).action_open_dunning_debtor()
        self.assertFalse(self._entries(charges))

    def test_a_refusal_of_the_ledger_is_told_once(self):
        self.company.write({
            'dunning_booking': 'paid', 'dunning_interest_account_id': False,
            'dunning_fee_account_id': False})
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        self._refresh()
        self._pay(invoice, 152.0)
        self.env['account.account'].search([('account_type', '=', 'income_other')]).active = False
        debtor = self._refresh()
        self.assertIn("Account", charges[0].booking_note)
        number = len(debtor.activity_ids)
        self.assertTrue(number)
        self._refresh()
        self.assertEqual(len(debtor.activity_ids), number)

    def test_never_shows_a_credit_that_equals_the_charges(self):
        self.company.dunning_booking = 'never'
        invoice = self._invoice(due=day(-20))
        self._charges(invoice)
        self._pay(invoice, 152.0)
        debtor = self._refresh()
        self.assertIn("exactly", debtor.charges_hint)

    # Receipts that are there already ------------------------------------------------------------

    def test_allocate_payment_in_the_order_of_the_law(self):
        invoice = self._invoice(due=day(-20))
        later = self._invoice(due=day(600))
        charges = self._charges(invoice)
        self._receive(100.0)
        debtor = self._refresh().with_user(self.clerk)
        self.assertTrue(debtor.has_open_credit)
        debtor.action_allocate_payment()
        self.assertEqual(set(charges.mapped('state')), {'paid'})
        self.assertEqual(invoice.amount_residual, 52.0)
        self.assertEqual(later.amount_residual, 100.0)
        self._receive(60.0)
        debtor.action_allocate_payment()
        self.assertEqual(invoice.payment_state, 'paid')
        self.assertEqual(later.amount_residual, 100.0, "Not due yet.")
        self.assertEqual(debtor.credit_amount, 8.0)

    def test_allocate_small_receipt(self):
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        charges[0]._book()
        self._receive(12.0)
        debtor = self._refresh()
        debtor.action_allocate_payment()
        self.assertEqual(charges.mapped('amount_paid'), [5.0, 7.0, 0.0])
        self.assertEqual(invoice.amount_residual, 100.0)
        with self.assertRefused("no payment"):
            debtor.action_allocate_payment()

    def test_allocate_each_currency_for_itself(self):
        currency = self.setup_other_currency('GBP', rates=[('2026-01-01', 2.0)])
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        self._receive(200.0, currency=currency)
        self._refresh().action_allocate_payment()
        self.assertFalse(self._entries(charges))
        self.assertEqual(invoice.amount_residual, 100.0)

    def test_only_the_clerk_allocates(self):
        self._charges(self._invoice(due=day(-20)))
        self._receive(100.0)
        auditor = new_test_user(
            self.env, 'auditor', groups='account.group_account_readonly',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        with self.assertRaises(AccessError):
            self._refresh().with_user(auditor).action_allocate_payment()
