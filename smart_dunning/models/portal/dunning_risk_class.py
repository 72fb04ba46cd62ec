from odoo import fields, models


class DunningRiskClass(models.Model):
    _inherit = 'dunning.risk.class'

    prepayment_percent = fields.Float(
        "Payment in Advance", help="Quotations to customers of this class ask online for this "
        "share of the total. 0: none.")

    _prepayment_percent_sensible = models.Constraint(
        'CHECK(prepayment_percent BETWEEN 0 AND 1)', "A share is between 0 and 100 percent.")
