from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from .common import DunningCommon, day
from .hold_common import HoldCommon


class DisputeCommon(DunningCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref('smart_dunning.dunning_pause_reason_goods_damaged')

    def _dispute(self, invoice, user=None, **values):
        return self.env['dunning.dispute'].with_user(user or self.clerk).create({
            'move_id': invoice.id, 'reason_id': self.reason.id, 'deadline': day(20), **values})


class TestStoryDispute(DisputeCommon):
    """A customer objects to half an invoice."""

    def test_the_rest_goes_on_and_rejection_is_told(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            dispute = self._dispute(invoice, amount=400.0)
            self.assertEqual(dispute.activity_ids.date_deadline, day(20))
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.amount_total, 600.0)
            self.assertRecordValues(run.omission_ids, [
                {'reason': 'dispute', 'amount': 400.0, 'date_until': day(20)}])
            self._send(run)
            self.assertRecordValues(run.letter_ids.line_ids, [
                {'amount_residual': 600.0, 'amount_disputed': 400.0, 'amount_paid': 0.0}])
            self.assertIn("400.00 is being clarified", self._text(run.letter_ids))
        with freeze_time(day(10)):
            dispute.with_user(self.clerk).action_reject()
            self.assertRecordValues(dispute, [{'state': 'rejected', 'date_closed': day(10)}])
            self.assertFalse(dispute.activity_ids)
            told = self.env['mail.message'].search([
                ('model', '=', 'dunning.dispute'), ('res_id', '=', dispute.id),
                ('message_type', '=', 'user_notification')])
            self.assertFalse(told.notified_partner_ids & self.clerk.partner_id, "it was them")
        with freeze_time(day(14)):
            letter = self._run(day(14)).letter_ids
            self.assertEqual(letter.level_id.name, "First")
            self.assertEqual(letter.amount_total, 1000.0)
            self.assertIn("In our view", self._text(letter))
        with freeze_time(day(28)):
            self.assertNotIn("In our view", self._text(self._run(day(28)).letter_ids))

    def _text(self, letter):
        return ' '.join(str(letter.sudo()._render_document_html()).replace('$', '').split())

    def test_whole_invoice(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            self._invoice(due=day(-20), amount=30.0)
            self._dispute(invoice)
            self._pay(invoice, 100.0)
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.amount_total, 30.0)
            self.assertRecordValues(run.omission_ids, [{'reason': 'dispute', 'amount': 900.0}])

    def test_a_paid_invoice_needs_no_decision(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            dispute = self._dispute(invoice)
            self._pay(invoice, 400.0)
            self.env['dunning.debtor'].sudo()._refresh(company=self.company)
            self.assertEqual(dispute.state, 'open')
            self._pay(invoice)
            self.env['dunning.debtor'].sudo()._refresh(company=self.company)
            self.assertRecordValues(dispute, [{'state': 'settled', 'date_closed': day(0)}])
            self.assertFalse(dispute._get_pauses())
            self.assertFalse(dispute.activity_ids)

    def test_the_undisputed_part_is_paid(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            self._dispute(invoice, amount=400.0)
            self._pay(invoice, 600.0)
            run = self._plan(day(0))
            self.assertFalse(run.letter_ids)

    def test_instalments_of_the_invoice(self):
        term = self.env['account.payment.term'].create({
            'name': "Halves", 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 0}),
                Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 10})]})
        with freeze_time(day(0)):
            invoice = self._invoice(
                due=day(-30), amount=1000.0, invoice_payment_term_id=term.id)
            self._dispute(invoice, amount=700.0)
            letter = self._plan(day(0)).letter_ids
            self.assertEqual(letter.amount_total, 300.0)
            self.assertEqual(letter.line_ids.move_line_id, self._terms(invoice)[0])

    def test_justified(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            dispute = self._dispute(invoice, amount=400.0)
            dispute.with_user(self.clerk).action_justify()
            refund = dispute.refund_id
            self.assertRecordValues(refund, [
                {'move_type': 'out_refund', 'state': 'draft', 'amount_total': 400.0}])
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.amount_total, 600.0)
            run.action_cancel()
            refund.action_post()
            self.assertEqual(invoice.amount_residual, 600.0)
            self.assertFalse(dispute._get_pauses())
            self.assertEqual(self._plan(day(0)).letter_ids.amount_total, 600.0)

    def test_it_ends_on_its_deadline(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=1000.0)
            dispute = self._dispute(invoice, deadline=day(6))
            self.assertFalse(self._plan(day(6)).letter_ids)
            run = self._plan(day(7))
            self.assertTrue(run.letter_ids)
            run.action_cancel()
            dispute.with_user(self.clerk).deadline = day(9)
            self.assertFalse(self._plan(day(9)).letter_ids)
            dispute.with_user(self.clerk).amount = 10.0
            self.assertEqual(self._plan(day(9)).letter_ids.amount_total, 990.0)

    def test_bad_input(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=100.0)
            with self.assertRefused("no more than that", ValidationError):
                self._dispute(invoice, amount=200.0)
            dispute = self._dispute(invoice)
            with self.assertRefused("disputed already"):
                self._dispute(invoice)
            dispute.action_withdraw()
            for button in (dispute.action_reject, dispute.action_justify):
                with self.assertRefused("is decided"):
                    button()
            with self.assertRefused("Only posted customer invoices"):
                self._dispute(self._credit_note(50.0))

    def test_rights(self):
        with freeze_time(day(0)):
            invoice = self._invoice(due=day(-20), amount=100.0)
            dispute = self._dispute(invoice, state='justified', date_opened=day(-900))
            self.assertRecordValues(dispute, [{'state': 'open', 'date_opened': day(0)}])
            for values in ({'state': 'rejected'}, {'move_id': False}, {'date_opened': day(-9)}):
                with self.subTest(values=values), self.assertRefused("stays as it is", AccessError):
                    dispute.write(values)
            foreign = self.setup_other_company()['company']
            stranger = self.env['res.users'].create({
                'name': "Stranger", 'login': 'stranger', 'company_id': foreign.id,
                'company_ids': [Command.set(foreign.ids)],
                'group_ids': [Command.link(self.env.ref('smart_dunning.group_dunning_user').id)]})
            self.assertFalse(self.env['dunning.dispute'].with_user(stranger).search([]))
            with self.assertRaises(UserError):
                self._dispute(invoice, user=stranger)


