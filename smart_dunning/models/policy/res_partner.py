from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    dunning_policy_id = fields.Many2one(
        'dunning.policy', company_dependent=True, ondelete='set null',
        groups='account.group_account_invoice,account.group_account_readonly',
        domain="[('company_id', 'in', (False, current_company_id))]",
        help="Empty: the first policy whose customers match, else the default of the company.")

    dunning_contact_id = fields.Many2one(
        'res.partner', "Contact for Reminders", index='btree_not_null', ondelete='set null',
        groups='account.group_account_invoice,account.group_account_readonly',
        domain="[('commercial_partner_id', '=', commercial_partner_id), ('id', '!=', id)]",
        help="Letters and agreements go to this person. Empty: to the oldest invoice address, "
             "else to the customer.")

    def _get_dunning_contact(self):
        """Return to whom letters about the customer go: the person named for it, else invoices'."""
        self.ensure_one()
        customer = self.sudo().commercial_partner_id
        chosen = customer.dunning_contact_id
        if chosen.active and chosen.commercial_partner_id == customer:
            return self.browse(chosen.id)
        return self.browse(self.address_get(['invoice'])['invoice'])

    @api.model
    def _commercial_fields(self):
        # EXTENDS account
        return [*super()._commercial_fields(), 'dunning_policy_id']
