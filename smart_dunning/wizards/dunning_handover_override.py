from odoo import fields, models
from odoo.exceptions import AccessError

from ..models.policy.bounds import check_text


class DunningHandoverOverride(models.TransientModel):
    """Ask why a case is handed over although something speaks against it."""

    _name = 'dunning.handover.override'
    _description = "Hand Over Nevertheless"

    handover_id = fields.Many2one('dunning.handover', required=True)
    points = fields.Text(compute='_compute_points')
    reason = fields.Text(required=True)

    def _compute_points(self):
        for wizard in self:
            wizard.points = '\n'.join(
                f"• {point.text}" for point in wizard.handover_id.point_ids
                if point.is_open and not point.is_overridden)

    def action_override(self):
        """Keep the decision with its reason; the case can be handed over if nothing else is open.

        :raise AccessError: for anybody but a manager of dunning
        """
        self.ensure_one()
        if not self.env.user.has_group('smart_dunning.group_dunning_manager'):
            raise AccessError(self.env._(
                "Only a dunning administrator may decide to hand over nevertheless."))
        check_text(self, 'reason', is_required=True)
        self.handover_id._override(self.reason)
        return {'type': 'ir.actions.act_window_close'}
