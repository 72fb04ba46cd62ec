from datetime import timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged('post_install', '-at_install')
class TestFigures(TransactionCase):
    """Companies with different currencies: sums, orders and averages over all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        currencies = cls.env['res.currency'].with_context(active_test=False)
        cls.euro, cls.yen = (currencies.search([('name', '=', name)]) for name in ('EUR', 'JPY'))
        (cls.euro | cls.yen).active = True
        cls.firms = cls.env['res.company'].create([
            {'name': "Euros", 'currency_id': cls.euro.id},
            {'name': "Yen", 'currency_id': cls.yen.id}])
        # Neither has the rate 1: what core divides by would be a third currency.
        cls.env['res.currency.rate'].create([
            {'currency_id': currency.id, 'company_id': firm.id, 'rate': rate,
             'name': '2020-01-01'}
            for firm in cls.firms for currency, rate in ((cls.euro, 2.0), (cls.yen, 320.0))])
        cls.user = new_test_user(
            cls.env, 'figures', groups='smart_dunning.group_dunning_user',
            company_id=cls.firms[0].id, company_ids=[Command.set(cls.firms.ids)])
        partners = cls.env['res.partner'].create([{'name': "Rich"}, {'name': "Poor"}])
        cls.env['dunning.debtor'].sudo().create([{
            'partner_id': partner.id, 'company_id': firm.id, 'open_amount': amount,
            'money_at_risk': amount, 'item_count': 1}
            for partner, firm, amount in zip(partners, cls.firms, (100.0, 8000.0), strict=True)])
        today = cls.firms[0]._get_dunning_today()
        cls.env['dunning.snapshot'].sudo().create([{
            'company_id': firm.id, 'date': today - timedelta(days=days), 'dso': dso,
            'best_dso': dso / 2, 'sales_amount': sales, 'open_amount': dso * sales / 90}
            for firm, days, dso, sales in (
                (cls.firms[0], 0, 30.0, 300.0), (cls.firms[1], 0, 90.0, 16000.0),
                (cls.firms[0], 400, 200.0, 0.0))])

    def _read(self, model, domain, groupby, aggregates, firm=None):
        firm = firm or self.firms[0]
        firms = firm | self.firms
        return self.env[model].with_user(self.user).with_context(
            allowed_company_ids=[firm.id, *(firms - firm).ids])._read_group(
                domain, groupby, aggregates)

    def test_sums_are_in_the_currency_of_the_current_company(self):
        for firm, total in zip(self.firms, (150.0, 24000.0), strict=True):
            [[amount]] = self._read(
                'dunning.debtor', [], [], ['open_amount:sum_currency'], firm)
            self.assertAlmostEqual(float(amount), total)
        rows = self._read('dunning.debtor', [], ['company_id'], ['open_amount:sum_currency'])
        self.assertEqual(
            [round(float(amount), 2) for _company, amount in rows], [100.0, 50.0])

    def test_most_money_at_risk_is_compared_in_one_currency(self):
        for order, expected in (
                ('money_at_risk desc', ["Rich", "Poor"]), ('money_at_risk', ["Poor", "Rich"])):
            debtors = self.env['dunning.debtor'].with_user(self.user).with_context(
                allowed_company_ids=self.firms.ids)
            self.assertEqual(
                debtors.search([], order=order).partner_id.mapped('name'), expected)
            self.assertEqual([
                debtor.partner_id.name for debtor in debtors.with_context(
                    allowed_company_ids=self.firms[1].ids).search([], order=order)], ["Poor"])

    def test_days_are_weighted_by_sales(self):
        """A company with a quarter of all sales counts for a quarter."""
        [[dso, best]] = self._read(
            'dunning.snapshot', [('is_latest', '=', True)], [], ['dso:avg', 'best_dso:avg'])
        self.assertAlmostEqual(dso, (300 * 30 + 100 * 90) / 400)
        self.assertAlmostEqual(best, dso / 2)
        # Without any sales there is nothing to weigh by.
        [[dso]] = self._read('dunning.snapshot', [('sales_amount', '=', 0)], [], ['dso:avg'])
        self.assertAlmostEqual(dso, 200.0)
