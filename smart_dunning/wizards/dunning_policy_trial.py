from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date, formatLang

from ..models.hold.dunning_hold_rule import EFFECTS
from ..models.policy.labels import get_labels, same_values

_SAME = ('min_balance', 'tolerance', 'quiet_days', 'net_credits', 'bundle_levels',
         'partner_domain')
_LEVEL = ('position', 'name', 'delay', 'delay_from', 'min_amount', 'payment_days')
_RULE = ('trigger', 'days', 'amount', 'level_position', 'order_effect', 'reservation_effect',
         'delivery_effect')
#: So many customers and documents are listed; the sums count all.
_MOST_LINES = 80


class DunningPolicyTrial(models.TransientModel):
    """Try a change of a policy: what it would send and hold, before it is made."""

    _name = 'dunning.policy.trial'
    _description = "Preview Change of a Policy"
    _rec_name = 'policy_id'

    policy_id = fields.Many2one('dunning.policy', required=True, ondelete='cascade', readonly=True)
    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self.env.company, readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    date = fields.Date(
        "Letters Of", required=True,
        default=lambda self: self.env.company._get_dunning_today())
    date_from = fields.Date(
        "Back-Test From", required=True, default=lambda self: fields.Date.subtract(
            self.env.company._get_dunning_today(), days=1, years=1))
    date_to = fields.Date(
        "To", required=True, default=lambda self: fields.Date.subtract(
            self.env.company._get_dunning_today(), days=1))
    min_balance = fields.Monetary("Minimum Amount")
    tolerance = fields.Monetary()
    quiet_days = fields.Integer()
    net_credits = fields.Boolean()
    bundle_levels = fields.Boolean("One Letter for Several Levels")
    partner_domain = fields.Char("Customers")
    level_ids = fields.One2many('dunning.policy.trial.level', 'trial_id', "Levels")
    rule_ids = fields.One2many('dunning.policy.trial.rule', 'trial_id', "Hold Rules")
    result = fields.Html(readonly=True, sanitize=False)

    @api.model
    def default_get(self, fields):  # pylint: disable=redefined-outer-name
        values = super().default_get(fields)
        policy = self.env['dunning.policy'].browse(
            values.get('policy_id') or self.env.context.get('active_id'))
        if policy.exists():
            policy.check_access('read')
            values.update(
                policy_id=policy.id, **{name: policy[name] for name in _SAME},
                level_ids=[Command.create({
                    'level_id': level.id, **{name: level[name] for name in _LEVEL}})
                    for level in policy.level_ids],
                rule_ids=[Command.create({
                    'rule_id': rule.id, **{name: rule[name] for name in _RULE}})
                    for rule in policy.hold_rule_ids])
        return values

    # Buttons ------------------------------------------------------------------------------------

    def action_preview(self):
        """Show who would get which letter, and what would be held, now and with the draft."""
        self.check_access('write')
        self.ensure_one()
        found = self.policy_id.preview_change(self._get_values(), self.date, self.company_id.id)
        self.result = self.env['ir.qweb']._render(
            'smart_dunning.dunning_policy_preview', self._prepare_preview(found))
        return True

    def action_backtest(self):
        """Show what the draft would have done in the past, beside today's policy."""
        self.check_access('write')
        self.ensure_one()
        found = self.policy_id.backtest(
            self.date_from, self.date_to, self._get_values(), self.company_id.id)
        self.result = self.env['ir.qweb']._render('smart_dunning.dunning_policy_backtest', {
            **found, 'money': self._format_money, 'number': self._format_number,
            'date_from': format_date(self.env, found['date_from']),
            'date_to': format_date(self.env, found['date_to'])})
        return True

    def action_apply(self):
        """Make the change of the draft."""
        self.check_access('write')
        self.ensure_one()
        self.policy_id.check_access('write')
        self.policy_id.write(self._get_values())
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.policy',
            'res_id': self.policy_id.id, 'view_mode': 'form', 'views': [(False, 'form')]}

    # Draft --------------------------------------------------------------------------------------

    def _get_values(self):
        """Return what the draft changes, as for `write` on the policy."""
        policy = self.policy_id
        values = {name: self[name] for name in _SAME if self[name] != policy[name]}
        for name, lines, record, names in (
            ('level_ids', self.level_ids, 'level_id', _LEVEL),
            ('hold_rule_ids', self.rule_ids, 'rule_id', _RULE),
        ):
            commands = []
            for line in lines:
                changed = {each: line[each] for each in names
                           if not line[record] or line[each] != line[record][each]}
                if changed:
                    commands.append(
                        Command.update(line[record].id, changed) if line[record]
                        else Command.create(changed))
            for gone in policy[name] - lines[record]:
                commands.append(
                    Command.update(gone.id, {'active': False}) if name == 'level_ids'
                    else Command.delete(gone.id))
            if commands:
                values[name] = commands
        return values

    # Words --------------------------------------------------------------------------------------

    def _format_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _format_number(self, number):
        return formatLang(self.env, number, digits=1)

    def _prepare_preview(self, found):
        """Return what the page needs: rows of customers, and of documents, of both sides."""
        states = get_labels(self.env['dunning.hold.rule'], 'order_effect')
        customers = {}
        for side in ('now', 'draft'):
            for letter in found[side]['letters']:
                row = customers.setdefault(letter['partner_id'], {
                    'partner': letter['partner'], 'now': [], 'draft': [], 'amount': 0.0})
                row[side].append(letter['level'])
                row['amount'] = max(row['amount'], letter['amount'])
        changed = [row for row in customers.values() if row['now'] != row['draft']]
        documents = {}
        for side in ('now', 'draft'):
            for held in found[side]['held']:
                row = documents.setdefault((held['model'], held['id']), {
                    'name': held['name'], 'partner': held['partner'], 'now': "", 'draft': "",
                    'reason': held['reason']})
                row[side] = states[held['state']]
                row['reason'] = held['reason']
        rows = sorted(changed, key=lambda row: -row['amount'])
        held = sorted(documents.values(), key=lambda row: (row['now'] == row['draft'], row['name']))
        return {
            'day': format_date(self.env, found['date']), 'levels': found['levels'],
            'customers': rows[:_MOST_LINES], 'customers_left': len(rows[_MOST_LINES:]),
            'unchanged': len(customers) - len(changed),
            'documents': held[:_MOST_LINES], 'documents_left': len(held[_MOST_LINES:]),
            'money': self._format_money}


