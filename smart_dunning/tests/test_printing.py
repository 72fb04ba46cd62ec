"""Letters for the printer are laid out ahead; *Print* only merges what holds."""
import hashlib
import io
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
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
        self.rendered = self._watch_layouts()

    def _lay_out(self, on=0):
        self._lay_out_on(day(on))
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

    def _break(self, letter, error):
        """Let the layout of one letter fail."""
        model = self.env.registry['dunning.letter']
        original = model._render_document_html

        def render(one):
            if one.id == letter.id:
                raise error
            return original(one)
        return patch.object(model, '_render_document_html', render)

    def _check_failed(self, letter, reason):
        """One letter failed and says why, in an activity as well; it can be retried."""
        self.assertEqual(
            [one.state for one in self.letters],
            ['failed' if one == letter else 'ready' for one in self.letters])
        self.assertIn(reason, letter.note)
        self.assertIn(reason, self.proposal.activity_ids.filtered(
            lambda one: one.activity_type_id == self.env.ref(
                'smart_dunning.mail_activity_dunning_failed')).note)
        letter.with_user(self.clerk).action_retry()
        self.assertEqual(letter.state, 'ready')
        self.assertIn(letter.id, self._lay_out())
        self.assertTrue(letter.draft_document_id)

    def test_a_layout_that_fails_is_told_and_can_be_retried(self):
        bad = self.letters[1]
        for error, reason in ((UserError("Mend the text"), "Mend the text"),
                              (ZeroDivisionError(), "ask your administrator")):
            with self.subTest(error=error):
                self.letters.sudo().draft_version = False
                with self._break(bad, error), mute_logger(
                        'odoo.addons.smart_dunning.models.run.dunning_letter_paper'):
                    self._lay_out()
                    self.assertTrue((self.letters - bad).draft_document_id)
                    self.assertEqual(self._lay_out(), [], "it is not tried for ever")
                self._check_failed(bad, reason)

    def test_one_bad_letter_keeps_no_other_from_the_printer(self):
        bad = self.letters[1]
        with self._break(bad, UserError("Mend the text")):
            action = self._print()
        self.assertIn("Mend the text", action['params']['message'])
        printed = action['params']['next']['url'].split('/')[-1].split(',')
        self.assertEqual(sorted(map(int, printed)), (self.letters - bad).ids)
        self._check_failed(bad, "Mend the text")

    def test_print_reads_the_ledger_once(self):
        reads, model = [], self.env.registry['dunning.letter']
        original = model._read_again
        with patch.object(model, '_read_again', lambda letters: reads.append(
                letters.ids) or original(letters)):
            self._print()
            self._lay_out()
            self.assertEqual(reads, [self.letters.ids])
            self._print()
        self.assertEqual(reads, [self.letters.ids] * 2)
