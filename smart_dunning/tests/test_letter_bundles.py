import base64
from unittest.mock import patch

from odoo.tests import tagged

from ..models.run import dunning_letter_compose
from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestLetterBundles(DunningCommon):
    """Letters are composed together, and sent, failed and changed one by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env['res.partner'].create([
            {'name': f"Customer {number}", 'email': f'c{number}@example.com', 'lang': 'en_US'}
            for number in range(12)])
        for customer in cls.customers:
            cls._invoice(day(0), 100.0, customer)

    def _get_ready(self, run):
        run.action_approve_all()
        return run.letter_ids.sorted('name')

    def test_bundles_have_one_run_and_each_customer_once(self):
        run = self._plan(day(10))
        letters = self._get_ready(run)
        self.assertEqual(len(letters), 12)
        bundles = letters._split_into_bundles()
        self.assertEqual([len(bundle) for bundle in bundles], [10, 2])
        self.assertEqual(self.env['dunning.letter'].concat(*bundles), letters)
        again = letters[:3] + letters[2:4]          # somebody comes twice
        self.assertEqual([bundle.ids for bundle in again._split_into_bundles()], [
            letters[:3].ids, letters[2:4].ids])
        other = letters[1].sudo().copy({
            'name': "Other", 'run_id': run.copy().id, 'state': 'ready'})
        self.assertEqual([bundle.ids for bundle in (letters[:1] + other)._split_into_bundles()], [
            letters[:1].ids, other.ids])
        self.assertFalse(self.env['dunning.letter']._split_into_bundles())

    def test_each_letter_says_what_is_its_own(self):
        """Composed together, each customer gets his own letter, at his own address."""
        for number, customer in enumerate(self.customers):
            self._invoice(day(0), 10.0 + number, customer)
        run = self._plan(day(10))
        with self._watch_mails() as mails:
            self._send(run)
        self.assertEqual(len(mails), 12)
        for letter in run.letter_ids:
            [mail] = [one for one in mails if letter.email in one['To']]
            self.assertIn(letter.name, mail['Subject'])
            self.assertEqual(mail['Message-Id'], letter.message_uid)
            number = self.customers.ids.index(letter.partner_id.id)
            self.assertEqual(letter.amount_total, 110.0 + number)
            [pdf] = [part for part in mail.walk() if part.get_content_type() == 'application/pdf']
            self.assertEqual(pdf.get_payload(decode=True), letter.document_id.raw)
            self.assertEqual(letter.message_partner_ids, letter.user_id.partner_id)

    def _make_copy(self, invoice):
        """Store a PDF of an invoice as core does."""
        content = f'%PDF of {invoice.name}'.encode()
        invoice.sudo().invoice_pdf_report_file = base64.b64encode(content)
        self.env.invalidate_all()

    def _get_copies(self, mail):
        """Return the contents of the files of a mail besides the letter."""
        files = [part.get_payload(decode=True) for part in mail.walk()
                 if part.get_content_disposition() == 'attachment']
        return [content.decode() for content in files if content.startswith(b'%PDF of ')]

    def test_copies_of_invoices_go_along_and_missing_ones_are_told(self):
        """To everybody in his letter, in the clerk's language."""
        self.policy.level_ids.attach_invoices = True
        self.env['res.lang']._activate_lang('de_DE')
        self.clerk.lang = 'de_DE'
        self.company.dunning_user_id = self.clerk
        invoices = self.env['account.move'].search([('partner_id', 'in', self.customers.ids)])
        for invoice in invoices[2:]:
            self._make_copy(invoice)
        run = self._plan(day(10))
        send = type(run.letter_ids)
        with self._watch_mails() as mails, \
                patch.object(send, '_can_make_copies', lambda letters: False):
            self._send(run)
        self.assertEqual(len(mails), 12)
        for letter in run.letter_ids:
            [mail] = [one for one in mails if letter.email in one['To']]
            invoice = letter.line_ids.move_id
            told = [message for message in letter.message_ids if "PDF" in str(message.body)]
            if invoice in invoices[2:]:
                self.assertEqual(self._get_copies(mail), [f'%PDF of {invoice.name}'])
                self.assertFalse(told)
            else:
                self.assertFalse(self._get_copies(mail))
                self.assertIn(invoice.name, told[0].body)
                self.assertNotIn("No copy attached", told[0].body)
                self.assertEqual(len(told), 1)

    def test_one_that_cannot_be_composed_fails_alone(self):
        run = self._plan(day(10))
        letters = self._get_ready(run)
        letters[4].sudo().email = 'nobody'
        with self._watch_mails() as mails:
            self._send(run)
        self.assertEqual(letters.mapped('state'), ['sent'] * 4 + ['failed'] + ['sent'] * 7)
        self.assertIn("e-mail address", letters[4].note)
        self.assertEqual(len(mails), 11)

    def test_where_reading_together_fails_each_letter_goes_by_itself(self):
        run = self._plan(day(10))
        letters = self._get_ready(run)
        read = type(letters)._read_again

        def read_again(bundle):
            if len(bundle) > 1:
                raise ZeroDivisionError("a defect")
            return read(bundle)
        with self._watch_mails() as mails, \
                patch.object(type(letters), '_read_again', read_again):
            self._send(run)
        self.assertEqual(letters.mapped('state'), ['sent'] * 12)
        self.assertEqual(len(mails), 12)

    def test_nobody_is_composed_twice_without_need(self):
        run = self._plan(day(10))
        self._get_ready(run)
        calls = []
        compose = type(run.letter_ids)._compose

        def count(letter, reading=None):
            calls.append(letter.id)
            return compose(letter, reading)
        with self._watch_mails(), patch.object(type(run.letter_ids), '_compose', count):
            self._send(run)
        self.assertEqual(sorted(calls), sorted(run.letter_ids.ids))

    def test_settled_letter_of_a_bundle_is_cancelled(self):
        run = self._plan(day(10))
        letters = self._get_ready(run)
        self._pay(letters[2].line_ids.move_id, on=day(9))
        with self._watch_mails() as mails:
            self._send(run)
        self.assertEqual(letters.mapped('state'), ['sent'] * 2 + ['cancelled'] + ['sent'] * 9)
        self.assertEqual(len(mails), 11)

    def test_letters_of_a_bundle_share_what_is_read(self):
        self._count_queries_of_run(day(10), bundle=10)          # what is loaded once per process
        alone = self._count_queries_of_run(day(30), bundle=1)
        together = self._count_queries_of_run(day(50), bundle=10)
        self.assertLess(together, 0.8 * alone)

    def _count_queries_of_run(self, on, bundle):
        """Return the queries of sending the letters of a day in bundles of a size."""
        run = self._plan(on)
        letters = self._get_ready(run)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        with self._watch_mails(), patch.object(dunning_letter_compose, 'BUNDLE', bundle):
            self._send(run, approve=False)
        self.assertEqual(letters.mapped('state'), ['sent'] * 12)
        return self.env.cr.sql_log_count - before
