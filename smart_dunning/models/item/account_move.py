from odoo import fields, models
from odoo.tools import SQL

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

    def _filter_dunning_settled(self):
        """Return those of which nothing is open any more, what is on its way included.

        A payment that an accounting app has registered makes an invoice *in payment*, however
        little of it was paid.
        """
        settled = self.filtered(lambda move: move.payment_state in ('paid', 'reversed'))
        partly = self.filtered(lambda move: move.payment_state == 'in_payment')
        for company, moves in partly.grouped('company_id').items():
            is_open = {move_id for move_id, in self.env['dunning.item']._fetch(
                company, ('move',), line_ids=moves.sudo().line_ids.ids,
                where=SQL("item.open > 0"))}
            settled |= moves.filtered(lambda move: move._origin.id not in is_open)  # noqa: B023
        return settled
