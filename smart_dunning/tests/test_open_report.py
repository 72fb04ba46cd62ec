import io

from freezegun import freeze_time
from openpyxl import load_workbook
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestOpenReport(DunningCommon):
    """Who gets which open items, how often: nobody those of other companies or colleagues."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(day(0)))
        own = {'company_id': cls.company.id, 'company_ids': [Command.set(cls.company.ids)]}
        cls.sellers = [new_test_user(
            cls.env, login, email=f'{login}@example.com', groups='sales_team.group_sale_salesman',
            **own) for login in ('seller_a', 'seller_b')]
        cls.manager.email = 'manager@example.com'
        cls._invoice(day(-20), 100.0, invoice_user_id=cls.sellers[0].id)
        cls._invoice(day(-10), 250.0, cls.other, invoice_user_id=cls.sellers[1].id)
        cls._invoice(day(10), 999.0, cls.other, invoice_user_id=cls.sellers[1].id)

    def _make(self, **values):
        return self.env['dunning.open.report'].with_user(self.manager).create({
            'name': "Overdue", 'company_id': self.company.id, 'next_date': day(0),
            'user_ids': [Command.set(self.manager.ids)], **values})

    def _send(self):
        before = self.env['mail.mail'].search([])
        self._run_cron('smart_dunning.ir_cron_dunning_open_report')
        return self.env['mail.mail'].search([]) - before

    def test_mail_with_table_and_workbook(self):
        self._make()
        mail = self._send()
        self.assertEqual(mail.email_to, self.manager.email_formatted)
        self.assertIn("350.00", mail.body_html)
        self.assertNotIn("999.00", mail.body_html)
        book = load_workbook(io.BytesIO(mail.attachment_ids.raw))
        rows = list(book.active.iter_rows(values_only=True))
        self.assertEqual(rows[0][0], "Customer")
        self.assertEqual([row[6] for row in rows[1:]], [100.0, 250.0])

    def test_names_never_become_formulas(self):
        self.customer.name = '=HYPERLINK("http://evil.example")'
        report = self._make()
        book = load_workbook(io.BytesIO(report.sudo()._make_xlsx(
            report.sudo()._read_items(self.manager), {})))
        self.assertEqual({cell.data_type for cell in book.active['A']}, {'s'})

    def test_pdf(self):
        self._make(file_format='pdf', is_overdue_only=False)
        self.assertTrue(self._send().attachment_ids.raw.startswith(b'%PDF'))

    def test_each_salesperson_gets_own_items_only(self):
        self._make(is_own_only=True, is_overdue_only=False, file_format='none', user_ids=[
            Command.set([user.id for user in self.sellers] + self.manager.ids)])
        mails = {mail.email_to: mail.body_html for mail in self._send()}
        self.assertEqual(set(mails), {user.email_formatted for user in self.sellers})
        first, second = (mails[user.email_formatted] for user in self.sellers)
        self.assertIn("100.00", first)
        self.assertNotIn("250.00", first)
        self.assertIn("1,249.00", second)
        self.assertNotIn("Anna", second)

    def test_chosen_customers_and_salespersons(self):
        for values, expected in (
                ({'partner_ids': [Command.set(self.other.ids)]}, [250.0]),
                ({'salesperson_ids': [Command.set(self.sellers[0].ids)]}, [100.0])):
            report = self._make(**values).sudo()
            self.assertEqual(report._read_items(self.manager).mapped('amount'), expected)

    def test_rhythm_and_once_a_day(self):
        for frequency, expected in (
                ('daily', day(1)), ('weekly', day(7)), ('monthly', day(31))):
            report = self._make(frequency=frequency)
            self.assertEqual(len(self._send()), 1)
            self.assertEqual(report.next_date, expected)
            self.assertFalse(self._send())
            report.active = False
        late = self._make(frequency='weekly', next_date=day(-15))
        self._send()
        self.assertEqual(late.next_date, day(6))

    def test_each_month_on_the_wished_day(self):
        """The last of February is no reason to go on with the 28th; a new wish counts at once."""
        report = self._make(frequency='monthly', next_date='2026-01-31')
        days = []
        for today in ('2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-07-04'):
            with freeze_time(today):
                self._run_cron('smart_dunning.ir_cron_dunning_open_report')
            days.append(str(report.next_date))
        self.assertEqual(
            days, ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31', '2026-07-31'])
        report.next_date = '2026-08-15'
        with freeze_time('2026-08-15'):
            self._run_cron('smart_dunning.ir_cron_dunning_open_report')
        self.assertEqual(str(report.next_date), '2026-09-15')
        report.write({'frequency': 'weekly', 'next_date': '2026-08-31'})
        with freeze_time('2026-08-31'):
            self._run_cron('smart_dunning.ir_cron_dunning_open_report')
        self.assertEqual((str(report.next_date), report.month_day), ('2026-09-07', 7))

    def test_a_month_has_no_such_day(self):
        report = self._make(frequency='monthly')
        for absurd in (-5, 0, 32):
            with self.subTest(absurd), mute_logger('odoo.sql_db'), \
                    self.assertRaises(CheckViolation), self.env.cr.savepoint():
                report.month_day = absurd
                report.flush_recordset()

    def test_one_that_fails_stops_no_other(self):
        broken, good = self._make(name="Broken"), self._make(name="Good")
        original = type(broken)._read_items

        def fail(report, user):
            if report == broken:
                raise ValueError("no rows")
            return original(report, user)
        self.patch(type(broken), '_read_items', fail)
        with self.assertLogs('odoo.addons.smart_dunning', 'ERROR'):
            self.assertEqual(len(self._send()), 1)
        self.assertEqual(broken.note, "no rows")
        self.assertFalse(good.note)

    def test_nothing_leaves_the_company(self):
        elsewhere = self._create_company(name="Elsewhere")
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        portal = new_test_user(self.env, 'customer', groups='base.group_portal')
        for user in (stranger, portal):
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                self._make(user_ids=[Command.set(user.ids)])
        report = self._make()
        self.assertFalse(self.env['dunning.open.report'].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            report.with_user(stranger).action_send_now()
        with self.assertRaises(AccessError):
            report.with_user(self.clerk).action_send_now()
        # Who has left the company since gets nothing.
        self.manager.sudo().write({'company_ids': [Command.link(elsewhere.id)]})
        self.manager.sudo().write({
            'company_id': elsewhere.id, 'company_ids': [Command.set(elsewhere.ids)]})
        self.assertFalse(self._send())
