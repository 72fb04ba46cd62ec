import random
import re

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCommon

#: Mutations of each route; the same each time.
_MUTATIONS = 200
_JUNK = (
    '', '0', '-1', '1', '2147483647', '2147483648', '99999999999999999999', 'None', 'true', '[]',
    '{}', "' OR 1=1 --", '<script>alert(1)</script>', '../../etc/passwd', '%00', 'ä' * 300, '\x00',
    'NaN', 'inf', '-0.01', '1e309', '2026-02-30', '9999-12-31', '0000-00-00', 'A' * 5000)


@tagged('post_install', '-at_install')
class TestPortalSafe(PortalCommon):
    """Whoever comes to a route, and whatever they send: nothing leaks, breaks or is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls._make_letter(321.0, partner=cls.other)
        cls.child = cls._make_customer("Chris Child", parent_id=cls.customer.id)
        cls.plan = cls.env['dunning.installment.plan'].sudo().create({
            'partner_id': cls.customer.id, 'company_id': cls.company.id, 'count': 2,
            'currency_id': cls.letter.currency_id.id,
            'item_ids': [fields.Command.set(cls.letter.line_ids.move_line_id.ids)],
            'portal_letter_id': cls.letter.id})
        cls.plan._portal_ensure_token()
        cls.foreign_signature = cls.foreign._sign_answers()
        cls.secrets = [
            cls.foreign.name, cls.other.name, cls.foreign.line_ids.name, "321.00"]

    def _routes(self):
        """Return (method, path, names of parameters) of every route of the room."""
        letter, plan = self.letter.access_url, self.plan.access_url
        move = self.letter.line_ids[0].move_id.id
        link = ('access_token', 'say')
        answers = {
            'promise': ('name', 'date', 'note'), 'dispute': (
                'name', 'move', 'amount', 'reason', 'note'),
            'plan': ('name', 'count', 'date', 'part', 'confirm'),
            'paid': ('name', 'date', 'amount'), 'contact': ('name', 'contact', 'email', 'phone'),
            'received': ('name',), 'link': ()}
        pay = ('access_token', 'amount', 'provider_id', 'payment_method_id', 'token_id', 'flow',
               'landing_route', 'tokenization_requested', 'currency_id', 'partner_id')
        return [
            ('GET', letter, (*link, 'part', 'done')), ('GET', f'{letter}/pdf', link),
            ('GET', f'{letter}/invoice/{move}', link),
            ('GET', '/dl/1-x', ()),
            *(('POST', f'{letter}/{kind}', (*link, *names)) for kind, names in answers.items()),
            ('JSON', f'{letter}/transaction', pay),
            ('GET', plan, ('access_token', 'pay')), ('GET', f'{plan}/pdf', ('access_token',)),
            ('JSON', f'{plan}/accept', ('access_token', 'name', 'signature')),
            ('JSON', f'{plan}/{self.plan.part_ids[:1].id}/transaction', pay),
            ('GET', '/my/open-items', ('account', 'page')),
            ('GET', '/my/open-items/pay', ('item', 'company', 'currency')),
            ('JSON', '/my/open-items/transaction', pay),
            ('GET', f'/my/open-items/{self.company.id}/statement.pdf', ()),
            ('GET', f'/my/open-items/{self.company.id}/statement.xlsx', ()),
            ('GET', '/my/dunning/letters', ('page',)),
        ]

    def _csrf(self):
        """Return the token of this session against forgery, from a page that has a form."""
        page = self._html(self.url_open(f'{self._url()}'))
        found = page.xpath('//input[@name="csrf_token"]')
        return found[0].get('value') if found else ''

    def _send(self, method, path, values):
        if method == 'GET':
            return self.url_open(path, params=values, allow_redirects=False)
        if method == 'JSON':
            return self.url_open(path, json={
                'jsonrpc': '2.0', 'method': 'call', 'params': values}, allow_redirects=False)
        return self.url_open(path, data=values, allow_redirects=False)

    def _count_written(self):
        self.env.invalidate_all()
        return {name: self.env[name].sudo().search_count([]) for name in (
            'dunning.answer', 'dunning.promise', 'dunning.dispute', 'dunning.installment.plan',
            'dunning.pause', 'payment.transaction', 'res.partner', 'account.payment',
            'ir.attachment')} | {
            'signed': self.plan.signed_by, 'state': self.letter.state}

    def _assertHarmless(self, response, what):
        self.assertLess(response.status_code, 500, what)
        self.assertNotIn('Traceback', response.text.split('"debug"')[0], what)
        for secret in self.secrets:
            self.assertNotIn(secret, response.text, what)

    # Who may what -------------------------------------------------------------------------------

    def test_rights_matrix(self):
        """Each visitor × each page, without a token."""
        letter, plan = self.letter.access_url, self.plan.access_url
        pages = {
            letter: 'carla clerk', f'{letter}/pdf': 'carla clerk', plan: 'carla clerk',
            f'{plan}/pdf': 'carla clerk', self.foreign.access_url: 'clerk',
            f'{self.foreign.access_url}/pdf': 'clerk'}
        for path, allowed in pages.items():
            for login in (None, 'carla', 'stranger', 'colleague', 'clerk'):
                with self.subTest(path=path, login=login), mute_logger('odoo.http'):
                    response = self._get(path, login)
                    self.assertEqual(
                        response.status_code, 200 if login in allowed.split() else 404)
        statement = f'/my/open-items/{self.company.id}/statement.pdf'
        for login, status in (('carla', 200), ('stranger', 404), ('colleague', 404)):
            with self.subTest(login=login):
                self.assertEqual(self._get(statement, login).status_code, status)

    def test_portal_users_read_nothing_of_the_models(self):
        env = self.env(user=self.portal_user)
        for name in self.env.registry:
            if name.startswith('dunning.') and not self.env[name]._abstract:
                with self.subTest(model=name):
                    self.assertFalse(env[name].has_access('read'))

    def test_children_see_what_their_company_sees(self):
        user = self.env['res.users'].create({
            'login': 'chris', 'password': 'chris', 'partner_id': self.child.id, 'name': "Chris",
            'group_ids': [fields.Command.set([self.env.ref('base.group_portal').id])]})
        self.assertTrue(user.share)
        self.assertEqual(self._get(self.letter.access_url, 'chris').status_code, 200)

    # Mutations ----------------------------------------------------------------------------------

    def _mutate(self, source, path, names):
        """Return a mutated path and parameters: junk, numbers and tokens of others."""
        if source.random() < 0.4:
            number = source.choice([
                str(self.foreign.id), '0', '2147483648', '99999999999',
                str(source.getrandbits(31))])
            path = re.sub(r'\d+', number, path, count=source.choice((1, 2)))
        # The link of another letter opens that letter, and no other page.
        links = [] if str(self.foreign.id) in path else [
            self.foreign.access_token, self.foreign_signature]
        others = [*links, str(self.foreign.id), str(self.foreign.line_ids[0].move_id.id), *_JUNK]
        return path, {name: source.choice(others) for name in names if source.random() < 0.8}

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule')
    def _attack(self, login, routes):
        self.authenticate(login, login)
        csrf = self._csrf()
        before = self._count_written()
        for number, (method, path, names) in enumerate(routes):
            source = random.Random(f'{login} {number}')  # noqa: S311, the same each time
            for _turn in range(_MUTATIONS):
                target, values = self._mutate(source, path, names)
                if method == 'POST':
                    values['csrf_token'] = csrf
                response = self._send(method, target, values)
                self._assertHarmless(response, f'{login} {method} {target} {values}')
        after = self._count_written()
        self.assertEqual(after, before)

    def test_mutations_by_visitors(self):
        self._attack(None, [
            route for route in self._routes() if not route[1].startswith('/my/open')])

    def test_mutations_by_other_customers(self):
        self.secrets = [self.letter.name, self.letter.access_token, self.customer.name]
        self._attack('stranger', [
            route for route in self._routes() if '/my/open' in route[1] or 'letters' in route[1]])
