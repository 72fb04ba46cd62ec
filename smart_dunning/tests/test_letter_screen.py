import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestLetterScreen(DunningCommon, HttpCase):
    """One letter on one screen: mail beside PDF, approved one after the other, tried beforehand."""

    def _plan_last_notices(self):
        """Return a run with two letters that wait for approval."""
        self.policy.level_ids.write({'needs_approval': True})
        self._invoice(day(-10), 100.0)
        self._invoice(day(-10), 300.0, self.other)
        return self._plan(day(0))

    # E-mail beside the PDF ----------------------------------------------------------------------

    def test_the_mail_shows_before_it_goes_and_as_it_went(self):
        self._invoice(day(-10), 100.0)
        run = self._plan(day(0))
        letter = run.letter_ids
        self.assertIn("Please pay", letter._get_mail_preview())
        self._send(run)
        sent = letter._get_mail_preview()
        letter.level_id.body_html = "<p>Something else</p>"
        self.assertEqual(letter._get_mail_preview(), sent)

    def test_the_history_of_a_letter_shows_what_was_written(self):
        self._invoice(day(-10), 100.0)
        letter = self._run(day(0)).letter_ids
        message = self.env['mail.message'].search([('message_id', '=', letter.message_uid)])
        self.assertIn("Please pay", message.body)
        self.assertNotIn("<body", message.body)

    def test_the_page_of_a_mail_runs_no_script_and_asks_for_rights(self):
        self._invoice(day(-10), 100.0)
        letter = self._plan(day(0)).letter_ids
        url = f'/dunning/letter/{letter.id}/mail'
        self.authenticate('clerk', 'clerk')
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Please pay", page.text)
        policy = page.headers['Content-Security-Policy']
        self.assertIn('sandbox', policy)
        self.assertIn(f'img-src {self.base_url()}', policy)     # the logo
        new_test_user(self.env, 'nobody', groups='base.group_user')
        self.authenticate('nobody', 'nobody')
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertEqual(self.url_open('/dunning/letter/999999999/mail').status_code, 404)

    def test_a_printed_letter_has_no_mail(self):
        self.policy.level_ids.channel = 'print'
        self._invoice(day(-10), 100.0)
        self.assertEqual(self._plan(day(0)).letter_ids._get_mail_preview(), '')

    # Approve and send ---------------------------------------------------------------------------

    def test_approving_goes_on_to_the_next_letter(self):
        run = self._plan_last_notices().with_user(self.clerk)
        first, second = run.letter_ids.sorted('name')
        action = first.action_approve_and_send()
        self.assertEqual(action['res_id'], second.id)
        self.assertEqual((first.state, second.state), ('ready', 'draft'))
        action = second.action_approve_and_send()
        self.assertEqual(action['tag'], 'display_notification')
        self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(set(run.letter_ids.mapped('state')), {'sent'})

    def test_from_the_last_letter_it_goes_back_to_the_first(self):
        run = self._plan_last_notices()
        first, second = run.letter_ids.sorted('name')
        self.assertEqual(second.action_approve_and_send()['res_id'], first.id)

    # Trying a text ------------------------------------------------------------------------------

    def _open_preview(self, level):
        return self.env['dunning.level.preview'].browse(level.action_preview()['res_id'])

    def test_a_level_is_shown_with_the_customer_who_owes_most(self):
        self._invoice(day(-10), 100.0)
        self._invoice(day(-10), 300.0, self.other)
        level = self.policy.level_ids[2]
        preview = self._open_preview(level)
        self.assertEqual(preview.partner_id, self.other)
        self.assertIn("Please pay", preview.mail)
        self.assertIn("300", preview.mail)
        self.assertTrue(base64.b64decode(preview.document).startswith(b'%PDF'))
        self.assertEqual(preview.candidate_ids, self.other | self.customer)

    def test_trying_a_text_leaves_no_trace(self):
        self._invoice(day(-10), 100.0)
        counts = {
            model: self.env[model].search_count([]) for model in (
                'dunning.run', 'dunning.letter', 'dunning.letter.line', 'mail.activity')}
        preview = self._open_preview(self.policy.level_ids[3])
        preview.write({'partner_id': self.customer.id, 'lang': 'de_DE'})
        preview.action_show()
        for model, count in counts.items():
            self.assertEqual(self.env[model].search_count([]), count, model)
        self.assertEqual(self.customer.lang, 'en_US')
        self.assertFalse(self._terms(self.env['account.move'].search(
            [('partner_id', '=', self.customer.id)])).dunning_level_id)
        run = self._plan(day(0))
        self.assertEqual(run.letter_count, 1)

    def test_a_text_is_shown_in_each_language(self):
        self._invoice(day(-10), 100.0)
        level = self.policy.level_ids[1]
        preview = self._open_preview(level)
        preview.lang = 'de_DE'
        preview.action_show()
        self.assertIn("Please pay", preview.mail)
        self.assertRegex(preview.warning, "missing in German.* letter is in English")
        self._translate(level, body_html="<p>Bitte zahlen Sie.</p>")
        preview.action_show()
        self.assertIn("Bitte zahlen Sie", preview.mail)
        self.assertFalse(preview.warning)
        preview.lang = 'en_US'
        preview.action_show()
        self.assertIn("Please pay", preview.mail)

    def test_without_any_open_item_it_says_so(self):
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            self.policy.level_ids[1].action_preview()

    def test_a_salesperson_tries_no_texts(self):
        self._invoice(day(-10), 100.0)
        seller = new_test_user(
            self.env, 'seller', groups='sales_team.group_sale_salesman',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        with self.assertRaises(AccessError):
            self.policy.level_ids[1].with_user(seller).action_preview()
