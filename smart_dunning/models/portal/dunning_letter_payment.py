from odoo import models

from ...logic import portal
from .demand import Demand


class DunningLetter(models.Model):
    """Paying a letter online: how much, decided here and nowhere else."""

    _inherit = 'dunning.letter'

    def _get_demand(self, wish=None, account=None):
        """Return the `Demand` of the letter now; None where nothing can be paid.

        :param float wish: a part that the customer wants to pay; counts where the policy allows
        :param account: the `Account` of the letter, where it is known that no payment of it is
            on its way
        """
        self.ensure_one()
        if self.state == 'cancelled' or account is None and self._find_underway():
            return None
        account, policy = account or self._get_account(), self.policy_id
        lines = self.env['account.move.line'].sudo().union(*(
            item.line.move_line_id for item in account.payable_items))
        minimum = self.company_currency_id._convert(
            policy.portal_partial_min, self.currency_id, self.company_id,
            self.company_id._get_dunning_today())
        amount = portal.choose_amount(
            account.total, wish=wish, is_partial=policy.portal_partial, minimum=minimum)
        return amount and Demand(
            company=self.company_id, partner=self.partner_id, currency=self.currency_id,
            amount=self.currency_id.round(amount), lines=lines, reference=self.name,
            with_charges=True, credit=account.credit, letter=self,
            is_partial=policy.portal_partial, minimum=min(minimum, account.total)) or None

    def _find_underway(self):
        """Return the last online payment of the letter or its items that is on its way."""
        return self.env['payment.transaction']._find_underway(
            self._get_asked_lines().move_line_id, self)[:1]
