import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from ...logic import ladder

_logger = logging.getLogger(__name__)


class DunningPolicy(models.Model):
    """A dunning procedure for one kind of customer: a ladder of levels and its thresholds."""

    _name = 'dunning.policy'
    _description = "Dunning Policy"
    _order = 'sequence, id'
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=lambda self: self._get_last_sequence(),
        help="The first policy in this order whose customers match is used.")
    company_id = fields.Many2one(
        'res.company', index=True, default=lambda self: self.env.company,
        help="Leave empty to offer the policy to all companies.")
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    partner_domain = fields.Char(
        "Customers", help="Customers to whom this policy applies unless an invoice or the customer "
        "names another one. Empty: nobody by itself.")
    level_ids = fields.One2many('dunning.level', 'policy_id', "Levels", copy=True)
    level_count = fields.Integer(compute='_compute_level_count')
    min_balance = fields.Monetary(
        "Minimum Amount", help="Below this sum nothing is dunned; the items wait for more. "
        "In company currency.")
    tolerance = fields.Monetary(
        default=1.0,
        help="A single item with a balance up to this amount is not dunned; the minimum amount is "
             "about the sum of a letter. In company currency.")
    quiet_days = fields.Integer(
        default=5,
        help="Days without another letter to the same customer after the last one.")
    net_credits = fields.Boolean(
        default=True,
        help="Credit notes and unallocated payments of the customer reduce what is dunned.")
    bundle_levels = fields.Boolean(
        "One Letter for Several Levels", default=True,
        help="Items of a customer at different levels go on one letter, at the highest of their "
        "levels; the table tells the level of each. Formal notices always go by themselves.")
    auto_send = fields.Boolean(
        "Send Automatically", default=True,
        help="The nightly run sends these letters. Otherwise it leaves them as a proposal.")
    bank_guard_days = fields.Integer(
        "Bank Entries Not Older Than (Days)", default=7,
        help="Nothing is sent automatically while the newest bank entry is older. 0: no check.")
    max_letters = fields.Integer(
        "Letters per Run at Most", default=200,
        help="The nightly run sends no more; the rest follows on the next working days, "
        "the most overdue first. 0: no limit.")

    _amounts_positive = models.Constraint(
        'CHECK(min_balance BETWEEN 0 AND 1e11 AND tolerance BETWEEN 0 AND 1e11)',
        "Amounts must not be negative, nor greater than 100,000,000,000.")
    _days_positive = models.Constraint(
        'CHECK(quiet_days BETWEEN 0 AND 3650 AND bank_guard_days BETWEEN 0 AND 3650 '
        'AND max_letters BETWEEN 0 AND 10000000)',
        "Days and numbers of letters must not be negative, nor days more than 3650 (ten years).")

    @api.model
    def _get_last_sequence(self):
        """Return the place behind all policies: a new one takes nobody's customers by accident."""
        last = self.sudo().with_context(active_test=False).search(
            [], order='sequence desc', limit=1)
        return last.sequence + 10 if last else 10

    @api.depends('company_id')
    @api.depends_context('company')
    def _compute_currency_id(self):
        for policy in self:
            policy.currency_id = (policy.company_id or self.env.company).currency_id

    @api.depends('level_ids')
    def _compute_level_count(self):
        # Archived ones count: a new level comes behind all of them.
        counts = dict(self.env['dunning.level'].with_context(active_test=False)._read_group(
            [('policy_id', 'in', self.ids)], ['policy_id'], ['__count']))
        for policy in self:
            policy.level_count = counts.get(policy, 0)

    @api.constrains('partner_domain')
    def _check_partner_domain(self):
        for policy in self:
            error = policy._find_domain_error()
            if error:
                raise ValidationError(self.env._(
                    "The customers of policy %(policy)s cannot be read: %(error)s",
                    policy=policy.name, error=error)) from error
            # Constraints run as the system; whoever writes is asked.
            self.sudo(False)._check_may_name(policy.partner_domain)

    @api.model
    def _check_may_name(self, text):
        """Refuse customers named by what the user may not read: who is found would tell it.

        :raise AccessError: the domain asks for a field or a record that is none of the user's
        """
        if text and not self.env.su:
            self.env['res.partner'].search(self._make_partner_domain(text), limit=1)

    @api.constrains('company_id')
    def _check_company_of_users(self):
        """A policy in use elsewhere cannot be moved away from there."""
        for policy in self.filtered('company_id'):
            if self.env['res.company'].sudo().search_count([
                ('dunning_policy_id', '=', policy.id), ('id', '!=', policy.company_id.id),
            ], limit=1):
                raise ValidationError(self.env._(
                    "Policy %(policy)s is the default of another company.", policy=policy.name))

    def write(self, vals):
        result = super().write(vals)
        if 'company_id' in vals:
            # The record rules ask where a policy comes from; where it goes to counts as well.
            self.check_access('write')
        return result

    def copy_data(self, default=None):
        # A copy has the levels that are archived, too.
        values_list = super(
            DunningPolicy, self.with_context(active_test=False)).copy_data(default)
        if not (default and 'name' in default):
            for policy, values in zip(self, values_list, strict=True):
                values['name'] = self.env._("%(policy)s (copy)", policy=policy.name)
        return values_list

    def copy_translations(self, new, excluded=()):
        # EXTENDS base: the levels that are archived have texts in all languages as well
        return super(DunningPolicy, self.with_context(active_test=False)).copy_translations(
            new.with_context(active_test=False), excluded)

    def _get_partner_domain(self):
        """Return the customers of the policy as a Domain, matching nobody when none are named."""
        self.ensure_one()
        if not (self.partner_domain or '').strip():
            return Domain.FALSE
        return self._make_partner_domain(self.partner_domain)

    @api.model
    def _make_partner_domain(self, text):
        """Return the customers that the text of a policy names; nobody by an empty list."""
        domain = safe_eval(text, {'uid': self.env.uid})
        return Domain(domain) if domain else Domain.FALSE

    def _find_domain_error(self):
        """Return the exception that reading the customers of the policy raises, or None.

        It was read when it was entered; since then a field may have gone with its module.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.env['res.partner'].sudo().search(self._get_partner_domain(), limit=1)
        except Exception as error:  # whatever it is, it concerns this policy alone
            return error
        return None

    def _get_usable_domain(self):
        """Return `_get_partner_domain`; nobody where it cannot be read: others are not stopped."""
        self.ensure_one()
        try:
            domain = self._get_partner_domain()
            self.env['res.partner'].sudo()._search(domain)      # only makes the query
        except Exception:
            _logger.exception("The customers of dunning policy %s cannot be read", self.id)
            return Domain.FALSE
        return domain

    @api.model
    def _get_company_domain(self, company):
        """Return the policies that a company may use: its own, its parents', the shared ones."""
        return Domain('company_id', '=', False) | Domain('company_id', 'parent_of', company.ids)

    def _get_ladder(self):
        """Return the pure `logic.ladder.Policy` of each policy, by id."""
        return {
            policy.id: ladder.Policy(
                policy.id, tuple(
                    ladder.Level(
                        level.id, level.position, level.delay, level.delay_from, level.min_amount,
                        level.is_formal)
                    for level in policy.level_ids.filtered('active').sorted('position')),
                policy.min_balance, policy.tolerance, policy.quiet_days, policy.net_credits,
                policy.max_letters, bundles=policy.bundle_levels)
            for policy in self
        }

    @api.model
    def _get_for_company(self, company):
        """Return all policies a company may use, by sequence, readable whoever asks.

        Archived ones are never among them, whatever the context of the caller says.
        """
        policies = self.sudo().with_context(active_test=True)
        return policies.search(self._get_company_domain(company)).with_company(company)

    @api.model
    def _get_for_creditor(self, company):
        """Return the policies of a company and of all branches of the creditor."""
        policies = self._get_for_company(company)
        for branch in company._get_dunning_tree() - company:
            policies |= self._get_for_company(branch).with_company(company)
        return policies

    @api.model
    def _assign(self, company, partner_ids, policies=None):
        """Return the policy id by partner id, where the customer names none.

        The first policy whose customers match, else the default of the company. One query per
        policy with customers, however many partners there are.

        :param company: the company whose policies and default count
        :param partner_ids: ids of commercial partners
        :param policies: {id: policy} in their order; None: those that are stored
        """
        if policies is None:
            policies = {policy.id: policy for policy in self._get_for_company(company)}
        assigned, remaining = {}, set(partner_ids)
        partners = self.env['res.partner'].sudo().with_company(company).with_context(
            active_test=False)
        for policy_id, policy in policies.items():
            if not remaining:
                break
            domain = policy._get_usable_domain()
            if domain.is_false():
                continue
            found = set(partners._search(domain & Domain('id', 'in', remaining)))
            assigned.update(dict.fromkeys(found, policy_id))
            remaining -= found
        default = company.sudo()._get_dunning_policy(policies)
        if default:
            assigned.update(dict.fromkeys(remaining, default.id))
        return assigned

    @api.model
    def _assign_items(self, company, rows, policies=None):
        """Return {item id: policy id}: that of the invoice, of the customer, else by `_assign`.

        A branch's policy counts where it is named; rules and default are those of the company.

        :param rows: (item id, partner id, policy id of the invoice, policy id of the customer)
        :param policies: as for `_assign`
        """
        stored = self._get_for_company(company)
        if policies is None:
            policies = {policy.id: policy for policy in stored}
        usable = {*policies, *(self._get_for_creditor(company) - stored).ids}
        named = {
            item_id: next((each for each in own if each in usable), None)
            for item_id, _partner, *own in rows}
        unnamed = {partner for item_id, partner, *_own in rows if not named[item_id]}
        assigned = self._assign(company, unnamed, policies) if unnamed else {}
        return {item_id: named[item_id] or assigned.get(partner)
                for item_id, partner, *_own in rows}

    @api.model
    def _assign_all(self, company, partner_ids):
        """Return the policy id by partner id: the customer's own, else as `_assign` says."""
        partners = self.env['res.partner'].sudo().with_company(company).with_context(
            active_test=False)
        usable = self._get_for_company(company)
        own = {
            partner.id: partner.dunning_policy_id.id
            for partner in partners.search_fetch(
                [('id', 'in', list(partner_ids)), ('dunning_policy_id', 'in', usable.ids)],
                ['dunning_policy_id'])
        }
        return {**self._assign(company, set(partner_ids) - own.keys()), **own}
