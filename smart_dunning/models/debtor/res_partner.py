from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    dunning_debtor_id = fields.Many2one(
        'dunning.debtor', "Debtor", compute='_compute_dunning_debtor_id',
        groups='smart_dunning.group_dunning_user')
    dunning_overdue_amount = fields.Monetary(
        "Overdue", compute='_compute_dunning_debtor_id', currency_field='dunning_currency_id',
        groups='smart_dunning.group_dunning_user')
    dunning_currency_id = fields.Many2one(
        'res.currency', compute='_compute_dunning_debtor_id',
        groups='smart_dunning.group_dunning_user')

    @api.depends('commercial_partner_id')
    @api.depends_context('company')
    def _compute_dunning_debtor_id(self):
        debtors = self.env['dunning.debtor'].search([
            ('company_id', '=', self.env.company.id),
            ('partner_id', 'in', self.commercial_partner_id.ids)])
        by_partner = {debtor.partner_id: debtor for debtor in debtors}
        for partner in self:
            debtor = by_partner.get(partner.commercial_partner_id, debtors.browse())
            partner.dunning_debtor_id = debtor
            partner.dunning_overdue_amount = debtor.overdue_amount
            partner.dunning_currency_id = debtor.currency_id

    def action_open_dunning_debtor(self):
        """Open the debtor of this customer in the current company."""
        self.ensure_one()
        debtor = self.dunning_debtor_id
        if not debtor:
            self.env['dunning.debtor'].check_access('read')
            self.env['dunning.debtor'].sudo()._refresh(
                partners=self.commercial_partner_id, company=self.env.company, keep=True)
            self.invalidate_recordset(['dunning_debtor_id'])
            debtor = self.dunning_debtor_id
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.debtor',
            'res_id': debtor.id, 'view_mode': 'form', 'views': [(False, 'form')],
        }
