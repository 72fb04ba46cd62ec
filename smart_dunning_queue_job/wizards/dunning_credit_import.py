from odoo import models

#: Files with more rows are imported by a job.
_ROWS_AT_ONCE = 500


class DunningCreditImport(models.TransientModel):
    _inherit = 'dunning.credit.import'

    def action_import(self):
        # EXTENDS smart_dunning
        self._check_may_import()
        if len(self._read_cells()) <= _ROWS_AT_ONCE or not (
                self.env['ir.cron']._has_dunning_runner()):
            return super().action_import()
        return self.env['dunning.task']._start(
            'credit_import', self.file_name or self.env._("Import of credit checks"),
            self.company_id, {'source': self.source, 'date': self.date.isoformat()}, self.file,
        )._get_action()
