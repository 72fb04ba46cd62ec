from odoo import api, fields, models


class DunningRiskPattern(models.Model):
    """How the customers of a company pay as a whole: what a single one is compared with.

    Written each night. One row per company, so that a customer who is looked at in between is
    measured by the same yardstick as all others.
    """

    _name = 'dunning.risk.pattern'
    _description = "How Customers Pay"
    _log_access = False
    _rec_name = 'company_id'

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    date = fields.Date(required=True)
    known = fields.Integer("Invoices Paid or Due")
    late = fields.Integer("Of These Late")
    median_days = fields.Float("Median Days Late")

    _company_uniq = models.UniqueIndex('(company_id)', "A company has one pattern.")

    @property
    def late_share(self):
        """Return the share of late invoices of the company, between 0 and 1."""
        return self.late / self.known if self.known else 0.0

    @api.model
    def _get_of(self, company):
        """Return the row of a company, made when there is none yet."""
        patterns = self.sudo()
        return patterns.search([('company_id', '=', company.id)]) or patterns._renew(company)

    @api.model
    def _renew(self, company, date=None):
        """Read the pattern of a company from its ledger, as of a day; return the row."""
        date = date or company._get_dunning_today()
        values = self.env['dunning.risk']._read_pattern(company, date)
        patterns = self.sudo()
        row = patterns.search([('company_id', '=', company.id)])
        if row:
            row.write({**values, 'date': date})
        else:
            row = patterns.create({**values, 'company_id': company.id, 'date': date})
        return row
