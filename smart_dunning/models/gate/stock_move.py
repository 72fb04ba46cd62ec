from collections import defaultdict
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
        """Return whether all that was ordered is delivered by now, and no more.

        Then the exposure is what it was: nobody has to look at the customer again. Not so for a
        delivery that waited because of a hold, which is over now.
        """
        self.ensure_one()
        move = self.sudo()
        line = move.sale_line_id
        return bool(line) and move._is_goods_issue() and not move.picking_id.dunning_held_since \
            and line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) == 0

    @contextmanager
    def _keep_hold_payer(self):
        """Refuse that goods of a held customer are rewritten as somebody else's, or as nobody's.

        Goods that left for somebody else already and become those of another customer leave for
        that one now.
        """
        issues = self.sudo().filtered(
            lambda move: move.state != 'cancel' and move._is_goods_issue())
        payers = {move: move._get_hold_payer() for move in issues}
        held = self.env['dunning.hold.check']._find_held(
            (payers[move] for move in issues if move.state != 'done'), exposure.DELIVERY)
        yield
        changed = issues.filtered(lambda move: move._get_hold_payer() != payers[move])
        for move in changed:
            if move.state != 'done' and payers[move] in held:
                raise UserError(self.env._(
                    "These goods are meant for %(customer)s, who is on hold: they cannot be sent "
                    "for somebody else. Please cancel the delivery first.",
                    customer=payers[move][0].display_name))
        changed.filtered(lambda move: move.state == 'done')._enforce_hold()

    def _get_hold_payer(self):
        """Return who pays for the goods, nobody where no hold concerns them, and which company."""
        self.ensure_one()
        nobody = self.env['res.partner']
        return nobody if self._is_hold_exempt() else self._get_hold_partner(), self.company_id

    def _action_assign(self, force_qty=False):
        # EXTENDS stock: stock is left to others while the customer is on hold
        return super(StockMove, self - self._get_unreservable())._action_assign(
            force_qty=force_qty)

    # Who pays for the goods ---------------------------------------------------------------------

    def _is_goods_issue(self):
        """Return whether goods leave for a customer: by the move, or by one of its lines."""
        self.ensure_one()
        destinations = self.location_dest_id | self.move_line_ids.location_dest_id
        return any(destination._is_outgoing() for destination in destinations) or (
            self._is_part_of_repair())

    def _is_part_of_repair(self):
        """Return whether the goods are built into what a customer has repaired at their cost."""
        if 'repair_id' not in self._fields or self.repair_line_type != 'add':
            return False
        return bool(self.repair_id.partner_id) and not self.repair_id.under_warranty

    def _is_on_the_way_out(self):
        """Return whether the goods will leave for a customer in a later step of the delivery."""
        self.ensure_one()
        return bool(self.location_final_id) and self.location_final_id._is_outgoing()

    def _is_hold_exempt(self):
        """Return whether no hold concerns the move: goods that were paid at a till."""
        picking = self.picking_id
        if 'pos_session_id' not in picking._fields or not picking.pos_session_id:
            return False
        return all(payment.payment_method_id.type != 'pay_later'
                   for payment in picking.pos_order_id.payment_ids)

    def _is_from_till(self):
        """Return whether the point of sale makes such transfers: it often knows no customer."""
        return 'pos.config' in self.env and bool(self.env['pos.config'].sudo().search_count(
            [('picking_type_id', '=', self.picking_type_id.id)], limit=1))

    def _get_hold_order(self):
        """Return the sales order behind the move, also where the vendor delivers for us."""
        order = self.sale_line_id.order_id or self.picking_id.sale_id
        return order or (self.repair_id.sale_order_id if self._is_part_of_repair() else order)

    def _get_hold_partner(self):
        """Return who owes for the goods: the invoiced customer, never ship-to or vendor."""
        order = self._get_hold_order()
        if order:
            return order.partner_invoice_id.commercial_partner_id
        if self._is_part_of_repair():
            return self.repair_id.partner_id.commercial_partner_id
        if self.location_id.usage == 'supplier':
            return self.partner_id.commercial_partner_id
        return (self.picking_id.partner_id or self.partner_id).commercial_partner_id

    def _get_hold_groups(self):
        """Return [(`Candidate`, moves)], one per company, customer, order and transfer."""
        groups = self.sudo().grouped(lambda move: (
            move.company_id, move._get_hold_partner(), move._get_hold_order(), move.picking_id))
        taken = defaultdict(float)
        return [(moves._make_candidate(*key, taken), moves) for key, moves in groups.items()]

    def _get_hold_candidates(self):
        """Return a `Candidate` for each group of these, but for those that no hold concerns."""
        concerned = self.sudo().filtered(
            lambda move: move.company_id and not move._is_hold_exempt())
        return [candidate for candidate, _moves in concerned.with_prefetch(
            self._prefetch_ids)._get_hold_groups()]

    def _make_candidate(self, company, partner, order, picking, taken):
        value, beyond = self._get_hold_worth(taken)
        return Candidate(
            picking or self[:1], company, partner, order, picking, beyond, value,
            contacts=order.partner_invoice_id | order.partner_id or picking.partner_id
            or self[:1].partner_id)

    # Where it is enforced -----------------------------------------------------------------------

    def _enforce_hold(self):
        """Raise UserError when goods would leave for a held customer without a release.

        Goods for nobody could be for whoever is held: then somebody has to be named.
        """
        issues = self.sudo().filtered(lambda move: move._is_goods_issue()) if self else self
        if not issues:
            return
        check = self.env['dunning.hold.check']
        for move in issues:
            if not move._get_hold_partner() and move.company_id and not (
                    move._is_hold_exempt() or move._is_from_till()) \
                    and check._is_anybody_held(move.company_id):
                raise UserError(self.env._(
                    "%(document)s brings goods out of the house, but for nobody. Please say who "
                    "gets them, or use a location for what is consumed or scrapped.",
                    document=(move.picking_id or move).display_name))
        check._enforce(issues._get_hold_candidates(), exposure.DELIVERY)

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
        if not self:
            return
        pairs = {
            (move.company_id.id, move._get_hold_partner().id) for move in self.sudo()
            if move.company_id and (move.sale_line_id or move._is_goods_issue())}
        self.env['dunning.debtor.change']._enqueue_later(
            {(company, partner) for company, partner in pairs if partner})
