from odoo import fields, models


class DunningLevel(models.Model):
    """What the letters of a level claim besides the open items."""

    _inherit = 'dunning.level'

    fee_amount = fields.Monetary(
        "Dunning Fee", aggregator=None,
        help="Once per letter, and only once default had begun before it: the letter that "
        "brings default about costs nothing. No VAT. In company currency.")
    charge_interest = fields.Boolean(
        "Claim Late Interest", help="On items in default, up to the date of the letter.")
    charge_lump_sum = fields.Boolean(
        "Claim the Lump Sum", help="Once per invoice in default, from businesses only.")

    _fee_positive = models.Constraint(
        'CHECK(fee_amount IS NULL OR fee_amount BETWEEN 0 AND 1e11)',
        "A fee must not be negative, nor greater than 100,000,000,000.")
