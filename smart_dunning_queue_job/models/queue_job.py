from odoo import models


class QueueJob(models.Model):
    """Whoever has asked for a task is told when its job has failed."""

    _inherit = 'queue.job'

    def _message_post_on_failure(self):
        # EXTENDS queue_job
        result = super()._message_post_on_failure()
        for job in self.filtered(lambda one: one.model_name == 'dunning.task'):
            task = job.records.sudo().exists()
            if task and task.state not in ('done', 'failed'):
                task._tell_end('failed', self.env._(
                    "This was not done: something is wrong with it. An administrator can see what "
                    "in the job queue, and start it again there."))
        return result
