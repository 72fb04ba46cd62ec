"""Letters for the printer are laid out ahead; *Print* only merges what holds."""
import hashlib
import io
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from ..models.run import dunning_letter_print
from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestPrinting(DunningCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.level_ids.channel = 'print'

    def setUp(self):
        super().setUp()
        self.customers = [self._make_customer(f"Paper {number}") for number in range(3)]
        self.invoices = [
            self._invoice(due=day(-20), partner=partner) for partner in self.customers]
        self.letters = self._plan(day(0)).letter_ids.sorted('name')
        self.proposal = self.letters.run_id
        self.rendered = []
        model = self.env.registry['dunning.letter']
        original = model._render_document_html

        def render(letter):
            self.rendered.append(letter.id)
            return original(letter)
        self.startPatcher(patch.object(model, '_render_document_html', render))

    def _lay_out(self, on=0):
        with freeze_time(day(on)):
            self._run_cron('smart_dunning.ir_cron_dunning_layout')
        laid_out, self.rendered[:] = list(self.rendered), []
        return laid_out

    def _print(self, on=0):
        with freeze_time(day(on)):
            return self.proposal.with_user(self.clerk).action_print_letters()

    def test_print_only_merges_what_was_laid_out(self):
        self.assertEqual(sorted(self._lay_out()), self.letters.ids)
        self.assertFalse(self.letters.document_id)       # nobody has printed anything yet
        self.assertEqual(self.proposal.layout_count, 3)
        self.assertEqual(self._lay_out(), [])            # it holds
        action = self._print()
        for letter in self.letters:
            self.assertIn(str(letter.id), action['url'])
        merged = self.letters.with_user(self.clerk)._render_merged_document()
        self.assertFalse(self.rendered)
        self.assertGreaterEqual(PdfFileReader(io.BytesIO(merged)).getNumPages(), 3)
        self.assertEqual(self.letters.document_id, self.letters.draft_document_id)
        self.assertFalse(any(self.letters.document_id.mapped('res_field')))
        with freeze_time(day(0)):
            self.proposal.with_user(self.clerk).action_mark_printed()
        self.assertEqual(set(self.letters.mapped('state')), {'sent'})

    def test_what_is_printed_stays_as_it_lies_in_the_envelope(self):
        self._lay_out()
        self._print()
        self.assertEqual(self.letters.mapped('is_printed_out'), [True] * 3)
        printed = [(letter.date, letter.document_id, letter.document_sha256, letter.amount_total)
                   for letter in self.letters]
        for letter in self.letters:
            self.assertEqual(
                letter.document_sha256, hashlib.sha256(letter.document_id.raw).hexdigest())
        self.proposal.sudo().planned_on = day(0)
        self.assertEqual(self._lay_out(on=2), [])
        self.assertEqual(printed, [
            (letter.date, letter.document_id, letter.document_sha256, letter.amount_total)
            for letter in self.letters])
        with freeze_time(day(2)):
            self.letters.with_user(self.clerk).action_printed()
        self.assertEqual(set(self.letters.mapped('state')), {'sent'})

    def test_the_pdf_of_an_e_mail_is_none_for_the_envelope(self):
        self.letters.sudo().document_id = self.env['ir.attachment'].create(
            {'name': "mail.pdf", 'raw': b'%PDF-1'})
        with self.assertRefused("print"):
            self.letters.with_user(self.clerk).action_printed()

    def test_what_has_changed_is_laid_out_anew(self):
        first, second, third = self.letters
        for name, change, stale in (
                ('payment', lambda: self._pay(self.invoices[0], amount=40), first),
                ('address', lambda: self.customers[1].write({'street': "New Street 5"}), second),
                ('deadline', lambda: third.write({'deadline': day(30)}), third),
                ('text', lambda: self.policy.level_ids.write(
                    {'letter_text': "<p>Other words.</p>"}), self.letters),
                ('company', lambda: self.company.partner_id.write({'phone': "0123"}),
                 self.letters)):
            with self.subTest(change=name):
                self._lay_out()
                # The clock of the database stands still within a test.
                self.env.cr._now = self.env.cr.now() + timedelta(minutes=1)
                change()
                self.env.flush_all()
                self.assertEqual(sorted(self._lay_out()), stale.ids)

    def test_paid_letters_are_not_printed_though_laid_out(self):
        self._lay_out()
        self._pay(self.invoices[1])
        action = self._print()
        self.assertNotIn(str(self.letters[1].id), action['url'].split('/')[-1].split(','))
        self.assertEqual(self.letters[1].state, 'cancelled')
        self.assertFalse(self.rendered)

    def test_another_day_is_another_letter(self):
        self.proposal.sudo().planned_on = day(0)
        self._lay_out()
        self.assertEqual(sorted(self._lay_out(on=2)), self.letters.ids)
        self.assertEqual(set(self.letters.mapped('date')), {day(2)})

    def test_progress_is_told_while_many_wait(self):
        self._lay_out()
        for partner in self.customers:
            self._pay(self.invoices[self.customers.index(partner)], amount=10)
        self.env['ir.cron.trigger'].search([]).unlink()
        with patch.object(dunning_letter_print, 'AT_ONCE', 2):
            action = self._print()
        self.assertEqual(action['tag'], 'display_notification')
        self.assertIn("0 of 3", action['params']['message'])
        self.assertTrue(self.env['ir.cron.trigger'].search([
            ('cron_id', '=', self.env.ref('smart_dunning.ir_cron_dunning_layout').id)]))
        self.assertFalse(self.rendered)
        self._lay_out()
        with patch.object(dunning_letter_print, 'AT_ONCE', 2):
            self.assertIn('url', self._print())
        self.assertFalse(self.rendered)

    def test_broken_text_is_told_when_it_is_printed(self):
        self.letters[0].level_id.sudo().with_context(skip=True).letter_text = "<p>Fine</p>"
        with patch.object(self.env.registry['dunning.letter'], '_recheck',
                          side_effect=ZeroDivisionError):
            self._lay_out()
        self.assertFalse(self.letters.draft_document_id)
        self.assertEqual(set(self.letters.mapped('state')), {'ready'})
