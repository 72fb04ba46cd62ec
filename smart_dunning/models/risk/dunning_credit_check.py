import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..policy.isolation import isolate
from ..policy.labels import get_labels
from ..policy.notes import speak_to

_logger = logging.getLogger(__name__)

SOURCES = [
    ('creditreform', "Creditreform"), ('schufa', "Schufa"), ('insurer', "Credit insurer"),
    ('own', "Own judgement"), ('other', "Other"),
]
#: So many days before a check ends somebody is asked to renew it.
REMIND_DAYS = 14


class DunningCreditCheck(models.Model):
    """What somebody else says of a customer's credit: an index, a limit, until when it holds."""

    _name = 'dunning.credit.check'
    _description = "Credit Check"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'date desc, id desc'
    _check_company_auto = True

    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='cascade',
        domain=[('parent_id', '=', False)])
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related='company_id.currency_id')
    source = fields.Selection(SOURCES, required=True, default='own')
    number = fields.Char(
        "Number at the Source", index='btree_not_null',
        help="What the source calls the customer by, such as the insurer's number. Files are "
        "matched by it.")
    index = fields.Char(help="What the source says, in its own terms.")
    amount_limit = fields.Monetary(
        "Limit", help="Proposed, or insured where the source is a credit insurer. In company "
        "currency. 0: none was named.")
    date = fields.Date(required=True, default=lambda self: self.env.company._get_dunning_today())
    valid_until = fields.Date(help="The last day. Empty: it has no end.")
    is_valid = fields.Boolean("In Force", compute='_compute_is_valid', search='_search_is_valid')
    attachment_ids = fields.Many2many('ir.attachment', string="Files")
    note = fields.Text("Remark")
    is_reminded = fields.Boolean(readonly=True, copy=False)

    _limit_positive = models.Constraint(
        'CHECK(amount_limit >= 0)', "The limit of a credit check must not be negative.")

    @api.constrains('date', 'valid_until')
    def _check_dates(self):
        for check in self:
            if check.valid_until and check.valid_until < check.date:
                raise ValidationError(self.env._(
                    "The credit check of %(customer)s ends before it begins.",
                    customer=check.partner_id.display_name))

    @api.depends('partner_id', 'source', 'date')
    def _compute_display_name(self):
        sources = get_labels(self, 'source')
        for check in self:
            check.display_name = self.env._(
                "%(name)s of %(date)s", name=sources.get(check.source, ''),
                date=format_date(self.env, check.date) if check.date else "…")

    @api.depends('date', 'valid_until', 'company_id')
    def _compute_is_valid(self):
        for check in self:
            today = (check.company_id or self.env.company)._get_dunning_today()
            check.is_valid = bool(check.date) and check.date <= today and (
                not check.valid_until or check.valid_until >= today)

    def _search_is_valid(self, operator, value):
        if operator != 'in':
            return NotImplemented
        today = self.env.company._get_dunning_today()
        domain = Domain('date', '<=', today) & (
            Domain('valid_until', '=', False) | Domain('valid_until', '>=', today))
        return domain if True in value else ~domain

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            partner = self.env['res.partner'].browse(vals.get('partner_id'))
            vals['partner_id'] = partner.commercial_partner_id.id
        return super().create(vals_list)

    def write(self, vals):
        if 'valid_until' in vals:
            vals = {**vals, 'is_reminded': False}
        return super().write(vals)

    # Facts --------------------------------------------------------------------------------------

    @api.model
    def _get_insured_limits(self, company, partner_ids, date):
        """Return {partner id: limit} that a credit insurer covers on a day, the newest check."""
        checks = self.sudo().search([
            ('company_id', 'in', company._get_dunning_tree().ids),
            ('partner_id', 'in', list(partner_ids)),
            ('source', '=', 'insurer'), ('date', '<=', date),
            '|', ('valid_until', '=', False), ('valid_until', '>=', date),
        ], order='date, id')
        return {check.partner_id.id: check.amount_limit for check in checks}

    @api.model
    def _fetch_credit_check(self, company, partner):
        """Ask a provider about a customer; return the values of a check; empty: nobody was asked.

        A module of a provider (credit agency, insurer) implements it; there is none in this addon.

        :param company: who asks
        :param partner: commercial partner
        :raise UserError: the provider refuses, with a sentence that says what to do
        """
        return {}

    @api.model
    def _has_provider(self):
        """Return whether a module implements `_fetch_credit_check`; it says so through super()."""
        return False

    @api.model
    def _fetch_for(self, company, partners):
        """Ask the provider about customers; return the new checks."""
        values = []
        for partner in partners:
            found = self._fetch_credit_check(company, partner)
            if found:
                values.append({**found, 'partner_id': partner.id, 'company_id': company.id})
        return self.create(values)

    def _fetch_anew(self):
        """Ask the provider, where there is one, about customers whose check ends.

        One that fails, or does not know a customer, leaves the check to a person.
        """
        if not self._has_provider():
            return
        for owner, checks in self.filtered(
                lambda check: not check._is_renewed()).grouped('company_id').items():
            for partner in checks.partner_id:
                isolate(
                    self.env, partial(self._fetch_for, owner, partner), _logger,
                    "The provider of credit checks fails for customer %s", partner.id)

    def _is_renewed(self):
        """Return whether a newer check of the same source holds for longer."""
        self.ensure_one()
        newer = self.sudo().search([
            ('partner_id', '=', self.partner_id.id), ('company_id', '=', self.company_id.id),
            ('source', '=', self.source), ('id', '!=', self.id), ('date', '>=', self.date)])
        return any(not check.valid_until or check.valid_until > self.valid_until
                   for check in newer)

    @api.model
    def _remind_of_end(self, company, date):
        """Ask the dunning clerk, once for each, to renew what ends soon, unless it is renewed."""
        ending = self.sudo().search([
            ('company_id', 'in', company._get_dunning_tree().ids), ('is_reminded', '=', False),
            ('valid_until', '>=', date), ('valid_until', '<=', date + timedelta(REMIND_DAYS))])
        ending._fetch_anew()
        ending = ending.filtered(lambda check: not check._is_renewed())
        user = company.dunning_user_id or self.env.ref('base.user_admin')
        for check in ending.with_context(mail_activity_quick_update=True):
            told = speak_to(user, check)
            told.activity_schedule(
                'mail.mail_activity_data_todo', check.valid_until, user_id=user.id,
                summary=told.env._(
                    "The credit check of %(customer)s ends", customer=check.partner_id.name))
        ending.is_reminded = True
