from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    """Whoever uninstalls the addon reads what goes and what stays."""

    _inherit = 'base.module.uninstall'

    dunning_warning = fields.Text(compute='_compute_dunning_warning')

    @api.depends('impacted_module_ids')
    def _compute_dunning_warning(self):
        for wizard in self:
            names = (wizard.impacted_module_ids | wizard.module_ids).mapped('name')
            wizard.dunning_warning = 'smart_dunning' in names and self._get_dunning_warning()

    @api.model
    def _get_dunning_warning(self):
        """Return what is lost with the addon, and what is kept."""
        letters = self.env['dunning.letter'].sudo().search_count([('state', '=', 'sent')])
        charges = self.env['dunning.charge'].sudo().search([('amount_open', '!=', 0)])
        amounts = " + ".join(
            currency.format(sum(of_currency.mapped('amount_open')))
            for currency, of_currency in charges.grouped('currency_id').items()) or "0"
        return self.env._(
            "Dunning levels, promises, disputes, instalment plans, holds and the history of "
            "%(letters)s letters are lost; export from their lists what you need. The PDFs of "
            "letters and agreements move to their customers. Journal entries stay as they are. "
            "What was claimed, %(amounts)s of it open, is kept in an attachment, and is found "
            "when Smart Dunning is installed again.", letters=letters, amounts=amounts)
