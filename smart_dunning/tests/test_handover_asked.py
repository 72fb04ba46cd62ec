from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .handover_common import HandoverCommon


class TestHandoverAsked(HandoverCommon):
    """What somebody else collects is asked for there alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.country_id = cls.germany
        cls.env.ref('smart_dunning.dunning_claim_rule_de_2014').write(
            {'currency_id': cls.company.currency_id.id, 'reminder_period': False})
        cls.customer.is_company = True
        cls.policy.level_ids.write({'fee_amount': 5.0, 'hand_over': True})

    def _warned_together(self):
        """Return two invoices with the same letters and thus the same fees."""
        second = self._invoice(self._day(80), 70.0)
        second.is_move_sent = True
        first = self._warned(100.0, days=(60, 40))
        self.assertEqual(len(self.env['dunning.letter'].search(
            [('line_ids.move_id', '=', first.id)])), 2)
        return first, second

    def _get_open_fees(self):
        return sum(self.env['dunning.charge']._get_open(
            self.company, self.customer.ids).mapped('amount_open'))

    def test_charges_go_along_with_their_item(self):
        first, second = self._warned_together()
        owed = self._get_open_fees()
        self.assertGreater(owed, 0.0)
        letter = self._plan(self.today).letter_ids
        self.assertEqual(letter.amount_charges, owed)
        letter.run_id.action_cancel()
        case = self._handed_over(first)
        self.assertGreater(case.line_ids.amount_interest, 0.0)
        self.assertAlmostEqual(case.amount_charges, owed + case.line_ids.amount_interest, 2)
        record = case._prepare_record()
        self.assertAlmostEqual(
            case.amount_charges, float(record.total) - float(record.principal), 2)
        letter = self._plan(self.today).letter_ids
        self.assertRecordValues(letter, [{'amount_charges': 0.0}])
        self.assertEqual(letter.line_ids.move_id, second)
        letter.run_id.action_cancel()
        case.action_recall()
        self.assertEqual(self._plan(self.today).letter_ids.amount_charges, owed)

    def test_charges_of_a_case_that_ended_are_asked_by_nobody(self):
        first, second = self._warned_together()
        owed = self._get_open_fees()
        letter = self.env['dunning.letter'].search(
            [('line_ids.move_id', '=', first.id)], order='id desc', limit=1).sudo()
        case = self._handed_over(first)
        refund = self.env['account.move'].browse(case.action_write_off()['res_id'])
        refund.invoice_line_ids.price_unit = 40.0
        refund.action_post()
        self._pay(first, on=self.today)
        self._judge(case)
        self.assertRecordValues(case, [{'state': 'closed', 'closed_as': 'partly'}])
        self.assertEqual(self._get_open_fees(), owed)
        self.assertIn("went along", case.message_ids[0].body)
        next_letter = self._plan(self.today).letter_ids
        self.assertRecordValues(next_letter, [{'amount_charges': 0.0}])
        self.assertEqual(next_letter.line_ids.move_id, second)
        self.assertEqual(letter._get_account().total, 70.0)
        self.assertFalse(self.customer._get_open_accounts()[0].charges)

    def test_fee_of_a_letter_about_two_invoices_is_claimed_once(self):
        first, second = self._warned_together()
        owed = self._get_open_fees()
        early, late = self._handed_over(first), self._handed_over(second)
        fees = [case.amount_charges - case.line_ids.amount_interest for case in (early, late)]
        self.assertAlmostEqual(fees[0], owed, 2)
        self.assertAlmostEqual(fees[1], 0.0, 2)
        early.invalidate_recordset()
        self.assertFalse(late._get_charges().filtered(lambda one: one.kind != 'interest'))
        self.assertAlmostEqual(sum(early._get_charges().filtered(
            lambda one: one.kind != 'interest').mapped('amount_open')), owed, 2)
        early.action_recall()
        late.action_recall()
        again = self._handed_over(second)
        self.assertAlmostEqual(
            again.amount_charges - again.line_ids.amount_interest, owed, 2)

    def test_lump_sum_of_an_invoice_in_parts_is_claimed_once(self):
        term = self.env['account.payment.term'].create({'name': "Halves", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
            for days in (0, 10)]})
        invoice = self._invoice(self._day(80), 100.0)
        invoice.button_draft()
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        charge = self.env['dunning.charge'].sudo().create({
            'company_id': self.company.id, 'partner_id': self.customer.id, 'kind': 'lump_sum',
            'currency_id': invoice.currency_id.id, 'move_id': invoice.id, 'date': self.today,
            'amount': 40.0})
        first, second = (
            self.handovers.create({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'item_ids': [Command.set(line.ids)]})
            for line in self._terms(invoice))
        self.assertEqual(first._get_charges(), charge)
        first.sudo().write({'state': 'handed_over', 'date_handed_over': self.today})
        self.assertFalse(second._get_charges())

    def test_page_of_the_letter_says_who_collects(self):
        first, second = self._warned_together()
        letter = self.env['dunning.letter'].search(
            [('line_ids.move_id', '=', first.id)], order='id desc', limit=1).sudo()
        self.assertEqual(letter._get_account().total, 170.0 + self._get_open_fees())
        self._handed_over(first)
        account = letter._get_account()
        self.assertEqual(account.total, 70.0)
        self.assertEqual(
            {item.line.move_id: item.state for item in account.items},
            {first: 'collected', second: 'open'})
        self.assertEqual(letter._get_demand().amount, 70.0)
        self.assertIn("North Collections", letter._prepare_page_values()['collectors'][0])
        self._handed_over(second)
        values = letter._prepare_page_values()
        self.assertFalse(values['is_open'] or values['payment'] or letter._get_demand())
        self.assertIn("not pay to us", values['texts']['headline'])

    def test_page_of_open_items_asks_for_none(self):
        first, second = self._warned_together()
        self._handed_over(first)
        account, = self.customer._get_open_accounts()
        self.assertEqual(account.due, 70.0)
        self.assertFalse(account.charges)
        self.assertFalse(self.customer._get_items_demand(self._terms(first).ids))
        self.assertEqual(self.customer._get_items_demand(self._terms(second).ids).amount, 70.0)

    def test_message_about_a_delivery_leaves_it_out(self):
        first, second = self._warned_together()
        self._handed_over(first)
        self.assertEqual(
            self.env['dunning.hold.check']._get_overdue_amounts(self.company, self.customer),
            {self._terms(second): 70.0})

    def _work(self):
        """Return the row of the customer as it stands after a refresh."""
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        return self.env['dunning.debtor'].search([
            ('partner_id', '=', self.customer.id), ('company_id', '=', self.company.id)])

    def test_who_is_at_an_agency_is_nobodys_turn(self):
        first, second = self._warned_together()
        self._run(self._day(20))
        self.assertEqual(self._work().work_group, 'decide')
        self._handed_over(first, second)
        debtor = self._work()
        self.assertEqual((debtor.work_group, debtor.work_code), ('wait', 'left_out'))
        self.assertIn("North Collections", debtor.next_step)

    def test_what_is_left_beside_the_agency_is_asked(self):
        first, second = self._warned_together()
        self._run(self._day(20))
        self._handed_over(first)
        self.assertEqual(self._work().work_code, 'ladder_end')
        self._handed_over(second)
        self.assertEqual(self._work().work_group, 'wait')

    def test_a_promise_broken_before_the_handover_asks_nobody(self):
        invoice = self._warned(500.0)
        self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'date': fields.Date.add(self.today, days=1),
            'item_ids': [Command.set(self._terms(invoice).ids)]})
        with freeze_time(f'{fields.Date.add(self.today, days=20)} 12:00:00'):
            self.assertEqual(self._work().work_code, 'broken')
            self._handed_over(invoice)
            self.assertEqual(self._work().work_group, 'wait')
