from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..policy.bounds import check_day
from ..policy.labels import get_labels
from ..policy.notes import speak_to

#: How long the credit note may take after a dispute was found justified.
_DAYS_FOR_CREDIT_NOTE = 14


class DunningDisputeStage(models.Model):
    """Where the work on a dispute stands."""

    _name = 'dunning.dispute.stage'
    _description = "Stage of a Dispute"
    _inherit = ['dunning.shared']
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean("Folded")


class DunningDispute(models.Model):
    """A customer objects to an invoice, or to a part of it: that part waits, the rest goes on."""

    _name = 'dunning.dispute'
    _description = "Dispute"
    _inherit = ['dunning.agreement']
    _order = 'deadline, id'

    _pause_kind = 'dispute'
    _protected_fields = frozenset({
        'partner_id', 'company_id', 'currency_id', 'item_ids', 'paid_before', 'state', 'move_id',
        'date_opened', 'date_closed', 'closed_by_id', 'refund_id', 'told_letter_id'})

    move_id = fields.Many2one(
        'account.move', "Invoice", required=True, index=True, ondelete='restrict',
        check_company=True,
        domain="[('state', '=', 'posted'), ('move_type', 'in', ('out_invoice', 'out_receipt')), "
        "('payment_state', 'in', ('not_paid', 'partial', 'in_payment'))]")
    reason_id = fields.Many2one(
        'dunning.pause.reason', required=True, ondelete='restrict', tracking=True,
        domain=[('usage', '=', 'dispute')], check_company=True)
    amount = fields.Monetary(
        "Disputed", compute='_compute_amount', store=True, readonly=False, precompute=True,
        tracking=True, help="This part is left out of dunning, interest and, where the policy says "
        "so, of holds. The rest goes on.")
    amount_residual = fields.Monetary(related='move_id.amount_residual', string="Open")
    deadline = fields.Date(
        required=True, tracking=True, default=lambda self: (
            self.env.company._get_dunning_today() + timedelta(days=14)),
        help="Until then the disputed part waits. Afterwards dunning goes on by itself.")
    stage_id = fields.Many2one(
        'dunning.dispute.stage', ondelete='restrict', tracking=True, group_expand='_read_stages',
        check_company=True,
        default=lambda self: self.env['dunning.dispute.stage'].search([], limit=1))
    state = fields.Selection([
        ('open', "Pending"), ('justified', "Justified"), ('rejected', "Rejected"),
        ('withdrawn', "Withdrawn"), ('settled', "Settled"),
        ('mistaken', "Recorded by Mistake"),
    ], default='open', required=True, readonly=True, copy=False, index=True, tracking=True)
    date_opened = fields.Date("Since", required=True, readonly=True, copy=False)
    date_closed = fields.Date("Decided On", readonly=True, copy=False)
    closed_by_id = fields.Many2one('res.users', "Decided By", readonly=True, copy=False)
    answer = fields.Char(
        "Answer to the Customer", size=300, tracking=True,
        help="Why the objection is not justified: the next letter says so.")
    refund_id = fields.Many2one(
        'account.move', "Credit Note", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null')

    _amount_positive = models.Constraint(
        'CHECK(amount > 0)', "A dispute is about an amount greater than zero.")

    @api.depends('move_id')
    def _compute_amount(self):
        for dispute in self:
            if dispute.move_id:
                dispute.amount = dispute.sudo().move_id.amount_residual

    @api.depends('move_id')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = self.env._(
                "Dispute of %(invoice)s", invoice=dispute.sudo().move_id.name or "…")

    @api.model
    def _read_stages(self, stages, domain):
        return stages.search([])

    @api.constrains('deadline')
    def _check_deadline(self):
        check_day(self, 'deadline')

    @api.constrains('amount', 'move_id')
    def _check_amount(self):
        for dispute in self.sudo():
            move = dispute.move_id
            if dispute.currency_id.compare_amounts(dispute.amount, move.amount_total) > 0:
                raise ValidationError(self.env._(
                    "%(invoice)s is about %(amount)s; no more than that can be disputed.",
                    invoice=move.name, amount=dispute.currency_id.format(move.amount_total)))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            move = self.env['account.move'].browse(vals.get('move_id')).exists()
            if not move:
                raise UserError(self.env._("Please choose the invoice that is disputed."))
            vals.update({
                'partner_id': move.commercial_partner_id.id, 'company_id': move.company_id.id,
                'currency_id': move.currency_id.id, 'closed_by_id': False, 'date_closed': False,
                'date_opened': move.company_id._get_dunning_today(), 'refund_id': False})
        disputes = super().create(vals_list)
        for dispute in disputes:
            dispute._begin()
        return disputes

    def write(self, vals):
        if {'amount', 'deadline'} & vals.keys():
            for dispute in self.filtered(lambda one: one.state != 'open'):
                raise UserError(self.env._(
                    "%(dispute)s is decided and cannot be changed any more.",
                    dispute=dispute.display_name))
        result = super().write(vals)
        if {'amount', 'deadline'} & vals.keys():
            for dispute in self:
                dispute._update_pause()
        return result

    def _begin(self):
        """Check what is disputed, and leave it in peace."""
        self.ensure_one()
        self._lock_customer()
        move = self.sudo().move_id
        if move.move_type not in ('out_invoice', 'out_receipt') or move.state != 'posted':
            raise UserError(self.env._("Only posted customer invoices can be disputed."))
        if self.search_count([
                ('move_id', '=', move.id), ('state', '=', 'open'), ('id', '!=', self.id)], limit=1):
            raise UserError(self.env._(
                "%(invoice)s is disputed already. Please add to the dispute that is open.",
                invoice=move.name))
        self._start_pause(self.deadline, **self._prepare_pause_values())
        self._ask_for_decision()
        self._tell(self.env._(
            "%(dispute)s for %(amount)s: %(reason)s", dispute=self.display_name,
            amount=self.currency_id.format(self.amount), reason=self.reason_id.name))

    def _prepare_pause_values(self):
        """Return what of the invoice waits; 0 stands for all of it, whatever is paid meanwhile."""
        is_whole = self.currency_id.compare_amounts(
            self.amount, self.sudo().move_id.amount_residual) >= 0
        return {'move_id': self.move_id.id, 'amount': 0.0 if is_whole else self.amount}

    def _update_pause(self):
        values = self._prepare_pause_values()
        self._get_pauses().write({'date_until': self.deadline, 'amount': values['amount']})
        self._ask_for_decision()

    def _ask_for_decision(self):
        """Remind the responsible person on the last day."""
        self.activity_unlink(['smart_dunning.mail_activity_dunning_dispute'])
        speak_to(self.user_id, self).activity_schedule(
            'smart_dunning.mail_activity_dunning_dispute', self.deadline, user_id=self.user_id.id)

    def _get_moves(self):
        return self.move_id

    def _get_pause_text(self):
        return f"{self.display_name}: {self.reason_id.name}"

    # Decision -----------------------------------------------------------------------------------

    def action_justify(self):
        """Accept the objection and propose the credit note; the part waits until it is posted."""
        self.ensure_one()
        self._close('justified', ends_pause=False)
        refund = self._propose_credit_note()
        self.sudo().refund_id = refund
        pause = self._get_pauses()
        pause.write({'date_until': max(
            self.deadline, self.date_closed + timedelta(days=_DAYS_FOR_CREDIT_NOTE))})
        return {
            'type': 'ir.actions.act_window', 'res_model': 'account.move', 'res_id': refund.id,
            'view_mode': 'form', 'views': [(False, 'form')],
        }

    def action_reject(self):
        """Turn the objection down: dunning goes on where it stood, the next letter says so."""
        for dispute in self:
            dispute._close('rejected')
        return True

    def action_withdraw(self):
        """The customer has taken the objection back."""
        for dispute in self:
            dispute._close('withdrawn')
        return True

    def action_mark_mistaken(self):
        """Nobody has objected: there were no talks either, and limitation runs on."""
        for dispute in self:
            dispute._close('mistaken')
        return True

    @api.model
    def _get_review_domain(self, since):
        return Domain('state', '=', 'open') & Domain(
            'move_id.payment_state', 'in', ('paid', 'in_payment', 'reversed'))

    def _judge(self, today):
        """An invoice that was paid or credited meanwhile leaves nothing to argue about."""
        settled = self.sudo().move_id._filter_dunning_settled()
        return {dispute.id: 'settled' for dispute in self if dispute.sudo().move_id in settled}

    def _set_state(self, state, today):
        self._close(state)

    def _close(self, state, ends_pause=True):
        self.ensure_one()
        self.check_access('write')
        if self.state != 'open':
            raise UserError(self.env._(
                "%(dispute)s is decided and cannot be changed any more.",
                dispute=self.display_name))
        self.sudo().write({
            'state': state, 'closed_by_id': self.env.user.id,
            'date_closed': self.company_id._get_dunning_today()})
        self.sudo().activity_unlink(['smart_dunning.mail_activity_dunning_dispute'])
        if ends_pause:
            self._end_pause()
        self._tell(f"{self.display_name}: {get_labels(self, 'state')[state]}")
        self._tell_recorder()

    def _get_outcome(self):
        # EXTENDS agreement: the customer may ask the one who recorded it why
        outcome = super()._get_outcome()
        return f"{outcome}. {self.answer}" if self.answer else outcome

    def _propose_credit_note(self):
        """Return a draft credit note over the disputed part, with the taxes of the invoice."""
        self.ensure_one()
        move = self.move_id
        refund = move._reverse_moves([{
            'date': self.date_closed, 'invoice_date': self.date_closed,
            'ref': self.env._("Credit for %(invoice)s: %(reason)s", invoice=move.name,
                              reason=self.reason_id.name),
        }])
        if self.currency_id.compare_amounts(self.amount, move.amount_total) < 0:
            share = self.amount / move.amount_total
            for line in refund.invoice_line_ids.filtered(
                    lambda line: line.display_type == 'product'):
                line.price_unit *= share
        return refund
