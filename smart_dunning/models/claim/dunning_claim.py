from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...logic import default, ladder

#: How long before a claim is time-barred somebody is told.
WARNING_DAYS = 90


class DunningClaim(models.Model):
    """An open claim that has fallen due, and the day until which a court will grant it."""

    _name = 'dunning.claim'
    _description = "Open Claim"
    _auto = False
    _order = 'limitation_date, id'
    _rec_name = 'move_id'

    move_line_id = fields.Many2one('account.move.line', "Journal Item", readonly=True)
    move_id = fields.Many2one('account.move', "Invoice", readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    partner_id = fields.Many2one('res.partner', "Customer", readonly=True)
    currency_id = fields.Many2one('res.currency', readonly=True)
    company_currency_id = fields.Many2one(
        related='company_id.currency_id', string="Company Currency")
    amount = fields.Monetary("Open", readonly=True, aggregator=None)
    amount_company = fields.Monetary(
        "Open in Company Currency", currency_field='company_currency_id', readonly=True)
    date_due = fields.Date("Due Date", readonly=True)
    limitation_date = fields.Date(
        "Limitation", readonly=True, help="The last day before the claim is time-barred.")
    suspended_days = fields.Integer(
        readonly=True, aggregator=None,
        help="Days in which limitation does not run: of a court order, and of talks where the "
        "claim rule of the country says so.")
    salesperson_id = fields.Many2one('res.users', readonly=True)

    _depends = {
        'account.move': ['invoice_date', 'dunning_court_date', 'dunning_court_until',
                         'dunning_acknowledged_date', 'invoice_user_id', 'state'],
        'account.move.line': ['move_id', 'partner_id', 'company_id', 'currency_id', 'account_id',
                              'date', 'date_maturity', 'amount_residual', 'reconciled',
                              'amount_residual_currency', 'parent_state', 'dunning_charge_id'],
        'dunning.claim.rule': ['active', 'country_id', 'country_group_id', 'date_from',
                               'limitation_years', 'consumer_limitation_years',
                               'limitation_start', 'talks_suspend', 'talks_months',
                               'court_months'],
        'dunning.dispute': ['move_id', 'date_opened', 'date_closed', 'state'],
        'dunning.installment.plan': ['item_ids', 'acknowledgement', 'date_signed'],
        'res.partner': ['country_id', 'is_company', 'vat'],
    }

    @property
    def _table_query(self):
        """One row per open item that is due. The same sums as `logic.default.find_limitation`.

        Of days in which several reasons suspend limitation each counts once.
        """
        return SQL("""
            WITH %(days)s, %(acknowledgements)s, %(claims)s
            SELECT claim.id, claim.id AS move_line_id, claim.move_id, claim.company_id,
                   claim.partner_id, claim.currency_id, claim.amount, claim.amount_company,
                   claim.date_due, claim.salesperson_id,
                   COALESCE(pause.days, 0) AS suspended_days,
                   GREATEST(claim.plain + COALESCE(pause.days, 0), pause.floor) AS limitation_date
              FROM claim
         LEFT JOIN (
                   SELECT id, sum(GREATEST(0, until - GREATEST(since - 1, covered)))::integer
                              AS days,
                          max(until + make_interval(months => months))::date AS floor
                     FROM (SELECT one.*, GREATEST(begin, max(until) OVER (
                                      PARTITION BY id ORDER BY since, until
                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS covered
                             FROM (%(suspended)s) one
                            WHERE since <= plain AND until >= since) part
                 GROUP BY id
                   ) pause ON pause.id = claim.id
        """, days=self._get_days(), suspended=self._get_suspended(),
            acknowledgements=self._get_acknowledgements(), claims=self._get_plain_claims())

    @api.model
    def _get_days(self):
        """Return the day of today in each company, as the table `day`."""
        companies = self.env['res.company'].sudo().with_context(active_test=False).search([])
        return SQL("day (company_id, today) AS (VALUES %s)", SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company._get_dunning_today())
            for company in companies))

    @api.model
    def _get_rules(self):
        """Return the rule of each company by the days it holds for: the nearest to its country."""
        return SQL("""
            SELECT company_id, limitation_years AS years,
                   COALESCE(NULLIF(consumer_limitation_years, 0), limitation_years)
                       AS consumer_years,
                   limitation_start = 'year_end' AS is_from_year_end,
                   talks_suspend, talks_months, court_months, date_from,
                   lead(date_from) OVER (PARTITION BY company_id ORDER BY date_from) AS date_to
              FROM (
                SELECT company.id AS company_id, rule.date_from, rule.limitation_years,
                       rule.consumer_limitation_years, rule.limitation_start,
                       rule.talks_suspend, COALESCE(rule.talks_months, 0) AS talks_months,
                       COALESCE(rule.court_months, 0) AS court_months, dense_rank() OVER (
                           PARTITION BY company.id
                           ORDER BY COALESCE(array_position(path.ids, rule.company_id), 0) DESC,
                                    rule.country_id IS NULL, rule.country_group_id IS NULL) AS rank
                  FROM res_company company
            CROSS JOIN LATERAL (SELECT string_to_array(
                           trim(trailing '/' FROM company.parent_path), '/')::int[] AS ids) path
            -- A branch without a country lives where the company above it does.
             LEFT JOIN LATERAL (
                SELECT home.country_id
                  FROM unnest(path.ids) WITH ORDINALITY step (id, depth)
                  JOIN res_company above ON above.id = step.id
                  JOIN res_partner home ON home.id = above.partner_id
                 WHERE home.country_id IS NOT NULL ORDER BY depth DESC LIMIT 1) address ON TRUE
                  JOIN dunning_claim_rule rule ON rule.active
                   AND (rule.company_id IS NULL OR rule.company_id = ANY(path.ids)) AND (
                           rule.country_id = address.country_id
                           OR rule.country_id IS NULL AND (
                               rule.country_group_id IS NULL OR EXISTS (
                                   SELECT FROM res_country_res_country_group_rel member
                                    WHERE member.res_country_id = address.country_id
                                      AND member.res_country_group_id = rule.country_group_id)))
              ) ranked WHERE rank = 1
        """)

    @api.model
    def _get_plain_claims(self):
        """Return the open items due with the limitation that holds without any suspension."""
        return SQL("""
            rule AS MATERIALIZED (%s),
            begun AS NOT MATERIALIZED (%s),
            -- From the latest acknowledgement the years run anew: of several, each counts that came
            -- before the years had run from the one before it.
            restarted AS (
                WITH RECURSIVE anew (id, begin) AS (
                    SELECT begun.id, begun.begin FROM begun
                     WHERE begun.move_id IN (SELECT move_id FROM acknowledgement)
                 UNION
                    SELECT anew.id, acknowledgement.day
                      FROM anew JOIN begun ON begun.id = anew.id
                      JOIN acknowledgement ON acknowledgement.move_id = begun.move_id
                       AND acknowledgement.day > anew.begin
                       AND acknowledgement.day <= anew.begin + make_interval(years => begun.years)
                ) SELECT id, max(begin) AS begin FROM anew GROUP BY id
            ),
            claim AS NOT MATERIALIZED (
                SELECT begun.id, move_id, company_id, partner_id, currency_id, amount,
                       amount_company, date_due, salesperson_id, years,
                       talks_suspend, talks_months, court_months,
                       COALESCE(restarted.begin, begun.begin) AS begin,
                       CASE WHEN years > 0 THEN (COALESCE(restarted.begin, begun.begin)
                           + make_interval(years => years))::date END AS plain
                  FROM begun LEFT JOIN restarted ON restarted.id = begun.id
            )
        """, self._get_rules(), self._get_due_claims())

    @api.model
    def _get_due_claims(self):
        """Return the open items of all companies that are due, and the day their years begin.

        What is on its way to the bank, or left in peace, is owed all the same. Money that we sent
        to customers is no claim.
        """
        companies = self.env['res.company'].sudo().with_context(active_test=False).search([])
        items = self.env['dunning.item'].sudo()._get_query(
            companies, ('id', 'move', 'company', 'partner', 'currency', 'residual',
                        'residual_company', 'due', 'date', 'salesperson', 'excluded'),
            is_plain=True)
        return SQL("""
            SELECT item.id, item.move AS move_id, item.company AS company_id,
                   item.partner AS partner_id, item.currency AS currency_id,
                   item.residual AS amount, item.residual_company AS amount_company,
                   item.due AS date_due, item.salesperson AS salesperson_id,
                   CASE WHEN partner.is_company IS TRUE OR COALESCE(partner.vat, '') != ''
                        THEN rule.years ELSE rule.consumer_years END AS years,
                   rule.talks_suspend, rule.talks_months, rule.court_months,
                   CASE WHEN rule.is_from_year_end
                        THEN make_date(extract(year FROM item.due)::integer, 12, 31)
                        ELSE item.due END AS begin
              FROM (%s) item
              JOIN day ON day.company_id = item.company
              JOIN res_partner partner ON partner.id = item.partner
         LEFT JOIN rule ON rule.company_id = item.company AND rule.date_from <= item.date
               AND (rule.date_to IS NULL OR rule.date_to > item.date)
             WHERE item.residual_company > 0 AND item.due < day.today
               AND item.excluded IS DISTINCT FROM %s
        """, items, ladder.OUTBOUND)

    @api.model
    def _get_acknowledgements(self):
        """Return the days on which debtors have acknowledged invoices: the table `acknowledgement`.

        Those noted on the invoice, and signed instalment plans that say so. § 212 BGB.
        """
        items = self.env['dunning.installment.plan']._fields['item_ids']
        return SQL("""
            acknowledgement (move_id, day) AS (
                SELECT id, dunning_acknowledged_date FROM account_move
                 WHERE dunning_acknowledged_date IS NOT NULL
             UNION
                SELECT line.move_id, plan.date_signed
                  FROM dunning_installment_plan plan
                  JOIN %(table)s rel ON rel.%(plan)s = plan.id
                  JOIN account_move_line line ON line.id = rel.%(line)s
                 WHERE plan.acknowledgement AND plan.date_signed IS NOT NULL
            )
        """, table=SQL.identifier(items.relation), plan=SQL.identifier(items.column1),
            line=SQL.identifier(items.column2))

    @api.model
    def _get_suspended(self):
        """Return for each claim the times in which its limitation does not run, by its rule.

        Both days belong to the suspension; limitation comes no earlier than so many ``months``
        after. A court order suspends for some months more (in Germany § 204 (2) BGB), talks only
        where the law says so (§ 203 BGB). What still lasts counts up to today alone.
        """
        return SQL("""
            SELECT claim.id, claim.begin, claim.plain, one.since,
                   CASE WHEN one.until IS NULL THEN day.today
                        WHEN one.kind = %(court)s THEN
                            (one.until + make_interval(months => claim.court_months))::date
                        ELSE one.until END AS until,
                   CASE WHEN one.kind = %(talks)s AND one.until IS NOT NULL
                        THEN claim.talks_months ELSE 0 END AS months
              FROM (%(suspensions)s) one
              JOIN claim ON claim.move_id = one.move_id
              JOIN day ON day.company_id = claim.company_id
             WHERE one.kind != %(talks)s OR claim.talks_suspend
        """, suspensions=SQL(" UNION ALL ").join(self._get_suspensions()),
            court=default.COURT, talks=default.TALKS)

    @api.model
    def _get_suspensions(self):
        """Return queries for (move_id, kind, since, until): extend it for other reasons.

        ``until`` is NULL where it still lasts. Disputes are talks about the claim, unless they
        were recorded by mistake.
        """
        return [SQL("""
            SELECT id AS move_id, %s AS kind, dunning_court_date AS since,
                   dunning_court_until AS until
              FROM account_move WHERE dunning_court_date IS NOT NULL
        """, default.COURT), SQL("""
            SELECT move_id, %s, date_opened, date_closed
              FROM dunning_dispute WHERE state != 'mistaken'
        """, default.TALKS)]

    def action_open(self):
        """Open the invoice, or the entry, that the claim comes from."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'account.move', 'view_mode': 'form',
            'res_id': self.move_id.id,
        }

    # Deadlines ----------------------------------------------------------------------------------

    @api.model
    def _get_near_limitation(self, company, date):
        """Return the entries with claims that will be time-barred soon, as a query.

        Columns: move_id, name, partner_id, limitation_date (the first), amount in company currency.

        :param company: the company whose claims are looked at, without its branches
        :param date: today
        """
        rules = self.env['dunning.claim.rule'].sudo().search([])
        years = {rule[name] for rule in rules for name in (
            'limitation_years', 'consumer_limitation_years')} - {0}
        # Nothing is time-barred before the fewest years are over: the rest of a large ledger is
        # not even looked at. A day more, since years after a 29th of February may end on the 28th.
        last = date + timedelta(days=WARNING_DAYS + 1)
        return SQL("""
            SELECT claim.move_id, move.name, claim.partner_id,
                   min(claim.limitation_date) AS limitation_date,
                   sum(claim.amount_company) AS amount
              FROM (%(claims)s) claim JOIN account_move move ON move.id = claim.move_id
             WHERE claim.company_id = %(company)s AND claim.date_due <= %(latest_due)s
               AND claim.limitation_date BETWEEN %(date)s AND %(date)s::date + %(days)s::int
          GROUP BY claim.move_id, move.name, claim.partner_id
        """, claims=self.sudo()._table_query, company=company.id, date=date, days=WARNING_DAYS,
            latest_due=fields.Date.subtract(last, years=min(years, default=0)))
