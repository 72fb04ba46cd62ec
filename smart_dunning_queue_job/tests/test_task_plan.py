from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.smart_dunning.tests.common import day

from ..models import dunning_run
from .common import QueueCommon


@tagged('post_install', '-at_install')
class TestTaskPlan(QueueCommon):
    """*Plan* of a run with many items: by a job, in the user's name, once."""

    def setUp(self):
        super().setUp()
        for amount in (100.0, 200.0):
            self._invoice(due=day(-30), amount=amount)
        self.run = self.env['dunning.run'].with_user(self.clerk).create(
            {'company_id': self.company.id, 'date': day(0)})

    def _plan_large(self):
        self.patch(dunning_run, '_ITEMS_AT_ONCE', 1)
        action = self.run.action_plan()
        self.assertEqual(action['res_model'], 'dunning.task')
        return self.env['dunning.task'].with_user(self.clerk).browse(action['res_id'])

    def test_large_run_is_planned_by_a_job(self):
        task = self._plan_large()
        self.assertEqual((self.run.state, self.run.is_being_planned, task.state),
                         ('draft', True, 'waiting'))
        self.assertEqual(self.run.action_plan()['res_id'], task.id)
        job = self._get_jobs('_job_work')
        self.assertEqual((len(job), job.user_id, job.channel), (1, self.clerk, 'root.dunning'))
        self._work(task)
        self.assertEqual((self.run.state, self.run.letter_count, task.state),
                         ('planned', 1, 'done'))
        self.assertEqual(
            [(step.state, step.done, step.total) for step in task.step_ids],
            [('running', 0, 0), ('running', 1, 2), ('done', 0, 0)])
        self.assertIn("1 letters", task.message)
        opened = task.action_open()
        self.assertEqual((opened['res_model'], opened['res_id']), ('dunning.run', self.run.id))
        job.state = 'done'
        self.run.invalidate_recordset()
        self.assertFalse(self.run.is_being_planned)
        with self.assertRaisesRegex(UserError, "already planned"):
            self.run.action_plan()

    def test_a_second_task_finds_the_run_planned(self):
        task = self._plan_large()
        self._get_jobs('_job_work').state = 'cancelled'
        second = self.env['dunning.task'].with_user(self.clerk).browse(
            self.run.action_plan()['res_id'])
        self.assertNotEqual(task, second)
        for one in (task, second):
            self._work(one)
        self.assertEqual((task.state, second.state, self.run.letter_count), ('done', 'done', 1))

    def test_deleted_run_is_told(self):
        task = self._plan_large()
        self.run.unlink()
        self._work(task)
        self.assertEqual(task.state, 'failed')
        self.assertIn("deleted", task.message)

    def test_it_waits_for_another_planner(self):
        task = self._plan_large()

        def refuse(run):
            raise LockError("Another run is being planned.")
        self.patch(type(self.run), '_lock_planner', refuse)
        with self.assertRaises(RetryableJobError) as caught:
            self._work(task)
        self.assertTrue(caught.exception.ignore_retry)
        self.assertEqual(self.run.state, 'draft')

    def test_small_runs_remote_clients_and_sites_without_a_runner_plan_at_once(self):
        for name, limit in (('small', 10), ('no runner', 1)):
            with self.subTest(name):
                self.patch(dunning_run, '_ITEMS_AT_ONCE', limit)
                run = self.env['dunning.run'].with_user(self.clerk).create(
                    {'company_id': self.company.id, 'date': day(0)})
                if name == 'no runner':
                    self._end_runner()
                self.assertIs(run.action_plan(), True)
                self.assertEqual(run.state, 'planned')

    def test_remote_client_gets_the_planned_run(self):
        self.patch(dunning_run, '_ITEMS_AT_ONCE', 1)
        told = self.env['dunning.remote'].with_user(self.clerk).plan(
            company=self.company.id, date=day(0).isoformat())
        self.assertEqual((told['state'], told['letters']), ('planned', 1))

    def test_who_may_not_plan_starts_no_job(self):
        self.patch(dunning_run, '_ITEMS_AT_ONCE', 1)
        elsewhere = self.setup_other_company()['company']
        for login, groups, company in (
                ('stranger', 'smart_dunning.group_dunning_manager', elsewhere),
                ('seller', 'sales_team.group_sale_manager', self.company)):
            user = new_test_user(
                self.env, login, groups=groups, company_id=company.id,
                company_ids=[Command.set(company.ids)])
            with self.subTest(login), self.assertRaises(AccessError):
                self.run.with_user(user).action_plan()
        self.assertFalse(self._get_jobs('_job_work'))
