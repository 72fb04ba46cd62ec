from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from ...logic import exposure
from ..run.account_move_line import CLOSED_PAYMENT_STATES

#: An invoice in these states has its money on the way, whatever residual its entry still shows.
PAID_PAYMENT_STATES = ('in_payment', 'paid')
#: Read by the query below, so written to the database before it.
_READ_FIELDS = {
    'account.move.line': [
        'partner_id', 'date_maturity', 'date', 'amount_residual', 'amount_residual_currency',
        'dunning_level_id', 'move_id', 'account_id', 'company_id', 'reconciled', 'parent_state',
        'no_followup'],
    'account.move': ['payment_state', 'state', 'move_type', 'partner_id', 'amount_total_signed'],
    'dunning.level': ['position', 'hold_effect'],
    'dunning.pause': [
        'partner_id', 'company_id', 'kind', 'date_until', 'active', 'amount', 'move_id',
        'item_ids'],
    'dunning.promise': ['partner_id', 'company_id', 'state', 'item_ids'],
    'dunning.hold': ['partner_id', 'company_id', 'date_until', 'active', 'reason', 'user_id'],
    'res.partner': [
        'credit_limit', 'dunning_limit_until', 'dunning_prepayment_only', 'dunning_policy_id',
        'property_payment_term_id', 'commercial_partner_id'],
    'sale.order': [
        'partner_invoice_id', 'state', 'company_id', 'amount_total', 'amount_untaxed',
        'currency_rate'],
    'sale.order.line': [
        'order_id', 'price_subtotal', 'product_uom_qty', 'qty_delivered', 'is_downpayment',
        'untaxed_amount_invoiced', 'display_type', 'price_unit', 'discount'],
    'product.template': ['invoice_policy'],
    'stock.move': ['sale_line_id', 'state'],
}


