from odoo import models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _get_dunning_shared_company(self):
        """Return ``[False]``, the company of shared policies, if the user may change those.

        For the record rules: a shared policy acts in every company, so changing it takes a user
        who is allowed in all of them. The rules are cached; Odoo drops that cache when a company
        is made, archived or given to a user.
        """
        self.ensure_one()
        companies = self.env['res.company'].sudo().search([])
        return [] if companies - self.company_ids else [False]

    def _get_dunning_settings_company(self):
        """Return ``[False]``, the company of shared rates, rules and lists, for *Settings* alone.

        For the record rules of `dunning.shared`. Odoo drops their cache when groups are given.
        """
        self.ensure_one()
        return [False] if self.has_group('base.group_system') else []
