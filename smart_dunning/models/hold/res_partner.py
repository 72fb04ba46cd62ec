from odoo import api, fields, models
from odoo.fields import Domain

from .dunning_hold_rule import HOLD_READERS, STATES

_LIMIT_FIELDS = {
    'credit_limit', 'use_partner_credit_limit', 'dunning_limit_until', 'dunning_limit_reason'}
_CREDIT_FIELDS = _LIMIT_FIELDS | {
    'dunning_prepayment_only', 'dunning_policy_id', 'property_payment_term_id'}
_GROUPS = 'account.group_account_invoice,account.group_account_readonly'


class ResPartner(models.Model):
    """Credit of a customer: core's limit with an end, a reason and a history; prepayment only."""

    _inherit = 'res.partner'

    dunning_limit_until = fields.Date(
        "Limit Valid Until", company_dependent=True, groups=_GROUPS,
        help="The last day of the credit limit. Empty: it has no end.")
    dunning_limit_reason = fields.Char(
        "Reason of the Limit", company_dependent=True, groups=_GROUPS,
        help="Kept with every change in the history of the limit.")
    dunning_prepayment_only = fields.Boolean(
        "Prepayment Only", company_dependent=True, groups=_GROUPS,
        help="Orders and deliveries pass only when they are paid.")
    dunning_limit_change_ids = fields.One2many(
        'dunning.limit.change', 'partner_id', "History of the Limit", groups=_GROUPS)
    dunning_hold_state = fields.Selection(
        STATES, "Hold", compute='_compute_dunning_hold', compute_sudo=True, groups=HOLD_READERS,
        search='_search_dunning_hold_state')
    dunning_hold_message = fields.Text(
        compute='_compute_dunning_hold', compute_sudo=True, groups=HOLD_READERS)

    @api.depends('commercial_partner_id')
    @api.depends_context('company', 'lang')
    def _compute_dunning_hold(self):
        """Ask what an order and a delivery of this customer would meet right now."""
        check, company = self.env['dunning.hold.check'], self.env.company
        known = self.filtered(lambda partner: partner.commercial_partner_id._origin)
        verdicts = check._get_customer_verdicts(company, known.commercial_partner_id._origin.ids)
        for partner in self:
            verdict = verdicts.get(partner.commercial_partner_id._origin.id)
            partner.dunning_hold_state = verdict.state if verdict else 'clear'
            partner.dunning_hold_message = verdict and check._get_reasons_text(verdict, company)

    @api.model
    def _search_dunning_hold_state(self, operator, value):
        """Search by the rows of the list of debtors; contacts are held with their customer."""
        self._check_field_access(self._fields['dunning_hold_state'], 'read')
        if operator != 'in':
            return NotImplemented
        debtors = self.env['dunning.debtor'].sudo().with_context(active_test=False)
        company = Domain('company_id', '=', self.env.company.id)

        def find(states):
            rows = debtors._search(company & Domain('hold_state', 'in', states))
            return Domain('commercial_partner_id', 'in', rows.subselect('partner_id'))

        found = find([state for state in value if state != 'clear'])
        return found | ~find(['warn', 'block']) if 'clear' in value else found

    @api.model
    def _commercial_fields(self):
        # EXTENDS account
        return [*super()._commercial_fields(), 'dunning_limit_until', 'dunning_limit_reason',
                'dunning_prepayment_only']

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS base
        partners = super().create(vals_list)
        limited = partners.browse([
            partner.id for partner, vals in zip(partners, vals_list, strict=True)
            if vals.get('credit_limit')])
        limited._log_dunning_limits(dict.fromkeys(limited, (0.0, False)), self.env.company)
        return partners

    def write(self, vals):
        # EXTENDS base: what the limit was, and that the customer is to be looked at again
        if not _CREDIT_FIELDS & vals.keys():
            return super().write(vals)
        company = self.env.company
        before = self._get_dunning_limits() if _LIMIT_FIELDS & vals.keys() else {}
        result = super().write(vals)
        if before:
            self._log_dunning_limits(before, company)
        self.env['dunning.debtor.change']._enqueue(
            {(company.id, partner.commercial_partner_id.id) for partner in self})
        return result

    def _get_dunning_limits(self):
        return {partner: (partner.credit_limit, partner.dunning_limit_until)
                for partner in self.sudo() if partner == partner.commercial_partner_id}

    def _log_dunning_limits(self, before, company):
        """Keep who changed which limit from what to what."""
        now = fields.Datetime.now()
        before = {partner.sudo(): limits for partner, limits in before.items()}
        self.env['dunning.limit.change'].sudo().create([{
            'company_id': company.id, 'partner_id': partner.id, 'user_id': self.env.uid,
            'date': now, 'old_limit': limit, 'new_limit': partner.credit_limit,
            'old_until': until, 'new_until': partner.dunning_limit_until,
            'reason': partner.dunning_limit_reason,
        } for partner, (limit, until) in before.items()
            if (limit, until) != (partner.credit_limit, partner.dunning_limit_until)])
