import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.smart_dunning.tests.common import day

from .common import QueueCommon


@tagged('post_install', '-at_install')
class TestTask(QueueCommon):
    """Large imports and lists: done by a job in the user's name, with progress, all or nothing."""

    def _make_import(self, rows, user=None):
        lines = ["VAT;Reference;Limit", *(f";R{number};{limit}" for number, limit in rows)]
        return self.env['dunning.credit.import'].with_user(user or self.manager).create({
            'company_id': self.company.id, 'source': 'insurer', 'file_name': "limits.csv",
            'file': base64.b64encode("\n".join(lines).encode())})

    def _make_customers(self, count):
        self.env['res.partner'].create([
            {'name': f"Customer {number}", 'ref': f"R{number}"} for number in range(count)])

    def test_large_file_is_imported_by_a_job(self):
        self._make_customers(1200)
        action = self._make_import([(number, 100 + number) for number in range(1200)]
                                   ).action_import()
        task = self.env['dunning.task'].with_user(self.manager).browse(action['res_id'])
        self.assertEqual((task.state, task.progress, task.user_id),
                         ('waiting', 0.0, self.manager))
        job = self._get_jobs('_job_work')
        self.assertEqual((job.channel, job.user_id, job.records.ids),
                         ('root.dunning', self.manager, task.ids))
        self._work(task)
        self.assertEqual((task.state, task.progress), ('done', 100.0))
        self.assertEqual(
            [(step.state, step.done, step.total) for step in task.step_ids],
            [('running', 0, 0), ('running', 0, 1200), ('running', 500, 1200),
             ('running', 1000, 1200), ('done', 0, 0)])
        checks = self.env['dunning.credit.check'].search([('company_id', '=', self.company.id)])
        self.assertEqual(len(checks), 1200)
        # A job that was killed after its end is started once more: nothing happens twice.
        self._work(task)
        self.assertEqual(len(task.step_ids), 5)

    def test_refusal_is_told_and_leaves_nothing(self):
        self._make_customers(600)
        rows = [(number, 100) for number in range(600)] + [(9999, 100)]
        action = self._make_import(rows).action_import()
        task = self.env['dunning.task'].with_user(self.manager).browse(action['res_id'])
        self._work(task)
        self.assertEqual(task.state, 'failed')
        self.assertIn("602", task.message)
        self.assertFalse(self.env['dunning.credit.check'].search_count(
            [('company_id', '=', self.company.id)]))

    def test_small_files_and_sites_without_a_runner_import_at_once(self):
        self._make_customers(600)
        action = self._make_import([(1, 100)]).action_import()
        self.assertEqual(action['res_model'], 'dunning.credit.check')
        self._end_runner()
        action = self._make_import([(number, 100) for number in range(2, 600)]).action_import()
        self.assertEqual(action['res_model'], 'dunning.credit.check')
        self.assertFalse(self.env['dunning.task'].search([]))

    def test_list_of_open_items_is_sent_by_a_job(self):
        self._invoice(due=day(-30))
        self.manager.email = 'manager@example.com'
        report = self.env['dunning.open.report'].create({
            'name': "Overdue", 'company_id': self.company.id,
            'user_ids': [Command.set(self.manager.ids)]})
        action = report.with_user(self.manager).action_send_now()
        task = self.env['dunning.task'].with_user(self.manager).browse(action['res_id'])
        self._work(task)
        self.assertEqual(task.state, 'done')
        self.assertEqual(self.env['mail.mail'].sudo().search_count(
            [('email_to', 'like', 'manager@example.com')]), 1)

    def test_crash_is_told_and_can_be_started_again(self):
        self._make_customers(600)
        action = self._make_import([(number, 100) for number in range(600)]).action_import()
        task = self.env['dunning.task'].with_user(self.manager).browse(action['res_id'])
        job = self._get_jobs('_job_work')
        for _time in range(2):                     # told once
            job.write({'state': 'failed', 'exc_info': "KeyError: 1"})
        task.invalidate_recordset()
        self.assertEqual((task.state, len(task.step_ids), task.can_open), ('failed', 1, False))
        self.assertNotIn("KeyError", task.message)
        with self.assertRaisesRegex(UserError, "nothing to show"):
            task.action_open()
        job.requeue()
        self._work(task)
        self.assertEqual(task.state, 'done')

    def test_rights(self):
        elsewhere = self.setup_other_company()['company']
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        seller = new_test_user(self.env, 'seller', groups='sales_team.group_sale_manager')
        self._make_customers(600)
        action = self._make_import([(number, 100) for number in range(600)]).action_import()
        task = self.env['dunning.task'].browse(action['res_id'])
        self.assertTrue(task.with_user(self.clerk).read(['name', 'state', 'progress']))
        for user in (stranger, seller):
            for record in (task, task.step_ids or self.env['dunning.task.step']):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    (record or task).with_user(user).read(['create_date'])
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                task.with_user(user).write({'name': "Mine"})
            with self.assertRaises(AccessError):
                self.env['dunning.task'].with_user(user).create({
                    'name': "Mine", 'kind': 'open_report', 'company_id': self.company.id,
                    'user_id': self.env.ref('base.user_admin').id})
            with self.assertRaises(AccessError):
                self.env['dunning.task.step'].with_user(user).create({
                    'task_id': task.id, 'state': 'done'})
            with self.assertRaises(AccessError):
                task.with_user(user).unlink()
