from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ...logic import interest
from ..policy.labels import get_label

REFERENCES = [
    ('de', "Base rate, Germany"), ('at', "Base rate, Austria"), ('ch', "Default rate, Switzerland"),
    ('ecb', "ECB main refinancing rate"),
    ('ecb_half', "ECB main refinancing rate, rounded up to half a point"),
    ('gb', "Bank of England base rate"), ('se', "Reference rate, Sweden"),
    ('dk', "Lending rate of Danmarks Nationalbank"), ('cz', "Repo rate, Czech National Bank"),
    ('pl', "Reference rate, Narodowy Bank Polski"), ('hu', "Base rate, Magyar Nemzeti Bank"),
    ('ro', "Policy rate, National Bank of Romania"), ('own', "Own rate"),
]


class DunningRate(models.Model):
    """A dated reference rate; interest is this plus a margin.

    A rate of a company holds there on its days instead of the one that all companies share.

    A rate ends with its half-year: whoever forgets to enter the next one is warned, and nobody is
    charged by a rate that has changed.
    """

    _name = 'dunning.rate'
    _description = "Reference Rate"
    _inherit = ['dunning.shared']
    _order = 'reference, date_from desc'

    reference = fields.Selection(REFERENCES, "Reference Rate", required=True, default='own')
    date_from = fields.Date("From", required=True)
    date_until = fields.Date("Until", help="The last day. Empty: until another rate follows.")
    percent = fields.Float("Percent a Year", digits=(8, 4), required=True, aggregator=None)
    source = fields.Char(help="Where the rate was published.")

    _company_date_uniq = models.UniqueIndex(
        '(reference, date_from, COALESCE(company_id, 0))',
        "There is a rate from this day already.")
    _dates_in_order = models.Constraint(
        'CHECK(date_until IS NULL OR date_until >= date_from)',
        "A rate cannot end before it begins.")

    _percent_sensible = models.Constraint(
        'CHECK(percent BETWEEN -100 AND 1000)', "A rate is between −100 and 1000 percent a year.")

    @api.depends('reference', 'date_from')
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = " ".join(filter(None, (
                get_label(rate, 'reference'), rate.date_from and format_date(
                    self.env, rate.date_from))))

    @api.constrains('reference', 'date_from', 'date_until', 'company_id')
    def _check_overlap(self):
        """Refuse two rates for one day; a rate without an end yields to the one that follows."""
        self.flush_model()
        rows = self.env.execute_query(SQL("""
            SELECT rate.date_from FROM dunning_rate rate
              JOIN dunning_rate other ON other.reference = rate.reference
               AND other.company_id IS NOT DISTINCT FROM rate.company_id
               AND other.date_from < rate.date_from AND other.date_until >= rate.date_from
             WHERE rate.id = ANY(%(ids)s) OR other.id = ANY(%(ids)s)
             LIMIT 1
        """, ids=self.ids))
        if rows:
            raise ValidationError(self.env._(
                "The rates overlap: on %(date)s another one still holds.",
                date=format_date(self.env, rows[0][0])))

    @api.model
    def _load_records_create(self, vals_list):
        # EXTENDS base: a rate that somebody entered before a release brought it stays as entered
        loaded = self.browse()
        for values in vals_list:
            loaded += self._find_entered(values) or super()._load_records_create([values])
        return loaded

    def _find_entered(self, values):
        """Return the rate that stands in the way of one with these values, if there is any."""
        date_from = fields.Date.to_date(values['date_from'])
        date_until = fields.Date.to_date(values.get('date_until')) or date_from
        return self.search([
            ('reference', '=', values['reference']), ('company_id', '=', False),
            '|', '&', ('date_from', '<', date_from), ('date_until', '>=', date_from),
            '&', ('date_from', '>=', date_from), ('date_from', '<=', date_until)], limit=1)

    @api.model
    def _get_rates(self, company):
        """Return {reference: `interest.RateTable`}; that of `fixed` leaves the margin alone.

        On the days of a company's own rate (or of its parents', the nearest first) this one holds.
        """
        owners = [False, *company.sudo().parent_ids.ids]
        found = {(code, owner): [] for code, _name in REFERENCES for owner in owners}
        for rate in self.sudo().search_fetch(
                [('company_id', 'in', owners)],
                ['reference', 'date_from', 'percent', 'date_until', 'company_id'],
                order='date_from'):
            found[rate.reference, rate.company_id.id].append(
                interest.Rate(rate.date_from, rate.percent, rate.date_until or None))
        tables = {'fixed': interest.RateTable(None)}
        for code, _name in REFERENCES:
            rates = []
            for owner in owners:
                rates = interest.overlay(rates, found[code, owner])
            tables[code] = interest.RateTable(rates)
        return tables
