from odoo import api, fields, models

from ...logic import default
from .dunning_claim_rule import INTEREST_REFERENCES


class DunningPolicy(models.Model):
    """What a policy makes use of: every rule of the country can be switched off here."""

    _inherit = 'dunning.policy'

    customer_kind = fields.Selection([
        ('auto', "By the customer: a company or a VAT number is a business"),
        ('business', "Businesses and authorities"),
        ('consumer', "Consumers"),
    ], "Customers Are", default='auto', required=True,
        help="Interest and lump sum differ for consumers.")
    charge_interest = fields.Boolean(
        "Claim Late Interest", default=True, help="At the levels that say so.")
    charge_lump_sum = fields.Boolean(
        "Claim the Lump Sum", default=True,
        help="At the levels that say so; once per invoice, from businesses only.")
    charge_fees = fields.Boolean(
        "Claim Dunning Fees", default=True, help="The fee of each level, once default has begun.")
    due_date_agreed = fields.Boolean(
        "Due Date Is Agreed",
        help="The day of payment is fixed in the contract or the terms, not only on the invoice: "
        "default then begins on the day after.")
    default_by_reminder = fields.Boolean(
        default=True, help="Default begins on the day after the first letter arrived.")
    default_by_thirty_days = fields.Boolean(
        "Default by Time", default=True,
        help="Default begins 30 days after due date and receipt of the invoice.")
    thirty_days_told = fields.Boolean(
        "Invoices Tell Consumers", help="The invoice says that default begins after 30 days. "
        "Without it the rule does not hold for consumers.")
    interest_reference = fields.Selection(
        INTEREST_REFERENCES, "Interest Rate",
        help="Empty: as the law of the company's country says.")
    interest_margin = fields.Float(
        "Points Above", digits=(8, 4),
        help="Percentage points above the reference rate; the rate itself where it is fixed.")
    claim_remark = fields.Char("What Is Missing", compute='_compute_claim_remark')

    _margin_sensible = models.Constraint(
        'CHECK(interest_margin IS NULL OR interest_margin BETWEEN -100 AND 1000)',
        "Percentage points are between −100 and 1000.")

    @api.depends('company_id')
    @api.depends_context('company', 'lang')
    def _compute_claim_remark(self):
        """Say which rule holds today in the country of the company, and what it lacks."""
        for policy in self:
            company = policy.company_id or self.env.company
            rule = self.env['dunning.claim.rule'].with_company(company)._get_for_company(
                company)._find_for(company._get_dunning_today())
            policy.claim_remark = " ".join(filter(None, (
                self.env._("The rule “%(rule)s” is in force.", rule=rule.name),
                rule.interest_remark))) if rule else self.env._(
                    "No rule says what may be claimed besides the invoices: neither interest nor a "
                    "lump sum is.")

    def _is_business(self, looks_like_business):
        """Return whether the customers are businesses, by the policy or by what they look like."""
        if not self or self.customer_kind == 'auto':
            return bool(looks_like_business)
        return self.customer_kind == 'business'

    def _get_default_rules(self, rule, is_business):
        """Return the `default.Rules` of a country's rule as far as the policy makes use of them."""
        is_told = is_business or not rule.thirty_days_told or self.thirty_days_told
        return default.Rules(
            calendar=rule.calendar_basis == 'always' or (
                rule.calendar_basis == 'agreed' and self.due_date_agreed),
            reminder=rule.reminder_basis and (not self or self.default_by_reminder),
            thirty_days=rule.thirty_days_basis and is_told and (
                not self or self.default_by_thirty_days),
            days=rule.default_days, reminder_period=rule.reminder_period)

    def _get_interest_terms(self, rule, is_business):
        """Return reference code and margin in percentage points; (None, 0.0) for no interest."""
        if not self.interest_reference:
            return rule._get_interest_terms(is_business)
        if self.interest_reference == 'none':
            return None, 0.0
        return self.interest_reference, self.interest_margin
