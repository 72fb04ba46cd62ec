from odoo import models
from odoo.tools import SQL

#: The weight of amounts that need none.
_SAME = SQL("1")


class DunningFigures(models.AbstractModel):
    """Amounts in the currency of their company, over which several companies can be compared.

    Sums and orders of companies with different currencies count at the rate of today in the
    currency of the current company. Shares and averages are weighted: groups and totals divide sum
    by sum, see `_ratios`.
    """

    _name = 'dunning.figures'
    _description = "Figures of Companies"

    #: {field: (field that is summed, field by whose sum it is divided, factor)}
    _ratios = {}
    #: {field: field by which it is weighted}, of averages that cannot be made of sums
    _weights = {}

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS base: an average of shares would weigh a cent like a million; core's sum over
        # currencies is one in the currency whose rate is 1, whatever the company's is
        name, _dot, function = aggregate_spec.partition(':')
        if function == 'sum_currency':
            value = self._field_to_sql(self._table, name, query)
            weight = self._get_weight(self._table, query)
            # The plain sum is asked for as well: the database adds up the same only once.
            return SQL("SUM(%s)", value) if weight == _SAME else SQL("SUM(%s * %s)", value, weight)
        if function == 'avg' and name in self._weights:
            return self._average(name, self._weights[name], query)
        if function != 'avg' or name not in self._ratios:
            return super()._read_group_select(aggregate_spec, query)
        part, whole, factor = self._ratios[name]
        weight = self._get_weight(self._table, query) \
            if self._fields[whole].type == 'monetary' else SQL("1")
        return SQL(
            "%s * SUM(%s * %s)::float8 / NULLIF(SUM(%s * %s), 0)::float8", factor,
            self._field_to_sql(self._table, part, query), weight,
            self._field_to_sql(self._table, whole, query), weight)

    def _average(self, name, whole, query):
        """Return the SQL of an average weighted by another field, the plain one of no weight."""
        value = self._field_to_sql(self._table, name, query)
        weight = SQL("GREATEST(%s, 0) * %s", self._field_to_sql(self._table, whole, query),
                     self._get_weight(self._table, query))
        return SQL("COALESCE(SUM(%s * %s)::float8 / NULLIF(SUM(%s), 0)::float8, AVG(%s)::float8)",
                   value, weight, weight, value)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # EXTENDS base: a thousand yen are less than a hundred euros
        order = super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        field = self._fields.get(field_name)
        if field is None or field.type != 'monetary' or not self._has_currencies():
            return order
        return SQL("%s * %s %s %s", self._field_to_sql(alias, field_name, query),
                   self._get_weight(alias, query), direction, nulls)

    def _has_currencies(self):
        """Return whether the companies that are looked at have several currencies."""
        return len(self.env.companies.currency_id) > 1

    def _get_weight(self, alias, query):
        """Return the SQL that makes amounts of companies with other currencies comparable.

        Rates are those of today and of the current company: a share has one value whatever it is
        grouped by, and changes little where rates do.
        """
        company = self.env.company
        currencies = self.env['res.company'].sudo().search([]).currency_id - company.currency_id
        if not currencies:
            return _SAME
        today = company._get_dunning_today()
        return SQL("CASE %s %s ELSE 1 END::numeric", self._field_to_sql(
            alias, 'currency_id', query), SQL(" ").join(
            SQL("WHEN %s THEN %s", currency.id, self.env['res.currency']._get_conversion_rate(
                currency, company.currency_id, company, today)) for currency in currencies))
