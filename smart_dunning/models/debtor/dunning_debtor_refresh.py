from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..item.reasons import SILENT_REASONS
from .dunning_debtor_risk import RISK_FIGURES
from .dunning_debtor_work import WORK_FIGURES

# What a refresh writes, in the order of the columns of its query; nothing else is touched.
FIGURES = {
    'policy_id': 'int', 'level_id': 'int', 'level_position': 'int', 'open_amount': 'numeric',
    'credit_amount': 'numeric', 'overdue_amount': 'numeric', 'oldest_due_date': 'date',
    'item_count': 'int', 'amount_not_due': 'numeric', 'amount_30': 'numeric',
    'amount_60': 'numeric', 'amount_90': 'numeric', 'amount_older': 'numeric',
    'next_level_id': 'int', 'next_action_date': 'date', 'next_amount': 'numeric',
    'last_letter_date': 'date', 'last_payment_date': 'date', 'paused_until': 'date',
    'left_out_amount': 'numeric', 'left_out_codes': 'varchar', 'next_wait': 'varchar',
    'promise_date': 'date', 'dispute_count': 'int', 'charges_open': 'numeric',
    'is_only_charges': 'bool', **WORK_FIGURES, **RISK_FIGURES,
}
#: What the ledger says of each open item; see `dunning.item`.
ITEM_COLUMNS = (
    'id', 'partner', 'open_company', 'due', 'level', 'position', 'excluded', 'kind')


