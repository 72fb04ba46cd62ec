from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import day
from .hold_common import HoldCommon

TODAY = day(0)


@tagged('post_install', '-at_install')
@freeze_time('2026-03-02 09:00:00')
class TestForecastEntry(HoldCommon):
    """`get_forecast`: who may ask, what it counts, and how earlier forecasts make the band."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_business_days = False
        cls.debtors = cls.env['dunning.debtor'].with_user(cls.clerk)
        for number in range(12):
            due = day(-40 - 7 * number)
            cls._pay(cls._invoice(due, 100.0), on=due + timedelta(7))

    def test_weeks_from_monday_in_company_currency(self):
        self._invoice(day(8), 500.0)
        weeks = self.debtors.get_forecast(self.company.id, '2026-03-02', weeks=4)
        self.assertEqual([week['week'] for week in weeks], [day(7 * n) for n in range(4)])
        self.assertEqual([week['amount'] for week in weeks], [0.0, 0.0, 500.0, 0.0])
        for week in weeks:
            self.assertLessEqual(week['low'], week['amount'])
            self.assertGreaterEqual(week['high'], week['amount'])
        self.assertEqual(len(self.debtors.get_forecast(self.company.id, TODAY)), 13)

    def test_who_may_ask(self):
        own = {'company_id': self.company.id, 'company_ids': [Command.set(self.company.ids)]}
        seller = new_test_user(
            self.env, 'seller1', groups='sales_team.group_sale_salesman_all_leads', **own)
        auditor = new_test_user(
            self.env, 'auditor1', groups='account.group_account_readonly', **own)
        elsewhere = self._create_company(name="Elsewhere")
        for user, company, is_allowed in (
            (self.clerk, self.company, True), (auditor, self.company, True),
            (seller, self.company, False), (self.clerk, elsewhere, False),
        ):
            for method in ('get_forecast', 'get_forecast_details'):
                with self.subTest(user=user.login, company=company.name, method=method):
                    ask = getattr(self.env['dunning.debtor'].with_user(user), method)
                    if is_allowed:
                        self.assertTrue(ask(company.id, TODAY))
                    else:
                        with self.assertRaises(AccessError):
                            ask(company.id, TODAY)
        with self.assertRaises(UserError):
            self.debtors.get_forecast(self.company.id, TODAY, weeks=1000)

    def test_currencies_apart_and_together(self):
        other = self.setup_other_currency('CHF', rates=[('2020-01-01', 2.0)])
        self._invoice(day(8), 500.0)
        self._invoice(day(8), 300.0, currency_id=other.id)
        details = self.debtors.get_forecast_details(self.company.id, TODAY)
        self.assertEqual(details['weeks'][2]['amount'], 650.0)
        self.assertEqual({
            name: weeks[2]['amount'] for name, weeks in details['currencies'].items()},
            {self.company.currency_id.name: 500.0, 'CHF': 300.0})

    def test_what_is_not_expected_stands_apart(self):
        self._invoice(day(8), 500.0)
        disputed = self._invoice(day(8), 400.0)
        self.env['dunning.dispute'].create({
            'move_id': disputed.id, 'amount': 150.0,
            'reason_id': self.env['dunning.pause.reason'].search(
                [('usage', '=', 'dispute')], limit=1).id})
        self._invoice(day(8), 70.0).action_toggle_block_payment()
        details = self.debtors.get_forecast_details(self.company.id, TODAY)
        self.assertEqual(details['apart'], {'disputed': 150.0, 'blocked': 70.0})
        self.assertEqual(sum(week['amount'] for week in details['weeks']), 750.0)

    def test_orders_count_where_they_are_asked_for(self):
        order = self._order(2, confirm=True)
        order.payment_term_id = False
        rest = order.dunning_to_invoice
        self.assertTrue(rest)
        without = self.debtors.get_forecast(self.company.id, TODAY)
        self.assertEqual(sum(week['amount'] for week in without), 0.0)
        details = self.debtors.get_forecast_details(self.company.id, TODAY, orders=True)
        self.assertAlmostEqual(sum(week['amount'] for week in details['weeks']), rest)
        self.assertAlmostEqual(sum(week['amount'] for week in details['orders']), rest)

    def test_an_order_paid_in_advance_brings_nothing_more(self):
        """The money is there already: credits come off invoices first, and then off orders."""
        order = self._order(2, confirm=True)
        order.payment_term_id = False
        rest = order.dunning_to_invoice
        self._invoice(day(8), 40.0)
        for paid, expected in ((30.0, rest + 10.0), (rest, 10.0), (50.0, 0.0)):
            self._credit_note(paid)
            for orders, total in ((True, expected), (False, max(expected - rest, 0.0))):
                details = self.debtors.get_forecast_details(
                    self.company.id, TODAY, orders=orders)
                told = [details['weeks'], details['currencies'].get(
                    self.company.currency_id.name, [])]
                for weeks in told:
                    self.assertAlmostEqual(sum(week['amount'] for week in weeks), total)
            self.assertLessEqual(sum(week['amount'] for week in details['orders']), expected)

    def test_an_order_for_the_end_of_the_calendar(self):
        """A slip of the finger stops nobody else's forecast."""
        self._order(2, confirm=True).commitment_date = '9999-12-31 12:00:00'
        self._order(1, partner=self.other, confirm=True)
        self.assertTrue(self.debtors.get_forecast(self.company.id, TODAY, orders=True))

    def test_orders_of_the_past_are_not_known(self):
        with self.assertRefused("is not known"):
            self.debtors.get_forecast(self.company.id, day(-1), orders=True)
        self.assertTrue(self.debtors.get_forecast(self.company.id, day(-1)))

    # How good it was ----------------------------------------------------------------------------

    def _store(self, on):
        with freeze_time(on):
            return self.env['dunning.snapshot']._store(self.company)

    def test_what_came_stands_beside_what_was_expected(self):
        expected = self._invoice(day(1), 500.0)                     # in the second week
        snapshot = self._store(TODAY)
        self.assertEqual(snapshot.week_ids.mapped('amount')[:3], [0.0, 500.0, 0.0])
        self._pay(expected, 200.0, on=day(9))
        later = self._invoice(day(9), 90.0, invoice_date=day(8), date=day(8))
        self._pay(later, on=day(10))                                # nobody could expect it
        self._store(day(13))                                        # a Sunday: not over yet
        weeks = snapshot.week_ids.sorted('week')
        self.assertEqual(weeks.mapped('is_over'), [True] + [False] * 12)
        self._store(day(14))
        self.assertEqual(weeks.mapped('is_over'), [True] * 2 + [False] * 11)
        self.assertEqual(weeks[1].came, 200.0)
        self.assertEqual(weeks[1].difference, -300.0)

    def test_late_bank_statements_count_for_60_days(self):
        expected = self._invoice(day(1), 500.0)
        week = self._store(TODAY).week_ids.sorted('week')[1]        # over on day 14
        self._store(day(14))
        self.assertEqual(week.came, 0.0)
        self._pay(expected, 200.0, on=day(12))
        self._store(day(74))
        self.assertEqual((week.came, week.difference), (200.0, -300.0))
        self._pay(expected, 100.0, on=day(12))
        self._store(day(75))
        self.assertEqual((week.came, week.difference), (200.0, -300.0))

    def test_a_credit_note_is_no_money(self):
        invoice = self._invoice(day(1), 500.0)
        snapshot = self._store(TODAY)
        invoice._reverse_moves([{'date': day(8), 'invoice_date': day(8)}], cancel=True)
        self._store(day(14))
        self.assertEqual(snapshot.week_ids.sorted('week')[1].came, 0.0)

    def test_the_band_learns_from_twelve_forecasts(self):
        """What came was half of what was expected or twice as much: so wide is the band."""
        Week = self.env['dunning.forecast.week'].sudo()
        snapshots = self.env['dunning.snapshot'].sudo()
        self._invoice(day(1), 500.0)

        def get_band():
            [_first, second, third, *_rest] = self.debtors.get_forecast(self.company.id, TODAY)
            return (second['low'], second['high']), (third['low'], third['high'])
        before = get_band()
        for number in range(12):
            made = day(-7 * (number + 3))
            snapshot = snapshots.create({'company_id': self.company.id, 'date': made})
            Week.create({
                'snapshot_id': snapshot.id, 'company_id': self.company.id, 'date': made,
                'week': made + timedelta(7), 'ahead': 1, 'amount': 100.0, 'is_over': True,
                'came': 50.0 if number % 2 else 200.0})
            if number == 10:
                self.assertEqual(get_band(), before)
        self.assertEqual(get_band(), ((250.0, 1000.0), before[1]))

    def test_a_forecast_is_seen_in_its_company_alone(self):
        week = self._store(TODAY).week_ids[0]
        stranger = new_test_user(
            self.env, 'stranger1', groups='smart_dunning.group_dunning_manager',
            **dict.fromkeys(['company_id'], self._create_company(name="Elsewhere").id),
            company_ids=[Command.set(self.env['res.company'].search(
                [('name', '=', "Elsewhere")]).ids)])
        with self.assertRaises(AccessError):
            week.with_user(stranger).read(['amount'])
        self.assertTrue(week.with_user(self.clerk).read(['amount']))
        with self.assertRaises(AccessError):
            week.with_user(self.manager).write({'came': 1.0})
        self.assertEqual(date.weekday(week.week), 0)
