import logging
from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...logic import exposure
from ..policy.notes import speak_to, to_note

_logger = logging.getLogger(__name__)


class StockPicking(models.Model):
    """Deliveries that wait for a payment: found, told about, and set free again by themselves."""

    _inherit = 'stock.picking'

    @api.model
    def _update_waiting(self, company, partner_ids):
        """Note which open deliveries wait because of a hold, and free those that need not any more.

        :param company: whose deliveries
        :param partner_ids: of which commercial partners; None for all
        """
        pickings = self.search(self._get_waiting_domain(company, partner_ids), order='priority '
                               'desc, scheduled_date, id')
        finished = pickings.filtered(lambda picking: picking.state in ('done', 'cancel'))
        finished._forget_waiting()
        pickings -= finished
        candidates = [(picking, candidate) for picking in pickings
                if (candidate := picking._get_hold_candidate()) and candidate.partner]
        check = self.env['dunning.hold.check']
        with check._remember():
            verdicts = check._judge_each(
                [candidate for _picking, candidate in candidates], exposure.DELIVERY)
            blocked = {picking: (candidate, verdict) for (picking, candidate), verdict in zip(
                candidates, verdicts, strict=True) if verdict.blocks}
            for picking, (candidate, verdict) in blocked.items():
                if not picking.dunning_held_since:
                    picking._start_waiting(candidate, verdict)
        freed = pickings.filtered(
            lambda picking: picking.dunning_held_since and picking not in blocked)
        freed._end_waiting()

    @api.model
    def _get_waiting_domain(self, company, partner_ids):
        """Return the open deliveries of held customers, and those that wait already."""
        debtors = Domain('company_id', '=', company.id) & Domain('hold_delivery', '=', 'block')
        of_customers = Domain.TRUE
        if partner_ids is not None:
            debtors &= Domain('partner_id', 'in', partner_ids)
            of_customers = self._get_payer_domain(Domain('id', 'in', partner_ids))
        held = self.env['dunning.debtor'].with_context(active_test=False)._search(debtors)
        is_held = self._get_payer_domain(Domain('id', 'in', held.subselect('partner_id')))
        is_open = Domain('state', 'not in', ('draft', 'done', 'cancel'))
        return Domain([
            ('company_id', '=', company.id),
            ('location_dest_id.usage', 'in', ('customer', 'transit')),
        ]) & ((is_open & is_held) | (Domain('dunning_held_since', '!=', False) & of_customers))

    @api.model
    def _get_payer_domain(self, domain):
        """Return the transfers whose invoiced commercial partner matches a domain."""
        payer = Domain('commercial_partner_id', 'any', domain)
        return (Domain('sale_id', '!=', False) & Domain('sale_id', 'any', Domain(
            'partner_invoice_id', 'any', payer))) | (
            Domain('sale_id', '=', False) & Domain('partner_id', 'any', payer))

    def _start_waiting(self, candidate, verdict):
        """Note that this delivery waits; tell the salesperson, and by policy the customer."""
        self.ensure_one()
        self.write({'dunning_held_since': fields.Datetime.now(),
                    'dunning_held_amount': candidate.value})
        with self._alone("leave the stock to others"):
            self._leave_stock_to_others()
        with self._alone("ask the salesperson"):
            self._ask_salesperson(candidate, verdict)
        with self._alone("tell the customer"):
            terms, _facts = self.env['dunning.hold.check']._get_known(candidate)
            if terms.notify_customer and not self.dunning_customer_told:
                self._tell_customer(candidate)

    @contextmanager
    def _alone(self, what):
        """Let one delivery fail for itself: a broken template must not stop all others."""
        try:
            with self.env.cr.savepoint():
                yield
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            _logger.exception("Delivery %s: could not %s", self.name, what)

    def _leave_stock_to_others(self):
        """Give reserved stock back when a rule says so, unless somebody is packing already."""
        moves = self.move_ids.filtered(
            lambda move: move.state in ('assigned', 'partially_available'))
        if not any(move.picked for move in moves) and moves._get_unreservable():
            moves._do_unreserve()

    def _ask_salesperson(self, candidate, verdict):
        """Give the salesperson an activity: the next delivery is the lever for the old claim."""
        company = candidate.company
        record = candidate.order or self
        user = record.user_id or candidate.partner.user_id or company.dunning_user_id
        if not user or user.share:
            return
        record = speak_to(user, record)
        check = record.env['dunning.hold.check']
        env = check.env
        lines = Markup().join(
            Markup("<li>%s</li>") % check._get_reason_text(reason, company)
            for reason in verdict.reasons)
        items = Markup().join(
            Markup("<li>%s</li>") % text for text in check._get_overdue_items(
                company, candidate.partner))
        note = Markup("<p>%s</p><ul>%s</ul>") % (
            env._("%(delivery)s to %(customer)s waits:", delivery=self.name,
                  customer=candidate.partner.display_name), lines)
        if items:
            note += Markup("<p>%s</p><ul>%s</ul>") % (env._("Overdue:"), items)
        record.activity_schedule(
            'smart_dunning.mail_activity_dunning_hold', user_id=user.id,
            date_deadline=company._get_dunning_today(),
            summary=env._("Delivery %(delivery)s waits for a payment", delivery=self.name),
            note=to_note(note))

    def _end_waiting(self):
        """The hold is over: reserve again, in turn, and tell salesperson and warehouse."""
        self._forget_waiting()
        for picking in self:
            picking._reserve_again()
            with picking._alone("tell salesperson and warehouse"):
                picking._tell_staff(picking.sale_id or picking)

    def _forget_waiting(self):
        """Note that these wait no more; the salesperson has nothing left to do about them."""
        self.write({'dunning_held_since': False, 'dunning_held_amount': 0.0})
        for picking in self:
            record = picking.sale_id or picking
            if not (picking.sale_id and any(
                    each.dunning_held_since for each in picking.sale_id.picking_ids)):
                record.activity_unlink(['smart_dunning.mail_activity_dunning_hold'])

    def _reserve_again(self):
        """Reserve what there is; that nothing is there is no error here."""
        self.ensure_one()
        if self.state not in ('confirmed', 'waiting', 'assigned'):
            return
        moves = self.move_ids.filtered(
            lambda move: move.state in ('confirmed', 'partially_available', 'waiting'))
        with self._alone("reserve again"):
            moves._action_assign()

    def _tell_staff(self, record):
        """Tell salesperson and warehouse that the goods may leave."""
        people = (record.user_id | self.user_id).filtered(lambda user: not user.share)
        env = self.with_context(
            lang=people[:1].lang or self.company_id.partner_id.lang or self.env.lang).env
        body = env._("The hold has ended: delivery %(delivery)s may leave.", delivery=self.name)
        self.message_post(
            body=body, partner_ids=people.partner_id.ids, subtype_xmlid='mail.mt_note')
