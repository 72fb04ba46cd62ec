from odoo import api, models
from odoo.exceptions import ValidationError


class DunningLevel(models.Model):
    """What a level is to the letters written at it."""

    _inherit = 'dunning.level'

    def _compute_render_model(self):
        self.render_model = 'dunning.letter'

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env['dunning.letter.line'].sudo().search_count(
                [('level_id', 'in', self.ids)], limit=1):
            raise ValidationError(self.env._(
                "Letters were already written at this level. Archive the policy instead and make "
                "a new one."))
