from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..pause.kinds import COLLECTING

#: So many earlier letters are named one by one.
_NAMED = 4
_READ = {
    'dunning.charge': ('company_id', 'partner_id', 'currency_id', 'amount_open'),
    'dunning.letter': ('deadline', 'state', 'claim_details', 'partner_id'),
    'dunning.letter.line': ('letter_id', 'move_line_id', 'move_id', 'state'),
    'account.move.line': ('reconciled', 'parent_state', 'move_id'),
    'dunning.pause': ('active', 'kind', 'date_until', 'partner_id', 'item_ids'),
}


class EarlierCharge(NamedTuple):
    """An open charge of an earlier letter, in its currency."""

    id: int
    partner: int
    currency: int
    amount: float
    kind: str
    letter: str | None
    items: list             # ids of the journal items that it rests on
    moves: list             # ids of their invoices
    is_adjusted: bool       # follows the debt, see `dunning.charge.terms`
    has_open_item: bool
    asked_with: list        # ids of the items with which a letter whose deadline runs asks for it


class Named(NamedTuple):
    """What other letters of a run to the same customer name: a second one would ask twice."""

    charges: frozenset = frozenset()        # ids of earlier charges
    lump_sums: frozenset = frozenset()      # (invoice id, customer id) of new ones


class DunningRun(models.Model):
    """What earlier letters have claimed: named again with the item that it belongs to.

    Charges whose items are all settled go with the next letter to the customer. None is named that
    a letter about other items asks for whose deadline still runs, or another letter of the run:
    nobody is asked for the same twice at a time. What rests on an item that somebody else collects
    is asked for there: `dunning.charge._get_asked`.
    """

    _inherit = 'dunning.run'

    def _add_earlier_charges(self, figures, claims, date, named):
        """Add what earlier letters have claimed and nobody paid, each charge to one letter.

        :param figures: tuples of `LetterCase`, whether it charges, amounts and details, both
            changed in place
        :param claims: what the letters claim by journal item
        :param named: what other letters of the run ask for, a `Named`
        """
        charges = self._read_earlier_charges({one.partner for one, *_rest in figures}, date)
        covered = self._find_covered_moves(figures, claims)
        by_customer = defaultdict(list)
        for charge in charges:
            # The lump sum stands for such costs, § 288 (5) sentence 3 BGB: both together are no
            # more than the greater one. The fee is taken back when the letter is sent.
            if charge.id not in named.charges and not (
                    charge.kind == 'fee' and charge.is_adjusted
                    and covered.intersection(charge.moves)):
                by_customer[charge.partner, charge.currency].append(charge)
        for one, is_charging, amounts, details in figures:
            waiting = by_customer.get((one.partner, one.currency))
            if not waiting or not is_charging:
                continue
            mine = [charge for charge in waiting if self._goes_with(charge, one.levels.keys())]
            by_customer[one.partner, one.currency] = [
                charge for charge in waiting if charge not in mine]
            self._name_earlier_charges(mine, amounts, details, one.currency)

    def _goes_with(self, charge, items):
        """Return whether a letter about these items names an `EarlierCharge`."""
        if charge.has_open_item and items.isdisjoint(charge.items):
            return False
        return not charge.asked_with or not items.isdisjoint(charge.asked_with)

    def _name_earlier_charges(self, charges, amounts, details, currency_id):
        """Put earlier charges into a letter, by the letter that has claimed them."""
        currency = self.env['res.currency'].browse(currency_id)
        sums = defaultdict(float)
        for charge in charges:
            sums[charge.letter] += charge.amount
        total = currency.round(sum(sums.values()))
        if total <= 0:
            return
        amounts['amount_charges'] = details['charges'] = total
        details['charge_ids'] = [charge.id for charge in charges]
        if len(sums) <= _NAMED and all(sums):
            details['earlier'] = [
                [letter, currency.round(amount)] for letter, amount in sorted(sums.items())]

    def _find_covered_moves(self, figures, claims):
        """Return the ids of invoices for which these letters claim a lump sum that covers fees."""
        return {
            row['move'] for _one, _charges, _amounts, details in figures
            for row in details.get('lump_sum', ())
            if claims[row['line']].terms.lump_sum_covers_fees}

    def _read_earlier_charges(self, partner_ids, date):
        """Return the open charges of customers at the creditor, in the order they were claimed."""
        for model, names in _READ.items():
            self.env[model].flush_model(names)
        return [EarlierCharge(*row) for row in self.env.execute_query(SQL("""
            SELECT charge.id, charge.partner_id, charge.currency_id, charge.amount_open::float8,
                   charge.kind, letter.name, basis.items, basis.moves, charge.terms IS NOT NULL,
                   EXISTS (SELECT FROM account_move_line item
                            WHERE item.id = ANY(basis.items) AND item.reconciled IS NOT TRUE
                              AND item.parent_state = 'posted'),
                   ARRAY(SELECT line.move_line_id FROM dunning_letter asking
                           JOIN dunning_letter_line line ON line.letter_id = asking.id
                                AND line.state = 'sent'
                          WHERE asking.partner_id = charge.partner_id AND asking.state = 'sent'
                            AND asking.deadline >= %(date)s
                            AND (asking.id = charge.letter_id
                                 OR asking.claim_details -> 'charge_ids' @> to_jsonb(charge.id)))
              FROM dunning_charge charge
              LEFT JOIN dunning_letter letter ON letter.id = charge.letter_id
              CROSS JOIN LATERAL (
                SELECT COALESCE(array_agg(item.id), '{}') AS items,
                       COALESCE(array_agg(DISTINCT item.move_id), '{}') AS moves
                  FROM account_move_line item
                 WHERE item.id IN (
                    SELECT charge.move_line_id WHERE charge.kind = 'interest'
                     UNION ALL
                    SELECT part.id FROM account_move_line part
                      JOIN account_account account ON account.id = part.account_id
                           AND account.account_type = 'asset_receivable'
                     WHERE charge.kind = 'lump_sum' AND part.move_id = charge.move_id
                     UNION ALL
                    SELECT line.move_line_id FROM dunning_letter_line line
                     WHERE charge.kind = 'fee' AND line.letter_id = charge.letter_id
                       AND line.state IN ('sent', 'undone'))
              ) basis
             WHERE charge.company_id = ANY(%(companies)s) AND charge.amount_open != 0
               AND charge.partner_id = ANY(%(partners)s) AND NOT %(collected)s
          ORDER BY charge.date, charge.id
        """, date=date, companies=self.company_id._get_dunning_tree().ids,
            partners=list(partner_ids), collected=self._get_collected_condition(date)))]

    def _get_collected_condition(self, date):
        """Return whether somebody else collects an item that a `charge` rests on, its `basis`."""
        return SQL("""EXISTS (
            SELECT FROM dunning_pause pause
              JOIN dunning_pause_item_rel rel ON rel.pause_id = pause.id
             WHERE pause.partner_id = charge.partner_id AND pause.active
               AND pause.kind = ANY(%s) AND pause.date_until >= %s
               AND rel.line_id = ANY(basis.items))
        """, list(COLLECTING), date)
