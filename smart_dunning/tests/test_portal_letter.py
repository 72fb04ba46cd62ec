from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged('post_install', '-at_install')
class TestPortalLetter(PortalCommon):
    """The letter as a page: what it shows, to whom, and what it remembers."""

    def test_link_of_the_mail_shows_the_letter_as_it_is_now(self):
        response = self._get(self._url())
        page = self._html(response)
        self.assertEqual(response.status_code, 200)
        self.assertIn('noindex', response.headers['X-Robots-Tag'])
        self.assertEqual(self._states(page), ['open', 'open'])
        self.assertIn("350.00", page.findtext('.//h1'))
        self.assertIn('DE89', page.get_element_by_id('dunning_transfer').text_content())
        self.assertNotIn('http://fonts', response.text)

    def test_code_of_the_transfer_stands_beside_it(self):
        with patch.object(type(self.letter), '_make_qr_payload', return_value="BCD\n002"):
            page = self._html(self._get(self._url()))
        self.assertTrue(page.xpath('//img[contains(@class, "o_dunning_code")]'))

    def test_paid_items_are_shown_with_thanks(self):
        invoice = self.letter.line_ids[0].move_id
        self._pay(invoice, on=self.today)
        self._pay(self.letter.line_ids[1].move_id, 50.0, on=self.today)
        page = self._html(self._get(self._url()))
        self.assertEqual(self._states(page), ['paid', 'part_paid'])
        self.assertIn("200.00", page.findtext('.//h1'))

    def _dispute(self, move, amount):
        self.env['dunning.dispute'].create({
            'move_id': move.id, 'amount': amount,
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_missing').id})

    def _item_texts(self, page):
        return [" ".join(row.text_content().split()) for row in page.iterfind('.//tr[@data-state]')]

    def test_nobody_is_thanked_for_what_is_disputed(self):
        first, second = self.letter.line_ids.sorted('date_maturity')
        self._dispute(first.move_id, 40.0)
        self._dispute(second.move_id, 50.0)
        self._pay(second.move_id, 20.0, on=self.today)
        page = self._html(self._get(self._url()))
        self.assertEqual(self._states(page), ['open', 'part_paid'])
        texts = self._item_texts(page)
        self.assertNotIn("thank you", texts[0])
        self.assertIn("A part is paid, thank you", texts[1])

    def test_letter_about_a_disputed_item_shows_what_was_paid_since(self):
        invoice = self._invoice(fields.Date.add(self.today, days=-30), 80.0, self.other)
        self._dispute(invoice, 30.0)
        letter = self._make_letter(5.0, partner=self.other)
        self.assertEqual(letter.amount_total, 55.0)
        self.assertEqual(self._states(self._html(self._get(self._url(letter)))), ['open'] * 2)
        self._pay(invoice, 10.0, on=self.today)
        self.assertEqual(
            self._states(self._html(self._get(self._url(letter)))), ['part_paid', 'open'])

    def test_nobody_is_thanked_for_what_we_cancelled(self):
        first, second = self.letter.line_ids.sorted('date_maturity').move_id
        reversal = self.env['account.move.reversal'].with_context(
            active_model='account.move', active_ids=first.ids).create({
                'journal_id': first.journal_id.id, 'date': self.today})
        self.env['account.move'].browse(reversal.reverse_moves()['res_id']).action_post()
        (first.line_ids | first.reversal_move_ids.line_ids).filtered(
            lambda line: line.account_type == 'asset_receivable'
            and not line.reconciled).reconcile()
        self.assertEqual(first.payment_state, 'reversed')
        second.button_draft()
        page = self._html(self._get(self._url()))
        self.assertEqual(self._states(page), ['cancelled', 'cancelled'])
        for text in self._item_texts(page):
            self.assertIn("Cancelled by us", text)
            self.assertNotIn("thank you", text)
        self.assertEqual(page.findtext('.//h1'), "Nothing to pay at the moment")

    def test_nobody_is_thanked_for_credits_that_cover_it(self):
        self._credit_note(400.0, on=self.today)
        page = self._html(self._get(self._url()))
        self.assertEqual(self._states(page), ['open', 'open'])
        self.assertEqual(page.findtext('.//h1'), "Nothing to pay at the moment")
        self.assertFalse(page.xpath('//*[@id="dunning_transfer"]'))

    def test_settled_letter_offers_nothing_to_pay(self):
        for line in self.letter.line_ids:
            self._pay(line.move_id, on=self.today)
        page = self._html(self._get(self._url()))
        self.assertIn("Thank you", page.findtext('.//h1'))
        self.assertFalse(page.xpath('//*[@id="dunning_transfer"]'))

    def test_withdrawn_letter_says_so(self):
        self.letter.state = 'cancelled'
        page = self._html(self._get(self._url()))
        self.assertIn("withdrawn", page.findtext('.//h1'))
        self.assertFalse(page.xpath('//*[@id="dunning_transfer"]'))

    def test_disputed_part_is_not_asked_for(self):
        self.env['dunning.dispute'].create({
            'move_id': self.letter.line_ids[0].move_id.id, 'amount': 40.0,
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_missing').id})
        page = self._html(self._get(self._url()))
        self.assertIn("310.00", page.findtext('.//h1'))
        self.assertIn("is being clarified", page.get_element_by_id('dunning_items').text_content())

    def test_credit_of_the_customer_counts(self):
        self._credit_note(30.0, on=self.today)
        page = self._html(self._get(self._url()))
        self.assertIn("320.00", page.findtext('.//h1'))

    def test_first_view_of_the_customer_is_recorded_once(self):
        self._get(self._url(), 'clerk')
        self.assertFalse(self.letter.seen_date, "one of ours is not the customer")
        self._get(self._url())
        self.letter.invalidate_recordset()
        self.assertEqual(self.letter.seen_date, self.today)
        seen = self.letter.seen_at
        self._get(self._url(suffix='/pdf'))
        self.letter.invalidate_recordset()
        self.assertEqual(self.letter.seen_at, seen)

    def test_pdf_is_the_letter_as_sent(self):
        response = self._get(self._url(suffix='/pdf'))
        self.assertEqual(response.content, b'%PDF-1.7 as sent')
        self.letter.invalidate_recordset()
        self.assertTrue(self.letter.seen_at)

    def test_swiss_account_shows_the_code_of_the_bill(self):
        """Over what is open now, while the bill in the PDF is over what was asked for."""
        banks = self.env['res.partner.bank']
        if 'ch_qr' not in {code for code, *_rest in banks._get_available_qr_methods()}:
            self.skipTest("needs l10n_ch")
        switzerland, francs = self.env.ref('base.ch'), self.env.ref('base.CHF')
        francs.active = True
        place = {'street': "Gasse 7", 'zip': '3000', 'city': "Bern", 'country_id': switzerland.id}
        self.company.partner_id.write(place)
        self.company.partner_id.bank_ids.unlink()
        for iban in ('CH9300762011623852957', 'CH4431999123000889012'):
            with self.subTest(iban=iban):
                bank = banks.create({
                    'acc_number': iban, 'partner_id': self.company.partner_id.id,
                    'allow_out_payment': True})
                customer = self._make_customer(f"Customer of {iban}", **place)
                letter = self._make_letter(60.0, partner=customer, currency_id=francs.id)
                self._pay(letter.line_ids.move_id, 20.0, on=self.today)
                page = self._html(self._get(self._url(letter)))
                [code] = page.xpath('//*[@id="dunning_transfer"]//img')
                self.assertTrue(code.get('src').startswith('data:image/png;base64,'))
                text = page.get_element_by_id('dunning_transfer').text_content()
                self.assertIn(iban, text.replace(' ', ''))
                self.assertIn("40.00", text)
                bank.active = False

    def test_wrong_links_get_the_same_friendly_page(self):
        other = self._make_letter(partner=self.other)
        wrong = [
            f'/my/dunning/letter/{self.letter.id}',
            f'/my/dunning/letter/{self.letter.id}?access_token=',
            f'/my/dunning/letter/{self.letter.id}?access_token=x',
            f'/my/dunning/letter/{self.letter.id}?access_token=%C3%A4%00',
            f'/my/dunning/letter/{self.letter.id}?access_token={other.access_token}',
            f'/my/dunning/letter/{other.id + 1000}?access_token={other.access_token}',
            f'/my/dunning/letter/99999999999999999999?access_token={other.access_token}',
            f'/my/dunning/letter/{self.letter.id}/pdf?access_token={other.access_token}',
            '/dl/1', '/dl/-', '/dl/1-%C3%A4', f'/dl/{self.letter.id}-{other.access_token[:13]}',
        ]
        for url in wrong:
            with self.subTest(url=url):
                response = self._get(url)
                self.assertEqual(response.status_code, 404)
                self.assertNotIn(self.letter.name, response.text)
                self.assertNotIn('Traceback', response.text)
                self.assertIn('This page is not available', response.text)

    def test_who_may_see_it_without_a_link(self):
        url = f'/my/dunning/letter/{self.letter.id}'
        for login, status in [
                ('carla', 200), ('clerk', 200), ('stranger', 404), ('colleague', 404)]:
            with self.subTest(login=login):
                self.assertEqual(self._get(url, login).status_code, status)

    def test_letters_that_were_not_sent_have_no_page(self):
        for state in ('draft', 'ready', 'failed'):
            with self.subTest(state=state):
                self.letter.state = state
                self.assertEqual(self._get(self._url()).status_code, 404)

    def test_invoice_of_another_letter_is_not_served(self):
        other = self._make_letter(partner=self.other)
        move = other.line_ids[0].move_id
        move.invoice_pdf_report_id = self.env['ir.attachment'].create({
            'name': 'x.pdf', 'raw': b'%PDF', 'res_model': 'account.move', 'res_id': move.id,
            'res_field': 'invoice_pdf_report_file'})
        self.assertEqual(self._get(self._url(other, f'/invoice/{move.id}')).status_code, 200)
        self.assertEqual(self._get(self._url(suffix=f'/invoice/{move.id}')).status_code, 404)

    def test_renewed_link_works_and_the_old_one_does_not(self):
        old = self._url(say=True)
        self.letter.with_user(self.clerk).action_renew_access_token()
        self.assertEqual(self._get(old).status_code, 404)
        self.assertEqual(self._get(self._url()).status_code, 200)

    def test_newer_letter_is_linked_without_its_token(self):
        self._invoice(self.today, 10.0)
        newer = self.letter.copy({
            'run_id': self.letter.run_id.copy().id, 'state': 'sent', 'name': 'DL/NEW'})
        page = self._get(self._url())
        self.assertIn(f'/my/dunning/letter/{newer.id}"', page.text)
        self.assertNotIn(newer.access_token or 'DL/NEW', page.text)

    def test_short_link_on_paper_leads_to_the_page(self):
        link = self.letter._get_short_link()
        self.assertRegex(link, r'/dl/\d+-[0-9a-f]{8}-[0-9a-f]{4}$')
        response = self._get(link.replace(self.letter.get_base_url(), ''))
        self.assertEqual(response.status_code, 200)
        self.assertIn("350.00", self._html(response).findtext('.//h1'))
        html = self.letter._render_document_html()
        self.assertIn(link.split('://')[1], html)
        self.assertEqual(html.count('QR code of this letter'), 0)
        self.company.dunning_portal_qr = True
        self.assertEqual(self.letter._render_document_html().count('QR code of this letter'), 1)
        self.company.dunning_portal = False
        self.assertNotIn('/dl/', self.letter._render_document_html())

    def test_mail_has_the_button(self):
        body = self.letter._get_mail_body()
        self.assertIn("View and pay", body)
        self.assertIn(self.letter.access_token, body)
        self.company.dunning_portal = False
        self.assertNotIn("View and pay", self.letter._get_mail_body())

    def test_page_speaks_the_language_of_the_letter(self):
        self.env['res.lang']._activate_lang('de_DE')
        self.customer.lang = 'de_DE'
        self._translate(self.letter.level_id)
        self.letter.invalidate_recordset(['lang'])
        page = self._html(self._get(self._url()))
        self.assertIn("350,00", page.findtext('.//h1'))
        # What was sent stays in its language, whatever becomes of the texts of the level.
        self.assertEqual(self.letter.state, 'sent')
        self.letter.level_id.update_field_translations('subject', {'de_DE': False})
        self.letter.invalidate_recordset(['lang'])
        page = self._html(self._get(self._url()))
        self.assertIn("350,00", page.findtext('.//h1'))

    def test_answers_need_a_link_that_has_not_expired_or_a_login(self):
        may = self.letter._may_answer
        self.assertTrue(may(self.letter._sign_answers()))
        for garbage in (None, '', 'x', 'AAAA', '%%%', 'ä', '\x00', self.letter.access_token, 7):
            with self.subTest(signature=garbage):
                self.assertFalse(may(garbage))
        other = self._make_letter(partner=self.other)
        self.assertFalse(may(other._sign_answers()))
        self.letter.policy_id.portal_link_days = 0
        self.assertEqual(self.letter._sign_answers(), '')
        self.assertTrue(self.letter.with_user(self.portal_user).sudo()._may_answer())
        self.assertFalse(self.letter.with_user(self.stranger).sudo()._may_answer())

    def test_chatter_is_closed_to_links(self):
        from odoo.addons.portal.utils import validate_thread_with_token  # noqa: PLC0415
        public = self.env(user=self.env.ref('base.public_user'))
        letters = public['dunning.letter']
        self.assertTrue(validate_thread_with_token(self.letter, self.letter.access_token))
        self.assertFalse(letters._get_thread_with_access(
            self.letter.id, token=self.letter.access_token))

    def test_letter_page_is_cheap(self):
        self.authenticate(None, None)
        self.url_open(self._url())
        letter = self.env['dunning.letter'].sudo().browse(self.letter.id)
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            values = letter._prepare_page_values()
        self.assertEqual(values['account'].total, 350.0)

    def test_whole_request_keeps_the_budget(self):
        """Queries of the page as a visitor opens it again, the framework's own included."""
        self.authenticate(None, None)
        self.url_open(self._url())
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.url_open(self._url()).status_code, 200)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 40)

    def test_ways_to_pay_are_looked_for_on_a_click(self):
        self._let_pay()
        page = self._html(self._get(self._url()))
        self.assertFalse(page.xpath('//*[@id="o_payment_form"]'))
        [link] = page.xpath('//a[@id="dunning_pay_now"]/@href')
        page = self._html(self._get(link))
        self.assertTrue(page.xpath('//*[@id="o_payment_form"]'))
        self.assertFalse(page.xpath('//*[@id="dunning_pay_now"]'))
