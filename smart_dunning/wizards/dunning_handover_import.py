from odoo import fields, models

from ..models.policy.notes import to_note


class DunningHandoverImport(models.TransientModel):
    """Choose the status file of an agency; see what becomes of each line."""

    _name = 'dunning.handover.import'
    _description = "Import the Status of an Agency"

    agency_id = fields.Many2one(
        'dunning.agency', help="Whose file it is. Empty: numbers of all agencies are looked up.")
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    report = fields.Html(readonly=True)

    def action_import(self):
        """Import the file; the dialog stays and says what has become of each line."""
        self.ensure_one()
        lines = self.env['dunning.handover'].import_status(self.file, self.agency_id.id or None)
        self.report = to_note('\n'.join(
            self.env._("Line %(row)s, %(number)s: %(text)s", row=line['row'],
                       number=line['number'], text=line['text']) for line in lines)
            or self.env._("The file has no lines."))
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id,
            'name': self.env._("Imported"), 'view_mode': 'form', 'target': 'new'}
