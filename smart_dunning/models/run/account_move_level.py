from odoo import models


class AccountMove(models.Model):
    """Levels stay with an invoice that is reset and posted again with other due dates."""

    _inherit = 'account.move'

    def _post(self, soft=True):
        # EXTENDS account
        posted = super()._post(soft=soft)
        posted._remember_levels()
        return posted

    def _remember_levels(self):
        """Tie letters and charges to the items that stand where deleted ones stood.

        Core makes new items for instalments whose date was changed in draft, and deletes the old
        ones: the ladder would begin anew, and interest be claimed twice.
        """
        orphans = self.env['dunning.letter.line'].sudo().search([
            ('move_id', 'in', self.ids), ('move_line_id', '=', False), ('state', '=', 'sent')])
        for move, lines in orphans.grouped('move_id').items():
            items = move.sudo().line_ids.filtered(
                lambda item: item.account_id.account_type == 'asset_receivable'
                and not item.dunning_level_id).sorted(
                    lambda item: (item.date_maturity or item.date, item.id))
            of_old_item = lines.sorted('date_maturity').grouped('date_maturity').values()
            for item, of_item in zip(items, of_old_item, strict=False):
                of_item._move_to(item)
