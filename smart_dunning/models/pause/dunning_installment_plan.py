from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_date, format_list

from ...logic import installment
from ...logic.days import shift
from ..policy.bounds import check_day
from ..policy.labels import get_label

#: More parts than that are a typing error.
_MAX_PARTS = 120
#: What the customer and the clerk agree on; free until the plan is confirmed.
_TERMS = frozenset({
    'item_ids', 'count', 'date_first', 'interval', 'date_last', 'amount_part', 'part_ids',
    'acknowledgement', 'recipient_id', 'interest'})


class DunningInstallmentPlan(models.Model):
    """An agreement to pay open items in dated parts; while it is kept, the items are left alone.

    The entries in the ledger stay as they are. What is paid on the items fills the parts, the
    oldest first.
    """

    _name = 'dunning.installment.plan'
    _description = "Instalment Plan"
    _inherit = ['dunning.agreement']
    _order = 'id desc'

    _pause_kind = 'installment'
    _protected_fields = frozenset({
        'name', 'partner_id', 'company_id', 'currency_id', 'paid_before', 'state', 'date',
        'amount_total', 'amount_paid', 'by_notice', 'grace_days', 'date_missed', 'date_closed',
        'date_next', 'document_id', 'document_sha256'})

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    date = fields.Date(
        "Agreed On", required=True, readonly=True, copy=False,
        default=lambda self: self.env.company._get_dunning_today())
    recipient_id = fields.Many2one(
        'res.partner', compute='_compute_recipient_id', store=True, readonly=False, precompute=True,
        required=True, ondelete='restrict', domain="[('commercial_partner_id', '=', partner_id)]",
        help="Who gets the agreement and the reminders: the invoice contact, or the customer.")
    count = fields.Integer("Number of Parts", required=True, default=3)
    amount_part = fields.Monetary(
        "Amount of a Part", help="Instead of the number: as many parts of this amount as it takes.")
    date_first = fields.Date(
        "First Part On", required=True, default=lambda self: (
            self.env.company._get_dunning_today() + timedelta(days=14)))
    interval = fields.Selection([
        (installment.WEEKLY, "Every week"), (installment.FORTNIGHTLY, "Every two weeks"),
        (installment.MONTHLY, "Every month"), ('until', "Spread up to a last day"),
    ], required=True, default=installment.MONTHLY)
    date_last = fields.Date("Last Part On")
    part_ids = fields.One2many(
        'dunning.installment', 'plan_id', "Parts", compute='_compute_part_ids', store=True,
        readonly=False, copy=False)
    amount_total = fields.Monetary(
        "To Be Paid", compute='_compute_amount_total', store=True, tracking=True)
    amount_parts = fields.Monetary("Sum of Parts", compute='_compute_amount_parts')
    amount_paid = fields.Monetary("Paid", readonly=True, copy=False)
    acknowledgement = fields.Boolean(
        "Acknowledgement of the Debt", default=True,
        help="By signing the customer acknowledges owing the amount: the period of "
        "limitation starts anew (in Germany § 212 BGB).")
    date_signed = fields.Date(
        "Signed On", copy=False, tracking=True,
        help="The day on which the customer has signed the agreement. With an acknowledgement, "
        "limitation starts anew on this day.")
    interest = fields.Selection([
        ('claimed', "Goes on and is owed besides the parts"),
        ('waived', "None, if all parts arrive in time"),
    ], "Late Interest of Its Time", required=True, default='claimed',
        help="What the agreement says of late interest while it lasts. Where it fails, interest "
        "is claimed in any case. Fees and interest that letters have claimed stay open.")
    grace_days = fields.Integer("Days of Grace", readonly=True, copy=False)
    by_notice = fields.Boolean(
        "Ends by Notice Only", readonly=True, copy=False,
        help="As the policy said when it was agreed; the agreement tells the customer.")
    date_next = fields.Date("Next Part On", readonly=True, copy=False, index='btree_not_null')
    date_missed = fields.Date(
        readonly=True, copy=False, help="The last day on which the missed part could be paid.")
    date_closed = fields.Date("Ended On", readonly=True, copy=False)
    state = fields.Selection([
        ('draft', "Draft"), ('active', "Active"), ('kept', "Kept"), ('failed', "Failed (not paid)"),
        ('cancelled', "Cancelled"),
    ], default='draft', required=True, readonly=True, copy=False, index=True, tracking=True)
    summary = fields.Char("That Is", compute='_compute_summary')

    _count_sensible = models.Constraint(
        'CHECK(count BETWEEN 1 AND 120)', "A plan has at least one part, and at most 120.")
    _amount_part_positive = models.Constraint(
        'CHECK(amount_part IS NULL OR amount_part >= 0)', "An amount must not be negative.")

    @api.depends('partner_id')
    def _compute_recipient_id(self):
        for plan in self:
            partner = plan.partner_id
            plan.recipient_id = partner and partner._get_dunning_contact()

    @api.depends('name')
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = self.env._("Instalment plan %(number)s", number=plan.name or "/")

    @api.depends('item_ids')
    def _compute_amount_total(self):
        for plan in self:
            if plan.state == 'draft':
                plan.amount_total = plan._get_open_amount()

    @api.depends('part_ids.amount')
    def _compute_amount_parts(self):
        for plan in self:
            plan.amount_parts = sum(plan.part_ids.mapped('amount'))

    @api.depends('count', 'date_first', 'interval', 'date_last', 'amount_part', 'amount_total')
    def _compute_part_ids(self):
        """Split the sum into parts, until somebody types others or the plan is agreed."""
        for plan in self:
            if plan.state == 'draft':
                plan.part_ids = [
                    Command.clear(), *map(Command.create, plan._prepare_parts_values())]

    @api.depends('count', 'date_first', 'interval', 'date_last', 'amount_part', 'amount_total')
    def _compute_summary(self):
        for plan in self:
            parts = plan._prepare_parts_values()
            if not parts:
                plan.summary = self.env._(
                    "Number or amount of the instalments does not fit the total.")
                continue
            counts = Counter(plan.currency_id.format(part['amount']) for part in parts)
            plan.summary = self.env._(
                "%(count)s parts: %(amounts)s, the last on %(date)s", count=len(parts),
                amounts=format_list(self.env, [
                    self.env._("%(count)s of %(amount)s", count=count, amount=amount)
                    for amount, count in counts.items()]),
                date=format_date(self.env, parts[-1]['date_due']))

    @api.constrains('interval', 'date_first', 'date_last')
    def _check_dates(self):
        for plan in self:
            if plan.interval == 'until' and (
                    not plan.date_last or plan.date_last < plan.date_first):
                raise ValidationError(self.env._(
                    "Please enter the day of the last part; it is not before the first one."))
        for name in ('date_first', 'date_last'):
            check_day(self, name)

    @api.constrains('date_signed')
    def _check_date_signed(self):
        for plan in self:
            if plan.date_signed and plan.date_signed > plan.company_id._get_dunning_today():
                raise ValidationError(self.env._("Please enter the day of the signature."))

    @api.constrains('recipient_id', 'partner_id')
    def _check_recipient(self):
        for plan in self.sudo():
            if plan.recipient_id.commercial_partner_id != plan.partner_id:
                raise ValidationError(self.env._(
                    "%(recipient)s does not belong to %(customer)s.",
                    recipient=plan.recipient_id.display_name,
                    customer=plan.partner_id.display_name))

    # CRUD ---------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su:
                fixed = self._protected_fields - {'partner_id', 'company_id', 'currency_id'}
                for name in fixed & vals.keys():
                    del vals[name]
            company = self.env['res.company'].browse(vals.get('company_id')) or self.env.company
            vals['company_id'] = company.id
            vals['name'] = self.env['ir.sequence'].sudo().with_company(company).next_by_code(
                'dunning.installment.plan') or "/"
            currency = self.env['res.currency'].browse(
                vals.setdefault('currency_id', company.currency_id.id))
            if not vals.get('item_ids'):
                partner = self._get_customer(vals)
                vals['item_ids'] = [Command.set(
                    self._get_agreeable_items(partner, company, currency).ids)]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and _TERMS & vals.keys():
            for plan in self.filtered(lambda one: one.state != 'draft'):
                raise UserError(self.env._(
                    "%(plan)s was agreed with the customer and stays as it is. Please cancel it "
                    "and record a new one.", plan=plan.display_name))
        return super().write(vals)

    @api.model
    def _get_agreeable_items(self, partner, company, currency, moves=None):
        # EXTENDS: what another plan is about already is left to it, where there is anything else.
        items = super()._get_agreeable_items(partner, company, currency, moves)
        return items - self._find_running(items).item_ids or items

    # Parts --------------------------------------------------------------------------------------

    def _get_open_amount(self):
        """Return what the plan is about, in its currency: the open rest of its items.

        An addon that lets charges be paid by instalments as well adds them here, and what is paid
        on them in `_get_paid`.
        """
        self.ensure_one()
        return self.currency_id.round(
            sum(self.sudo().item_ids.mapped('amount_residual_currency')))

    def _prepare_parts_values(self):
        """Return the values of equal parts as the terms say; none where these do not fit."""
        self.ensure_one()
        total, unit = self.amount_total, self.currency_id.rounding
        if not self.date_first or not unit or total <= 0:
            return []
        count = self.count
        if self.amount_part:
            count = installment.count_parts(total, self.amount_part, unit)
        if not 1 <= count <= _MAX_PARTS:
            return []
        try:
            amounts = installment.split_by_part(total, self.amount_part, unit) \
                if self.amount_part else installment.split(total, count, unit)
            days = self._get_days(count)
        except ValueError:
            return []
        return [
            {'sequence': number, 'date_due': day, 'amount': amount}
            for number, (day, amount) in enumerate(zip(days, amounts, strict=True), 1)]

    def _get_days(self, count):
        if self.interval == 'until':
            return installment.get_dates_until(
                self.date_first, self.date_last or self.date_first, count)
        return installment.get_dates(self.date_first, count, self.interval)

    def _get_parts(self):
        """Return the parts as `logic.installment.Part`, the oldest first."""
        self.ensure_one()
        return [installment.Part(part.date_due, part.amount) for part in self._get_ordered_parts()]

    def _get_ordered_parts(self):
        return self.part_ids.sorted(lambda part: (part.date_due, part.sequence, part.id))

    # Actions ------------------------------------------------------------------------------------

    def action_open(self):
        """Open the plan itself, from the dialog that recorded it."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id,
            'view_mode': 'form', 'views': [(False, 'form')]}

    def action_split(self):
        """Split what is open today into equal parts anew; typed ones are lost."""
        self.check_access('write')
        self._check_state('draft')
        for plan in self.sudo():
            plan.amount_total = plan._get_open_amount()
            plan._compute_part_ids()
        return True

    def action_confirm(self):
        """Record that the customer has agreed: the items are left alone while the parts arrive."""
        self.check_access('write')
        self._check_state('draft')
        self._lock_customer()
        for plan in self:
            plan._check_terms()
            plan.sudo()._set_agreed()
        return True

    def action_cancel(self):
        """End a plan by hand; dunning goes on where it stood."""
        self.check_access('write')
        self._check_state('draft', 'active')
        for plan in self:
            was_active = plan.state == 'active'
            plan.sudo().write({
                'state': 'cancelled', 'date_closed': plan.company_id._get_dunning_today(),
                'date_next': False})
            plan._end_pause()
            if was_active:
                plan._tell(self.env._("%(plan)s was cancelled", plan=plan.display_name))
        return True

    def _check_state(self, *states):
        for plan in self:
            if plan.state not in states:
                raise UserError(self.env._(
                    "%(plan)s is in state “%(state)s”: this is not possible any more.",
                    plan=plan.display_name, state=get_label(plan, 'state')))

    def _check_terms(self):
        """Refuse what cannot be agreed, and say what to do about it."""
        self.ensure_one()
        items = self.sudo().item_ids
        amount = self._get_open_amount()
        parts = self._get_ordered_parts()
        if not items or self.currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._(
                "%(customer)s has no open items in %(currency)s that could be paid in parts.",
                customer=self.partner_id.display_name, currency=self.currency_id.name))
        if not parts:
            raise UserError(self.env._("Please enter the parts, or split the amount evenly."))
        if parts[0].date_due < self.company_id._get_dunning_today():
            raise UserError(self.env._(
                "The instalment of %(date)s is due before today. Please choose later days.",
                date=format_date(self.env, parts[0].date_due)))
        if self.currency_id.compare_amounts(self.amount_parts, amount):
            raise UserError(self.env._(
                "The parts add up to %(parts)s, but %(amount)s are open. Please correct the parts, "
                "or split the amount evenly.", parts=self.currency_id.format(self.amount_parts),
                amount=self.currency_id.format(amount)))
        other = self._find_running(items)
        if other:
            raise UserError(self.env._(
                "%(plan)s is about the same items. Please cancel it first.",
                plan=other[:1].display_name))

    def _find_running(self, items):
        """Return other active plans about some of these items."""
        return self.sudo().search([
            ('item_ids', 'in', items.ids), ('state', '=', 'active'), ('id', '!=', self.id)])

    # State --------------------------------------------------------------------------------------

    def _set_agreed(self):
        """Record what was agreed, and leave the items in peace. Called as superuser."""
        self.ensure_one()
        promises = self.env['dunning.promise']
        policy = promises._get_policy(self.company_id, self.partner_id)
        promises.search([('item_ids', 'in', self.item_ids.ids), ('state', '=', 'open')],
                        )._set_cancelled('replaced')
        parts = self._get_ordered_parts()
        for number, part in enumerate(parts, 1):
            part.sequence = number
        self.write({
            'state': 'active', 'date': self.company_id._get_dunning_today(),
            'date_next': parts[0].date_due, 'date_missed': False, 'date_closed': False,
            'grace_days': policy.installment_grace_days,
            'by_notice': policy.installment_by_notice})
        self.amount_total = self.amount_parts
        self._remember_paid()
        self._start_pause(self._get_last_day(), item_ids=[Command.set(self.item_ids.ids)])
        self._store_document()      # as it was agreed: evidence, and what the customer gets
        self._tell(self.env._(
            "%(plan)s: %(amount)s in %(count)s parts, the first on %(first)s, the last on %(last)s",
            plan=self.display_name, amount=self.currency_id.format(self.amount_total),
            count=len(parts), first=format_date(self.env, parts[0].date_due),
            last=format_date(self.env, parts[-1].date_due)))

    def _get_last_day(self):
        """Return the day on which the pause ends at the latest."""
        return shift(max(self.part_ids.mapped('date_due')), self.grace_days)
