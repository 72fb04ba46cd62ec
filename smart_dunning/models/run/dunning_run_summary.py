from odoo import fields, models
from odoo.tools import formatLang

from ..policy.labels import get_labels


class DunningRun(models.Model):
    """What a run does, on one page: letters and sums per level and channel."""

    _inherit = 'dunning.run'

    summary = fields.Html(compute='_compute_summary', sanitize=False)

    def _compute_summary(self):
        groups = self.env['dunning.letter']._read_group(
            [('run_id', 'in', self.ids), ('state', '!=', 'cancelled')],
            ['run_id', 'level_id', 'channel'], ['__count', 'amount_company:sum'])
        for run in self:
            rows = [(level, channel, count, amount) for of_run, level, channel, count, amount
                    in groups if of_run == run]
            run.summary = run._render_summary(rows) if rows else False

    def _render_summary(self, rows):
        """Return a table of [(level, channel, number of letters, sum in company currency)]."""
        channels = get_labels(self.env['dunning.letter'], 'channel')
        currency = self.company_id.currency_id
        rows = sorted(rows, key=lambda row: (row[0].position, row[0].id, row[1]))
        return self.env['ir.qweb']._render('smart_dunning.dunning_run_summary', {
            'rows': [{
                'policy': level.policy_id.name,
                'level': level.name,
                'channel': channels[channel],
                'count': count,
                'amount': formatLang(self.env, amount, currency_obj=currency),
            } for level, channel, count, amount in rows],
            'count': sum(row[2] for row in rows),
            'amount': formatLang(
                self.env, sum(row[3] for row in rows), currency_obj=currency),
        })
