from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..policy.bounds import check_day, check_text
from .kinds import COLLECTING, ENDLESS, KINDS


class DunningPause(models.Model):
    """A time without letters for a customer, or for some items; it ends by itself.

    Whatever the reason, dunning and holds ask this one table. A pause by hand stands alone; those
    of disputes, promises and plans belong to them and end with them.
    """

    _name = 'dunning.pause'
    _description = "Dunning Pause"
    _order = 'date_until desc, id desc'
    _check_company_auto = True
    _rec_name = 'reason'

    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [(kind.code, kind.label) for kind in KINDS.values()], required=True, default='manual',
        readonly=True)
    move_id = fields.Many2one(
        'account.move', "Invoice", index='btree_not_null', ondelete='cascade', check_company=True,
        domain="[('commercial_partner_id', '=', partner_id), ('state', '=', 'posted'), "
        "('move_type', 'in', ('out_invoice', 'out_receipt'))]",
        help="Only this invoice is not dunned. Empty: everything of the customer.")
    item_ids = fields.Many2many(
        'account.move.line', 'dunning_pause_item_rel', 'pause_id', 'line_id', "Items",
        check_company=True,
        domain="[('move_id', '=', move_id), ('account_id.account_type', '=', 'asset_receivable')]",
        help="Only these items are not dunned. Empty: the whole invoice.")
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    amount = fields.Monetary(
        "Part of the Amount", readonly=True, help="Left out of dunning; the rest goes on. "
        "0: the whole amount.")
    reason_id = fields.Many2one(
        'dunning.pause.reason', domain=[('usage', '=', 'pause')], ondelete='restrict',
        string="Kind of Reason")
    reason = fields.Char(
        required=True, compute='_compute_reason', store=True, readonly=False, precompute=True)
    text = fields.Char("Why", compute='_compute_text', compute_sudo=True)
    date_until = fields.Date("Until", required=True, help="The last day without a letter.")
    user_id = fields.Many2one(
        'res.users', "Paused By", required=True, readonly=True, default=lambda self: self.env.user)
    active = fields.Boolean(default=True)
    dispute_id = fields.Many2one(
        'dunning.dispute', readonly=True, index='btree_not_null', ondelete='cascade')
    promise_id = fields.Many2one(
        'dunning.promise', readonly=True, index='btree_not_null', ondelete='cascade')
    plan_id = fields.Many2one(
        'dunning.installment.plan', "Instalment Plan", readonly=True, index='btree_not_null',
        ondelete='cascade')

    # What belongs to the record from its first day on, and what only agreements write.
    _fixed_fields = frozenset({
        'partner_id', 'company_id', 'user_id', 'kind', 'amount', 'move_id', 'item_ids',
        *(kind.link for kind in KINDS.values() if kind.link)})
    _running_idx = models.Index("(company_id, date_until) WHERE active IS TRUE")

    @api.depends('company_id', 'move_id', 'item_ids')
    def _compute_currency_id(self):
        for pause in self:
            pause.currency_id = (
                pause.move_id.currency_id or pause.sudo().item_ids.currency_id[:1]
                or pause.company_id.currency_id)

    @api.depends('reason_id')
    def _compute_reason(self):
        for pause in self:
            pause.reason = pause.reason or pause.reason_id.name

    @api.depends('reason')
    @api.depends_context('lang')
    def _compute_text(self):
        """Say in the language of the reader why nothing is asked for."""
        for pause in self:
            agreement = pause._get_agreement()
            pause.text = agreement._get_pause_text() if agreement else pause.reason

    def _get_agreement(self):
        """Return the dispute, promise or plan that the pause belongs to, None for one by hand."""
        self.ensure_one()
        link = KINDS[self.kind].link
        return self[link] if link else None

    @api.constrains('reason')
    def _check_reason(self):
        check_text(self, 'reason', is_required=True)

    @api.constrains('date_until')
    def _check_date_until(self):
        # Those of agreements end with the days of these, and some grace.
        check_day(self.filtered(lambda pause: pause.kind == 'manual'), 'date_until')

    @api.constrains('partner_id', 'move_id', 'item_ids')
    def _check_items(self):
        for pause in self.sudo():
            owners = pause.move_id.commercial_partner_id | pause.item_ids.partner_id
            if owners - pause.partner_id:
                raise ValidationError(self.env._(
                    "These items do not belong to %(customer)s.",
                    customer=pause.partner_id.display_name))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and vals.get('kind', 'manual') != 'manual':
                raise AccessError(self.env._(
                    "Disputes, promises and plans pause their items by themselves."))
            partner = self.env['res.partner'].browse(vals.get('partner_id')).exists()
            if not partner:
                raise UserError(self.env._("Please choose the customer."))
            vals['partner_id'] = partner.commercial_partner_id.id
            vals['user_id'] = self.env.user.id
            if not self.env.su:
                vals['amount'] = 0.0
        pauses = super().create(vals_list)
        for pause in pauses:
            if pause.kind == 'manual':
                pause._tell()
        return pauses

    def _tell(self):
        """Put a pause by hand into the history of its invoice; see the debtor."""
        self.ensure_one()
        if self.move_id:
            self.sudo().move_id.message_post(
                body=self._get_event_text(), author_id=self.env.user.partner_id.id)

    def _get_event_text(self):
        self.ensure_one()
        return self.env._("Dunning is paused until %(date)s: %(reason)s",
                          date=format_date(self.env, self.date_until), reason=self.reason)

    def write(self, vals):
        if not self.env.su:
            if self._fixed_fields & vals.keys():
                raise AccessError(self.env._(
                    "A pause keeps its customer, its company and who recorded it. Please end it "
                    "and record a new one."))
            for pause in self:
                if pause.kind != 'manual':
                    raise UserError(self.env._(
                        "This pause belongs to “%(reason)s” and ends with it.",
                        reason=pause.reason))
        return super().write(vals)

    def action_end(self):
        """End the pause now; dunning goes on with the next run."""
        self.write({'active': False})
        return True

    @api.model
    def _get_collectors(self, lines):
        """Return {line id: who collects it, in words for the customer}; others are not in it.

        In the language of the context; for whoever shows an item to its customer.

        :param lines: receivable items (`account.move.line`)
        """
        return {
            line.id: text for pause in self._get_collecting(lines)
            if (text := pause._get_agreement()._get_collector())
            for line in pause.item_ids & lines}

    @api.model
    def _get_collecting(self, lines):
        """Return the pauses, sudo, in which somebody else collects some of these items."""
        return self.sudo().with_context(active_test=True).search([
            ('item_ids', 'in', lines.ids), ('kind', 'in', COLLECTING),
            ('partner_id', 'in', lines.sudo().partner_id.commercial_partner_id.ids)])

    def _is_endless(self):
        """Return whether the pause lasts until its agreement ends it, so that no day is to tell."""
        self.ensure_one()
        return KINDS[self.kind].is_endless and self.date_until == ENDLESS

    @api.model
    def _get_paused_until(self, company, partner_ids, date):
        """Return {partner id: last day of the pause} of customers paused as a whole on ``date``."""
        groups = self.sudo().with_context(active_test=True)._read_group([
            ('company_id', 'in', company.ids), ('partner_id', 'in', partner_ids),
            ('date_until', '>=', date), ('kind', '=', 'manual'),
            ('move_id', '=', False), ('item_ids', '=', False),
        ], ['partner_id'], ['date_until:max'])
        return {partner.id: until for partner, until in groups}
