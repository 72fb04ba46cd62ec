from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...logic import promise
from ..policy.bounds import check_day
from ..policy.labels import get_label, get_labels


class DunningPromise(models.Model):
    """A promise to pay: an amount until a day, on named items, which are left in peace so long."""

    _name = 'dunning.promise'
    _description = "Promise to Pay"
    _inherit = ['dunning.agreement']
    _order = 'date desc, id desc'

    _pause_kind = 'promise'
    _protected_fields = frozenset({
        'partner_id', 'company_id', 'currency_id', 'item_ids', 'paid_before', 'state', 'amount',
        'amount_paid', 'date', 'date_made', 'grace_days'})

    amount = fields.Monetary(
        "Promised", required=True, compute='_compute_amount', store=True, readonly=False,
        precompute=True, tracking=True)
    date = fields.Date("Pays Until", required=True, tracking=True)
    date_made = fields.Date("Promised On", required=True, readonly=True, copy=False)
    grace_days = fields.Integer("Days of Grace", readonly=True, copy=False)
    channel = fields.Selection([
        ('phone', "By phone"), ('email', "By e-mail"), ('meeting', "In person"),
        ('letter', "By letter"), ('portal', "In the portal"),
    ], default='phone', required=True)
    said_by = fields.Char("Promised By", help="The person at the customer who promised.")
    amount_paid = fields.Monetary("Paid", readonly=True, copy=False)
    state = fields.Selection([
        ('open', "Pending"), ('kept', "Kept"), ('partly', "Partly kept"), ('broken', "Broken"),
        ('replaced', "Replaced"), ('cancelled', "Cancelled"),
    ], default='open', required=True, readonly=True, copy=False, index=True, tracking=True)

    _amount_positive = models.Constraint(
        'CHECK(amount > 0)', "A promise is about an amount greater than zero.")

    @api.depends('item_ids')
    def _compute_amount(self):
        """All that is open, without what is disputed: that is not what the customer promises."""
        for one in self:
            items = one.sudo().item_ids
            if not items:
                continue
            total = sum(items.mapped('amount_residual_currency'))
            disputed = sum(
                pause.withheld or 0.0 for pause in self.env['dunning.pause']._get_item_pauses(
                    items.company_id[:1], items.company_id[:1]._get_dunning_today(),
                    items.partner_id.ids, items.ids).values() if pause.reason == 'dispute')
            one.amount = total - disputed if total > disputed else total

    @api.depends('amount', 'date', 'partner_id')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for one in self:
            one.display_name = self.env._(
                "Promise of %(amount)s until %(date)s",
                amount=one.currency_id.format(one.amount) if one.currency_id else one.amount,
                date=format_date(self.env, one.date) if one.date else "…")

    @api.constrains('amount', 'item_ids')
    def _check_amount(self):
        for one in self.sudo():
            most = one.currency_id.round(one._get_promisable_amount())
            if one.currency_id.compare_amounts(one.amount, most) > 0:
                raise ValidationError(self.env._(
                    "%(amount)s are open: no more than that can be promised.",
                    amount=one.currency_id.format(most)))

    def _get_promisable_amount(self):
        """Return what can be promised, in the currency of the promise: the rest of its items.

        Rooms that know of charges add them.
        """
        self.ensure_one()
        return sum(self.item_ids.mapped('amount_residual_currency'))

    @api.constrains('date', 'date_made')
    def _check_date(self):
        for one in self:
            if one.date < one.date_made:
                raise ValidationError(self.env._(
                    "A promise to pay is about a day that is still to come."))
        check_day(self, 'date')

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            company = self.env['res.company'].browse(vals.get('company_id')) or self.env.company
            partner = self._get_customer(vals)
            vals['company_id'] = company.id
            vals['date_made'] = company._get_dunning_today()
            vals['grace_days'] = self._get_policy(company, partner).promise_grace_days
            vals['amount_paid'] = 0.0
            if not vals.get('item_ids'):
                currency = self.env['res.currency'].browse(
                    vals.get('currency_id')) or company.currency_id
                items = self._get_agreeable_items(partner, company, currency)
                if not items:
                    raise UserError(self.env._(
                        "%(customer)s has no open items in %(currency)s that could be promised.",
                        customer=partner.display_name, currency=currency.name))
                vals['item_ids'] = [fields.Command.set(items.ids)]
        promises = super().create(vals_list)
        for one in promises:
            one._begin()
        return promises

    def _begin(self):
        """Check what was promised, and leave the items in peace."""
        self.ensure_one()
        self._lock_customer()
        items = self.sudo().item_ids
        limit = self._get_policy(self.company_id, self.partner_id).promise_max
        earlier = self.sudo().search([
            ('item_ids', 'in', items.ids), ('state', '!=', 'cancelled'), ('id', '!=', self.id)])
        if limit and len(earlier) >= limit:
            raise UserError(self.env._(
                "Payment of these items was promised %(number)s times already, which is the most "
                "that the policy allows. Please agree on instalments, or let dunning go on.",
                number=len(earlier)))
        self._check_no_plan(items)
        earlier.filtered(lambda one: one.state == 'open')._set_cancelled('replaced')
        self._remember_paid()
        self._start_pause(
            self._get_terms().last_day, item_ids=[fields.Command.set(items.ids)])
        self._tell(self.env._(
            "%(promise)s, %(channel)s", promise=self.display_name,
            channel=self.said_by or get_label(self, 'channel')))

    def _check_no_plan(self, items):
        """Refuse items that are paid in instalments already: their parts are what is promised."""
        plan = self.env['dunning.installment.plan'].sudo().search(
            [('item_ids', 'in', items.ids), ('state', '=', 'active')], limit=1)
        if plan:
            raise UserError(self.env._(
                "These items are paid in instalments (%(plan)s). Please cancel the plan first.",
                plan=plan.display_name))

    @api.model
    def _get_policy(self, company, partner):
        policies = self.env['dunning.policy']
        return policies.sudo().browse(
            policies._assign_all(company, partner.ids).get(partner.id)).with_company(company)

    def _get_terms(self):
        """Return the promise as `logic.promise.Promise`."""
        self.ensure_one()
        return promise.Promise(self.amount, self.date, self.grace_days)

    # Verdict ------------------------------------------------------------------------------------

    @api.model
    def _get_review_domain(self, since):
        return Domain('state', '=', 'open') | (
            Domain('state', 'not in', ('cancelled', 'replaced')) & Domain('date', '>=', since))

    def _get_first_day(self):
        return self.date_made

    def _get_agreed_amount(self):
        return self.amount

    def _judge(self, today):
        terms = {one.id: one._get_terms() for one in self}
        paid = self._get_paid({key: one.last_day for key, one in terms.items()})
        for one in self:
            if one.currency_id.compare_amounts(paid[one.id], one.amount_paid):
                one.amount_paid = paid[one.id]
        tolerances = self._get_tolerances(today)
        return {
            one.id: promise.judge(
                terms[one.id], paid[one.id], today,
                promise.tolerate(one.currency_id.compare_amounts, tolerances[one.id]))
            for one in self} | self._find_withdrawn()

    def _set_state(self, state, today):
        """Record a new verdict and what follows from it."""
        self.ensure_one()
        self.state = state
        self.activity_unlink(['smart_dunning.mail_activity_dunning_promise'])
        if state == 'cancelled':              # its invoices are
            self._set_cancelled()
            return
        if state == 'open':                   # a payment was taken back in time
            self._resume_pause()
            return
        self._end_pause()
        self._tell(f"{self.display_name}: {get_labels(self, 'state')[state]}")
        # That it was broken is an event: the responsible person hears of it as the policy says.
        self._tell_recorder(knows=self.user_id if state in ('broken', 'partly') else None)

    def action_cancel(self):
        """Forget a promise that was recorded by mistake; dunning goes on."""
        self.check_access('write')
        for one in self:
            if one.state != 'open':
                raise UserError(self.env._("Only open promises can be cancelled."))
        self._set_cancelled()
        return True

    def _set_cancelled(self, state='cancelled'):
        for one in self.sudo():
            one.state = state
            one._end_pause()

    @api.model
    def _get_broken_items(self, company, partner_ids=None):
        """Return the ids of open items whose promise was broken, kept in part at best.

        A later promise that was kept makes up for it.

        :param partner_ids: commercial partners to look at; None for all
        """
        domain = [('company_id', 'in', company.ids), ('state', 'in', ('broken', 'partly'))]
        if partner_ids is not None:
            domain.append(('partner_id', 'in', list(partner_ids)))
        query = self.sudo()._search(domain)
        self.flush_model(['item_ids'])
        field = self._fields['item_ids']
        return {line_id for line_id, in self.env.execute_query(SQL("""
            SELECT DISTINCT line.id FROM %(table)s rel
              JOIN account_move_line line ON line.id = rel.%(line)s
                   AND line.reconciled IS NOT TRUE
             WHERE rel.%(own)s IN %(promises)s AND NOT EXISTS (
                   SELECT FROM %(table)s again JOIN dunning_promise later
                       ON later.id = again.%(own)s AND later.state = 'kept'
                    WHERE again.%(line)s = line.id AND later.id > rel.%(own)s)
        """, own=SQL.identifier(field.column1), line=SQL.identifier(field.column2),
            table=SQL.identifier(field.relation), promises=query.subselect()))}
