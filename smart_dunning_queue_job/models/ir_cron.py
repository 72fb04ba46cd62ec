from odoo import api, models
from odoo.tools import SQL

from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

from .dunning_letter import LANES


class IrCron(models.Model):
    """Whoever wakes a sender gets a job, as long as somebody is there who runs jobs."""

    _inherit = 'ir.cron'

    @api.model
    def _has_dunning_runner(self):
        """Return whether a job runner is connected to this database, from whichever host.

        The runner that is in charge holds a lock as long as it lives. Without one nobody would
        take a job up, and the scheduled actions do the work.
        """
        return bool(self.env.execute_query(SQL("""
            SELECT 1 FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND classid::bigint << 32 | objid::bigint = %s
        """, PG_ADVISORY_LOCK_ID)))

    @api.model
    def _wake_dunning_sender(self, at=None):
        # EXTENDS smart_dunning
        if self._has_dunning_runner():
            return self.env['dunning.letter']._enqueue_sender(at)
        return super()._wake_dunning_sender(at)

    @api.model
    def _wake_dunning_helpers(self, bundles):
        # EXTENDS smart_dunning
        if self._has_dunning_runner():
            return self.env['dunning.letter']._enqueue_lanes(min(bundles, LANES))
        return super()._wake_dunning_helpers(bundles)
