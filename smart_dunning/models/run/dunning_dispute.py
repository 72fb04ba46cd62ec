from odoo import fields, models


class DunningDispute(models.Model):
    """The letter that told the customer that the objection was rejected."""

    _inherit = 'dunning.dispute'

    told_letter_id = fields.Many2one(
        'dunning.letter', "Notified By", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null', help="The letter that says that the objection was not accepted.")
