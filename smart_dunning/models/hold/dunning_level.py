from odoo import api, fields, models

from .dunning_hold_rule import EFFECTS


class DunningLevel(models.Model):
    _inherit = 'dunning.level'

    hold_effect = fields.Selection(
        EFFECTS, "Orders and Deliveries", default='none', required=True,
        help="What a customer who has reached this level meets at once, without another rule.")

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create(vals_list)
        self.env.registry.clear_cache()
        return levels

    def write(self, vals):
        result = super().write(vals)
        if {'name', 'position', 'hold_effect'} & vals.keys():
            self.env.registry.clear_cache()
        return result
