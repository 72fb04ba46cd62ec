from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_booking = fields.Selection(related='company_id.dunning_booking', readonly=False)
    dunning_interest_account_id = fields.Many2one(
        related='company_id.dunning_interest_account_id', readonly=False)
    dunning_fee_account_id = fields.Many2one(
        related='company_id.dunning_fee_account_id', readonly=False)
    dunning_journal_id = fields.Many2one(related='company_id.dunning_journal_id', readonly=False)
    dunning_allocate_costs_first = fields.Boolean(
        related='company_id.dunning_allocate_costs_first', readonly=False)
