from odoo import api, models

from ..policy.notes import speak_to, to_note


class DunningRun(models.Model):
    """Letters of a run that did not get through: the clerk is told how many, and why."""

    _inherit = 'dunning.run'

    @api.model
    def _tell_troubles(self):
        """Keep one activity for each run with letters that failed or wait for the mail server.

        It goes when they are sent, or taken out.
        """
        activity_type = 'smart_dunning.mail_activity_dunning_failed'
        rows = self.env['dunning.letter']._read_group(
            [('run_id.state', 'in', ('planned', 'sending')),
             '|', ('state', '=', 'failed'), '&', ('state', '=', 'ready'), ('attempts', '>', 0)],
            ['run_id', 'state', 'note'], ['__count'])
        troubles = {}
        for run, state, reason, count in rows:
            troubles.setdefault(run, []).append((state, count, reason or ''))
        told = self.env['mail.activity'].search([
            ('res_model', '=', self._name),
            ('activity_type_id', '=', self.env.ref(activity_type).id)])
        for run in self.browse(told.mapped('res_id')).exists():
            if run not in troubles:
                run.activity_unlink([activity_type])
        for run, lines in troubles.items():
            note = run._get_trouble_note(lines)
            mine = told.filtered(lambda activity, run=run: activity.res_id == run.id)
            if mine:
                mine.filtered(lambda activity, note=note: activity.note != note).write(
                    {'note': note})
            else:
                speak_to(run._get_clerk(), run).activity_schedule(
                    activity_type, note=to_note(note), user_id=run._get_clerk().id or self.env.uid,
                    date_deadline=run.company_id._get_dunning_today())

    def _get_clerk(self):
        """Return who looks after the run."""
        self.ensure_one()
        return self.company_id.dunning_user_id or self.user_id

    def _get_trouble_note(self, lines):
        """Return what is told about letters in trouble: [(state, number of letters, reason)]."""
        env = speak_to(self._get_clerk(), self).env
        return to_note("\n".join(
            env._("%(count)s letters failed: %(reason)s", count=count, reason=reason)
            if state == 'failed' else
            env._("%(count)s letters wait: %(reason)s", count=count, reason=reason)
            for state, count, reason in sorted(lines)))
