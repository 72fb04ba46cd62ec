import logging
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...logic import risk
from ..policy.isolation import isolate
from ..policy.labels import get_label

_logger = logging.getLogger(__name__)

#: By itself a limit is lowered once in so many days: each night anew, no bound would be one.
LOWERED_ONCE_IN_DAYS = 30


class DunningDebtor(models.Model):
    """The proposal for limit and terms: a person accepts it, or it takes credit away by itself."""

    _inherit = 'dunning.debtor'

    has_proposal = fields.Boolean(compute='_compute_has_proposal', compute_sudo=True)
    proposal_text = fields.Char("Proposal", compute='_compute_has_proposal', compute_sudo=True)

    @api.depends('proposed_limit', 'proposed_term_id', 'is_prepayment_proposed', 'credit_limit')
    @api.depends_context('lang')
    def _compute_has_proposal(self):
        for debtor in self:
            values = debtor._get_proposed_values()
            debtor.has_proposal = bool(values)
            debtor.proposal_text = debtor._get_proposal_text(values)

    def _get_customer(self):
        self.ensure_one()
        return self.partner_id.sudo().with_company(self.company_id)

    def _get_proposed_values(self):
        """Return what accepting the proposal would change on the customer; empty: nothing.

        A limit is proposed only where the company works with limits.
        """
        self.ensure_one()
        partner, values = self._get_customer(), {}
        compare = self.currency_id.compare_amounts
        if (self.proposed_limit and self.company_id.account_use_credit_limit
                and compare(self.proposed_limit, partner.credit_limit)):
            values['credit_limit'] = self.proposed_limit
        if self.proposed_term_id and self.proposed_term_id != partner.property_payment_term_id:
            values['property_payment_term_id'] = self.proposed_term_id.id
        if self.is_prepayment_proposed and not partner.dunning_prepayment_only:
            values['dunning_prepayment_only'] = True
        return values

    def _get_proposal_text(self, values):
        """Return the proposal as a sentence; False when there is none."""
        if not values:
            return False
        money = self.currency_id.format
        return ", ".join(filter(None, (
            'credit_limit' in values and self.env._(
                "limit %(limit)s", limit=money(self.proposed_limit)),
            'property_payment_term_id' in values and self.env._(
                "payment terms %(terms)s", terms=self.proposed_term_id.display_name),
            'dunning_prepayment_only' in values and self.env._("only against prepayment"))))

    def action_accept_proposal(self):
        """Give these customers the proposed limit and terms; the history keeps why.

        :raise AccessError: without the right of a dunning clerk
        :raise UserError: when nothing is proposed
        """
        if not self.env.user.has_group('smart_dunning.group_dunning_user'):
            raise AccessError(self.env._("Only dunning clerks accept proposals."))
        self.check_access('read')
        for debtor in self:
            values = debtor._get_proposed_values()
            if not values:
                raise UserError(self.env._(
                    "Nothing is proposed for %(customer)s.", customer=debtor.partner_id.name))
            debtor._apply_proposal(values)
        self._refresh_own()
        return True

    def _apply_proposal(self, values):
        """Write the proposed values on the customer, with class and reason in the history."""
        self.ensure_one()
        letter = get_label(self, 'risk_class')
        reason = self.env._("Class %(letter)s: %(reason)s", letter=letter, reason=" ".join(
            (self.risk_reason or '').splitlines()))
        self._get_customer().write({**values, 'dunning_limit_reason': reason[:500]})
        self.sudo().message_post(body=self.env._(
            "Proposal accepted: %(proposal)s. %(reason)s",
            proposal=self._get_proposal_text(values), reason=reason))

    # By itself ----------------------------------------------------------------------------------

    @api.model
    def _apply_worse_proposals(self, company):
        """Take credit away where the company lets that happen by itself; returns the debtors.

        Businesses only: for natural persons a rating decides nothing (art. 22 GDPR). A limit is
        lowered by no more than the company says and once in 30 days, and never given where there
        was none. A branch decides for its own customers.
        """
        debtors = self.browse()
        for branch in company._get_dunning_branches():
            if branch.dunning_risk_active and branch.dunning_risk_auto:
                debtors |= self._apply_worse_proposals_of(branch)
        return debtors

    @api.model
    def _apply_worse_proposals_of(self, company):
        debtors = self.browse()
        lowered = self._find_lowered_lately(company)
        for debtor in self.sudo().search(self._get_rated_business_domain(company)):
            values = debtor._get_bounded_values()
            if debtor.partner_id in lowered:
                values.pop('credit_limit', None)
            if values and isolate(
                    self.env, partial(debtor._apply_proposal, values), _logger,
                    "The credit of customer %s cannot be changed", debtor.partner_id.id):
                debtors |= debtor
        return debtors

    @api.model
    def _find_lowered_lately(self, company):
        """Return the customers whose limit was lowered without a person in the last 30 days."""
        start = fields.Date.subtract(company._get_dunning_today(), days=LOWERED_ONCE_IN_DAYS - 1)
        changes = self.env['dunning.limit.change'].sudo().search([
            ('company_id', '=', company.id), ('user_id', '=', self.env.uid),
            ('date', '>=', start)])
        return changes.filtered(lambda change: company.currency_id.compare_amounts(
            change.new_limit, change.old_limit) < 0).partner_id

    @api.model
    def _get_rated_business_domain(self, company):
        """Return businesses alone: who has the policy of consumers is none, whatever is ticked."""
        return (
            Domain('company_id', '=', company.id) & Domain('risk_class', '!=', False)
            & Domain('partner_id.is_company', '=', True)
            & ~Domain('policy_id.customer_kind', '=', 'consumer'))

    def _get_bounded_values(self):
        """Return what of the proposal takes credit away, within the bounds of the company."""
        values, partner = self._get_proposed_values(), self._get_customer()
        limit = values.pop('credit_limit', None)
        term = self.proposed_term_id if values.pop('property_payment_term_id', None) else None
        if term and risk.is_for_the_worse(
                1.0, 1.0, partner.property_payment_term_id._get_dunning_credit_days(),
                term._get_dunning_credit_days()) and partner.property_payment_term_id:
            values['property_payment_term_id'] = term.id
        if limit and partner.credit_limit and limit < partner.credit_limit:
            floor = partner.credit_limit * (1 - self.company_id.dunning_risk_auto_percent / 100)
            values['credit_limit'] = self.currency_id.round(max(limit, floor))
            if not self.currency_id.compare_amounts(
                    values['credit_limit'], partner.credit_limit):
                del values['credit_limit']
        return values

    # Export -------------------------------------------------------------------------------------

    def _get_limit_rows(self):
        # EXTENDS debtor
        return [
            [str(change.date), change.user_id.name, change.old_limit, change.new_limit,
             change.reason or ''] for change in self.limit_change_ids]
