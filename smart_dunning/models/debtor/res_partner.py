from odoo import api, fields, models
from odoo.fields import Domain

from ..risk.dunning_risk_class import CLASSES


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

    dunning_risk_class = fields.Selection(
        CLASSES, "Risk Class", compute='_compute_dunning_risk', search='_search_dunning_risk_class',
        compute_sudo=True, groups='base.group_user',
        help="From A (pays well) to D, in the current company.")
    dunning_risk_sentence = fields.Char(
        compute='_compute_dunning_risk', compute_sudo=True, groups='base.group_user')

    @api.depends('commercial_partner_id')
    @api.depends_context('company', 'lang')
    def _compute_dunning_risk(self):
        """Tell class and history, no amounts, to people without any right in accounting."""
        debtors = self.env['dunning.debtor'].with_context(active_test=False).search([
            ('company_id', '=', self.env.company.id),
            ('partner_id', 'in', self.commercial_partner_id.ids)])
        by_partner = debtors.grouped('partner_id')
        for partner in self:
            debtor = by_partner.get(partner.commercial_partner_id, debtors.browse())
            partner.dunning_risk_class = debtor.risk_class
            partner.dunning_risk_sentence = debtor.late_sentence

    def _search_dunning_risk_class(self, operator, value):
        """Find customers by class, as policies do; False: those who are not rated."""
        self._check_field_access(self._fields['dunning_risk_class'], 'read')
        if operator != 'in':
            return NotImplemented
        debtors = self.env['dunning.debtor'].sudo().with_context(active_test=False)

        def find(*condition):
            rated = debtors._search([('company_id', '=', self.env.company.id), condition])
            return Domain('commercial_partner_id', 'in', rated.subselect('partner_id'))
        domain = find('risk_class', 'in', [letter for letter in value if letter])
        if False in value:
            domain |= ~find('risk_class', '!=', False)
        return domain

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
