import random
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import day
from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
@freeze_time('2026-03-02 09:00:00')
class TestReportsSlow(HoldCommon):
    """Random histories: the report equals a count from ledger and records, one by one."""

    def _tell(self, seed, step, times=8):
        """Let something happen to both customers, in an order that the seed gives."""
        dice = random.Random(seed)
        for partner in (self.customer, self.other):
            for _ in range(times):
                step(dice, partner)
        self.env.flush_all()

    def _pay_some(self, dice, invoice):
        for _ in range(dice.randrange(3)):
            rest = invoice.amount_residual
            if rest:
                self._pay(invoice, dice.choice((rest, round(rest / 3, 2))), on=max(
                    invoice.date, day(-dice.randrange(0, 30))))

    def _read(self, model, aggregates, groupby=()):
        return self.env[model]._read_group(
            [('company_id', '=', self.company.id)], groupby, aggregates)

    # Promises -----------------------------------------------------------------------------------

    def _promise(self, dice, partner):
        made = dice.randrange(10, 30)
        with freeze_time(day(-made)):
            invoice = self._invoice(day(-40), float(dice.randrange(50, 500)), partner)
            if dice.random() < 0.3:
                self._pay(invoice, 20.0, on=day(-made))
            promise = self.env['dunning.promise'].create({
                'partner_id': partner.id, 'company_id': self.company.id,
                'date': day(dice.randrange(-made, 4)),
                'item_ids': [Command.set(self._terms(invoice).ids)]})
            promise.sudo().grace_days = dice.randrange(3)
        self._pay_some(dice, invoice)

    def _judge_slowly(self, promise):
        """Return what was paid since the promise until its last day, and what that makes it."""
        last = promise.date + timedelta(promise.grace_days)
        paid = round(sum(
            part.amount for part in promise.item_ids.matched_credit_ids
            if part.max_date <= last) - promise.paid_before, 2)
        rest = round(promise.amount - paid, 2)
        if rest <= (self.policy.tolerance if paid > 0 else 0):
            return paid, 'kept'
        if fields.Date.to_date(day(0)) <= last:
            return paid, 'open'
        return paid, 'partly' if paid > 0 else 'broken'

    def test_promises_kept(self):
        states = set()
        for seed in range(3):
            savepoint = self.env.cr.savepoint()
            self._tell(seed, self._promise)
            self.env['dunning.agreement']._update_all(self.company)
            promises = self.env['dunning.promise'].search([('company_id', '=', self.company.id)])
            judged = {one: self._judge_slowly(one) for one in promises}
            with self.subTest(seed=seed):
                self.assertEqual(
                    {one: one.state for one in promises},
                    {one: state for one, (_paid, state) in judged.items()})
                over = {one: found for one, found in judged.items() if found[1] != 'open'}
                kept = sum(state == 'kept' for _paid, state in over.values())
                paid = sum(min(one.amount, found[0]) for one, found in over.items())
                [[count, number, share, amount]] = self._read('dunning.promise.report', [
                    'judged:sum', 'kept:sum', 'share_kept:avg', 'share_kept_amount:avg'])
                self.assertEqual((count, number), (len(over), kept))
                self.assertAlmostEqual(share, 100 * kept / len(over))
                self.assertAlmostEqual(
                    amount, 100 * paid / sum(one.amount for one in over), 4)
            states |= {state for _paid, state in judged.values()}
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        self.assertEqual(states, {'kept', 'partly', 'broken', 'open'})

    # Disputes -----------------------------------------------------------------------------------

    def _object(self, dice, partner):
        invoice = self._invoice(day(-40), float(dice.randrange(50, 500)), partner)
        reasons = self.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=3)
        opened = dice.randrange(1, 30)
        with freeze_time(day(-opened)):
            dispute = self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'reason_id': dice.choice(reasons).id, 'deadline': day(10),
                'amount': round(invoice.amount_total * dice.choice((0.3, 1.0)), 2)})
        action = dice.choice((None, 'action_reject', 'action_withdraw', 'action_mark_mistaken'))
        if action:
            with freeze_time(day(-dice.randrange(0, opened + 1))):
                getattr(dispute, action)()

    def test_disputes(self):
        for seed in range(2):
            savepoint = self.env.cr.savepoint()
            self._tell(seed, self._object)
            expected = {}
            for one in self.env['dunning.dispute'].search([
                    ('company_id', '=', self.company.id), ('state', '!=', 'mistaken')]):
                end = one.date_closed or fields.Date.to_date(day(0))
                row = expected.setdefault(one.reason_id, [0, 0.0, [], 0])
                row[0] += 1
                row[1] += one.amount
                row[2].append((end - one.date_opened).days)
                row[3] += one.state != 'open'
            found = {reason: rest for reason, *rest in self._read(
                'dunning.dispute.report', ['__count', 'amount:sum', 'days:avg', 'decided:sum'],
                ['reason_id'])}
            with self.subTest(seed=seed):
                self.assertEqual(set(found), set(expected))
                for reason, (count, amount, days, decided) in expected.items():
                    self.assertEqual((found[reason][0], found[reason][3]), (count, decided))
                    self.assertAlmostEqual(float(found[reason][1]), amount, 2)
                    self.assertAlmostEqual(float(found[reason][2]), sum(days) / len(days))
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    # Limits -------------------------------------------------------------------------------------

    def _trade(self, dice, partner):
        what = dice.randrange(4)
        if what == 0:
            self._order(dice.randrange(1, 4), partner, confirm=True)
        elif what == 1:
            self._credit_note(float(dice.randrange(10, 90)), day(-5), partner)
        else:
            self._pay_some(dice, self._invoice(
                day(dice.randrange(-30, 10)), float(dice.randrange(50, 500)), partner))

    def test_use_of_limits(self):
        lines, orders = self.env['account.move.line'], self.env['sale.order']
        for seed in range(2):
            savepoint, limits = self.env.cr.savepoint(), {self.customer: 900.0, self.other: 2500.0}
            self._tell(seed, self._trade)
            used = {}
            for partner, limit in limits.items():
                partner.with_company(self.company).credit_limit = limit
                used[partner] = sum(lines.search([
                    ('partner_id', '=', partner.id), ('company_id', '=', self.company.id),
                    ('account_id.account_type', '=', 'asset_receivable'),
                    ('parent_state', '=', 'posted')]).mapped('amount_residual')) + sum(
                        orders.search([
                            ('partner_id', '=', partner.id), ('state', '=', 'sale')
                        ]).mapped('amount_total'))
            self.env['dunning.debtor']._refresh(company=self.company)
            with self.subTest(seed=seed):
                for partner, exposure, left in self._read(
                        'dunning.limit.report', ['exposure:sum', 'amount_left:sum'],
                        ['partner_id']):
                    self.assertAlmostEqual(float(exposure), used[partner], 2)
                    self.assertAlmostEqual(float(left), limits[partner] - used[partner], 2)
                [[share]] = self._read('dunning.limit.report', ['limit_use:avg'])
                self.assertAlmostEqual(
                    share, 100 * sum(used.values()) / sum(limits.values()), 4)
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    # Held deliveries ----------------------------------------------------------------------------

    def test_value_and_age_of_held_deliveries(self):
        self._rule(days=30, order='none')
        orders = [self._order(quantity, partner, confirm=True) for quantity, partner in (
            (1, self.customer), (3, self.customer), (2, self.other))]
        self._overdue(300.0)
        self._overdue(300.0, partner=self.other)
        self._refresh_debtors()
        worth = age = 0.0
        for order, days in zip(orders, (1, 9, 30), strict=True):
            order.sudo().picking_ids.dunning_held_since = fields.Datetime.now() - timedelta(days)
            worth += order.amount_total
            age += order.amount_total * days
        self.env.flush_all()
        [[amount, days]] = self._read('dunning.held.delivery', ['amount:sum', 'days:avg'])
        self.assertAlmostEqual(float(amount), worth, 2)
        self.assertAlmostEqual(days, age / worth)
