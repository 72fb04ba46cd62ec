from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .dunning_hold_query import PARTNERS

#: Read by the query, so written to the database before it.
_READ_FIELDS = {
    'account.move.line': [
        'partner_id', 'date_maturity', 'date', 'amount_residual', 'dunning_level_id', 'account_id',
        'company_id', 'reconciled', 'parent_state'],
    'sale.order': ['partner_invoice_id', 'company_id', 'currency_rate', 'dunning_to_invoice'],
}
#: What no rule asks for before it has fired.
_NOT_READ = {'credits': 0.0, 'unallocated': 0.0, 'overdue_amount': 0.0, 'oldest_due_date': None}


class DunningHoldCheck(models.AbstractModel):
    """What a customer owes at most: a fraction of the work, and enough for most of them.

    Nothing is deducted here: no credit note, no payment on its way, no dispute. So neither invoices
    nor agreements need to be read, and whoever offends no rule even so offends none.
    """

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_bounds(self, company, partner_ids):
        """Return {partner id: (`Terms`, `Facts`)} like `_get_facts`, of which some are bounds.

        Receivables, overdue amounts and what orders leave to invoice are never less than they are,
        and no level is missing; everything that does not hang on the ledger is exact. Only
        `logic.exposure.hangs_on_ledger` may be asked whether that is enough. What other addons add
        in `_get_facts` they add here as well.

        :param company: in whose ledger and currency; branches count with their root
        :param partner_ids: ids of commercial partners
        """
        config = self._get_config(company.id)
        return {
            row['id']: self._prepare_facts(row | _NOT_READ, config)
            for row in self._read_customers(
                self._get_bounds_query, _READ_FIELDS, company, partner_ids)}

    @api.model
    def _get_bounds_query(self, company, partner_ids):
        """Return the SQL that reads what some customers owe at most."""
        return self._fill_in(
            '_compose_bounds_query', company, partner_ids, company._get_dunning_today())

    @api.model
    def _compose_bounds_query(self, company, config, today):
        """Return the SQL with `PARTNERS` in the place of ids."""
        return SQL("""
            SELECT res_partner.id, %(customer)s, ledger.level_ids, ledger.overdue,
                   COALESCE(ledger.receivables, 0) AS receivables,
                   COALESCE((%(orders)s), 0) AS to_invoice
              FROM res_partner
         LEFT JOIN LATERAL (%(ledger)s) ledger ON TRUE
             WHERE res_partner.id = ANY(%(partners)s)
        """, customer=self._get_customer_columns(company, config, today),
            ledger=self._get_ledger_bounds_query(config, today),
            orders=self._get_order_bounds_query(config), partners=PARTNERS)

    @api.model
    def _get_ledger_bounds_query(self, config, today):
        """Return what `res_partner` owes at most, and each level that any of it has reached."""
        companies = self.env['res.company'].browse(config.companies)
        overdue = SQL(", ").join(
            SQL("COALESCE(sum(line.amount_residual) FILTER ("
                "WHERE COALESCE(line.date_maturity, line.date) < %s), 0)",
                today - timedelta(days=days))
            for days in config.thresholds) or SQL("NULL")
        return SQL("""
            SELECT sum(line.amount_residual)::float AS receivables,
                   ARRAY[%(overdue)s]::float[] AS overdue,
                   array_agg(DISTINCT line.dunning_level_id)
                       FILTER (WHERE line.dunning_level_id > 0) AS level_ids
              FROM account_move_line line
             WHERE line.partner_id = res_partner.id AND line.amount_residual > 0 AND %(open)s
        """, overdue=overdue, open=self.env['account.move.line']._get_open_condition(companies))

    @api.model
    def _get_order_bounds_query(self, config):
        """Return what confirmed orders of `res_partner` will be invoiced at most."""
        return SQL("""
            SELECT sum(so.dunning_to_invoice / COALESCE(NULLIF(so.currency_rate, 0), 1))::float
              FROM res_partner payer
              JOIN sale_order so ON so.partner_invoice_id = payer.id
             WHERE payer.commercial_partner_id = res_partner.id AND so.dunning_to_invoice > 0
               AND so.company_id IN %s
        """, config.companies)
