from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...logic import exposure
from ..hold.dunning_hold_check import Candidate

#: What a confirmation writes; with anything else the order is judged as it stands afterwards.
_CONFIRMATION_FIELDS = {'state', 'date_order', 'locked', 'signed_by', 'signed_on', 'signature'}
_PAYER_FIELDS = {'partner_id', 'partner_invoice_id', 'payment_term_id'}
#: What changes who owes how much.
_EXPOSURE_FIELDS = {'state', 'partner_invoice_id'}


class SaleOrder(models.Model):
    """A held customer's order is refused where it becomes, or grows as, a commitment."""

    _name = 'sale.order'
    _inherit = ['sale.order', 'dunning.hold.document']

    dunning_watches_limit = fields.Boolean(
        compute='_compute_dunning_watches_limit', compute_sudo=True,
        help="Replaces Odoo's own credit warning, with the figures of the right company.")

    # What is asked ------------------------------------------------------------------------------

    def _get_hold_candidate(self):
        self.ensure_one()
        value = self.amount_total / (self.currency_rate or 1.0)
        # A confirmed order is part of the exposure already.
        return Candidate(
            self, self.company_id, self.partner_invoice_id.commercial_partner_id._origin,
            self._origin, self.env['stock.picking'], 0.0 if self.state == 'sale' else value, value)

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
        :param amount: what of it this order candidates for, in company currency
        """
        order = self.sudo()
        paid, unposted = order._get_hold_paid()
        term = order.payment_term_id
        return replace(
            request,
            amount=request.amount - min(unposted / (order.currency_rate or 1.0), amount),
            is_paid=paid > 0 and order.currency_id.compare_amounts(paid, order.amount_total) >= 0,
            is_cash=bool(term) and term._get_dunning_credit_days() <= 0)

    def _get_hold_paid(self):
        """Return what is paid for the order, and what of it is in no ledger yet, in its currency.

        Online payments, and what the invoices of the order have received.
        """
        received = sum(
            move.direction_sign * -1 * (move.amount_total - move.amount_residual)
            for move in self.invoice_ids if move.state == 'posted')
        online = unposted = 0.0
        for transaction in self.transaction_ids:
            if transaction.state not in ('authorized', 'done'):
                continue
            payment = transaction.payment_id
            if not payment or not payment.is_reconciled:
                online += transaction.amount
            if not payment:
                unposted += transaction.amount
        return received + online, unposted

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
            self._check_may_set_rest(vals)
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == 'sale')._enforce_hold()
        return orders

    def write(self, vals):
        # EXTENDS sale: whoever sets the state, the order passes here
        self._check_may_set_rest(vals)
        customers = self._get_hold_customers() if _EXPOSURE_FIELDS & vals.keys() else set()
        becoming = self.filtered(lambda order: order.state != 'sale') \
            if vals.get('state') == 'sale' else self.browse()
        is_plain = vals.keys() <= _CONFIRMATION_FIELDS
        if is_plain:
            becoming._enforce_hold()
        before = {order: order._get_hold_terms_of_payment() for order in self} \
            if vals.keys() & _PAYER_FIELDS else {}
        result = super().write(vals)
        changed = self.filtered(lambda order: order.state == 'sale' and order in before
                                and order._get_hold_terms_of_payment() != before[order])
        (changed if is_plain else changed | becoming)._enforce_hold()
        if _EXPOSURE_FIELDS & vals.keys():
            self.env['dunning.debtor.change']._enqueue_later(
                customers | self._get_hold_customers())
        return result

    def _get_hold_customers(self):
        """Return the pairs (company id, commercial partner id) to whom these are invoiced."""
        return {
            (order.company_id.id, order.partner_invoice_id.commercial_partner_id.id)
            for order in self.sudo() if order.partner_invoice_id}

    def _get_hold_terms_of_payment(self):
        """Return who is to pay the order, and when."""
        return self.sudo().partner_invoice_id.commercial_partner_id, self.payment_term_id

    def _enforce_hold(self):
        """Raise UserError when one of these orders may not be, or not become, confirmed."""
        if self:
            self.env['dunning.hold.check']._enforce(
                [order.sudo()._get_hold_candidate() for order in self], exposure.ORDER)

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
