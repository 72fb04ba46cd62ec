"""Where comparable addons were seen to fail: one test for each."""

from psycopg2.errors import UniqueViolation

from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import DunningCommon, day


class TestPeers(DunningCommon):

    def test_invoice_reset_to_draft_before_sending_is_not_mailed(self):
        invoice = self._invoice(due=day(-20))
        run = self._plan(day(0))
        invoice.button_draft()
        with self._watch_mails() as mails:
            self._send(run)
        self.assertFalse(mails)
        self.assertEqual(run.letter_ids.state, 'cancelled')

    def test_partial_payment_before_sending_corrects_the_total(self):
        invoice = self._invoice(due=day(-20))
        run = self._plan(day(0))
        self._pay(invoice, 40.0)
        with self._watch_mails() as mails:
            self._send(run)
        self.assertIn("60.00", mails[0].get_body(('html',)).get_content())
        self.assertRecordValues(run.letter_ids, [{'state': 'sent', 'amount_total': 60.0}])
        self.assertRecordValues(run.letter_ids.line_ids, [
            {'amount_original': 100.0, 'amount_paid': 40.0, 'amount_residual': 60.0}])

    def test_two_runs_over_the_same_items_make_one_letter(self):
        self._invoice(due=day(-20))
        first, second = self._plan(day(0)), self._plan(day(0))
        self.assertEqual(second.omission_ids.reason, 'pending')
        third = self._plan(day(-1))        # dated before the first: it does not see it waiting
        self.assertEqual(third.letter_count, 1)
        with self._watch_mails() as mails:
            self._send(first)
            self._send(third)
        self.assertEqual(len(mails), 1)
        self.assertEqual(third.letter_ids.state, 'cancelled')

    def test_the_database_refuses_a_level_twice(self):
        self._invoice(due=day(-20))
        first, second = self._plan(day(0)), self._plan(day(-1))
        first.letter_ids.line_ids.sudo().state = 'sent'
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), mute_logger('odoo.sql_db'), \
                self.env.cr.savepoint():
            second.letter_ids.line_ids.sudo().state = 'sending'
            self.env.flush_all()

    def test_no_next_level_before_the_previous_letter_was_sent(self):
        self._invoice(due=day(-20))
        waiting = self._plan(day(0))
        self.assertEqual(waiting.letter_ids.level_id.name, "Reminder")
        later = self._plan(day(60))
        self.assertFalse(later.letter_ids)
        self.assertEqual(later.omission_ids.reason, 'pending')
        waiting.action_cancel()
        self.assertEqual(self._plan(day(60)).letter_ids.level_id.name, "Reminder")

    def test_no_next_level_after_a_bounce(self):
        invoice = self._invoice(due=day(-20))
        letter = self._run(day(0)).letter_ids
        self.assertTrue(invoice.dunning_level_id)
        letter._message_receive_bounce(letter.email, self.customer)
        self.assertFalse(invoice.dunning_level_id)
        self.assertRecordValues(letter, [
            {'state': 'ready', 'channel': 'print', 'is_bounced': True, 'sent_date': False}])
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self.assertIn(
            self.env.ref('smart_dunning.mail_activity_dunning_bounce'),
            letter.activity_ids.activity_type_id)
        self.assertFalse(self._plan(day(30)).letter_ids)
        letter.run_id.action_print_letters()
        letter.run_id.action_mark_printed()
        self.assertEqual(invoice.dunning_level_id, letter.level_id)

    def test_printing_leaves_emails_alone(self):
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        run = self._plan(day(0))
        printed = run.letter_ids.filtered(lambda letter: letter.partner_id == self.other)
        printed.action_channel_print()
        run.action_print_letters()
        run.action_mark_printed()
        self.assertEqual(printed.state, 'sent')
        self.assertEqual((run.letter_ids - printed).state, 'ready')

    def test_printing_twice_keeps_history(self):
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        run.letter_ids.action_channel_print()
        run.action_print_letters()
        first = run.letter_ids.document_id
        run.action_print_letters()
        self.assertTrue(first.exists())
        self.assertNotEqual(run.letter_ids.document_id, first)
        run.action_mark_printed()
        kept = self.env['ir.attachment'].search_count([
            ('res_model', '=', 'dunning.letter'), ('res_id', '=', run.letter_ids.id)])
        self.assertEqual(kept, 2)

    def test_credits_reduce_or_cover_what_is_dunned(self):
        self._invoice(due=day(-20))
        self._credit_note(30.0)
        self.assertRecordValues(self._plan(day(0)).letter_ids, [
            {'amount_due': 100.0, 'amount_credit': 30.0, 'amount_total': 70.0}])

    def test_a_customer_with_a_credit_balance_is_not_dunned(self):
        self._invoice(due=day(-20))
        self._unallocated_payment(150.0)
        run = self._plan(day(0))
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.reason, 'covered')

    def test_credit_booked_between_planning_and_sending(self):
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self._credit_note(100.0)
        with self._watch_mails() as mails:
            self._send(run)
        self.assertFalse(mails)
        self.assertEqual(run.letter_ids.state, 'cancelled')

    def _unallocated_payment(self, amount):
        payment = self.env['account.payment'].create({
            'partner_id': self.customer.id, 'partner_type': 'customer', 'payment_type': 'inbound',
            'amount': amount, 'date': day(0), 'journal_id': self.journal_bank.id})
        payment.action_post()
        return payment

    def test_items_excluded_from_follow_up_are_left_alone(self):
        excluded = self._invoice(due=day(-20))
        excluded.no_followup = True
        self.assertFalse(self._plan(day(0)).letter_ids)

    def test_blocked_payment_is_left_alone(self):
        self._invoice(due=day(-20)).action_toggle_block_payment()
        self.assertFalse(self._plan(day(0)).letter_ids)

    def test_tolerance_in_a_foreign_currency(self):
        """20 JPY are worth far less than a tolerance of 5 in company currency."""
        yen = self.setup_other_currency('JPY', rates=[('2016-01-01', 150.0)])
        self.policy.tolerance = 5.0
        self._invoice(due=day(-20), amount=20.0, currency_id=yen.id)
        self.assertFalse(self._plan(day(0)).letter_ids)
        self._invoice(due=day(-20), amount=900.0, currency_id=yen.id)     # worth 6
        letter = self._plan(day(0)).letter_ids
        self.assertRecordValues(letter, [
            {'currency_id': yen.id, 'amount_total': 900.0, 'amount_company': 6.0}])

    def test_companies_do_not_mix(self):
        other = self.setup_other_company(name="Other Ltd")['company']
        other.write({
            'dunning_policy_id': self._make_policy("Other", company_id=other.id).id,
            'email': 'accounts@other.example.com'})
        clerk = new_test_user(
            self.env, 'other clerk', groups='smart_dunning.group_dunning_user',
            company_id=other.id, company_ids=[Command.set(other.ids)],
            email='clerk@other.example.com')
        other.dunning_user_id = clerk
        self._invoice(due=day(-20))
        self._invoice_in(other)
        mine = self._plan(day(0))
        theirs = self.env['dunning.run'].with_company(other).create(
            {'company_id': other.id, 'date': day(0)})
        theirs.action_plan()
        self.assertEqual(mine.letter_ids.company_id, self.company)
        self.assertEqual(theirs.letter_ids.company_id, other)
        with self._watch_mails() as mails:
            self._send(mine)
            self._send(theirs)
        self.assertEqual(len(mails), 2)
        self.assertIn('clerk@other.example.com', mails[1]['From'])
        self.assertNotIn('other.example.com', mails[0]['From'])
        self.assertEqual(mine.letter_ids.state, 'sent')
        self.assertEqual(theirs.letter_ids.state, 'sent')

    def _invoice_in(self, company):
        move = self.env['account.move'].with_company(company).create({
            'move_type': 'out_invoice', 'partner_id': self.customer.id, 'invoice_date': day(-40),
            'date': day(-40), 'invoice_date_due': day(-20), 'invoice_payment_term_id': False,
            'company_id': company.id,
            'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': 100.0, 'tax_ids': [Command.clear()]})]})
        move.action_post()
        return move

    def test_shipped_policies_work_on_a_fresh_company(self):
        self.env['dunning.policy'].sudo().with_context(active_test=False).search(
            [('company_id', '=', False)]).active = True
        company = self.setup_other_company(name="Fresh Ltd")['company']
        self.assertEqual(
            company.dunning_policy_id, self.env.ref('smart_dunning.dunning_policy_business'))
        self.customer.is_company = True
        self._invoice_in(company)
        run = self.env['dunning.run'].with_company(company).create(
            {'company_id': company.id, 'date': day(0)})
        run.action_plan()
        self.assertEqual(run.letter_count, 1)

    def test_planning_writes_no_message_per_letter(self):
        for _number in range(5):
            self._invoice(due=day(-20), partner=self._make_customer("Carla Clemens"))
        before = self.env['mail.message'].search_count([('model', 'like', 'dunning.letter')])
        run = self._plan(day(0))
        self.assertEqual(run.letter_count, 5)
        self.assertEqual(self.env['mail.message'].search_count(
            [('model', 'like', 'dunning.letter')]), before)

    def test_each_instalment_is_an_item_of_its_own(self):
        terms = self.env['account.payment.term'].create({
            'name': "30/70",
            'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 30, 'nb_days': 0}),
                Command.create({'value': 'percent', 'value_amount': 70, 'nb_days': 60}),
            ]})
        invoice = self._invoice(
            due=day(0), invoice_date=day(-30), invoice_date_due=False,
            invoice_payment_term_id=terms.id)
        first, second = self._terms(invoice)
        self.assertEqual((first.date_maturity, second.date_maturity), (day(-30), day(30)))
        run = self._run(day(0))
        self.assertEqual(run.letter_ids.amount_total, 30.0)
        self.assertEqual(first.dunning_level_id.name, "Reminder")
        self.assertFalse(second.dunning_level_id)
        self._run(day(14))
        self._run(day(37))
        self.assertEqual(first.dunning_level_id.name, "Last")
        self.assertEqual(second.dunning_level_id.name, "Reminder")
        self.assertEqual(invoice.dunning_level_id.name, "Last")
