from odoo import api, fields, models
from odoo.fields import Domain

from ...logic import default, interest
from ..policy.labels import get_labels
from .dunning_rate import REFERENCES

INTEREST_REFERENCES = [*REFERENCES, ('fixed', "Fixed rate"), ('none', "No interest")]


class DunningClaimRule(models.Model):
    """What the law of a country gives a creditor, from a day on: dated data, nothing in code.

    The country is that of the company that invoices. A claim keeps the rule of its own date.
    """

    _name = 'dunning.claim.rule'
    _description = "Claim Rule"
    _inherit = ['dunning.shared']
    _order = 'country_id, date_from desc, id'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    country_id = fields.Many2one(
        'res.country', help="Of the company that invoices. Empty: countries without rules of "
        "their own.")
    country_group_id = fields.Many2one(
        'res.country.group', "Group of Countries",
        help="Where no country is named: only for companies in this group.")
    date_from = fields.Date(
        "Valid From", required=True, help="For invoices of this day and later.")
    business_reference = fields.Selection(
        INTEREST_REFERENCES, "Businesses: Reference Rate", required=True, default='none')
    business_margin = fields.Float(
        "Businesses: Points Above", digits=(8, 4),
        help="Percentage points above the reference rate; the rate itself where it is fixed.")
    consumer_reference = fields.Selection(
        INTEREST_REFERENCES, "Consumers: Reference Rate", required=True, default='none')
    consumer_margin = fields.Float(
        "Consumers: Points Above", digits=(8, 4),
        help="Percentage points above the reference rate; the rate itself where it is fixed.")
    rate_stays = fields.Boolean(
        "Rate of the First Day Stays", help="The reference rate of the first day of default holds "
        "for all of it, whatever the rate becomes later.")
    interest_remark = fields.Char(
        "What Is Missing", compute='_compute_interest_remark',
        help="Why no late interest is claimed under this rule, or from when on no rate is known.")
    lump_sum = fields.Monetary(help="Once per invoice, from businesses only. 0: none.")
    lump_sum_covers_fees = fields.Boolean(
        "Counts Against Fees", default=True,
        help="The lump sum is counted against the costs of collecting, § 288 (5) BGB: where it is "
        "claimed, letters about that invoice cost no fee.")
    currency_id = fields.Many2one(
        'res.currency', required=True, default=lambda self: self.env.company.currency_id)
    calendar_basis = fields.Selection([
        ('always', "Whenever the due date has passed"),
        ('agreed', "Where the due date was agreed"),
        ('never', "Never"),
    ], "Default by Date", required=True, default='agreed')
    reminder_basis = fields.Boolean("Default by Reminder", default=True)
    reminder_period = fields.Boolean(
        "Default After the Period Granted", default=True,
        help="A reminder that names a last day to pay brings default about when this day has "
        "passed, not when the letter arrives: interest, fees and lump sum wait for it.")
    thirty_days_basis = fields.Boolean(
        "Default by Time", default=True,
        help="So many days after due date and receipt of the invoice.")
    default_days = fields.Integer("Days Until Default", default=30)
    thirty_days_told = fields.Boolean(
        "Consumers Must Be Told", default=True,
        help="Against consumers only where the invoice says so.")
    postal_days = fields.Integer(
        default=3, help="How long a letter or an invoice takes to reach the customer.")
    day_count = fields.Selection([
        (interest.ACT_365, "Every day, 365 days a year"),
        (interest.ACT_ACT, "Every day, 366 in leap years"),
        (interest.GERMAN_360, "30 days a month, 360 a year"),
    ], required=True, default=interest.ACT_365)
    limitation_years = fields.Integer(
        "Limitation (Years)", default=3, help="0: no limitation date is computed.")
    consumer_limitation_years = fields.Integer(
        "Limitation for Consumers (Years)",
        help="For customers that are neither a company nor have a VAT number. 0: as for "
        "businesses.")
    limitation_start = fields.Selection([
        (default.YEAR_END, "End of the year of the due date"), (default.DUE_DATE, "Due date"),
    ], "Limitation From", required=True, default=default.YEAR_END)
    talks_suspend = fields.Boolean(
        "Talks Suspend Limitation", help="The days of an objection, from its beginning to its "
        "end, do not count (in Germany § 203 BGB). Elsewhere talks often change nothing, or only "
        "where both sides have agreed to it in writing.")
    talks_months = fields.Integer(
        "Months After Talks", help="Limitation comes no earlier than so many months after talks "
        "have ended.")
    court_months = fields.Integer(
        "Months After a Court Order", help="A court order suspends limitation for so many months "
        "after its end (in Germany 6, § 204 (2) BGB).")
    acknowledgement_law = fields.Char(
        "Acknowledgement Restarts Limitation By", translate=True,
        help="The section by which a signed instalment plan starts limitation anew. Empty: the "
        "agreement names none.")
    legal_basis = fields.Char(
        help="Named on the letter, beside the computation of the interest.")
    note = fields.Char("Remark")

    _numbers_positive = models.Constraint(
        'CHECK(lump_sum BETWEEN 0 AND 1e11 AND postal_days BETWEEN 0 AND 365 '
        'AND default_days BETWEEN 0 AND 3650 AND limitation_years BETWEEN 0 AND 100 '
        'AND COALESCE(consumer_limitation_years, 0) BETWEEN 0 AND 100)',
        "Sums, days and years must not be negative; the post takes at most 365 days, default "
        "begins after at most 3650 days, and limitation after at most 100 years.")
    _months_possible = models.Constraint(
        'CHECK(COALESCE(talks_months, 0) BETWEEN 0 AND 120 '
        'AND COALESCE(court_months, 0) BETWEEN 0 AND 120)',
        "Please enter from 0 to 120 months after talks and after a court order.")

    @api.depends('business_reference', 'consumer_reference', 'company_id')
    @api.depends_context('company', 'lang')
    def _compute_interest_remark(self):
        names = get_labels(self.env['dunning.rate'], 'reference')
        tables = {}
        for rule in self:
            company = rule.company_id or self.env.company
            if company not in tables:
                tables[company] = self.env['dunning.rate']._get_rates(company)
            today = company._get_dunning_today()
            kinds = {rule.business_reference, rule.consumer_reference} - {False}
            remarks = [self.env._(
                "%(reference)s: no rate is known for today. No interest is claimed for days "
                "without a rate; enter it under Reference Rates.", reference=names[code])
                for code in names if code in kinds and tables[company][code].find(today) is None]
            if kinds == {'none'}:
                remarks.append(self.env._("No late interest is claimed."))
            elif rule.business_reference == 'none':
                remarks.append(self.env._("No late interest is claimed from businesses."))
            elif rule.consumer_reference == 'none':
                remarks.append(self.env._("No late interest is claimed from consumers."))
            rule.interest_remark = " ".join(remarks)

    @api.model
    def _get_for_company(self, company):
        """Return the rules of a company's country, the latest first.

        Those of the company itself or its nearest parent, else the shared ones; of these those of
        the country, else of a group it belongs to, else those for every country. A branch that
        names no country is in that of the company above it.
        """
        country = company._get_dunning_country()
        rules = self.sudo().with_context(active_test=True)
        group = Domain('country_group_id', 'in', country.country_group_ids.ids)
        plain = Domain('country_id', '=', False)
        places = (Domain('country_id', '=', country.id or -1), plain & group,
                  plain & Domain('country_group_id', '=', False))
        for owner in (*reversed(company.sudo().parent_ids.ids), False):
            for place in places:
                found = rules.search(
                    Domain('company_id', '=', owner) & place, order='date_from desc, id')
                if found:
                    return found
        return rules.browse()

    def _find_for(self, date):
        """Return the rule for a claim of a day: the latest of these that was valid then."""
        return next((rule for rule in self if rule.date_from <= date), self.browse())

    def _get_interest_terms(self, is_business):
        """Return reference code and margin in percentage points; (None, 0.0) for no interest."""
        if not self:
            return None, 0.0
        reference, margin = (
            (self.business_reference, self.business_margin) if is_business
            else (self.consumer_reference, self.consumer_margin))
        return (None, 0.0) if reference == 'none' else (reference, margin)
