from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..models.policy.labels import get_labels


class DunningReport(models.AbstractModel):
    """What the figures of receivables have in common: read only, by company, in its currency.

    A concrete model returns its rows in `_table_query`. Shares and averages are weighted by its
    `_ratios`.
    """

    _name = 'dunning.report'
    _description = "Figures of Receivables"
    _inherit = ['dunning.figures']
    _auto = False

    #: The field whose record a row opens.
    _opens = 'partner_id'

    company_id = fields.Many2one('res.company', readonly=True)
    currency_id = fields.Many2one('res.currency', readonly=True)
    partner_id = fields.Many2one('res.partner', "Customer", readonly=True)

    def _read_group_orderby(self, order, groupby_terms, query):
        # EXTENDS base: ages, kinds and states in the order of the selection, not of their codes
        codes = {
            name: list(get_labels(self, name)) for name in groupby_terms
            if name in self._fields and self._fields[name].type == 'selection'}
        terms = groupby_terms | {
            name: SQL("array_position(%s::text[], %s::text)", known, groupby_terms[name])
            for name, known in codes.items()}
        ordered = super()._read_group_orderby(order, terms, query)
        groupby_terms.update({name: terms[name] for name in terms.keys() - codes})
        return ordered

    def action_open(self):
        """Open what a row is about."""
        self.check_access('read')
        self.ensure_one()
        record = self[self._opens]
        if not record.has_access('read'):
            raise AccessError(self.env._("You may not see this document."))
        return {
            'type': 'ir.actions.act_window', 'res_model': record._name, 'res_id': record.id,
            'view_mode': 'form', 'views': [(False, 'form')],
        }

    # SQL that several reports share ---------------------------------------------------------------

    def _get_factor(self, currency, company, date):
        """Return the SQL of the factor by which an amount becomes one in company currency.

        :param currency: SQL of the id of the currency of the amount
        :param company: alias of the row of `res_company`
        :param date: SQL of the day whose rate counts
        """
        own = SQL.identifier(company, 'currency_id')
        return SQL(
            "CASE WHEN %(currency)s = %(own)s THEN 1 ELSE %(own_rate)s / %(rate)s END::numeric",
            currency=currency, own=own, own_rate=self._get_rate(own, company, date),
            rate=self._get_rate(currency, company, date))

    def _get_rate(self, currency, company, date):
        """Return the SQL of a rate as core finds it: of the company's, else of everybody's."""
        return SQL("""
            COALESCE((SELECT rate.rate FROM res_currency_rate rate
                       WHERE rate.currency_id = %(currency)s AND rate.name <= %(date)s
                         AND (rate.company_id IS NULL
                              OR rate.company_id = split_part(%(path)s, '/', 1)::int)
                    ORDER BY rate.company_id, rate.name DESC LIMIT 1),
                     (SELECT rate.rate FROM res_currency_rate rate
                       WHERE rate.currency_id = %(currency)s
                         AND (rate.company_id IS NULL
                              OR rate.company_id = split_part(%(path)s, '/', 1)::int)
                    ORDER BY rate.company_id, rate.name LIMIT 1), 1)
        """, currency=currency, date=date, path=SQL.identifier(company, 'parent_path'))
