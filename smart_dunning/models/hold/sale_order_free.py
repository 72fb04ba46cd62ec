import logging
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..policy.isolation import isolate
from ..policy.notes import speak_to, to_note

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    """Free periods: a pilot costs nothing until a day, and up to an amount of goods.

    When it is over and nothing has been invoiced, the trigger `pilot_ended` asks for what follows.
    """

    _inherit = 'sale.order'

    dunning_free_until = fields.Date(
        "Free Until", copy=False, tracking=True,
        help="The last day of a pilot that costs nothing. The customer and the salesperson are "
        "told before; afterwards hold rules may stop orders and deliveries.")
    dunning_free_amount = fields.Monetary(
        "Free up to", copy=False,
        help="Goods worth more than this end the free period as well, tax included. 0: no bound.")
    dunning_free_told = fields.Date("Told of the End", copy=False, readonly=True)

    _dunning_free_idx = models.Index(
        "(partner_invoice_id) WHERE dunning_free_until IS NOT NULL")
    _dunning_free_amount_positive = models.Constraint(
        'CHECK(dunning_free_amount >= 0)', "What is free must not be negative.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop('dunning_free_told', None)
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS sale
        if 'dunning_free_told' in vals and not self.env.su:
            raise AccessError(self.env._("What the customer was told is written by the system."))
        if {'dunning_free_until', 'dunning_free_amount'} & vals.keys():
            self._check_may_extend()
            self._enqueue_free()
        result = super().write(vals)
        if 'dunning_free_until' in vals:
            self.sudo().filtered('dunning_free_told').dunning_free_told = False
        return result

    def _check_may_extend(self):
        """Refuse to prolong a free period that is over: that lifts a hold.

        Core lets billing and the warehouse write on orders: what is free is none of theirs.

        :raise AccessError: for others than sales, and once it is over than those who may release
        """
        if not self.env.su and not any(map(self.env.user.has_group, (
                'sales_team.group_sale_salesman', 'smart_dunning.group_dunning_release'))):
            raise AccessError(self.env._("What is free is agreed by sales."))
        may_release = self.env.su or self.env.user.has_group(
            'smart_dunning.group_dunning_release')
        if not may_release and any(order._is_free_period_over() for order in self):
            raise AccessError(self.env._(
                "This free period is over: only who may release holds can prolong it."))

    def _is_free_period_over(self):
        """Return whether the period is over, by day or by amount, as the hold rule sees it."""
        self.ensure_one()
        until = self.dunning_free_until
        delivered = sum(
            line.price_total * line.qty_delivered / line.product_uom_qty
            for line in self.sudo().order_line if line.product_uom_qty)
        return bool(until) and (
            until < self.company_id._get_dunning_today()
            or 0 < self.dunning_free_amount < delivered)

    def _enqueue_free(self):
        self.env['dunning.debtor.change']._enqueue({
            (order.company_id.id, order.partner_invoice_id.commercial_partner_id.id)
            for order in self if order.partner_invoice_id})

    # Telling ------------------------------------------------------------------------------------

    @api.model
    def _tell_free_ends(self, company, date):
        """Tell customers and salespeople, once, of free periods that end within the days."""
        days = company.dunning_free_days
        orders = self.sudo().search(Domain('company_id', 'in', company._get_dunning_tree().ids)
            & Domain('dunning_free_until', '>=', date) & Domain('dunning_free_told', '=', False)
            & Domain('dunning_free_until', '<=', fields.Date.add(date, days=days))
            & Domain('state', '!=', 'cancel'))
        for order in orders.with_context(mail_activity_quick_update=True):
            isolate(
                self.env, partial(order._tell_of_free_end, company.dunning_user_id, date), _logger,
                "Nobody could be told of the end of %s", order.name)

    def _tell_of_free_end(self, clerk, date):
        """Tell the customer, and the salesperson: without one the dunning clerk."""
        self.ensure_one()
        self._tell_customer_of_free_end()
        user = self.user_id or clerk
        if user:
            told = speak_to(user, self)
            told.activity_schedule(
                'mail.mail_activity_data_todo', self.dunning_free_until, user_id=user.id,
                summary=told.env._(
                    "The free period of %(customer)s ends", customer=self.partner_id.display_name))
        self.dunning_free_told = date

    def _tell_customer_of_free_end(self):
        self.ensure_one()
        customer = self.partner_id
        told = self.with_context(lang=customer.lang or self.env.lang)
        day = format_date(told.env, self.dunning_free_until)
        self.message_post(
            partner_ids=customer.ids, message_type='comment', subtype_xmlid='mail.mt_comment',
            author_id=(self.user_id or self.company_id).partner_id.id,
            subject=told.env._("Your free period ends on %(day)s", day=day),
            body=to_note(told.env._(
                "Your free period for %(order)s ends on %(day)s. Please tell us how you would "
                "like to go on; we are glad to help.", order=self.name, day=day)))


class ResCompany(models.Model):
    _inherit = 'res.company'

    dunning_free_days = fields.Integer(
        "Tell Before Free Periods End (Days)", default=7,
        help="So many days before a free period ends the customer and the salesperson are told.")

    _dunning_free_days_bounds = models.Constraint(
        'CHECK(dunning_free_days BETWEEN 0 AND 365)', "0 to 365 days.")


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dunning_free_days = fields.Integer(related='company_id.dunning_free_days', readonly=False)


class DunningHoldCheck(models.AbstractModel):
    _inherit = 'dunning.hold.check'

    @api.model
    def _get_pilot_ended_column(self, _company, config, today):
        """Return the last day of the newest free period that is over, by day or by amount.

        It is, until the order is cancelled or an invoice of it is posted.
        """
        return SQL("""
            (SELECT max(so.dunning_free_until)
               FROM res_partner payer JOIN sale_order so ON so.partner_invoice_id = payer.id
              WHERE payer.commercial_partner_id = res_partner.id AND so.company_id IN %(companies)s
                AND so.dunning_free_until IS NOT NULL AND so.state != 'cancel'
                AND (so.dunning_free_until < %(today)s OR so.dunning_free_amount > 0 AND (
                    SELECT sum(line.price_total * line.qty_delivered
                               / NULLIF(line.product_uom_qty, 0))
                      FROM sale_order_line line WHERE line.order_id = so.id
                    ) > so.dunning_free_amount)
                AND NOT EXISTS (
                    SELECT FROM sale_order_line line
                      JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                      JOIN account_move_line billed ON billed.id = rel.invoice_line_id
                     WHERE line.order_id = so.id AND billed.parent_state = 'posted'))
        """, companies=config.companies, today=today)

    @api.model
    def _describe_pilot_ended(self, reason, _company, day):
        return self.env._("The free period (until %(day)s) is over.", day=day)
