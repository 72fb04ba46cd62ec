from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .common import DunningCommon, day
from .hold_common import HoldCommon


class TestTimeGranted(DunningCommon):
    """Whoever moves the due date of an invoice grants time: nothing is asked for before it."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))
        self.invoice = self._invoice(day(-30))
        self._run(day(0))
        self.assertEqual(self._terms(self.invoice).dunning_level_id.name, "Reminder")

    def _get_levels(self, number):
        with freeze_time(day(number)):
            run = self._plan(day(number))
            names = run.letter_ids.mapped('level_id.name')
            run.action_cancel()
            return names

    def _assert_waits(self):
        # Due on day 40; the policy reminds 7 days later, the last letter was on day 0.
        for number in (14, 39, 40, 46):
            self.assertEqual(self._get_levels(number), [], number)
        self.assertEqual(self._get_levels(47), ["First"])
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertEqual(self.env['dunning.debtor'].search(
            [('partner_id', '=', self.customer.id)]).next_action_date, day(49))   # a Monday

    def test_on_a_posted_invoice(self):
        self.invoice.invoice_date_due = day(40)
        self._assert_waits()

    def test_reset_and_posted_again(self):
        self.invoice.button_draft()
        self.invoice.invoice_date_due = day(40)
        self.invoice.action_post()
        self.assertEqual(self._terms(self.invoice).dunning_level_id.name, "Reminder")
        self._assert_waits()
        with freeze_time(day(49)):
            self.assertEqual(self._run(day(49)).letter_ids.level_id.name, "First")

    def test_a_planned_letter_drops_the_item(self):
        with freeze_time(day(14)):
            run = self._plan(day(14))
            self.assertEqual(run.letter_ids.level_id.name, "First")
            self.invoice.invoice_date_due = day(40)
            self._send(run)
        self.assertEqual(run.letter_ids.state, 'cancelled')

    def test_a_date_in_the_past_grants_nothing(self):
        self.invoice.invoice_date_due = day(-5)
        self.assertEqual(self._get_levels(14), ["First"])

    def test_a_broken_promise_does_not_jump_over_the_new_date(self):
        self.policy.promise_level_position = 3
        with freeze_time(day(1)):
            self.env['dunning.promise'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'amount': 100.0,
                'date': day(3), 'item_ids': [Command.set(self._terms(self.invoice).ids)]})
        self.invoice.invoice_date_due = day(40)
        with freeze_time(day(20)):
            self.env['dunning.agreement']._update_all(self.company)
            self.assertFalse(self._plan(day(20)).letter_ids)

    def test_one_instalment_of_two(self):
        terms = self.env['account.payment.term'].create({
            'name': "Halves", 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
                for days in (10, 20)]})
        invoice = self._invoice(
            day(-30), 200.0, self.other, invoice_payment_term_id=terms.id)
        self._run(day(0))
        first, second = self._terms(invoice)
        self.assertEqual((first | second).dunning_level_id.name, "Reminder")
        second.date_maturity = day(40)
        with freeze_time(day(14)):
            run = self._plan(day(14))
        letter = run.letter_ids.filtered(lambda letter: letter.partner_id == self.other)
        self.assertEqual(letter.line_ids.move_line_id, first)


class TestTimeGrantedHold(HoldCommon):

    def test_holds_by_level_ask_for_what_is_overdue(self):
        self._rule('level', level_position=2)
        invoice = self._overdue(100.0)
        self._run(self.today)
        self.assertEqual(self._terms(invoice).dunning_level_id.position, 2)
        facts = self.env['dunning.hold.check']._get_facts
        self.assertEqual(
            facts(self.company, self.customer.ids)[self.customer.id][1].level_position, 2)
        invoice.invoice_date_due = fields.Date.add(self.today, days=40)
        self.assertEqual(
            facts(self.company, self.customer.ids)[self.customer.id][1].level_position, 0)
