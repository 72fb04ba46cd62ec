from odoo import fields, models
from odoo.exceptions import UserError


class DunningDispute(models.Model):
    """The letter that told the customer that the objection was rejected."""

    _inherit = 'dunning.dispute'

    told_letter_id = fields.Many2one(
        'dunning.letter', "Notified By", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null', help="The letter that says that the objection was not accepted.")

    def write(self, vals):
        # EXTENDS pause
        told = self.sudo().filtered('told_letter_id')
        if 'answer' in vals and any(one.answer != vals['answer'] for one in told):
            raise UserError(self.env._(
                "Letter %(letter)s has told the customer already.",
                letter=told[:1].told_letter_id.name))
        return super().write(vals)
