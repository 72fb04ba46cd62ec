from odoo import models


class DunningOpenReport(models.Model):
    """Lists of open items may be long: they are made by jobs."""

    _inherit = 'dunning.open.report'

    def action_send_now(self):
        # EXTENDS smart_dunning
        if not self or not self.env['ir.cron']._has_dunning_runner():
            return super().action_send_now()
        self.check_access('write')
        tasks = self.env['dunning.task'].union(*(
            self.env['dunning.task']._start(
                'open_report', report.name, report.company_id, {'report': report.id})
            for report in self))
        return tasks._get_action()
