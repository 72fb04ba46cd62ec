from odoo import api, models
from odoo.tools import SQL

from ...logic import allocation
from ..policy.locks import lock_or_refuse


class DunningCharge(models.Model):
    """Allocation: a payment settles costs, then interest, then the principal (§ 367 (1) BGB)."""

    _inherit = 'dunning.charge'

    def _settle(self, credits, date=None):
        """Settle open charges from credits of the customer, booking what is not booked yet.

        Fees come first, then lump sums, then interest. No more is booked than the credits pay.

        :param credits: open receivable items of the customer, less than zero, of one company,
            account and currency; charges in another currency stay as they are
        :param date: of what is booked now; today by default
        :return: the open charges that were settled, whole or in part
        """
        credits = credits.sudo().filtered(lambda line: not line.reconciled)
        if not credits:
            return self.browse()
        account, currency, company = credits.account_id, credits.currency_id, credits.company_id
        account.ensure_one()
        currency.ensure_one()
        charges = self.sudo().filtered(
            lambda charge: charge.currency_id == currency
            and charge.company_id == company)._sort_for_allocation()
        lock_or_refuse(charges)
        charges._unbook()
        claims = {charge: charge._get_amount_settled_by(account) for charge in charges}
        available = -sum(credits.mapped('amount_residual_currency'))
        parts = allocation.share(
            available, [(charge, rest) for charge, rest in claims.items() if rest],
            currency.round)
        to_book = {}
        for charge, part in parts.items():
            booked = claims[charge] - charge._get_amount_to_book()
            missing = currency.round(part - booked)
            to_book[charge] = missing if missing * part > 0 else 0.0
        settled = charges.filtered(lambda charge: charge in parts)
        settled._book(to_book, date or company._get_dunning_today(), account)
        settled._match(credits)
        return settled

    def _match(self, credits):
        """Match credits with what is booked of the charges on their account: costs, interest."""
        booked = self._get_booked_lines().filtered(
            lambda line: line.account_id == credits.account_id and not line.reconciled)
        by_kind = booked.grouped(lambda line: line.dunning_charge_id.kind)
        plan = [credits | by_kind[kind] for kind in ('fee', 'lump_sum', 'interest')
                if kind in by_kind]
        if plan:
            credits._reconcile_plan(plan)

    def _get_amount_settled_by(self, account):
        """Return what a credit on a receivable account can settle: booked there, or not at all."""
        self.ensure_one()
        elsewhere = self._get_booked_lines().filtered(lambda line: line.account_id != account)
        return self.currency_id.round(
            self.amount_open - sum(elsewhere.mapped('amount_residual_currency')))

    @api.model
    def _get_open_credits(self, companies, partner_ids):
        """Return the open receipts in bank and cash of these customers, the oldest first.

        :param companies: in whose ledgers
        """
        return self.env['account.move.line'].sudo().browse(
            line_id for line_id, in self.env['dunning.item'].sudo()._fetch(
                companies, ('id',), partner_ids=partner_ids, order='date, id',
                where=SQL("item.residual < 0 AND item.kind = 'payment'")))
