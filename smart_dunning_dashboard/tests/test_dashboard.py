import json
import re

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools.translate import CodeTranslations


@tagged('post_install', '-at_install')
class TestReceivablesDashboard(TransactionCase):
    """Every figure of the dashboard can be read by whoever may open it, and by nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref('smart_dunning_dashboard.dashboard_receivables')
        cls.data = json.loads(cls.dashboard.with_context(bin_size=False).spreadsheet_data)
        cls.clerk = new_test_user(cls.env, 'clerk', groups='smart_dunning.group_dunning_user')
        cls.seller = new_test_user(cls.env, 'seller', groups='sales_team.group_sale_manager')

    def _read(self, user, model, domain, groupby, aggregates):
        return self.env[model].with_user(user)._read_group(domain, groupby, aggregates)

    def test_pivots_and_charts_read_what_there_is(self):
        for pivot in self.data['pivots'].values():
            with self.subTest(pivot=pivot['name']):
                self._read(self.clerk, pivot['model'], pivot['domain'], [],
                           [measure['id'] for measure in pivot['measures']])
        figures = self.data['sheets'][0]['figures']
        self.assertEqual(len(figures), 4)
        for figure in figures:
            data = figure['data']['metaData']
            field = self.env[data['resModel']]._fields[data['measure']]
            with self.subTest(chart=data['resModel']):
                self.assertTrue(field.aggregator)
                self._read(self.clerk, data['resModel'], figure['data']['searchParams']['domain'],
                           data['groupBy'], [f"{data['measure']}:{field.aggregator}"])

    def test_formulas_name_pivots_and_measures_that_exist(self):
        names = re.findall(r'PIVOT\.VALUE\((\d+),"([^"]+)"\)', json.dumps(
            self.data['sheets'][0]['cells']).replace('\\"', '"'))
        self.assertEqual(len(names), 6)
        for number, measure in names:
            self.assertIn(measure, {
                one['id'] for one in self.data['pivots'][number]['measures']})

    def test_only_accounting_sees_it(self):
        dashboards = self.env['spreadsheet.dashboard']
        self.assertIn(self.dashboard, dashboards.with_user(self.clerk).search([]))
        self.assertNotIn(self.dashboard, dashboards.with_user(self.seller).search([]))
        for pivot in self.data['pivots'].values():
            if pivot['model'] != 'dunning.held.delivery':   # sales sees what waits
                with self.subTest(pivot=pivot['name']), self.assertRaises(AccessError):
                    self._read(self.seller, pivot['model'], [], [], ['__count'])

    def test_figures_are_of_the_users_companies(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_user',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        self.env['dunning.debtor'].sudo().create({
            'partner_id': self.env['res.partner'].create({'name': "Anna Adler"}).id,
            'company_id': self.env.company.id, 'open_amount': 100.0})
        [[found]] = self._read(stranger, 'dunning.debtor', [], [], ['open_amount:sum'])
        self.assertFalse(found)

    def test_texts_are_german(self):
        texts = re.findall(r'_t\(\\?"([^"\\]+)\\?"\)', json.dumps(self.data['sheets'][0]['cells']))
        self.assertEqual(len(texts), 10)
        german = CodeTranslations().get_web_translations('smart_dunning_dashboard', 'de')
        known = {message['id'] for message in german['messages']}
        self.assertEqual(set(texts) - known, set())
