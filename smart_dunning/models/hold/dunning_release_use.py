from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


class DunningReleaseUse(models.Model):
    """What passed by a release; written by the checkpoints alone."""

    _name = 'dunning.release.use'
    _description = "Use of a Release"
    _order = 'id'

    release_id = fields.Many2one(
        'dunning.release', "Release of a Hold", required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='release_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    checkpoint = fields.Selection(
        [('order', "Order"), ('delivery', "Delivery")], required=True)
    order_id = fields.Many2one('sale.order', ondelete='restrict', index='btree_not_null')
    picking_id = fields.Many2one('stock.picking', ondelete='restrict', index='btree_not_null')
    amount = fields.Monetary()

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What passed by a release stays as it was noted."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What passed by a release stays as it was noted."))

    def _get_draws(self):
        """Return {(checkpoint, order id, picking id, subject): {release id: amount}}."""
        draws = defaultdict(lambda: defaultdict(float))
        for use in self:
            key = (use.checkpoint, use.order_id.id or None, use.picking_id.id or None,
                   use._get_subject())
            draws[key][use.release_id.id] += use.amount
        return draws

    def _get_subject(self):
        """Return the name of the document of another addon that passed, '' without one."""
        return ''

    @api.model
    def _prepare_subject_values(self, subject):
        """Return what names the document of another addon: `Candidate.subject`, as values."""
        return {}
