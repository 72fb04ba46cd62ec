import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import html2plaintext

from ..logic import shipped
from ..models.policy.dunning_level_shipped import TEXTS

_PLACEHOLDER = re.compile(r'<t t-out="object\.(\w+)"\s*(?:/>|></t>)')


class DunningTextLoad(models.TransientModel):
    """Load New Texts: what this release says better, for levels that came with the addon."""

    _name = 'dunning.text.load'
    _description = "Load New Texts"

    line_ids = fields.One2many('dunning.text.load.line', 'load_id', "Texts")

    @api.model
    def _open(self):
        """Return the action that shows which texts are newer in this release.

        :raise UserError: when there are none
        """
        self.env['dunning.level'].check_access('write')
        lines = [
            Command.create({
                'level_id': level.id, 'text': name, 'is_touched': verdict == shipped.TOUCHED,
                'is_taken': verdict == shipped.UNTOUCHED,
                'old': _to_plain(level[name]),
                'new': _to_plain(values.get(self.env.lang) or values['en_US'])})
            for level, name, verdict, values in self.env['dunning.level']._compare_shipped()
            if verdict != shipped.SAME and level.has_access('write')]
        if not lines:
            raise UserError(self.env._("All texts are those of this release."))
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'view_mode': 'form',
            'target': 'new', 'name': self.env._("Load New Texts"),
            'res_id': self.create({'line_ids': lines}).id}

    def action_load(self):
        """Take the chosen texts, in all languages; the others stay as they are."""
        levels = self.env['dunning.level']
        levels.check_access('write')
        self.ensure_one()
        chosen = {(line.level_id, line.text) for line in self.line_ids if line.is_taken}
        for level, name, verdict, values in levels._compare_shipped():
            if verdict != shipped.SAME and (level, name) in chosen:
                level.check_access('write')
                level._load_shipped(name, values)
        return {'type': 'ir.actions.act_window_close'}


class DunningTextLoadLine(models.TransientModel):
    """A text of a level that is another one in this release."""

    _name = 'dunning.text.load.line'
    _description = "New Text of a Level"

    load_id = fields.Many2one('dunning.text.load', required=True, ondelete='cascade')
    level_id = fields.Many2one('dunning.level', required=True, readonly=True, ondelete='cascade')
    policy_id = fields.Many2one(related='level_id.policy_id')
    text = fields.Selection('_get_text_names', required=True, readonly=True)
    is_touched = fields.Boolean(
        "Changed by You", readonly=True,
        help="Somebody has changed the text, or nobody knows. It is lost when the new one is "
        "taken.")
    is_taken = fields.Boolean("Take the New One")
    old = fields.Text("Now", readonly=True)
    new = fields.Text(readonly=True)

    @api.model
    def _get_text_names(self):
        names = self.env['dunning.level'].fields_get(TEXTS, ['string'])
        return [(name, names.get(name, {}).get('string', name)) for name in TEXTS]


def _to_plain(text):
    """Return a text as people read it, placeholders in braces."""
    return html2plaintext(_PLACEHOLDER.sub(r'{\1}', str(text or ''))).strip()
