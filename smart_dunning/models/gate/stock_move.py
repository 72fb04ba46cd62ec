from contextlib import contextmanager, nullcontext

from odoo import api, models
from odoo.exceptions import UserError

from ...logic import exposure
from ..hold.dunning_hold_check import Candidate

_PAYER_FIELDS = {'sale_line_id', 'picking_id', 'partner_id'}


class StockMove(models.Model):
    """Goods leave when a move becomes done: whatever button, method or cron makes it so."""

    _inherit = 'stock.move'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS stock: goods added to a transfer that is done already
        moves = super().create(vals_list)
        moves.filtered(lambda move: move.state == 'done')._enforce_hold()
        moves._enqueue_hold_debtors()
        return moves

    def write(self, vals):
        # EXTENDS stock: `_action_done` sets the state here, and nothing else may
        if vals.get('state') == 'done':
            self.filtered(lambda move: move.state != 'done')._enforce_hold()
        # The system takes moves from one transfer to another.
        is_rewritten = not self.env.su and _PAYER_FIELDS & vals.keys()
        with self._keep_hold_payer() if is_rewritten else nullcontext():
            result = super().write(vals)
        if vals.get('state') == 'cancel':
            self._enqueue_hold_debtors()
        elif vals.get('state') == 'done':
            self.filtered(lambda move: not move._is_delivered_as_ordered())._enqueue_hold_debtors()
        return result

    def _is_delivered_as_ordered(self):
        """Return whether the move completes what was ordered: it was part of the exposure already.

        And no delivery has ended that is noted as waiting.
        """
        self.ensure_one()
        move = self.sudo()
        line = move.sale_line_id
        return bool(line) and move._is_goods_issue() and not move.picking_id.dunning_held_since \
            and line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) == 0

    @contextmanager
    def _keep_hold_payer(self):
        """Refuse that goods of a held customer are rewritten as somebody else's."""
        issues = self.sudo().filtered(
            lambda move: move.state not in ('done', 'cancel') and move._is_goods_issue())
        payers = {move: move._get_hold_partner() for move in issues}
        yield
        moved = issues.filtered(lambda move: payers[move] not in (
            move._get_hold_partner(), self.env['res.partner']))
        if not moved:
            return
        check = self.env['dunning.hold.check']
        for company, moves in moved.grouped('company_id').items():
            verdicts = check._get_customer_verdicts(
                company, [payers[move].id for move in moves], exposure.DELIVERY)
            for move in moves:
                if verdicts[payers[move].id].blocks:
                    raise UserError(self.env._(
                        "These goods are meant for %(customer)s, who is on hold: they cannot be "
                        "sent for somebody else. Please cancel the delivery first.",
                        customer=payers[move].display_name))

    def _action_assign(self, force_qty=False):
        # EXTENDS stock: stock is left to others while the customer is on hold
        return super(StockMove, self - self._get_unreservable())._action_assign(
            force_qty=force_qty)

    # Who pays for the goods ---------------------------------------------------------------------

    def _is_goods_issue(self):
        """Return whether goods leave for a customer: by the move, or by one of its lines."""
        self.ensure_one()
        destinations = self.location_dest_id | self.move_line_ids.location_dest_id
        return any(destination._is_outgoing() for destination in destinations)

    def _is_on_the_way_out(self):
        """Return whether the goods will leave for a customer in a later step of the delivery."""
        self.ensure_one()
        return bool(self.location_final_id) and self.location_final_id._is_outgoing()

    def _is_hold_exempt(self):
        """Return whether no hold concerns the move: goods that were paid at a till."""
        return 'pos_session_id' in self.picking_id._fields and bool(
            self.picking_id.pos_session_id)

    def _get_hold_order(self):
        """Return the sales order behind the move, also where the vendor delivers for us."""
        return self.sale_line_id.order_id or self.picking_id.sale_id

    def _get_hold_partner(self):
        """Return who owes for the goods: the invoiced customer, never ship-to or vendor."""
        order = self._get_hold_order()
        if order:
            return order.partner_invoice_id.commercial_partner_id
        if self.location_id.usage == 'supplier':
            return self.partner_id.commercial_partner_id
        return (self.picking_id.partner_id or self.partner_id).commercial_partner_id

    def _get_hold_value(self):
        """Return what the customer owes for the moved quantity, in company currency."""
        quantity = self.quantity or self.product_uom_qty
        line = self.sale_line_id
        if line and line.product_uom_qty:
            of_line = self.product_uom._compute_quantity(
                quantity, line.product_uom_id, round=False)
            return (line.price_total / line.product_uom_qty * of_line
                    / (line.order_id.currency_rate or 1.0))
        product = self.product_id.with_company(self.company_id)
        price = product.currency_id._convert(
            product.lst_price, self.company_id.currency_id, self.company_id,
            self.company_id._get_dunning_today(), round=False)
        return price * self.product_uom._compute_quantity(
            quantity, product.uom_id, round=False)

    def _get_hold_groups(self):
        """Return [(`Candidate`, moves)], one per company, customer, order and transfer."""
        groups = self.sudo().grouped(lambda move: (
            move.company_id, move._get_hold_partner(), move._get_hold_order(), move.picking_id))
        return [(moves._get_hold_candidate(*key), moves) for key, moves in groups.items()]

    def _get_hold_candidates(self):
        """Return a `Candidate` for each group of these, but for those that no hold concerns."""
        concerned = self.sudo().filtered(
            lambda move: move.company_id and not move._is_hold_exempt())
        return [candidate for candidate, _moves in concerned.with_prefetch(
            self._prefetch_ids)._get_hold_groups()]

    def _get_hold_candidate(self, company, partner, order, picking):
        value = sum(move._get_hold_value() for move in self)
        # What a confirmed order takes is part of the customer's exposure already.
        is_counted = order.state == 'sale' and all(move.sale_line_id for move in self)
        return Candidate(picking or self[:1], company, partner, order, picking,
                   0.0 if is_counted else value, value)

    # Where it is enforced -----------------------------------------------------------------------

    def _enforce_hold(self):
        """Raise UserError when goods would leave for a held customer without a release."""
        issues = self.sudo().filtered(lambda move: move._is_goods_issue())
        if issues:
            self.env['dunning.hold.check']._enforce(
                issues._get_hold_candidates(), exposure.DELIVERY)

    def _get_unreservable(self):
        """Return the moves for which a rule leaves the stock to others."""
        if not self:
            return self
        check = self.env['dunning.hold.check']
        companies = self.sudo().company_id.filtered(
            lambda company: check._get_config(company.id).holds_stock)
        if not companies:
            return self.browse()
        leaving = self.sudo().filtered(lambda move: move.company_id in companies and (
            move._is_goods_issue() or move._is_on_the_way_out()))
        held = self.browse()
        groups = [group for group in leaving._get_hold_groups() if group[0].partner]
        # Each for itself: what is not reserved takes nothing from the next.
        verdicts = check._judge_each(
            [candidate for candidate, _moves in groups], exposure.RESERVATION)
        for (_candidate, moves), verdict in zip(groups, verdicts, strict=True):
            if verdict.blocks:
                held |= moves
        return held.sudo(self.env.su)

    def _enqueue_hold_debtors(self):
        """A new delivery may have to wait, a return changes what will be invoiced: look at it."""
        pairs = {
            (move.company_id.id, move._get_hold_partner().id) for move in self.sudo()
            if move.company_id and (move.sale_line_id or move._is_goods_issue())}
        self.env['dunning.debtor.change']._enqueue_later(
            {(company, partner) for company, partner in pairs if partner})
