import io

import openpyxl

from odoo import fields
from odoo.tests import new_test_user, tagged

from .portal_common import PortalCommon


@tagged('post_install', '-at_install')
class TestPortalItems(PortalCommon):
    """Everything open of the contact's customer, whichever contact logs in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_pay()
        cls.future = cls._invoice(fields.Date.add(cls.today, days=30), 77.0)
        cls.foreign = cls._make_letter(999.0, partner=cls.other)

    def _page(self, login='carla', url='/my/open-items'):
        response = self._get(url, login)
        self.assertEqual(response.status_code, 200)
        return self._html(response)

    def _ticks(self, page):
        return [int(box.get('value')) for box in page.xpath('//input[@name="item"]')]

    def test_contact_sees_all_of_the_customer_and_nothing_else(self):
        page = self._page()
        lines = self.letter.line_ids.move_line_id | self._terms(self.future)
        self.assertCountEqual(self._ticks(page), lines.ids)
        self.assertIn("350.00", page.get_element_by_id('dunning_due').text)
        self.assertIn("427.00", page.get_element_by_id('dunning_items').text_content())
        self.assertIn(self.letter.name, page.get_element_by_id('dunning_letters').text_content())
        self.assertFalse(self._ticks(self._page('stranger')))

    def test_each_company_and_currency_by_itself(self):
        other = self.setup_other_company()['company']
        self.env.user.company_ids |= other
        move = self.init_invoice(
            'out_invoice', self.customer, self.today, post=True, amounts=[55.0], company=other)
        accounts = self.customer._get_open_accounts()
        self.assertEqual(len(accounts), 2)
        number = [account.company for account in accounts].index(other)
        page = self._page(url=f'/my/open-items?account={number}')
        self.assertEqual(self._ticks(page), self._terms(move).ids)
        mixed = self._terms(move) | self._terms(self.future)
        self.assertFalse(self.customer._get_items_demand(set(mixed.ids)))

    def test_selected_items_are_paid_and_others_are_not(self):
        line = self.letter.line_ids[0].move_line_id
        url = f'/my/open-items/pay?item={line.id}'
        self.assertIn("100.00", self._page(url=url).get_element_by_id('dunning_amount').text)
        tx = self._pay_online(
            login='carla', url=f'/my/open-items/transaction?item={line.id}', access_token='')
        self.assertEqual((tx.amount, tx.partner_id), (100.0, self.portal_user.partner_id))
        self._finish(tx)
        self.assertEqual(tx.payment_id.partner_id, self.customer)
        self.assertEqual(self.letter.line_ids.move_line_id.mapped('reconciled'), [True, False])

    def test_all_that_is_due_is_paid_with_charges_and_credits(self):
        self.env['dunning.charge'].sudo().create({
            'letter_id': self.letter.id, 'company_id': self.company.id, 'date': self.today,
            'partner_id': self.customer.id, 'currency_id': self.letter.currency_id.id,
            'kind': 'fee', 'amount': 5.0, 'level_id': self.letter.level_id.id})
        self._credit_note(30.0, on=self.today)
        tx = self._pay_online(login='carla', access_token='', url=(
            f'/my/open-items/transaction?company={self.company.id}'
            f'&currency={self.letter.currency_id.id}'))
        self.assertEqual(tx.amount, 325.0)
        self._finish(tx)
        accounts = self.customer._get_open_accounts()
        self.assertEqual([account.balance for account in accounts], [77.0])

    def test_fees_alone_are_paid_once(self):
        for line in self.letter.line_ids:
            self._pay(line.move_id, on=self.today)
        charge = self.env['dunning.charge'].sudo().create({
            'letter_id': self.letter.id, 'company_id': self.company.id, 'date': self.today,
            'partner_id': self.customer.id, 'currency_id': self.letter.currency_id.id,
            'kind': 'fee', 'amount': 5.0, 'level_id': self.letter.level_id.id})
        values = {'login': 'carla', 'access_token': '', 'url': (
            f'/my/open-items/transaction?company={self.company.id}'
            f'&currency={self.letter.currency_id.id}')}
        tx = self._pay_online(**values)
        self.assertEqual(tx.amount, 5.0)
        self._answer(tx, 'pending')
        self.assertIn('error', self._start(**values), "on its way already")
        self._finish(tx)
        self.assertEqual((tx.payment_id.amount, charge.amount_open), (5.0, 0.0))

    def test_items_of_others_cannot_be_paid_or_probed(self):
        line = self.foreign.line_ids.move_line_id
        for query in (f'item={line.id}', 'item=0', 'item=x', 'item=-1', 'item=99999999999999',
                      f'item={line.id}&item={self._terms(self.future).id}', '', 'company=x',
                      f'company={self.company.id}&currency=0'):
            with self.subTest(query=query):
                page = self._page(url=f'/my/open-items/pay?{query}')
                self.assertFalse(page.xpath('//*[@id="dunning_amount"]'))
                self.assertIn('error', self._start(
                    login='carla', url=f'/my/open-items/transaction?{query}', access_token=''))

    def test_statement_as_pdf_and_sheet(self):
        self.customer.name = '=cmd|calc'
        pdf = self._get(f'/my/open-items/{self.company.id}/statement.pdf', 'carla')
        self.assertTrue(pdf.content.startswith(b'%PDF'))
        sheet = self._get(f'/my/open-items/{self.company.id}/statement.xlsx', 'carla')
        book = openpyxl.load_workbook(io.BytesIO(sheet.content))
        rows = list(book.worksheets[0].values)
        self.assertEqual([row[5] for row in rows[1:]], [100.0, 250.0, 77.0, 427.0])
        for login, company in [('stranger', self.company.id), ('carla', 10**6)]:
            with self.subTest(login=login):
                self.assertEqual(self._get(
                    f'/my/open-items/{company}/statement.pdf', login).status_code, 404)

    def test_home_page_counts_what_is_open(self):
        self.authenticate('carla', 'carla')
        answer = self._call_json('/my/counters', counters=[
            'dunning_item_count', 'dunning_letter_count'])
        self.assertEqual(answer['result'], {'dunning_item_count': 3, 'dunning_letter_count': 1})

    def test_promises_and_disputes_are_shown(self):
        self.env['dunning.dispute'].create({
            'move_id': self.letter.line_ids[0].move_id.id, 'amount': 40.0,
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_missing').id})
        text = self._page().text_content()
        self.assertIn("Being clarified", text)
        self.assertIn("Dispute of", text)

    def test_letters_of_the_customer_are_listed(self):
        page = self._page(url='/my/dunning/letters')
        self.assertIn(self.letter.name, page.text_content())
        self.assertNotIn(self.foreign.name, page.text_content())

    def test_pages_of_a_long_list(self):
        move = self.env['account.move'].create({
            'move_type': 'entry', 'partner_id': self.customer.id, 'company_id': self.company.id,
            'date': self.today, 'line_ids': [
                fields.Command.create({
                    'account_id': self.customer.property_account_receivable_id.id,
                    'partner_id': self.customer.id, 'debit': 1.0, 'name': f'{number}',
                    'no_followup': False, 'date_maturity': self.today,
                }) for number in range(120)] + [
                fields.Command.create({
                    'account_id': self.company_data['default_account_revenue'].id,
                    'credit': 120.0})]})
        move.action_post()
        seen = [self._ticks(self._page(url=f'/my/open-items/page/{number}'))
                for number in (1, 2, 3)]
        self.assertEqual([len(ticks) for ticks in seen], [50, 50, 23])
        self.assertEqual(len({tick for ticks in seen for tick in ticks}), 123)

    def test_nobody_is_shown_anything_without_login(self):
        self.authenticate(None, None)
        for url in ('/my/open-items', '/my/dunning/letters', '/my/open-items/pay',
                    f'/my/open-items/{self.company.id}/statement.pdf'):
            with self.subTest(url=url):
                self.assertIn('/web/login', self.url_open(url).url)

    def test_internal_user_has_no_open_items_of_customers(self):
        new_test_user(self.env, 'inside', groups='base.group_user')
        self.assertFalse(self._ticks(self._page('inside')))
