from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from .letter_layout import LAYOUTS, check_layouts


class DunningLevel(models.Model):
    """What a level is to the letters written at it."""

    _inherit = 'dunning.level'

    letter_layout_id = fields.Many2one(
        'ir.ui.view', "Layout", domain=LAYOUTS, ondelete='restrict',
        help="For the letters of this level alone. Empty: the layout of the company.")

    @api.constrains('letter_layout_id')
    def _check_letter_layout(self):
        check_layouts(self.letter_layout_id)

    def _compute_render_model(self):
        self.render_model = 'dunning.letter'

    @api.model
    @tools.ormcache('template_src', 'model')
    def _has_unsafe_expression_template_qweb(self, template_src, model, fname=None):
        # EXTENDS mail: the answer depends on the text alone, and compiling it takes 10 ms
        return super()._has_unsafe_expression_template_qweb(template_src, model, fname)

    def _is_served(self):
        """Return whether letters of the level can go out: their channel is known and served."""
        self.ensure_one()
        return (
            self.channel in self._get_channels()
            and hasattr(self.env.registry['dunning.letter'], f'_serve_{self.channel}'))

    def _choose_channel(self, contact):
        """Return the channel of a letter: the level's, or what stands in for it.

        :param contact: what is known of the recipient, see `dunning.run._get_contacts`
        """
        channel = self._get_channels()[self.channel]
        if channel.needs and channel.fallback and not contact[f'{channel.needs}_ok']:
            return channel.fallback
        return self.channel

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env['dunning.letter.line'].sudo().search_count(
                [('level_id', 'in', self.ids)], limit=1):
            raise ValidationError(self.env._(
                "Letters were already written at this level. Archive the policy instead and make "
                "a new one."))

    def action_preview(self):
        """Show what this level sends: mail and letter of the customer who owes most."""
        self.ensure_one()
        self.check_access('read')
        company = self.company_id or self.env.company
        return self.env['dunning.level.preview']._open(self, company)
