import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHeldReport(HoldCommon):
    """Money released by holds: one definition, also counted slowly."""

    def _rows(self):
        self.env.flush_all()
        self.env['dunning.held.report'].invalidate_model()
        return self.env['dunning.held.report'].search(
            [('company_id', '=', self.company.id)], order='date_paid, id')

    def _hold(self, on, partner):
        """Let a delivery have been held on a day."""
        return self.env['dunning.event'].sudo().create({
            'kind': 'delivery_held', 'date': on, 'date_due': on, 'company_id': self.company.id,
            'partner_id': partner.id, 'res_model': 'stock.picking',
            'res_id': 1, 'occasion': str(self.env['dunning.event'].sudo().search_count([])),
            'currency_id': self.company.currency_id.id, 'facts': {'name': "OUT"}})

    def test_a_delivery_is_held_the_customer_pays_the_delivery_leaves(self):
        self._rule(days=10)
        order = self._order(confirm=True)
        invoice = self._overdue(300.0)
        self._refresh_debtors()
        picking = order.picking_ids
        self.assertTrue(picking.dunning_held_since)
        event = self.env['dunning.event'].search([('kind', '=', 'delivery_held')])
        self.assertRecordValues(event, [{
            'res_model': 'stock.picking', 'res_id': picking.id, 'partner_id': self.customer.id,
            'date_due': self.today}])
        self.assertIn(picking.name, event.text)
        self.assertFalse(self._rows())
        self._pay(invoice, 200.0, on=self.today)
        self._pay(invoice, 100.0, on=self.today + timedelta(1))
        self._refresh_debtors()
        self.assertFalse(picking.dunning_held_since)
        self.assertTrue(event.date_over)
        self.assertRecordValues(self._rows(), [
            {'amount': 200.0, 'days': 0.0, 'picking_id': picking.id, 'move_id': invoice.id},
            {'amount': 100.0, 'days': 1.0, 'picking_id': picking.id, 'move_id': invoice.id}])
        self.assertEqual(
            self.env['dunning.dashboard'].get_figures(self.company.id)['released']['amount'],
            200.0 + 100.0)
        self.assertEqual(self._rows()[0].with_user(self.clerk).action_open()['res_id'], invoice.id)
        with self.assertRaises(AccessError):
            self._rows().with_user(self.seller).read(['amount'])
        self.assertEqual(self.env['dunning.held.report']._read_group(
            [('company_id', '=', self.company.id)], [], ['days:avg'])[0][0], 100 / 300)

    def test_equals_a_slow_count_on_any_ledger(self):
        counts = []
        for seed in range(3):
            dice, savepoint = random.Random(seed), self.env.cr.savepoint()
            for partner in (self.customer, self.other):
                for _ in range(3):
                    self._hold(self.today - timedelta(dice.randrange(60)), partner)
                for _ in range(6):
                    invoice = self._invoice(
                        self.today - timedelta(dice.randrange(-5, 70)),
                        float(dice.randrange(50, 500)), partner)
                    for _ in range(3):
                        self._settle(dice, invoice)
            with self.subTest(seed=seed):
                found = {(row.move_id.id, row.date_paid, row.date_held, round(row.amount, 2))
                         for row in self._rows()}
                self.assertEqual(found, self._count_slowly())
            counts.append(len(found))
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        self.assertGreater(sum(counts), 5)

    def _settle(self, dice, invoice):
        """Pay a part of an invoice, or give a credit note on it."""
        on = max(invoice.date, self.today - timedelta(dice.randrange(60)))
        amount = min(invoice.amount_residual, float(dice.randrange(10, 200)))
        if not amount:
            return
        if dice.random() < 0.7:
            self._pay(invoice, amount, on=on)
            return
        note = self._credit_note(amount, on=on, partner=invoice.partner_id)
        (self._terms(note) | self._terms(invoice)).reconcile()

    def _count_slowly(self):
        """Return the rows of the report, read from invoices, payments and events one by one."""
        events = self.env['dunning.event'].search([('kind', '=', 'delivery_held')], order='id')
        found = set()
        for part in self.env['account.partial.reconcile'].search(
                [('company_id', '=', self.company.id)]):
            item = part.debit_move_id
            if part.credit_move_id.move_id.move_type == 'out_refund':
                continue
            days = [event.date_due for event in events
                    if event.partner_id == item.partner_id and item.date_maturity < event.date_due
                    and item.date <= event.date_due <= part.max_date
                    and part.max_date <= fields.Date.add(event.date_due, days=14)]
            if days:
                found.add((item.move_id.id, part.max_date, min(days), round(part.amount, 2)))
        return found
