from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models

from ...logic import exposure

#: Facts that are read whoever asks, besides the columns of triggers: see `triggers.Trigger`.
_KNOWN = frozenset(exposure.Facts.__dataclass_fields__)
#: What the query reads besides items, so written to the database before it.
_READ_FIELDS = {
    'res.partner': [
        'credit_limit', 'dunning_limit_until', 'dunning_prepayment_only', 'dunning_policy_id',
        'property_payment_term_id', 'commercial_partner_id'],
    'dunning.hold': ['partner_id', 'company_id', 'date_until', 'active', 'reason', 'user_id'],
    'dunning.promise': ['partner_id', 'company_id', 'state', 'item_ids'],
    'dunning.credit.check': ['partner_id', 'company_id', 'date', 'valid_until'],
    'dunning.level': ['position', 'name', 'hold_effect'],
    'account.move': ['state', 'move_type', 'partner_id', 'amount_total_signed'],
    'account.move.line': ['price_total', 'display_type', 'sale_line_ids'],
    'sale.order': [
        'partner_invoice_id', 'company_id', 'currency_id', 'dunning_to_invoice', 'state',
        'dunning_free_until', 'dunning_free_amount'],
    'sale.order.line': ['order_id', 'price_total', 'product_uom_qty', 'qty_delivered'],
}


class DunningHoldCheck(models.AbstractModel):
    """The facts about customers, to the cent and in one query, however many items they have.

    `dunning_hold_query` says what is read, and `triggers` what only some triggers need.
    """

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_facts(self, company, partner_ids):
        """Return {partner id: (`Terms`, `Facts`)} in a company; other addons add through super().

        Whatever decides asks here, and nothing before: what is added counts at every checkpoint.

        :param company: in whose ledger and currency; branches count with their root
        :param partner_ids: ids of commercial partners
        """
        if not partner_ids:
            return {}
        self = self.sudo()
        for model, names in _READ_FIELDS.items():
            self.env[model].flush_model(names)
        config = self._get_config(company.id)
        by_partner = defaultdict(list)
        for row in self._read_rows(company, partner_ids):
            by_partner[row['id']].append(row)
        return {
            partner_id: self._prepare_facts(company, shares, config)
            for partner_id, shares in by_partner.items()}

    @api.model
    def _read_rows(self, company, partner_ids):
        """Return the rows about customers; what few have is read only for those who have it."""
        rows = self.env.execute_query_dict(self._get_facts_query(company, partner_ids))
        peculiar = {row['id'] for row in rows if row['is_peculiar']}
        if not peculiar:
            return rows
        return [row for row in rows if row['id'] not in peculiar] + self.env.execute_query_dict(
            self._get_facts_query(company, peculiar, is_plain=False))

    @api.model
    def _prepare_facts(self, company, shares, config):
        """Return (`Terms`, `Facts`) of a customer.

        :param shares: the rows of the customer: what is plainly open, disputed, agreed upon
        """
        row = shares[0]
        terms = self._get_terms(row, config)
        counted = [share for share in shares if terms.counts(share['share'])]
        credits = sum(share['credits'] for share in shares)
        position, level_name, level_effect = self._get_reached(counted)
        return terms, exposure.Facts(
            credit_limit=row['credit_limit'] or 0.0, limit_until=row['limit_until'],
            is_prepayment_only=bool(row['is_prepayment_only']),
            receivables=sum(share['receivables'] for share in shares),
            unallocated=sum(share['unallocated'] for share in shares),
            to_invoice=self._sum_in(company, row['to_invoice'] or {}), drafts=row['drafts'],
            overdue_amount=max(sum(share['overdue_amount'] for share in counted) - credits, 0.0),
            overdue={
                days: max(sum(share['overdue'][index] for share in counted) - credits, 0.0)
                for index, days in enumerate(config.thresholds)},
            oldest_due_date=min(
                filter(None, (share['oldest_due_date'] for share in counted)), default=None),
            level_position=position, level_name=level_name, level_effect=level_effect,
            manual=row['manual'] and self._prepare_manual(*row['manual']),
            **self._prepare_trigger_facts(row, config))

    @api.model
    def _sum_in(self, company, amounts):
        """Return the sum of {currency id: amount} in a company's currency, at today's rate."""
        today, currencies = company._get_dunning_today(), self.env['res.currency']
        return sum(
            currencies.browse(int(currency_id))._convert(
                amount, company.currency_id, company, today, round=False)
            for currency_id, amount in amounts.items())

    @api.model
    def _prepare_trigger_facts(self, row, config):
        """Return what only some triggers ask for, as arguments of `Facts`."""
        found = {name: row[name] for name in self._get_trigger_columns(config)}
        if term_id := found.pop('credit_term', None):
            term = self.env['account.payment.term'].browse(term_id)
            found['credit_days'] = term._get_dunning_credit_days()
        return {
            'extra': {name: value for name, value in found.items() if name not in _KNOWN},
            **{name: value for name, value in found.items() if name in _KNOWN}}

    @api.model
    def _get_trigger_columns(self, config):
        """Return {name: method} of the columns that the triggers of a company's rules need."""
        triggers = self._get_triggers()
        return {
            name: method for code in sorted(config.triggers)
            for name, method in triggers[code].columns.items()}

    @api.model
    def _prepare_manual(self, reason, until, user_id):
        """Return the hold by hand that the query has found."""
        return exposure.ManualHold(
            reason, fields.Date.to_date(until), self.env['res.users'].sudo().browse(user_id).name)

    @api.model
    def _get_terms(self, row, config):
        """Return the `Terms` of the policy of a customer."""
        policy_id = row['own_policy'] if row['own_policy'] in config.terms else row['policy']
        terms = config.terms.get(policy_id) or exposure.Terms()
        longest = config.longest_terms.get(policy_id)
        if longest and exposure.TERMS in config.triggers:
            term = self.env['account.payment.term'].browse(longest)
            terms = replace(terms, max_days=term._get_dunning_credit_days())
        return terms

    @api.model
    def _get_reached(self, shares):
        """Return position and name of the highest level reached, and the gravest effect of all."""
        levels = [level for share in shares for level in share['levels'] or ()]
        if not levels:
            return 0, '', exposure.NONE
        position, name, _effect = max(levels)
        worst = exposure.get_worst(effect for _position, _name, effect in levels)
        return position, name, exposure.NONE if worst == exposure.CLEAR else worst
