import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..policy.bounds import check_text
from ..policy.isolation import isolate_halves
from ..policy.labels import get_labels
from ..policy.notes import speak_for, speak_to
from .kinds import KINDS

_logger = logging.getLogger(__name__)

#: For how long a verdict is looked at again, since bank entries are booked with their own date.
DAYS_OF_REVIEW = 60


class DunningAgreement(models.AbstractModel):
    """What disputes, promises and plans have in common: items, a pause of these, a history.

    A concrete model names in `_pause_kind` the kind of its pauses, see `kinds.KINDS`.
    """

    _name = 'dunning.agreement'
    _description = "Agreement with a Customer"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _check_company_auto = True
    _mail_post_access = 'read'

    _pause_kind = None
    #: What belongs to the record from its first day on, or is computed from the ledger.
    _protected_fields = frozenset({
        'partner_id', 'company_id', 'currency_id', 'item_ids', 'paid_before', 'state'})

    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        'res.currency', required=True, default=lambda self: self.env.company.currency_id)
    user_id = fields.Many2one(
        'res.users', "Responsible", required=True, default=lambda self: self.env.user,
        domain=[('share', '=', False)], tracking=True)
    item_ids = fields.Many2many(
        'account.move.line', string="Items", check_company=True,
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id), "
        "('currency_id', '=', currency_id), ('account_id.account_type', '=', 'asset_receivable'), "
        "('parent_state', '=', 'posted'), ('reconciled', '=', False), "
        "('amount_residual_currency', '>', 0)]")
    paid_before = fields.Monetary(
        readonly=True, copy=False, help="What had been paid on the items when it was agreed.")
    note = fields.Text("Remark")

    @api.constrains('note')
    def _check_note(self):
        check_text(self, 'note')

    @api.constrains('item_ids', 'partner_id', 'currency_id', 'company_id')
    def _check_items(self):
        for agreement in self.sudo():
            items = agreement.item_ids
            if items.filtered(lambda item, one=agreement: (
                    item.partner_id != one.partner_id or item.currency_id != one.currency_id
                    or item.account_id.account_type != 'asset_receivable')):
                raise ValidationError(self.env._(
                    "Please choose open items of %(customer)s in %(currency)s.",
                    customer=agreement.partner_id.display_name,
                    currency=agreement.currency_id.name))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals['partner_id'] = self._get_customer(vals).id
            if not self.env.su:
                for name in {'paid_before', 'state'} & vals.keys():
                    del vals[name]
        return super().create(vals_list)

    @api.model
    def _get_customer(self, vals):
        """Return the commercial partner named in the values of a new agreement."""
        partner = self.env['res.partner'].browse(vals.get('partner_id')).exists()
        if not partner:
            raise UserError(self.env._("Please choose the customer."))
        return partner.commercial_partner_id

    def write(self, vals):
        if not self.env.su and self._protected_fields & vals.keys():
            raise AccessError(self.env._(
                "What was agreed stays as it is. Please cancel it and record a new one."))
        return super().write(vals)

    # Items --------------------------------------------------------------------------------------

    @api.model
    def _get_agreeable_items(self, partner, company, currency, moves=None):
        """Return the open items about which something can be agreed: overdue ones, else all.

        :param moves: only those of these invoices, whether due or not
        """
        today = company._get_dunning_today()
        condition = SQL("item.move = ANY(%s)", moves.ids) if moves else SQL(
            "item.excluded IS NULL")
        rows = self.env['dunning.item']._fetch(
            company, ('id', 'due'), partner_ids=partner.commercial_partner_id.ids,
            where=SQL("item.residual > 0 AND item.currency = %s AND %s", currency.id, condition),
            order='due, id')
        overdue = [line_id for line_id, due in rows if due < today]
        return self.env['account.move.line'].sudo().browse(
            [line_id for line_id, _due in rows] if moves or not overdue else overdue)

    def _get_paid(self, last_days):
        """Return {id: what was paid on the items since the agreement, in its currency}.

        Whatever is allocated to the items counts, by the date it was booked with, and so does
        money of the customer that nobody has allocated yet. What was paid before the agreement
        does not.

        :param last_days: {id: last day on which a payment counts}
        """
        if not self:
            return {}
        matched = self._query_matched(last_days)
        paid = {
            agreement.id: max(0.0, agreement.currency_id.round(
                matched.get(agreement.id, 0.0) - agreement.paid_before))
            for agreement in self}
        self._add_unmatched(paid, last_days)
        return paid

    def _query_matched(self, last_days):
        """Return {id: sum of all that was allocated to the items up to a day}."""
        self.env['account.partial.reconcile'].flush_model()
        field = self._fields['item_ids']
        self.flush_model(['item_ids'])
        return dict(self.env.execute_query(SQL("""
            SELECT rel.%(own)s, sum(part.debit_amount_currency)::float8
              FROM %(table)s rel
              JOIN unnest(%(ids)s, %(days)s::date[]) agreed (id, day) ON agreed.id = rel.%(own)s
              JOIN account_partial_reconcile part ON part.debit_move_id = rel.%(line)s
                   AND part.max_date <= agreed.day
          GROUP BY rel.%(own)s
        """, own=SQL.identifier(field.column1), line=SQL.identifier(field.column2),
            table=SQL.identifier(field.relation), ids=self.ids,
            days=[last_days[agreement.id] for agreement in self])))

    def _add_unmatched(self, paid, last_days):
        """Add receipts that are not allocated, each once, for the oldest agreement first.

        :param paid: {id: amount paid so far}, changed in place
        """
        rows = self.env['dunning.item']._fetch(
            self.company_id._get_dunning_tree(),
            ('id', 'partner', 'currency', 'date', 'open'),
            where=SQL("item.open < 0 AND item.kind IN ('payment', 'entry')"), order='date, id',
            partner_ids=self.partner_id.ids)
        left, by_customer = {}, defaultdict(list)
        for item_id, partner_id, currency_id, date, amount in rows:
            left[item_id] = -amount
            by_customer[partner_id, currency_id].append((item_id, date))
        for agreement in self.sorted(lambda one: (one._get_first_day(), one.id)):
            for item_id, date in by_customer[agreement.partner_id.id, agreement.currency_id.id]:
                missing = agreement._get_agreed_amount() - paid[agreement.id]
                part = agreement.currency_id.round(min(left[item_id], missing))
                if part > 0 and agreement._get_first_day() <= date <= last_days[agreement.id]:
                    paid[agreement.id] = agreement.currency_id.round(paid[agreement.id] + part)
                    left[item_id] -= part

    def _get_first_day(self):
        """Return the day on which it was agreed."""
        raise NotImplementedError

    def _get_agreed_amount(self):
        """Return what is to be paid in all."""
        raise NotImplementedError

    def _get_tolerances(self, today):
        """Return {id: what may be missing, in its currency}: the tolerance of the policy."""
        policies = self.env['dunning.policy'].sudo()
        tolerances = {}
        for company, of_company in self.grouped('company_id').items():
            assigned = policies._assign_all(company, of_company.partner_id.ids)
            for agreement in of_company:
                amount = policies.browse(assigned.get(agreement.partner_id.id)).tolerance
                tolerances[agreement.id] = company.currency_id._convert(
                    amount, agreement.currency_id, company, today) if amount else 0.0
        return tolerances

    def _find_withdrawn(self):
        """Return {id: state} of agreements whose items changed under them: no payment is judged.

        An invoice that is in draft again waits; where all are cancelled there is nothing to agree
        on any more; where nothing is open any more, what was agreed is kept.
        """
        states = {}
        for agreement in self:
            items = agreement.item_ids
            in_force = items.filtered(lambda item: item.parent_state == 'posted')
            if any(item.parent_state == 'draft' for item in items):
                states[agreement.id] = agreement.state
            elif items and not in_force:
                states[agreement.id] = 'cancelled'
            elif in_force and agreement.currency_id.is_zero(
                    sum(in_force.mapped('amount_residual_currency'))) and in_force != items:
                states[agreement.id] = 'kept'
        return states

    def _remember_paid(self):
        """Note what had been paid on the items before."""
        self.invalidate_recordset(['paid_before'])
        self.sudo().write({'paid_before': 0.0})
        far = fields.Date.to_date('9999-12-31')
        for agreement_id, paid in self._query_matched(dict.fromkeys(self.ids, far)).items():
            self.browse(agreement_id).sudo().paid_before = paid

    @api.model
    def _update_all(self, company, partner_ids=None):
        """Let every kind of agreement see what was paid.

        :param partner_ids: commercial partners to look at; None for all
        """
        for name in self.pool.descendants(['dunning.agreement'], '_inherit'):
            if not self.env[name]._abstract:
                speak_for(company, self.env[name].sudo())._update_states(company, partner_ids)

    @api.model
    def _update_states(self, company, partner_ids=None):
        """Judge the agreements of a company by the ledger. A fixed number of queries.

        :param partner_ids: commercial partners to look at; None for all
        """
        today = company._get_dunning_today()
        domain = Domain('company_id', '=', company.id) & self._get_review_domain(
            today - timedelta(days=DAYS_OF_REVIEW))
        if partner_ids is not None:
            domain &= Domain('partner_id', 'in', list(partner_ids))
        agreements = self.sudo().search(domain)
        agreements._update_isolated(today)

    def _update_isolated(self, today):
        """Judge these agreements; one that cannot be judged stays as it is, and stops no other."""
        isolate_halves(self, lambda some: some._update_each(today), _logger, "%s cannot be judged")

    def _update_each(self, today):
        states = self._judge(today)
        for agreement in self:
            if states.get(agreement.id, agreement.state) != agreement.state:
                agreement._set_state(states[agreement.id], today)

    @api.model
    def _get_review_domain(self, since):
        """Return which agreements are judged: those that run, and verdicts since a day."""
        raise NotImplementedError

    def _judge(self, today):
        """Return {id: state} by what the ledger says today, and note the figures it rests on.

        Agreements left out stay as they are.
        """
        raise NotImplementedError

    def _set_state(self, state, today):
        """Record a new verdict on one agreement, and what follows from it."""
        raise NotImplementedError

    def _lock_customer(self):
        """Let what two people agree at the same moment collide: the later request is repeated.

        Odoo works on a snapshot: only a changed row tells the second that the first was there.
        """
        self.env.cr.execute(SQL(
            "UPDATE res_partner SET id = id WHERE id IN %s", self.partner_id._ids or (0,)))

    # Pause --------------------------------------------------------------------------------------

    def _get_pauses(self, ended=False):
        """Return the pauses that belong to these agreements: running ones, or ended ones too."""
        return self.env['dunning.pause'].sudo().with_context(active_test=not ended).search(
            [(KINDS[self._pause_kind].link, 'in', self.ids)])

    def _start_pause(self, until, **values):
        """Leave the items in peace until a day (inclusive)."""
        self.ensure_one()
        self.env['dunning.pause'].sudo().create({
            'partner_id': self.partner_id.id, 'company_id': self.company_id.id,
            'kind': self._pause_kind, 'date_until': until, 'reason': self._get_pause_text(),
            KINDS[self._pause_kind].link: self.id, **values})

    def _end_pause(self):
        """Let dunning go on where it stood."""
        self._get_pauses().write({'active': False})

    def _resume_pause(self):
        """Leave the items in peace again: what ended the pause has turned out to be wrong."""
        self._get_pauses(ended=True).write({'active': True})

    def _get_pause_text(self):
        """Return the reason of the pause in words."""
        self.ensure_one()
        return self.display_name

    def _get_collector(self):
        """Return who collects the items while they are paused, in words for the customer.

        Kinds of agreements by which somebody else asks for the money tell who.
        """
        return ''

    # History ------------------------------------------------------------------------------------

    def _tell(self, text):
        """Put an event into the history: of the agreement and of its invoices; see the debtor."""
        self.ensure_one()
        self.sudo().message_post(body=text, author_id=self.env.user.partner_id.id)
        moves = self.sudo()._get_moves()
        moves._message_log_batch(
            bodies=dict.fromkeys(moves.ids, text), author_id=self.env.user.partner_id.id)

    def _tell_recorder(self, knows=None):
        """Tell whoever recorded it what became of it, in their language; not the one who did it.

        What a customer recorded concerns the responsible person.

        :param knows: users who hear of it another way
        """
        self.ensure_one()
        user = self.sudo().create_uid
        if not user or not user._is_internal() or user.id == self.env.ref('base.user_root').id:
            user = self.sudo().user_id
        if not user.active or user in (self.env.user | (knows or self.env.user)):
            return
        told = speak_to(user, self.sudo())
        text = told._get_outcome()
        told.message_notify(partner_ids=user.partner_id.ids, subject=text[:120], body=text)

    def _get_outcome(self):
        """Return in a line what became of the agreement, for whoever recorded it."""
        self.ensure_one()
        return (f"{self.partner_id.display_name}: {self.display_name}: "
                f"{get_labels(self, 'state')[self.state]}")

    def _get_moves(self):
        """Return the invoices that the agreement is about."""
        return self.item_ids.move_id

    def _get_evidence(self):
        # EXTENDS smart_dunning: what happened to an agreement is kept, once it was made
        return self.filtered(lambda agreement: agreement.state != 'draft')

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("What was agreed with a customer is kept as history."))
