from odoo import fields, models

from .dunning_hold_rule import EFFECTS


class DunningLevel(models.Model):
    _inherit = 'dunning.level'

    hold_effect = fields.Selection(
        EFFECTS, "Orders and Deliveries", default='none', required=True,
        help="What a customer who has reached this level meets at once, without another rule.")
