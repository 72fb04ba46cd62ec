import logging
from collections import defaultdict
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...logic import charge, default, interest
from ..policy.isolation import isolate

_logger = logging.getLogger(__name__)


class DunningCharge(models.Model):
    """Charges follow the debt: what the ledger does not bear out any more is taken back.

    Payments arrive late in the ledger, invoices are cancelled or credited, more time is granted.
    Each time the charges of the customer are computed anew, in steps:

    1. `_get_debt` reads what the charges rest on, for all of them at once;
    2. `_find_owed` decides what is owed of each, `logic.charge` how much of it is taken back;
    3. `_correct` notes the difference, with its reason; bookings follow by the cron.

    Only ever to the customer's advantage: what grows is claimed by the next letter. What was taken
    back comes back by itself when its reason does.
    """

    _inherit = 'dunning.charge'

    @api.model
    def _follow_debt(self, company, partner_ids=None):
        """Compute the charges of customers of a company anew. A fixed number of queries.

        :param partner_ids: commercial partners to look at; None for all
        :return: the corrections made
        """
        domain = [('company_id', '=', company.id), ('is_withdrawn', '=', False)]
        if partner_ids is not None:
            domain.append(('partner_id', 'in', list(partner_ids)))
        charges = self.sudo().with_company(company).search(
            domain, order='date, id').filtered('terms')
        if not charges:
            return self.env['dunning.waiver'].sudo()
        debt = charges._get_debt(company)
        fees = charges.filtered(lambda one: one.kind == 'fee')
        corrections = (charges - fees)._correct_to(debt, company)
        return corrections | fees._correct_to(debt, company)   # lump sums count against fees

    def _correct_to(self, debt, company):
        """Take back what of these charges is not owed by their debt; return the corrections."""
        changes = {}
        for of_key in self.grouped(lambda one: (
                one.kind, one.move_line_id.id if one.kind == 'interest' else one.id)).values():
            currency = of_key.currency_id
            owed, reason = of_key._find_owed(debt, company)
            for one, part in zip(of_key, charge.take_back(
                    [(one.amount, one.amount_waived, one.amount_corrected) for one in of_key],
                    owed, currency.round), strict=True):
                change = currency.round(part - one.amount_corrected)
                if change:
                    changes[one] = change, reason if change > 0 else self.env._(
                        "the debt is open again")
        return self._correct(changes)

    # What is owed -------------------------------------------------------------------------------

    def _get_debt(self, company):
        """Return {charge id: [`Claim` of each item it is about]} for charges of one company."""
        items = self._get_items()
        lines = self.env['account.move.line'].sudo().browse(
            {line_id for of_charge in items.values() for line_id in of_charge}).exists()
        found = lines._get_defaults(lines._get_claim_policies(company))
        lines._add_reductions(company, found, list(found))
        laws = lines.company_id._get_dunning_laws()
        claims = {
            one.id: [one._apply_terms(
                found[line_id], laws[found[line_id].item.company_id].postpone)
                for line_id in items[one.id] if line_id in found]
            for one in self}
        self._add_owed_interest(company, claims)
        return claims

    def _add_owed_interest(self, company, claims):
        """Put the interest up to the last day that letters have claimed into the claims."""
        bearing, until = {}, {}
        charges = self.filtered(lambda one: one.kind == 'interest')
        for one in charges:
            for claim in claims[one.id]:
                if claim.default and claim.terms.reference:
                    line_id = claim.item.id
                    bearing[line_id] = claim
                    until[line_id] = max(one.date_to, until.get(line_id, one.date_to))
        if until:
            self.env['account.move.line']._add_interest(company, bearing, until, {})
        for one in charges:
            claims[one.id] = [bearing.get(claim.item.id, claim) for claim in claims[one.id]]

    def _apply_terms(self, claim, postpone):
        """Return a claim as the letter saw it, whatever policy and rules say today."""
        terms, item = self.terms, claim.item
        if terms.get('reference'):
            claim = claim._replace(terms=claim.terms._replace(
                reference=terms['reference'], margin=terms['margin'], basis=terms['day_count']))
        if item.manual or not terms.get('basis'):
            return claim
        since = fields.Date.to_date(
            terms.get('default') or terms.get('defaults', {}).get(str(item.id)))
        if not since:
            return claim._replace(default=None)
        # More time may have been granted, or a reminder come back: then default began later.
        begins = [since, postpone(item.due) + default.DAY]
        if terms['basis'] == default.REMINDER and claim.reminder:
            begins.append(claim.default.date)
        return claim._replace(default=default.Default(max(begins), terms['basis']))

    def _get_items(self):
        """Return {charge id: ids of the items that it is about}; a fee has those of its letter."""
        return {
            one.id: one.move_line_id.ids if one.kind == 'interest' and one.move_line_id
            else one.move_id.line_ids.filtered(
                lambda line: line.account_id.account_type == 'asset_receivable').ids
            for one in self.sudo()}

    def _find_owed(self, debt, company):
        """Return what is owed of charges for one thing in all, and why it is not all of it."""
        first, compare = self[:1], self.currency_id.compare_amounts
        claims = list({
            claim.item.id: claim for one in self for claim in debt[one.id]}.values())
        if first.kind == 'interest':
            owed = sum(
                claim.interest.amount for claim in claims if claim.default and claim.interest)
        elif first.kind == 'lump_sum':
            today = company._get_dunning_today()
            owed = first.amount if any(
                claim.was_late(claim.default.date, compare)
                for claim in claims if claim.is_in_default(today)) else 0.0
        else:
            owed = first.amount if any(
                claim.was_late(first.date, compare) for claim in claims) else 0.0
            if owed and self._is_covered(claims):
                return 0.0, self.env._("it counts against the lump sum")
        return owed, self._find_reason(claims)

    def _is_covered(self, claims):
        """Return whether a lump sum stands for such costs, § 288 (5) sentence 3 BGB."""
        keys = {(claim.item.move_id, claim.item.partner_id) for claim in claims
                if claim.terms.lump_sum_covers_fees}
        return bool(keys) and any(
            (one.move_id.id, one.partner_id.id) in keys
            and one.currency_id.compare_amounts(one.amount, one.amount_corrected) > 0
            for one in self.sudo().search([
                ('kind', '=', 'lump_sum'), ('is_withdrawn', '=', False),
                ('move_id', 'in', [move_id for move_id, _partner_id in keys])]))

    def _find_reason(self, claims):
        """Return in words what has changed about the debt; what is true of any of the items."""
        if not any(claim.item.is_posted for claim in claims):
            return self.env._("the invoice is not in force any more")
        if any(payment.date == interest.EPOCH for claim in claims
               for payment in claim.reductions):
            return self.env._("the invoice was credited")
        claimed = fields.Date.to_date(self[:1].terms.get('default'))
        if claimed and any(claim.default and claim.default.date > claimed for claim in claims):
            return self.env._("default began later")
        return self.env._("a payment counts from an earlier day")

    # Noting it ----------------------------------------------------------------------------------

    def _correct(self, changes):
        """Take parts of charges back, or claim again what was taken back.

        :param changes: {charge: (amount, reason)}; less than zero claims again
        :return: the corrections
        """
        corrections = self.env['dunning.waiver'].sudo().create([{
            'kind': 'correction', 'charge_id': one.id, 'company_id': one.company_id.id,
            'amount': amount, 'user_id': self.env.uid,
            'reason': reason,
            'date': one.company_id._get_dunning_today(),
        } for one, (amount, reason) in changes.items()])
        if corrections:
            self._tell_waived(corrections)
            corrections.charge_id._book_later()
            self._ask_about_credits(corrections.filtered(lambda one: (
                one.amount > 0 and one.charge_id.kind == 'lump_sum'
                and one.reason == self.env._("the invoice was credited"))))
        return corrections

    def _ask_about_credits(self, corrections):
        """Let the clerk look at charges taken back since their invoice was wholly credited.

        What was credited for other reasons than that it was not owed may be claimed again.
        """

    def action_claim_again(self):
        """Claim what was taken back all the same; from now on the charges stay as they are."""
        self._check_clerk()
        charges = self.sudo().filtered(
            lambda one: not one.is_withdrawn and one.amount_corrected > 0)
        if not charges:
            raise UserError(self.env._("Nothing was taken back."))
        charges.terms = False
        charges._correct({
            one: (-one.amount_corrected, self.env._("decided by hand")) for one in charges})
        return True

    @api.model
    def _follow_debt_of(self, pairs):
        """Compute the charges of customers anew, where these have any.

        What goes wrong is done again by the nightly refresh, and stops no booking.

        :param pairs: (company id, commercial partner id) of whose ledger something has changed
        """
        if not pairs:
            return
        roots = {company.id: company.root_id.id for company in self.env[
            'res.company'].sudo().browse({company_id for company_id, _partner_id in pairs})}
        trees = {(roots[company_id], partner_id) for company_id, partner_id in pairs}
        found = defaultdict(set)
        for company, partner in self.sudo()._read_group([
                ('partner_id', 'in', list({partner_id for _company_id, partner_id in pairs})),
                ('is_withdrawn', '=', False)],
                ['company_id', 'partner_id']):
            if (company.root_id.id, partner.id) in trees:
                found[company].add(partner.id)
        for company, partner_ids in found.items():
            # A fault of ours must not keep anybody from booking.
            isolate(self.env, partial(self._follow_debt, company, partner_ids), _logger,
                    "Charges of %s do not follow the ledger.", partner_ids)
