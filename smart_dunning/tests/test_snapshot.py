import random
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from ..models.insight import dunning_snapshot
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

    def _night(self, broken=None, step=('dunning.snapshot', '_store')):
        """Run the cron; in `broken` a step raises. Returns the companies of the step, in order."""
        order, model = [], type(self.env[step[0]])
        work = getattr(model, step[1])

        def watch(records, company, *args):
            order.append(company.with_env(self.env))
            if company == broken:
                raise ValueError("a defect")
            return work(records, company, *args)
        with (freeze_time(f"{TODAY} 03:00:00"), patch.object(model, step[1], watch),
              mute_logger('odoo.addons.base.models.ir_cron', dunning_snapshot.__name__)):
            self._run_cron('smart_dunning.ir_cron_dunning_snapshot')
        return [company for company in order if company in self.company | self.second]

    def _set_up_companies(self):
        self.second = self.env['res.company'].create({'name': "Second"})

    def _get_snapshots(self, company):
        return self.env['dunning.snapshot'].search([
            ('company_id', '=', company.id), ('date', '=', TODAY)])

    def test_a_defect_of_one_company_does_not_stop_the_night(self):
        self._set_up_companies()
        check = self.env['dunning.credit.check'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'source': 'insurer',
            'amount_limit': 250.0, 'date': day(-10), 'valid_until': day(10)})
        self._night(broken=self.company)
        self.assertFalse(self._get_snapshots(self.company))
        self.assertTrue(check.is_reminded)                          # the other steps went on
        self.assertTrue(self._get_snapshots(self.second).is_complete)
        self.assertEqual(set(self._night()), {self.company})        # only what is left
        self.assertTrue(self._get_snapshots(self.company).is_complete)

    def test_a_step_that_raises_takes_back_nothing_else(self):
        self._set_up_companies()
        order = self._night(self.company, ('dunning.debtor', '_apply_worse_proposals'))
        self.assertEqual(set(order), {self.company, self.second})
        self.assertEqual(self._get_snapshots(self.company).mapped('is_complete'), [False])
        self.assertTrue(self._get_snapshots(self.second).is_complete)

    def test_out_of_time_the_night_goes_on_with_the_oldest(self):
        self._set_up_companies()
        with freeze_time(day(-1)):
            self.env['dunning.snapshot']._store(self.company)
        cron = type(self.env['ir.cron'])
        commit = cron._commit_progress
        with patch.object(cron, '_commit_progress', lambda *args, **kw: commit(*args, **kw) * 0):
            self.assertEqual(self._night(), [self.second, self.company])    # each once
        self.assertEqual(len(self._night()), 2)                     # by hand: all again

    @users('manager')
    def test_nobody_writes_figures(self):
        with freeze_time(TODAY):
            snapshot = self.env['dunning.snapshot'].sudo()._store(self.company)
        with self.assertRaises(AccessError):
            snapshot.with_user(self.env.user).write({'dso': 1.0})
        with self.assertRaises(AccessError):
            self.env['dunning.snapshot'].create(
                {'company_id': self.company.id, 'date': day(1)})
