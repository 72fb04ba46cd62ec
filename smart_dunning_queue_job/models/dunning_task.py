from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

_KINDS = [
    ('credit_import', "Import of credit checks"),
    ('open_report', "Open items by mail"),
]
STATES = [('waiting', "Waiting"), ('running', "Running"), ('done', "Done"), ('failed', "Failed")]
#: Records that are created between two signs of life.
_STRIDE = 500
#: Days after which tasks are forgotten.
_DAYS = 30


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

    @api.depends('step_ids')
    def _compute_state(self):
        for task in self:
            last = task.step_ids.sorted('id')[-1:]
            task.state = last.state or 'waiting'
            task.message = last.message
            task.progress = 100.0 if task.state == 'done' else (
                100.0 * last.done / last.total if last.total else 0.0)

    def _get_system_text(self):
        # EXTENDS smart_dunning
        return self.env._("Tasks are written by the system alone.")

    @api.model
    def _start(self, kind, name, company, parameters, file=None):
        """Have a job do something in the name of the user; return its task.

        :param kind: one of `kind`; done by `_work_<kind>`
        :param name: what people call it
        :param parameters: dict of plain values
        :param file: base64, or None
        """
        task = self.sudo().create({
            'kind': kind, 'name': name, 'company_id': company.id, 'user_id': self.env.uid,
            'parameters': parameters, 'file': file}).sudo(False)
        task.with_company(company).with_delay(
            identity_key=f"dunning_task_{task.id}", description=name)._job_work()
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

    # Work ---------------------------------------------------------------------------------------

    def _job_work(self):
        """Do what was asked for; a refusal is told to the user, and nothing of it stays."""
        self.ensure_one()
        if self.state in ('done', 'failed'):
            return            # killed after it was committed, before the job knew
        self._tell_progress(0, 0)
        try:
            with self.env.cr.savepoint():
                message, state = getattr(self, f'_work_{self.kind}')(), 'done'
        except UserError as refusal:
            message, state = str(refusal), 'failed'
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

    def _work_credit_import(self):
        """Import credit checks from a file: all of its rows or none. Returns a sentence."""
        wizard = self.env['dunning.credit.import'].new({
            **self.parameters, 'company_id': self.company_id.id,
            'date': fields.Date.to_date(self.parameters['date']),
            'file': self.with_context(bin_size=False).file})
        wizard._check_may_import()
        values = wizard._read_new()
        for done in range(0, len(values), _STRIDE):
            self._tell_progress(done, len(values))
            self.env['dunning.credit.check'].create(values[done:done + _STRIDE])
        return self.env._("%(count)s credit checks were imported.", count=len(values))

    def _work_open_report(self):
        """Send a list of open items to its recipients. Returns a sentence."""
        report = self.env['dunning.open.report'].browse(self.parameters['report']).exists()
        report.check_access('write')
        count = report.sudo()._send(
            self.company_id._get_dunning_today(), tell=self._tell_progress) if report else 0
        if not count:
            raise UserError(self.env._("There is nothing to send: no such item is open."))
        return self.env._("%(count)s mails are on their way.", count=count)

    @api.autovacuum
    def _gc_tasks(self):
        """Forget what is long over."""
        self.sudo().search([
            ('create_date', '<', fields.Datetime.now() - timedelta(days=_DAYS))]).unlink()