class DunningDebtor(models.Model):
    """Rebuilding the rows from the ledger: set-based, for some customers or all of a company."""

    _inherit = 'dunning.debtor'

    @api.model
    def _refresh(self, partners=None, company=None, keep=False):
        """Rebuild the figures of debtors from the ledger.

        Before that, agreements are judged and charges settled: both change the figures.

        :param partners: whose rows; None for everybody with open items, or with a row already
        :param company: of which company; the current one by default
        :param keep: somebody merely opens the debtor: customers without any open item get a row
            as well, and nothing is booked
        """
        company = company or self.env.company
        debtor = self.sudo().with_company(company)
        ids = None if partners is None else partners.commercial_partner_id.ids
        if not keep:
            debtor.env['dunning.charge']._follow_debt(company, ids)
            debtor._settle_paid_charges(company, ids)
        self.env['dunning.agreement']._update_all(company, ids)
        before = debtor._get_only_charges(company, ids)
        debtor._rebuild(company, ids, keep)
        debtor._ask_about_charges(before, debtor._get_only_charges(company, ids))

    @api.model
    def _rebuild(self, company, partner_ids, keep):
        """Write the rows anew: of who owes something, has a row already, or has to have one."""
        if partner_ids is None:         # once a night: what each customer is compared with
            self.env['dunning.risk.pattern']._renew(company)
        facts = self._get_ledger_facts(company, partner_ids)
        wanted = facts.keys() | self._get_existing(company, partner_ids) | self._get_watched(
            company, partner_ids) | (set(partner_ids or ()) if keep else set())
        self._upsert(company, self._collect_figures(company, wanted, facts))

    @api.model
    def _refresh_of(self, records):
        """Refresh the debtors of records that name `company_id` and `partner_id`."""
        for company, of_company in records.grouped('company_id').items():
            self._refresh(partners=of_company.partner_id, company=company)

    @api.model
    def _get_of(self, record):
        """Return the row of a record's customer, sudo; it is made if there is none yet.

        :param record: names `company_id` and `partner_id`
        """
        return self._get_row(record.partner_id, record.company_id)

    @api.model
    def _get_row(self, partner, company):
        """Return the row of a customer in a company, sudo; it is made if there is none yet."""
        debtors = self.sudo().with_context(active_test=False)
        domain = [('company_id', '=', company.id), ('partner_id', '=', partner.id)]
        if not debtors.search_count(domain, limit=1):
            debtors._refresh(partners=partner, company=company, keep=True)
        return debtors.search(domain)

    @api.model
    def _get_figure_types(self):
        """Return {column: SQL type} of what a refresh writes; other rooms add theirs."""
        return FIGURES

    @api.model
    def _get_watched(self, company, partner_ids):
        """Return the customers who need a row although nothing is open in the ledger."""
        return set(self._get_charge_totals(company, partner_ids))

    @api.model
    def _get_existing(self, company, partner_ids):
        domain = [('company_id', '=', company.id)]
        if partner_ids is not None:
            domain.append(('partner_id', 'in', partner_ids))
        return {
            partner.id for partner, in self.with_context(active_test=False)._read_group(
                domain, ['partner_id'])}

    @api.model
    def _get_ledger_facts(self, company, partner_ids):
        """Return {partner id: figures} of everything open, in company currency, in one query.

        What is open is what all ages sum up to, less the credits. Overdue is only what dunning
        asks for; what it leaves out is told beside it.
        """
        rows = self.env.execute_query_dict(SQL("""
            SELECT partner AS partner_id, count(*) FILTER (WHERE open_company != 0) AS item_count,
                   sum(open_company) AS open_amount,
                   sum(credit) AS credit_amount,
                   sum(credit * (kind = 'payment' AND id > 0)::int) AS receipt_amount,
                   COALESCE(sum(open_company) FILTER (WHERE is_asked), 0) AS overdue_amount,
                   min(due) FILTER (WHERE is_asked) AS oldest_due_date,
                   COALESCE(sum(open_company) FILTER (WHERE is_debt AND days <= 0), 0)
                       AS amount_not_due,
                   COALESCE(sum(open_company) FILTER (WHERE is_debt AND days BETWEEN 1 AND 30), 0)
                       AS amount_30,
                   COALESCE(sum(open_company) FILTER (WHERE is_debt AND days BETWEEN 31 AND 60), 0)
                       AS amount_60,
                   COALESCE(sum(open_company) FILTER (WHERE is_debt AND days BETWEEN 61 AND 90), 0)
                       AS amount_90,
                   COALESCE(sum(open_company) FILTER (WHERE is_debt AND days > 90), 0)
                       AS amount_older,
                   COALESCE(sum(open_company) FILTER (WHERE is_left_out), 0) AS left_out_amount,
                   string_agg(DISTINCT excluded, ',') FILTER (WHERE is_left_out) AS left_out_codes,
                   max(position) AS level_position,
                   (array_agg(level ORDER BY position DESC, level))[1] AS level_id
              FROM (
                SELECT item.*, open_company > 0 AS is_debt, %(today)s - due AS days,
                       GREATEST(-open_company, 0) AS credit,
                       open_company > 0 AND due < %(today)s AND excluded IS NULL AS is_asked,
                       open_company > 0 AND due < %(today)s AND excluded NOT IN %(silent)s
                           AS is_left_out
                  FROM (%(items)s) item
              ) item GROUP BY partner
        """, today=company._get_dunning_today(), silent=tuple(SILENT_REASONS),
            items=self.env['dunning.item']._get_query(
                company, ITEM_COLUMNS, partner_ids=partner_ids,
                due_after=company.dunning_due_after or None, with_payments=True)))
        return {row.pop('partner_id'): row for row in rows}

    @api.model
    def _collect_figures(self, company, partner_ids, facts):
        """Return {partner id: {figure: value}}; outer rooms add theirs through super()."""
        today = company._get_dunning_today()
        partner_ids = list(partner_ids)
        policies = self.env['dunning.policy']._assign_all(company, partner_ids)
        next_steps = self._get_next_steps(company, partner_ids, today)
        last_letters = self._get_last_letters(company, partner_ids)
        last_payments = self._get_last_payments(company, partner_ids)
        paused = self.env['dunning.pause']._get_paused_until(
            company._get_dunning_tree(), partner_ids, today)
        agreed = self._get_agreement_figures(company, partner_ids)
        charged = self._get_charge_figures(company, partner_ids)
        rows = {
            partner_id: {
                **facts.get(partner_id, {}),
                **next_steps.get(partner_id, ({}, {}))[0],
                **agreed.get(partner_id, {}),
                **charged.get(partner_id, {}),
                'policy_id': policies.get(partner_id),
                'last_letter_date': last_letters.get(partner_id),
                'last_payment_date': last_payments.get(partner_id),
                'paused_until': paused.get(partner_id),
            }
            for partner_id in partner_ids
        }
        for partner_id, rated in self._get_risk_figures(company, rows).items():
            rows[partner_id].update(rated)
        self._add_work(company, rows, next_steps, today)
        return rows

    @api.model
    def _get_last_letters(self, company, partner_ids):
        groups = self.env['dunning.letter']._read_group([
            ('company_id', '=', company.id), ('partner_id', 'in', partner_ids),
            ('state', '=', 'sent')], ['partner_id'], ['sent_date:max'])
        return {partner.id: date for partner, date in groups}

    @api.model
    def _get_last_payments(self, company, partner_ids):
        """Return {partner id: date} of the newest receipt booked in bank or cash."""
        return dict(self.env.execute_query(SQL("""
            SELECT line.partner_id, max(line.date)
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_journal journal ON journal.id = line.journal_id
             WHERE line.partner_id = ANY(%s) AND line.company_id = %s AND line.balance < 0
               AND line.parent_state = 'posted' AND account.account_type = 'asset_receivable'
               AND journal.type IN ('bank', 'cash', 'credit')
          GROUP BY line.partner_id
        """, list(partner_ids), company.id)))

    @api.model
    def _get_empty_figure(self, name, kind):
        """Return what stands in a column of which nothing is known.

        :param kind: its SQL type
        """
        return 0 if kind == 'numeric' or name.endswith(('_count', '_position', '_rank')) else None

    @api.model
    def _upsert(self, company, rows):
        """Write all rows in one statement; what people entered stays as it is."""
        if not rows:
            return
        types = self._get_figure_types()
        columns = defaultdict(list)
        for partner_id, figures in rows.items():
            columns['partner_id'].append(partner_id)
            for name, kind in types.items():
                columns[name].append(figures.get(name, self._get_empty_figure(name, kind)))
        names = SQL(", ").join(SQL.identifier(name) for name in types)
        values = SQL(", ").join(
            SQL("%s::%s[]", columns[name], SQL(kind)) for name, kind in types.items())
        updates = SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in types)
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_debtor (company_id, partner_id, %(names)s, refreshed_at,
                                        create_uid, create_date, write_uid, write_date)
            SELECT %(company)s, figures.*, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM unnest(%(partners)s::int[], %(values)s) figures
                ON CONFLICT (company_id, partner_id)
                DO UPDATE SET %(updates)s, refreshed_at = EXCLUDED.refreshed_at
        """, names=names, company=company.id, now=fields.Datetime.now(), uid=self.env.uid,
            partners=columns['partner_id'], values=values, updates=updates))
        self.env['dunning.debtor'].invalidate_model()
        self.env['res.partner'].invalidate_model(['dunning_debtor_id'])
