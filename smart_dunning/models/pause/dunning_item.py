from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ...logic import exposure
from ..item.dunning_item import Column
from .kinds import get_codes


class DunningItem(models.AbstractModel):
    """What was agreed about an item, or is disputed: until when it is left in peace."""

    _inherit = 'dunning.item'

    @api.model
    def _get_columns(self, scope):
        # EXTENDS item
        columns, joins = super()._get_columns(scope), ('pause',)
        return columns | {
            # Of all that pauses it: the one that lasts longest, one for the whole item first.
            'pause_kind': Column(SQL("pause.kind"), joins),
            'paused_until': Column(SQL("pause.date_until"), joins),
            # The part of it that is left in peace; nothing: all of it, where there is a pause.
            'withheld': Column(SQL("pause.withheld"), joins, True),
            'disputed': Column(SQL("COALESCE(pause.disputed, 0)"), joins, True,
                               SQL("0")),
            # What a letter of that day may ask for: nothing of credits and what is left out.
            'asked': Column(partial(self._get_letter_amount, columns),
                            (*columns['excluded'].joins, *joins), True, SQL("0")),
            'agreed': Column(SQL("COALESCE(pause.is_agreed, FALSE)"), joins, payment=SQL("FALSE")),
        }

    @api.model
    def _get_letter_amount(self, columns):
        return SQL("""
            CASE WHEN %(excluded)s IS NOT NULL OR %(open)s <= 0
                      OR pause.line_id IS NOT NULL AND pause.withheld IS NULL THEN 0
                 ELSE GREATEST(%(open)s - COALESCE(pause.withheld, 0), 0) END
        """, excluded=columns['excluded'].get_sql(), open=columns['open'].get_sql())

    @api.model
    def _get_joins(self, scope):
        # EXTENDS item
        pauses = self._get_no_pause_query() if scope.is_plain else self._get_pause_query(scope)
        return super()._get_joins(scope) | {
            'pause': SQL("LEFT JOIN (%s) pause ON pause.line_id = line.id", pauses)}

    @api.model
    def _get_peculiar(self, companies, date, partner):
        # EXTENDS item
        return [*super()._get_peculiar(companies, date, partner), SQL("""
            EXISTS (SELECT FROM dunning_pause pause
                     WHERE pause.partner_id = %s AND pause.company_id IN %s AND pause.active
                       AND pause.date_until >= %s)
        """, partner, companies._ids or (0,), date)]

    @api.model
    def _get_no_pause_query(self):
        """Return the columns of `_get_pause_query` without any row."""
        return SQL("""
            SELECT NULL::int AS line_id, FALSE AS is_agreed, 0.0 AS disputed, NULL::varchar AS kind,
                   NULL::date AS date_until, NULL::numeric AS withheld WHERE FALSE
        """)

    @api.model
    def _get_pause_query(self, scope):
        """Return by line the pauses that run on the day: reason, last day, and how much of it.

        A part of an invoice is taken from its latest instalment first (`promise.spread_back`);
        several parts add up. Customers paused as a whole are not among them: see
        `dunning.pause._get_paused_until`.
        """
        return SQL("""
            SELECT line_id, bool_or(kind IN %(agreed)s) AS is_agreed,
                   LEAST(max(residual), COALESCE(sum(part) FILTER (WHERE kind IN %(disputed)s), 0))
                       AS disputed,
                   (array_agg(kind ORDER BY is_whole DESC, date_until DESC, id))[1] AS kind,
                   (array_agg(date_until ORDER BY is_whole DESC, date_until DESC, id))[1]
                       AS date_until,
                   CASE WHEN NOT bool_or(is_whole) THEN sum(part) END AS withheld
              FROM (
                SELECT id, kind, date_until, line_id, residual, amount = 0 AS is_whole,
                       CASE WHEN amount = 0 THEN residual
                            ELSE LEAST(residual, GREATEST(amount - later, 0)) END AS part
                  FROM (
                    SELECT pause.id, pause.kind, pause.date_until, line.id AS line_id,
                           COALESCE(pause.amount, 0) AS amount,
                           line.amount_residual_currency AS residual,
                           COALESCE(sum(GREATEST(line.amount_residual_currency, 0)) OVER (
                               PARTITION BY pause.id ORDER BY line.date_maturity DESC, line.id DESC
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS later
                      FROM (%(paused)s) pause
                      JOIN account_move_line line ON line.id = pause.line_id
                     WHERE line.reconciled IS NOT TRUE AND line.parent_state = 'posted'
                  ) named
              ) part WHERE is_whole OR part > 0 GROUP BY line_id
        """, paused=self._get_paused_lines(scope), agreed=get_codes(exposure.AGREED),
            disputed=get_codes(exposure.DISPUTED))

    @api.model
    def _get_paused_lines(self, scope):
        """Return the pauses that run, once for each line: those named, or all of the invoice."""
        pauses = self.env['dunning.pause']
        running = SQL(
            "pause.company_id IN %s AND pause.active AND pause.date_until >= %s %s",
            scope.companies._ids or (0,), scope.date,
            SQL("") if scope.partner_ids is None
            else SQL("AND pause.partner_id = ANY(%s)", scope.partner_ids),
            to_flush=[pauses._fields[name] for name in (
                'company_id', 'partner_id', 'active', 'date_until', 'kind', 'amount', 'move_id',
                'item_ids')])
        return SQL("""
            SELECT pause.*, rel.line_id FROM dunning_pause pause
              JOIN dunning_pause_item_rel rel ON rel.pause_id = pause.id
             WHERE %(running)s
         UNION ALL
            SELECT pause.*, line.id FROM dunning_pause pause
              JOIN account_move_line line ON line.move_id = pause.move_id
              JOIN account_account account ON account.id = line.account_id
               AND account.account_type = 'asset_receivable'
             WHERE %(running)s AND NOT EXISTS (
                   SELECT FROM dunning_pause_item_rel named WHERE named.pause_id = pause.id)
        """, running=running)
