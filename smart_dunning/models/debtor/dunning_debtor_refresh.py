from collections import defaultdict
from itertools import groupby

from odoo import api, fields, models
from odoo.tools import SQL

from ...logic import ladder
from ..item.account_move_line import CLOSED_PAYMENT_STATES

# What a refresh writes, in the order of the columns of its query; nothing else is touched.
FIGURES = {
    'policy_id': 'int', 'level_id': 'int', 'level_position': 'int', 'open_amount': 'numeric',
    'credit_amount': 'numeric', 'overdue_amount': 'numeric', 'oldest_due_date': 'date',
    'item_count': 'int', 'amount_not_due': 'numeric', 'amount_30': 'numeric',
    'amount_60': 'numeric', 'amount_90': 'numeric', 'amount_older': 'numeric',
    'next_level_id': 'int', 'next_action_date': 'date', 'next_amount': 'numeric',
    'last_letter_date': 'date', 'last_payment_date': 'date', 'paused_until': 'date',
}


class DunningDebtor(models.Model):
    """Rebuilding the rows from the ledger: set-based, for some customers or all of a company."""

    _inherit = 'dunning.debtor'

    @api.model
    def _refresh(self, partners=None, company=None, keep=False):
        """Rebuild the figures of debtors from the ledger.

        :param partners: whose rows; None for everybody with open items, or with a row already
        :param company: of which company; the current one by default
        :param keep: whether customers without any open item get a row as well
        """
        company = company or self.env.company
        debtor = self.sudo().with_company(company)
        ids = None if partners is None else partners.commercial_partner_id.ids
        facts = debtor._get_ledger_facts(company, ids)
        existing = debtor._get_existing(company, ids)
        wanted = facts.keys() | existing | debtor._get_watched(company, ids) | (
            set(ids or ()) if keep else set())
        rows = debtor._collect_figures(company, wanted, facts)
        debtor._upsert(company, rows)

    @api.model
    def _get_of(self, record):
        """Return the row of a record's customer, sudo; it is made if there is none yet.

        :param record: names `company_id` and `partner_id`
        """
        debtors = self.sudo().with_context(active_test=False)
        domain = [
            ('company_id', '=', record.company_id.id), ('partner_id', '=', record.partner_id.id)]
        if not debtors.search_count(domain, limit=1):
            debtors._refresh(partners=record.partner_id, company=record.company_id, keep=True)
        return debtors.search(domain)

    @api.model
    def _get_figure_types(self):
        """Return {column: SQL type} of what a refresh writes; other rooms add theirs."""
        return FIGURES

    @api.model
    def _get_watched(self, company, partner_ids):
        """Return the customers who need a row although nothing is open in the ledger."""
        return set()

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
        """Return {partner id: figures} of everything open, in company currency, in one query."""
        lines = self.env['account.move.line']
        for model, names in lines._get_dunning_flush_fields().items():
            self.env[model].flush_model(names)
        rows = self.env.execute_query_dict(SQL("""
            WITH item AS (
                SELECT line.partner_id, line.amount_residual AS residual,
                       COALESCE(line.date_maturity, line.date) AS due, level.id AS level_id,
                       COALESCE(level.position, 0) AS position,
                       line.amount_residual > 0 AND line.dunning_charge_id IS NULL
                           AND COALESCE(move.payment_state, '') NOT IN %(closed)s AS is_asked
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
             LEFT JOIN dunning_level level ON level.id = line.dunning_level_id
                 WHERE %(open)s AND %(whose)s
            )
            SELECT partner_id, count(*) AS item_count, sum(residual) AS open_amount,
                   COALESCE(-sum(residual) FILTER (WHERE residual < 0), 0) AS credit_amount,
                   COALESCE(sum(residual) FILTER (WHERE is_asked AND due < %(today)s), 0)
                       AS overdue_amount,
                   min(due) FILTER (WHERE is_asked AND due < %(today)s) AS oldest_due_date,
                   COALESCE(sum(residual) FILTER (WHERE is_asked AND due >= %(today)s), 0)
                       AS amount_not_due,
                   COALESCE(sum(residual) FILTER (WHERE is_asked
                       AND %(today)s - due BETWEEN 1 AND 30), 0) AS amount_30,
                   COALESCE(sum(residual) FILTER (WHERE is_asked
                       AND %(today)s - due BETWEEN 31 AND 60), 0) AS amount_60,
                   COALESCE(sum(residual) FILTER (WHERE is_asked
                       AND %(today)s - due BETWEEN 61 AND 90), 0) AS amount_90,
                   COALESCE(sum(residual) FILTER (WHERE is_asked AND %(today)s - due > 90), 0)
                       AS amount_older,
                   max(position) AS level_position,
                   (array_agg(level_id ORDER BY position DESC, level_id))[1] AS level_id
              FROM item GROUP BY partner_id
        """, closed=CLOSED_PAYMENT_STATES, open=lines._get_open_condition(company),
            whose=SQL("TRUE") if partner_ids is None else SQL(
                "line.partner_id = ANY(%s)", list(partner_ids)),
            today=company._get_dunning_today()))
        return {row.pop('partner_id'): row for row in rows}

    @api.model
    def _collect_figures(self, company, partner_ids, facts):
        """Return {partner id: {figure: value}}; other rooms add theirs through super()."""
        today = company._get_dunning_today()
        partner_ids = list(partner_ids)
        policies = self.env['dunning.policy']._assign_all(company, partner_ids)
        next_steps = self._get_next_steps(company, partner_ids, today)
        last_letters = self._get_last_letters(company, partner_ids)
        last_payments = self._get_last_payments(company, partner_ids)
        paused = self.env['dunning.pause']._get_paused_until(company, partner_ids, today)
        return {
            partner_id: {
                **facts.get(partner_id, {}),
                **next_steps.get(partner_id, {}),
                'policy_id': policies.get(partner_id),
                'last_letter_date': last_letters.get(partner_id),
                'last_payment_date': last_payments.get(partner_id),
                'paused_until': paused.get(partner_id),
            }
            for partner_id in partner_ids
        }

    @api.model
    def _get_next_steps(self, company, partner_ids, today):
        """Return {partner id: next step} as the ladder foresees it."""
        run = self.env['dunning.run'].new({
            'company_id': company.id, 'date': today, 'due_after': company.dunning_due_after})
        items = sorted(run._get_ladder_items(partner_ids), key=lambda item: item.partner)
        customers = run._get_ladder_customers(partner_ids, today)
        policies = run._get_ladder_policies()
        money = run._get_money_functions({item.currency for item in items})
        steps = {}
        for partner_id, group in groupby(items, key=lambda item: item.partner):
            found = ladder.find_next_letters(
                group, policies, customers.get(partner_id, ladder.Customer()), today, *money)
            if found:
                day, letters = found
                steps[partner_id] = {
                    'next_action_date': day,
                    'next_level_id': max(
                        letters, key=lambda letter: letter.level.position).level.id,
                    'next_amount': sum(
                        letter.worth - letter.credit_worth for letter in letters),
                }
        return steps

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
    def _upsert(self, company, rows):
        """Write all rows in one statement; what people entered stays as it is."""
        if not rows:
            return
        types = self._get_figure_types()
        columns = defaultdict(list)
        for partner_id, figures in rows.items():
            columns['partner_id'].append(partner_id)
            for name, kind in types.items():
                is_number = kind == 'numeric' or name.endswith(('_count', '_position'))
                empty = 0 if is_number else None
                columns[name].append(figures.get(name, empty))
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
