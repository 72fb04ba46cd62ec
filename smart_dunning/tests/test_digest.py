from datetime import datetime, time

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import DunningCommon, day

KPIS = ('overdue', 'collected', 'held', 'dso')


@tagged('post_install', '-at_install')
class TestDigest(DunningCommon):
    """The digest tells the figures at the end of a period, and so their change is right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.level_ids.channel = 'email'
        cls.digest = cls.env['digest.digest'].create({
            'name': "Receivables", 'company_id': cls.company.id,
            **{f'kpi_dunning_{name}': True for name in KPIS}})

    def _read(self, name, start, end, user=None):
        digest = self.digest.with_user(user or self.clerk).with_company(self.company).with_context(
            start_datetime=datetime.combine(start, time()),
            end_datetime=datetime.combine(end, time()))
        digest.invalidate_recordset()
        return digest[f'kpi_dunning_{name}_value']

    def test_a_stock_is_that_of_the_end_of_the_period(self):
        for offset, amount in ((-20, 100.0), (-8, 50.0), (0, 25.0)):
            with freeze_time(day(offset)):
                self._invoice(day(offset - 1), amount)
                self.env['dunning.snapshot']._store(self.company)
        self.assertEqual(self._read('overdue', day(-7), day(0)), 175.0)
        self.assertEqual(self._read('overdue', day(-14), day(-7)), 150.0)
        self.assertEqual(self._read('overdue', day(-30), day(-15)), 100.0)
        self.assertGreater(self._read('dso', day(-7), day(0)), 0.0)

    def test_collected_counts_each_payment_once(self):
        one, two, never = (self._invoice(day(-60), amount) for amount in (100.0, 200.0, 400.0))
        for offset in (-40, -22):
            with freeze_time(day(offset)):
                self._run(day(offset))
        self._pay(one, on=day(-20))             # two letters within 14 days or more: once
        self._pay(two, on=day(-2))              # too late to be due to the letter
        with freeze_time(day(-1)):
            credit = self._credit_note(400.0, on=day(-15), date=day(-15))
            (self._terms(never) | self._terms(credit)).reconcile()
        self.assertEqual(self._read('collected', day(-30), day(0)), 100.0)
        self.assertEqual(self._read('collected', day(-21), day(-20)), 100.0)
        self.assertEqual(self._read('collected', day(-20), day(0)), 0.0)

    def test_for_accounting_of_the_company_alone(self):
        self._invoice(day(-20))
        with freeze_time(day(0)):
            self.env['dunning.snapshot']._store(self.company)
        seller = new_test_user(
            self.env, 'seller', groups='sales_team.group_sale_manager',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        elsewhere = self._create_company(name="Elsewhere")
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_user',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        for name in KPIS:
            with self.subTest(kpi=name), self.assertRaises(AccessError):
                self._read(name, day(-7), day(0), seller)
            digest = self.digest.with_user(stranger).with_company(elsewhere).with_context(
                start_datetime=datetime.combine(day(-7), time()),
                end_datetime=datetime.combine(day(0), time()))
            digest.invalidate_recordset()
            self.assertEqual(digest[f'kpi_dunning_{name}_value'], 0.0)

    def test_the_mail_can_be_made(self):
        with freeze_time(day(0)):
            self.env['dunning.snapshot']._store(self.company)
            kpis = self.digest._compute_kpis(self.company, self.manager)
        self.assertEqual(
            {f'kpi_dunning_{name}' for name in KPIS} - {kpi['kpi_name'] for kpi in kpis}, set())
