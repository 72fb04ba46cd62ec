import json
import re
from datetime import timedelta
from pathlib import Path

import polib

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
                self._read(self.clerk, pivot['model'], pivot['domain'], [
                    f"{row['fieldName']}:{row['granularity']}" for row in pivot['rows']],
                    [measure['id'] for measure in pivot['measures']])
        [rows] = self.data['lists'].values()
        self.env[rows['model']].with_user(self.clerk).search_read(
            rows['domain'], rows['columns'], limit=10, order=', '.join(
                f"{one['name']} {'asc' if one['asc'] else 'desc'}" for one in rows['orderBy']))
        figures = self.data['sheets'][0]['figures']
        self.assertEqual(len(figures), 4)
        for figure in figures:
            if not figure['data']['type'].startswith('odoo_'):
                continue
            data = figure['data']['metaData']
            field = self.env[data['resModel']]._fields[data['measure']]
            with self.subTest(chart=data['resModel']):
                self.assertTrue(field.aggregator)
                self._read(self.clerk, data['resModel'], figure['data']['searchParams']['domain'],
                           data['groupBy'], [f"{data['measure']}:{field.aggregator}"])

    def test_formulas_name_pivots_and_measures_that_exist(self):
        cells = ' '.join(
            formula for sheet in self.data['sheets'] for formula in sheet['cells'].values())
        names = re.findall(r'PIVOT\.VALUE\((\d+),"([^"]+)"\)', cells)
        self.assertEqual(len(names), 13)
        for number, measure in names:
            self.assertIn(measure, {
                one['id'] for one in self.data['pivots'][number]['measures']})
        for number in re.findall(r'PIVOT\((\d+),', cells):
            self.assertTrue(self.data['pivots'][number]['rows'])
        columns = set(re.findall(r'ODOO\.LIST\(1,\d+,"(\w+)"\)', cells))
        self.assertEqual(columns, set(self.data['lists']['1']['columns']))
        for sheet in self.data['sheets']:
            for figure in sheet['figures']:
                for part in figure['data']['dataSets']:
                    name, _mark, cell = part.get('dataRange', "Data!A1").partition('!')
                    self.assertIn(name, [one['name'] for one in self.data['sheets']])
                    self.assertTrue(cell)

    def test_figures_are_those_of_the_screen_of_receivables(self):
        """What both show is one figure, of a company that has all of them."""
        company = self.env['res.company'].create({'name': "Receivables Ltd."})
        self.clerk.write({'company_ids': [Command.link(company.id)]})
        today = company._get_dunning_today()
        partner = self.env['res.partner'].create({'name': "Anna Adler"})
        self.env['dunning.debtor'].sudo().create([{
            'partner_id': partner.id, 'company_id': company.id, 'open_amount': 500.0,
            'amount_not_due': 200.0, 'amount_30': 300.0, 'overdue_amount': 300.0,
            'money_at_risk': 120.0, 'item_count': 2}])
        snapshots = self.env['dunning.snapshot'].sudo()
        for days, dso in ((40, 50.0), (1, 30.0), (0, 40.0)):
            day = today - timedelta(days)
            snapshots.create({
                'company_id': company.id, 'date': day, 'dso': dso, 'sales_amount': 900.0,
                'week_ids': [Command.create({
                    'company_id': company.id, 'date': day, 'week': day + timedelta(7 * ahead),
                    'ahead': ahead, 'amount': 10.0 + ahead + days, 'high': 99.0})
                    for ahead in range(13)]})
        user = self.clerk.with_company(company)
        figures = self.env['dunning.dashboard'].with_user(user).with_context(
            allowed_company_ids=company.ids).get_figures(company.id)

        def read(number, measure):
            pivot = self.data['pivots'][number]
            [[value]] = self.env[pivot['model']].with_user(user).with_context(
                allowed_company_ids=company.ids)._read_group(pivot['domain'], [], [measure])
            return value
        self.assertEqual(
            read('1', 'open_amount:sum_currency'),
            sum(part['amount'] for part in figures['ageing']))
        self.assertEqual(read('6', 'dso:avg'), figures['now']['dso'])
        self.assertEqual(read('7', 'amount:sum_currency'), sum(
            week['amount'] for week in figures['weeks'][:4]))
        self.assertEqual(read('2', 'amount:sum_currency') or 0.0, figures['held']['amount'])
        self.assertEqual(read('5', 'amount:sum_currency') or 0.0, figures['released']['amount'])
        self.assertEqual(
            [one['date'] for one in figures['trend']],
            [day.isoformat() for [day] in self.env['dunning.snapshot'].with_user(
                user).with_context(allowed_company_ids=company.ids)._read_group(
                    self.data['pivots']['9']['domain'], ['date:day'], [])])

    def test_nothing_is_added_up_across_currencies(self):
        """Amounts are sums in one currency, and cells have no format that would hide which."""
        for pivot in self.data['pivots'].values():
            for measure in pivot['measures']:
                field = self.env[pivot['model']]._fields[measure['fieldName']]
                with self.subTest(model=pivot['model'], measure=measure['id']):
                    self.assertEqual(
                        field.type == 'monetary', measure['aggregator'] == 'sum_currency')
                    self.assertFalse(field.type == 'monetary' and not isinstance(
                        self.env[pivot['model']], type(self.env['dunning.figures'])))
        sheet = self.data['sheets'][0]
        days = {cell for cell, formula in sheet['cells'].items() if re.search(
            r'dso:avg|days_late:avg|share_14:avg', formula)}
        self.assertEqual(set(sheet['formats']), days)
        self.assertIn("the rate of today", sheet['cells']['A5'])

    def test_words_are_those_of_the_screen_of_receivables(self):
        """What both show has one name in each language."""
        folder = Path(__file__).parents[1] / 'i18n'
        for path in folder.glob('*.po'):
            theirs = {entry.msgid: entry.msgstr for entry in polib.pofile(
                str(folder.parents[1] / 'smart_dunning' / 'i18n' / path.name))}
            for entry in polib.pofile(str(path)):
                with self.subTest(language=path.stem, text=entry.msgid):
                    self.assertIn(theirs.get(entry.msgid, ""), ("", entry.msgstr))

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
        texts = re.findall(r'_t\(\\?"([^"\\]+)\\?"\)', json.dumps(
            [sheet['cells'] for sheet in self.data['sheets']]))
        self.assertEqual(len(texts), 20)
        german = CodeTranslations().get_web_translations('smart_dunning_dashboard', 'de')
        known = {message['id'] for message in german['messages']}
        self.assertEqual(set(texts) - known, set())
