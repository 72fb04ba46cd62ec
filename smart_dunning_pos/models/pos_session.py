import math
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.smart_dunning.logic import exposure
from odoo.addons.smart_dunning.models.hold.dunning_hold_check import Candidate

from .dunning_hold_check import GOODS

#: A till without a connection hands in its sales days later.
_RELEASE_DAYS = 7
#: No number of a record is larger, no name of a sale is longer.
_MOST_ID = 2 ** 31 - 1
_MOST_NAME = 64


class PosSession(models.Model):
    """What a till asks before a sale on account, and how somebody releases it there."""

    _inherit = 'pos.session'

    def dunning_ask(self, sale):
        """Tell whether a sale may be made on account; nothing is written.

        :param dict sale: ``uuid`` (str) and ``partner_id`` (int) of the sale; ``on_account``: what
            is to be paid later, in the currency of the till; ``orders``: {id of a sales order
            (str): what of it this sale settles}
        :return: ``state`` (`clear`, `warn` or `block`), ``message`` (str, for the cashier) and
            ``may_release`` (bool)
        :rtype: dict
        :raise AccessError: when the user may not read the session, the customer or an order
        :raise UserError: when the sale names no numbers
        """
        asked = self._judge_sale(sale)
        state = exposure.get_worst(verdict.state for _candidate, verdict in asked)
        check = self.env['dunning.hold.check'].sudo()
        texts = [
            check._get_till_text(verdict, candidate) if candidate.subject
            else check._get_refusal([candidate], [verdict], exposure.ORDER)
            for candidate, verdict in asked if verdict.state == state != exposure.CLEAR]
        return {
            'state': state, 'message': '\n\n'.join(texts),
            'may_release': self.env.user.has_group('smart_dunning.group_dunning_release')}

    def dunning_release(self, sale, reason):
        """Release what holds a sale on account; only who may release does.

        :param dict sale: as in `dunning_ask`
        :param str reason: why, kept with the release
        :return: as `dunning_ask` answers afterwards
        :raise AccessError: for users who may not release, or not read what is named
        :raise UserError: without a reason
        """
        self.env['dunning.release']._check_may_release()
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._("Please say why this sale is released."))
        for candidate, verdict in self._judge_sale(sale):
            if verdict.blocks:
                company = candidate.company
                self.env['dunning.release'].create({
                    'company_id': company.id, 'partner_id': candidate.partner.id,
                    'order_id': candidate.order.id, 'pos_order_uuid': candidate.subject,
                    'max_amount': company.currency_id.round(candidate.value), 'reason': reason,
                    'valid_until': company._get_dunning_today() + timedelta(days=_RELEASE_DAYS)})
        return self.dunning_ask(sale)

    def _judge_sale(self, sale):
        """Return [(`Candidate`, `Verdict`)] of what a sale would take: itself, and the orders."""
        self.ensure_one()
        self.check_access('read')
        self._check_sale(sale)
        partner = self._browse_named('res.partner', sale.get('partner_id'))
        orders = {
            self._browse_named('sale.order', number): self._read_amount(amount)
            for number, amount in (sale.get('orders') or {}).items()}
        candidates = [candidate for candidate in (
            self._get_till_candidate(sale, partner, orders),
            *(self._get_order_candidate(order, amount) for order, amount in orders.items()),
        ) if candidate]
        check = self.env['dunning.hold.check'].sudo()
        verdicts = check._judge(candidates, exposure.ORDER) if candidates else []
        # What is only to be noted about an order stands on the order.
        return [(candidate, verdict)
                for candidate, verdict in zip(candidates, verdicts, strict=True)
                if candidate.subject or verdict.blocks]

    @api.model
    def _check_sale(self, sale):
        """Refuse what is no sale: it comes from outside."""
        if not isinstance(sale, dict) or not isinstance(sale.get('orders') or {}, dict):
            raise UserError(self.env._("A sale names its customer and orders by numbers."))
        uuid = sale.get('uuid')
        if not uuid or not isinstance(uuid, str) or len(uuid) > _MOST_NAME:
            raise UserError(self.env._("A sale names its own number."))

    @api.model
    def _browse_named(self, model, number):
        """Return a record that somebody named from outside, readable for the user."""
        if not isinstance(number, int | str) or not str(number).isdecimal() \
                or int(number) > _MOST_ID:
            raise UserError(self.env._("A sale names its customer and orders by numbers."))
        record = self.env[model].browse(int(number)).exists()
        record.check_access('read')
        return record

    def _read_amount(self, amount):
        """Return an amount of the till in the currency of its company."""
        if not isinstance(amount, int | float) or not math.isfinite(amount):
            raise UserError(self.env._("A sale on account names an amount."))
        company = self.company_id
        return self.currency_id._convert(
            amount, company.currency_id, company, company._get_dunning_today())

    def _get_till_candidate(self, sale, partner, orders):
        """Return the `Candidate` of what is to be paid later, None when nothing is.

        What confirmed orders of the customer turn into a receivable is part of the exposure.
        """
        value = self._read_amount(sale.get('on_account', 0.0))
        customer, company = partner.sudo().commercial_partner_id, self.company_id.sudo()
        if not customer or company.currency_id.compare_amounts(value, 0.0) <= 0:
            return None
        known = sum(
            min(amount, order._to_company(order.dunning_to_invoice))
            for order, amount in ((order.sudo(), amount) for order, amount in orders.items())
            if order.state == 'sale' and order.company_id == company
            and order.partner_invoice_id.commercial_partner_id == customer)
        return Candidate(
            self.env['pos.order'].sudo(), company, customer, self.env['sale.order'].sudo(),
            self.env['stock.picking'].sudo(), max(value - max(known, 0.0), 0.0), value,
            contacts=partner.sudo(), subject=sale['uuid'])

    def _get_order_candidate(self, order, amount):
        """Return the `Candidate` of an order that this sale confirms and does not settle wholly."""
        order = order.sudo()
        if order.state not in ('draft', 'sent') or not order.partner_invoice_id:
            return None
        rest = order._to_company(order._get_own_total()) - max(amount, 0.0)
        if order.company_id.currency_id.compare_amounts(rest, 0.0) <= 0:
            return None
        return order._get_hold_candidate()._replace(amount=rest)

    def _create_picking_at_end_of_session(self):
        # EXTENDS point_of_sale: these goods have left
        with self.env['dunning.hold.check']._at_till(GOODS):
            return super()._create_picking_at_end_of_session()
