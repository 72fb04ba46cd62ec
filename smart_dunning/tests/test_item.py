from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestItem(DunningCommon):
    """What is open, and why an item is left out: one query says it to everybody."""

    def _read(self, *columns, **scope):
        """Return the open items of the customer as dicts of these columns, by due date."""
        rows = self.env['dunning.item']._fetch(
            self.company, columns, order='due, id', partner_ids=self.customer.ids,
            **{'date': day(0), **scope})
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def test_the_run_says_what_an_item_is_left_out_for(self):
        # (what happens to an overdue invoice, the reason that the run gives)
        for reason, change in {
            'no_followup': lambda move: self._terms(move).write({'no_followup': True}),
            'blocked': lambda move: move.action_toggle_block_payment(),
            'too_old': lambda move: self.company.write({'dunning_due_after': day(-29)}),
        }.items():
            with self.subTest(reason=reason), self.cr.savepoint() as savepoint:
                invoice = self._invoice(day(-30))
                change(invoice)
                self.assertEqual(
                    [row['excluded'] for row in self._read(
                        'excluded', due_after=self.company.dunning_due_after or None)], [reason])
                run = self._plan(day(0))
                self.assertFalse(run.letter_ids)
                self.assertEqual(run.omission_ids.mapped('reason'), [reason])
                self.assertEqual(run.omission_ids.item_count, 1)
                self.assertEqual(run.omission_ids.amount, 100.0)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_excluded_item_leaves_the_others(self):
        self._terms(self._invoice(day(-30), 500.0)).no_followup = True
        self._invoice(day(-20), 100.0)
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.amount_total, 100.0)
        self.assertEqual(run.omission_ids.mapped('amount'), [500.0])

    def test_columns_are_those_of_the_ledger(self):
        invoice = self._invoice(day(-30), 100.0)
        self._pay(invoice, 40.0)
        self._credit_note(30.0, on=day(-1))
        self.assertEqual(
            self._read('move', 'kind', 'original', 'residual', 'open', 'open_company', 'due'), [
                {'move': invoice.id, 'kind': 'invoice', 'original': 100.0, 'residual': 60.0,
                 'open': 60.0, 'open_company': 60.0, 'due': day(-30)},
                {'move': invoice.id + 2, 'kind': 'credit_note', 'original': -30.0,
                 'residual': -30.0, 'open': -30.0, 'open_company': -30.0, 'due': day(-1)}])

    def test_what_is_disputed_and_agreed(self):
        disputed, agreed = self._invoice(day(-30), 500.0), self._invoice(day(-20), 100.0)
        with freeze_time(day(0)):
            self.env['dunning.dispute'].create({
                'move_id': disputed.id, 'amount': 200.0, 'deadline': day(30),
                'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged').id})
            self.env['dunning.promise'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'amount': 100.0,
                'date': day(5), 'item_ids': [Command.set(self._terms(agreed).ids)]})
        self.assertEqual(
            [(row['disputed'], row['agreed']) for row in self._read('disputed', 'agreed')],
            [(200.0, False), (0.0, True)])
        # After the last day nothing is held back any more.
        self.assertEqual(
            [(row['disputed'], row['agreed'])
             for row in self._read('disputed', 'agreed', date=day(300))],
            [(0.0, False), (0.0, False)])
