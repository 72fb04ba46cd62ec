from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..policy.labels import get_label


class DunningCharge(models.Model):
    """What a letter claims besides the open items: a fee, the lump sum, interest on one item.

    One row per letter and thing claimed. The interest of an item is the sum of its rows: each
    letter claims what has grown since the last one. Rows are written by the system alone.
    """

    _name = 'dunning.charge'
    _inherit = ['dunning.system.record']
    _description = "Dunning Charge"
    # The latest first on screen; payments take them in another order: `_sort_for_allocation`.
    _order = 'date desc, id desc'
    _check_company_auto = True

    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    company_currency_id = fields.Many2one(
        related='company_id.currency_id', string="Company Currency")
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='restrict', readonly=True)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    kind = fields.Selection([
        ('fee', "Dunning costs"), ('lump_sum', "Lump sum"), ('interest', "Late interest"),
    ], required=True, readonly=True)
    name = fields.Char(compute='_compute_name')
    move_line_id = fields.Many2one(
        'account.move.line', "Journal Item", index='btree_not_null', ondelete='set null',
        readonly=True, help="The open item that bears the interest.")
    move_id = fields.Many2one(
        'account.move', "Invoice", index='btree_not_null', ondelete='set null', readonly=True)
    level_id = fields.Many2one('dunning.level', ondelete='restrict', readonly=True)
    date = fields.Date(required=True, readonly=True, help="The date of the letter that claimed it.")
    date_from = fields.Date("From", readonly=True, help="The first day that bears this interest.")
    date_to = fields.Date("To", readonly=True, help="The last day that bears this interest.")
    amount = fields.Monetary(
        "Claimed", readonly=True,
        help="By the letter; what was taken back since stands beside it.")
    waiver_ids = fields.One2many('dunning.waiver', 'charge_id', "Waivers", readonly=True)
    amount_waived = fields.Monetary("Waived", compute='_compute_amount_waived', store=True)
    line_ids = fields.One2many(
        'account.move.line', 'dunning_charge_id', "Journal Items", readonly=True)
    amount_booked = fields.Monetary(
        "Booked", compute='_compute_amounts_in_ledger', store=True,
        help="As a receivable, less what was reversed.")
    amount_corrected = fields.Monetary(
        "Corrected", compute='_compute_amount_waived', store=True,
        help="Taken back, since the ledger does not bear it out any more: paid earlier than was "
        "known, credited, cancelled, more time granted.")
    amount_paid = fields.Monetary("Paid", compute='_compute_amounts_in_ledger', store=True)
    amount_to_book = fields.Monetary("Not Booked", compute='_compute_amount_to_book')
    amount_open = fields.Monetary("Open", compute='_compute_amount_open', store=True)
    is_withdrawn = fields.Boolean(
        "Withdrawn", readonly=True, help="The letter did not reach the customer.")
    state = fields.Selection([
        ('open', "Open"), ('paid', "Paid"), ('waived', "Waived"), ('withdrawn', "Withdrawn"),
    ], compute='_compute_state', store=True)
    note = fields.Char("Remark", readonly=True)
    terms = fields.Json(
        readonly=True, help="What the letter based the charge on: default and its reason, rate. "
        "A charge without stays as it is, whatever the ledger says.")
    segments = fields.Json(
        "Computation", readonly=True,
        help="Interest: first and last day, days, principal, percent and amount of each segment.")

    merged_from = fields.Integer(
        "Customer Before Merging", readonly=True,
        help="Number of the customer it was claimed from, who has become one with another.")

    # The lump sum is owed once per invoice, § 288 (5) BGB.
    _lump_sum_once = models.UniqueIndex(
        "(move_id, partner_id, COALESCE(merged_from, 0)) "
        "WHERE kind = 'lump_sum' AND is_withdrawn IS NOT TRUE",
        "The lump sum of this invoice was claimed already.")
    _open_idx = models.Index(
        "(company_id, partner_id) WHERE amount_open != 0")

    @api.depends('kind', 'move_id.name')
    def _compute_name(self):
        for charge in self:
            charge.name = " ".join(filter(None, (
                get_label(charge, 'kind'), charge.sudo().move_id.name)))

    @api.depends('waiver_ids.amount', 'waiver_ids.kind')
    def _compute_amount_waived(self):
        for charge in self:
            by_kind = charge.waiver_ids.grouped('kind')
            charge.amount_waived, charge.amount_corrected = (
                sum(by_kind[kind].mapped('amount')) if kind in by_kind else 0.0
                for kind in ('waiver', 'correction'))

    @api.depends('line_ids.parent_state', 'line_ids.amount_currency', 'line_ids.account_id',
                 'line_ids.amount_residual_currency')
    def _compute_amounts_in_ledger(self):
        """What is booked and paid is read from the journal items that name the charge."""
        for charge in self:
            lines = charge._get_booked_lines()
            charge.amount_booked = sum(lines.mapped('amount_currency'))
            charge.amount_paid = charge.amount_booked - sum(
                lines.mapped('amount_residual_currency'))

    @api.depends('amount_open', 'amount_booked', 'amount_paid')
    def _compute_amount_to_book(self):
        for charge in self:
            charge.amount_to_book = charge._get_amount_to_book()

    @api.depends('amount', 'amount_waived', 'amount_corrected', 'amount_paid', 'is_withdrawn')
    def _compute_amount_open(self):
        for charge in self:
            charge.amount_open = 0.0 if charge.is_withdrawn else charge.currency_id.round(
                charge.amount - charge.amount_waived - charge.amount_corrected
                - charge.amount_paid)

    @api.depends('amount', 'amount_waived', 'amount_corrected', 'amount_paid', 'is_withdrawn')
    def _compute_state(self):
        for charge in self:
            is_zero = charge.currency_id.is_zero
            if charge.is_withdrawn or (
                    is_zero(charge.amount - charge.amount_corrected) and charge.amount):
                charge.state = 'withdrawn'
            elif not is_zero(charge.amount_open):
                charge.state = 'open'
            elif is_zero(charge.amount_waived):
                charge.state = 'paid'
            else:
                charge.state = 'waived'

    # CRUD ---------------------------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._(
            "What a letter claimed is evidence and stays. Please waive it instead."))

    def _get_system_text(self):
        return self.env._("Charges are written by the letter that claims them.")

    # What others read ---------------------------------------------------------------------------

    @api.model
    def _get_open(self, company, partner_ids):
        """Return what customers still owe: fees, lump sums, then interest, the oldest first.

        :param company: the company whose charges count
        :param partner_ids: ids of commercial partners
        :return: recordset of charges, sudo, with an open rest (interest may have a negative one)
        """
        charges = self.sudo().search(
            Domain('company_id', '=', company.id) & Domain('partner_id', 'in', list(partner_ids))
            & Domain('amount_open', '!=', 0))
        return charges._sort_for_allocation()

    def _get_asked(self):
        """Return those that we ask for: what an item that another collects has caused goes along.

        A fee of a letter about several items goes along with any of them: it is owed once.
        """
        items = self._get_items()
        lines = self.env['account.move.line'].sudo().browse(
            {line_id for of_charge in items.values() for line_id in of_charge}).exists()
        collected = set(self.env['dunning.pause']._get_collecting(lines).item_ids.ids)
        return self.filtered(lambda one: collected.isdisjoint(items[one.id]))

    def _sort_for_allocation(self):
        """Return the charges in the order of § 367 (1) BGB: costs, then interest; oldest first."""
        order = ('fee', 'lump_sum', 'interest')
        return self.sorted(lambda charge: (order.index(charge.kind), charge.date, charge.id))
