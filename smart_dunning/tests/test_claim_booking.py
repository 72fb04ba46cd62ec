from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .claim_charge_common import ChargeCommon
from .common import day


class TestClaimBooking(ChargeCommon):
    """Fees and interest as journal entries: when, on which accounts, and what of it is paid."""

    def test_one_entry_without_tax_for_all_charges_of_a_letter(self):
        invoice = self._invoice(due=day(-20))
        self.fee_income.tax_ids = self.company_data['default_tax_sale']
        charges = self._charges(invoice)
        move = charges._book()
        self.assertRecordValues(move, [{
            'state': 'posted', 'move_type': 'entry', 'date': day(0),
            'partner_id': self.customer.id, 'ref': invoice.name}])
        self.assertEqual(move.journal_id.type, 'general')
        receivable = invoice.line_ids.filtered(
            lambda line: line.display_type == 'payment_term').account_id
        self.assertRecordValues(move.line_ids.sorted(lambda line: (-line.balance, line.id)), [
            {'balance': 40.0, 'account_id': receivable.id, 'no_followup': True},
            {'balance': 7.0, 'account_id': receivable.id, 'no_followup': True},
            {'balance': 5.0, 'account_id': receivable.id, 'no_followup': True},
            {'balance': -5.0, 'account_id': self.fee_income.id, 'no_followup': True},
            {'balance': -7.0, 'account_id': self.other_income.id, 'no_followup': True},
            {'balance': -40.0, 'account_id': self.fee_income.id, 'no_followup': True},
        ])
        self.assertFalse(move.line_ids.tax_ids | move.line_ids.tax_line_id)
        self.assertRecordValues(charges, [
            {'amount_booked': amount, 'amount_paid': 0.0, 'amount_open': amount, 'state': 'open'}
            for amount in (5.0, 40.0, 7.0)])

    def test_booking_twice_books_once(self):
        charges = self._charges(self._invoice(due=day(-20)))
        charges._book()
        self.assertFalse(charges._book())
        charges.with_user(self.clerk).action_book()
        self.assertEqual(len(self._entries(charges)), 1)

    def test_never_books_nothing_by_itself(self):
        self.company.dunning_booking = 'never'
        charges = self._charges(self._invoice(due=day(-20)))
        charges._handle_claimed()
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        self.assertFalse(self._entries(charges))

    def test_with_the_letter_the_cron_books(self):
        self.company.dunning_booking = 'letter'
        charges = self._charges(self._invoice(due=day(-20)))
        charges._handle_claimed()
        self.assertFalse(self._entries(charges), "Sending a letter does not wait for the ledger.")
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        self.assertEqual(sum(charges.mapped('amount_booked')), 52.0)
        self.assertFalse(any(charges.mapped('is_booking_due')))

    def test_a_full_batch_does_not_tear_a_letter_apart(self):
        self.company.dunning_booking = 'letter'
        invoice = self._invoice(due=day(-20))
        charges = self._charges(invoice)
        other = self._charge('fee', 3.0, partner_id=self.other.id)
        (charges | other)._handle_claimed()
        groups = self.env['dunning.charge'].sudo()._get_booking_queue(2)
        self.assertEqual(groups, [charges])
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        self.assertEqual(len(self._entries(charges)), 1)
        self.assertEqual(other.amount_booked, 3.0)

    def test_one_failure_stops_nobody_and_reaches_the_clerk(self):
        self.company.dunning_booking = 'letter'
        bad = self._charges(self._invoice(due=day(-20)))
        good = self._charge('fee', 3.0, partner_id=self.other.id)
        self._refresh()
        (bad | good)._handle_claimed()
        original = type(bad)._prepare_entry_values
        refusal = "No account for it."

        def fail_for_bad(charges, *args):
            if charges.partner_id == self.customer:
                raise UserError(refusal)
            return original(charges, *args)
        with patch.object(type(bad), '_prepare_entry_values', fail_for_bad):
            self._run_cron('smart_dunning.ir_cron_dunning_booking')
        self.assertEqual(good.amount_booked, 3.0)
        self.assertEqual(set(bad.mapped('booking_note')), {"No account for it."})
        debtor = self._refresh()
        self.assertIn("No account for it.", debtor.activity_ids.note)
        self.assertEqual(debtor.activity_ids.user_id, self.clerk)
        bad.with_user(self.clerk).action_book()
        self.assertEqual(sum(bad.mapped('amount_booked')), 52.0)
        self.assertFalse(any(bad.mapped('booking_note')))

    def test_what_a_lock_date_has_passed_is_booked_at_the_first_open_day(self):
        self.company.fiscalyear_lock_date = day(4)
        charges = self._charges(self._invoice(due=day(30)))
        move = charges._book()
        self.assertEqual(move.date, day(5))
        self.assertEqual(charges[0].date, day(0))

    def test_accounts_are_found_by_themselves(self):
        self.company.write({
            'dunning_interest_account_id': False, 'dunning_fee_account_id': False})
        account = self.company._get_dunning_account('interest')
        self.assertEqual(account.account_type, 'income_other')
        self.assertNotEqual(account, self.company.income_currency_exchange_account_id)
        self.env['account.account'].search([('account_type', '=', 'income_other')]).active = False
        with self.assertRefused("Late Interest Account"):
            self._charge(move=self._invoice(due=day(-20)))._book()

    def test_booking_without_accounts_is_refused_at_the_setting(self):
        """Charts of other countries (CH, FR) may have no account for it."""
        self.company.write({
            'dunning_interest_account_id': False, 'dunning_fee_account_id': False})
        self.env['account.account'].search([('account_type', '=', 'income_other')]).active = False
        settings = self.env['res.config.settings'].create({'dunning_booking': 'never'})
        settings.execute()
        settings = self.env['res.config.settings'].create({'dunning_booking': 'letter'})
        with self.assertRefused("Late Interest Account"):
            settings.execute()
        other = self.other_income
        other.active = True
        self.env['res.config.settings'].create({
            'dunning_booking': 'letter', 'dunning_interest_account_id': other.id,
            'dunning_fee_account_id': other.id}).execute()
        self.assertEqual(self.company.dunning_booking, 'letter')

    def test_foreign_currency(self):
        currency = self.setup_other_currency('GBP', rates=[('2026-01-01', 2.0)])
        invoice = self._invoice(due=day(-20), currency_id=currency.id)
        charge = self._charge('interest', 7.0, invoice, currency_id=currency.id)
        move = charge._book()
        self.assertRecordValues(move.line_ids.sorted('balance'), [
            {'amount_currency': -7.0, 'balance': -3.5}, {'amount_currency': 7.0, 'balance': 3.5}])
        self.assertEqual(charge.amount_booked, 7.0)

    def test_payment_and_undoing_it(self):
        charge = self._charge('interest', 7.0, self._invoice(due=day(-20)))
        charge._book()
        credit = self._receive(4.0)
        (credit | charge._get_booked_lines()).reconcile()
        self.assertRecordValues(charge, [
            {'amount_paid': 4.0, 'amount_open': 3.0, 'state': 'open'}])
        credit2 = self._receive(3.0)
        (credit2 | charge._get_booked_lines()).reconcile()
        self.assertRecordValues(charge, [
            {'amount_paid': 7.0, 'amount_open': 0.0, 'state': 'paid'}])
        credit.remove_move_reconcile()
        self.assertRecordValues(charge, [
            {'amount_paid': 3.0, 'amount_open': 4.0, 'state': 'open'}])

    def test_correction_of_interest_is_matched_with_what_it_corrects(self):
        invoice = self._invoice(due=day(-20))
        charge = self._charge('interest', 7.0, invoice)
        charge._book()
        correction = self._charge('interest', -2.0, invoice, date=day(9))
        correction._book()
        self.assertTrue(correction._get_booked_lines().reconciled)
        self.assertEqual((charge | correction).mapped('amount_open'), [5.0, 0.0])

    def test_withdrawn_charges_are_reversed_and_payments_free_again(self):
        charges = self._charges(self._invoice(due=day(-20)))
        charges._book()
        credit = self._receive(45.0)
        charges._settle(credit)
        self.assertTrue(credit.reconciled)
        charges._withdraw()
        self.assertRecordValues(charges, [
            {'state': 'withdrawn', 'amount_open': 0.0, 'amount_booked': 0.0, 'amount_paid': 0.0},
        ] * 3)
        self.assertEqual(credit.amount_residual, -45.0)
        booking, reversal = self._entries(charges)
        self.assertEqual(reversal.reversed_entry_id, booking)
        self.assertTrue(all(charges._get_booked_lines().mapped('reconciled')))

    def test_reversed_by_hand_it_is_open_again(self):
        charge = self._charge('interest', 7.0, self._invoice(due=day(-20)))
        move = charge._book()
        move._reverse_moves([{'date': day(1)}], cancel=True)
        self.assertRecordValues(charge, [
            {'amount_booked': 0.0, 'amount_paid': 0.0, 'amount_open': 7.0, 'state': 'open'}])
        charge._book()
        self.assertEqual(charge.amount_booked, 7.0)

    def test_never_dunned_and_no_hold(self):
        invoice = self._invoice(due=day(600))
        charge = self._charge('interest', 7.0, invoice)
        move = charge._book()
        self.assertLess(move.date, self.company._get_dunning_today())
        facts = self.env['dunning.hold.check']._get_facts(self.company, [self.customer.id])
        self.assertEqual(facts[self.customer.id][1].overdue_amount, 0.0)
        self.assertEqual(facts[self.customer.id][1].receivables, 100.0, "The limit is not filled.")
        # Not even when somebody takes the mark away.
        move.line_ids.no_followup = False
        self.assertFalse(self._plan(day(30)).letter_ids)

    def test_entries_outlive_the_charge(self):
        charge = self._charge('interest', 7.0, self._invoice(due=day(-20)))
        move = charge._book()
        self.env.flush_all()
        # What an uninstallation does: the table goes, the entry stays.
        self.env.cr.execute("DELETE FROM dunning_charge WHERE id = %s", [charge.id])
        self.env.invalidate_all()
        self.assertEqual(move.state, 'posted')
        self.assertEqual(sum(move.line_ids.mapped('debit')), 7.0)
        self.assertFalse(move.line_ids.dunning_charge_id)

    # Rights -------------------------------------------------------------------------------------

    def test_links_and_amounts_are_not_written_by_users(self):
        charge = self._charge('interest', 7.0, self._invoice(due=day(-20)))
        move = charge._book().with_user(self.clerk)
        for values in ({'amount': 0.0}, {'amount_paid': 7.0}, {'amount_booked': 1.0},
                       {'is_booking_due': True}, {'line_ids': [Command.clear()]}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                charge.with_user(self.clerk).write(values)
        with self.assertRaises(AccessError):
            move.line_ids.write({'dunning_charge_id': False})
        values = {'journal_id': move.journal_id.id, 'line_ids': [
            Command.create({'account_id': line.account_id.id, 'balance': line.balance})
            for line in move.line_ids]}
        move = self.env['account.move'].with_user(self.clerk).with_context(
            default_dunning_charge_id=charge.id).create(values)
        self.assertFalse(move.line_ids.dunning_charge_id)
        lines = self.env['account.move.line'].with_user(self.clerk)
        values = {'move_id': move.id, 'account_id': self.other_income.id, 'balance': 0.0}
        with self.assertRaises(AccessError):
            lines.create({**values, 'dunning_charge_id': charge.id})
        with self.assertRaises(AccessError):
            lines.with_context(default_dunning_charge_id=charge.id).create(values)

    def test_a_biller_books_nothing(self):
        biller = new_test_user(
            self.env, 'biller', groups='account.group_account_invoice',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        charge = self._charge('interest', 7.0, self._invoice(due=day(-20)))
        with self.assertRaises(AccessError):
            charge.with_user(biller).action_book()


@tagged('post_install', '-at_install')
class TestClaimBookingCompanies(ChargeCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.setup_other_company()['company']

    def test_a_user_of_another_company_sees_and_does_nothing(self):
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_user',
            company_id=self.company_b.id, company_ids=[Command.set(self.company_b.ids)])
        charge = self._charge('interest', 7.0, self._invoice(due=day(-20)))
        waiver = charge._waive("Goodwill", 1.0)
        for record in (charge, waiver):
            self.assertFalse(record.with_user(stranger).has_access('read'))
            self.assertFalse(record.with_user(stranger).search([]))
        for call in (lambda: charge.with_user(stranger).action_book(),
                     lambda: charge.with_user(stranger).action_waive(),
                     lambda: charge.with_user(stranger)._waive("Mine")):
            with self.assertRaises(AccessError):
                call()

    def test_a_branch_books_with_the_settings_of_its_root(self):
        branch = self.env['res.company'].create({
            'name': "Branch", 'parent_id': self.company.id})
        self.env.user.company_ids |= branch
        charge = self._charge('fee', 5.0, company_id=branch.id)
        move = charge._book()
        self.assertEqual(move.company_id, branch)
        self.assertIn(self.fee_income, move.line_ids.account_id)
        self.assertEqual(charge.amount_booked, 5.0)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestClaimBookingGermany(ChargeCommon):
    """The accounts of the German charts, as shipped."""

    def _assert_accounts(self, chart, interest, fee):
        company = self.env['res.company'].create({
            'name': f"Germany {chart}", 'country_id': self.env.ref('base.de').id})
        self.env['account.chart.template'].try_loading(chart, company, install_demo=False)
        self.assertEqual(
            company._get_dunning_account('interest').with_company(company).code[:4], interest)
        for kind in ('fee', 'lump_sum'):
            account = company._get_dunning_account(kind).with_company(company)
            self.assertEqual(account.code[:4], fee)
            self.assertFalse(account.tax_ids)
        self.assertEqual(company._get_dunning_journal().company_id, company)

    def test_skr03(self):
        self._assert_accounts('de_skr03', '2650', '8603')

    def test_skr04(self):
        self._assert_accounts('de_skr04', '7100', '4830')

    def test_an_archived_account_is_passed_over(self):
        company = self.env['res.company'].create({
            'name': "Germany", 'country_id': self.env.ref('base.de').id})
        self.env['account.chart.template'].try_loading('de_skr03', company, install_demo=False)
        shipped = company._get_dunning_account('interest')
        shipped.active = False
        other = company._get_dunning_account('interest')
        self.assertTrue(other.active)
        self.assertNotEqual(other, shipped)
