from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import DunningCommon, day

TODAY = day(0)


@tagged('post_install', '-at_install')
@freeze_time('2026-03-02 09:00:00')
class TestForecastLedger(DunningCommon):
    """What comes in, read from the ledger: payments of the past, promises, instalments, credits."""

    def _forecast(self, weeks=6, on=TODAY):
        return [round(week.amount, 2) for week in self.env['dunning.forecast']._get_forecast(
            self.company, on, weeks)]

    def _pay_always(self, days_late, partner=None, times=12):
        for number in range(times):
            due = day(-40 - 7 * number)
            self._pay(self._invoice(due, 100.0, partner), on=due + timedelta(days_late))

    def test_nothing_open_nothing_comes(self):
        self.assertEqual(self._forecast(), [0.0] * 6)

    def test_who_always_pays_a_week_late_is_expected_a_week_late(self):
        self._pay_always(7)
        self._invoice(day(8), 500.0)        # a Tuesday; with a week more in the third week
        self.assertEqual(self._forecast(), [0.0, 0.0, 500.0, 0.0, 0.0, 0.0])

    def test_a_promise_moves_the_money_to_its_day(self):
        self._pay_always(7)
        invoice = self._invoice(day(-5), 500.0)
        self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(24),
            'item_ids': [(6, 0, self._terms(invoice).ids)]})
        self.assertEqual(self._forecast(), [0.0, 0.0, 0.0, 500.0, 0.0, 0.0])
        self.assertEqual(self._terms(invoice).dunning_expected_date, day(24))

    def test_disputed_parts_are_not_expected(self):
        self._pay_always(7)
        invoice = self._invoice(day(8), 500.0)
        self.env['dunning.dispute'].create({
            'move_id': invoice.id, 'amount': 200.0,
            'reason_id': self.env['dunning.pause.reason'].search(
                [('usage', '=', 'dispute')], limit=1).id})
        self.assertEqual(sum(self._forecast()), 300.0)

    def test_credits_come_off_the_oldest_item(self):
        self._pay_always(7)
        self._invoice(day(-3), 100.0)
        self._invoice(day(8), 100.0)
        self._credit_note(100.0)
        self.assertEqual(self._forecast()[2], 100.0)
        self.assertEqual(sum(self._forecast()), 100.0)

    def test_blocked_invoices_are_not_expected(self):
        self._pay_always(7)
        self._invoice(day(8), 500.0).action_toggle_block_payment()
        self.assertEqual(sum(self._forecast()), 0.0)

    def test_of_a_day_in_the_past_what_was_open_then_counts(self):
        self._pay_always(7)
        invoice = self._invoice(day(3), 500.0)
        self._pay(invoice, on=day(-1))
        self.assertEqual(sum(self._forecast(on=day(-2))), 500.0)
        self.assertEqual(sum(self._forecast()), 0.0)

    def test_a_day_that_is_over_brings_nothing_more(self):
        """All payments of a Sunday in the past are known: what is late comes in the next week."""
        self.company.dunning_business_days = False
        self._pay_always(7)
        self._invoice(day(-30), 500.0)
        self.assertEqual(self._forecast(weeks=2, on=day(-1))[0], 0.0)
        self.assertGreater(self._forecast(weeks=2, on=day(-1))[1], 250.0)
        self.assertGreater(self._forecast(weeks=2, on=day(-2))[0], 250.0)

    def test_the_expected_date_of_an_item(self):
        self._pay_always(7)
        line = self._terms(self._invoice(day(1), 500.0))        # Tuesday
        # Twelve payments of a week late against three of the company's, which are the same.
        self.assertEqual(line.dunning_expected_date, day(8))
        self.company.dunning_risk_active = False
        line.invalidate_recordset()
        self.assertFalse(line.dunning_expected_date)

    def test_queries_do_not_grow_with_the_ledger(self):
        self._pay_always(3, times=4)
        self._invoice(day(5), 100.0)
        few = self._count_queries()
        for number in range(6):
            partner = self._make_customer(f"More {number}")
            self._pay_always(number, partner, times=4)
            self._invoice(day(number), 50.0, partner)
        self.assertLessEqual(self._count_queries(), few)

    def _count_queries(self):
        self.env.flush_all()
        self._forecast()                # what is read once in a process
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._forecast()
        return self.cr.sql_log_count - before
