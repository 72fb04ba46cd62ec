from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID
from odoo.addons.queue_job.tests.common import JobMixin
from odoo.addons.smart_dunning.tests.common import DunningCommon


class QueueCommon(JobMixin, DunningCommon):
    """A job runner seems to be there: somebody has its lock."""

    def setUp(self):
        super().setUp()
        # Its own connection to the database, as a runner has one.
        self._runner = self.registry._db.cursor()
        self.addCleanup(self._runner.close)
        self._begin_runner()

    def _begin_runner(self):
        self._runner.execute("SELECT pg_advisory_lock(%s)", [PG_ADVISORY_LOCK_ID])

    def _end_runner(self):
        self._runner.execute("SELECT pg_advisory_unlock(%s)", [PG_ADVISORY_LOCK_ID])

    def _get_jobs(self, method):
        return self.env['queue.job'].sudo().search([('method_name', '=', method)], order='id')

    def _work(self, task):
        """Do a task, as its job does."""
        with self.enter_registry_test_mode():
            task._job_work()
        self.env.invalidate_all()
