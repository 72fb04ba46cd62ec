from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..policy.bounds import check_day, check_text


class DunningHold(models.Model):
    """A hold that a person put on a customer, with the reason; it ends on its day or by hand."""

    _name = 'dunning.hold'
    _description = "Hold by Hand"
    _order = 'date_until desc, id desc'
    _check_company_auto = True
    _rec_name = 'reason'

    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    reason = fields.Char(required=True)
    date_until = fields.Date("Until", help="The last day of the hold. Empty: until it is ended.")
    user_id = fields.Many2one(
        'res.users', "Held By", required=True, readonly=True, default=lambda self: self.env.user)
    active = fields.Boolean(default=True)
    is_in_force = fields.Boolean(compute='_compute_is_in_force')

    @api.depends('active', 'date_until', 'company_id')
    def _compute_is_in_force(self):
        for hold in self:
            today = hold.company_id._get_dunning_today()
            hold.is_in_force = hold.active and (not hold.date_until or hold.date_until >= today)

    @api.constrains('reason')
    def _check_reason(self):
        check_text(self, 'reason', is_required=True)

    @api.constrains('date_until')
    def _check_date_until(self):
        check_day(self, 'date_until', may_be_past=False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            partner = self.env['res.partner'].browse(vals.get('partner_id')).exists()
            if not partner:
                raise UserError(self.env._("Please choose the customer."))
            vals['partner_id'] = partner.commercial_partner_id.id
            vals['user_id'] = self.env.user.id
        holds = super().create(vals_list)
        holds._enqueue_debtor()
        return holds

    def write(self, vals):
        if not self.env.su and {'partner_id', 'company_id', 'user_id'} & vals.keys():
            raise AccessError(self.env._(
                "A hold keeps its customer, its company and who recorded it. Please end it and "
                "record a new one."))
        result = super().write(vals)
        self._enqueue_debtor()
        return result

    def action_put(self):
        """Close the dialog in which the hold was recorded, with the debtor up to date."""
        self.check_access('read')
        for company, holds in self.grouped('company_id').items():
            self.env['dunning.debtor'].sudo()._refresh(
                partners=holds.partner_id, company=company, keep=True)
        return {'type': 'ir.actions.act_window_close'}

    def action_end(self):
        """End the hold now; waiting deliveries are looked at again within minutes."""
        self.write({'active': False})
        return True

    def _enqueue_debtor(self):
        self.env['dunning.debtor.change']._enqueue_of(self)
