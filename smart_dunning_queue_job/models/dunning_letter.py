from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from odoo.addons.queue_job.job import identity_exact

from .dunning_task import ALIVE

#: So many jobs send side by side at most; how many really do is the capacity of the channel.
LANES = 64
#: Letters in a job: a web worker has a minute of CPU for it (limit_time_cpu).
BATCH = 50


class DunningLetter(models.Model):
    """Sending and laying out as jobs.

    A job names no letters: it takes the next bundles that nobody has, exactly as a scheduled sender
    does, with the same locks and the same commits. A job that was killed is taken up again by the
    runner and finds what is left; one that comes too late finds nothing. As many jobs go on side by
    side as there are bundles, each in its lane, and each calls for its successor.
    """

    _inherit = 'dunning.letter'

    @api.model
    def _enqueue_sender(self, at=None):
        """Have letters sent by jobs, now or at a time.

        Once per transaction: a job that was already there may have looked before we commit.

        :param at: naive datetime in UTC
        """
        if at:
            key = f"dunning_send_at_{at:%Y-%m-%d %H:%M}"
        else:
            [[number]] = self.env.execute_query(SQL("SELECT pg_current_xact_id()::text"))
            key = f"dunning_send_{number}"
        self._enqueue_lane(1, key, at)

    @api.model
    def _enqueue_lanes(self, number):
        """Have jobs in the lanes 2 to `number`, where there are none yet."""
        keys = {_get_lane_key(lane): lane for lane in range(2, number + 1)}
        taken = self.env['queue.job'].sudo().search([
            ('identity_key', 'in', list(keys)), ('state', 'in', ALIVE)]).mapped('identity_key')
        for key, lane in keys.items():
            if key not in taken:
                self._enqueue_lane(lane, key)

    @api.model
    def _enqueue_lane(self, lane, key=None, at=None):
        # By the system, as the scheduled action: a letter knows who asked for it.
        self.browse().with_user(SUPERUSER_ID).with_delay(
            eta=at, identity_key=key or _get_lane_key(lane),
            description=self.env._("Dunning: send letters (%(lane)s)", lane=lane),
        )._job_send(lane)

    @api.model
    def _job_send(self, lane):
        """Send some of the letters that wait, and call for the next job of the lane.

        After a round that was not full others are at the rest, or it waits a minute: the round has
        seen to that itself.
        """
        count, crash = self._send_round(BATCH)
        if count >= BATCH and self.search_count(self._get_queue_domain(), limit=1):
            self._enqueue_lane(lane)
        if crash:
            # The successor, which a failed job would take along.
            self.env['ir.cron']._commit_progress()
            raise crash
        return self.env._("%(count)s letters", count=count)

    @api.model
    def _cron_send(self, batch_size=100):
        # EXTENDS smart_dunning: the scheduled action looks after what no job has taken up
        if self.env['ir.cron']._has_dunning_runner():
            return self._enqueue_sender()
        return super()._cron_send(batch_size)

    # Layout for the printer ---------------------------------------------------------------------

    @api.model
    def _wake_layout(self):
        # EXTENDS smart_dunning
        if not self.env['ir.cron']._has_dunning_runner():
            return super()._wake_layout()
        self.browse().with_user(SUPERUSER_ID).with_delay(
            identity_key=identity_exact,
            description=self.env._("Dunning: find letters to lay out"),
        )._job_find_layouts()
        return None

    @api.model
    def _job_find_layouts(self):
        """Have each bundle of letters for the printer laid out by a job of its own."""
        bundles = self._get_layout_bundles()
        for ids in bundles:
            self.browse(ids).with_delay(
                identity_key=identity_exact,
                description=self.env._("Dunning: lay out letters for the printer"),
            )._job_lay_out()
        return self.env._("%(count)s letters", count=sum(map(len, bundles)))

    def _job_lay_out(self):
        """Lay out these letters for the printer."""
        self._lay_out_isolated()
        self.env['dunning.run']._tell_troubles()

    @api.model
    def _cron_lay_out(self):
        # EXTENDS smart_dunning
        if self.env['ir.cron']._has_dunning_runner():
            return self._wake_layout()
        return super()._cron_lay_out()


def _get_lane_key(lane):
    return f"dunning_send_lane_{lane}"
