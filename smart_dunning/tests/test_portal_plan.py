import base64

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCommon
from .test_portal_answer import _PNG


@tagged('post_install', '-at_install')
class TestPortalPlan(PortalCommon):
    """Instalments by the customer: proposed, seen, signed, paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_pay()
        cls.letter.policy_id.portal_plan = 'signed'

    def _propose(self, **values):
        self.authenticate(None, None)
        page = self._html(self.url_open(self._url(say=True)))
        csrf = page.xpath('//input[@name="csrf_token"]')[0].get('value')
        with mute_logger('odoo.http'):
            return self.url_open(f'{self.letter.access_url}/plan', data={
                'csrf_token': csrf, 'access_token': self.letter.access_token,
                'say': self.letter._sign_answers(), 'name': "Carla", 'count': 3,
                'date': fields.Date.to_string(fields.Date.add(self.today, days=7)), **values},
                allow_redirects=False)

    def _find_plan(self):
        return self.env['dunning.installment.plan'].search([]).sudo()

    def _sign(self, plan, token=None, **values):
        with mute_logger('odoo.http'):
            return self._call_json(
                f'{plan.access_url}/accept?access_token={token or plan.access_token}',
                **{'name': "Carla", 'signature': base64.b64encode(_PNG).decode(), **values})

    def test_parts_are_shown_before_they_are_sent(self):
        page = self._html(self._propose())
        rows = page.get_element_by_id('dunning_parts').xpath('.//tbody/tr')
        self.assertEqual(len(rows), 3)
        self.assertFalse(self._find_plan())
        self.assertEqual(self._propose(confirm=1).status_code, 303)
        self.assertRecordValues(self._find_plan(), [{
            'state': 'draft', 'amount_parts': 350.0, 'portal_letter_id': self.letter.id}])
        self.assertEqual(self._propose(confirm=1).status_code, 400, "one proposal of a letter")

    def test_amount_per_month_instead_of_the_number(self):
        self.assertEqual(self._propose(confirm=1, part="100").status_code, 303)
        self.assertEqual(
            self._find_plan().part_ids.mapped('amount'), [100.0, 100.0, 100.0, 50.0])

    def test_proposals_beyond_the_bounds_are_told_so(self):
        far = fields.Date.to_string(fields.Date.add(self.today, days=60))
        for values in ({'count': 8}, {'count': 7}, {'part': "20"}, {'date': far}, {'count': 0},
                       {'count': 'x', 'part': '-3'}, {'count': 10**9}, {'date': 'x'}):
            with self.subTest(**values):
                response = self._propose(confirm=1, **values)
                if values != {'count': 0}:
                    self.assertEqual(response.status_code, 400)
        self.letter.policy_id.portal_plan = 'none'
        self.assertEqual(self._propose(confirm=1).status_code, 400)

    def test_signature_puts_it_in_force_with_the_acknowledgement(self):
        self._propose(confirm=1)
        plan = self._find_plan()
        page = self.url_open(f'{plan.access_url}?access_token={plan.access_token}')
        self.assertIn('portal.signature_form', page.text)
        self.assertIn("acknowledges owing", page.text)
        self.assertIn('error', self._sign(plan, signature="no picture")['result'])
        self.assertIn('error', self._sign(plan, name="")['result'])
        self.assertIn('error', self._sign(plan, token="x")['result'])
        answer = self._sign(plan)
        self.assertIn('redirect_url', answer['result'])
        plan.invalidate_recordset()
        self.assertRecordValues(plan, [{
            'state': 'active', 'signed_by': "Carla", 'date_signed': self.today,
            'signed_ip': '127.0.0.1'}])
        self.assertTrue(plan.document_id.raw.startswith(b'%PDF'))
        pdf = self.url_open(f'{plan.access_url}/pdf?access_token={plan.access_token}')
        self.assertEqual(pdf.content, plan.document_id.raw)
        self.assertIn('error', self._sign(plan)['result'], "signed once")
        reasons = self.env['dunning.item']._fetch(
            self.company, ('pause_kind',), line_ids=self.letter.line_ids.move_line_id.ids)
        self.assertEqual(reasons, [('installment',), ('installment',)])

    def test_one_of_ours_cannot_sign_for_the_customer(self):
        self._propose(confirm=1)
        plan = self._find_plan()
        page = self._get(plan.access_url, 'clerk')
        self.assertEqual(page.status_code, 200)
        self.assertNotIn('portal.signature_form', page.text)
        values = {'name': "Carla", 'signature': base64.b64encode(_PNG).decode()}
        with mute_logger('odoo.http'):
            self.assertIn(
                'error', self._call_json(f'{plan.access_url}/accept', **values)['result'])
        plan.invalidate_recordset()
        self.assertRecordValues(plan, [{'state': 'draft', 'signed_at': False}])
        self.assertIn('portal.signature_form', self._get(plan.access_url, 'carla').text)
        self.assertIn('redirect_url', self._call_json(
            f'{plan.access_url}/accept', **values)['result'])
        plan.invalidate_recordset()
        self.assertEqual(plan.state, 'active')

    def test_clerk_decides_first_where_the_policy_says_so(self):
        self.letter.policy_id.portal_plan = 'clerk'
        self._propose(confirm=1)
        plan = self._find_plan()
        self.assertIn('error', self._sign(plan)['result'])
        answer = self.env['dunning.answer'].search([('kind', '=', 'plan')])
        self.assertEqual(answer.state, 'open')
        answer.with_user(self.clerk).action_accept()
        self.assertEqual(plan.state, 'active')
        self.assertIn('redirect_url', self._sign(plan)['result'])
        self.assertTrue(plan.signed_at)

    def test_declined_proposal_is_over(self):
        self.letter.policy_id.portal_plan = 'clerk'
        self._propose(confirm=1)
        self.env['dunning.answer'].search([]).with_user(self.clerk).action_decline()
        self.assertEqual(self._find_plan().state, 'cancelled')

    def test_each_part_is_paid_by_its_own_link(self):
        self._propose(confirm=1)
        plan = self._find_plan()
        self._sign(plan)
        part = plan._get_ordered_parts()[0]
        page = self._html(self.url_open(
            f'{plan.access_url}?access_token={plan.access_token}&pay={part.id}'))
        self.assertIn("116.66", page.get_element_by_id('dunning_amount').text)
        tx = self._pay_online(
            url=f'{plan.access_url}/{part.id}/transaction', access_token=plan.access_token,
            amount=0.01)
        self.assertEqual(tx.amount, 116.66)
        self._finish(tx)
        plan._update_states(self.company)
        self.assertEqual((part.state, part.amount_paid), ('paid', 116.66))
        self.assertIn('error', self._start(
            url=f'{plan.access_url}/{part.id}/transaction', access_token=plan.access_token))

    def test_plans_of_others_are_not_shown(self):
        self._propose(confirm=1)
        plan = self._find_plan()
        for login, token, status in [
                (None, '', 404), (None, 'x', 404), (None, self.letter.access_token, 404),
                ('stranger', '', 404), ('colleague', '', 404), ('carla', '', 200),
                ('clerk', '', 200)]:
            with self.subTest(login=login, token=token):
                self.assertEqual(self._get(
                    f'{plan.access_url}?access_token={token}', login).status_code, status)

    def test_signature_is_written_by_the_customer_alone(self):
        self._propose(confirm=1)
        plan = self._find_plan().with_user(self.clerk)
        for values in ({'signed_by': "Me"}, {'signature': base64.b64encode(_PNG)},
                       {'signed_at': fields.Datetime.now()}):
            with self.subTest(names=list(values)), self.assertRaises(AccessError):
                plan.sudo(False).write(values)
