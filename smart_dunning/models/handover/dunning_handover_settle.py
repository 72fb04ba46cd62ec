from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ...logic import handover
from ..pause.kinds import ENDLESS
from ..policy.labels import get_label
from ..policy.notes import speak_to, to_note

#: What has reduced an item of a case.
PAYMENT = 'payment'
CREDIT = 'credit'
BY_AGENCY = 'by_agency'


class DunningHandover(models.Model):
    """What comes in while an agency collects: money here, money there, the rest, the way back."""

    _inherit = 'dunning.handover'

    booking_ids = fields.One2many(
        'account.move', 'dunning_handover_id', "Entries", readonly=True,
        groups='smart_dunning.group_dunning_user,account.group_account_readonly')
    booking_count = fields.Integer(compute='_compute_booking_count', compute_sudo=True)
    amount_paid_here = fields.Monetary(
        "Paid to Us", readonly=True, copy=False,
        help="Since the handover, not through the agency, which gets an e-mail of it.")
    amount_credited = fields.Monetary("Credited", readonly=True, copy=False)
    amount_booked = fields.Monetary(
        "Booked from the Agency", compute='_compute_amount_booked', compute_sudo=True)
    amount_to_book = fields.Monetary(
        "To Be Booked", compute='_compute_amount_booked', compute_sudo=True,
        help="What the agency says that the customer has paid to it, less what is booked.")

    @api.depends('booking_ids')
    def _compute_booking_count(self):
        for case in self:
            case.booking_count = len(case.booking_ids)

    @api.depends('agency_paid', 'booking_ids.state', 'booking_ids.line_ids.amount_currency',
                 'booking_ids.reversal_move_ids.state')
    def _compute_amount_booked(self):
        for case in self:
            case.amount_booked = case._get_booked()[0]
            case.amount_to_book = max(0.0, case.currency_id.round(
                case.agency_paid - case.amount_booked))

    def _get_booked(self):
        """Return (paid by customers, costs of the agency) of the entries, drafts too.

        What was reversed is not booked. Costs are what stands on expense accounts: the account
        of the agency may have been another one then.
        """
        entries = self.sudo().booking_ids.filtered(
            lambda move: move.move_type == 'entry' and move.state != 'cancel')
        lines = (entries | entries.reversal_move_ids.filtered(
            lambda move: move.state == 'posted')).line_ids
        paid = lines.filtered(lambda line: line.account_id.account_type == 'asset_receivable')
        costs = lines.filtered(lambda line: line.account_id.internal_group == 'expense' or (
            line.account_id == self.agency_id.cost_account_id))
        return (self.currency_id.round(-sum(paid.mapped('amount_currency'))),
                self.currency_id.round(sum(costs.mapped('amount_currency'))))

    def _get_reductions(self, item):
        """Return [(day, amount, kind)] of what reduced an item: `PAYMENT` to us, `CREDIT`, or what
        this case has booked `BY_AGENCY`."""
        found = []
        for partial in item.sudo().matched_credit_ids.sorted(lambda one: (one.max_date, one.id)):
            source = partial.credit_move_id
            move = source.move_id
            kind = CREDIT if move.move_type == 'out_refund' else (
                BY_AGENCY if move.dunning_handover_id == self else PAYMENT)
            found.append((source.date, partial.debit_amount_currency, kind))
        return found

    # What the ledger says -----------------------------------------------------------------------

    @api.model
    def _get_review_domain(self, since):
        # OVERRIDES smart_dunning: also ends that a payment taken back would undo
        return Domain('state', '=', 'handed_over') | (
            Domain('state', '=', 'closed') & Domain('date_closed', '>=', since)
            & Domain('closed_as', 'in', (handover.PAID, handover.PARTLY, handover.WRITTEN_OFF)))

    def _judge(self, today):
        states = {}
        for case in self.sudo():
            items = case.item_ids
            if any(item.parent_state == 'draft' for item in items):
                continue        # an invoice in draft again: wait for it
            case._note_payments()
            states[case.id] = 'closed' if case._find_end() else 'handed_over'
        return states

    def _find_end(self):
        """Return how the case ends by what the ledger says, None while something is open."""
        if self.item_ids and all(item.parent_state == 'cancel' for item in self.item_ids):
            return handover.RECALLED        # there never was a claim
        return handover.find_end(
            self.amount_principal, self.amount_open, self.amount_credited,
            self.currency_id.compare_amounts)

    def _note_payments(self):
        """Note what came in here and what was credited; the agency is told of it."""
        paid = credited = 0.0
        cancelled = self.line_ids.filtered(lambda one: one.move_line_id.parent_state == 'cancel')
        for line in self.line_ids:
            if line in cancelled:           # its payments are free again; nobody owes it
                credited += line.amount_open
                continue
            sums = dict.fromkeys((PAYMENT, CREDIT, BY_AGENCY), 0.0)
            for _day, amount, kind in self._get_reductions(line.move_line_id):
                sums[kind] += amount
            paid += sums[PAYMENT] - line.amount_paid
            credited += sums[CREDIT] - line.amount_waived
        paid, credited = (self.currency_id.round(amount) for amount in (paid, credited))
        compare = self.currency_id.compare_amounts
        if cancelled and cancelled != self.line_ids and compare(credited, self.amount_credited) > 0:
            self._ask_to_look(speak_to(self.user_id, self).env._(
                "%(invoices)s: cancelled after the handover. Please tell the agency.",
                invoices=", ".join(filter(None, cancelled.mapped('name')))))
        texts = []
        if compare(credited, self.amount_credited):
            self.amount_credited = credited
            texts.append(self.env._(
                "%(number)s: %(amount)s credited since the handover.", number=self.name,
                amount=self.currency_id.format(credited)))
        is_paid = bool(compare(paid, self.amount_paid_here))
        if is_paid:
            self.amount_paid_here = paid
            texts.append(self.env._(
                "%(number)s: %(amount)s paid to us since the handover.", number=self.name,
                amount=self.currency_id.format(paid)))
        for text in texts:
            self._tell(text)
        # What is credited once the agency has given up, or with the recall, is no news to it.
        if is_paid or (
                texts and not self.agency_closed_as and self._find_end() != handover.RECALLED):
            self._tell_agency_of_payment()

    def _set_state(self, state, today):
        self.ensure_one()
        if state == 'closed':
            end = self._find_end()
            if end == handover.RECALLED:
                self._take_back()
            else:
                self._close(end)
            return
        # What had ended the case was taken back.
        self.sudo().write({'state': 'handed_over', 'closed_as': False, 'date_closed': False})
        self._get_pauses(ended=True).write({'active': True, 'date_until': ENDLESS})
        self._tell(self.env._("%(number)s: open again, and with the agency.", number=self.name))

    # Money from the agency ----------------------------------------------------------------------

    def action_book_payment(self):
        """Propose the entry for what the agency has collected: a draft that the clerk posts."""
        self.ensure_one()
        self._check_user()
        self._check_state('handed_over', 'closed')
        self._lock_customer()
        booked, booked_costs = self._get_booked()
        gross, costs, net = handover.split_remittance(
            self.agency_paid, booked, self.agency_costs, booked_costs)
        if self.currency_id.compare_amounts(gross, 0.0) <= 0:
            raise UserError(self.env._(
                "The agency has reported nothing that is not booked. Please import its status "
                "file first."))
        move = self.env['account.move'].create(self._prepare_booking_values(gross, costs, net))
        move.sudo().dunning_handover_id = self
        self.activity_unlink(['smart_dunning.mail_activity_dunning_handover_status'])
        return self._open_move(move)

    def _prepare_booking_values(self, gross, costs, net):
        """Return the draft: money in transit and costs of the agency against the customer."""
        agency, company = self.agency_id, self.company_id
        if costs and not agency.cost_account_id:
            raise UserError(self.env._(
                "Please enter the account for the costs of %(agency)s first.", agency=agency.name))
        journal = agency.journal_id or self.env['account.journal'].search([
            *self.env['account.journal']._check_company_domain(company), ('type', '=', 'general')],
            limit=1)
        transit = agency.transit_account_id or company.transfer_account_id
        reference = self.env._(
            "%(number)s: collected by %(agency)s", number=self.name, agency=agency.name)
        items = self.sudo().item_ids
        return {
            'move_type': 'entry', 'journal_id': journal.id, 'company_id': company.id,
            'date': company._get_dunning_today(), 'ref': reference,
            'currency_id': self.currency_id.id,
            'line_ids': [Command.create(values) for values in self._prepare_booking_lines((
                (transit, net, agency.partner_id),
                (agency.cost_account_id, costs, agency.partner_id),
                (items[:1].account_id, -gross, self.partner_id)))]}

    def _prepare_booking_lines(self, rows):
        """Return the values of the lines; the last one bears what rounding leaves of the others.

        :param rows: (account, amount in the currency of the case, partner), which sum up to zero
        """
        lines = [self._prepare_booking_line(*row) for row in rows if row[1]]
        lines[-1]['balance'] = -self.company_id.currency_id.round(
            sum(line['balance'] for line in lines[:-1]))
        return lines

    def _prepare_booking_line(self, account, amount, partner):
        company = self.company_id
        balance = self.currency_id._convert(
            amount, company.currency_id, company, company._get_dunning_today())
        return {
            'account_id': account.id, 'partner_id': partner.commercial_partner_id.id,
            'name': f"{self.name} {self.agency_id.name}", 'currency_id': self.currency_id.id,
            'amount_currency': amount, 'balance': balance}

    def action_open_bookings(self):
        """Show the entries of the case: money from the agency, credit notes."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'name': self.name, 'res_model': 'account.move',
            'view_mode': 'list,form', 'domain': [('dunning_handover_id', '=', self.id)],
            'context': {'create': False}}

    def _open_move(self, moves):
        action = {
            'type': 'ir.actions.act_window', 'res_model': 'account.move', 'view_mode': 'form',
            'name': moves[:1].display_name, 'res_id': moves[:1].id}
        return action if len(moves) == 1 else self.action_open_bookings()

    # The rest -----------------------------------------------------------------------------------

    def action_write_off(self):
        """Propose to write off what is open: a draft credit note per invoice, with its taxes."""
        self.ensure_one()
        self._check_user()
        self._check_state('handed_over', 'closed')
        if self.sudo().booking_ids.filtered(
                lambda move: move.move_type == 'out_refund' and move.state == 'draft'):
            return self.action_open_bookings()
        refunds = self.env['account.move']
        for move, items in self.item_ids.grouped('move_id').items():
            rest = self.currency_id.round(sum(items.mapped('amount_residual_currency')))
            if self.currency_id.compare_amounts(rest, 0.0) > 0 and move.move_type == 'out_invoice':
                refunds |= self._propose_credit_note(move, rest)
        if not refunds:
            raise UserError(self.env._(
                "No invoice of the case has anything open that could be credited."))
        return self._open_move(refunds)

    def _propose_credit_note(self, move, rest):
        """Return a draft credit note over a rest of an invoice, with the taxes of the invoice."""
        today = self.company_id._get_dunning_today()
        refund = move._reverse_moves([{
            'date': today, 'invoice_date': today,
            'ref': self.env._("%(invoice)s: not collectable, %(case)s",
                              invoice=move.name, case=self.name),
        }])
        refund.sudo().dunning_handover_id = self
        lines = refund.invoice_line_ids.filtered(lambda line: line.display_type == 'product')
        if self.currency_id.compare_amounts(rest, move.amount_total) < 0:
            share = rest / move.amount_total
            for line in lines:
                line.price_unit *= share
            self._round_credit_note(refund, lines, rest)
        return refund

    def _round_credit_note(self, refund, lines, rest):
        """Let a credit note be about the rest to the cent, as far as its prices can say it."""
        missing = rest - refund.amount_total
        line = lines.sorted(lambda line: -abs(line.price_total))[:1]
        if not self.currency_id.is_zero(missing) and line.price_total and line.quantity:
            line.price_unit += missing * (line.price_subtotal / line.price_total) / line.quantity

    # The way back -------------------------------------------------------------------------------

    def action_recall(self):
        """Take cases back from the agency: it is told, and dunning goes on where it stood."""
        self._check_user()
        self._check_state('handed_over')
        for case in self:
            case._lock_customer()
            case._take_back()
        return True

    def _take_back(self):
        """End one case without a decision about its items; those who were told of it hear so."""
        self._close(handover.RECALLED)
        self._tell_agency_of_recall()
        self._tell_customer_of_recall()

    def _ask_to_look(self, text):
        """Ask the responsible person to look at what has happened with a case."""
        speak_to(self.user_id, self).activity_schedule(
            'smart_dunning.mail_activity_dunning_handover_status',
            self.company_id._get_dunning_today(), user_id=self.user_id.id, note=to_note(text))

    def _describe_status(self):
        """Return in a line what the agency says."""
        return ", ".join(filter(None, (
            get_label(self, 'agency_state'), get_label(self, 'agency_closed_as'))))


class AccountMove(models.Model):
    """An entry or credit note that belongs to a case with an agency."""

    _inherit = 'account.move'

    dunning_handover_id = fields.Many2one(
        'dunning.handover', "Handover", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict',
        groups='smart_dunning.group_dunning_user,account.group_account_readonly')

    @api.model_create_multi
    def create(self, vals_list):
        if any('dunning_handover_id' in vals for vals in vals_list):
            self._check_may_set_handover()
        return super().create(vals_list)

    def write(self, vals):
        if 'dunning_handover_id' in vals:
            self._check_may_set_handover()
        return super().write(vals)

    def _check_may_set_handover(self):
        """Which case an entry belongs to is written by the case alone: it is paid by that."""
        if not self.env.su:
            raise AccessError(self.env._("Entries of a handover are proposed by the handover."))

    def _post(self, soft=True):
        # EXTENDS account: what the agency has collected pays the items of its case
        posted = super()._post(soft=soft)
        for move in posted.filtered(lambda one: (
                one.move_type == 'entry' and one.sudo().dunning_handover_id)):
            move._pay_handed_over()
        return posted

    def _pay_handed_over(self):
        """Match the customer's line of an entry with the items of its case, the oldest first."""
        self.ensure_one()
        items = self.sudo().dunning_handover_id.item_ids
        for line in self.line_ids.filtered(
                lambda line: line.account_id.account_type == 'asset_receivable'):
            open_items = items.filtered(lambda item, account=line.account_id: (
                item.account_id == account and not item.reconciled
                and item.parent_state == 'posted'))
            if open_items:
                (line | open_items).reconcile()
