from datetime import timedelta

from odoo import SUPERUSER_ID, fields
from odoo.tests import tagged

from odoo.addons.smart_dunning.tests.common import day

from ..models.dunning_letter import BATCH, LANES
from .common import QueueCommon


@tagged('post_install', '-at_install')
class TestJobs(QueueCommon):
    """Who wakes a sender gets jobs, once each, by the system, in the channel of dunning."""

    def _plan(self):
        self._invoice(due=day(-30))
        run = self.env['dunning.run'].with_user(self.clerk).create(
            {'company_id': self.company.id, 'date': day(0)})
        run.action_plan()
        return run

    def _get_triggers(self):
        return self.env['ir.cron.trigger'].search([
            ('cron_id', '=', self.env.ref('smart_dunning.ir_cron_dunning_send').id)])

    def test_sending_is_a_job_of_the_system(self):
        run = self._plan()
        run.action_send()
        run.action_send()                          # once per transaction
        job = self._get_jobs('_job_send')
        self.assertEqual((len(job), job.channel, job.user_id.id, job.state),
                         (1, 'root.dunning', SUPERUSER_ID, 'pending'))
        self.assertTrue(job.job_function_id.allow_commit)
        self.assertFalse(self._get_triggers())

    def test_without_a_runner_the_scheduled_actions_do_it(self):
        self._end_runner()
        self._plan().action_send()
        self.assertFalse(self._get_jobs('_job_send'))
        self.assertTrue(self._get_triggers())

    def test_as_many_lanes_as_bundles_each_once(self):
        for bundles, lanes in ((0, 0), (1, 0), (3, 2), (3, 2), (5, 4), (10 ** 6, LANES - 1)):
            with self.subTest(bundles=bundles):
                self.env['ir.cron']._wake_dunning_helpers(bundles)
                jobs = self._get_jobs('_job_send')
                self.assertEqual(len(set(jobs.mapped('identity_key'))), lanes)
                self.assertEqual(len(jobs), lanes)

    def test_a_lane_that_is_at_work_gets_no_second_job_by_others(self):
        self.env['ir.cron']._wake_dunning_helpers(3)
        self._get_jobs('_job_send').state = 'started'
        self.env['ir.cron']._wake_dunning_helpers(3)
        self.assertEqual(len(self._get_jobs('_job_send')), 2)

    def test_later_is_a_job_with_a_time(self):
        at = fields.Datetime.now() + timedelta(minutes=5)
        for _time in range(2):
            self.env['ir.cron']._wake_dunning_sender(at)
        self.assertEqual(self._get_jobs('_job_send').mapped('eta'), [at])

    def test_a_job_sends_and_calls_for_the_next_one(self):
        self._plan().action_send()
        letters = self.env['dunning.letter']
        for count, left, successors in ((BATCH, True, 1), (BATCH, False, 0), (3, True, 0)):
            with self.subTest(count=count, left=left):
                self.env['queue.job'].sudo().search([]).unlink()
                self.patch(type(letters), '_send_round',
                           lambda self, size, count=count: (count, None))
                self.patch(type(letters), 'search_count', lambda *args, left=left, **kw: left)
                letters.with_user(SUPERUSER_ID)._job_send(2)
                self.assertEqual(len(self._get_jobs('_job_send')), successors)

    def test_scheduled_sender_hands_over_to_jobs(self):
        self._plan().action_send()
        self.env['queue.job'].sudo().search([]).unlink()
        self.env['dunning.letter'].with_user(SUPERUSER_ID)._cron_send()
        self.assertEqual(len(self._get_jobs('_job_send')), 1)

    def test_nightly_run_is_a_job_per_company_and_day(self):
        other = self.setup_other_company()['company']
        self.env['res.company'].sudo().search([]).dunning_active = False
        every_day = self.env['resource.calendar'].create({
            'name': "Every day", 'attendance_ids': [fields.Command.clear()] + [
                fields.Command.create({'name': "Day", 'dayofweek': str(number), 'hour_from': 0,
                                       'hour_to': 24}) for number in range(7)]})
        (self.company | other).write({
            'dunning_active': True, 'resource_calendar_id': every_day.id})
        for _time in range(2):
            self.env['dunning.run'].with_user(SUPERUSER_ID)._cron_run()
        jobs = self._get_jobs('_job_run')
        self.assertEqual([job.args for job in jobs], [[self.company.id], [other.id]])
        self.assertEqual(set(jobs.mapped('channel')), {'root.dunning'})
        with self.enter_registry_test_mode():
            self.env['dunning.run'].with_user(SUPERUSER_ID)._job_run(self.company.id)
            self.env['dunning.run'].with_user(SUPERUSER_ID)._job_run(self.company.id)
        self.assertEqual(self.env['dunning.run'].search_count([
            ('company_id', '=', self.company.id), ('is_automatic', '=', True)]), 1)

    def test_letters_for_the_printer_are_laid_out_in_bundles(self):
        self.policy.level_ids.channel = 'print'
        partners = [self._make_customer(f"Customer{number}") for number in range(12)]
        for partner in partners:
            self._invoice(due=day(-30), partner=partner)
        run = self.env['dunning.run'].create({'company_id': self.company.id, 'date': day(0)})
        run.action_plan()
        run.action_send()
        for _time in range(2):
            self.env['dunning.letter'].with_user(SUPERUSER_ID)._job_find_layouts()
        jobs = self._get_jobs('_job_lay_out')
        self.assertEqual([len(job.records) for job in jobs], [10, 2])
        jobs[1].records._job_lay_out()
        self.assertEqual(run.layout_count, 2)
