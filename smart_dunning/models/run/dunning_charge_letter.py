from odoo import api, fields, models
from odoo.tools import SQL


class DunningCharge(models.Model):
    """Which letter claimed a charge."""

    _inherit = 'dunning.charge'

    letter_id = fields.Many2one(
        'dunning.letter', index='btree_not_null', ondelete='cascade', readonly=True,
        help="A letter that was sent stays; one that came back takes its charges along.")

    @api.depends('letter_id.name')
    def _compute_name(self):
        # EXTENDS smart_dunning: a fee belongs to no invoice, but to its letter
        result = super()._compute_name()
        for charge in self.filtered(lambda charge: not charge.move_id and charge.letter_id):
            charge.name = f"{charge.name} {charge.sudo().letter_id.name}"
        return result


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model
    def _get_first_reminders(self, line_ids):
        # EXTENDS smart_dunning: the first letter after the due date that reached the customer
        reminders = super()._get_first_reminders(line_ids)
        self.env['dunning.letter'].flush_model(['state', 'channel', 'sent_date', 'is_prenotice'])
        self.env['dunning.letter.line'].flush_model(['letter_id', 'move_line_id', 'state'])
        rows = self.env.execute_query(SQL("""
            SELECT line.move_line_id,
                   min(letter.sent_date) FILTER (WHERE letter.channel != 'print'),
                   min(letter.sent_date) FILTER (WHERE letter.channel = 'print')
              FROM dunning_letter_line line
              JOIN dunning_letter letter ON letter.id = line.letter_id
             WHERE line.move_line_id = ANY(%s) AND line.state IN ('sent', 'undone')
               AND letter.state = 'sent' AND letter.is_prenotice IS NOT TRUE
          GROUP BY line.move_line_id
        """, line_ids))
        return {**reminders, **{line_id: tuple(days) for line_id, *days in rows}}
