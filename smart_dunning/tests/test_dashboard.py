from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestDashboard(DunningCommon):
    """One call, the figures of one company, for accounting alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(day(0)))

    def _get(self, user=None, company=None, companies=None):
        context = {'allowed_company_ids': (companies or self.company).ids}
        return self.env['dunning.dashboard'].with_user(user or self.clerk).with_context(
            **context).get_figures(company and company.id)

    def test_figures_are_those_of_the_records(self):
        self._invoice(day(-40), 300.0)
        self._invoice(day(10), 200.0, self.other)
        self._credit_note(50.0, on=day(-3))
        self.env['dunning.debtor']._refresh(company=self.company)
        self.env['dunning.snapshot']._store(self.company)
        figures = self._get()
        self.assertEqual({part['code']: part['amount'] for part in figures['ageing']}, {
            'not_due': 200.0, '30': 0.0, '60': 300.0, '90': 0.0, 'older': 0.0, 'credit': -50.0})
        self.assertEqual(figures['debtor_count'], 2)
        self.assertEqual(figures['now']['overdue_amount'], 300.0)
        self.assertEqual(len(figures['weeks']), 13)
        self.assertEqual({one['name'] for one in figures['risks']},
                         {self.customer.name, self.other.name})
        self.assertEqual(
            [one['at_risk'] for one in figures['risks']],
            sorted((one['at_risk'] for one in figures['risks']), reverse=True))
        self.assertFalse(figures['is_empty'])

    def test_change_is_against_a_month_ago(self):
        self._invoice(day(-80), 500.0)
        for date in (day(-31), day(-30), day(0)):
            with freeze_time(date):
                if date == day(0):
                    self._invoice(day(-1), 100.0)
                self.env['dunning.snapshot']._store(self.company)
        figures = self._get()
        self.assertEqual(figures['before']['date'], day(-30).isoformat())
        self.assertEqual(
            figures['now']['overdue_amount'] - figures['before']['overdue_amount'], 100.0)

    def test_recovery_of_the_night_equals_the_report(self):
        self.policy.level_ids.channel = 'email'
        invoices = [self._invoice(day(-60), amount) for amount in (100.0, 300.0)]
        with freeze_time(day(-40)):
            self._run(day(-40))
        self._pay(invoices[0], on=day(-30))
        self.env['dunning.snapshot']._store(self.company)
        [row] = self._get()['recovery']
        self.assertEqual((row['asked'], row['paid'], row['share']), (400.0, 100.0, 25.0))
        self.assertEqual(row['name'], "Reminder")

    def test_nothing_known_says_so_until_something_was_invoiced(self):
        bare = self.env['res.company'].create({'name': "Without a chart of accounts"})
        self.clerk.company_ids += bare
        for company in (self.company, bare):
            with self.subTest(company=company.name):
                self.assertTrue(self._get(company=company, companies=company)['is_empty'])
                self.env['dunning.dashboard'].with_user(self.clerk).with_context(
                    allowed_company_ids=company.ids).action_renew(company.id)
                figures = self._get(company=company, companies=company)
                self.assertTrue(figures['is_empty'], "zeros of the night are no figures")
                self.assertTrue(figures['date'])
                self.assertFalse(figures['trend'])
        self._pay(self._invoice(day(-3)), on=day(0))
        self.env['dunning.snapshot']._store(self.company)
        self.assertFalse(self._get()['is_empty'], "all is paid, but there were sales")

    def test_the_trend_begins_with_the_first_sale(self):
        self._invoice(day(-60), 500.0)          # invoiced 74 days ago
        self.env['dunning.snapshot']._store(self.company)
        figures = self._get()
        self.assertEqual([one['date'] for one in figures['trend']], [
            '2025-12-31', '2026-01-31', '2026-02-28', '2026-03-02'])

    def test_rights(self):
        elsewhere = self._create_company(name="Elsewhere")
        values = {'company_id': self.company.id, 'company_ids': [Command.set(self.company.ids)]}
        seller = new_test_user(
            self.env, 'seller', groups='sales_team.group_sale_manager', **values)
        auditor = new_test_user(
            self.env, 'auditor', groups='account.group_account_readonly', **values)
        self.assertFalse(self._get(auditor)['may_renew'])
        for user, company in ((seller, self.company), (self.clerk, elsewhere)):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._get(user, company)
        with self.assertRaises(AccessError):
            self.env['dunning.dashboard'].with_user(auditor).action_renew(self.company.id)
        with self.assertRaises(AccessError):
            self.env['dunning.dashboard'].with_user(self.clerk).action_renew(elsewhere.id)

    def test_who_belongs_to_a_branch_alone_is_told_nothing_of_the_whole(self):
        self.company.child_ids = [Command.create({'name': "Branch"})]
        branch = self.company.child_ids
        clerk = new_test_user(
            self.env, 'branch_clerk', groups='smart_dunning.group_dunning_user',
            company_id=branch.id, company_ids=[Command.set(branch.ids)])
        self._invoice(day(-40), 300.0)
        self.env['dunning.snapshot']._store(self.company)
        figures = self._get(clerk, branch, branch)
        self.assertFalse(figures['may_renew'])
        self.assertEqual((figures['now'], figures['trend'], figures['weeks']), ({}, [], []))
        with self.assertRaises(AccessError):
            self.env['dunning.dashboard'].with_user(clerk).with_context(
                allowed_company_ids=branch.ids).action_renew(branch.id)
        self.assertFalse(self.env['dunning.snapshot'].search([('company_id', '=', branch.id)]))
        digest = self.env['digest.digest'].create({'name': "Branch", 'company_id': branch.id})
        self.assertFalse(digest.with_user(clerk)._get_dunning_company())
        self.clerk.company_ids += branch
        both = self._get(self.clerk, branch, self.company | branch)
        self.assertEqual(both['now']['open_amount'], 300.0)

    def test_queries_do_not_grow(self):
        self.env['dunning.snapshot']._store(self.company)
        counts = []
        for number in (1, 9):
            for place in range(number):
                self._invoice(day(-20), 100.0, self._make_customer(f"Nr {number} {place}"))
            self.env['dunning.debtor']._refresh(company=self.company)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._get()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_the_rows_behind_an_age_sum_up_to_it(self):
        self._invoice(day(-40), 300.0)
        self._invoice(day(10), 200.0, self.other)
        self._credit_note(50.0, on=day(-3))
        self.other.active = False
        self.env['dunning.debtor']._refresh(company=self.company)
        action = self.env.ref('smart_dunning.dunning_debtor_ageing_action')
        rows = self.env['dunning.debtor'].with_user(self.clerk).with_context(
            **safe_eval(action.context)).search(safe_eval(action.domain))
        self.assertEqual(rows.partner_id, self.customer | self.other)
        columns = {'not_due': 'amount_not_due', 'older': 'amount_older', 'credit': 'credit_amount'}
        for part in self._get()['ageing']:
            name = columns.get(part['code'], f"amount_{part['code']}")
            self.assertEqual(sum(rows.mapped(name)), abs(part['amount']), name)


@tagged('post_install', '-at_install', 'dunning_tour')
class TestDashboardTour(DunningCommon, HttpCase):
    """The manager looks at the screen, and opens what is behind a figure."""

    def test_dashboard(self):
        today = self.company._get_dunning_today()
        for partner, amount in ((self.customer, 300.0), (self.other, 200.0)):
            self._invoice(day(-40), amount, partner)
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertGreater(today, day(0))
        self.start_tour('/odoo/receivables', 'dunning_dashboard', login='manager')
        self.assertTrue(self.env['dunning.snapshot'].search(
            [('company_id', '=', self.company.id), ('date', '=', today)]))
