from odoo import fields, models
from odoo.exceptions import AccessError


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_active = fields.Boolean(related='company_id.dunning_active')
    dunning_policy_id = fields.Many2one(related='company_id.dunning_policy_id', readonly=False)
    dunning_due_after = fields.Date(related='company_id.dunning_due_after', readonly=False)
    dunning_user_id = fields.Many2one(related='company_id.dunning_user_id', readonly=False)

    def action_dunning_activate(self):
        """Open the wizard that shows what the first night would send before it is turned on."""
        self.ensure_one()
        self._check_dunning_manager()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_activation_action')
        return {**action, 'context': {
            'default_company_id': self.company_id.id,
            'default_due_after': self.company_id.dunning_due_after,
            'default_user_id': (self.company_id.dunning_user_id or self.env.user).id,
        }}

    def action_dunning_deactivate(self):
        """Stop all automatic planning and sending of the company at once."""
        self.ensure_one()
        self._check_dunning_manager()
        self.company_id.sudo().dunning_active = False
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}

    def _check_dunning_manager(self):
        """Raise AccessError for whoever may not turn automatic dunning on and off here."""
        if not self.env.user.has_group('smart_dunning.group_dunning_manager'):
            raise AccessError(self.env._(
                "Only an administrator of dunning turns automatic dunning on and off."))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("You are not allowed in this company."))
