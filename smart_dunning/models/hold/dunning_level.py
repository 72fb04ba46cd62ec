from odoo import fields, models

from .dunning_hold_rule import EFFECTS


class DunningLevel(models.Model):
    _inherit = 'dunning.level'

    hold_effect = fields.Selection(
        EFFECTS, "Orders and Deliveries", default='none', required=True,
        help="Effect on orders and deliveries as soon as a customer reaches this level.")
