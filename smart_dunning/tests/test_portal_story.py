import base64
import re

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCommon
from .test_portal_answer import _PNG


@tagged('post_install', '-at_install')
class TestPortalStory(PortalCommon):
    """One customer from the e-mail to the last instalment, and what the clerk sees meanwhile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_pay()
        cls.company.dunning_active = True
        cls.company.dunning_user_id = cls.clerk
        cls.letter.policy_id.write({
            'portal_plan': 'signed', 'portal_plan_part_min': 10.0, 'portal_partial': True,
            'portal_partial_min': 20.0})
        cls.first, cls.second = cls.letter.line_ids.move_line_id.sorted('date_maturity')

    # What the customer does ---------------------------------------------------------------------

    def _open_mail(self):
        """Open the link of the e-mail; the page."""
        link = re.search(r'href="([^"]*access_token[^"]*)"', self.letter._get_mail_body())[1]
        self.authenticate(None, None)
        self.link = link.replace('&amp;', '&').replace(self.letter.get_base_url(), '')
        return self._html(self.url_open(self.link))

    def _say(self, kind, files=None, **values):
        page = self._html(self.url_open(self.link))
        form = page.xpath(f'//form[contains(@action, "/{kind}")]')[0]
        hidden = {one.get('name'): one.get('value') for one in form.xpath(
            './/input[@type="hidden"]')}
        response = self.url_open(
            form.get('action'), data={**hidden, 'name': "Carla", **values}, files=files,
            allow_redirects=False)
        self.assertEqual(response.status_code, 303, response.text[:2000])
        self.env.invalidate_all()

    def _pay_it(self, url, token, **values):
        tx = self._pay_online(url=url, access_token=token, **values)
        self._finish(tx)
        return tx.amount

    # What the clerk sees ------------------------------------------------------------------------

    def _check(self, group, codes, to_pay):
        """Check whose turn it is with the customer, and the one figure; returns the debtor.

        :param codes: of several that wait the last one counts, which is the weekday's business
        """
        debtors = self.env['dunning.debtor']
        debtors._refresh(company=self.company)
        self.env.invalidate_all()
        debtor = debtors.with_user(self.clerk).search([('partner_id', '=', self.customer.id)])
        self.assertEqual(
            (debtor.work_group, debtor.amount_to_pay), (group, to_pay), debtor.next_step)
        self.assertIn(debtor.work_code, codes.split())
        page = self._html(self.url_open(self._url()))
        amount = page.xpath('//table[@id="dunning_items"]/tfoot//td')[-1].text
        asked = self.letter._get_account().total
        self.assertEqual(amount, self.letter._format_document_money(asked))
        return debtor

    def _get_work(self):
        """Return the activities of the clerk about what the customer has said, and end them."""
        activities = self.env['mail.activity'].search([
            ('user_id', '=', self.clerk.id), ('res_model', '=', 'dunning.answer')])
        notes = activities.mapped('note')
        activities.action_done()
        return "".join(notes)

    # The story ----------------------------------------------------------------------------------

    def test_from_the_mail_to_the_last_instalment(self):
        page = self._open_mail()
        self.assertIn("350.00", page.findtext('.//h1'))
        self.letter.invalidate_recordset()
        self.assertEqual(self.letter.seen_date, self.today)
        self._object()
        self._promise()
        self._pay_a_part()
        self._decide_the_dispute()
        self._sign_a_plan()
        self._pay_the_plan()

    def _object(self):
        self._say(
            'dispute', move=self.second.move_id.id, amount="40", note="Two are broken",
            reason=self.letter._get_reasons()[:1].id,
            files={'file': ('photo.png', _PNG, 'image/png')})
        dispute = self.env['dunning.dispute'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertEqual((dispute.state, dispute.amount), ('open', 40.0))
        self.assertIn("Two are broken", self._get_work())
        self.assertEqual(self.letter._get_account().total, 310.0)
        debtor = self._check('wait', 'deadline dispute', 350.0)
        self.assertIn("Two are broken", "".join(debtor.message_ids.mapped('body')))

    def _promise(self):
        day = fields.Date.add(self.today, days=5)
        self._say('promise', date=fields.Date.to_string(day))
        promise = self.env['dunning.promise'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertEqual(promise.item_ids, self.first | self.second)
        self.assertEqual((promise.state, promise.amount), ('open', 310.0))
        self.assertIn("Promise to pay", self._get_work())
        debtor = self._check('wait', 'deadline dispute promise', 350.0)
        self.assertEqual(debtor.promise_date, day)
        self.assertFalse(self._html(self.url_open(self.link)).xpath('//*[@id="dunning_promise"]'))

    def _pay_a_part(self):
        paid = self._pay_it(
            f'{self.letter.access_url}/transaction', self.letter.access_token, amount=60.0)
        self.assertEqual(paid, 60.0)
        self.assertEqual(self.first.amount_residual, 40.0)
        self._check('wait', 'deadline dispute promise', 290.0)
        promise = self.env['dunning.promise'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertEqual((promise.state, promise.amount_paid), ('open', 60.0))

    def _decide_the_dispute(self):
        dispute = self.env['dunning.dispute'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertEqual(self.env['ir.attachment'].search_count([
            ('res_model', '=', 'dunning.dispute'), ('res_id', '=', dispute.id)]), 1)
        dispute.with_user(self.clerk).write({'answer': "They were whole when they left."})
        dispute.with_user(self.clerk).action_reject()
        self._check('wait', 'deadline promise', 290.0)
        self.assertEqual(self.letter._get_account().total, 290.0)

    def _sign_a_plan(self):
        self._say('plan', count=3, confirm=1, date=fields.Date.to_string(
            fields.Date.add(self.today, days=7)))
        self.plan = self.env['dunning.installment.plan'].search(
            [('portal_letter_id', '=', self.letter.id)]).sudo()
        self.assertEqual((self.plan.state, self.plan.amount_parts), ('draft', 290.0))
        self.assertIn("Instalments", self._get_work())
        with mute_logger('odoo.http'):
            self._call_json(
                f'{self.plan.access_url}/accept?access_token={self.plan.access_token}',
                name="Carla", signature=base64.b64encode(_PNG).decode())
        self.env.invalidate_all()
        self.assertEqual((self.plan.state, self.plan.signed_by), ('active', "Carla"))
        promise = self.env['dunning.promise'].search([('portal_letter_id', '=', self.letter.id)])
        self.assertEqual(promise.state, 'replaced')
        self._check('wait', 'installment', 290.0)
        run = self._plan(fields.Date.add(self.today, days=10))
        self.assertFalse(run.letter_ids.filtered(lambda one: one.partner_id == self.customer))

    def _pay_the_plan(self):
        left = 290.0
        for part in self.plan._get_ordered_parts():
            left -= self._pay_it(
                f'{self.plan.access_url}/{part.id}/transaction', self.plan.access_token)
            if left > 0:
                self._check('wait', 'installment', round(left, 2))
        self.assertAlmostEqual(left, 0.0)
        self._check('nothing', 'nothing', 0.0)
        self.assertEqual(self.plan.state, 'kept')
        self.assertTrue(all((self.first | self.second).mapped('reconciled')))
        page = self._html(self.url_open(self.link))
        self.assertEqual(self._states(page), ['paid', 'paid'])
        self.assertIn("Everything is paid", page.findtext('.//h1'))
        self.assertFalse(page.xpath('//*[@id="dunning_pay"]'))
        self.assertFalse(self.env['mail.activity'].search([
            ('user_id', '=', self.clerk.id), ('res_model', 'like', 'dunning%')]))
