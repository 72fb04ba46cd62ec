import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...logic import portal
from ..policy.notes import speak_to, to_note
from .allocation import allocate

_logger = logging.getLogger(__name__)

#: Providers with which money is on its way only when the bank says so.
_BY_HAND = ('none', 'custom')


class PaymentTransaction(models.Model):
    """Payments of letters and selections: allocated by our rules, never by core's order."""

    _inherit = 'payment.transaction'

    dunning_letter_id = fields.Many2one(
        'dunning.letter', readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', groups='smart_dunning.group_dunning_user')
    dunning_part_id = fields.Many2one(
        'dunning.installment', "Instalment", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', groups='smart_dunning.group_dunning_user')
    dunning_partner_id = fields.Many2one(
        'res.partner', "Customer Whose Items It Pays", readonly=True, copy=False,
        index='btree_not_null', ondelete='restrict',
        groups='smart_dunning.group_dunning_user')
    dunning_line_ids = fields.Many2many(
        'account.move.line', 'dunning_transaction_line_rel', 'transaction_id', 'line_id',
        "Items It Pays", readonly=True, copy=False, groups='smart_dunning.group_dunning_user')
    dunning_with_charges = fields.Boolean(
        "Pays Fees and Interest", readonly=True, copy=False,
        groups='smart_dunning.group_dunning_user')
    dunning_credit = fields.Monetary(
        "Credits Deducted", readonly=True, copy=False,
        groups='smart_dunning.group_dunning_user')

    _dunning_underway_idx = models.Index(
        "(company_id) WHERE state IN ('pending', 'authorized') "
        "OR state = 'done' AND is_post_processed IS NOT TRUE")

    # Before -------------------------------------------------------------------------------------

    @api.model
    def _prepare_dunning_values(self, demand):
        """Return the values of a transaction that pays a `Demand`."""
        return {
            'dunning_letter_id': demand.letter and demand.letter.id or False,
            'dunning_part_id': demand.part and demand.part.id or False,
            'dunning_partner_id': demand.partner.id,
            'dunning_line_ids': [Command.set(demand.lines.ids)],
            'dunning_with_charges': demand.with_charges,
            'dunning_credit': demand.credit,
        }

    @api.model
    def _find_underway(self, lines, letter=None, charges=None):
        """Return the payments of these items, or of a letter, that are on their way.

        What was taken and is not booked yet counts as well; a transfer that the customer has
        only announced does not.

        :param charges: open charges of a customer in one company and currency, whose payment
            counts although it pays no item
        """
        whose = Domain('dunning_line_ids', 'in', lines.ids) | Domain(
            'invoice_ids', 'in', lines.move_id.ids)
        if letter:
            whose |= Domain('dunning_letter_id', '=', letter.id)
        if charges:
            # The company of a payment is its provider's, which may be above the creditor's.
            whose |= (
                Domain('dunning_with_charges', '=', True) & Domain('dunning_line_ids', '=', False)
                & Domain('dunning_partner_id', 'in', charges.partner_id.ids)
                & Domain('currency_id', 'in', charges.currency_id.ids)
                & Domain('company_id', 'parent_of', charges.company_id.ids))
        return self.sudo().search(
            whose & Domain('provider_id.code', 'not in', _BY_HAND) & (
                Domain('state', 'in', ('pending', 'authorized'))
                | Domain('state', '=', 'done') & Domain('is_post_processed', '=', False)),
            order='id desc')

    def _create_child_transaction(self, amount, is_refund=False, **custom_create_values):
        # EXTENDS payment: what is captured pays what was authorized
        tx = self.sudo()
        if not is_refund and tx.dunning_partner_id:
            custom_create_values = {
                'dunning_letter_id': tx.dunning_letter_id.id,
                'dunning_part_id': tx.dunning_part_id.id,
                'dunning_partner_id': tx.dunning_partner_id.id,
                'dunning_line_ids': [Command.set(tx.dunning_line_ids.ids)],
                'dunning_with_charges': tx.dunning_with_charges,
                'dunning_credit': tx.dunning_credit,
            } | custom_create_values
        return super()._create_child_transaction(
            amount, is_refund=is_refund, **custom_create_values)

    # After --------------------------------------------------------------------------------------

    def _create_payment(self, **extra_create_values):
        # EXTENDS account_payment
        self.ensure_one()
        if not self.sudo().dunning_partner_id:
            return super()._create_payment(**extra_create_values)
        tx = self.sudo()
        values = {'partner_id': tx.dunning_partner_id.id}
        lines = tx._get_dunning_lines()
        if lines:
            values['destination_account_id'] = lines[0].account_id.id
        payment = super()._create_payment(**values, **extra_create_values)
        tx._allocate_isolated(payment)
        return payment

    def _get_dunning_lines(self):
        """Return the open items of the payment in the order in which it settles them."""
        lines = self.env['account.move.line'].sudo()
        if not self.dunning_line_ids:        # fees and interest alone
            return lines
        facts = {
            line_id: (line_id, due, disputed or 0.0)
            for line_id, due, disputed in self.env['dunning.item']._fetch(
                self._get_dunning_company()._get_dunning_tree(), ('id', 'due', 'disputed'),
                line_ids=self.dunning_line_ids.ids, where=SQL("item.residual > 0"))}
        return lines.browse(portal.order_for_payment(facts.values()))

    def _allocate_isolated(self, payment):
        """Allocate a payment; whatever goes wrong, the payment stays, and the clerk is asked."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._allocate_payment(payment)
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.invalidate_all()
            if not isinstance(error, UserError):
                _logger.exception("Payment %s could not be allocated", payment.name)
            reason = isinstance(error, UserError) and str(error)
            self._ask_about_payment(lambda env: env._(
                "The online payment %(payment)s could not be allocated: %(reason)s",
                payment=payment.name, reason=reason or env._(
                    "Unexpected error. Please ask your administrator to check the server log.")))
            return
        rest = -sum(self._get_credits(payment).mapped('amount_residual_currency'))
        if self.currency_id.compare_amounts(rest, 0.0) > 0:
            self._ask_about_payment(lambda env: env._(
                "%(amount)s of the online payment %(payment)s are more than was open. Was it paid "
                "twice? Please pay it back or allocate it.",
                amount=self.currency_id.with_env(env).format(rest), payment=payment.name))

    def _allocate_payment(self, payment):
        """Settle charges and items: costs first only where the company says so, disputed last."""
        credits = self._get_credits(payment)
        if not credits:                      # an accounting app books the payment later
            payment.invoice_ids = self.dunning_line_ids.move_id
            return
        lines = self._get_dunning_lines().filtered(
            lambda line: line.account_id == credits.account_id)
        allocate(
            credits, lines, self._get_dunning_charges(),
            self._get_dunning_company().dunning_allocate_costs_first, payment.date,
            self._get_netted_credits(credits) if self.dunning_credit else None)

    def _get_dunning_company(self):
        """Return the company that is paid: the provider may be that of a company above."""
        return self.dunning_letter_id.company_id or self.dunning_part_id.plan_id.company_id \
            or self.dunning_line_ids.company_id[:1] or self.company_id

    def _get_dunning_charges(self):
        """Return what is paid besides the items: open fees, lump sums and interest."""
        charges = self.env['dunning.charge'].sudo()
        if not self.dunning_with_charges:
            return charges
        charges = self.dunning_letter_id._get_charges_now() if self.dunning_letter_id \
            else charges._get_open(
                self._get_dunning_company(), self.dunning_partner_id.ids)._get_asked()
        return charges.filtered(lambda one: one.currency_id == self.currency_id)

    @staticmethod
    def _get_credits(payment):
        """Return what of a payment is not allocated."""
        return payment.sudo().move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable'
            and line.parent_state == 'posted' and not line.reconciled
            and line.amount_residual_currency < 0)

    def _get_netted_credits(self, credits):
        """Return the other credits of the customer, which the amount was reduced by.

        A letter nets those of the creditor; the page of the open items goes company by company.
        """
        companies = self._get_dunning_company()
        if self.dunning_letter_id:
            companies = companies._get_dunning_tree()
        ids = [line_id for line_id, in self.env['dunning.item']._fetch(
            companies, ('id',), partner_ids=self.dunning_partner_id.ids,
            where=SQL("item.open < 0 AND item.currency = %s AND item.account = %s "
                      "AND item.excluded IS NULL", self.currency_id.id, credits.account_id.id),
            order='date, id')]
        return self.env['account.move.line'].sudo().browse(ids) - credits

    def _ask_about_payment(self, get_text):
        """Let the clerk decide about a payment that did not go where it was meant to.

        :param get_text: function (env in the language of the clerk) -> what happened
        """
        letter, company = self.dunning_letter_id, self._get_dunning_company()
        record = letter or self.env['dunning.debtor']._get_row(self.dunning_partner_id, company)
        user = letter and letter._get_clerk() or company.dunning_user_id or self.env.ref(
            'base.user_admin')
        told = speak_to(user, record)
        told.activity_schedule(
            'smart_dunning.mail_activity_dunning_payment', note=to_note(get_text(told.env)),
            user_id=user.id)

    def _get_invoices_to_notify(self):
        # EXTENDS account_payment: what is said of a payment stands on the invoices that it pays
        return super()._get_invoices_to_notify() | self.sudo().dunning_line_ids.move_id.filtered(
            lambda move: move.is_invoice(include_receipts=True))

    def _get_communication(self):
        # EXTENDS payment_custom (where it is installed): the transfer has the letter's reference
        letter = self.sudo().dunning_letter_id
        if letter:
            return letter._get_reference_to_type()
        return super()._get_communication()
