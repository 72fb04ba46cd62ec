import random
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged, users

from .common import DunningCommon, day

TODAY = day(0)


@tagged('post_install', '-at_install')
class TestSnapshot(DunningCommon):
    """The figures of a day equal what one would add up by hand, for any day of the past."""

    def _read(self, on):
        ledger = self.env['dunning.ledger.days']._read(self.company, TODAY)
        return self.env['dunning.snapshot']._prepare_values(self.company, on, ledger)

    def test_a_debt_wanders_through_the_ages(self):
        self._invoice(day(-100), 500.0)
        for on, name in (
            (day(-101), 'amount_not_due'), (day(-100), 'amount_not_due'), (day(-99), 'amount_30'),
            (day(-70), 'amount_30'), (day(-69), 'amount_60'), (day(-40), 'amount_60'),
            (day(-39), 'amount_90'), (day(-10), 'amount_90'), (day(-9), 'amount_older'),
        ):
            with self.subTest(on=on):
                figures = self._read(on)
                self.assertEqual(figures['open_amount'], 500.0)
                self.assertEqual(
                    {key: figures[key] for key in (
                        'amount_not_due', 'amount_30', 'amount_60', 'amount_90', 'amount_older')
                     if figures[key]}, {name: 500.0})

    def test_a_payment_counts_from_its_own_day(self):
        self._pay(self._invoice(day(-60), 100.0), 40.0, on=day(-20))
        self.assertEqual(self._read(day(-21))['overdue_amount'], 100.0)
        self.assertEqual(self._read(day(-20))['overdue_amount'], 60.0)

    def test_figures_of_published_examples(self):
        self._invoice(day(40), 4000.0, invoice_date=day(-10), date=day(-10))
        self._invoice(day(-1), 11000.0, invoice_date=day(-100), date=day(-100))
        self._pay(self._invoice(day(-5), 6000.0, invoice_date=day(-30), date=day(-30)),
                  on=day(-3))
        figures = self._read(TODAY)
        self.assertEqual(figures['open_amount'], 15000.0)
        self.assertEqual(figures['sales_amount'], 10000.0)
        self.assertEqual(figures['simple_dso'], 135.0)
        self.assertEqual(figures['best_dso'], 36.0)
        self.assertEqual(figures['average_days_delinquent'], 99.0)

    def test_any_ledger_equals_a_count_by_hand(self):
        dice = random.Random(7)
        facts = []
        for number in range(30):
            due, amount = day(-dice.randrange(-13, 200)), float(dice.randrange(10, 900))
            invoice = self._invoice(due, amount, self.other if number % 3 else self.customer)
            paid = []
            if dice.random() < 0.6:
                on = min(TODAY, max(invoice.date, due + timedelta(dice.randrange(-9, 70))))
                part = amount if dice.random() < 0.6 else round(amount / 2, 2)
                self._pay(invoice, part, on=on)
                paid.append((on, part))
            facts.append((invoice.date, due, amount, paid))
        for on in (day(-150), day(-90), day(-45), day(-7), TODAY):
            with self.subTest(on=on):
                figures = self._read(on)
                rests = [
                    (due, amount - sum(part for paid_on, part in paid if paid_on <= on))
                    for date, due, amount, paid in facts if date <= on]
                self.assertAlmostEqual(figures['open_amount'], sum(rest for _due, rest in rests))
                self.assertAlmostEqual(
                    figures['overdue_amount'], sum(rest for due, rest in rests if due < on))
                self.assertAlmostEqual(
                    figures['amount_60'],
                    sum(rest for due, rest in rests if 31 <= (on - due).days <= 60))
                self.assertAlmostEqual(
                    figures['amount_older'],
                    sum(rest for due, rest in rests if (on - due).days > 90))

    def test_the_first_snapshot_brings_the_past_along(self):
        self._invoice(day(-60), 100.0)
        with freeze_time(TODAY):
            self.env['dunning.snapshot']._store(self.company)
            self.env['dunning.snapshot']._store(self.company)      # twice a day: one row
        found = self.env['dunning.snapshot'].search([('company_id', '=', self.company.id)])
        self.assertEqual(len(found), 37)
        self.assertEqual(found[0].date, TODAY)
        self.assertEqual(found[0].overdue_amount, 100.0)
        self.assertEqual(len(found[0].week_ids), 13)
        self.assertEqual(found[-1].open_amount, 0.0)

    @users('manager')
    def test_nobody_writes_figures(self):
        with freeze_time(TODAY):
            snapshot = self.env['dunning.snapshot'].sudo()._store(self.company)
        with self.assertRaises(AccessError):
            snapshot.with_user(self.env.user).write({'dso': 1.0})
        with self.assertRaises(AccessError):
            self.env['dunning.snapshot'].create(
                {'company_id': self.company.id, 'date': day(1)})
