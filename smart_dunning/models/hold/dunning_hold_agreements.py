from odoo import api, models
from odoo.tools import SQL

from ...logic import exposure


class DunningHoldCheck(models.AbstractModel):
    """What disputes, promises and plans change for holds: part of the same one query."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _merge_shares(self, shares, config):
        """Return one row of a customer: everything open, asked for only what his policy counts.

        :param shares: his rows, one for each of what is plainly open, disputed, agreed upon
        """
        if len(shares) == 1 and not shares[0]['share']:
            return shares[0]
        row = dict(shares[0])
        terms = self._get_terms(row, config)
        counted = [share for share in shares if terms.counts(share['share'])]
        for name in ('receivables', 'credits', 'unallocated'):
            row[name] = sum(share[name] for share in shares)
        row['overdue_amount'] = sum(share['overdue_amount'] for share in counted)
        row['oldest_due_date'] = min(
            filter(None, (share['oldest_due_date'] for share in counted)), default=None)
        row['overdue'] = [sum(value or 0.0 for value in column) for column in zip(
            *(share['overdue'] or () for share in counted), strict=False)]
        top = max(counted, key=lambda share: share['level_position'], default={})
        for name, empty in (('level_position', 0), ('level', '')):
            row[name] = top.get(name) or empty
        worst = exposure.get_worst(share['level_effect'] or exposure.NONE for share in counted)
        row['level_effect'] = exposure.NONE if worst == exposure.CLEAR else worst
        return row

    @api.model
    def _get_pauses_query(self, config, partner_ids, today):
        """Return by line what of it is disputed, in its currency, and whether it is agreed upon.

        A part of an invoice is taken from its latest instalment first: `promise.spread_back`.
        """
        return SQL("""
            SELECT line_id, LEAST(max(residual), COALESCE(sum(LEAST(
                       residual, CASE WHEN amount = 0 THEN residual
                                      ELSE GREATEST(amount - later, 0) END))
                       FILTER (WHERE kind = 'dispute'), 0)) AS disputed,
                   bool_or(kind IN ('promise', 'installment')) AS is_agreed
              FROM (
                SELECT pause.kind, COALESCE(pause.amount, 0) AS amount, line.id AS line_id,
                       line.amount_residual_currency AS residual,
                       COALESCE(sum(line.amount_residual_currency) OVER (
                           PARTITION BY pause.id ORDER BY line.date_maturity DESC, line.id DESC
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS later
                  FROM dunning_pause pause
             LEFT JOIN dunning_pause_item_rel rel ON rel.pause_id = pause.id
                  JOIN account_move_line line
                    ON line.id = rel.line_id
                    OR line.move_id = pause.move_id AND rel.line_id IS NULL
                  JOIN account_account account ON account.id = line.account_id
                   AND account.account_type = 'asset_receivable'
                 WHERE pause.partner_id = ANY(%s) AND pause.company_id IN %s AND pause.active
                   AND pause.date_until >= %s AND pause.kind != 'manual'
                   AND line.reconciled IS NOT TRUE
              ) part GROUP BY line_id
        """, partner_ids, config.companies, today)

    @api.model
    def _get_broken_query(self, config):
        """Return how many promises were broken while something they name is still open."""
        if not config.watches_promises:
            return SQL("0")
        field = self.env['dunning.promise']._fields['item_ids']
        return SQL("""
            (SELECT count(*) FROM dunning_promise promise
              WHERE promise.partner_id = partner.id AND promise.company_id IN %s
                AND promise.state IN ('broken', 'partly') AND EXISTS (
                    SELECT FROM %s rel JOIN account_move_line line ON line.id = rel.%s
                     WHERE rel.%s = promise.id AND line.reconciled IS NOT TRUE))::int
        """, config.companies, SQL.identifier(field.relation), SQL.identifier(field.column2),
            SQL.identifier(field.column1))
