from odoo import api, models
from odoo.tools import SQL

from ..item.dunning_item import Column


class DunningItem(models.AbstractModel):
    """Until when a letter has asked for an item: nobody is asked again before that day is over."""

    _inherit = 'dunning.item'

    @api.model
    def _get_columns(self, scope):
        # EXTENDS item
        return super()._get_columns(scope) | {
            'deadline': Column(SQL("letter.deadline"), ('letter',))}

    @api.model
    def _get_joins(self, scope):
        # EXTENDS item: looked up for the items alone that a letter has asked for
        letters, lines = self.env['dunning.letter'], self.env['dunning.letter.line']
        return super()._get_joins(scope) | {'letter': SQL(
            """
            LEFT JOIN LATERAL (
                SELECT max(letter.deadline) AS deadline
                  FROM dunning_letter_line asked
                  JOIN dunning_letter letter ON letter.id = asked.letter_id
                 WHERE asked.move_line_id = line.id AND asked.state = 'sent'
                   AND letter.is_prenotice IS NOT TRUE AND %s IS NOT NULL
            ) letter ON TRUE
            """, self._line('dunning_level_id'), to_flush=[
                *(letters._fields[name] for name in ('deadline', 'is_prenotice')),
                *(lines._fields[name] for name in ('move_line_id', 'letter_id', 'state'))])}
