from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..logic import portal
from .portal_common import PortalCommon


@tagged('post_install', '-at_install')
class TestPortalPayment(PortalCommon):
    """Paying a letter over HTTP: what is taken, where it goes, what cannot go wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_pay()

    def _charge(self, amount=5.0):
        """Let the letter claim a fee."""
        return self.env['dunning.charge'].sudo().create({
            'letter_id': self.letter.id, 'company_id': self.company.id, 'date': self.today,
            'partner_id': self.customer.id, 'currency_id': self.letter.currency_id.id,
            'kind': 'fee', 'amount': amount, 'level_id': self.letter.level_id.id})

    def _lines(self):
        return self.letter.line_ids.move_line_id

    def test_letter_is_paid_in_one_transaction(self):
        tx = self._pay_online(amount=0.01)
        self.assertEqual(tx.amount, 350.0, "the client's amount counts for nothing")
        self.assertEqual(tx.partner_id, self.customer)
        self.assertTrue(tx.reference.startswith(self.letter.name))
        self._finish(tx)
        self.assertEqual(self._lines().mapped('reconciled'), [True, True])
        self.assertEqual(tx.payment_id.partner_id, self.customer)
        self.assertFalse(self.letter.activity_ids)
        page = self._html(self._get(self._url()))
        self.assertEqual(self._states(page), ['paid', 'paid'])

    def test_nothing_is_started_where_nothing_is_open(self):
        for line in self.letter.line_ids:
            self._pay(line.move_id, on=self.today)
        self.assertIn('error', self._start())

    def test_invoice_paid_meanwhile_lowers_the_amount(self):
        self._pay(self.letter.line_ids[0].move_id, on=self.today)
        self.assertEqual(self._pay_online(amount=350.0).amount, 250.0)

    def test_credits_and_fees_are_part_of_it_and_nothing_is_left(self):
        self._charge(5.0)
        self._credit_note(30.0, on=self.today)
        tx = self._pay_online()
        self.assertEqual(tx.amount, 325.0)
        self._finish(tx)
        self.assertEqual(self._lines().mapped('reconciled'), [True, True])
        self.assertEqual(sum(self.letter.charge_ids.mapped('amount_open')), 0.0)
        self.assertFalse(self.env['dunning.item']._fetch(
            self.company, ('id',), partner_ids=self.customer.ids))

    def test_fees_alone_are_booked_and_settled(self):
        charge = self._charge(5.0)
        for line in self.letter.line_ids:
            self._pay(line.move_id, on=self.today)
        tx = self._pay_online()
        self.assertEqual((tx.amount, tx.dunning_line_ids.ids), (5.0, []))
        self._answer(tx, 'pending')
        self.assertIn('error', self._start(), "on its way already")
        self._finish(tx)
        self.assertTrue(tx.is_post_processed)
        self.assertEqual(tx.payment_id.amount, 5.0)
        self.assertEqual(charge.amount_open, 0.0)
        self.assertFalse(self.letter.activity_ids)

    def _capture(self, tx, *amounts):
        """Capture an authorized payment as the accountant does, in parts; returns the captures."""
        for amount in amounts:
            self.env['payment.capture.wizard'].with_context(
                **tx.action_capture()['context']).create({
                    'amount_to_capture': amount}).action_capture()
        tx.child_transaction_ids._post_process()
        self.env.invalidate_all()
        return tx.child_transaction_ids.sorted('id')

    def test_captured_payment_settles_the_letter(self):
        self.provider.capture_manually = True
        charge = self._charge(5.0)
        tx = self._pay_online(login='carla', access_token='')
        self._call_json('/payment/demo/simulate_payment', reference=tx.reference,
                        payment_details="1234", simulated_state='done')
        self.env.invalidate_all()
        self.assertEqual((tx.state, tx.amount), ('authorized', 355.0))
        first = self._capture(tx, 100.0)
        oldest, other = self._lines().sorted('date_maturity')
        self.assertEqual(first.payment_id.partner_id, self.customer)
        self.assertEqual((oldest.reconciled, other.amount_residual), (True, 250.0))
        self._capture(tx, 255.0)
        self.assertEqual((other.reconciled, charge.amount_open), (True, 0.0))
        tx._post_process()
        self.assertFalse(tx.payment_id, "booked with what was captured")
        self.assertFalse(self.letter.activity_ids)

    def test_refund_pays_nothing(self):
        tx = self._pay_online()
        self._finish(tx)
        refund = tx._refund()
        self.assertFalse(refund.dunning_partner_id)

    def test_part_goes_to_the_oldest_item_and_costs_first_where_the_company_says_so(self):
        self.letter.policy_id.write({'portal_partial': True, 'portal_partial_min': 10.0})
        charge = self._charge(5.0)
        self.assertIn('error', self._start(amount=3.0))
        tx = self._pay_online(amount=40.0)
        self._finish(tx)
        first = self._lines().sorted('date_maturity')[0]
        self.assertEqual((first.amount_residual, charge.amount_open), (60.0, 5.0))
        self.company.dunning_allocate_costs_first = True
        self._finish(self._pay_online(amount=40.0))
        self.assertEqual((first.amount_residual, charge.amount_open), (25.0, 0.0))

    def test_disputed_items_come_last(self):
        oldest, other = self.letter.line_ids.sorted('date_maturity')
        tx = self._pay_online()
        self.env['dunning.dispute'].create({
            'move_id': oldest.move_id.id,
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_missing').id})
        tx.amount = 300.0
        self._finish(tx)
        self.assertTrue(other.move_line_id.reconciled)
        self.assertEqual(oldest.move_line_id.amount_residual, 50.0)

    def test_second_arrival_of_a_payment_is_kept_and_asked_about(self):
        first, second = self._pay_online(), self._pay_online()
        self._finish(first)
        self._finish(second)
        self.assertTrue(second.payment_id, "money that was taken is never lost")
        self.assertIn("more than was open", self.letter.activity_ids.note)

    @mute_logger('odoo.addons.smart_dunning.models.portal.payment_transaction')
    def test_error_of_the_allocation_keeps_the_payment(self):
        tx = self._pay_online()
        for error in (UserError("locked"), ZeroDivisionError()):
            with self.subTest(error=error), patch.object(
                    type(tx), '_allocate_payment', side_effect=error):
                tx._allocate_isolated(tx.payment_id)
        with patch.object(type(tx), '_allocate_payment', side_effect=UserError("locked")):
            self._finish(tx)
        self.assertTrue(tx.is_post_processed)
        self.assertEqual(tx.payment_id.amount, 350.0)
        self.assertIn("locked", ''.join(self.letter.activity_ids.mapped('note')))

    @mute_logger('odoo.addons.smart_dunning.models.portal.payment_transaction')
    def test_error_of_the_allocation_is_told_without_a_letter_or_debtor(self):
        """A selection of open items names no letter, and nobody has looked at the customer yet."""
        self.company.dunning_user_id = self.clerk
        line = self.letter.line_ids.move_line_id[:1]
        tx = self._pay_online(
            login='carla', url=f'/my/open-items/transaction?item={line.id}', access_token='')
        debtors = self.env['dunning.debtor'].with_context(active_test=False)
        debtors.search([('partner_id', '=', self.customer.id)]).sudo().unlink()
        with patch.object(type(tx), '_allocate_payment', side_effect=UserError("locked")):
            self._finish(tx)
        activity = debtors.search([('partner_id', '=', self.customer.id)]).activity_ids
        self.assertEqual(activity.user_id, self.clerk)
        self.assertIn("locked", activity.note)

    def test_pending_payment_is_shown_and_lets_items_wait_for_days(self):
        tx = self._pay_online()
        self._answer(tx, 'pending')
        page = self._html(self._get(self._url()))
        self.assertEqual(self._states(page), ['underway', 'underway'])
        self.assertTrue(page.get_element_by_id('dunning_underway') is not None)
        self.assertFalse(page.xpath('//*[@id="o_payment_form"]'))
        self.assertIn('error', self._start())
        items = self.env['dunning.item']
        reasons = items._get_excluded(self._lines())
        self.assertEqual(set(reasons.values()), {'underway'})
        tx.last_state_change = fields.Datetime.now() - timedelta(days=6)
        self.assertFalse(items._get_excluded(self._lines()), "five days are over")
        self.company.dunning_pending_days = 10
        self.assertTrue(items._get_excluded(self._lines()))
        self._finish(tx)
        self.assertEqual(self._lines().mapped('reconciled'), [True, True])

    def test_payment_of_core_that_is_pending_counts_as_well(self):
        move = self.letter.line_ids[0].move_id
        self._pay_online().write({
            'state': 'pending', 'dunning_line_ids': False, 'dunning_letter_id': False,
            'invoice_ids': move.ids, 'last_state_change': fields.Datetime.now()})
        self.assertEqual(
            self.env['dunning.item']._get_excluded(self._lines()),
            {self.letter.line_ids[0].move_line_id.id: 'underway'})

    def test_failed_payment_can_be_tried_again(self):
        tx = self._pay_online()
        self._answer(tx, 'error')
        self.assertEqual(self._pay_online().amount, 350.0)
        self.assertFalse(tx.payment_id)

    def test_strange_ways_to_pay_are_refused(self):
        other = self._make_letter(partner=self.other)
        values = {'provider_id': 10**9}, {'payment_method_id': 10**9}, {
            'flow': 'token', 'token_id': 1}, {'flow': 'x'}, {'provider_id': "1"}, {
            'invoice_ids': [1]}, {'partner_id': self.other.id}, {'currency_id': 1}, {
            'reference_prefix': "X"}
        for wrong in values:
            with self.subTest(**wrong):
                self.assertIn('error', self._start(**wrong))
        self.assertIn('error', self._start(access_token=other.access_token))
        self.assertIn('error', self._start(access_token=None))

    def test_saved_ways_to_pay_are_not_shown_to_links(self):
        token = self.env['payment.token'].sudo().create({
            'provider_id': self.provider.id, 'payment_method_id': self.method.id,
            'partner_id': self.customer.id, 'provider_ref': "x", 'payment_details': "1234"})
        self.assertNotIn("1234", self._get(self._url()).text)
        self.assertIn('error', self._start(
            flow='token', token_id=token.id, payment_method_id=None))

    def test_hold_falls_by_itself_after_the_payment(self):
        debtors = self.env['dunning.debtor'].sudo()
        self.policy.hold_rule_ids = [fields.Command.clear(), fields.Command.create({
            'trigger': 'overdue', 'days': 1, 'order_effect': 'block'})]
        debtors._refresh(company=self.company)
        debtor = debtors.search([('partner_id', '=', self.customer.id)])
        self.assertEqual(debtor.hold_state, 'block')
        self._finish(self._pay_online())
        debtors._refresh(self.customer, self.company)
        self.assertEqual(debtor.hold_state, 'clear')

    def test_amounts_of_strange_browsers(self):
        for wish in (float('nan'), float('inf'), -5.0, 0.0, 1e300, None):
            with self.subTest(wish=wish):
                self.assertIn(portal.choose_amount(
                    100.0, wish=wish, is_partial=True, minimum=20.0), (100.0, None))
                self.assertEqual(portal.choose_amount(
                    100.0, wish=wish, is_partial=False, minimum=20.0), 100.0)

    def test_receipt_that_names_the_letter_is_proposed_for_it(self):
        older = self._invoice(fields.Date.add(self.today, days=-90), 60.0)
        self.assertFalse(self.letter.has_receipt)
        statement = self.env['account.bank.statement.line'].create({
            'journal_id': self.journal_bank.id, 'date': self.today, 'amount': 350.0,
            'payment_ref': f"Invoices, {self.letter.name.replace('/', ' ')}",
            'partner_id': self.customer.id})
        line = statement.move_id.line_ids.filtered(
            lambda one: one.account_id != self.journal_bank.default_account_id)
        line.account_id = self._lines()[0].account_id
        self.letter.invalidate_recordset(['has_receipt'])
        self.assertTrue(self.letter.has_receipt)
        self.letter.with_user(self.clerk).action_allocate_receipt()
        self.assertEqual(self._lines().mapped('reconciled'), [True, True])
        self.assertFalse(self._terms(older).reconciled, "the older one is not on the letter")
        with self.assertRefused("names"):
            self.letter.with_user(self.clerk).action_allocate_receipt()

    def test_transfer_has_the_reference_of_the_letter(self):
        transfer = self.env['payment.provider'].sudo().search([('code', '=', 'custom')], limit=1)
        self.assertTrue(transfer, "payment_custom is installed for the tests")
        provider = transfer.copy({'company_id': self.company.id})
        provider.write({'state': 'enabled', 'is_published': True})
        method = provider.payment_method_ids[:1]
        method.active = True
        tx = self._pay_online(
            provider_id=provider.id, payment_method_id=method.id, flow='redirect')
        self.assertEqual(tx._get_communication(), self.letter._get_reference_to_type())
        tx._set_pending()
        self.assertFalse(self.env['dunning.item']._get_excluded(self._lines()),
                         "an announced transfer is no money on its way")
        self.assertEqual(self._pay_online().amount, 350.0)
