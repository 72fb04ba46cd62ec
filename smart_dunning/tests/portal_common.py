import json
from unittest import SkipTest

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from .common import DunningCommon


class PortalCommon(DunningCommon, HttpCase):
    """A letter that was sent today, its customer with a login, and others who are none of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_dunning_today()
        cls.customer.is_company = True
        cls.contact = cls._make_customer("Carla Contact", parent_id=cls.customer.id)
        cls.portal_user = new_test_user(cls.env, 'carla', groups='base.group_portal')
        cls.portal_user.partner_id.parent_id = cls.customer
        cls.stranger = new_test_user(cls.env, 'stranger', groups='base.group_portal')
        cls.colleague = new_test_user(
            cls.env, 'colleague', groups='base.group_user', company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)])
        cls.env['res.partner.bank'].create({
            'acc_number': 'DE89370400440532013000', 'partner_id': cls.company.partner_id.id,
            'allow_out_payment': True})
        cls.letter = cls._make_letter()

    @classmethod
    def _make_letter(cls, *amounts, partner=None, days=20, **values):
        """Return a letter that was sent today about invoices due some days ago."""
        partner = partner or cls.customer
        for number, amount in enumerate(amounts or (100.0, 250.0)):
            cls._invoice(
                fields.Date.add(cls.today, days=number - days), amount, partner, **values)
        run = cls.env['dunning.run'].create({'company_id': cls.company.id, 'date': cls.today})
        run.action_plan()
        letter = run.letter_ids.filtered(lambda one: one.partner_id == partner)
        letter.sudo()._store_document(b'%PDF-1.7 as sent')
        letter.sudo()._set_sent()
        letter.sudo().message_uid = f'<{letter.id}@test>'
        cls.env.flush_all()
        return letter.with_env(cls.env).sudo()

    def _get(self, url, login=None, **options):
        """Open a page as a visitor with a fresh session, or logged in."""
        self.authenticate(login, login)
        return self.url_open(url, **options)

    def _url(self, letter=None, suffix='', say=False):
        """Return the link of a letter, as its e-mail has it."""
        letter = (letter or self.letter).sudo()
        link = letter._get_portal_link(answers=say)
        base, _mark, query = link.partition('?')
        return f'{base}{suffix}?{query}'.replace(letter.get_base_url(), '')

    def _html(self, response):
        from lxml import html  # noqa: PLC0415
        return html.fromstring(response.text)

    def _states(self, page):
        return [row.get('data-state') for row in page.iterfind('.//tr[@data-state]')]

    # Paying -------------------------------------------------------------------------------------

    @classmethod
    def _let_pay(cls):
        """Let customers pay by a provider whose payments the tests answer for."""
        demo = cls.env['payment.provider'].sudo().search([('code', '=', 'demo')], limit=1)
        if not demo:
            raise SkipTest("payment_demo is not installed; `make` installs it")
        cls.provider = demo.copy({'company_id': cls.company.id})
        cls.provider.write({
            'state': 'test', 'is_published': True, 'journal_id': cls.journal_bank.id,
            'allow_tokenization': True})
        cls.method = cls.provider.payment_method_ids[:1]

    def _call_json(self, url, **params):
        response = self.url_open(
            url, data=json.dumps({'jsonrpc': '2.0', 'method': 'call', 'params': params}),
            headers={'Content-Type': 'application/json'})
        self.assertEqual(response.status_code, 200)
        return response.json()

    def _start(self, login=None, url=None, **values):
        """Start a transaction over HTTP as the browser does; returns the answer."""
        self.authenticate(login, login)
        with mute_logger('odoo.http'):
            return self._call_json(url or f'{self.letter.access_url}/transaction', **{
                'access_token': self.letter.access_token, 'provider_id': self.provider.id,
                'payment_method_id': self.method.id, 'token_id': None, 'flow': 'direct',
                'tokenization_requested': False, 'landing_route': 'https://evil.example',
                'amount': 1.0, **values})

    def _pay_online(self, **values):
        """Start a transaction and return it."""
        answer = self._start(**values)
        self.assertNotIn('error', answer)
        tx = self.env['payment.transaction'].sudo().search(
            [('reference', '=', answer['result']['reference'])])
        self.assertTrue(tx.landing_route.startswith('/my/'))
        return tx

    def _answer(self, tx, state):
        """Let the provider say what became of a payment."""
        self._call_json('/payment/demo/simulate_payment', reference=tx.reference,
                        payment_details="1234", simulated_state=state)
        self.env.invalidate_all()
        self.assertEqual(tx.state, state)

    def _finish(self, tx):
        """Let a payment arrive, and the status page book it."""
        self._answer(tx, 'done')
        tx._post_process()
        self.env.invalidate_all()
