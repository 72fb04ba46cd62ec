from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ...logic import handover
from ..pause.kinds import ENDLESS
from ..policy.evidence import get_chatter_fields
from ..policy.labels import get_label
from ..policy.locks import lock_or_refuse
from ..policy.notes import speak_to


class DunningHandover(models.Model):
    """Items of a customer that an agency collects: proposed, handed over once, and closed.

    An agreement like others: it makes a pause of its own kind, and whoever asks for pauses
    (planner, debtor, holds, portal) sees that somebody else collects.
    """

    _name = 'dunning.handover'
    _description = "Handover to a Collection Agency"
    _inherit = ['dunning.agreement', 'dunning.document']
    _order = 'date desc, id desc'

    _pause_kind = 'handover'
    #: What people may write, as long as nothing has left.
    _free_fields = frozenset({'agency_id', 'note', 'user_id', 'approach'})

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    agency_id = fields.Many2one(
        'dunning.agency', index=True, ondelete='restrict', check_company=True, tracking=True,
        help="Empty: the first agency that takes the case.")
    item_ids = fields.Many2many(relation='dunning_handover_item_rel')
    line_ids = fields.One2many('dunning.handover.line', 'handover_id', "Claims", readonly=True)
    point_ids = fields.One2many(
        'dunning.handover.point', 'handover_id', "What Speaks against It", readonly=True)
    point_count = fields.Integer("Open Points", compute='_compute_point_count')
    state = fields.Selection([
        ('draft', "Draft"), ('proposed', "Proposed"), ('handed_over', "Handed over"),
        ('closed', "Closed"),
    ], default='draft', required=True, readonly=True, copy=False, index=True, tracking=True)
    closed_as = fields.Selection([
        (handover.PAID, "Paid"), (handover.PARTLY, "Paid in part, rest written off"),
        (handover.WRITTEN_OFF, "Written off"), (handover.RECALLED, "Recalled"),
        (handover.DROPPED, "Not handed over"),
    ], "Outcome", readonly=True, copy=False, tracking=True)
    approach = fields.Selection([
        ('extrajudicial', "Out of court"), ('judicial', "In court"),
    ], required=True, default='extrajudicial', help="What the agency shall begin with.")
    is_automatic = fields.Boolean("By Itself", readonly=True, copy=False)
    date = fields.Date(
        required=True, readonly=True, copy=False,
        default=lambda self: self.env.company._get_dunning_today(),
        help="The day of the proposal, later of the handover.")
    date_handed_over = fields.Date("Handed Over On", readonly=True, copy=False)
    date_closed = fields.Date("Closed On", readonly=True, copy=False)
    recipient_id = fields.Many2one(
        'res.partner', compute='_compute_recipient_id', help="Who gets our news.")
    amount_principal = fields.Monetary("Principal claim", readonly=True, copy=False)
    amount_charges = fields.Monetary("Interest and Costs", readonly=True, copy=False)
    amount_open = fields.Monetary(
        "Still Open", compute='_compute_amount_open', compute_sudo=True)
    override_codes = fields.Char(readonly=True, copy=False)
    override_reason = fields.Text("Handed Over Nevertheless, Because", readonly=True, copy=False)
    override_by_id = fields.Many2one('res.users', "Decided By", readonly=True, copy=False)
    document_id = fields.Many2one(
        'ir.attachment', "Court Data Sheet", readonly=True, copy=False, ondelete='restrict')
    customer_told_on = fields.Date(
        "E-mail to the Customer", readonly=True, copy=False,
        help="The day on which it was put among the outgoing mails.")

    _open_idx = models.Index("(company_id, partner_id) WHERE state IN ('proposed', 'handed_over')")

    @api.depends('point_ids.is_overridden')
    def _compute_point_count(self):
        for case in self:
            case.point_count = len(case.point_ids.filtered(lambda one: not one.is_overridden))

    @api.depends('partner_id')
    def _compute_recipient_id(self):
        for case in self:
            partner = case.sudo().partner_id
            case.recipient_id = partner and partner._get_dunning_contact()

    @api.depends('item_ids.amount_residual_currency', 'item_ids.parent_state')
    def _compute_amount_open(self):
        for case in self:
            case.amount_open = case.currency_id.round(sum(
                item.amount_residual_currency for item in case.item_ids
                if item.parent_state != 'cancel'))

    @api.depends('name', 'partner_id')
    def _compute_display_name(self):
        for case in self:
            # What is only proposed has no number yet.
            number = f"{case.name} " if case.name != "/" else ""
            case.display_name = f"{number}{case.sudo().partner_id.display_name}"

    # CRUD ---------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su:
                for name in vals.keys() - self._free_fields - get_chatter_fields(self) - {
                        'partner_id', 'company_id', 'currency_id', 'item_ids'}:
                    del vals[name]
            company = self.env['res.company'].browse(
                vals.get('company_id') or self.env.company.id)
            vals['name'] = vals.get('name') or self._get_next_number(company)
            vals['date'] = vals.get('date') or company._get_dunning_today()
            vals['currency_id'] = vals.get('currency_id') or company.currency_id.id
            vals['item_ids'] = vals.get('item_ids') or [Command.set(self._get_free_items(
                self._get_customer(vals), company,
                self.env['res.currency'].browse(vals['currency_id'])).ids)]
        cases = super().create(vals_list)
        for case in cases:
            case._make_lines()
            case._update_points()
        return cases

    @api.model
    def _get_next_number(self, company):
        return self.env['ir.sequence'].sudo().with_company(company).next_by_code(
            'dunning.handover')

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - self._free_fields - get_chatter_fields(self):
                raise AccessError(self.env._(
                    "What was handed over stays as it is. State and amounts are written by the "
                    "system alone."))
            if {'agency_id', 'approach'} & vals.keys():
                self._check_state('draft', 'proposed')
        result = super().write(vals)
        if 'agency_id' in vals:
            self._update_points()
        return result

    def _get_evidence(self):
        # EXTENDS smart_dunning: what happened with what was handed over is kept
        return self.filtered('date_handed_over')

    def _make_lines(self):
        """Claim the items for this case: nobody else can hand them over."""
        self.ensure_one()
        lines = self.env['dunning.handover.line'].sudo()
        taken = lines.search([
            ('move_line_id', 'in', self.item_ids.ids), ('is_current', '=', True)])
        if taken:
            raise UserError(self.env._(
                "%(invoices)s: part of the handover %(case)s already.",
                invoices=", ".join(taken.mapped('name')), case=taken[0].handover_id.name))
        lines.create([{
            'handover_id': self.id, 'company_id': self.company_id.id,
            'currency_id': self.currency_id.id, 'move_line_id': item.id, 'move_id': item.move_id.id,
            'name': item.move_id.name, 'date_maturity': item.date_maturity or item.date,
            'amount_original': item.amount_currency,
            'amount_open': item.amount_residual_currency,
        } for item in self._sort_items(self.sudo().item_ids)])

    def _check_state(self, *states):
        for case in self:
            if case.state not in states:
                raise UserError(self.env._(
                    "%(case)s is in the state “%(state)s”: this cannot be done now.",
                    case=case.display_name, state=get_label(case, 'state')))

    def _check_user(self):
        """Refuse to those who only look on."""
        self.check_access('write')

    # Actions ------------------------------------------------------------------------------------

    def action_propose(self):
        """Put cases before whoever hands them over, with an activity; nothing leaves."""
        self._check_user()
        self._check_state('draft', 'proposed')
        for case in self:
            case._choose_agency()
            case._update_points()
            if case.state == 'draft':
                case.sudo().state = 'proposed'
                case._ask_for_review()
        return True

    def action_check(self):
        """Look once more at what speaks against handing over."""
        self._check_user()
        self._check_state('draft', 'proposed')
        for case in self:
            case._leave_out_settled()
            case._choose_agency()
            case._update_points()
        return True

    def action_hand_over(self):
        """Give cases to their agencies: from now on nobody writes to the customers about them.

        :raise UserError: naming everything that speaks against it; nothing has happened then
        """
        self._hand_over()
        return True

    def _hand_over(self, tell=None):
        """Give cases to their agencies: all, or none.

        :param tell: called with how many cases are handed over, and how many there are
        """
        self._check_user()
        for place, case in enumerate(self):
            if tell:
                tell(place, len(self))
            lock_or_refuse(case.sudo())
            case._check_state('draft', 'proposed')
            case._lock_customer()
            case._leave_out_settled()
            case._choose_agency()
            points = case._update_points()
            if not handover.may_pass(points, case._get_overridden()):
                raise UserError(self.env._(
                    "%(case)s cannot be handed over:\n%(points)s", case=case.display_name,
                    points='\n'.join(
                        f"• {point.text}" for point in case.point_ids
                        if not point.is_overridden)))
            case._give_away()

    def action_drop(self):
        """Leave the customer with us: the proposal is closed, dunning goes on."""
        self._check_user()
        self._check_state('draft', 'proposed')
        for case in self:
            case._close(handover.DROPPED)
        return True

    def action_open_debtor(self):
        """Open the customer's page."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.debtor', 'view_mode': 'form',
            'res_id': self.env['dunning.debtor']._get_of(self).id}

    def action_override(self):
        """Open the dialog in which a manager says why the case goes all the same."""
        self.ensure_one()
        self._check_user()
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Hand over nevertheless"),
            'res_model': 'dunning.handover.override', 'view_mode': 'form', 'target': 'new',
            'context': {'default_handover_id': self.id}}

    def _override(self, reason):
        """Keep a manager's decision about everything that is open to one."""
        self.ensure_one()
        self._check_user()
        self._check_state('draft', 'proposed')
        points = self._update_points()
        codes = self._get_overridden() | {point.code for point in points if point.is_open}
        self.sudo().write({
            'override_codes': ','.join(sorted(codes)), 'override_reason': reason,
            'override_by_id': self.env.user.id})
        self._update_points()
        self._tell(self.env._(
            "%(number)s may be handed over nevertheless: %(reason)s", number=self.name,
            reason=reason))

    # State changes ------------------------------------------------------------------------------

    def _give_away(self):
        """Hand one case over: figures, package, pause, mails. All of it, or nothing."""
        self.ensure_one()
        today = self.company_id._get_dunning_today()
        case = self.sudo()
        case.write({
            'state': 'handed_over', 'date': today, 'date_handed_over': today, 'closed_as': False})
        record = case._prepare_record()
        case.line_ids._freeze(record)
        case._make_package(record)
        case._start_pause(ENDLESS, item_ids=[Command.set(case.item_ids.ids)])
        case.activity_unlink(['smart_dunning.mail_activity_dunning_handover'])
        self._tell(self.env._(
            "%(number)s: %(amount)s handed over to %(agency)s.", number=self.name,
            amount=self.currency_id.format(case.amount_principal), agency=case.agency_id.name))
        case._tell_customer()
        case._tell_agency_of_case()

    def _close(self, outcome):
        """End one case; its items are free again where it ended without a decision about them."""
        self.ensure_one()
        case, is_free = self.sudo(), outcome in (handover.RECALLED, handover.DROPPED)
        rest = 0.0 if is_free else sum(case._get_charges().mapped('amount_open'))
        case.write({
            'state': 'closed', 'closed_as': outcome,
            'date_closed': self.company_id._get_dunning_today()})
        if is_free:
            case.line_ids.is_current = False
        case._end_pause()
        case._close_activities()
        self._tell(f"{self.name}: {get_label(self, 'closed_as')}")
        if self.currency_id.compare_amounts(rest, 0.0) > 0:
            case._message_log(body=self.env._(
                "%(amount)s of interest and costs is not paid here. It went along with the case: "
                "nobody here asks for it any more. You can waive it at the debtor.",
                amount=self.currency_id.format(rest)))

    def _close_activities(self):
        """Ask nobody any more; what the agency says that it has got is still to be booked."""
        self.activity_unlink(['smart_dunning.mail_activity_dunning_handover'])
        if not self.amount_to_book:
            self.activity_unlink(['smart_dunning.mail_activity_dunning_handover_status'])

    def _ask_for_review(self):
        """Ask the responsible person to look at a proposal."""
        speak_to(self.user_id, self).activity_schedule(
            'smart_dunning.mail_activity_dunning_handover',
            self.company_id._get_dunning_today(), user_id=self.user_id.id)

    # What agreements are asked ------------------------------------------------------------------

    def _get_first_day(self):
        return self.date_handed_over or self.date

    def _get_agreed_amount(self):
        return self.amount_principal

    @api.model
    def _get_review_domain(self, since):
        return Domain('state', '=', 'handed_over')

    def _get_pause_text(self):
        return self.env._(
            "Handed over to %(agency)s on %(date)s (%(number)s)",
            agency=self.sudo().agency_id.name or "?", number=self.name,
            date=self._format_document_date(self.date_handed_over or self.date))

    def _get_collector(self):
        # EXTENDS smart_dunning
        self.ensure_one()
        if self.state != 'handed_over' or not self.agency_id:
            return ''
        return self.agency_id._get_customer_text(self.env.lang)
