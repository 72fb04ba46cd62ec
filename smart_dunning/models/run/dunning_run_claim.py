import json
from functools import cache
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL, format_date

from ..policy.labels import get_labels
from .dunning_run_earlier import Named

NOTHING_NAMED = Named()


class LetterCase(NamedTuple):
    """A letter as far as charges matter: whom it asks, at which level, and for which items."""

    partner: int
    currency: int
    policy: int
    level: int
    is_prenotice: bool
    levels: dict        # level id by journal item id
    disputed: dict      # amount in dispute by journal item id


class Switches(NamedTuple):
    """What a level or a policy claims; the fee of a level is its amount."""

    fee: float
    interest: bool
    lump_sum: bool


def get_charges_worth(charges, amount, worth):
    """Return charges in company currency, at the rate of the items of their letter.

    :param charges: in the currency of the letter
    :param amount: what the items ask for in that currency, less credits
    :param worth: the same in company currency
    """
    return charges * worth / amount if amount else charges


class DunningRun(models.Model):
    """What letters claim besides the open items, for all letters of a run at once.

    A fixed number of queries, and none where no level claims anything.
    """

    _inherit = 'dunning.run'

    def _add_charges(self, values_list, plan_letters):
        """Put interest, lump sums and fees into the values of letters.

        :param values_list: the values of the letters, changed in place
        :param plan_letters: their `ladder.Letter`, in the same order
        """
        charges = self._get_letter_charges(
            list(map(self._make_letter_case, plan_letters)), self.date)
        names = self.env['dunning.letter']._charge_fields
        for values, of_letter in zip(values_list, charges, strict=False):
            details = of_letter['claim_details']
            values.update(of_letter, claim_details=details and json.dumps(details))
            values['amount_company'] += get_charges_worth(
                sum(of_letter[name] for name in names),
                values['amount_due'] - values['amount_credit'], values['amount_company'])

    def _make_letter_case(self, letter):
        """Return the `LetterCase` of a `ladder.Letter`."""
        return LetterCase(
            letter.partner, letter.currency, letter.policy, letter.level.id, letter.is_prenotice,
            {step.item.id: step.level.id for step in letter.steps},
            self.env['account.move.line']._get_disputed_parts(
                {step.item.id: step.item.pause for step in letter.steps}))

    def _get_claim_notes(self):
        """Return in words which reference rates the letters of the run lack."""
        self.env['dunning.letter'].flush_model(['run_id', 'claim_details', 'state'])
        rows = self.env.execute_query(SQL("""
            SELECT missing ->> 0, min(missing ->> 1), max(missing ->> 2)
              FROM dunning_letter letter, jsonb_array_elements(claim_details -> 'missing') missing
             WHERE letter.run_id = %s AND letter.state != 'cancelled'
          GROUP BY missing ->> 0 ORDER BY 1
        """, self.id))
        currencies = self.env.execute_query(SQL("""
            SELECT DISTINCT missing FROM dunning_letter letter,
                   jsonb_array_elements_text(claim_details -> 'missing_currencies') missing
             WHERE letter.run_id = %s AND letter.state != 'cancelled' ORDER BY 1
        """, self.id))
        return [self._get_missing_rate_text(*row) for row in rows] + [
            self._get_missing_currency_text(name) for name, in currencies]

    def _get_missing_rate_text(self, reference, date_from, date_to):
        """Return the warning about days without a known reference rate; dates in ISO form."""
        names = get_labels(self.env['dunning.rate'], 'reference')
        return self.env._(
            "No rate is known for “%(reference)s” from %(date_from)s to %(date_to)s: no interest "
            "is claimed for these days. Please enter the rate under Configuration, Reference "
            "Rates, and plan again.", reference=names.get(reference, reference),
            date_from=format_date(self.env, fields.Date.to_date(date_from)),
            date_to=format_date(self.env, fields.Date.to_date(date_to)))

    # Figures ------------------------------------------------------------------------------------

    def _get_letter_charges(self, cases, date, named=NOTHING_NAMED):
        """Return the amounts of each letter as dicts for its fields; empty if none claims anything.

        :param cases: a list of `LetterCase`
        :param date: the date of the letters, the last day that bears interest
        :param named: what other letters of the run ask for, see `_add_earlier_charges`
        """
        records = self._get_charging_records(cases)
        is_charging = [self._is_charging(one, records) for one in cases]
        charging = [one for one, charges in zip(cases, is_charging, strict=True) if charges]
        if not charging:
            return []
        claims = self._get_claims_of(charging, records, date)
        known = self._query_lump_sums(claims) | named.lump_sums
        convert = self._get_conversion(date)
        figures = []
        for one, charges in zip(cases, is_charging, strict=True):
            amounts = dict.fromkeys(self.env['dunning.letter']._charge_fields, 0.0)
            details = {}
            if charges:
                mine = {line: claims[line] for line in one.levels if line in claims}
                self._add_interest(amounts, details, mine)
                self._add_lump_sums(
                    amounts, details, one, mine, records, known, date, convert)
                self._add_fee(amounts, details, one, mine, records, known, date, convert)
            figures.append((one, charges, amounts, details))
        self._add_earlier_charges(figures, claims, date, named)
        result = []
        for one, _charges, amounts, details in figures:
            currency = self.env['res.currency'].browse(one.currency)
            result.append({
                **{name: currency.round(amount) for name, amount in amounts.items()},
                'claim_details': details or None})
        return result

    def _get_claims_of(self, cases, records, date):
        """Return the claim on each line that these letters name, as of their date."""
        levels, policies = records
        policy_records = {
            policy.id: policy for policy in self.env['dunning.policy'].browse(policies)}
        return self.env['account.move.line']._get_claims(
            self.company_id,
            {line: policy_records[one.policy] for one in cases for line in one.levels}, date,
            {line for one in cases for line, level in one.levels.items()
             if levels[level].interest and policies[one.policy].interest},
            {line: part for one in cases for line, part in one.disputed.items()})

    def _get_charging_records(self, cases):
        """Return the `Switches` of levels and policies of letters by id."""
        levels = self.env['dunning.level'].browse(
            {one.level for one in cases}
            | {level for one in cases for level in one.levels.values()})
        policies = self.env['dunning.policy'].browse({one.policy for one in cases})
        return (
            {level.id: Switches(level.fee_amount, level.charge_interest, level.charge_lump_sum)
             for level in levels},
            {policy.id: Switches(
                policy.charge_fees, policy.charge_interest, policy.charge_lump_sum)
             for policy in policies})

    def _is_charging(self, one, records):
        """Return whether a letter may claim anything: never before the due date."""
        levels, policies = records
        if one.is_prenotice:
            return False
        policy, level = policies[one.policy], levels[one.level]
        own = [levels[level_id] for level_id in set(one.levels.values())]
        return bool(
            policy.fee and level.fee or policy.interest and any(level.interest for level in own)
            or policy.lump_sum and any(level.lump_sum for level in own))

    def _add_interest(self, amounts, details, claims):
        """Add the interest since the last letter that claimed any, item by item."""
        rows, missing, round_amount = [], [], None
        for line_id, claim in claims.items():
            found = claim.interest
            if not found or not found.segments and not claim.claimed:
                continue
            since = claim.claimed_to
            new = [one for one in found.segments if not since or one.date_from > since]
            if since and not new:
                continue                      # this day was claimed by another letter
            round_amount = round_amount or self.env['account.move.line']._get_rounding(
                claim.item.currency_id)
            # Never less than nothing: what was claimed too much is taken back by itself.
            amount = max(0.0, round_amount(found.amount - claim.claimed))
            correction = round_amount(amount - sum(one.amount for one in new))
            missing += [
                [claim.terms.reference, str(one.date_from), str(one.date_to)]
                for one in new if one.rate is None]
            known = [one for one in new if one.rate is not None]
            if not known or not amount:
                continue
            rows.append({
                'line': line_id, 'move': claim.item.move_id, 'amount': amount,
                'correction': correction, 'reference': claim.terms.reference,
                'margin': claim.terms.margin, 'basis': claim.default.basis,
                'law': claim.terms.legal_basis, 'day_count': claim.terms.basis,
                'default': str(claim.default.date),
                'reminder': claim.reminder and [claim.reminder.name, str(claim.reminder.sent)],
                'period': claim.terms.rules.reminder_period,
                'segments': [[str(one.date_from), str(one.date_to), *one[2:]] for one in known]})
            amounts['amount_interest'] += amount
        details.update({key: value for key, value in (
            ('interest', rows), ('missing', missing)) if value})

    def _add_lump_sums(
            self, amounts, details, one, claims, records, known, date, convert):
        """Add the lump sum of each invoice in default that has not borne it yet."""
        levels, policies = records
        compare = self.env['res.currency'].browse(one.currency).compare_amounts
        rows = []
        if not policies[one.policy].lump_sum:
            return
        for line_id, claim in claims.items():
            key = claim.item.move_id, claim.item.partner_id
            if (not claim.terms.is_business or not claim.is_in_default(date) or key in known
                    or not levels[one.levels[line_id]].lump_sum
                    or not claim.was_late(claim.default.date, compare)):
                continue
            known.add(key)
            amount = convert(
                claim.terms.lump_sum, claim.terms.lump_sum_currency, one.currency, details)
            if amount:
                rows.append({
                    'line': line_id, 'move': claim.item.move_id, 'amount': amount,
                    'basis': claim.default.basis, 'default': str(claim.default.date)})
                amounts['amount_lump_sum'] += amount
        if rows:
            details['lump_sum'] = rows

    def _add_fee(self, amounts, details, one, claims, records, known, date, convert):
        """Add the fee of the level where default had begun with one of the items before.

        None where the lump sum of one of them is claimed: it stands for such costs.
        """
        levels, policies = records
        fee = levels[one.level].fee
        if not policies[one.policy].fee or not fee:
            return
        is_covered = any(
            claim.terms.lump_sum_covers_fees
            and (claim.item.move_id, claim.item.partner_id) in known for claim in claims.values())
        compare = self.env['res.currency'].browse(one.currency).compare_amounts
        if not is_covered and any(claim.was_late(date, compare) for claim in claims.values()):
            fee = convert(fee, self.company_id.currency_id.id, one.currency, details)
            if not fee:
                return
            amounts['amount_fee'] = details['fee'] = fee
            details['fee_defaults'] = {
                line_id: str(claim.default.date) for line_id, claim in claims.items()
                if claim.is_in_default(date)}

    def _get_conversion(self, date):
        """Return a function (amount, currency id, target id, details) -> amount, by a day's rate.

        Nothing is claimed where a rate is missing; `details` then names the currencies.
        """
        currencies = self.env['res.currency']

        @cache
        def find_unknown(*currency_ids):
            return [
                currency.name for currency in currencies.browse(currency_ids)
                if currency != self.company_id.currency_id
                and not self._has_exchange_rate(currency)]

        def convert(amount, currency_id, target_id, details):
            if not amount or currency_id == target_id:
                return amount
            unknown = find_unknown(currency_id, target_id)
            if unknown:
                details.setdefault('missing_currencies', []).extend(unknown)
                return 0.0
            return currencies.browse(currency_id)._convert(
                amount, currencies.browse(target_id), self.company_id, date)
        return convert

    def _has_exchange_rate(self, currency):
        """Return whether a currency has any rate: without one, core counts it 1:1."""
        return bool(self.env['res.currency.rate'].sudo().search_count([
            ('currency_id', '=', currency.id),
            ('company_id', 'in', (False, self.company_id.sudo().root_id.id))], limit=1))

    def _get_missing_currency_text(self, name):
        """Return the warning about a currency without any rate."""
        return self.env._(
            "No exchange rate is known for %(currency)s: lump sums and fees that would have to be "
            "converted are not claimed. Please enter the rate and plan again.", currency=name)

    # Facts --------------------------------------------------------------------------------------

    def _query_lump_sums(self, claims):
        """Return {(invoice id, customer id)} of those whose lump sum was claimed already."""
        charges = self.env['dunning.charge']
        charges.flush_model(['kind', 'move_id', 'partner_id', 'is_withdrawn'])
        return set(self.env.execute_query(SQL("""
            SELECT move_id, partner_id FROM dunning_charge
             WHERE kind = 'lump_sum' AND is_withdrawn IS NOT TRUE AND move_id = ANY(%s)
        """, [claim.item.move_id for claim in claims.values()])))