class DunningPolicyTrialLevel(models.TransientModel):
    """A level of a policy that is tried."""

    _name = 'dunning.policy.trial.level'
    _description = "Level on Trial"
    _order = 'position, id'

    trial_id = fields.Many2one('dunning.policy.trial', required=True, ondelete='cascade')
    currency_id = fields.Many2one(related='trial_id.currency_id')
    level_id = fields.Many2one('dunning.level', ondelete='cascade')
    position = fields.Integer("No.", required=True, default=1)
    name = fields.Char(required=True)
    delay = fields.Integer("Days", default=7)
    delay_from = fields.Selection(
        same_values('dunning.level', 'delay_from'), "Counted From", required=True,
        default='due_date')
    min_amount = fields.Monetary("Minimum Amount")
    payment_days = fields.Integer("New Payment Period (Days)", default=7)


class DunningPolicyTrialRule(models.TransientModel):
    """A hold rule of a policy that is tried."""

    _name = 'dunning.policy.trial.rule'
    _description = "Hold Rule on Trial"

    trial_id = fields.Many2one('dunning.policy.trial', required=True, ondelete='cascade')
    currency_id = fields.Many2one(related='trial_id.currency_id')
    rule_id = fields.Many2one('dunning.hold.rule', ondelete='cascade')
    trigger = fields.Selection(
        same_values('dunning.hold.rule', 'trigger'), "When", required=True, default='overdue')
    days = fields.Integer("More Than (Days)")
    amount = fields.Monetary("More Than (Amount)")
    level_position = fields.Integer("From Level No.")
    order_effect = fields.Selection(EFFECTS, "Order", required=True, default='warn')
    reservation_effect = fields.Selection(EFFECTS, "Reservation", required=True, default='none')
    delivery_effect = fields.Selection(EFFECTS, "Delivery", required=True, default='warn')
