from odoo import api, models, tools
from odoo.exceptions import ValidationError


class DunningLevel(models.Model):
    """What a level is to the letters written at it."""

    _inherit = 'dunning.level'

    def _compute_render_model(self):
        self.render_model = 'dunning.letter'

    @api.model
    @tools.ormcache('template_src', 'model')
    def _has_unsafe_expression_template_qweb(self, template_src, model, fname=None):
        # EXTENDS mail: the answer depends on the text alone, and compiling it takes 10 ms
        return super()._has_unsafe_expression_template_qweb(template_src, model, fname)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env['dunning.letter.line'].sudo().search_count(
                [('level_id', 'in', self.ids)], limit=1):
            raise ValidationError(self.env._(
                "Letters were already written at this level. Archive the policy instead and make "
                "a new one."))
