from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.smart_dunning.logic import handover_back
from odoo.addons.smart_dunning.models.policy.files import download

#: So many wrong lines of a file are named.
_MOST_LINES = 50
#: Records that are created between two signs of life.
_STRIDE = 500


class DunningTask(models.Model):
    """What is done in each kind of task, and what is shown of it afterwards.

    Each kind may be started twice and does what it does once: a run that is planned, a case that is
    handed over stays as it is.
    """

    _inherit = 'dunning.task'

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

    # Planning -----------------------------------------------------------------------------------

    def _work_plan(self):
        """Plan a run. Returns a sentence."""
        run = self._get_run()
        if not run:
            raise UserError(self.env._("The run was deleted meanwhile."))
        if run.state == 'draft':
            run._plan_at_once(self._tell_progress)
        return self.env._(
            "%(run)s: %(count)s letters are proposed.", run=run.name, count=run.letter_count)

    def _open_plan(self):
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.run', 'view_mode': 'form',
            'name': self.name, 'res_id': self._get_run().id}

    def _get_run(self):
        return self.env['dunning.run'].browse(self.parameters['run']).exists()

    # Handover -----------------------------------------------------------------------------------

    def _work_handover(self):
        """Hand cases over to their agencies: all of them or none. Returns a sentence."""
        cases = self._get_cases()
        waiting = cases.filtered(lambda case: case.state in ('draft', 'proposed'))
        waiting._hand_over(self._tell_progress)
        return self.env._("%(count)s cases are handed over.", count=len(waiting))

    def _open_handover(self):
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.handover', 'name': self.name,
            'view_mode': 'list,form', 'domain': [('id', 'in', self._get_cases().ids)]}

    def _work_packages(self):
        """Put the packages of cases into one file, which lies with the task. Returns a sentence."""
        cases = self._get_cases()
        cases.check_access('read')
        name, content = cases._pack_packages(self._tell_progress)
        self.env['ir.attachment'].sudo().create({
            'name': name, 'raw': content, 'mimetype': 'application/zip',
            'res_model': self._name, 'res_id': self.id})
        return self.env._("%(count)s packages are in the file.", count=len(cases))

    def _open_packages(self):
        attachment = self.env['ir.attachment'].search([
            ('res_model', '=', self._name), ('res_id', '=', self.id), ('res_field', '=', False)],
            limit=1)
        return download(attachment)

    def _work_status(self):
        """Take over a status file of an agency: all of its lines or none. Returns a sentence."""
        lines, is_sound = self.env['dunning.handover']._take_status_file(
            self.with_context(bin_size=False).file, self.parameters['agency'],
            tell=self._tell_progress)
        if not is_sound:
            wrong = [line for line in lines if line['is_refused']]
            raise UserError('\n'.join([
                self.env._("Nothing was imported: %(count)s lines are wrong.", count=len(wrong)),
                *(self.env._("Line %(row)s, %(number)s: %(text)s", row=line['row'],
                             number=line['number'], text=line['text'])
                  for line in wrong[:_MOST_LINES])]))
        return self.env._(
            "%(count)s lines were taken over, %(changed)s of them tell something new.",
            count=len(lines), changed=sum(line['code'] == handover_back.CHANGED for line in lines))

    def _open_status(self):
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.handover', 'name': self.name,
            'view_mode': 'list,form', 'domain': [('company_id', '=', self.company_id.id), (
                'status_date', '!=', False)]}

    def _get_cases(self):
        return self.env['dunning.handover'].browse(self.parameters['cases']).exists()
