from odoo import fields, models


class DunningPauseReason(models.Model):
    """Why customers are left in peace, or object: a list shared by all companies, or their own."""

    _name = 'dunning.pause.reason'
    _description = "Reason to Wait"
    _inherit = ['dunning.shared']
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    usage = fields.Selection([
        ('pause', "Pauses"), ('dispute', "Disputes"),
    ], string="Used For", required=True, default='pause')
    active = fields.Boolean(default=True)
