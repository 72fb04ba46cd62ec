import doctest
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..models.paper import fonts
from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestRunNotes(DunningCommon):
    """What is missing is said before letters leave: at activation, on the run, on the letter."""

    def _get_warnings(self, **values):
        with freeze_time(day(0)):
            return self.env['dunning.activation'].with_user(self.manager).create(
                {'has_preview': True, **values}).warnings

    def _night(self):
        self.company.dunning_active = True
        self.env['res.company'].search([('id', '!=', self.company.id)]).dunning_active = False
        with freeze_time(day(0)):
            self._run_cron('smart_dunning.ir_cron_dunning_run')
        return self.env['dunning.run'].search([('is_automatic', '=', True)], limit=1)

    # Account to pay to --------------------------------------------------------------------------

    def test_nothing_is_missing(self):
        self._invoice(due=day(-20))
        self.assertFalse(self._get_warnings())
        run = self._plan(day(0))
        self.assertFalse(run.note)
        self.assertFalse(run.letter_ids.paper_warning)

    def test_without_a_bank_account_the_night_asks_first(self):
        self.bank_account.unlink()
        self._invoice(due=day(-20))
        self.assertIn("has no bank account", self._get_warnings())
        run = self._night()
        self.assertEqual(run.letter_ids.state, 'draft')
        self.assertIn("has no bank account", run.note)
        self.assertIn("names no account", run.letter_ids.paper_warning)
        self.assertIn("has no bank account", str(run.activity_ids.mapped('note')))
        with self._watch_mails():
            run.letter_ids.with_user(self.clerk).action_approve()
            self._send(run)
        self.assertEqual(run.letter_ids.state, 'sent')

    def _get_debtor(self):
        with freeze_time(day(0)):
            self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
            return self.env['dunning.debtor'].search([
                ('partner_id', '=', self.customer.id), ('company_id', '=', self.company.id)])

    def test_the_debtor_says_before_and_after_that_somebody_has_to_look(self):
        self.bank_account.unlink()
        self.company.dunning_active = True
        self.policy.bank_guard_days = 3      # bank entries are missing, too
        self._invoice(due=day(-20))
        debtor = self._get_debtor()
        self.assertEqual(debtor.next_wait, 'review')
        self.assertIn("once somebody sends it", debtor.next_step)
        self.policy.bank_guard_days = 0
        self.assertEqual(self._get_debtor().next_wait, 'review')
        self._night()
        debtor = self._get_debtor()
        self.assertEqual((debtor.work_group, debtor.work_code), ('decide', 'to_review'))
        self.assertIn("waits for review", debtor.next_step)

    def test_the_debtor_foresees_a_call_without_an_account(self):
        self.bank_account.unlink()
        self.company.dunning_active = True
        self.policy.level_ids.channel = 'call'
        self._invoice(due=day(-20))
        self.assertFalse(self._get_debtor().next_wait)

    def test_who_plans_by_hand_reads_it_and_decides(self):
        self.bank_account.unlink()
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.assertIn("has no bank account", run.note)
        self.assertIn("names no account", run.letter_ids.paper_warning)

    def test_a_call_names_no_account(self):
        self.bank_account.unlink()
        self.policy.level_ids.channel = 'call'
        self._invoice(due=day(-20))
        letter = self._night().letter_ids
        self.assertNotEqual(letter.state, 'draft')
        self.assertFalse(letter.paper_warning)

    def test_a_branch_uses_the_account_of_the_company_above(self):
        branch = self.env['res.company'].create({
            'name': "Branch", 'parent_id': self.company.id})
        self.assertEqual(branch._get_dunning_banks(), self.bank_account)

    # Activation ---------------------------------------------------------------------------------

    def test_activation_says_when_old_bank_entries_stop_everything(self):
        self._invoice(due=day(-20))
        self.policy.bank_guard_days = 3
        self.assertIn("Test: nothing would be sent, since there is no bank entry",
                      self._get_warnings())
        self._pay(self._invoice(due=day(-20), partner=self.other), on=day(-10))
        self.assertIn("the policy allows 3 days", self._get_warnings())
        self._pay(self._invoice(due=day(-20), partner=self.other), on=day(-1))
        self.assertFalse(self._get_warnings())

    def test_activation_says_when_nobody_can_send(self):
        self._invoice(due=day(-20))
        self.company.email = self.clerk.email = False
        self.assertIn("has an e-mail address", self._get_warnings(user_id=self.clerk.id))
        self.policy.level_ids.channel = 'print'
        self.assertFalse(self._get_warnings(user_id=self.clerk.id))

    def test_a_language_without_words_is_named_with_the_one_taken_instead(self):
        self.env['res.lang']._activate_lang('fi_FI')
        self.customer.lang = 'fi_FI'
        self._invoice(due=day(-20))
        for text in (self._get_warnings(), self._plan(day(0)).note):
            self.assertRegex(text, "no words in Finnish.* in English")

    def test_activation_names_levels_that_would_mix_languages(self):
        self.env['res.lang']._activate_lang('de_DE')
        self.customer.lang = 'de_DE'
        self._invoice(due=day(-20))
        levels = self.policy.level_ids
        for number, name in enumerate(('letter_text', 'subject', 'body_html', 'letter_closing')):
            self.assertRegex(
                self._get_warnings(), r"A text of level Reminder \(Test\) is missing in German")
            levels.with_context(lang='de_DE')[name] = f"<p>Bitte zahlen {number}.</p>"
        self.assertFalse(self._get_warnings())

    def test_a_german_company_without_its_particulars(self):
        self.company.country_id = self.env.ref('base.de')
        self.assertIn("§ 35a GmbHG", self._get_warnings())
        self.company.report_footer = "<p>HRB 4711</p>"
        self.assertFalse(self._get_warnings())

    # Fonts --------------------------------------------------------------------------------------

    def test_a_name_that_no_font_can_print_is_told(self):
        self.customer.name = "Anna \N{OSAGE CAPITAL LETTER A}"
        self._invoice(due=day(-20))
        with patch.object(fonts, 'find_missing', lambda text, files=(): [
                sign for sign in text if sign == "\N{OSAGE CAPITAL LETTER A}"]):
            warnings, run = self._get_warnings(), self._plan(day(0))
            for text in (warnings, run.note, run.letter_ids.paper_warning):
                self.assertRegex(text, "No font on this server has some characters.*Anna")

    def test_a_script_without_font_is_told(self):
        self.env['res.lang']._activate_lang('de_DE')
        self.policy.level_ids.with_context(lang='de_DE').letter_text = "<p>Bitte zahlen.</p>"
        self.customer.lang = 'de_DE'
        self._invoice(due=day(-20))
        with patch.object(fonts, 'speaks', lambda lang, files=(): lang != 'de_DE'):
            self.assertIn("No font on this server has the letters of German",
                          self._plan(day(0)).note)

    def test_the_fonts_of_this_machine(self):
        failed, attempted = doctest.testmod(fonts)
        self.assertTrue(attempted and not failed)
        self.assertEqual(fonts.find_missing("Straße 5,\n\u200b Äpfel"), [])
        if fonts._get_library():
            # No character at all: no font has it.
            self.assertEqual(fonts.find_missing("a\N{OSAGE CAPITAL LETTER A}b") or [
                "\N{OSAGE CAPITAL LETTER A}"], ["\N{OSAGE CAPITAL LETTER A}"])

    def test_a_font_of_the_document_layout_counts(self):
        self.company.font = 'Tajawal'
        files = self.company._get_font_files()
        self.assertTrue(files)
        if fonts._get_library():
            self.assertTrue(fonts.speaks('ar_001', files))
