from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.smart_dunning.models.policy.stages import at_stage, get_stage

#: What a till is at: handing over goods, settling sales orders, or saving a sale.
GOODS = 'smart_dunning_pos.goods'
ORDERS = 'smart_dunning_pos.orders'
SALES = 'smart_dunning_pos.sales'
#: What the query of sales on account reads, so written to the database before it.
_READ_FIELDS = {
    'pos.order': ['partner_id', 'company_id', 'config_id', 'state', 'account_move'],
    'pos.payment': ['pos_order_id', 'payment_method_id', 'amount'],
    'pos.payment.method': ['journal_id', 'split_transactions'],
}


class DunningHoldCheck(models.AbstractModel):
    """What was sold on account is owed, and in the ledger only when the till is closed."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _at_till(self, what):
        """Take what a till has done already as it is: goods handed over, orders settled there.

        :param what: `GOODS`, `ORDERS` or `SALES`; orders that are held are noted in the dictionary
            that the context manager yields, {id: why}
        """
        return at_stage(self.env.cr, what)

    @api.model
    def _get_at_till(self, what):
        """Return the notes of what a till is at, None when it is at nothing of the kind."""
        return get_stage(self.env.cr, what)

    @api.model
    def _get_facts(self, company, partner_ids):
        # EXTENDS smart_dunning: what becomes a receivable when the session is closed counts now
        found = super()._get_facts(company, partner_ids)
        for partner_id, amount in self._get_on_account(company, found).items():
            terms, facts = found[partner_id]
            found[partner_id] = terms, replace(facts, to_invoice=facts.to_invoice + amount)
        return found

    @api.model
    def _get_on_account(self, company, partner_ids):
        """Return {commercial partner id: amount} of sales on account that no entry shows yet.

        Only what is split by customer becomes theirs; credits on account are deducted. An invoice
        is in the ledger.

        :param company: in whose currency; branches count with their root
        :param partner_ids: ids of commercial partners, None for all
        """
        self = self.sudo()
        if partner_ids is not None and not partner_ids:
            return {}
        for model, names in _READ_FIELDS.items():
            self.env[model].flush_model(names)
        rows = self.env.execute_query(SQL("""
            SELECT customer.commercial_partner_id, sale.config_id, sum(payment.amount)::float
              FROM res_partner customer
              JOIN pos_order sale ON sale.partner_id = customer.id
               AND sale.state = 'paid' AND sale.account_move IS NULL
              JOIN pos_payment payment ON payment.pos_order_id = sale.id
              JOIN pos_payment_method method ON method.id = payment.payment_method_id
               AND method.journal_id IS NULL AND method.split_transactions
             WHERE %(whose)s AND sale.company_id IN %(companies)s
          GROUP BY customer.commercial_partner_id, sale.config_id
        """, companies=self._get_config(company.id).companies,
            whose=SQL("TRUE") if partner_ids is None else SQL(
                "customer.commercial_partner_id = ANY(%s)", list(partner_ids))))
        found, today = {}, company._get_dunning_today()
        for partner_id, config_id, amount in rows:
            currency = self.env['pos.config'].browse(config_id).currency_id
            found[partner_id] = found.get(partner_id, 0.0) + currency._convert(
                amount, company.currency_id, company, today, round=False)
        return found

    @api.model
    def _get_till_text(self, verdict, candidate):
        """Return what a cashier reads about a sale on account that is held, or warned about."""
        values = {'customer': candidate.partner.display_name}
        head = self.env._(
            "%(customer)s is on hold and cannot buy on account.", **values
        ) if verdict.blocks else self.env._(
            "Please note before %(customer)s buys on account:", **values)
        reasons = [f"– {self._get_reason_text(reason, candidate.company)}"
                   for reason in verdict.reasons if reason.effect == verdict.state]
        advice = [self.env._(
            "What to do: let the customer pay now, or ask somebody who may release.",
        )] if verdict.blocks else []
        return '\n'.join([head, *reasons, *advice])
