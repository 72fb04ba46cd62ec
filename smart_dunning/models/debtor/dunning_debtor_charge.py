from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ..policy.notes import speak_to, to_note


class DunningDebtor(models.Model):
    """What a customer owes besides the principal, and what to do about it."""

    _inherit = 'dunning.debtor'

    charges_open = fields.Monetary(
        "Fees and Interest", readonly=True,
        help="Open fees, lump sums and interest, in the currency of the company.")
    is_only_charges = fields.Boolean(
        "Principal Paid", readonly=True,
        help="Everything that was dunned is paid; only fees and interest are open.")
    charge_ids = fields.One2many(
        'dunning.charge', compute='_compute_charge_ids', string="Fees and Interest List")
    charges_hint = fields.Char(compute='_compute_charges_hint', compute_sudo=True)
    has_open_credit = fields.Boolean(compute='_compute_charges_hint', compute_sudo=True)

    @api.model
    def _get_charge_figures(self, company, partner_ids):
        """Return {partner id: {figure: value}} of what is open besides the principal."""
        totals = self._get_charge_totals(company, partner_ids)
        unpaid = self._get_with_dunned_principal(company, list(totals))
        return {
            partner_id: {
                'charges_open': amount,
                'is_only_charges': amount > 0 and partner_id not in unpaid}
            for partner_id, amount in totals.items()}

    @api.model
    def _get_charge_totals(self, company, partner_ids):
        """Return {partner id: open charges in company currency, at the rate of today}."""
        domain = Domain('company_id', '=', company.id) & Domain('amount_open', '!=', 0)
        if partner_ids is not None:
            domain &= Domain('partner_id', 'in', list(partner_ids))
        totals = defaultdict(float)
        today = company._get_dunning_today()
        for partner, currency, amount in self.env['dunning.charge'].sudo()._read_group(
                domain, ['partner_id', 'currency_id'], ['amount_open:sum']):
            totals[partner.id] += currency._convert(
                amount, company.currency_id, company, today)
        return dict(totals)

    @api.model
    def _get_with_dunned_principal(self, company, partner_ids):
        """Return the ids of customers with a dunned item, or one that bears charges, not paid."""
        if not partner_ids:
            return set()
        self.env['dunning.charge'].flush_model(['move_id', 'amount_open'])
        return {partner_id for partner_id, in self.env['dunning.item']._fetch(
            company, ('partner',), partner_ids=partner_ids, where=SQL("""
                item.charge IS NULL AND item.open > 0 AND (item.level IS NOT NULL OR EXISTS (
                    SELECT FROM dunning_charge charge
                     WHERE charge.move_id = item.move AND charge.amount_open != 0))"""))}

    def _compute_charge_ids(self):
        self._find_of_customer('charge_ids')

    @api.depends('charges_open', 'is_only_charges', 'credit_amount')
    def _compute_charges_hint(self):
        """Say in a sentence what is open besides the principal, and whether money is there."""
        for debtor in self:
            credits = debtor._get_bank_credits()
            debtor.has_open_credit = bool(credits)
            debtor.charges_hint = " ".join(filter(None, (
                debtor._get_charges_sentence(), debtor._get_credit_sentence(credits))))

    def _get_bank_credits(self):
        """Return the open receipts of the debtor that could be allocated."""
        return self.env['dunning.charge']._get_open_credits(self.company_id, self.partner_id.ids)

    def _get_charges_sentence(self):
        charges = self.env['dunning.charge']._get_open(self.company_id, self.partner_id.ids)
        if not charges:
            return ""
        amounts = self._format_totals(charges, 'amount_open')
        if self.is_only_charges:
            return self.env._(
                "Principal is paid, %(amount)s of interest and fees is open.", amount=amounts)
        return self.env._("%(amount)s of interest and fees is open.", amount=amounts)

    def _get_credit_sentence(self, credits):
        if not credits or not self.charges_open:
            return ""
        amounts = self._format_totals(credits, 'amount_residual_currency', sign=-1)
        charges = self.env['dunning.charge']._get_open(self.company_id, self.partner_id.ids)
        if any(currency.compare_amounts(
                -sum(lines.mapped('amount_residual_currency')),
                sum(charges.filtered(lambda charge: charge.currency_id == currency).mapped(  # noqa: B023
                    'amount_open'))) == 0
                for currency, lines in credits.grouped('currency_id').items()):
            return self.env._("A credit of exactly that amount is not allocated.")
        return self.env._("A credit of %(amount)s is not allocated.", amount=amounts)

    def _format_totals(self, records, name, sign=1):
        """Return the sums of an amount per currency, as text."""
        return " + ".join(
            format_amount(self.env, sign * sum(group.mapped(name)), currency)
            for currency, group in records.grouped('currency_id').items())

    # Actions ------------------------------------------------------------------------------------

    def action_waive_charges(self):
        """Ask which open charges of these debtors are waived, how much of them and why."""
        return self._get_open_charges()._open_waive_dialog()

    def action_waive_rest(self):
        """Waive all that is open besides the paid principal, at one click."""
        charges = self.filtered('is_only_charges')._get_open_charges()
        if not charges:
            raise UserError(self.env._("Nothing is open any more."))
        action = charges._waive_rest()
        self._refresh_own()
        return action

    def action_open_charges(self):
        """Open the charges of these debtors, settled ones too."""
        return self.env['dunning.charge']._open_list([
            ('partner_id', 'in', self.partner_id.ids), ('company_id', 'in', self.company_id.ids)])

    def _get_open_charges(self):
        self.check_access('read')
        charges = self.env['dunning.charge'].sudo()
        for company, debtors in self.grouped('company_id').items():
            charges |= charges._get_open(company, debtors.partner_id.ids)
        return charges

    # Activities ---------------------------------------------------------------------------------

    def _schedule_charge_activity(self, get_note=None):
        """Ask the responsible person to decide about the charges of a debtor.

        :param get_note: function (env in the language of that person) -> what happened; by
            default what is open
        """
        # Without a mail for each: the list of activities is the message.
        for debtor in self.sudo().with_context(mail_activity_quick_update=True):
            user = (debtor.user_id or debtor.company_id.dunning_user_id
                    or self.env.ref('base.user_admin'))
            told = speak_to(user, debtor)
            told.activity_schedule(
                'smart_dunning.mail_activity_dunning_charge', user_id=user.id, note=to_note(
                    get_note(told.env) if get_note else told._get_charges_sentence()))