class TestDisputeHolds(HoldCommon):
    """A disputed part does not hold goods, unless the policy says so."""

    def test_by_policy(self):
        self._rule(amount=500.0)
        invoice = self._overdue(1000.0)
        dispute = self._dispute(invoice, amount=500.0)
        order = self._order()
        self.policy.hold_disputed = True
        with self.assertRefused("1,000.00 are overdue"):
            order.action_confirm()
        self.policy.hold_disputed = False
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        dispute.action_reject()
        with self.assertRefused("1,000.00 are overdue"):
            self._order().action_confirm()

    def test_exposure_still_counts_what_is_disputed(self):
        self._rule('over_limit')
        self.customer.with_company(self.company).credit_limit = 900.0
        invoice = self._overdue(1000.0)
        self._dispute(invoice)
        with self.assertRefused("credit limit"):
            self._order().action_confirm()

    def test_a_held_level_does_not_count_on_what_is_disputed(self):
        self.policy.level_ids[1].hold_effect = 'block'
        invoice = self._overdue(1000.0)
        self._terms(invoice).sudo().dunning_level_id = self.policy.level_ids[1]
        with self.assertRefused("dunning level"):
            self._order().action_confirm()
        self._dispute(invoice)
        order = self._order()
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_letters_and_holds_withhold_the_same(self):
        """Two ways of reading the same pauses: in Python for a ledger, in SQL for a checkpoint."""
        self._rule(amount=5000.0)
        self.policy.tolerance = 0.0
        term = self.env['account.payment.term'].create({
            'name': "Thirds", 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 30, 'nb_days': 0}),
                Command.create({'value': 'percent', 'value_amount': 30, 'nb_days': 5}),
                Command.create({'value': 'percent', 'value_amount': 40, 'nb_days': 10})]})
        invoice = self._overdue(1000.0, days=60, invoice_payment_term_id=term.id)
        self._pay(invoice, 100.0, on=self.today)
        self._overdue(50.0, days=30)
        run = self.env['dunning.run'].new({'company_id': self.company.id, 'date': self.today})
        check = self.env['dunning.hold.check']
        for disputed, asked in (
                (100.0, 850.0), (400.0, 550.0), (450.0, 500.0), (899.99, 50.01), (900.0, 50.0),
                (1000.0, 50.0)):
            with self.subTest(disputed=disputed):
                dispute = self.env['dunning.dispute'].with_user(self.clerk).create({
                    'move_id': invoice.id, 'amount': disputed,
                    'deadline': self.today + timedelta(days=9),
                    'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_price').id})
                _terms, facts = check._get_facts(
                    self.company, self.customer.ids)[self.customer.id]
                self.assertAlmostEqual(facts.overdue_amount, asked)
                self.assertAlmostEqual(facts.receivables, 950.0)
                planned = run._decide_plan(self.customer.ids, self.today)
                self.assertAlmostEqual(sum(letter.amount for letter in planned.letters), asked)
                dispute.action_withdraw()

    def test_a_dispute_frees_what_waits(self):
        self._rule()
        invoice = self._overdue(1000.0)
        self._rule('manual', order='none')
        order = self._order()
        self.policy.hold_rule_ids.order_effect = 'none'
        order.action_confirm()
        self._refresh_debtors()
        picking = order.picking_ids
        self.assertTrue(picking.dunning_held_since)
        self._dispute(invoice)
        self._refresh_debtors()
        self.assertFalse(picking.dunning_held_since)
        self._deliver(picking, self.picker)
        self.assertEqual(picking.state, 'done')
