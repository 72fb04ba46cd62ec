from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...logic import ladder, promise
from .kinds import KINDS


class DunningPause(models.Model):
    """Which open items are paused, set-based: one query for a whole ledger."""

    _inherit = 'dunning.pause'

    @api.model
    def _get_item_pauses(self, company, date, partner_ids=None, line_ids=None):
        """Return {journal item id: `ladder.Pause`} of the open items paused on a day.

        Customers paused as a whole are not among them: see `_get_paused_until`. A part of an
        invoice is withheld from its latest instalment first; several parts add up.

        :param company: in whose ledger
        :param date: the day in question
        :param partner_ids: commercial partners to look at; None for all
        :param line_ids: journal items to look at; None for all
        """
        by_item = defaultdict(list)
        for of_pause in self._group_rows(
                self._query_paused_items(company, date, partner_ids)).values():
            parts = self._get_withheld(of_pause)
            for line_id, kind, until, _amount, _residual in of_pause:
                if parts is None or line_id in parts:
                    by_item[line_id].append(ladder.Pause(
                        KINDS[kind].reason, until, None if parts is None else parts[line_id]))
        if line_ids is not None:
            by_item = {key: by_item[key] for key in set(line_ids) & by_item.keys()}
        return {line_id: self._merge(pauses) for line_id, pauses in by_item.items()}

    @api.model
    def _query_paused_items(self, company, date, partner_ids):
        """Return (pause, line, kind, until, amount, residual) of what pauses name, by due date."""
        for model, names in {
            'dunning.pause': ['company_id', 'partner_id', 'active', 'date_until', 'kind', 'amount',
                              'move_id', 'item_ids'],
            'account.move.line': ['move_id', 'date_maturity', 'amount_residual_currency',
                                  'reconciled', 'account_id', 'parent_state'],
        }.items():
            self.env[model].flush_model(names)
        condition = SQL("pause.company_id = %s AND pause.active AND pause.date_until >= %s",
                        company.id, date)
        if partner_ids is not None:
            condition = SQL("%s AND pause.partner_id = ANY(%s)", condition, list(partner_ids))
        return self.env.execute_query(SQL("""
            SELECT pause.id, line.id, pause.kind, pause.date_until, pause.amount::float8,
                   line.amount_residual_currency::float8
              FROM (SELECT pause.*, rel.line_id FROM dunning_pause pause
                      JOIN dunning_pause_item_rel rel ON rel.pause_id = pause.id
                     WHERE %(condition)s
                 UNION ALL
                    SELECT pause.*, line.id FROM dunning_pause pause
                      JOIN account_move_line line ON line.move_id = pause.move_id
                      JOIN account_account account ON account.id = line.account_id
                           AND account.account_type = 'asset_receivable'
                     WHERE %(condition)s AND NOT EXISTS (
                           SELECT FROM dunning_pause_item_rel named
                            WHERE named.pause_id = pause.id)) pause
              JOIN account_move_line line ON line.id = pause.line_id
             WHERE line.reconciled IS NOT TRUE AND line.parent_state = 'posted'
          ORDER BY pause.id, line.date_maturity, line.id
        """, condition=condition))

    @api.model
    def _group_rows(self, rows):
        groups = defaultdict(list)
        for pause_id, *row in rows:
            groups[pause_id].append(row)
        return groups

    @api.model
    def _get_withheld(self, rows):
        """Return {line id: part withheld} of one pause, or None when it withholds everything."""
        amount = rows[0][3]
        if not amount:
            return None
        return promise.spread_back(amount, [(row[0], row[4]) for row in rows])

    @api.model
    def _merge(self, pauses):
        """Return one pause for several of the same item: the longest that holds all of it."""
        whole = [pause for pause in pauses if pause.withheld is None]
        if whole:
            return max(whole, key=lambda pause: pause.until)
        last = max(pauses, key=lambda pause: pause.until)
        return last._replace(withheld=sum(pause.withheld for pause in pauses))
