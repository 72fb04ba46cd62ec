from odoo import api, fields, models
from odoo.exceptions import AccessError


class DunningPause(models.Model):
    """A time in which a customer gets no letter, with the reason; it ends by itself."""

    _name = 'dunning.pause'
    _description = "Dunning Pause"
    _order = 'date_until desc, id desc'
    _check_company_auto = True
    _rec_name = 'reason'

    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    reason = fields.Char(required=True)
    date_until = fields.Date("Until", required=True, help="The last day without a letter.")
    user_id = fields.Many2one(
        'res.users', "Paused By", required=True, readonly=True, default=lambda self: self.env.user)
    active = fields.Boolean(default=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            partner = self.env['res.partner'].browse(vals.get('partner_id'))
            vals['partner_id'] = partner.commercial_partner_id.id
            vals['user_id'] = self.env.user.id
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {'partner_id', 'company_id', 'user_id'} & vals.keys():
            raise AccessError(self.env._(
                "A pause keeps its customer, its company and who recorded it. Please end it and "
                "record a new one."))
        return super().write(vals)

    def action_end(self):
        """End the pause now; dunning goes on with the next run."""
        self.write({'active': False})

    @api.model
    def _get_paused_until(self, company, partner_ids, date):
        """Return {partner id: last day of the pause} of those paused on ``date``."""
        groups = self.sudo()._read_group([
            ('company_id', '=', company.id), ('partner_id', 'in', partner_ids),
            ('date_until', '>=', date),
        ], ['partner_id'], ['date_until:max'])
        return {partner.id: until for partner, until in groups}
