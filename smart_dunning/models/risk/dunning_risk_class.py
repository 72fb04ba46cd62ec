from odoo import api, fields, models

from ...logic import risk

CLASSES = [('a', "A"), ('b', "B"), ('c', "C"), ('d', "D")]


class DunningRiskClass(models.Model):
    """Which payment terms a policy proposes to customers of a class."""

    _name = 'dunning.risk.class'
    _description = "Terms of a Risk Class"
    _order = 'policy_id, letter'

    policy_id = fields.Many2one('dunning.policy', required=True, ondelete='cascade', index=True)
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    letter = fields.Selection(CLASSES, "Class", required=True)
    payment_term_id = fields.Many2one(
        'account.payment.term', "Payment Terms", ondelete='restrict',
        help="Proposed to customers of this class. Empty: terms stay as they are.")
    is_prepayment = fields.Boolean(
        "Prepayment Only", help="Propose that customers of this class get goods only when paid.")

    _letter_uniq = models.Constraint(
        'UNIQUE(policy_id, letter)', "A policy names each class once.")

    @api.depends('letter', 'payment_term_id')
    def _compute_display_name(self):
        labels = dict(CLASSES)
        for one in self:
            one.display_name = " ".join(filter(None, (
                labels.get(one.letter, ''), one.payment_term_id.name)))

    def write(self, vals):
        result = super().write(vals)
        if 'policy_id' in vals:
            # Terms move into another policy only by whom may change that one, too.
            self.policy_id.check_access('write')
        return result

    @api.model
    def _get_letters(self):
        """Return the classes from the best to the worst."""
        return risk.CLASSES
