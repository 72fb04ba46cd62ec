import base64
import hashlib
import json

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .handover_common import HandoverCommon


class TestRemoteHandover(HandoverCommon):
    """Packages out and status files in, for programs far from the server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bot = new_test_user(
            cls.env, 'bot', groups='smart_dunning.group_dunning_remote',
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])

    def setUp(self):
        super().setUp()
        self.case = self._handed_over(self._warned(500.0))

    def _remote(self, user=None):
        return self.env(user=user or self.bot, su=False, context={})['dunning.remote']

    def _import(self, text, user=None, **values):
        answer = self._remote(user).import_handover_status(
            base64.b64encode(text.encode()).decode(), **values)
        self.assertNotIn("null", json.dumps(answer))
        return answer

    def test_package_as_sent(self):
        for user in (self.bot, self.clerk):
            for key in (self.case.name, self.case.id):
                with self.subTest(user=user.login, key=key):
                    answer = self._remote(user).get_handover_package(key)
                    content = base64.b64decode(answer.pop('package'))
                    self.assertEqual(content, self.case.sudo().package_id.raw)
                    self.assertEqual(answer, {
                        'id': self.case.id, 'number': self.case.name, 'customer': "Anna Adler",
                        'agency': "North Collections", 'state': 'handed_over', 'is_sent': True,
                        'file_name': f"{self.case.name.replace('/', '-')}.zip",
                        'sha256': self.case.package_sha256})

    def test_package_as_it_would_leave(self):
        draft = self._case(self._warned(80.0, self.other))
        with self.assertRaisesRegex(UserError, "no agency"):
            self._remote().get_handover_package(draft.name)
        draft.action_propose()
        answer = self._remote().get_handover_package(draft.name)
        self.assertEqual((answer['is_sent'], answer['state']), (False, 'proposed'))
        self.assertEqual(hashlib.sha256(base64.b64decode(answer['package'])).hexdigest(),
                         answer['sha256'])
        self.assertFalse(draft.sudo().package_id)

    def test_who_may(self):
        salesman = new_test_user(
            self.env, 'remote_sales', groups='sales_team.group_sale_salesman',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        for call in (lambda: self._remote(salesman).get_handover_package(self.case.name),
                     lambda: self._import("number\nHO/1\n", salesman)):
            with self.assertRaises(AccessError):
                call()
        for key in ("HO/1900/0001", 999999999):
            with self.subTest(key=key), self.assertRaises(MissingError):
                self._remote().get_handover_package(key)

    def test_other_companies_are_out_of_reach(self):
        elsewhere = self._create_company(name="Elsewhere")
        stranger = new_test_user(
            self.env, 'bot_elsewhere', groups='smart_dunning.group_dunning_remote',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        with self.assertRaises(MissingError):
            self._remote(stranger).get_handover_package(self.case.id)
        answer = self._import(
            f"number;paid\n{self.case.name};5,00\n", stranger, dry_run=False)
        self.assertEqual([row['result'] for row in answer['rows']], ['error'])
        self.assertEqual(self.case.agency_paid, 0.0)

    def test_status_all_or_none(self):
        good = f"number;state;paid\n{self.case.name};court;100,00\n"
        said = self._import(good)
        self.assertEqual([row['result'] for row in said['rows']], ['changed'])
        self.assertFalse(said['applied'])
        self.assertEqual(self.case.agency_paid, 0.0)
        bad = self._import(f"{good}HO/9;court;1\n{self.case.name};court;much\n", dry_run=False)
        self.assertEqual(
            [(row['row'], row['result']) for row in bad['rows']],
            [(2, 'changed'), (3, 'error'), (4, 'error')])
        self.assertEqual(self.case.agency_paid, 0.0)
        for _call in range(2):
            done = self._import(good, dry_run=False, call_key="k")
            self.assertEqual([row['result'] for row in done['rows']], ['changed'])
        self.assertRecordValues(self.case, [{'agency_paid': 100.0, 'agency_state': 'court'}])
        self.assertEqual(self._import(good, dry_run=False)['rows'][0]['result'], 'same')
        self.assertIn(self.bot.partner_id, self.case.sudo().message_ids.author_id)

    def test_status_of_one_agency(self):
        other = self.env['dunning.agency'].create({
            'name': "South", 'partner_id': self.office.id, 'company_id': self.company.id})
        good = f"number;paid\n{self.case.name};100,00\n"
        for agency, result in ((other.id, 'error'), ("South", 'error'),
                               (self.agency.name, 'changed')):
            with self.subTest(agency=agency):
                self.assertEqual(self._import(good, agency=agency)['rows'][0]['result'], result)
        with self.assertRaises(MissingError):
            self._import(good, agency="West")
        for file in ("", "no base64!", False):
            with self.subTest(file), self.assertRaisesRegex(UserError, "base64"):
                self._remote().import_handover_status(file)
