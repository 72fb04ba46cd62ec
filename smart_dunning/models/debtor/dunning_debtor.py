from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class DunningDebtor(models.Model):
    """Everything known about what a customer owes a company: one row each, rebuilt at any time.

    The row is a summary for people. Decisions read the ledger, never this row.
    """

    _name = 'dunning.debtor'
    _description = "Debtor"
    _inherit = ['mail.thread', 'mail.activity.mixin', 'dunning.figures']
    _order = 'work_rank, work_until, money_at_risk desc, overdue_amount desc, id'
    _rec_name = 'partner_id'

    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', required=True, readonly=True, index=True, ondelete='cascade')
    currency_id = fields.Many2one(related='company_id.currency_id')
    active = fields.Boolean(
        compute='_compute_active', search='_search_active',
        help="Whoever owes something stays in the list, archived or not.")
    is_archived = fields.Boolean("Archived", compute='_compute_active')
    user_id = fields.Many2one(
        'res.users', "Responsible", index='btree_not_null', domain=[('share', '=', False)],
        help="Who looks after this debtor. Empty: the dunning clerk of the company.")
    policy_id = fields.Many2one('dunning.policy', readonly=True, index=True)
    level_id = fields.Many2one(
        'dunning.level', readonly=True, index=True,
        help="The highest level that an open item has reached.")
    level_position = fields.Integer("Level No.", readonly=True)
    open_amount = fields.Monetary(
        "Open", readonly=True,
        help="Everything open of any age, less credits and what is on its way.")
    credit_amount = fields.Monetary("Credits", readonly=True)
    overdue_amount = fields.Monetary(
        "Overdue", readonly=True, help="What dunning asks for; see Left Out for the rest.")
    oldest_due_date = fields.Date(readonly=True)
    days_overdue = fields.Integer(compute='_compute_days_overdue')
    item_count = fields.Integer("Open Items", readonly=True)
    amount_not_due = fields.Monetary("Not Due", readonly=True)
    amount_30 = fields.Monetary("1–30 Days", readonly=True)
    amount_60 = fields.Monetary("31–60 Days", readonly=True)
    amount_90 = fields.Monetary("61–90 Days", readonly=True)
    amount_older = fields.Monetary("Over 90 Days", readonly=True)
    last_letter_date = fields.Date("Last Letter", readonly=True)
    last_payment_date = fields.Date("Last Payment", readonly=True)
    paused_until = fields.Date(readonly=True)
    refreshed_at = fields.Datetime("As Of", readonly=True)
    email = fields.Char(related='partner_id.email')
    phone = fields.Char(related='partner_id.phone')
    letter_ids = fields.One2many(
        'dunning.letter', compute='_compute_letter_ids', string="Letters")
    letter_count = fields.Integer(compute='_compute_letter_ids')
    pause_ids = fields.One2many('dunning.pause', compute='_compute_pause_ids', string="Pauses")
    item_ids = fields.One2many(
        'account.move.line', compute='_compute_item_ids', string="Open Item List")

    _partner_uniq = models.UniqueIndex("(company_id, partner_id)")
    # Who owes most comes first in the lists behind the dashboard.
    _open_idx = models.Index("(company_id, open_amount DESC, id)")

    def write(self, vals):
        if not self.env.su and vals.keys() & {
                name for name, field in self._fields.items() if field.store and field.readonly}:
            raise AccessError(self.env._("The figures of a debtor come from the ledger alone."))
        return super().write(vals)

    @api.depends('partner_id.active', 'open_amount')
    def _compute_active(self):
        for debtor in self:
            debtor.is_archived = not debtor.sudo().partner_id.active
            debtor.active = not debtor.is_archived or bool(debtor.open_amount)

    def _search_active(self, operator, value):
        if operator != 'in':
            return NotImplemented
        shown = Domain('partner_id.active', '=', True) | Domain('open_amount', '!=', 0)
        return Domain.OR([shown if one else ~shown for one in value])

    @api.depends('oldest_due_date')
    def _compute_days_overdue(self):
        for debtor in self:
            today = debtor.company_id._get_dunning_today()
            debtor.days_overdue = max(
                0, (today - debtor.oldest_due_date).days if debtor.oldest_due_date else 0)

    def _compute_letter_ids(self):
        self._find_of_customer('letter_ids')
        for debtor in self:
            debtor.letter_count = len(debtor.letter_ids)

    def _compute_pause_ids(self):
        self._find_of_customer('pause_ids')

    def _find_of_customer(self, name):
        """Set a field to the records that name customer and company, archived ones included."""
        records = self.env[self._fields[name].comodel_name].with_context(active_test=False).search([
            ('partner_id', 'in', self.partner_id.ids), ('company_id', 'in', self.company_id.ids)])
        by_key = records.grouped(lambda record: (record.partner_id, record.company_id))
        for debtor in self:
            debtor[name] = by_key.get((debtor.partner_id, debtor.company_id))

    def _compute_item_ids(self):
        """Open receivable lines, credits included; read by whoever may read the debtor."""
        for debtor in self:
            debtor.item_ids = self.env['account.move.line'].search(
                debtor._get_open_item_domain(), order='date_maturity, id', limit=500)

    def _get_open_item_domain(self):
        """Return the open receivable lines of the debtor as a Domain."""
        self.ensure_one()
        return Domain([
            ('partner_id', '=', self.partner_id.id), ('company_id', '=', self.company_id.id),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('parent_state', '=', 'posted'), ('reconciled', '=', False)])

    # Actions ------------------------------------------------------------------------------------

    def action_open_items(self):
        """Open the list of open items."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Open items of %(customer)s", customer=self.partner_id.name),
            'res_model': 'account.move.line',
            'view_mode': 'list,form',
            'views': [
                (self.env.ref('smart_dunning.dunning_item_view_list').id, 'list'),
                (False, 'form')],
            'domain': list(self._get_open_item_domain()),
            'context': {'create': False},
        }

    def action_open_letters(self):
        """Open the letters of the debtor."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_letter_action')
        return {
            **action,
            'domain': [('partner_id', '=', self.partner_id.id),
                       ('company_id', '=', self.company_id.id)],
            'context': {'create': False},
        }

    def action_open_invoices(self):
        """Open the customer's unpaid invoices."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'account.action_move_out_invoice_type')
        return {
            **action,
            'domain': [
                ('commercial_partner_id', '=', self.partner_id.id),
                ('company_id', '=', self.company_id.id), ('state', '=', 'posted'),
                ('move_type', 'in', ('out_invoice', 'out_refund', 'out_receipt')),
                ('payment_state', 'in', ('not_paid', 'partial', 'in_payment'))],
            'context': {'create': False, 'default_move_type': 'out_invoice'},
        }

    def action_pause(self):
        """Ask until when and why these debtors are left in peace."""
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.pause.record',
            'name': self.env._("Pause dunning"), 'view_mode': 'form', 'target': 'new',
            'context': {'default_debtor_ids': self.ids},
        }

    def action_end_pause(self):
        """End the pauses that run today."""
        self.check_access('read')
        self.env['dunning.pause'].search([
            ('partner_id', 'in', self.partner_id.ids), ('company_id', 'in', self.company_id.ids),
        ]).action_end()
        self._refresh_own()
        return True

    def action_refresh(self):
        """Read the ledger again for these debtors."""
        self.check_access('read')
        self._refresh_own()
        return True

    def _refresh_own(self):
        for company, debtors in self.grouped('company_id').items():
            self.sudo()._refresh(partners=debtors.partner_id, company=company)
