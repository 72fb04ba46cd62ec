from odoo import api, fields, models


class DunningShared(models.AbstractModel):
    """What ships for all companies and is changed by *Settings* alone; a company may have its own.

    The record rules of a concrete model say who changes what, see `dunning_rules.xml`.
    """

    _name = 'dunning.shared'
    _description = "Shared by Companies"

    company_id = fields.Many2one(
        'res.company', index=True, default=lambda self: self._get_default_company(),
        help="Empty: for all companies, and only changed by whoever may change the settings of "
        "Odoo. A company may have records of its own.")

    @api.model
    def _get_default_company(self):
        """Return the company of a new record: none for those who may change what is shared."""
        company = self.env['res.company']
        return company if self.env.su or self.env.user._get_dunning_settings_company() \
            else self.env.company

    def write(self, vals):
        result = super().write(vals)
        if 'company_id' in vals:
            # The rules look at what was there before: nobody gives away what is not theirs to give.
            self.check_access('write')
        return result

    def action_copy_for_company(self):
        """Copy what is selected for the company one works in, and show it."""
        copies = self.browse()
        for record in self:
            copies += record.copy({'company_id': self.env.company.id})
        return {
            'type': 'ir.actions.act_window', 'name': self.env.company.name, 'res_model': self._name,
            'view_mode': 'list,form', 'domain': [('id', 'in', copies.ids)],
        }
