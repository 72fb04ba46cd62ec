from contextlib import contextmanager, nullcontext
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...logic import exposure
from ..hold.dunning_hold_check import Candidate

#: What a confirmation writes; with anything else the order is judged as it stands afterwards.
_CONFIRMATION_FIELDS = {'state', 'date_order', 'locked', 'signed_by', 'signed_on', 'signature'}
#: Who pays, to whom, and when.
_PAYER_FIELDS = {'partner_id', 'partner_invoice_id', 'company_id', 'payment_term_id'}
#: What changes the worth of an order besides its lines.
_WORTH_FIELDS = {'currency_id', 'pricelist_id', 'fiscal_position_id', 'company_id'}
#: What changes who owes how much.
_EXPOSURE_FIELDS = {'state', 'partner_invoice_id', 'company_id'}
#: What only the system writes.
_SYSTEM_FIELDS = {'dunning_to_invoice', 'dunning_is_cash'}


class SaleOrder(models.Model):
    """A held customer's order is refused where it becomes, or grows as, a commitment."""

    _name = 'sale.order'
    _inherit = ['sale.order', 'dunning.hold.document']

    dunning_watches_limit = fields.Boolean(
        compute='_compute_dunning_watches_limit', compute_sudo=True,
        help="Replaces Odoo's own credit warning, with the figures of the right company.")
    dunning_is_cash = fields.Boolean(
        "Confirmed Without Credit", readonly=True, copy=False,
        help="The payment terms asked for the money at once when the order was confirmed. Terms "
        "that are loosened afterwards change nothing, unless by somebody who may release.")

    # What is asked ------------------------------------------------------------------------------

    def _get_hold_candidate(self):
        self.ensure_one()
        # A confirmed order is part of the exposure already.
        amount = 0.0 if self.state == 'sale' else self._to_company(self._get_rest_to_invoice())
        return Candidate(
            self, self.company_id, self.partner_invoice_id.commercial_partner_id._origin,
            self._origin, self.env['stock.picking'], amount,
            self._to_company(self._get_own_total()), self._only_takes_back(),
            (self.partner_id | self.partner_invoice_id)._origin)

    def _has_goods_to_deliver(self):
        # EXTENDS smart_dunning: core delivers goods, and nothing for services and expenses
        return any(
            line.product_id.type == 'consu' and not line.is_expense and line.product_uom_qty > 0
            for line in self.order_line)

    def _get_payer_contact(self):
        """Return who gets the invoice."""
        return self.partner_invoice_id

    def _get_release_field(self):
        return 'order_id'

    def _get_hold_checkpoint(self):
        if self.state in ('draft', 'sent'):
            return exposure.ORDER
        if self.state == 'sale' and self.delivery_status not in (False, 'full'):
            return exposure.DELIVERY
        return None

    @api.depends('state', 'company_id', 'partner_invoice_id', 'amount_total', 'payment_term_id',
                 'currency_rate', 'delivery_status')
    @api.depends_context('lang')
    def _compute_dunning_hold(self):
        self._show_hold()

    def _add_hold_terms(self, request):
        term = self.payment_term_id.sudo()
        return replace(request, credit_days=term._get_dunning_credit_days() if term else None)

    def _add_hold_payments(self, request, amount):
        """Return the request with what the customer has paid for this order.

        :param request: `logic.exposure.Request`
        :param amount: what of it this order takes, in company currency
        """
        order = self.sudo()
        # Booked payments have lowered the exposure already.
        unbooked = order._to_company(order._get_paid_online(is_posted=False))
        return replace(
            request, amount=request.amount - min(max(unbooked, 0.0), max(amount, 0.0)),
            is_paid=order._is_paid_in_full(),
            is_cash=order.dunning_is_cash if order.state == 'sale' else order._asks_for_cash())

    def _asks_for_cash(self):
        """Return whether the payment terms give no credit."""
        term = self.sudo().payment_term_id
        return bool(term) and term._get_dunning_credit_days() <= 0

    # Where it is enforced -----------------------------------------------------------------------

    def action_confirm(self):
        # EXTENDS sale: of several orders, those that are not held go through
        with self.env['dunning.hold.check']._remember():
            if len(self) <= 1:
                return super().action_confirm()
            held = self._get_held_orders()
            if not held:
                return super().action_confirm()
            passing = self - held
            if not passing:
                raise UserError(self.env['dunning.hold.check']._get_document_refusal(
                    held, exposure.ORDER))
            super(SaleOrder, passing).action_confirm()
        return self._notify_held(held)

    def _get_held_orders(self):
        """Return the orders of a batch that would be refused, each counting those before it."""
        check = self.env['dunning.hold.check']
        candidates = [candidate for order in self
                      if (candidate := order.sudo()._get_hold_candidate()).partner]
        verdicts = check._judge(candidates, exposure.ORDER)
        return self.browse([
            candidate.record.id for candidate, verdict in zip(candidates, verdicts, strict=True)
            if verdict.blocks])

    def _notify_held(self, held):
        """Tell the user which orders of the batch were left."""
        message = self.env['dunning.hold.check']._get_document_refusal(held, exposure.ORDER)
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning', 'sticky': True,
                'title': self.env._("%(count)s orders were left: on hold", count=len(held)),
                'message': message,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def _confirmation_error_message(self):
        # EXTENDS sale: core candidates this of every order before it writes anything
        return super()._confirmation_error_message() or self._get_hold_refusal()

    def _get_hold_refusal(self):
        """Return why the order cannot be confirmed, False when nothing is in the way."""
        check = self.env['dunning.hold.check']
        candidate = self.sudo()._get_hold_candidate()
        if not candidate.partner:
            return False
        verdicts = check._judge([candidate], exposure.ORDER)
        if not verdicts[0].blocks:
            return False
        return check._get_refusal([candidate], verdicts, exposure.ORDER)

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS sale: an order can be created as confirmed
        for vals in vals_list:
            self._check_system_fields(vals)
        orders = super().create(vals_list)
        confirmed = orders.filtered(lambda order: order.state == 'sale')
        confirmed._keep_terms()
        confirmed._enforce_hold()
        return orders

    def write(self, vals):
        # EXTENDS sale: whoever sets the state, the order passes here
        self._check_system_fields(vals)
        names = vals.keys()
        becoming = self.filtered(lambda order: order.state != 'sale') \
            if vals.get('state') == 'sale' else self.browse()
        becoming._keep_terms()
        if names <= _CONFIRMATION_FIELDS:
            becoming._enforce_hold()
        customers = self._get_hold_customers() if names & _EXPOSURE_FIELDS else set()
        with self._watch_confirmed(vals):
            result = super().write(vals)
        if not names <= _CONFIRMATION_FIELDS:
            becoming._keep_terms()
            becoming._enforce_hold()
        if names & _EXPOSURE_FIELDS:
            self.env['dunning.debtor.change']._enqueue_later(
                customers | self._get_hold_customers())
        return result

    def _check_system_fields(self, vals):
        """Refuse to take an order out of the exposure, or to loosen its terms, by RPC."""
        if _SYSTEM_FIELDS & vals.keys() and not self.env.su:
            raise AccessError(self.env._(
                "What is left to invoice follows from the invoices of the order. It cannot be "
                "set by hand."))

    def _keep_terms(self):
        """Keep whether these give credit, for as long as they are confirmed."""
        for order in self.sudo():
            if order.dunning_is_cash != order._asks_for_cash():
                order.dunning_is_cash = not order.dunning_is_cash

    @contextmanager
    def _watch_confirmed(self, vals):
        """Judge confirmed orders again whose payer, terms or worth change meanwhile."""
        watched = self.filtered(lambda order: order.state == 'sale') \
            if vals.keys() & (_PAYER_FIELDS | _WORTH_FIELDS) else self.browse()
        before = {order: order._get_payer() for order in watched}
        worth = {order: order._get_worth() for order in watched} \
            if vals.keys() & _WORTH_FIELDS else {}
        terms = {order: order.payment_term_id for order in watched}
        is_asked = watched and not self.env.su
        with watched.order_line._keep_payer() if is_asked else nullcontext():
            yield
        watched = watched.filtered(lambda order: order.state == 'sale')
        changed = watched.filtered(lambda order: order._get_payer() != before[order])
        for order in watched.sudo():
            if order.payment_term_id != terms[order]:
                changed |= order.sudo(self.env.su)
                order.dunning_is_cash = order._asks_for_cash() and (
                    order.dunning_is_cash or self._may_loosen())
        changed |= watched.filtered(
            lambda order: order in worth and order.company_id.currency_id.compare_amounts(
                order._get_worth(), worth[order]) > 0)
        changed._enforce_hold()

    def _may_loosen(self):
        return self.env.su or self.env.user.has_group('smart_dunning.group_dunning_release')

    def _get_payer(self):
        """Return who is to pay the order, and which company."""
        order = self.sudo()
        return order.partner_invoice_id.commercial_partner_id, order.company_id

    def _get_worth(self):
        """Return what the order costs, in the currency of its company."""
        order = self.sudo()
        return order._to_company(order._get_own_total())

    def _enforce_hold(self):
        """Raise UserError when one of these orders may not be, or not become, confirmed."""
        if self:
            self.env['dunning.hold.check']._enforce(
                [order.sudo()._get_hold_candidate() for order in self], exposure.ORDER)

    def _get_hold_customers(self):
        """Return the pairs (company id, commercial partner id) to whom these are invoiced."""
        return {
            (order.company_id.id, order.partner_invoice_id.commercial_partner_id.id)
            for order in self.sudo() if order.partner_invoice_id}

    # What else shows it -------------------------------------------------------------------------

    @api.depends('company_id')
    def _compute_dunning_watches_limit(self):
        check = self.env['dunning.hold.check']
        for order in self:
            order.dunning_watches_limit = check._watches_limit(order.company_id)

    def _get_hold_search_sql(self, alias, states):
        return SQL("""
            %(id)s IN (
                SELECT so.id FROM dunning_debtor debtor
                  JOIN res_partner payer ON payer.commercial_partner_id = debtor.partner_id
                  JOIN sale_order so ON so.partner_invoice_id = payer.id
                                    AND so.company_id = debtor.company_id
                 WHERE (so.state IN ('draft', 'sent') AND debtor.hold_order IN %(states)s)
                    OR (so.state = 'sale' AND so.delivery_status IN %(open)s
                        AND debtor.hold_delivery IN %(states)s))
        """, id=SQL.identifier(alias, 'id'), states=tuple(states) or ('',),
            open=('pending', 'started', 'partial'))
