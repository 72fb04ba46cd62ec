from datetime import timedelta

from odoo import api, fields, models

from ..item.reasons import REASONS


class DunningOmission(models.Model):
    """A letter that a run did not make, and why."""

    _name = 'dunning.omission'
    _description = "Left Out of a Dunning Run"
    _order = 'run_id desc, reason, amount_company desc, id'

    run_id = fields.Many2one('dunning.run', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', required=True, index=True)
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='cascade')
    currency_id = fields.Many2one('res.currency', required=True)
    company_currency_id = fields.Many2one(
        related='company_id.currency_id', string="Company Currency")
    level_id = fields.Many2one('dunning.level', ondelete='set null')
    reason = fields.Selection(REASONS, required=True, index=True)
    date_until = fields.Date("Until")
    item_count = fields.Integer("Items")
    amount = fields.Monetary(aggregator=None)
    amount_company = fields.Monetary(
        "Amount in Company Currency", currency_field='company_currency_id')

    @api.autovacuum
    def _gc_omissions(self, days=90):
        """Old lists of who was left out are of no use; letters are the evidence."""
        self.sudo().search(
            [('create_date', '<', fields.Datetime.now() - timedelta(days=days))], limit=100_000,
        ).unlink()
