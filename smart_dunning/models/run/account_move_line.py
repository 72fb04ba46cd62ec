from odoo import models


class AccountMoveLine(models.Model):
    """What letters remember of the level of an item."""

    _inherit = 'account.move.line'

    def _undo_letters_above(self, level):
        """A level taken back by hand may be reached again: free it in the unique index."""
        super()._undo_letters_above(level)
        position = level.position if level else 0
        self.env['dunning.letter.line'].sudo().search([
            ('move_line_id', 'in', self.ids), ('state', '=', 'sent'),
            ('level_id.position', '>', position),
        ]).write({'state': 'undone'})
