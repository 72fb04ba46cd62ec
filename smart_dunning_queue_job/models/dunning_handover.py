import hashlib

from odoo import models
from odoo.exceptions import UserError

#: More cases than these are handed over, or packed, by a job: each is a second of work.
_AT_ONCE = 10
#: So many packages go into one file.
_MOST_PACKAGES = 1000


class DunningHandover(models.Model):
    """Many cases are handed over, and their packages put into one file, by jobs."""

    _inherit = 'dunning.handover'

    def action_hand_over(self):
        # EXTENDS smart_dunning
        if not self._is_for_job():
            return super().action_hand_over()
        self._check_user()
        self._check_state('draft', 'proposed')
        return self._start_tasks(
            'handover', lambda count: self.env._("Handover of %(count)s cases", count=count))

    def action_download_package(self):
        # EXTENDS smart_dunning
        if not self._is_for_job():
            return super().action_download_package()
        self.check_access('read')
        if len(self) > _MOST_PACKAGES:
            raise UserError(self.env._(
                "Please choose at most %(most)s cases at a time.", most=_MOST_PACKAGES))
        return self._start_tasks(
            'packages', lambda count: self.env._("Packages of %(count)s cases", count=count))

    def _is_for_job(self):
        """Return whether these are so many that nobody should wait for them."""
        return len(self) > _AT_ONCE and self.env['ir.cron']._has_dunning_runner()

    def _start_tasks(self, kind, name):
        """Have a job for each company do something with these cases; return what shows the tasks.

        The same cases are no second wish of the same user, as long as the first is at work.

        :param name: function that returns what a task with so many cases is called
        """
        tasks = self.env['dunning.task']
        for company, cases in self.grouped('company_id').items():
            ids = sorted(cases.ids)
            digest = hashlib.sha256(f"{self.env.uid} {ids}".encode()).hexdigest()[:32]
            tasks |= tasks._start(kind, name(len(ids)), company, {'cases': ids}, key=digest)
        return tasks._get_action()
