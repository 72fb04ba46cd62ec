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

    def set_values(self):
        # EXTENDS base: what cannot be booked is refused here, not with each letter
        result = super().set_values()
        for settings in self.filtered(lambda one: one.dunning_booking != 'never'):
            # Core saves settings in a context that finds archived records, too.
            settings.company_id.with_context(active_test=True)._check_dunning_booking()
        return result
