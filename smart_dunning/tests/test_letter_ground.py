"""A letter that was laid out ahead is laid out anew when anything it prints has changed."""
from contextlib import contextmanager
from datetime import date, timedelta

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .claim_common import DUE, ClaimCommon

TODAY = date(2026, 7, 15)
#: What a letter reads when it is laid out: covered by `_get_grounds`, or why it need not be.
COVERED = {
    'dunning.letter', 'dunning.letter.line', 'account.move', 'account.move.line', 'dunning.policy',
    'dunning.level', 'dunning.dispute', 'dunning.charge', 'res.partner', 'res.users',
    'res.company', 'res.partner.bank', 'res.bank', 'res.currency', 'res.lang', 'res.country',
    'res.country.state', 'report.paperformat', 'ir.ui.view',
    'dunning.run',              # its number and company never change
    'ir.attachment',            # the logo: a picture of the company's contact
    'res.groups', 'ir.model.access', 'ir.rule',         # rights
    'ir.model.fields', 'ir.model.fields.selection',     # names of things: words of the module
    'res.country.group',        # which law: told by the figures
}


@tagged('post_install', '-at_install')
class TestLetterGround(ClaimCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.quiet_days = 0
        cls.policy.level_ids.write({'channel': 'print', 'attach_statement': True})
        cls.bank = cls.env['res.bank'].create({'name': "First Bank", 'bic': "GENODEF1"})
        cls.bank_account.write({
            'acc_number': 'DE89370400440532013000', 'bank_id': cls.bank.id})
        cls.company.write({'dunning_arbitration_note': "We take part."})
        cls.customer.write({'is_company': False, 'country_id': cls.env.ref('base.fr').id})
        cls.invoice = cls._invoice(due=DUE, amount=1000.0)
        cls.settled = cls._invoice(due=DUE, amount=300.0)
        run = cls.env['dunning.run'].create({'company_id': cls.company.id, 'date': '2026-06-17'})
        run.action_plan()
        run.letter_ids.sudo()._set_sent()
        cls.dispute = cls.env['dunning.dispute'].create({
            'move_id': cls.invoice.id, 'amount': 100.0, 'answer': "As agreed.",
            'reason_id': cls.env.ref('smart_dunning.dunning_pause_reason_price').id})
        cls.dispute.action_reject()
        cls.charge = cls.env['dunning.charge'].sudo().create({
            'kind': 'fee', 'amount': 5.0, 'company_id': cls.company.id, 'date': '2026-06-17',
            'partner_id': cls.customer.id, 'currency_id': cls.company.currency_id.id,
            'letter_id': run.letter_ids.id, 'level_id': cls.reminder.id})
        cls.proposal = cls.env['dunning.run'].create(
            {'company_id': cls.company.id, 'date': TODAY})
        cls.proposal.action_plan()
        cls.letter = cls.proposal.letter_ids

    def setUp(self):
        super().setUp()
        self.rendered = self._watch_layouts()

    def _lay_out(self):
        self._lay_out_on(TODAY)
        laid_out, self.rendered[:] = list(self.rendered), []
        return laid_out

    @contextmanager
    def _later(self):
        """Change something a minute later; the clock of the database stands still in a test."""
        self.env.cr._now = self.env.cr.now() + timedelta(minutes=1)
        yield
        self.env.flush_all()

    def _get_changes(self):
        """Return {what changes: how}: each is printed."""
        env, english = self.env, self.env.ref('base.lang_en')
        return {
            'account': lambda: self.bank_account.write(
                {'acc_number': 'DE02120300000000202051'}),
            'holder': lambda: self.bank_account.write({'acc_holder_name': "Holder"}),
            'code of the bank': lambda: self.bank.write({'bic': "GENODEF2"}),
            'second account': lambda: env['res.partner.bank'].create({
                'acc_number': 'DE02500105170137075030', 'sequence': 1,
                'currency_id': self.company.currency_id.id,
                'partner_id': self.company.partner_id.id}),
            'account of the invoice': lambda: self.invoice.write(
                {'partner_bank_id': self.bank_account.id}),
            'answer': lambda: self.dispute.sudo().write({'answer': "Not as agreed."}),
            'reference of the customer': lambda: self.invoice.write({'ref': "Order 7"}),
            'reference to pay by': lambda: self.invoice.write({'payment_reference': "RF18 5"}),
            'charge waived': lambda: env['dunning.charge.waive'].create({
                'reason': "Goodwill", 'charge_ids': [Command.set(self.charge.ids)]}
                ).action_waive(),
            'reference rate': lambda: env['dunning.rate'].search([
                ('reference', '=', 'de'), ('date_from', '<=', TODAY)], limit=1).write(
                    {'percent': 3.33}),
            'terms of interest': lambda: self.rule.write({'legal_basis': "Another law"}),
            'last level': lambda: self.last.write({'active': False}),
            'name of a level': lambda: self.reminder.write({'name': "Note"}),
            'kind of customers': lambda: self.policy.write({'customer_kind': 'business'}),
            'format of dates': lambda: english.write({'date_format': "%d.%m.%Y"}),
            'sign of the currency': lambda: self.company.currency_id.write({'symbol': "¤"}),
            'name of the country': lambda: env.ref('base.fr').write({'name': "Frankreich"}),
            'layout': lambda: env.ref('smart_dunning.letter_head').write(
                {'arch_db': env.ref('smart_dunning.letter_head').arch_db + " "}),
            'signer': lambda: self.clerk.partner_id.write({'phone': "0123"}),
            'new item of the statement': lambda: self._invoice(
                due=date(2026, 9, 1), amount=50.0),
            'sentence': lambda: self.letter.with_user(self.clerk).write({'own_words': "Hello"}),
            'footer': lambda: self.company.write({'report_footer': "<p>Our board</p>"}),
            'ledger': lambda: self._pay(self.settled, on=TODAY),
        }

    def test_what_is_printed_makes_a_layout_stale(self):
        self.assertEqual(self._lay_out(), self.letter.ids)
        self.assertEqual(self._lay_out(), [], "nothing has changed")
        for name, change in self._get_changes().items():
            with self.subTest(change=name):
                with self._later():
                    change()
                self.assertEqual(self._lay_out(), self.letter.ids)
                self.assertEqual(self._lay_out(), [])

    def test_the_new_account_is_what_is_printed(self):
        self._lay_out()
        with self._later():
            self.bank_account.acc_number = 'DE02120300000000202051'
        with freeze_time(TODAY):
            self.proposal.with_user(self.clerk).action_print_letters()
        self.assertEqual(self.rendered, self.letter.ids, "laid out anew, with the new account")
        self.assertNotEqual(self.letter.document_id, self.letter.draft_document_id)

    def _count_queries(self, letters):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with freeze_time(TODAY):
            letters.browse(letters.ids)._read_grounds()
        return self.env.cr.sql_log_count - before

    def test_many_letters_are_compared_as_one_is(self):
        for number in range(8):
            self._invoice(due=date(2026, 7, 1), partner=self._make_customer(f"More {number}"))
        letters = self._plan(TODAY).letter_ids
        self.assertEqual(len(letters), 8)
        self.assertLessEqual(
            self._count_queries(letters), self._count_queries(letters[:1]) + 2)

    def test_all_that_a_letter_reads_is_covered(self):
        """A letter that begins to print from another table fails here, before it goes out old."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.letter.sudo().with_context(lang=self.letter.lang)._render_document_html()
        read = {
            field.model_name for field, values in self.env.transaction.field_data.items()
            if field.store and values}
        self.assertIn('dunning.dispute', read)
        self.assertFalse(read - COVERED, "not among what `_get_grounds` compares")
