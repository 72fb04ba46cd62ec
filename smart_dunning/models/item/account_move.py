from odoo import fields, models

from .reasons import ITEM_REASONS


class AccountMove(models.Model):
    _inherit = 'account.move'

    dunning_excluded = fields.Selection(
        ITEM_REASONS, "Left Out of Dunning", compute='_compute_dunning_excluded',
        compute_sudo=True, help="Why nobody is asked for what is open of it.")

    def _compute_dunning_excluded(self):
        """The reason of the earliest instalment that is left out."""
        posted = self.filtered(lambda move: move.state == 'posted' and move.is_sale_document(True))
        reasons = self.env['dunning.item']._get_excluded(posted.line_ids)
        for move in self:
            lines = move.line_ids.filtered(lambda line: line._origin.id in reasons)
            first = lines.sorted(lambda line: (line.date_maturity or line.date, line.id))[:1]
            move.dunning_excluded = reasons.get(first._origin.id, False)
