from odoo import fields, models

from .dunning_task import STATES


class DunningTaskStep(models.Model):
    """How far a task was at some moment; the last one counts."""

    _name = 'dunning.task.step'
    _description = "Step of a Dunning Task"
    _inherit = ['dunning.system.record']
    _order = 'id'

    task_id = fields.Many2one(
        'dunning.task', required=True, readonly=True, index=True, ondelete='cascade')
    state = fields.Selection(STATES, required=True, readonly=True)
    done = fields.Integer(readonly=True)
    total = fields.Integer(readonly=True)
    message = fields.Text(readonly=True)

    def _get_system_text(self):
        # EXTENDS smart_dunning
        return self.env._("Tasks are written by the system alone.")
