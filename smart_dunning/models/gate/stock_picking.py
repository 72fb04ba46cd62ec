from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...logic import exposure
from ..hold.dunning_hold_check import Candidate
from ..hold.dunning_hold_rule import HOLD_READERS

#: Who pays; the point of sale says that goods were paid at the till.
_PAYER_FIELDS = {'sale_id', 'partner_id', 'pos_session_id', 'pos_order_id'}
#: Facts about waiting that only the system writes.
_HELD_FIELDS = {'dunning_held_since', 'dunning_held_amount', 'dunning_customer_told'}


class StockPicking(models.Model):
    """A transfer shows whether its goods may leave, and since when they wait."""

    _name = 'stock.picking'
    _inherit = ['stock.picking', 'dunning.hold.document']

    dunning_held_since = fields.Datetime(
        "Waiting Since", readonly=True, copy=False, index='btree_not_null', groups=HOLD_READERS,
        help="Since when the goods wait because the customer is on hold.")
    dunning_held_amount = fields.Monetary(
        "Waiting Value", readonly=True, copy=False, currency_field='dunning_currency_id',
        groups=HOLD_READERS)
    dunning_currency_id = fields.Many2one(related='company_id.currency_id')
    dunning_customer_told = fields.Datetime(
        "Customer Told On", readonly=True, copy=False, groups=HOLD_READERS,
        help="When the customer was told that this delivery waits for a payment.")

    @api.model_create_multi
    def create(self, vals_list):
        if any(_HELD_FIELDS & vals.keys() for vals in vals_list):
            self._check_may_state_waiting()
        pickings = super().create(vals_list)
        if not self.env.su and any(
                'pos_session_id' in picking._fields and picking.pos_session_id
                for picking in pickings.sudo()):
            raise AccessError(self.env._("Only the point of sale says what was paid there."))
        return pickings

    def write(self, vals):
        if _HELD_FIELDS & vals.keys():
            self._check_may_state_waiting()
        if self.env.su or not _PAYER_FIELDS & vals.keys():
            return super().write(vals)
        with self.move_ids._keep_hold_payer():
            return super().write(vals)

    def _action_done(self):
        # EXTENDS stock: what was delivered besides, and what the carrier took, is invoiced as well
        with self.env['dunning.hold.check']._system_changes_orders():
            return super()._action_done()

    def button_validate(self):
        # EXTENDS stock: where core asks about text messages or back orders first, we refuse before
        # anybody answers; where it asks nothing, `stock.move` has judged already.
        result = super().button_validate()
        if isinstance(result, dict):
            self._refuse_before_questions()
        return result

    def _refuse_before_questions(self):
        """Refuse what will be refused once the questions of core are answered."""
        check = self.env['dunning.hold.check']
        leaving = self.sudo().filtered(
            lambda picking: picking.state not in ('done', 'cancel') and picking._is_goods_issue())
        candidates = [
            candidate for picking in leaving for candidate in (
                picking.move_ids.filtered('picked') or picking.move_ids).filtered(
                    lambda move: move.quantity and move.state != 'cancel')._get_hold_candidates()
            if candidate.partner and candidate.value]
        verdicts = check._judge(candidates, exposure.DELIVERY) if candidates else []
        if any(verdict.blocks for verdict in verdicts):
            raise UserError(check._get_refusal(candidates, verdicts, exposure.DELIVERY))

    def _check_may_state_waiting(self):
        if not self.env.su:
            raise AccessError(self.env._(
                "Whether a delivery waits is found out by the system alone."))

    def _is_goods_issue(self):
        """Return whether this transfer brings goods to a customer."""
        self.ensure_one()
        # A transfer that is being typed may have no destination yet.
        destinations = self.location_dest_id | self.move_ids.location_dest_id
        return any(destination._is_outgoing() for destination in destinations)

    def _is_on_the_way_out(self):
        """Return whether this is an earlier step of a delivery."""
        self.ensure_one()
        return any(move._is_on_the_way_out() for move in self.move_ids)

    def _get_hold_candidate(self):
        self.ensure_one()
        # What is filtered would read its orders alone: a list of deliveries reads them together.
        candidates = self.move_ids.filtered(lambda move: move.state != 'cancel').with_prefetch(
            self.move_ids._prefetch_ids)._origin._get_hold_candidates()
        if candidates:
            # Several orders of one customer can leave together: they are asked for as one.
            first = candidates[0]
            return first._replace(
                record=self, amount=sum(candidate.amount for candidate in candidates),
                value=sum(candidate.value for candidate in candidates))
        partner = self.partner_id.commercial_partner_id._origin
        return Candidate(self, self.company_id, partner, self.sale_id, self._origin, 0.0, 0.0)

    def _get_payer_contact(self):
        """Return who gets the invoice."""
        return self.sale_id.partner_invoice_id or self.partner_id

    def _get_release_field(self):
        return 'picking_id'

    def _get_hold_checkpoint(self):
        if self.state in ('done', 'cancel'):
            return None
        if self._is_goods_issue() or self._is_on_the_way_out():
            return exposure.DELIVERY
        return None

    def _add_hold_terms(self, request):
        return self.sale_id._add_hold_terms(request) if self.sale_id else request

    @api.depends('state', 'partner_id', 'company_id', 'sale_id', 'move_ids.state',
                 'location_dest_id')
    @api.depends_context('lang')
    def _compute_dunning_hold(self):
        self._show_hold()

    @api.model
    def _get_shown_verdicts(self, candidates, checkpoint):
        """Return the verdicts with what stands against reserving the goods as well."""
        check = self.env['dunning.hold.check']
        with check._remember():
            return [
                self._add_reservation(verdict, reservation)
                for verdict, reservation in zip(
                    check._judge_each(candidates, checkpoint),
                    check._judge_each(candidates, exposure.RESERVATION), strict=True)]

    @api.model
    def _add_reservation(self, verdict, reservation):
        """Return the verdict with what stands against reserving the goods, as a warning."""
        if verdict.release or reservation.release:
            return verdict
        return exposure.merge((verdict, exposure.Verdict(tuple(
            exposure.replace_effect(reason, exposure.WARN) for reason in reservation.reasons))))

    def _get_shown_state(self, verdict):
        """Return the state: an earlier step of a delivery only warns."""
        if verdict.blocks and not self._is_goods_issue():
            return exposure.WARN
        return verdict.state

    def _get_hold_search_sql(self, alias, states):
        return SQL("""
            %(id)s IN (
                SELECT picking.id FROM stock_picking picking
                  JOIN stock_location destination ON destination.id = picking.location_dest_id
             LEFT JOIN sale_order so ON so.id = picking.sale_id
                  JOIN res_partner payer
                    ON payer.id = COALESCE(so.partner_invoice_id, picking.partner_id)
                  JOIN dunning_debtor debtor ON debtor.partner_id = payer.commercial_partner_id
                                            AND debtor.company_id = picking.company_id
                 WHERE picking.state NOT IN ('done', 'cancel')
                   AND destination.usage = 'customer' AND debtor.hold_delivery IN %(states)s)
        """, id=SQL.identifier(alias, 'id'), states=tuple(states) or ('',))