class DunningHoldCheck(models.AbstractModel):
    """The facts about customers, exact and in one query, however many items they have."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_facts(self, company, partner_ids):
        """Return {partner id: (`Terms`, `Facts`)} in a company; other addons add through super().

        :param company: in whose ledger and currency; branches count with their root
        :param partner_ids: ids of commercial partners
        """
        if not partner_ids:
            return {}
        for model, names in _READ_FIELDS.items():
            self.env[model].flush_model(names)
        config = self._get_config(company.id)
        rows = self.env.execute_query_dict(
            self._get_facts_query(company, list(partner_ids), config))
        by_partner = defaultdict(list)
        for row in rows:
            by_partner[row['id']].append(row)
        return {
            partner_id: self._prepare_facts(self._merge_shares(shares, config), config)
            for partner_id, shares in by_partner.items()}

    @api.model
    def _get_terms(self, row, config):
        """Return the `Terms` of the policy of a customer."""
        policy_id = row['own_policy'] if row['own_policy'] in config.terms else row['policy']
        return config.terms.get(policy_id) or exposure.Terms()

    @api.model
    def _prepare_facts(self, row, config):
        terms = self._get_terms(row, config)
        manual = row['manual_reason'] and exposure.ManualHold(
            row['manual_reason'], row['manual_until'], row['manual_user'] or '')
        overdue = {
            days: max(amount - row['credits'], 0.0)
            for days, amount in zip(config.thresholds, row['overdue'] or (), strict=False)}
        own_term = row['payment_term'] and self.env['account.payment.term'].browse(
            row['payment_term']).sudo()
        has_terms_rule = any(rule.trigger == exposure.TERMS for rule in terms.rules)
        return terms, exposure.Facts(
            credit_limit=row['credit_limit'] or 0.0, limit_until=row['limit_until'],
            is_prepayment_only=bool(row['prepayment_only']),
            receivables=row['receivables'], unallocated=row['unallocated'],
            to_invoice=row['to_invoice'], drafts=row['drafts'],
            overdue_amount=max(row['overdue_amount'] - row['credits'], 0.0),
            overdue=overdue, oldest_due_date=row['oldest_due_date'],
            level_position=row['level_position'], level_name=row['level'] or '',
            level_effect=row['level_effect'] or exposure.NONE, manual=manual or None,
            broken_promises=row['broken_promises'],
            credit_days=own_term._get_dunning_credit_days()
            if own_term and has_terms_rule else None)

    @api.model
    def _get_facts_query(self, company, partner_ids, config):
        """Return the SQL that reads everything at once."""
        today = company._get_dunning_today()
        lang = self.env.lang or 'en_US'
        return SQL("""
            WITH item AS (%(items)s),
            ledger AS (%(ledger)s),
            confirmed AS (%(orders)s)
            SELECT partner.id, COALESCE(ledger.share, '') AS share,
                   %(limit)s AS credit_limit, %(limit_until)s AS limit_until,
                   %(prepayment)s AS prepayment_only, %(own_policy)s AS own_policy,
                   %(policy)s AS policy, %(payment_term)s AS payment_term,
                   COALESCE(ledger.receivables, 0)::float AS receivables,
                   COALESCE(ledger.credits, 0)::float AS credits,
                   COALESCE(ledger.unallocated, 0)::float AS unallocated,
                   COALESCE(ledger.overdue_amount, 0)::float AS overdue_amount,
                   ledger.oldest_due_date, COALESCE(ledger.level_position, 0) AS level_position,
                   COALESCE(ledger.level->>%(lang)s, ledger.level->>'en_US') AS level,
                   (ARRAY['none', 'warn', 'block'])[ledger.level_effect + 1] AS level_effect,
                   ledger.overdue::float[] AS overdue,
                   COALESCE(confirmed.rest, 0)::float AS to_invoice,
                   %(drafts)s AS drafts, %(broken)s AS broken_promises,
                   manual.reason AS manual_reason, manual.date_until AS manual_until,
                   manual.name AS manual_user
              FROM res_partner partner
         LEFT JOIN ledger ON ledger.partner_id = partner.id
         LEFT JOIN confirmed ON confirmed.partner_id = partner.id
         LEFT JOIN LATERAL (
                SELECT hold.reason, hold.date_until, person.name
                  FROM dunning_hold hold
                  JOIN res_users usr ON usr.id = hold.user_id
                  JOIN res_partner person ON person.id = usr.partner_id
                 WHERE hold.partner_id = partner.id AND hold.company_id IN %(companies)s
                   AND hold.active AND (hold.date_until IS NULL OR hold.date_until >= %(today)s)
              ORDER BY hold.date_until DESC NULLS FIRST, hold.id LIMIT 1
              ) manual ON TRUE
             WHERE partner.id = ANY(%(partners)s)
        """,
            items=self._get_items_query(config, partner_ids, today),
            orders=self._get_orders_query(config, partner_ids),
            ledger=self._get_ledger_query(config, today), today=today, lang=lang,
            limit=self._get_company_value(company, 'credit_limit'),
            limit_until=self._get_company_value(company, 'dunning_limit_until'),
            prepayment=self._get_company_value(company, 'dunning_prepayment_only'),
            own_policy=self._get_company_value(company, 'dunning_policy_id'),
            payment_term=self._get_company_value(company, 'property_payment_term_id'),
            policy=self._get_policy_case(company, config),
            drafts=self._get_drafts_query(config), broken=self._get_broken_query(config),
            companies=config.companies, partners=partner_ids)

    @api.model
    def _get_ledger_query(self, config, today):
        """Return what is open by customer and share: plain, disputed, agreed upon."""
        return SQL("""
            SELECT partner_id, share, sum(part.residual) AS receivables,
                   COALESCE(-sum(part.residual) FILTER (
                       WHERE part.residual < 0 AND is_credit_note), 0) AS credits,
                   COALESCE(-sum(part.residual) FILTER (
                       WHERE part.residual < 0 AND NOT is_credit_note), 0) AS unallocated,
                   COALESCE(sum(part.residual) FILTER (WHERE is_asked AND due < %(today)s), 0)
                       AS overdue_amount,
                   min(due) FILTER (WHERE is_asked AND due < %(today)s) AS oldest_due_date,
                   COALESCE(max(position) FILTER (WHERE is_asked), 0) AS level_position,
                   max(level_effect) FILTER (WHERE is_asked) AS level_effect,
                   (array_agg(level_name ORDER BY position DESC)
                       FILTER (WHERE is_asked AND position > 0))[1] AS level,
                   ARRAY[%(overdue)s]::numeric[] AS overdue
              FROM item CROSS JOIN LATERAL (VALUES
                   (residual - disputed, CASE WHEN is_agreed THEN %(agreed)s ELSE '' END),
                   (disputed, %(disputed)s)) part (residual, share)
             WHERE part.residual != 0 OR item.residual = 0 GROUP BY partner_id, share
        """, today=today, overdue=self._get_overdue_columns(config, today),
            agreed=exposure.AGREED, disputed=exposure.DISPUTED)

    @api.model
    def _get_items_query(self, config, partner_ids, today):
        """Return the open receivable lines; what an invoice with paid state leaves is no debt.

        Each with the part that is disputed today, and whether its payment was agreed upon.
        """
        lines = self.env['account.move.line']
        companies = self.env['res.company'].browse(config.companies)
        return SQL("""
            SELECT line.partner_id, line.amount_residual AS residual,
                   move.move_type = 'out_refund' AS is_credit_note,
                   COALESCE(line.date_maturity, line.date) AS due,
                   level.position, level.name AS level_name,
                   CASE level.hold_effect WHEN 'block' THEN 2 WHEN 'warn' THEN 1 ELSE 0 END
                       AS level_effect,
                   line.amount_residual > 0 AND line.no_followup IS NOT TRUE
                       AND COALESCE(move.payment_state, '') NOT IN %(closed)s AS is_asked,
                   COALESCE(line.amount_residual * paused.disputed
                       / NULLIF(line.amount_residual_currency, 0), 0) AS disputed,
                   COALESCE(paused.is_agreed, FALSE) AS is_agreed
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
         LEFT JOIN dunning_level level ON level.id = line.dunning_level_id
         LEFT JOIN (%(pauses)s) paused ON paused.line_id = line.id
             WHERE line.partner_id = ANY(%(partners)s) AND %(open)s
               AND COALESCE(move.payment_state, '') NOT IN %(paid)s
        """, closed=CLOSED_PAYMENT_STATES, partners=partner_ids,
            open=lines._get_open_condition(companies), paid=PAID_PAYMENT_STATES,
            pauses=self._get_pauses_query(config, partner_ids, today))

    @api.model
    def _get_overdue_columns(self, config, today):
        """Return one sum for each number of days that a rule asks for."""
        return SQL(", ").join(
            SQL("COALESCE(sum(part.residual) FILTER (WHERE is_asked AND %s - due > %s), 0)",
                today, days)
            for days in config.thresholds) or SQL("NULL")

    @api.model
    def _get_orders_query(self, config, partner_ids):
        """Return what confirmed orders will still be invoiced, per customer in company currency.

        Ordered or delivered, whichever is more, less what posted invoices say; down payments
        reduce it. Goods that will never be delivered count only where they are invoiced anyway.
        """
        return SQL("""
            SELECT partner_id, sum(rest) AS rest FROM (
                SELECT payer.commercial_partner_id AS partner_id,
                       GREATEST(sum(%(rest)s), 0)
                           * COALESCE(so.amount_total / NULLIF(so.amount_untaxed, 0), 1)
                           / COALESCE(NULLIF(so.currency_rate, 0), 1) AS rest
                  FROM res_partner payer
                  JOIN sale_order so ON so.partner_invoice_id = payer.id
                  JOIN sale_order_line sol ON sol.order_id = so.id
                 WHERE payer.commercial_partner_id = ANY(%(partners)s) AND so.state = 'sale'
                   AND so.company_id IN %(companies)s AND sol.display_type IS NULL
              GROUP BY so.id, payer.commercial_partner_id
            ) of_order GROUP BY partner_id
        """, rest=self._get_line_rest(), partners=partner_ids, companies=config.companies)

    @api.model
    def _get_line_rest(self):
        """Return what a line of a confirmed order leaves to invoice, without tax, as SQL."""
        committed = SQL("""
            (CASE WHEN sol.product_uom_qty = 0
                  THEN sol.qty_delivered * sol.price_unit * (1 - sol.discount / 100)
                  WHEN sol.qty_delivered < sol.product_uom_qty AND %s
                  THEN sol.price_subtotal / sol.product_uom_qty * sol.qty_delivered
                  ELSE sol.price_subtotal / sol.product_uom_qty
                       * GREATEST(sol.product_uom_qty, sol.qty_delivered) END)
        """, self._get_never_delivered())
        return SQL("""
            CASE WHEN sol.is_downpayment THEN -sol.untaxed_amount_invoiced
                 WHEN sol.price_subtotal < 0
                 THEN LEAST(%(committed)s - sol.untaxed_amount_invoiced, 0)
                 ELSE GREATEST(%(committed)s - sol.untaxed_amount_invoiced, 0) END
        """, committed=committed)

    @api.model
    def _get_never_delivered(self):
        """Return the condition that the rest of a line was given up: nothing is under way.

        What comes back from the customer is not on its way to him.
        """
        return SQL("""
            (SELECT bool_and(move.state IN ('done', 'cancel') OR source.usage = 'customer')
               FROM stock_move move JOIN stock_location source ON source.id = move.location_id
              WHERE move.sale_line_id = sol.id)
            AND (SELECT template.invoice_policy = 'delivery'
                   FROM product_product product
                   JOIN product_template template ON template.id = product.product_tmpl_id
                  WHERE product.id = sol.product_id)
        """)

    @api.model
    def _get_drafts_query(self, config):
        if not config.counts_drafts:
            return SQL("0.0::float")
        return SQL("""
            COALESCE((
                SELECT sum(draft.amount_total_signed)
                  FROM account_move draft
                  JOIN res_partner payer ON payer.id = draft.partner_id
                 WHERE payer.commercial_partner_id = partner.id AND draft.state = 'draft'
                   AND draft.move_type IN ('out_invoice', 'out_refund')
                   AND draft.company_id IN %s
                   AND NOT EXISTS (
                       SELECT FROM account_move_line line
                         JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
                        WHERE line.move_id = draft.id)
            ), 0)::float
        """, config.companies)

    @api.model
    def _get_policy_case(self, company, config):
        """Return the policy of a customer who names none himself, as `_assign` would, in SQL."""
        partners = self.env['res.partner'].sudo().with_company(company).with_context(
            active_test=False)
        cases = [
            SQL("WHEN partner.id IN %s THEN %s", partners._search(
                Domain(safe_eval(domain, {'uid': self.env.uid}))).subselect(), policy_id)
            for policy_id, domain in config.domains]
        default = SQL("%s::int", config.default_policy)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), default) if cases else default

    @api.model
    def _get_company_value(self, company, name):
        """Return a company-dependent field of `partner` as SQL; a branch inherits its parents'."""
        partners = self.env['res.partner'].sudo().with_company(company)
        column = partners._fields[name]
        fallback = column.convert_to_column(column.convert_to_write(
            column.get_company_dependent_fallback(partners), partners), partners)
        kind = SQL({'float': 'float', 'boolean': 'boolean', 'date': 'date'}.get(
            column.type, 'int'))
        values = [
            SQL("(%s->>%s)::%s", SQL.identifier('partner', name), str(parent.id), kind)
            for parent in reversed(company.sudo().parent_ids)]
        return SQL("COALESCE(%s, %s::%s)", SQL(", ").join(values), fallback, kind)
