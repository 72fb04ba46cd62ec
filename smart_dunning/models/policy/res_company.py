import pytz

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = 'res.company'

    dunning_policy_id = fields.Many2one(
        'dunning.policy', "Default Dunning Policy",
        domain="[('company_id', 'in', (False, id))]",
        default=lambda self: self.env.ref(
            'smart_dunning.dunning_policy_business', raise_if_not_found=False))
    dunning_active = fields.Boolean(
        "Automatic Dunning", help="The nightly run plans, and sends where the policy allows it.")
    dunning_due_after = fields.Date(
        "Only Items Due After", help="Older open items are left out of dunning.")
    dunning_user_id = fields.Many2one(
        'res.users', "Dunning Clerk", domain=[('share', '=', False)],
        help="Gets the proposals, answers and questions that nobody else is named for.")

    @api.constrains('dunning_policy_id')
    def _check_dunning_policy_company(self):
        for company in self:
            owner = company.dunning_policy_id.company_id
            if owner and owner not in company.parent_ids:
                raise ValidationError(self.env._(
                    "Policy %(policy)s belongs to another company.",
                    policy=company.dunning_policy_id.name))

    def _get_dunning_policy(self, usable=None):
        """Return the default policy: the company's own, else that of the nearest parent.

        :param usable: ids of the policies that count; None: all that are active
        """
        self.ensure_one()
        for company in reversed(self.parent_ids):
            policy = company.dunning_policy_id
            if policy.active if usable is None else policy.id in usable:
                return policy
        return self.env['dunning.policy']

    def write(self, vals):
        result = super().write(vals)
        if {'partner_id', 'resource_calendar_id'} & vals.keys():
            self.env.registry.clear_cache()     # see `_get_dunning_timezone`
        return result

    def _get_dunning_today(self):
        """Return the date of today where the company is."""
        self.ensure_one()
        # As `context_today`, without an environment of its own: it is asked at every checkpoint.
        zone = pytz.timezone(self._get_dunning_timezone())
        return pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()

    @tools.ormcache('self.id')
    def _get_dunning_timezone(self):
        """Return the time zone of the company; asked at every checkpoint, so it is cached."""
        return self.sudo().partner_id.tz or self.sudo().resource_calendar_id.tz or 'UTC'


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def write(self, vals):
        result = super().write(vals)
        if 'tz' in vals and self.env['res.company'].sudo().search_count(
                [('partner_id', 'in', self.ids)], limit=1):
            self.env.registry.clear_cache()
        return result


class ResourceCalendar(models.Model):
    _inherit = 'resource.calendar'

    def write(self, vals):
        result = super().write(vals)
        if 'tz' in vals:
            self.env.registry.clear_cache()
        return result
