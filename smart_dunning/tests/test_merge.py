from freezegun import freeze_time

from odoo.fields import Command

from .claim_charge_common import ChargeCommon
from .common import day
from .hold_common import HoldCommon


class TestMerge(HoldCommon, ChargeCommon):
    """Two customers who were dunned become one, by core's own wizard."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(day(0)))

    def _merge(self, sources, target):
        self.env['base.partner.merge.automatic.wizard'].create({})._merge(
            (sources | target).ids, target, extra_checks=False)
        self.env.invalidate_all()

    def _debtors(self, partner):
        return self.env['dunning.debtor'].with_context(active_test=False).search(
            [('partner_id', '=', partner.id)])

    def test_everything_moves_along(self):
        source, target = self.customer, self.other
        moves = self._invoice(day(-20)) | self._invoice(day(-20), 50.0, target)
        run = self._run(day(0))
        letters = run.letter_ids
        self.assertEqual(letters.partner_id, source | target)
        documents = letters.document_id
        pause = self.env['dunning.pause'].create({
            'partner_id': source.id, 'company_id': self.company.id, 'move_id': moves[0].id,
            'reason': "Talks", 'date_until': day(10)})
        hold = self.env['dunning.hold'].create(
            {'partner_id': source.id, 'reason': "Wait", 'company_id': self.company.id})
        charge = self._charge('fee', 5.0)
        self.env['dunning.hold.check']._lock_customers(
            {(self.company.id, partner.id) for partner in source | target})
        self.env['dunning.debtor']._refresh(company=self.company)
        self._debtors(source).message_post(body="Called Anna")
        self._debtors(source).user_id = self.clerk
        self._merge(source, target)
        self.assertFalse(source.exists())
        self.assertEqual(len(letters.exists()), 2)
        for records in (letters, pause, hold, charge):
            self.assertEqual(records.partner_id, target, records)
        self.assertEqual(letters.document_id, documents)
        debtor = self._debtors(target)
        self.assertEqual(len(debtor), 1)
        self.assertEqual(debtor.user_id, self.clerk)
        self.assertTrue(any("Called Anna" in body for body in debtor.message_ids.mapped('body')))
        self.env.cr.precommit.run()
        self._run_cron('smart_dunning.ir_cron_dunning_debtor')
        self.assertEqual(self._debtors(target).open_amount, 150.0)
        self.env['dunning.hold.check']._lock_customers({(self.company.id, target.id)})

    def test_one_after_the_other_into_the_same(self):
        third = self._make_customer("Carl Clemens")
        for partner in (self.customer, self.other, third):
            self._invoice(day(-20), partner=partner)
        run = self._run(day(0))
        self._merge(self.customer, self.other)
        self._merge(self.other, third)
        self.assertEqual(len(run.letter_ids), 3)
        self.assertEqual(run.letter_ids.partner_id, third)
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertEqual(self._debtors(third).open_amount, 300.0)

    def test_lump_sums_of_one_entry(self):
        """An opening entry names many customers, and each owes a lump sum of its own."""
        entry = self.env['account.move'].create({
            'company_id': self.company.id, 'line_ids': [
                Command.create({'name': "Opening", 'debit': 100.0, 'partner_id': partner.id,
                                'account_id': partner.property_account_receivable_id.id})
                for partner in (self.customer, self.other)] + [
                Command.create({'name': "Opening", 'credit': 200.0,
                                'account_id': self.company_data['default_account_revenue'].id})]})
        entry.action_post()
        charges = self._charge('lump_sum', 40.0, move_id=entry.id) | self._charge(
            'lump_sum', 40.0, move_id=entry.id, partner_id=self.other.id)
        self._merge(self.customer, self.other)
        self.assertEqual(charges.mapped('amount_open'), [40.0, 40.0])

    def test_open_letters_of_both_are_sent(self):
        for partner in (self.customer, self.other):
            self._invoice(day(-20), partner=partner)
        run = self._plan(day(0))
        self._merge(self.customer, self.other)
        self._send(run)
        self.assertEqual(run.letter_ids.mapped('state'), ['sent', 'sent'])
        self.assertEqual(run.letter_ids.mapped('amount_total'), [100.0, 100.0])
