import logging

from psycopg2 import OperationalError

from odoo import api, models

from odoo.addons.smart_dunning.logic import exposure
from odoo.addons.smart_dunning.models.hold.dunning_hold_check import Candidate
from odoo.addons.smart_dunning.models.policy.notes import to_note

from .dunning_hold_check import GOODS, ORDERS, SALES

_logger = logging.getLogger(__name__)
_PAID = ('paid', 'done')


class PosOrder(models.Model):
    """A sale that arrives is taken: held customers who bought on account are told about.

    The till asks before (`pos.session.dunning_ask`); what came without a connection, by an import
    or past the till is judged here as well.
    """

    _inherit = 'pos.order'

    @api.model
    def sync_from_ui(self, orders):
        # EXTENDS point_of_sale: it confirms the orders that were settled
        with self.env['dunning.hold.check']._at_till(ORDERS) as held:
            result = super().sync_from_ui(orders)
            for order in self.env['sale.order'].sudo().browse(held):
                order._ask_about_hold(
                    self.env._("Settled at a till, but on hold"), held[order.id])
        return result

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS point_of_sale
        with self.env['dunning.hold.check']._at_till(SALES):
            sales = super().create(vals_list)
        sales.filtered(lambda sale: sale.state in _PAID)._judge_on_account()
        return sales

    def write(self, vals):
        # EXTENDS point_of_sale
        becoming = self.filtered(lambda sale: sale.state not in _PAID) \
            if vals.get('state') in _PAID else self.browse()
        with self.env['dunning.hold.check']._at_till(SALES):
            result = super().write(vals)
        becoming._judge_on_account()
        if 'partner_id' in vals or ('payment_ids' in vals and not becoming):
            (self - becoming)._judge_changed()
        return result

    def _create_order_picking(self):
        # EXTENDS point_of_sale: these goods have left
        with self.env['dunning.hold.check']._at_till(GOODS):
            return super()._create_order_picking()

    # What is judged -----------------------------------------------------------------------------

    def _get_on_account(self):
        """Return what of the sale is to be paid later, in its currency."""
        self.ensure_one()
        return sum(payment.amount for payment in self.payment_ids
                   if payment.payment_method_id.type == 'pay_later')

    def _get_paid_share(self):
        """Return the part of the sale that was paid: 0 to 1."""
        self.ensure_one()
        if self.account_move:
            return self.account_move._get_paid_part()
        if not self.amount_total:
            return 1.0
        return min(max(1 - self._get_on_account() / self.amount_total, 0.0), 1.0)

    def _get_hold_candidate(self):
        """Return the `Candidate` of a sale; what it takes is part of the exposure already."""
        self.ensure_one()
        company = self.company_id
        value = self.currency_id._convert(
            self._get_on_account(), company.currency_id, company, company._get_dunning_today())
        return Candidate(
            self, company, self.partner_id.commercial_partner_id, self.env['sale.order'],
            self.env['stock.picking'], 0.0, value, contacts=self.partner_id, subject=self.uuid)

    def _add_hold_terms(self, request):
        """Return the request: a sale names no payment terms."""
        return request

    def _judge_changed(self):
        """Judge sales again whose payments have changed after they were made."""
        if self.env['dunning.hold.check']._get_at_till(SALES) is None:
            self.filtered(lambda sale: sale.state == 'paid')._judge_on_account()

    def _judge_on_account(self):
        """Note by which release sales on account pass, or tell that they were not allowed.

        Whatever goes wrong here, the sale stays.
        """
        for sale in self.sudo():
            if sale.partner_id and sale.currency_id.compare_amounts(
                    sale._get_on_account(), 0.0) > 0:
                try:
                    with self.env.cr.savepoint():
                        sale._judge_one()
                except OperationalError:
                    raise    # another transaction: Odoo repeats this one
                except Exception:
                    _logger.exception("Sale %s could not be judged", sale.uuid)

    def _judge_one(self):
        check = self.env['dunning.hold.check']
        candidate = self._get_hold_candidate()
        [verdict] = check._judge([candidate], exposure.ORDER)
        self.env['dunning.debtor.change']._enqueue_later({candidate.key})
        if verdict.release:
            check._lock_customers({(candidate.company.root_id.id, candidate.partner.id)})
            release = self.env['dunning.release'].browse(verdict.release)
            release._draw(candidate, exposure.ORDER)
            self.message_post(
                body=to_note(release._get_note()), author_id=release.user_id.partner_id.id)
        elif verdict.blocks:
            self._tell_not_allowed(check._get_till_text(verdict, candidate))

    def _tell_not_allowed(self, text):
        """Write why the sale was not allowed into its history, and give the clerk one activity."""
        company = self.company_id
        summary = self.env._("Bought on account, but on hold")
        self.message_post(body=to_note(text))
        debtor = self.env['dunning.debtor']._get_or_make(
            company, self.partner_id.commercial_partner_id)
        responsible = company.dunning_user_id or self.session_id.user_id
        if not debtor or not responsible or debtor.activity_ids.filtered(
                lambda activity: activity.summary == summary
                and activity.user_id == responsible):
            return
        debtor.activity_schedule(
            'smart_dunning.mail_activity_dunning_hold', user_id=responsible.id, summary=summary,
            note=to_note(f"{self.pos_reference or self.name}: {text}"),
            date_deadline=company._get_dunning_today())
