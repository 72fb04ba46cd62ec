from odoo.tests import tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestQueryCounts(DunningCommon):
    """Planning and refreshing ask the database a fixed number of questions, however large it is."""

    # Rows written in several statements, and what is loaded once per process.
    SLACK = 4

    def test_queries_of_a_plan_do_not_grow_with_customers(self):
        few = self._count_queries_of_plan(5)
        many = self._count_queries_of_plan(45)
        self.assertLessEqual(many - few, self.SLACK)

    def test_queries_of_a_plan_do_not_grow_with_items(self):
        self._invoice_customers(3, items=1)
        few = self._count_queries(self._plan, day(10))
        self._invoice_customers(3, items=12)
        many = self._count_queries(self._plan, day(10))
        self.assertLessEqual(many - few, self.SLACK)

    def test_queries_of_a_refresh_do_not_grow_with_customers(self):
        debtors = self.env['dunning.debtor'].sudo()
        self._invoice_customers(5)
        debtors._refresh(company=self.company)              # what is loaded once per process
        few = self._count_queries(debtors._refresh, company=self.company)
        self._invoice_customers(45)
        many = self._count_queries(debtors._refresh, company=self.company)
        self.assertEqual(debtors.search_count([('company_id', '=', self.company.id)]), 50)
        self.assertLessEqual(many - few, self.SLACK)

    def test_queries_of_cancelling_a_run_do_not_grow_with_letters(self):
        self._invoice_customers(45)
        run = self._plan(day(10))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertLessEqual(self._count_queries(run.with_user(self.clerk).action_cancel), 20)
        self.assertEqual(run.state, 'cancelled')
        self.assertEqual(set(run.letter_ids.mapped('state')), {'cancelled'})
        self.assertEqual(set(run.letter_ids.line_ids.mapped('state')), {'dropped'})
        self.assertEqual(set(run.letter_ids.mapped('note')), {"Run cancelled"})

    def test_everybody_gets_a_letter_in_the_plans_counted(self):
        self._invoice_customers(45)
        run = self._plan(day(10))
        self.assertEqual(run.letter_count, 45)
        self.assertEqual(len(run.letter_ids.line_ids), 45)

    # Helpers ------------------------------------------------------------------------------------

    def _invoice_customers(self, count, items=1):
        """Post overdue invoices for new customers."""
        partners = self.env['res.partner'].create([
            {'name': f"Customer {number}", 'email': f"c{number}@example.com", 'lang': 'en_US'}
            for number in range(count)])
        self.env['account.move'].create([{
            'move_type': 'out_invoice', 'partner_id': partner.id, 'company_id': self.company.id,
            'invoice_date': day(-14), 'date': day(-14), 'invoice_date_due': day(0),
            'invoice_payment_term_id': False,
            'invoice_line_ids': [(0, 0, {'name': "Goods", 'price_unit': 100.0, 'tax_ids': []})],
        } for partner in partners for _number in range(items)]).action_post()

    def _count_queries_of_plan(self, count):
        """Return the queries of planning with so many more customers; the plan goes again."""
        self._invoice_customers(count)
        self._plan(day(10)).action_cancel()                 # what is loaded once per process
        return self._count_queries(self._plan, day(10))

    def _count_queries(self, work, *args, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work(*args, **kwargs)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
