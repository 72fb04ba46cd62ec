import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCommon

_PNG = base64.b64decode(
    b'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')


@tagged('post_install', '-at_install')
class TestPortalAnswer(PortalCommon):
    """What customers say on the page of a letter: the records, the bounds, the evidence."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.say = self.letter._sign_answers()

    def _in(self, days):
        return fields.Date.to_string(fields.Date.add(self.today, days=days))

    def _say(self, kind, letter=None, files=None, say=None, **values):
        """Send a form of the page over HTTP, as somebody who has the link of the e-mail."""
        letter = letter or self.letter
        page = self._html(self.url_open(self._url(letter, say=True)))
        forms = page.xpath('//form[@method="post"]//input[@name="csrf_token"]')
        csrf = forms[0].get('value') if forms else ''
        with mute_logger('odoo.http'):
            return self.url_open(
                f'{letter.access_url}/{kind}', data={
                    'csrf_token': csrf, 'access_token': letter.access_token,
                    'say': self.say if say is None else say, 'name': "Carla", **values},
                files=files, allow_redirects=False)

    def _answer(self, kind):
        return self.env['dunning.answer'].search([('kind', '=', kind)])

    def assertTaken(self, response):
        self.assertEqual(response.status_code, 303, response.text[:2000])

    # Promise ------------------------------------------------------------------------------------

    def test_promise_within_the_bounds_is_accepted_at_once(self):
        self.assertTaken(self._say('promise', date=self._in(7), note="<b>soon</b>"))
        promise = self.env['dunning.promise'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertRecordValues(promise, [{
            'state': 'open', 'amount': 350.0, 'channel': 'portal', 'said_by': "Carla",
            'date': fields.Date.add(self.today, days=7), 'partner_id': self.customer.id}])
        answer = self._answer('promise')
        self.assertEqual((answer.state, answer.ip_address), ('accepted', '127.0.0.1'))
        self.assertEqual(answer.activity_ids.user_id, self.clerk)
        reasons = self.env['dunning.item']._fetch(
            self.company, ('pause_kind',), line_ids=self.letter.line_ids.move_line_id.ids)
        self.assertEqual(reasons, [('promise',), ('promise',)])
        page = self.url_open(self._url(say=True)).text
        self.assertIn("You have promised to pay until", page)
        debtor = self.env['dunning.debtor']._get_of(self.letter)
        self.assertIn("&lt;b&gt;soon", ''.join(debtor.message_ids.mapped('body')))

    def test_promise_beyond_the_bounds_waits_for_the_clerk(self):
        self.assertTaken(self._say('promise', date=self._in(30)))
        answer = self._answer('promise')
        self.assertFalse(self.env['dunning.promise'].search([]))
        self.assertEqual(answer.state, 'open')
        answer.with_user(self.clerk).action_accept()
        self.assertEqual(answer.promise_id.date, fields.Date.add(self.today, days=30))
        self.assertFalse(answer.activity_ids)
        with self.assertRefused("decided already"):
            answer.with_user(self.clerk).action_accept()

    def test_one_open_promise_and_never_more_by_himself(self):
        self.assertTaken(self._say('promise', date=self._in(7)))
        self.assertEqual(self._say('promise', date=self._in(9)).status_code, 400)
        self._answer('promise').promise_id.with_user(self.clerk).action_cancel()
        self.assertTaken(self._say('promise', date=self._in(9)))
        self.env['dunning.promise'].search([('state', '=', 'open')]).sudo()._set_state(
            'broken', self.today)
        self.assertTaken(self._say('promise', date=self._in(9)))
        self.assertEqual(self._answer('promise')[0].state, 'open', "a second one waits")

    def test_strange_days_are_refused_in_a_sentence(self):
        for day in ('', 'x', self._in(-1), self._in(400), '0001-01-01', '9999-12-31',
                    '2026-02-31'):
            with self.subTest(day=day):
                response = self._say('promise', date=day)
                self.assertEqual(response.status_code, 400)
                self.assertIn('id="dunning_refusal"', response.text)
        self.assertFalse(self.env['dunning.answer'].search([]))

    # Dispute ------------------------------------------------------------------------------------

    def _dispute_values(self, **values):
        reason = self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged')
        return {'move': self.letter.line_ids[0].move_id.id, 'note': "Broken",
                'reason': reason.id, **values}

    def test_dispute_of_a_part_with_a_file_pauses_that_part(self):
        self.assertTaken(self._say(
            'dispute', files={'file': ("photo.png", _PNG, 'image/png')},
            **self._dispute_values(amount="40,00")))
        dispute = self.env['dunning.dispute'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertRecordValues(dispute, [{
            'amount': 40.0, 'state': 'open', 'said_by': "Carla", 'note': "Broken"}])
        file = self.env['ir.attachment'].search([
            ('res_model', '=', 'dunning.dispute'), ('res_id', '=', dispute.id)])
        self.assertEqual((file.name, file.mimetype, file.public), ("photo.png", 'image/png', False))
        self.assertIn("310.00", self._html(
            self.url_open(self._url())).findtext('.//h1'))
        self.assertEqual(self._say('dispute', **self._dispute_values()).status_code, 400)

    def test_dispute_waits_for_the_clerk_where_the_policy_says_so(self):
        self.letter.policy_id.portal_dispute = 'clerk'
        self.assertTaken(self._say(
            'dispute', files={'file': ("photo.png", _PNG, 'image/png')}, **self._dispute_values()))
        answer = self._answer('dispute')
        self.assertFalse(self.env['dunning.dispute'].search([]))
        answer.with_user(self.clerk).action_accept()
        self.assertEqual(answer.dispute_id.amount, 100.0)
        self.assertEqual(self.env['ir.attachment'].search_count([
            ('res_model', '=', 'dunning.dispute'), ('res_id', '=', answer.dispute_id.id)]), 1)

    def test_files_are_bounded_by_kind_number_and_size(self):
        wrong = [
            [('file', ("x.png", b'<script>alert(1)</script>', 'image/png'))],
            [('file', ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/png'))],
            [('file', ("x.png", _PNG + b'0' * 11 * 1024 * 1024, 'image/png'))],
            [('file', (f"{number}.png", _PNG, 'image/png')) for number in range(6)],
        ]
        for files in wrong:
            with self.subTest(count=len(files)):
                self.assertEqual(
                    self._say('dispute', files=files, **self._dispute_values()).status_code, 400)
        self.assertFalse(self.env['dunning.answer'].search([]))

    def test_invoices_and_reasons_of_others_are_refused(self):
        other = self._make_letter(partner=self.other)
        pause = self.env.ref('smart_dunning.dunning_pause_reason_talks')
        for values in ({'move': other.line_ids[0].move_id.id}, {'move': 0}, {'move': 'x'},
                       {'reason': pause.id}, {'reason': ''}, {'note': '  '},
                       {'amount': '-5'}, {'amount': 'nan'}, {'amount': '1e300'}):
            with self.subTest(**values):
                self.assertEqual(self._say(
                    'dispute', **self._dispute_values(**values)).status_code, 400)

    # Others -------------------------------------------------------------------------------------

    def test_who_says_it_is_paid_is_dunned_all_the_same(self):
        self.assertTaken(self._say('paid', date=self._in(-3), amount="350"))
        answer = self._answer('paid')
        self.assertEqual((answer.state, answer.amount), ('open', 350.0))
        self.assertTrue(answer.activity_ids)
        self.assertFalse(self.env['dunning.pause'].search([]))
        self.assertEqual(self._say('paid', date=self._in(3), amount="350").status_code, 400)

    def test_other_contact_is_made_with_one_click(self):
        self.assertTaken(self._say(
            'contact', contact="Pia Payables", email="Pia@Example.com", phone="+49 30 1"))
        answer = self._answer('contact')
        answer.with_user(self.clerk).action_accept()
        self.assertRecordValues(answer.contact_id, [{
            'type': 'invoice', 'name': "Pia Payables", 'email': "pia@example.com",
            'parent_id': self.customer.id}])
        self.assertEqual(self.customer.dunning_contact_id, answer.contact_id)
        self.assertEqual(self._say(
            'contact', contact="X", email="no address").status_code, 400)

    def test_letters_go_to_the_contact_who_was_accepted(self):
        """Also where an older invoice address is there, and where the person is known already."""
        old = self._make_customer("Old Address", parent_id=self.customer.id, type='invoice')
        for email in ("pia@example.com", self.contact.email):
            with self.subTest(email=email):
                self.assertTaken(self._say('contact', contact="Pia", email=email))
                answer = self._answer('contact').sorted('id')[-1]
                answer.with_user(self.clerk).action_accept()
                contacts = self.env['dunning.run'].new({
                    'company_id': self.company.id})._get_contacts(self.customer.ids)
                self.assertEqual(contacts[self.customer.id]['recipient_id'], answer.contact_id.id)
                self.assertEqual(contacts[self.customer.id]['email'], email)
                plan = self.env['dunning.installment.plan'].new({'partner_id': self.customer.id})
                self.assertEqual(plan.recipient_id._origin, answer.contact_id)
        self.assertEqual(answer.contact_id, self.contact)
        self.contact.active = False
        contacts = self.env['dunning.run'].new(
            {'company_id': self.company.id})._get_contacts(self.customer.ids)
        self.assertEqual(contacts[self.customer.id]['recipient_id'], old.id)

    def test_clerk_reads_it_in_the_own_language(self):
        """Whatever language the customer has: the page speaks theirs, the history the clerk's."""
        self.env['res.lang']._activate_lang('de_DE')
        self.env['ir.module.module']._load_module_terms(['smart_dunning'], ['de_DE'])
        self.company.dunning_user_id = self.clerk
        self.clerk.lang = 'de_DE'
        self.assertTaken(self._say('promise', date=self._in(7)))
        answer = self._answer('promise')
        debtor = self.env['dunning.debtor']._get_of(answer)
        records = (answer.promise_id, debtor)
        told = ["".join(map(str, one.message_ids.mapped('body'))) for one in records]
        for text in told:
            self.assertIn("Zusage", text)
            self.assertNotIn("Promise of", text)
        self.assertNotEqual(answer.activity_ids.summary, "The customer has answered on their page")
        self.letter.level_id.is_formal = True
        self.assertTaken(self._say('received'))
        self.assertNotIn("has confirmed", "".join(map(str, self.letter.message_ids.mapped('body'))))

    def test_receipt_is_recorded_on_the_letter(self):
        self.letter.level_id.is_formal = True
        self.assertTaken(self._say('received'))
        self.letter.invalidate_recordset()
        self.assertEqual(self.letter.received_by, "Carla")
        self.assertNotIn('id="dunning_received"', self.url_open(self._url(say=True)).text)

    def test_nothing_is_said_without_a_good_link(self):
        other = self._make_letter(partner=self.other)
        good = {'date': self._in(5)}
        for say in ('', 'x', self.letter.access_token, other._sign_answers()):
            with self.subTest(say=say):
                self.assertEqual(self._say('promise', say=say, **good).status_code, 404)
        self.letter.policy_id.portal_link_days = 0
        page = self.url_open(self._url()).text
        self.assertNotIn('id="dunning_promise"', page)
        self.assertNotIn("Send me a link by e-mail", page)
        self.assertIn("please log in.", page)
        self._say('link')
        self.assertFalse(self.env['mail.mail'].sudo().search([('subject', 'like', "Your link")]))
        self.assertNotIn("answer us", self.letter._render_document_html())
        self.letter.policy_id.portal_link_days = 60
        self.assertIn("Send me a link by e-mail", self.url_open(self._url()).text)
        self.assertIn("answer us", self.letter._render_document_html())
        self.assertFalse(self.env['dunning.answer'].search([]))

    def test_forms_need_their_own_token_against_forgery(self):
        with mute_logger('odoo.http'):
            response = self.url_open(f'{self.letter.access_url}/promise', data={
                'access_token': self.letter.access_token, 'say': self.say, 'name': "X",
                'date': self._in(5)})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.url_open(f'{self.letter.access_url}/promise').status_code, 405)
        self.assertFalse(self.env['dunning.answer'].search([]))

    def test_new_link_goes_to_the_address_of_the_letter_alone(self):
        self._say('link', email="evil@example.com")
        mail = self.env['mail.mail'].sudo().search([('subject', 'like', "Your link to")])
        self.assertIn(self.letter.email, mail.email_to)
        self.assertNotIn("evil", mail.email_to)
        self._say('link')
        self.assertEqual(self.env['mail.mail'].sudo().search_count(
            [('subject', 'like', "Your link to")]), 1, "not twice within an hour")

    def test_logged_in_contacts_answer_without_a_link(self):
        self.authenticate('carla', 'carla')
        page = self._html(self.url_open(self.letter.access_url))
        csrf = page.xpath('//input[@name="csrf_token"]')[0].get('value')
        self.assertTaken(self.url_open(f'{self.letter.access_url}/promise', data={
            'csrf_token': csrf, 'name': "Carla", 'date': self._in(5)}, allow_redirects=False))
        self.assertEqual(self._answer('promise').login_id, self.portal_user)

    def test_answers_are_written_by_customers_alone(self):
        self.assertTaken(self._say('promise', date=self._in(30)))
        answer = self._answer('promise').with_user(self.clerk)
        for values in ({'state': 'accepted'}, {'date': self.today}, {'said_by': "Me"}):
            with self.subTest(**values), self.assertRaises(AccessError):
                answer.write(values)
        with self.assertRaises(AccessError):
            answer.copy()
        with self.assertRaises(AccessError):
            answer.unlink()
        with self.assertRaises(UserError):
            answer.sudo().unlink()
        for user in (self.portal_user, self.stranger, self.colleague):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                answer.with_user(user).read(['note'])
        answer.action_decline()
        self.assertEqual(answer.state, 'declined')

    def test_promise_reaches_the_ladder(self):
        self.assertTaken(self._say('promise', date=self._in(14)))
        run = self.env['dunning.run'].create({
            'company_id': self.company.id, 'date': self.today + timedelta(days=16)})
        run.action_plan()
        self.assertFalse(run.letter_ids.filtered(lambda one: one.partner_id == self.customer))
