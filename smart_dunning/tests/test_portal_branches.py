from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged('post_install', '-at_install')
class TestPortalBranches(PortalCommon):
    """A company with its branches is one creditor on the customer's pages as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_pay()
        cls.branch = cls.env['res.company'].create({
            'name': "Branch", 'parent_id': cls.company.id, 'email': 'branch@example.com'})
        cls.cr.precommit.run()          # core loads its accounts then
        cls.env.user.company_ids |= cls.branch

    def _of_branch(self, days, amount, partner, **values):
        """Post an invoice of the branch that is due so many days from today."""
        due = fields.Date.add(self.today, days=days)
        move = self.env['account.move'].with_company(self.branch).create({
            'move_type': 'out_invoice', 'partner_id': partner.id, 'company_id': self.branch.id,
            'invoice_date': fields.Date.add(due, days=-14), 'invoice_date_due': due,
            'invoice_payment_term_id': False, 'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': amount, 'tax_ids': [Command.clear()]})], **values})
        move.action_post()
        return move

    def _letter_with_branch(self):
        """Return a letter of the main company about 60 of its own and 40 of the branch."""
        self._of_branch(-20, 40.0, self.other)
        letter = self._make_letter(60.0, partner=self.other, days=30)
        self.assertEqual((letter.company_id, letter.amount_total), (self.company, 100.0))
        return letter

    def test_statement_shows_the_items_of_the_branch(self):
        letter = self._letter_with_branch()
        [part] = letter._prepare_statement_values()
        self.assertEqual((len(part['rows']), part['total']), (2, 100.0))
        statement = self.env['dunning.statement']._make(self.branch, self.other, self.other)
        self.assertEqual([part['total'] for part in statement._get_rows()], [40.0])

    def test_promise_is_about_the_items_of_each_company(self):
        letter = self._letter_with_branch()
        self.assertFalse(letter._get_answerable_items(), "no plan is about two companies")
        answer = letter._answer_promise(
            {'said_by': "Carla", 'ip_address': '127.0.0.1', 'login_id': False},
            fields.Date.add(self.today, days=5))
        promises = self.env['dunning.promise'].search([('portal_letter_id', '=', letter.id)])
        self.assertEqual(
            {one.company_id: one.amount for one in promises},
            {self.company: 60.0, self.branch: 40.0})
        self.assertEqual((answer.state, answer.promise_id.company_id), ('accepted', self.company))
        self.assertEqual(
            [item.pause_kind for item in letter._get_account().items], ['promise', 'promise'])

    def test_objection_to_an_invoice_of_the_branch(self):
        letter = self._letter_with_branch()
        line = letter.line_ids.move_line_id.filtered(lambda one: one.company_id == self.branch)
        answer = letter._answer_dispute(
            {'said_by': "Carla", 'ip_address': '127.0.0.1', 'login_id': False},
            line.move_id.id, letter._get_reasons()[:1].id, "Never ordered")
        self.assertEqual(
            (answer.dispute_id.company_id, answer.dispute_id.amount), (self.branch, 40.0))
        self.assertEqual(letter._get_account().total, 60.0)

    def _pay_letter(self, letter, **values):
        return self._pay_online(url=f'{letter.access_url}/transaction',
                                access_token=letter.access_token, **values)

    def test_item_of_a_branch_is_open_and_paid(self):
        letter = self._letter_with_branch()
        page = self._html(self._get(self._url(letter)))
        self.assertEqual(self._states(page), ['open', 'open'])
        self.assertIn("100.00", page.findtext('.//h1'))
        tx = self._pay_letter(letter)
        self.assertEqual(tx.amount, 100.0)
        self._finish(tx)
        self.assertEqual(letter.line_ids.move_line_id.mapped('reconciled'), [True, True])
        self.assertFalse(letter.activity_ids)

    def test_credit_of_a_branch_counts_and_is_netted(self):
        letter = self._letter_with_branch()
        self._of_branch(0, 30.0, self.other, move_type='out_refund')
        self.assertIn("70.00", self._html(self._get(self._url(letter))).findtext('.//h1'))
        self._finish(self._pay_letter(letter))
        self.assertEqual(letter.line_ids.move_line_id.mapped('reconciled'), [True, True])
        self.assertFalse(self.env['dunning.item']._fetch(
            self.company | self.branch, ('id',), partner_ids=self.other.ids))

    def test_receipt_of_a_branch_that_names_the_letter(self):
        letter = self._letter_with_branch()
        bank = self.journal_bank.copy({'company_id': self.branch.id})
        self.env['account.payment'].with_company(self.branch).create({
            'partner_id': self.other.id, 'partner_type': 'customer', 'amount': 100.0,
            'payment_type': 'inbound', 'date': self.today, 'journal_id': bank.id,
            'company_id': self.branch.id, 'memo': letter.name}).action_post()
        self.assertTrue(letter.has_receipt)
        letter.action_allocate_receipt()
        self.assertEqual(letter.line_ids.move_line_id.mapped('reconciled'), [True, True])

    def test_letter_of_a_branch_is_paid_through_the_provider_of_the_main_company(self):
        self._of_branch(-20, 40.0, self.other)
        run = self.env['dunning.run'].with_company(self.branch).create(
            {'company_id': self.branch.id, 'date': self.today})
        run.action_plan()
        letter = run.letter_ids.sudo()
        letter._store_document(b'%PDF-1.7 as sent')
        letter._set_sent()
        tx = self._pay_letter(letter)
        self.assertEqual((tx.amount, tx.company_id), (40.0, self.company))
        self._answer(tx, 'pending')
        self.assertEqual(
            self.env['dunning.item']._get_excluded(letter.line_ids.move_line_id),
            {letter.line_ids.move_line_id.id: 'underway'})
        self._finish(tx)
        self.assertTrue(letter.line_ids.move_line_id.reconciled)

    def test_older_item_elsewhere_uses_up_the_credit_before_the_branch(self):
        self._invoice(fields.Date.add(self.today, days=-30), 60.0, self.other)
        self._of_branch(-20, 40.0, self.other)
        self._credit_note(70.0, partner=self.other)
        run = self.env['dunning.run'].with_company(self.branch).create(
            {'company_id': self.branch.id, 'date': self.today})
        run.action_plan()
        letter = run.letter_ids.sudo()
        self.assertEqual((letter.amount_due, letter.amount_credit), (40.0, 10.0))
        self.assertEqual(letter._get_account().total, 30.0)
