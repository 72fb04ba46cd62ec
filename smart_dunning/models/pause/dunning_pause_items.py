from odoo import api, models
from odoo.tools import SQL

from ...logic import ladder
from .kinds import KINDS


class DunningPause(models.Model):
    """Which open items are paused, set-based: one query for a whole ledger."""

    _inherit = 'dunning.pause'

    @api.model
    def _get_item_pauses(self, company, date, partner_ids=None, line_ids=None):
        """Return {journal item id: `ladder.Pause`} of the open items paused on a day.

        Customers paused as a whole are not among them: see `_get_paused_until`.

        :param company: in whose ledger
        :param date: the day in question
        :param partner_ids: commercial partners to look at; None for all
        :param line_ids: journal items to look at; None for all
        """
        rows = self.env['dunning.item']._fetch(
            company, ('id', 'pause_kind', 'paused_until', 'withheld'), date=date,
            partner_ids=partner_ids, line_ids=line_ids,
            where=SQL("item.pause_kind IS NOT NULL"))
        return {
            line_id: ladder.Pause(KINDS[kind].reason, until, withheld)
            for line_id, kind, until, withheld in rows}
