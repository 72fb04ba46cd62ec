from odoo import api, models
from odoo.tools import SQL

from ..claim.account_move_line import Reminder


class AccountMoveLine(models.Model):
    """What letters know of an item: its level, its first reminder, what they charge themselves."""

    _inherit = 'account.move.line'

    def _undo_letters_above(self, level):  # pylint: disable=missing-return
        """A level taken back by hand may be reached again: free it in the unique index."""
        super()._undo_letters_above(level)
        position = level.position if level else 0
        self.env['dunning.letter.line'].sudo().search([
            ('move_line_id', 'in', self.ids), ('state', '=', 'sent'),
            ('level_id.position', '>', position),
        ]).write({'state': 'undone'})

    @api.model
    def _get_reminders(self, line_ids):
        # EXTENDS smart_dunning: letters after the due date that reached the customer
        reminders = super()._get_reminders(line_ids)
        self.env['dunning.letter'].flush_model(
            ['state', 'channel', 'sent_date', 'deadline', 'is_prenotice', 'name'])
        self.env['dunning.letter.line'].flush_model(['letter_id', 'move_line_id', 'state'])
        for line_id, *row in self.env.execute_query(SQL("""
            SELECT line.move_line_id, letter.sent_date, letter.deadline,
                   letter.channel = ANY(%(on_paper)s), letter.name
              FROM dunning_letter_line line
              JOIN dunning_letter letter ON letter.id = line.letter_id
             WHERE line.move_line_id = ANY(%(lines)s) AND line.state IN ('sent', 'undone')
               AND letter.state = 'sent' AND letter.is_prenotice IS NOT TRUE
               AND letter.sent_date IS NOT NULL
          ORDER BY letter.sent_date, letter.id
        """, on_paper=self.env['dunning.level']._find_channels('is_on_paper'), lines=line_ids)):
            reminders[line_id].append(Reminder(*row))
        return reminders
