from odoo import fields, models


class DunningPause(models.Model):
    _inherit = 'dunning.pause'

    handover_id = fields.Many2one(
        'dunning.handover', readonly=True, index='btree_not_null', ondelete='cascade')
