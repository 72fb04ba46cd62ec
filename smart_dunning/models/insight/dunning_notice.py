from odoo import api, fields, models
from odoo.exceptions import ValidationError

WAYS = [('none', "Nothing"), ('activity', "Activity"), ('mail', "Mail")]
RECIPIENTS = [
    ('responsible', "Responsible of the customer"), ('salesperson', "Salesperson"),
    ('leader', "Leader of the sales team"), ('user', "This user"),
]


class DunningNotice(models.Model):
    """How, and to whom, a policy tells one kind of events."""

    _name = 'dunning.notice'
    _description = "Notice of Events"
    _order = 'policy_id, id'
    _rec_name = 'kind'

    policy_id = fields.Many2one('dunning.policy', required=True, ondelete='cascade', index=True)
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    kind = fields.Selection('_select_kinds', "Event", required=True)
    way = fields.Selection(WAYS, "Told By", required=True, default='activity')
    recipient = fields.Selection(RECIPIENTS, required=True, default='responsible')
    user_id = fields.Many2one('res.users', domain=[('share', '=', False)])

    _kind_uniq = models.Constraint(
        'UNIQUE(policy_id, kind)', "A policy names each event once.")

    @api.model
    def _select_kinds(self):
        return self.env['dunning.event']._select_kinds()

    @api.constrains('recipient', 'user_id')
    def _check_user(self):
        for notice in self:
            if notice.recipient == 'user' and (not notice.user_id or notice.user_id.share):
                raise ValidationError(self.env._(
                    "Please choose a user of yours who is told of the event."))

    def write(self, vals):
        result = super().write(vals)
        if 'policy_id' in vals:
            # They move into another policy only by whom may change that one, too.
            self.policy_id.check_access('write')
        return result


class DunningPolicy(models.Model):
    _inherit = 'dunning.policy'

    notice_ids = fields.One2many(
        'dunning.notice', 'policy_id', "Events", copy=True,
        help="Who is told of what. A kind that is not listed is told as in a new policy.")

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._add_notices()
        return policies

    def _add_notices(self):
        """Give each policy a row for each kind of events that it does not name yet."""
        kinds = self.env['dunning.event']._get_kinds()
        self.env['dunning.notice'].create([
            {'policy_id': policy.id, 'kind': name, 'way': kind.way, 'recipient': kind.recipient}
            for policy in self for name, kind in kinds.items()
            if name not in policy.notice_ids.mapped('kind')])


class ResCompany(models.Model):
    _inherit = 'res.company'

    dunning_events_since = fields.Date(
        "Events Since", readonly=True, copy=False,
        help="Holds and limits of before are known and told to nobody.")
    dunning_big_sales = fields.Monetary(
        "Big Customers Buy For",
        help="Somebody hears when a customer is late who bought for so much in twelve months, tax "
        "included. 0: nobody.")

    _dunning_big_sales_bounds = models.Constraint(
        'CHECK(dunning_big_sales BETWEEN 0 AND 1e13)',
        "Sales of big customers must not be negative.")


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_big_sales = fields.Monetary(
        related='company_id.dunning_big_sales', readonly=False,
        currency_field='currency_id')
