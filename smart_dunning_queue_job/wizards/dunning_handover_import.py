import base64
import binascii

from odoo import models

#: Files with more lines are taken over by a job.
_LINES_AT_ONCE = 200


class DunningHandoverImport(models.TransientModel):
    _inherit = 'dunning.handover.import'

    def action_import(self):
        # EXTENDS smart_dunning
        self.ensure_one()
        companies = self.agency_id.company_id or self.env.companies
        # A task belongs to one company, and so does what its file may tell.
        if len(companies) > 1 or self._count_lines() <= _LINES_AT_ONCE or not (
                self.env['ir.cron']._has_dunning_runner()):
            return super().action_import()
        self.env['dunning.handover'].browse().check_access('write')
        return self.env['dunning.task']._start(
            'status', self.file_name or self.env._("Status of an agency"), companies,
            {'agency': self.agency_id.id or None}, self.file)._get_action()

    def _count_lines(self):
        """Return how many lines the file has, 0 when it is none: core says what is wrong."""
        try:
            return base64.b64decode(self.file or b'').count(b'\n')
        except binascii.Error:
            return 0
