from collections import defaultdict
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, float_round

from ...logic import default, interest, ladder


class Item(NamedTuple):
    """What the ledger says about a receivable item; amounts in its currency.

    ``is_posted``: an item of a draft or cancelled entry is no claim. ``is_invoice``: anything else,
    a returned debit say, is in default only from a day that a person has set.
    """

    id: int
    move_id: int
    partner_id: int
    currency_id: int
    due: object
    date: object
    amount: float
    residual: float
    manual: object
    looks_like_business: bool
    is_posted: bool
    is_invoice: bool
    company_id: int


class Reminder(NamedTuple):
    """A letter after the due date that reached the customer, and until when it grants time."""

    sent: object
    deadline: object
    by_post: bool
    name: str


class Terms(NamedTuple):
    """What holds for a claim by the law of the country and the policy; ``rule`` may be empty.

    ``reference`` is the code of the reference rate, None for no interest; ``margin`` in percentage
    points.
    """

    rule: object
    is_business: bool
    rules: default.Rules
    post: timedelta
    reference: str | None
    margin: float
    basis: str
    legal_basis: str
    lump_sum: float
    lump_sum_currency: int
    lump_sum_covers_fees: bool
    rate_stays: bool = False


class Claim(NamedTuple):
    """What is owed on an item besides its principal, in its currency.

    ``interest`` is the whole of it up to the day asked for, None where none can be claimed;
    ``claimed`` is what letters have claimed of it already, less what was taken back since, up to
    the day ``claimed_to``. ``reminder`` is the letter that brought default about, ``reductions``
    are the `interest.Payment`s that reduced the item, matched or not.
    """

    item: Item
    terms: Terms
    default: default.Default | None
    interest: object = None
    claimed: float = 0.0
    claimed_to: object = None
    reminder: Reminder | None = None
    reductions: tuple = ()

    def is_in_default(self, date):
        """Return whether default had begun by a day."""
        return bool(self.default and self.default.date <= date)

    def get_open(self, day):
        """Return what was open when a day began, not rounded."""
        return self.item.amount - sum(
            one.amount for one in self.reductions if one.date < day) if self.item.is_posted else 0.0

    def was_late(self, day, compare):
        """Return whether anything was open on a day, once default had begun by then.

        :param compare: `compare_amounts` of the currency
        """
        return self.is_in_default(day) and compare(self.get_open(day), 0.0) > 0


