from collections import defaultdict

from odoo import api, fields, models, tools

from ...logic import exposure

#: Read by every query about customers, so written to the database before it.
_CUSTOMER_FIELDS = {
    'res.partner': [
        'credit_limit', 'dunning_limit_until', 'dunning_prepayment_only', 'dunning_policy_id',
        'property_payment_term_id', 'commercial_partner_id'],
    'dunning.hold': ['partner_id', 'company_id', 'date_until', 'active', 'reason', 'user_id'],
    'dunning.promise': ['partner_id', 'company_id', 'state', 'item_ids'],
    'account.move': ['payment_state', 'state', 'move_type', 'partner_id', 'amount_total_signed'],
}
_READ_FIELDS = {
    'account.move.line': [
        'partner_id', 'date_maturity', 'date', 'amount_residual', 'amount_residual_currency',
        'dunning_level_id', 'move_id', 'account_id', 'company_id', 'reconciled', 'parent_state',
        'no_followup'],
    'dunning.pause': [
        'partner_id', 'company_id', 'kind', 'date_until', 'active', 'amount', 'move_id',
        'item_ids'],
    'sale.order': [
        'partner_invoice_id', 'company_id', 'amount_total', 'amount_untaxed',
        'currency_rate', 'dunning_to_invoice'],
    'sale.order.line': [
        'order_id', 'price_subtotal', 'product_uom_qty', 'qty_delivered', 'is_downpayment',
        'untaxed_amount_invoiced', 'display_type', 'price_unit', 'discount'],
    'product.template': ['invoice_policy'],
    'stock.move': ['sale_line_id', 'state'],
}


class DunningHoldCheck(models.AbstractModel):
    """The facts about customers, exact and in one query, however many items they have.

    See `dunning_hold_query` for what is read, `dunning_hold_agreements` for disputed parts, and
    `dunning_hold_bounds` for what most documents can do with.
    """

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_facts(self, company, partner_ids):
        """Return {partner id: (`Terms`, `Facts`)} in a company; other addons add through super().

        They do the same with `_get_bounds`, which is asked first.

        :param company: in whose ledger and currency; branches count with their root
        :param partner_ids: ids of commercial partners
        """
        config = self._get_config(company.id)
        by_partner = defaultdict(list)
        for row in self._read_customers(
                self._get_facts_query, _READ_FIELDS, company, partner_ids):
            by_partner[row['id']].append(row)
        return {
            partner_id: self._prepare_facts(self._merge_shares(shares, config), config)
            for partner_id, shares in by_partner.items()}

    @api.model
    def _read_customers(self, get_query, names_by_model, company, partner_ids):
        """Return the rows of a query about customers, as dicts.

        :param get_query: what makes it for a company and these customers
        :param names_by_model: the fields it reads besides those of the customer
        """
        if not partner_ids:
            return []
        for model, names in (*_CUSTOMER_FIELDS.items(), *names_by_model.items()):
            self.env[model].flush_model(names)
        return self.env.execute_query_dict(get_query(company, partner_ids))

    @api.model
    def _prepare_manual(self, reason, until, user_id):
        """Return the hold by hand that the query has found."""
        return exposure.ManualHold(
            reason, fields.Date.to_date(until), self.env['res.users'].sudo().browse(user_id).name)

    @api.model
    def _get_terms(self, row, config):
        """Return the `Terms` of the policy of a customer."""
        policy_id = row['own_policy'] if row['own_policy'] in config.terms else row['policy']
        return config.terms.get(policy_id) or exposure.Terms()

    @api.model
    def _get_reached(self, level_ids):
        """Return position and name of the highest of these levels, and the gravest effect."""
        known = self._get_levels(self.env.lang or 'en_US')
        reached = [known[level_id] for level_id in level_ids if level_id in known]
        if not reached:
            return 0, '', exposure.NONE
        position, name, _effect = max(reached)
        worst = exposure.get_worst(effect for _position, _name, effect in reached)
        return position, name, exposure.NONE if worst == exposure.CLEAR else worst

    @api.model
    @tools.ormcache('lang')
    def _get_levels(self, lang):
        """Return {id: (position, name, effect)} of all levels."""
        levels = self.env(context={'lang': lang, 'active_test': False}, su=True)[
            'dunning.level'].search([])
        return {level.id: (level.position, level.name, level.hold_effect) for level in levels}

    @api.model
    def _prepare_facts(self, row, config):
        terms = self._get_terms(row, config)
        overdue = {
            days: max(amount - row['credits'], 0.0)
            for days, amount in zip(config.thresholds, row['overdue'] or (), strict=False)}
        own_term = row['payment_term'] and self.env['account.payment.term'].browse(
            row['payment_term']).sudo()
        position, level_name, level_effect = self._get_reached(row['level_ids'] or ())
        has_terms_rule = any(rule.trigger == exposure.TERMS for rule in terms.rules)
        return terms, exposure.Facts(
            credit_limit=row['credit_limit'] or 0.0, limit_until=row['limit_until'],
            is_prepayment_only=bool(row['prepayment_only']),
            receivables=row['receivables'], unallocated=row['unallocated'],
            to_invoice=row['to_invoice'], drafts=row['drafts'],
            overdue_amount=max(row['overdue_amount'] - row['credits'], 0.0),
            overdue=overdue, oldest_due_date=row['oldest_due_date'],
            level_position=position, level_name=level_name, level_effect=level_effect,
            manual=row['manual'] and self._prepare_manual(*row['manual']),
            broken_promises=row['broken_promises'],
            credit_days=own_term._get_dunning_credit_days()
            if own_term and has_terms_rule else None)
