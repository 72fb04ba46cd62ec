from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from odoo.addons.queue_job.exception import RetryableJobError

_KINDS = [
    ('credit_import', "Import of credit checks"),
    ('open_report', "Open items by mail"),
    ('plan', "Planning of a run"),
    ('handover', "Handover for collection"),
    ('packages', "Packages for collection agencies"),
    ('status', "Status of an agency"),
]
STATES = [('waiting', "Waiting"), ('running', "Running"), ('done', "Done"), ('failed', "Failed")]
#: Days after which tasks are forgotten.
_DAYS = 30
#: Seconds after which it is tried again, where somebody else is at the same records.
_RETRY = 30
#: States of a job that is still to come, or at work.
ALIVE = ('wait_dependencies', 'pending', 'enqueued', 'started')


class DunningTask(models.Model):
    """Something large that a user has asked for, and how far it is. A job does it, in their name.

    What happens is added as steps; the task itself is never written again. So its progress can be
    told while the work is under way, and its end is committed together with the work.
    """

    _name = 'dunning.task'
    _description = "Dunning Task"
    _inherit = ['dunning.system.record']
    _order = 'id desc'

    name = fields.Char(required=True, readonly=True)
    kind = fields.Selection(_KINDS, required=True, readonly=True)
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    user_id = fields.Many2one('res.users', "Asked For By", required=True, readonly=True)
    parameters = fields.Json(readonly=True)
    file = fields.Binary(readonly=True)
    step_ids = fields.One2many('dunning.task.step', 'task_id', readonly=True)
    state = fields.Selection(STATES, compute='_compute_state')
    progress = fields.Float(compute='_compute_state', help="In per cent.")
    message = fields.Text(compute='_compute_state')
    can_open = fields.Boolean(compute='_compute_can_open')

    @api.depends('step_ids')
    def _compute_state(self):
        for task in self:
            last = task.step_ids.sorted('id')[-1:]
            task.state = last.state or 'waiting'
            task.message = last.message
            task.progress = 100.0 if task.state == 'done' else (
                100.0 * last.done / last.total if last.total else 0.0)

    @api.depends('kind', 'step_ids')
    def _compute_can_open(self):
        for task in self:
            task.can_open = task.state == 'done' and hasattr(task, f'_open_{task.kind}')

    def _get_system_text(self):
        # EXTENDS smart_dunning
        return self.env._("Tasks are written by the system alone.")

    @api.model
    def _start(self, kind, name, company, parameters, file=None, key=None):
        """Have a job do something in the name of the user; return its task.

        :param kind: one of `kind`; done by `_work_<kind>`, and shown by `_open_<kind>`, if any
        :param name: what people call it
        :param parameters: dict of plain values
        :param file: base64, or None
        :param key: what tells the same wish: as long as a job is at it, there is no second one
        """
        key = key and get_key(kind, key)
        alive = self.env['queue.job'].sudo().search([
            ('identity_key', '=', key), ('state', 'in', ALIVE)], limit=1) if key else None
        if alive:
            return alive.records.with_env(self.env)
        task = self.sudo().create({
            'kind': kind, 'name': name, 'company_id': company.id, 'user_id': self.env.uid,
            'parameters': parameters, 'file': file}).sudo(False)
        task.with_company(company).with_delay(
            identity_key=key or f"dunning_task_{task.id}", description=name)._job_work()
        return task

    def _get_action(self):
        """Return the action that shows these tasks."""
        action = {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'name': self.env._("Tasks")}
        if len(self) == 1:
            return {**action, 'res_id': self.id, 'view_mode': 'form'}
        return {**action, 'view_mode': 'list,form', 'domain': [('id', 'in', self.ids)]}

    def action_refresh(self):
        """Show how far it is."""
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}

    def action_open(self):
        """Show what has come of it."""
        self.ensure_one()
        self.check_access('read')
        if not self.can_open:
            raise UserError(self.env._("There is nothing to show yet."))
        return getattr(self, f'_open_{self.kind}')()

    # Work ---------------------------------------------------------------------------------------

    def _job_work(self):
        """Do what was asked for; a refusal is told to the user, and nothing of it stays."""
        self.ensure_one()
        if self.state == 'done':
            return            # killed after it was committed, before the job knew
        self._tell_progress(0, 0)
        try:
            with self.env.cr.savepoint():
                message, state = getattr(self, f'_work_{self.kind}')(), 'done'
        except LockError as busy:
            raise RetryableJobError(str(busy), seconds=_RETRY, ignore_retry=True) from busy
        except UserError as refusal:
            message, state = str(refusal), 'failed'
        self._tell_end(state, message)

    def _tell_end(self, state, message):
        """Tell the user what has come of it."""
        self.env['dunning.task.step'].sudo().create({
            'task_id': self.id, 'state': state, 'message': message})
        self.user_id._bus_send('simple_notification', {
            'type': 'success' if state == 'done' else 'danger', 'title': self.name,
            'message': message, 'sticky': state != 'done'})

    def _tell_progress(self, done, total):
        """Let others see how far the work is, which is not committed yet.

        :param done: so many records of `total`
        """
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr, su=True)).env['dunning.task.step'].create({
                'task_id': self.id, 'state': 'running', 'done': done, 'total': total})

    @api.autovacuum
    def _gc_tasks(self):
        """Forget what is long over."""
        self.sudo().search([
            ('create_date', '<', fields.Datetime.now() - timedelta(days=_DAYS))]).unlink()


def get_key(kind, key):
    """Return by which key the job of a task is found: see `_start`."""
    return f"dunning_task_{kind}_{key}"