class AccountMoveLine(models.Model):
    """Default and interest of open items: a fixed number of queries, whatever their number."""

    _inherit = 'account.move.line'

    @api.model
    def _get_claims(self, company, policies, date, bearing=None, withheld=None):
        """Return {line id: `Claim`} of receivable items, up to a day.

        :param company: whose items they are
        :param policies: {line id: policy record} of the items to look at
        :param date: the last day that bears interest
        :param bearing: ids of the lines whose interest is asked for; None for all
        :param withheld: {line id: amount in dispute, or None for all of it}: bears no interest
            that was not claimed before
        """
        claims = self._get_defaults(policies)
        self._add_reductions(company, claims, [
            line_id for line_id, claim in claims.items() if claim.is_in_default(date)])
        bearing = [
            line_id for line_id, claim in claims.items()
            if claim.terms.reference and claim.is_in_default(date)
            and (bearing is None or line_id in bearing)]
        if bearing:
            self._add_interest(
                company, claims, dict.fromkeys(bearing, date), withheld or {})
        return claims

    @api.model
    def _get_defaults(self, policies):
        """Return {line id: `Claim`} without interest: what holds for the items, and their default.

        :param policies: {line id: policy record} of the items to look at
        """
        items = self._query_claim_items(list(policies))
        laws = self.env['res.company'].sudo().browse(
            {item.company_id for item in items})._get_dunning_laws()
        has_rules = any(law.rules for law in laws.values())
        reminders = self._get_reminders(list(policies)) if has_rules else {}
        claims, known, no_rule = {}, {}, self.env['dunning.claim.rule']
        for item in items:
            law = laws[item.company_id]
            rule = next((rule for date_from, rule in law.rules if date_from <= item.date), no_rule)
            key = policies[item.id].id, item.looks_like_business, rule.id
            if key not in known:
                known[key] = self._get_claim_terms(policies[item.id], rule, key[1])
            claims[item.id] = self._find_default(
                item, known[key], reminders.get(item.id, ()), law.postpone)
        return claims

    @api.model
    def _get_claim_terms(self, policy, rule, looks_like_business):
        """Return the `Terms` of a policy under the rule of a country; it may be empty."""
        is_business = policy._is_business(looks_like_business)
        reference, margin = policy._get_interest_terms(rule, is_business)
        return Terms(
            rule, is_business,
            policy._get_default_rules(rule, is_business) if rule
            else default.Rules(False, False, False),
            timedelta(days=rule.postal_days), reference, margin,
            rule.day_count or interest.ACT_365, rule.legal_basis or '',
            rule.lump_sum, rule.currency_id.id, rule.lump_sum_covers_fees,
            rule.rate_stays and not policy.interest_reference)

    @api.model
    def _find_default(self, item, terms, reminders, postpone):
        """Return the `Claim` of an item with its default, by the letter whose time ends first."""
        claim = Claim(item, terms, None)
        rules = terms.rules if item.is_invoice else default.Rules(False, False, False)
        for reminder in reminders or (None,):
            found = default.find_default(default.Facts(
                item.due, item.date + terms.post,
                reminder and reminder.sent + (terms.post if reminder.by_post else timedelta()),
                item.manual, reminder and reminder.deadline or None), rules, postpone)
            if found and (not claim.default or found.date < claim.default.date):
                claim = claim._replace(
                    default=found,
                    reminder=reminder if found.basis == default.REMINDER else None)
        return claim

    @api.model
    def _get_reminders(self, line_ids):
        """Return {line id: [`Reminder`, …]} of the letters that reached customers.

        Rooms that know letters extend it.
        """
        return defaultdict(list)

    # Interest -----------------------------------------------------------------------------------

    @api.model
    def _add_reductions(self, company, claims, line_ids):
        """Put what was paid on items into their claims."""
        if not line_ids:
            return
        payments = self._query_claim_payments(line_ids)
        self._add_open_credits(payments, company, {
            claims[line_id].item.partner_id for line_id in line_ids})
        for line_id in line_ids:
            claims[line_id] = claims[line_id]._replace(
                reductions=tuple(payments.get(line_id, ())))

    @api.model
    def _add_interest(self, company, claims, until, withheld):
        """Put the interest of items into their claims.

        A dispute freezes the interest of its part: what was claimed before stays until it is
        decided, and nothing is added.

        :param company: whose rates hold
        :param until: {line id: the last day that bears interest} of items in default
        """
        claimed = self._query_claimed_interest(list(until))
        rates = self.env['dunning.rate']._get_rates(company)
        roundings = {
            currency_id: self._get_rounding(currency_id)
            for currency_id in {claims[line_id].item.currency_id for line_id in until}}
        for line_id, date in until.items():
            claim = claims[line_id]
            item, terms = claim.item, claim.terms
            before, claimed_to = claimed.get(line_id, (0.0, None))
            reductions = list(claim.reductions)
            if line_id in withheld:
                part = withheld[line_id]
                reductions.append(interest.Payment(
                    claimed_to or interest.EPOCH, item.amount if part is None else part))
            claims[line_id] = claim._replace(
                claimed=before, claimed_to=claimed_to,
                interest=interest.compute(
                    item.amount if item.is_posted else 0.0, reductions,
                    rates[terms.reference].fix(claim.default.date) if terms.rate_stays
                    else rates[terms.reference], terms.margin, claim.default.date, date,
                    basis=terms.basis, cuts=(claimed_to + interest.DAY,) if claimed_to else (),
                    round_amount=roundings[item.currency_id]))

    @api.model
    def _get_rounding(self, currency_id):
        """Return the function that rounds amounts of a currency as `res.currency` does."""
        return _make_rounding(self.env['res.currency'].browse(currency_id).rounding)

    # Facts --------------------------------------------------------------------------------------

    @api.model
    def _query_claim_items(self, line_ids):
        """Return the `Item` of each line."""
        self.env['account.move.line'].flush_model([
            'move_id', 'partner_id', 'currency_id', 'date_maturity', 'date', 'amount_currency',
            'amount_residual_currency', 'parent_state'])
        self.env['account.move'].flush_model(['invoice_date', 'dunning_default_manual'])
        self.env['res.partner'].flush_model(['is_company', 'vat'])
        return [Item(*row) for row in self.env.execute_query(SQL("""
            SELECT line.id, line.move_id, line.partner_id, line.currency_id,
                   COALESCE(line.date_maturity, line.date),
                   COALESCE(move.invoice_date, line.date), line.amount_currency::float8,
                   line.amount_residual_currency::float8,
                   move.dunning_default_manual,
                   partner.is_company IS TRUE OR COALESCE(partner.vat, '') != '',
                   line.parent_state = 'posted',
                   move.move_type IN ('out_invoice', 'out_receipt'), line.company_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.id = ANY(%s)
        """, line_ids))]

    @api.model
    def _query_claim_payments(self, line_ids):
        """Return {line id: [`interest.Payment`, …]}: what reduced the items, and when.

        A credit note counts from the first day: what it takes back was never owed.
        """
        self.env['account.partial.reconcile'].flush_model(
            ['debit_move_id', 'credit_move_id', 'debit_amount_currency'])
        rows = self.env.execute_query(SQL("""
            SELECT partial.debit_move_id, partial.debit_amount_currency::float8,
                   CASE WHEN move.move_type = 'out_refund' THEN NULL ELSE credit.date END
              FROM account_partial_reconcile partial
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
              JOIN account_move move ON move.id = credit.move_id
             WHERE partial.debit_move_id = ANY(%s)
        """, line_ids))
        payments = defaultdict(list)
        for line_id, amount, date in rows:
            payments[line_id].append(interest.Payment(date or interest.EPOCH, amount))
        return payments

    @api.model
    def _add_open_credits(self, payments, company, partner_ids):
        """Add what customers have paid that is not matched yet: it bears no interest either.

        It counts from the day it arrived, for the oldest of everything that the customer has open,
        § 366 (2) BGB: whatever items are looked at together, each credit counts once.
        """
        credits = self._query_open_credits(company, list(partner_ids))
        if not credits:
            return
        of_customer = defaultdict(list)
        for line_id, partner_id, currency_id, residual in self._query_open_debts(
                company, list({row[0] for row in credits})):
            of_customer[partner_id, currency_id].append([line_id, residual])
        for partner_id, currency_id, date, amount in credits:
            for entry in of_customer.get((partner_id, currency_id), ()):
                part = min(amount, entry[1])
                if part > 0:
                    payments[entry[0]].append(interest.Payment(date or interest.EPOCH, part))
                    entry[1] -= part
                    amount -= part

    @api.model
    def _query_open_debts(self, company, partner_ids):
        """Return (line, customer, currency, open amount) of what customers owe, oldest first.

        Money that we sent back is no debt, and what is booked of charges is no principal.
        """
        return self.env['dunning.item']._fetch(
            company._get_dunning_tree(),
            ('id', 'partner', 'currency', 'residual'),
            where=SQL("item.residual > 0 AND (item.excluded IS NULL OR item.excluded NOT IN %s)",
                      (ladder.CHARGE, ladder.OUTBOUND)),
            order='due, id', partner_ids=partner_ids)

    @api.model
    def _query_open_credits(self, company, partner_ids):
        """Return (customer, currency, day, amount) of unmatched credits; no day: credit notes."""
        rows = self.env['dunning.item']._fetch(
            company._get_dunning_tree(),
            ('partner', 'currency', 'date', 'is_credit_note', 'residual'),
            where=SQL("item.residual < 0 AND item.charge IS NULL"), order='date, id',
            partner_ids=partner_ids)
        return [
            (partner_id, currency_id, None if is_credit_note else date, -residual)
            for partner_id, currency_id, date, is_credit_note, residual in rows]

    @api.model
    def _query_claimed_interest(self, line_ids):
        """Return {line id: (sum, last day)} of interest claimed by letters and not taken back."""
        charges = self.env['dunning.charge']
        charges.flush_model([
            'kind', 'move_line_id', 'amount', 'amount_corrected', 'date_to', 'is_withdrawn'])
        return {line_id: (amount, date_to) for line_id, amount, date_to in self.env.execute_query(
            SQL("""
                SELECT move_line_id, sum(amount - COALESCE(amount_corrected, 0))::float8,
                       max(date_to)
                  FROM dunning_charge
                 WHERE kind = 'interest' AND is_withdrawn IS NOT TRUE AND move_line_id = ANY(%s)
              GROUP BY move_line_id
            """, line_ids))}


@lru_cache(maxsize=64)
def _make_rounding(rounding):
    def round_amount(amount):
        return float_round(amount, precision_rounding=rounding)
    return round_amount
