from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .claim_charge_common import ChargeCommon
from .common import day


class TestClaimWaive(ChargeCommon):
    """The customer is let off fees and interest: whole or in part, booked or not, with a reason."""

    def test_whole_and_not_booked(self):
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        debtor = self._refresh()
        waivers = charges.with_user(self.clerk)._waive("Goodwill")
        self.assertRecordValues(charges, [{'state': 'waived', 'amount_open': 0.0}] * 3)
        self.assertFalse(self._entries(charges))
        self.assertRecordValues(waivers, [
            {'amount': amount, 'reason': "Goodwill", 'user_id': self.clerk.id,
             'date': self.company._get_dunning_today()} for amount in (5.0, 40.0, 7.0)])
        self.assertIn("Goodwill", debtor.message_ids[0].body)
        self.assertIn("52.00", debtor.message_ids[0].body)
        self.assertIn("47.00", invoice.message_ids[0].body)

    def test_a_part_goes_to_fees_first(self):
        charges = self._charges(self._invoice(due=day(-20)))
        charges._waive("Half of it", 20.0)
        self.assertEqual(charges.mapped('amount_open'), [0.0, 25.0, 7.0])
        charges._waive("The rest")
        self.assertEqual(charges.mapped('amount_open'), [0.0, 0.0, 0.0])
        self.assertEqual(len(charges.waiver_ids), 4)

    def test_what_is_booked_is_reversed(self):
        charges = self._charges(self._invoice(due=day(-20)))
        booking = charges._book()
        waivers = charges._waive("Goodwill")
        reversal = waivers.entry_id
        self.assertRecordValues(reversal, [{
            'state': 'posted', 'reversed_entry_id': booking.id, 'amount_total': 52.0}])
        self.assertTrue(all(charges._get_booked_lines().mapped('reconciled')))
        self.assertRecordValues(charges, [
            {'amount_booked': 0.0, 'amount_paid': 0.0, 'state': 'waived'}] * 3)

    def test_a_part_of_what_is_booked_is_reversed(self):
        charges = self._charges(self._invoice(due=day(-20)))
        booking = charges._book()
        waivers = charges._waive("Half of it", 20.0)
        self.assertRecordValues(waivers.entry_id.line_ids.sorted(
            lambda line: (line.balance, line.id)), [
            {'balance': -15.0, 'account_id': booking.line_ids[0].account_id.id},
            {'balance': -5.0, 'account_id': booking.line_ids[0].account_id.id},
            {'balance': 5.0, 'account_id': self.fee_income.id},
            {'balance': 15.0, 'account_id': self.fee_income.id}])
        self.assertRecordValues(charges, [
            {'amount_booked': 0.0, 'amount_paid': 0.0, 'amount_open': 0.0, 'state': 'waived'},
            {'amount_booked': 25.0, 'amount_paid': 0.0, 'amount_open': 25.0, 'state': 'open'},
            {'amount_booked': 7.0, 'amount_paid': 0.0, 'amount_open': 7.0, 'state': 'open'}])
        charges._waive("The rest")
        self.assertEqual(sum(self._entries(charges).line_ids.filtered(
            lambda line: line.account_id == self.fee_income).mapped('balance')), 0.0)

    def test_the_rest_of_what_was_paid_in_part(self):
        charge = self._charge('lump_sum', 40.0, self._invoice(due=day(-20)))
        charge._book()
        (self._receive(10.0) | charge._get_booked_lines()).reconcile()
        charge._waive("Goodwill")
        self.assertRecordValues(charge, [{
            'amount_paid': 10.0, 'amount_waived': 30.0, 'amount_open': 0.0, 'amount_booked': 10.0}])
        self.assertTrue(all(charge._get_booked_lines().mapped('reconciled')))

    def test_foreign_currency_is_reversed_at_its_own_rate(self):
        currency = self.setup_other_currency('GBP', rates=[('2026-01-01', 3.0)])
        invoice = self._invoice(due=day(-20), currency_id=currency.id)
        charge = self._charge('interest', 7.0, invoice, currency_id=currency.id)
        charge._book()
        currency.rate_ids.rate = 2.0
        charge._waive("A part", 2.0)
        charge._waive("The rest")
        lines = charge._get_booked_lines()
        self.assertTrue(all(lines.mapped('reconciled')))
        self.assertAlmostEqual(sum(lines.mapped('balance')), 0.0)
        self.assertEqual(sum(lines.mapped('amount_currency')), 0.0)
        self.assertFalse(lines.matched_debit_ids.exchange_move_id)

    def test_refused_amounts_and_reasons(self):
        charges = self._charges(self._invoice(due=day(-20)))
        for amount in (0.0, -1.0, 52.01):
            with self.subTest(amount=amount), self.assertRefused("no more than", ValidationError):
                charges._waive("Goodwill", amount)
        for reason in ("", "  ", False):
            with self.subTest(reason=reason), self.assertRefused("why", ValidationError):
                charges._waive(reason)
        charges._waive("Goodwill")
        with self.assertRefused("Nothing is open", ValidationError):
            charges._waive("Again")

    def test_dialog(self):
        charges = self._charges(self._invoice(due=day(-20)))
        self._refresh()
        debtor = self._refresh().with_user(self.clerk)
        action = debtor.action_waive_charges()
        form = Form(self.env['dunning.charge.waive'].with_user(self.clerk).with_context(
            **action['context']))
        self.assertEqual(form.amount, 52.0)
        form.charge_ids.remove(id=charges[2].id)
        self.assertEqual(form.amount, 45.0)
        form.amount = 10.0
        form.reason = "Goodwill"
        form.save().action_waive()
        self.assertEqual(charges.mapped('amount_waived'), [5.0, 5.0, 0.0])
        self.assertEqual(debtor.charges_open, 42.0)

    # Principal paid, and the rest ---------------------------------------------------------------

    def test_story_principal_paid_without_fees_and_waived(self):
        """Principal paid without fees and waived, booked and reversed."""
        self.company.dunning_booking = 'letter'
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        charges._handle_claimed()
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        booking = self._entries(charges)
        debtor = self._refresh()
        self.assertFalse(debtor.is_only_charges)
        self._pay(invoice)
        debtor = self._refresh().with_user(self.clerk)
        self.assertTrue(debtor.is_only_charges)
        self.assertIn("Principal is paid", debtor.charges_hint)
        self.assertIn("52.00", debtor.charges_hint)
        self.assertEqual(len(debtor.activity_ids), 1)
        self._refresh()
        self.assertEqual(len(debtor.activity_ids), 1, "The clerk is asked once.")
        invoice = invoice.with_user(self.clerk)
        invoice.invalidate_recordset()
        self.assertTrue(invoice.dunning_is_only_charges)
        self.assertEqual(invoice.dunning_charge_amount, 47.0)
        debtor.action_waive_rest()
        self.assertFalse(debtor.is_only_charges)
        self.assertFalse(debtor.activity_ids)
        self.assertEqual(set(charges.mapped('state')), {'waived'})
        self.assertEqual(self._entries(charges)[1:].reversed_entry_id, booking)
        self.assertEqual(debtor.open_amount, 0.0)
        self.assertEqual(invoice.payment_state, 'paid')

    def test_rest_of_an_invoice_at_one_click(self):
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice, fee=0.0)
        with self.assertRefused("Nothing is open", ValidationError):
            invoice.with_user(self.clerk).action_waive_dunning_rest()     # principal not paid
        self._pay(invoice)
        invoice.with_user(self.clerk).action_waive_dunning_rest()
        self.assertEqual(sum(charges.mapped('amount_open')), 0.0)

    def test_other_dunned_principal_keeps_the_question_away(self):
        invoice = self._invoice(due=day(-20))
        other = self._invoice(due=day(-20))
        self._charges(invoice)
        self._charge('interest', 3.0, other)
        self._pay(invoice)
        debtor = self._refresh()
        self.assertFalse(debtor.is_only_charges)
        self.assertEqual(debtor.charges_open, 55.0)

    # Rights -------------------------------------------------------------------------------------

    def test_only_the_clerk_waives(self):
        charges = self._charges(self._invoice(due=day(-20)))
        values = {'company_id': self.company.id, 'company_ids': [Command.set(self.company.ids)]}
        for group in ('sales_team.group_sale_salesman_all_leads', 'account.group_account_invoice',
                      'account.group_account_readonly'):
            user = new_test_user(self.env, group.split('.')[1], groups=group, **values)
            with self.subTest(group=group):
                with self.assertRaises(AccessError):
                    charges.with_user(user).action_waive()
                with self.assertRaises(AccessError):
                    charges.with_user(user)._waive("Mine")
                with self.assertRaises(AccessError):
                    self.env['dunning.charge.waive'].with_user(user).create({
                        'charge_ids': charges.ids, 'reason': "Mine"}).action_waive()
        self.assertFalse(charges.waiver_ids)

    def test_history_is_only_added_to(self):
        charge = self._charge('fee', 5.0)
        waiver = charge._waive("Goodwill", 1.0).with_user(self.manager)
        with self.assertRaises(AccessError):
            waiver.write({'reason': "Other"})
        with self.assertRaises(AccessError):
            self.env['dunning.waiver'].with_user(self.manager).create({
                'charge_id': charge.id, 'company_id': self.company.id, 'amount': 4.0,
                'reason': "By remote call", 'user_id': self.clerk.id, 'date': day(0)})
        with self.assertRaises(AccessError):
            waiver.unlink()
        with self.assertRaises(UserError):
            waiver.sudo().unlink()
        with self.assertRaises(AccessError):
            charge.with_user(self.manager).write({'amount_waived': 5.0})
        with self.assertRaises(AccessError):
            charge.with_user(self.manager).write({'waiver_ids': [Command.create({
                'company_id': self.company.id, 'amount': 4.0, 'reason': "x",
                'user_id': self.clerk.id, 'date': day(0)})]})
