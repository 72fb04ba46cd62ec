from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import formatLang

from ..models.policy.labels import get_labels

#: So many customers are named for each reason to wait.
_NAMED = 3


class DunningActivation(models.TransientModel):
    """Show what the first nightly run would send before automatic dunning is turned on."""

    _name = 'dunning.activation'
    _description = "Turn Automatic Dunning On"

    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self.env.company)
    due_after = fields.Date(
        "Only Items Due After", default=lambda self: self.env.company.dunning_due_after,
        help="Older open items are left out. Empty: everything counts.")
    user_id = fields.Many2one(
        'res.users', "Dunning Clerk", required=True, domain=[('share', '=', False)],
        default=lambda self: self.env.company.dunning_user_id or self.env.user)
    bank_date = fields.Date("Newest Bank Entry", compute='_compute_bank_date')
    has_preview = fields.Boolean(
        help="Whether somebody has asked what the first run would send: a large ledger takes time.")
    summary = fields.Html("The First Run", compute='_compute_preview', sanitize=False)

    warnings = fields.Text("What Is Missing", compute='_compute_preview')

    @api.depends('company_id', 'due_after')
    def _compute_bank_date(self):
        for wizard in self:
            wizard.bank_date = wizard._prepare_run()._get_bank_date()

    @api.depends('company_id', 'due_after', 'user_id', 'has_preview')
    def _compute_preview(self):
        """Decide the run of today without writing anything, once somebody has asked for it."""
        for wizard in self:
            if not wizard.has_preview:
                wizard.summary = wizard.warnings = False
                continue
            run = wizard._prepare_run()
            plan = run._decide_plan()
            wizard.summary = run._render_preview(plan)
            wizard.warnings = "\n".join(run._get_activation_notes(plan)) or False

    @api.onchange('due_after')
    def _onchange_due_after(self):
        """What was shown is no longer true; it is computed when it is asked for again."""
        self.has_preview = False

    def _prepare_run(self):
        """Return the run of tonight, which is not stored."""
        self._check_manager()
        return self.env['dunning.run'].sudo().with_company(self.company_id).new({
            'company_id': self.company_id.id,
            'date': self.company_id._get_dunning_today(),
            'due_after': self.due_after,
            'is_automatic': True,
            'user_id': self.user_id.id,
        })

    def action_preview(self):
        """Show what the first nightly run would send."""
        self._check_manager()
        self.ensure_one()
        self.has_preview = True
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_activation_action')
        return {**action, 'res_id': self.id}

    def action_activate(self):
        """Turn automatic dunning on for the company."""
        self._check_manager()
        self.company_id.sudo().write({
            'dunning_active': True, 'dunning_due_after': self.due_after,
            'dunning_user_id': self.user_id.id,
        })
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}

    def _check_manager(self):
        if not self.env.user.has_group('smart_dunning.group_dunning_manager') \
                or self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._(
                "Only a dunning administrator of the company may turn automatic dunning on."))


class DunningRun(models.Model):
    _inherit = 'dunning.run'

    def _render_preview(self, plan):
        """Return in HTML what a `ladder.Plan` would send, and how many wait and why."""
        self.ensure_one()
        levels = {level.id: level for level in self.env['dunning.level'].browse(
            {letter.level.id for letter in plan.letters})}
        sums = {}
        for letter in plan.letters:
            level = levels[letter.level.id]
            count, amount = sums.get(level, (0, 0.0))
            sums[level] = count + 1, amount + letter.worth - letter.credit_worth
        reasons = get_labels(self.env['dunning.omission'], 'reason')
        omitted = {}
        for omission in plan.omissions:
            count, amount = omitted.get(omission.reason, (0, 0.0))
            omitted[omission.reason] = count + 1, amount + omission.letter.worth
        names = self._name_omitted(plan)
        currency = self.company_id.currency_id
        return self.env['ir.qweb']._render('smart_dunning.dunning_preview', {
            'customers': len({letter.partner for letter in plan.letters}),
            'summary': self._render_summary([
                (level, level.channel, count, amount) for level, (count, amount) in sums.items()]),
            'omitted': [{
                'reason': reasons[reason], 'count': count, 'names': names[reason],
                'amount': formatLang(self.env, amount, currency_obj=currency),
            } for reason, (count, amount) in sorted(omitted.items())],
        })

    def _name_omitted(self, plan):
        """Return {reason: names of the customers with most at stake}, so that one can look."""
        worth = defaultdict(lambda: defaultdict(float))
        for omission in plan.omissions:
            worth[omission.reason][omission.letter.partner] += omission.letter.worth
        names = {}
        for reason, by_partner in worth.items():
            first = sorted(by_partner, key=lambda one: (-by_partner[one], one))[:_NAMED]
            names[reason] = ", ".join(
                self.env['res.partner'].browse(first).mapped('display_name')) + (
                " …" if len(by_partner) > _NAMED else "")
        return names
