from odoo import fields, models


class ResCompany(models.Model):
    """Whether and how a company rates its customers by their payments."""

    _inherit = 'res.company'

    dunning_risk_active = fields.Boolean(
        "Rate Customers by Their Payments", default=True,
        help="Shows how likely each customer pays late, a class from A to D with its reasons, and "
        "a proposal for limit and payment terms. Only the company's own invoices and payments "
        "are used. Off: nothing is rated, and what was rated is forgotten.")
    dunning_business_days = fields.Boolean(
        "Payments Arrive on Working Days", default=True,
        help="Due dates on weekends and holidays count from the next working day when payments "
        "are judged and forecast.")
    dunning_risk_auto = fields.Boolean(
        "Take Credit Away by Itself",
        help="Proposals that lower a limit or shorten terms apply by themselves each night, for "
        "businesses only. For persons the rating decides nothing (art. 22 GDPR, CJEU C-634/21).")
    dunning_risk_auto_percent = fields.Integer(
        "At Most by (%)", default=30,
        help="By how much a limit may be lowered in one step without a person.")

    _dunning_risk_auto_percent_bounds = models.Constraint(
        'CHECK(dunning_risk_auto_percent BETWEEN 0 AND 100)',
        "A limit can be lowered by 0 to 100 per cent.")
