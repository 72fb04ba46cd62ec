from odoo import api, models, tools
from odoo.tools import SQL

from ...logic import exposure
from .dunning_hold_query import PARTNERS


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
        row['level_ids'] = [
            level_id for share in counted for level_id in share['level_ids'] or ()]
        return row

    @api.model
    @tools.ormcache('company_id', 'today')
    def _has_agreements(self, company_id, today):
        """Return whether anything is disputed or agreed upon today in the company's ledger."""
        return bool(self._search_agreements(company_id, today))

    @api.model
    def _search_agreements(self, company_id, day, but=()):
        """Return a pause for a dispute, a promise or a plan that runs on a day, if there is one.

        :param but: ids of pauses that do not count
        """
        return self.env['dunning.pause'].sudo().with_context(active_test=True).search([
            ('company_id', 'in', self._get_config(company_id).companies),
            ('kind', '!=', 'manual'), ('date_until', '>=', day), ('id', 'not in', but)], limit=1)

    @api.model
    def _get_running_condition(self, config, today):
        """Return the condition on `pause` for disputes, promises and plans that run."""
        return SQL("pause.company_id IN %s AND pause.active IS TRUE AND pause.date_until >= %s "
                   "AND pause.kind != 'manual'", config.companies, today)

    @api.model
    def _get_shared_ledger_query(self, config, today):
        """Return what is open by customer and share: plain, disputed, agreed upon."""
        return SQL("""
            SELECT partner_id, share, %(columns)s
              FROM (
                SELECT item.partner_id, part.residual, part.share, is_credit_note, due, level_id,
                       is_asked
                  FROM item
             LEFT JOIN (%(paused)s) paused ON paused.line_id = item.id
            CROSS JOIN LATERAL (SELECT COALESCE(
                       item.residual * paused.disputed / NULLIF(item.residual_currency, 0), 0)
                       AS disputed) split
            CROSS JOIN LATERAL (VALUES
                       (item.residual - split.disputed,
                        CASE WHEN paused.is_agreed THEN %(agreed)s ELSE '' END),
                       (split.disputed, %(disputed)s)) part (residual, share)
                 WHERE part.residual != 0 OR item.residual = 0
              ) part GROUP BY partner_id, share
        """, columns=self._get_ledger_columns(config, today),
            paused=self._get_paused_query(config, today),
            agreed=exposure.AGREED, disputed=exposure.DISPUTED)

    @api.model
    def _get_paused_query(self, config, today):
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
                SELECT pause.kind, COALESCE(pause.amount, 0) AS amount, item.id AS line_id,
                       item.residual_currency AS residual,
                       COALESCE(sum(item.residual_currency) OVER (
                           PARTITION BY pause.id ORDER BY item.due DESC, item.id DESC
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS later
                  FROM dunning_pause pause
             LEFT JOIN dunning_pause_item_rel rel ON rel.pause_id = pause.id
                  JOIN item ON item.partner_id = pause.partner_id AND (
                       item.id = rel.line_id
                       OR item.move_id = pause.move_id AND rel.line_id IS NULL)
                 WHERE pause.partner_id = ANY(%s) AND %s
              ) part GROUP BY line_id
        """, PARTNERS, self._get_running_condition(config, today))

    @api.model
    def _get_broken_query(self, config):
        """Return how many promises were broken while something they name is still open."""
        if not config.watches_promises:
            return SQL("0")
        field = self.env['dunning.promise']._fields['item_ids']
        return SQL("""
            (SELECT count(*) FROM dunning_promise promise
              WHERE promise.partner_id = res_partner.id AND promise.company_id IN %s
                AND promise.state IN ('broken', 'partly') AND EXISTS (
                    SELECT FROM %s rel JOIN account_move_line line ON line.id = rel.%s
                     WHERE rel.%s = promise.id AND line.reconciled IS NOT TRUE))::int
        """, config.companies, SQL.identifier(field.relation), SQL.identifier(field.column2),
            SQL.identifier(field.column1))
