from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .hold_common import HoldCommon


class TestReleaseInquiry(HoldCommon):
    """Who asks for a release is answered once, granted or refused, in the own language."""

    def setUp(self):
        super().setUp()
        self._rule('overdue', days=0)
        self._overdue(100.0)
        self.env['res.lang']._activate_lang('de_DE')
        self.seller = new_test_user(
            self.env, 'asker', groups='sales_team.group_sale_salesman_all_leads', lang='de_DE',
            company_id=self.company.id)
        self.releaser = new_test_user(
            self.env, 'granter', company_id=self.company.id,
            groups='sales_team.group_sale_salesman_all_leads,smart_dunning.group_dunning_release')
        self.order = self._order()

    def _ask(self, note="They pay tomorrow"):
        wizard = self.env['dunning.release.request'].with_user(self.seller).create(
            {'order_id': self.order.id, 'note': note})
        return wizard.action_request()

    def _answer(self, **values):
        return self.env['dunning.release.grant'].with_user(self.releaser).with_context(
            default_order_id=self.order.id).create(values)

    def _get_told(self):
        return self.env['mail.notification'].search([
            ('res_partner_id', '=', self.seller.partner_id.id)]).mail_message_id.filtered(
                lambda message: message.model == 'sale.order').mapped('body')

    def test_a_second_request_is_not_sent_twice(self):
        self.assertEqual(self._ask()['params']['type'], 'success')
        order = self.order.with_user(self.seller)
        self.assertIn("They pay tomorrow", order.dunning_request_note)
        self.assertIn(self.seller.name, order.dunning_request_note)
        second = self._ask("Once more")
        self.assertEqual(second['params']['type'], 'warning')
        self.assertEqual(self.env['dunning.release.inquiry'].search_count(
            [('order_id', '=', self.order.id)]), 1)

    def test_granted_is_told_in_the_language_of_who_asked(self):
        self._ask()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(debtor.work_code, 'release')
        answer = debtor.with_user(self.releaser).action_work()
        self.assertEqual(answer['res_model'], 'dunning.release.grant')
        grant = self._answer(max_amount=900.0, reason="Agreed by phone")
        self.assertIn("They pay tomorrow", grant.request_note)
        grant.action_grant()
        [told] = self._get_told()
        self.assertIn("Agreed by phone", told)
        self.assertIn("erteilt", told)
        self.assertFalse(self.order.dunning_request_note)
        self.assertNotEqual(debtor.work_code, 'release')
        self.order.with_user(self.seller).action_confirm()
        self.assertEqual(self.order.state, 'sale')

    def test_refused_with_a_reason(self):
        self._ask()
        grant = self._answer(max_amount=900.0, reason="Two promises were broken")
        grant.action_refuse()
        [told] = self._get_told()
        self.assertIn("Two promises were broken", told)
        self.assertIn("abgelehnt", told)
        inquiry = self.env['dunning.release.inquiry'].search([('order_id', '=', self.order.id)])
        self.assertRecordValues(inquiry, [{
            'state': 'refused', 'answered_by_id': self.releaser.id,
            'answer': "Two promises were broken"}])
        self.assertFalse(self.env['dunning.release'].search([
            ('partner_id', '=', self.customer.id)]))
        # They may ask again, with something new to say.
        self.assertEqual(self._ask("They have paid half")['params']['type'], 'success')

    def test_nobody_else_answers(self):
        self._ask()
        with self.assertRaises(AccessError):
            self.env['dunning.release'].with_user(self.seller)._refuse(
                self.company, self.customer, self.order, "No")
        with self.assertRaises(AccessError):
            self.env['dunning.release.inquiry'].with_user(self.releaser).create({
                'company_id': self.company.id, 'partner_id': self.customer.id,
                'user_id': self.seller.id, 'note': "x"})
        with self.assertRaises(UserError):
            self.env['dunning.release'].with_user(self.releaser)._refuse(
                self.company, self.customer, self.order, " ")

    def test_a_request_of_another_company_is_neither_read_nor_answered(self):
        self._ask()
        elsewhere = self._create_company(name="Elsewhere")
        foreign = self.env['sale.order'].with_company(elsewhere).sudo().create(
            {'partner_id': self.customer.id, 'company_id': elsewhere.id})
        inquiry = self.env['dunning.release.inquiry'].sudo().create({
            'company_id': elsewhere.id, 'partner_id': self.customer.id, 'order_id': foreign.id,
            'user_id': self.seller.id, 'note': "Secret"})
        grant = self._answer(
            order_id=self.order.id, partner_id=self.customer.id, company_id=self.company.id,
            max_amount=100.0, valid_until=self.today, reason="No")
        grant.write({'order_id': foreign.id})
        self.env.invalidate_all()
        self.assertNotIn("Secret", grant.request_note or "")
        with self.assertRaises(AccessError):
            grant.action_refuse()
        self.assertEqual(inquiry.state, 'open')

    def test_whoever_asked_hears_that_the_hold_has_ended(self):
        self._ask()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self._pay(self.env['account.move'].search([
            ('partner_id', '=', self.customer.id), ('move_type', '=', 'out_invoice')]))
        for _night in range(2):
            self.env['dunning.debtor']._refresh(company=self.company)
        [told] = self._get_told()
        self.assertIn("keine Freigabe", told)
        inquiry = self.env['dunning.release.inquiry'].search([('order_id', '=', self.order.id)])
        self.assertEqual(inquiry.state, 'lifted')
        self.assertFalse(debtor.activity_ids)
        history = ''.join(debtor.message_ids.mapped('body'))
        self.assertEqual(history.count("The hold has ended."), 1)
        self.assertIn("no release is needed any more", history)

    def test_whoever_asked_for_what_is_cancelled_hears_it(self):
        self._ask()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.order.action_cancel()
        for _night in range(2):
            self.env['dunning.debtor']._refresh(company=self.company)
        [told] = self._get_told()
        self.assertIn("storniert", told)
        inquiry = self.env['dunning.release.inquiry'].search([('order_id', '=', self.order.id)])
        self.assertEqual(inquiry.state, 'lifted')
        self.assertFalse(debtor.activity_ids)
        self.assertNotEqual(debtor.work_code, 'release')

    def test_the_worklist_has_what_is_not_answered(self):
        """An activity is a note for one releaser: whoever ticks it off has answered nothing."""
        self._ask()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        debtor.activity_ids.action_done()
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertEqual(debtor.work_code, 'release')
        self._answer(max_amount=900.0, reason="Agreed by phone").action_grant()
        self.assertNotEqual(debtor.work_code, 'release')
