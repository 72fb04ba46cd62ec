import base64
import io
import zipfile

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.smart_dunning.tests.handover_common import HandoverCommon

from ..models import dunning_handover
from ..wizards import dunning_handover_import
from .common import QueueCommon


@tagged('post_install', '-at_install')
class TestTaskHandover(QueueCommon, HandoverCommon):
    """Many cases are handed over, and many packages put into one file, by a job: all or none."""

    def setUp(self):
        super().setUp()
        self.patch(dunning_handover, '_AT_ONCE', 1)
        self._end_runner()                  # the letters that have warned went by themselves
        self.cases = self._case(self._warned(500.0)) | self._case(
            self._warned(300.0, partner=self.other))
        self._begin_runner()
        self.cases.action_propose()

    def _get_task(self, action):
        self.assertEqual(action['res_model'], 'dunning.task')
        return self.env['dunning.task'].with_user(self.clerk).browse(action['res_id'])

    def test_cases_are_handed_over_by_a_job_once(self):
        task = self._get_task(self.cases.action_hand_over())
        self.assertEqual(self._get_task(self.cases.action_hand_over()), task)
        self.assertEqual(set(self.cases.mapped('state')), {'proposed'})
        self.assertEqual(self._get_jobs('_job_work').user_id, self.clerk)
        self._work(task)
        self.assertEqual(task.state, 'done', task.message)
        self.assertEqual(set(self.cases.mapped('state')), {'handed_over'})
        self.assertEqual(
            [(step.state, step.done, step.total) for step in task.step_ids],
            [('running', 0, 0), ('running', 0, 2), ('running', 1, 2), ('done', 0, 0)])
        packages, mails = self.cases.package_id, self._mails(self.cases[0])
        self.assertEqual(len(packages), 2)
        self.assertTrue(mails)
        self.assertEqual(task.action_open()['domain'], [('id', 'in', self.cases.ids)])
        # Started once more after it was killed, and asked for once more: nothing happens twice.
        self._work(task)
        again = self.env['dunning.task'].with_user(self.clerk)._start(
            'handover', "Again", self.company, task.parameters)
        self._work(again)
        self.assertEqual((again.state, self.cases.package_id), ('done', packages))
        self.assertEqual(self._mails(self.cases[0]), mails)

    def test_what_speaks_against_one_keeps_all(self):
        self.cases[1].sudo().partner_id.street = False
        task = self._get_task(self.cases.action_hand_over())
        self._work(task)
        self.assertEqual(task.state, 'failed')
        self.assertIn(self.cases[1].name, task.message)
        self.assertEqual(set(self.cases.mapped('state')), {'proposed'})
        self.assertFalse(self.cases.package_id)

    def test_packages_lie_with_the_task(self):
        self.cases[0].action_hand_over()
        task = self._get_task(self.cases.action_download_package())
        self.assertEqual(self._get_task(self.cases.action_download_package()), task)
        self._work(task)
        self._work(task)
        self.assertEqual((task.state, len(task.step_ids)), ('done', 4), task.message)
        attachment = self.env['ir.attachment'].search([
            ('res_model', '=', task._name), ('res_id', '=', task.id)])
        self.assertIn(f"/{attachment.id}?", task.action_open()['url'])
        with zipfile.ZipFile(io.BytesIO(attachment.with_user(self.clerk).raw)) as packed:
            names = packed.namelist()
            self.assertEqual(len(names), 2)
            self.assertEqual(packed.read(names[0]), self.cases[0].sudo().package_id.raw)
            self.assertTrue(names[1].startswith('preview-'))
        elsewhere = self.setup_other_company()['company']
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        seller = new_test_user(self.env, 'seller', groups='sales_team.group_sale_manager')
        for user in (stranger, seller):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    attachment.with_user(user).read(['raw'])
                with self.assertRaises(AccessError):
                    task.with_user(user).action_open()
                with self.assertRaises(AccessError):
                    self.cases.with_user(user).action_download_package()
        for method, args in (('write', ({'raw': b''},)), ('unlink', ())):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(attachment.with_user(self.clerk), method)(*args)

    def _import_status(self, *lines):
        self.patch(dunning_handover_import, '_LINES_AT_ONCE', 2)
        return self.env['dunning.handover.import'].with_user(self.clerk).create({
            'file': base64.b64encode("\n".join(["number;state;paid", *lines, ""]).encode()),
            'file_name': "status.csv"}).action_import()

    def test_long_status_file_is_taken_over_by_a_job(self):
        for case in self.cases:
            case.action_hand_over()
        first, second = self.cases
        lines = [f"{first.name};court;10,00", f"{second.name};court;20,00"]
        task = self._get_task(self._import_status(*lines))
        self._work(task)
        self.assertEqual(task.state, 'done', task.message)
        self.assertEqual(self.cases.mapped('agency_paid'), [10.0, 20.0])
        self.assertIn("2 of them", task.message)
        self.assertLessEqual(
            self.cases, self.env['dunning.handover'].search(task.action_open()['domain']))
        again = self._get_task(self._import_status(*lines))
        self._work(again)
        self.assertIn("0 of them", again.message)
        wrong = self._get_task(self._import_status(
            f"{first.name};court;15,00", "HO/none;court;1,00", f"{second.name};court;much"))
        self._work(wrong)
        self.assertEqual((wrong.state, self.cases.mapped('agency_paid')), ('failed', [10.0, 20.0]))
        for word in ("2 lines are wrong", "Line 3, HO/none", "Line 4", "much"):
            self.assertIn(word, wrong.message)

    def test_short_status_file_is_taken_over_at_once(self):
        with self.assertRaisesRegex(UserError, "Nothing was imported"):
            self._import_status("HO/none;court;1,00")
        self.assertFalse(self._get_jobs('_job_work'))

    def test_one_task_per_company(self):
        elsewhere = self.setup_other_company()['company']
        self.clerk.company_ids |= elsewhere
        partner = self._make_customer("Elsewhere")
        other = self.handovers.sudo().create({
            'partner_id': partner.id, 'company_id': elsewhere.id,
            'currency_id': elsewhere.currency_id.id})
        self.cases |= other.with_env(self.cases.env)
        cases = self.cases.with_context(allowed_company_ids=[self.company.id, elsewhere.id])
        action = cases.action_download_package()
        tasks = self.env['dunning.task'].search(action['domain'])
        self.assertEqual(tasks.company_id, self.company | elsewhere)
        self.assertEqual([task.parameters['cases'] for task in tasks.sorted('id')],
                         [self.cases[:2].ids, other.ids])

    def test_few_cases_and_sites_without_a_runner_do_it_at_once(self):
        action = self.cases[0].action_download_package()
        self.assertEqual(action['type'], 'ir.actions.act_url')
        self._end_runner()
        self.assertEqual(
            self.cases.action_download_package()['type'], 'ir.actions.act_url')
        self.cases.action_hand_over()
        self.assertEqual(set(self.cases.mapped('state')), {'handed_over'})
        self.assertFalse(self.env['dunning.task'].search([]))
