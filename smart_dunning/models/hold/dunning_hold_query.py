from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from ..item.account_move_line import CLOSED_PAYMENT_STATES

#: An invoice in these states has its money on the way, whatever residual its entry still shows.
PAID_PAYMENT_STATES = ('in_payment', 'paid')
#: Stands in the composed query for the ids of the customers asked about.
PARTNERS = object()
# Conditions that mean the same as long as nobody changes the policy; anything else (children of a
# category, "today") is translated to SQL each time.
_LASTING_OPERATORS = {'=', '!=', 'in', 'not in'}


class DunningHoldCheck(models.AbstractModel):
    """The query behind the facts: composed once per day and company, planned for every checkpoint.

    PostgreSQL needs longer to plan it than to run it, so parts nobody needs are left out.
    """

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_facts_query(self, company, partner_ids):
        """Return the SQL that reads everything about some customers at once, to the cent."""
        today = company._get_dunning_today()
        return self._fill_in(
            '_compose_facts_query', company, partner_ids, today,
            self._has_agreements(company.id, today))

    @api.model
    def _fill_in(self, compose, company, partner_ids, *variant):
        """Return a query about these customers, composed anew only where it has to be.

        :param compose: name of the method that composes it, for a company, its config and variant
        """
        query = self._get_lasting_query(compose, company.id, *variant) or getattr(self, compose)(
            company, self._get_config(company.id), *variant)
        return SQL(query.code, *(
            list(partner_ids) if value is PARTNERS else value for value in query.params),
            to_flush=query.to_flush)

    @api.model
    @tools.ormcache('compose', 'company_id', 'variant')
    def _get_lasting_query(self, compose, company_id, *variant):
        """Return the query for everybody who asks; None where it depends on more."""
        # What is cached for everybody must not depend on the context of the first who asks.
        self = self.with_env(self.env(context={}, su=True))
        config = self._get_config(company_id)
        if not all(self._is_lasting(text) for _policy, text in config.domains):
            return None
        return getattr(self, compose)(self.env['res.company'].browse(company_id), config, *variant)

    @api.model
    def _is_lasting(self, text):
        """Return whether the domain of a policy means the same for everybody, all day."""
        fields = self.env['res.partner']._fields
        return 'uid' not in text and all(
            condition.operator in _LASTING_OPERATORS
            and condition.field_expr in fields and fields[condition.field_expr].store
            and fields[condition.field_expr].type not in ('date', 'datetime')
            and (not fields[condition.field_expr].relational or _names_ids(condition.value))
            for condition in Domain(safe_eval(text)).iter_conditions())

    @api.model
    def _compose_facts_query(self, company, config, today, with_agreements):
        """Return the SQL with `PARTNERS` in the place of ids."""
        ledger = self._get_ledger_query(config, today)
        if with_agreements:
            ledger = self._get_shared_ledger_query(config, today)
        return SQL("""
            WITH item AS (%(item)s)
            SELECT res_partner.id, COALESCE(ledger.share, '') AS share, %(customer)s,
                   COALESCE(ledger.receivables, 0)::float AS receivables,
                   COALESCE(ledger.credits, 0)::float AS credits,
                   COALESCE(ledger.unallocated, 0)::float AS unallocated,
                   COALESCE(ledger.overdue_amount, 0)::float AS overdue_amount,
                   ledger.oldest_due_date, ledger.level_ids, ledger.overdue::float[] AS overdue,
                   COALESCE(confirmed.rest, 0)::float AS to_invoice
              FROM res_partner
         LEFT JOIN (%(ledger)s) ledger ON ledger.partner_id = res_partner.id
         LEFT JOIN (%(orders)s) confirmed ON confirmed.partner_id = res_partner.id
             WHERE res_partner.id = ANY(%(partners)s)
        """,
            item=self._get_items_query(config), orders=self._get_orders_query(config),
            ledger=ledger, customer=self._get_customer_columns(company, config, today),
            partners=PARTNERS)

    @api.model
    def _get_customer_columns(self, company, config, today):
        """Return what is known about `res_partner` besides items and orders, as SQL."""
        return SQL("""
            %(limit)s AS credit_limit, %(limit_until)s AS limit_until,
            %(prepayment)s AS prepayment_only, %(own_policy)s AS own_policy,
            %(policy)s AS policy, %(payment_term)s AS payment_term,
            %(drafts)s AS drafts, %(broken)s AS broken_promises, %(manual)s AS manual
        """,
            limit=self._get_company_value(company, 'credit_limit'),
            limit_until=self._get_company_value(company, 'dunning_limit_until'),
            prepayment=self._get_company_value(company, 'dunning_prepayment_only'),
            own_policy=self._get_company_value(company, 'dunning_policy_id'),
            payment_term=self._get_company_value(company, 'property_payment_term_id'),
            policy=self._get_policy_case(company, config),
            drafts=self._get_drafts_query(config), broken=self._get_broken_query(config),
            manual=self._get_manual_query(config, today))

    # Ledger -------------------------------------------------------------------------------------

    @api.model
    def _get_items_query(self, config):
        """Return the open receivable lines; what an invoice with paid state leaves is no debt."""
        companies = self.env['res.company'].browse(config.companies)
        return SQL("""
            SELECT line.id, line.move_id, line.partner_id, line.amount_residual AS residual,
                   line.amount_residual_currency AS residual_currency,
                   move.move_type = 'out_refund' AS is_credit_note,
                   COALESCE(line.date_maturity, line.date) AS due,
                   line.dunning_level_id AS level_id,
                   line.amount_residual > 0 AND line.no_followup IS NOT TRUE
                       AND COALESCE(move.payment_state, '') NOT IN %(closed)s AS is_asked
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE line.partner_id = ANY(%(partners)s) AND %(open)s
               AND COALESCE(move.payment_state, '') NOT IN %(paid)s
        """, closed=CLOSED_PAYMENT_STATES, partners=PARTNERS,
            open=self.env['account.move.line']._get_open_condition(companies),
            paid=PAID_PAYMENT_STATES)

    @api.model
    def _get_ledger_query(self, config, today):
        """Return what is open by customer."""
        return SQL("SELECT partner_id, '' AS share, %s FROM item GROUP BY partner_id",
                   self._get_ledger_columns(config, today))

    @api.model
    def _get_ledger_columns(self, config, today):
        """Return the sums over items, of which each has its `residual`."""
        return SQL("""
            sum(residual) AS receivables,
            -sum(residual) FILTER (WHERE residual < 0 AND is_credit_note) AS credits,
            -sum(residual) FILTER (WHERE residual < 0 AND NOT is_credit_note) AS unallocated,
            sum(residual) FILTER (WHERE is_asked AND due < %(today)s) AS overdue_amount,
            min(due) FILTER (WHERE is_asked AND due < %(today)s) AS oldest_due_date,
            array_agg(DISTINCT level_id) FILTER (WHERE is_asked AND level_id > 0) AS level_ids,
            ARRAY[%(overdue)s]::numeric[] AS overdue
        """, today=today, overdue=self._get_overdue_columns(config, today))

    @api.model
    def _get_overdue_columns(self, config, today):
        """Return one sum for each number of days that a rule asks for."""
        return SQL(", ").join(
            SQL("COALESCE(sum(residual) FILTER (WHERE is_asked AND %s - due > %s), 0)",
                today, days)
            for days in config.thresholds) or SQL("NULL")

    # Orders and drafts --------------------------------------------------------------------------

    @api.model
    def _get_orders_query(self, config):
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
                 WHERE payer.commercial_partner_id = ANY(%(partners)s)
                   AND so.dunning_to_invoice > 0
                   AND so.company_id IN %(companies)s AND sol.display_type IS NULL
              GROUP BY so.id, payer.commercial_partner_id
            ) of_order GROUP BY partner_id
        """, rest=self._get_line_rest(), partners=PARTNERS, companies=config.companies)

    @api.model
    def _get_line_rest(self):
        """Return what a line of a confirmed order leaves to invoice, without tax, as SQL."""
        committed = SQL("""
            CASE WHEN sol.product_uom_qty = 0
                 THEN sol.qty_delivered * sol.price_unit * (1 - sol.discount / 100)
                 WHEN sol.qty_delivered < sol.product_uom_qty AND %s
                 THEN sol.price_subtotal / sol.product_uom_qty * sol.qty_delivered
                 ELSE sol.price_subtotal / sol.product_uom_qty
                      * GREATEST(sol.product_uom_qty, sol.qty_delivered) END
        """, self._get_never_delivered())
        # Never on the other side of zero: a line that was invoiced for more leaves nothing.
        return SQL("""
            CASE WHEN sol.is_downpayment THEN -sol.untaxed_amount_invoiced
                 ELSE %(side)s * GREATEST(
                     %(side)s * (%(committed)s - sol.untaxed_amount_invoiced), 0) END
        """, committed=committed,
            side=SQL("(CASE WHEN sol.price_subtotal < 0 THEN -1 ELSE 1 END)"))

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
                 WHERE payer.commercial_partner_id = res_partner.id AND draft.state = 'draft'
                   AND draft.move_type IN ('out_invoice', 'out_refund')
                   AND draft.company_id IN %s
                   AND NOT EXISTS (
                       SELECT FROM account_move_line line
                         JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
                        WHERE line.move_id = draft.id)
            ), 0)::float
        """, config.companies)

    # Customer -----------------------------------------------------------------------------------

    @api.model
    def _get_manual_query(self, config, today):
        """Return reason, last day and person of the hold by hand that lasts longest, as JSON."""
        return SQL("""
            (SELECT json_build_array(hold.reason, hold.date_until, hold.user_id)
               FROM dunning_hold hold
              WHERE hold.partner_id = res_partner.id AND hold.company_id IN %(companies)s
                AND hold.active AND (hold.date_until IS NULL OR hold.date_until >= %(today)s)
           ORDER BY hold.date_until DESC NULLS FIRST, hold.id LIMIT 1)
        """, companies=config.companies, today=today)

    @api.model
    def _get_policy_case(self, company, config):
        """Return the policy of a customer who names none himself, as `_assign` would, in SQL."""
        cases = [
            SQL("WHEN %s THEN %s", self._get_condition(company, domain), policy_id)
            for policy_id, domain in config.domains]
        default = SQL("%s::int", config.default_policy)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), default) if cases else default

    @api.model
    def _get_condition(self, company, text):
        """Return whether a domain names the customer, as SQL: it never lists all partners."""
        partners = self.env['res.partner'].sudo().with_company(company).with_context(
            active_test=False)
        found = partners._search(Domain(safe_eval(text, {'uid': self.env.uid})))
        if found.from_clause.code == SQL.identifier(partners._table).code:
            return SQL("(%s)", found.where_clause or SQL("TRUE"))
        found.add_where(SQL("%s = ANY(%s)", SQL.identifier(partners._table, 'id'), PARTNERS))
        return SQL("res_partner.id IN %s", found.subselect())

    @api.model
    def _get_company_value(self, company, name):
        """Return a company-dependent field of `res_partner` as SQL; branches inherit it."""
        partners = self.env['res.partner'].sudo().with_company(company)
        column = partners._fields[name]
        fallback = column.convert_to_column(column.convert_to_write(
            column.get_company_dependent_fallback(partners), partners), partners)
        kind = SQL({'float': 'float', 'boolean': 'boolean', 'date': 'date'}.get(
            column.type, 'int'))
        values = [
            SQL("(%s->>%s)::%s", SQL.identifier('res_partner', name), str(parent.id), kind)
            for parent in reversed(company.sudo().parent_ids)]
        return SQL("COALESCE(%s, %s::%s)", SQL(", ").join(values), fallback, kind)


def _names_ids(value):
    """Return whether records are named by their numbers: names can change their meaning."""
    values = [value] if isinstance(value, str) or not hasattr(value, '__iter__') else value
    return all(isinstance(one, int) for one in values)
