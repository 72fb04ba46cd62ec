from odoo import models
from odoo.fields import Command


class DunningCharge(models.Model):
    """Taking back what was booked: a whole entry by core's reversal, a part by an entry like it."""

    _inherit = 'dunning.charge'

    def _free_payments(self):
        """Undo what payments have settled of these charges; the payments are credits again.

        :return: the receivable items of these payments
        """
        lines = self._get_booked_lines()
        partials = (lines.matched_debit_ids | lines.matched_credit_ids).filtered(
            lambda partial: partial.debit_move_id.dunning_charge_id
            != partial.credit_move_id.dunning_charge_id)
        credits = (partials.debit_move_id | partials.credit_move_id) - lines
        partials.unlink()
        return credits

    def _unbook(self):
        """Reverse what is booked of these charges and not claimed any more.

        What payments have settled of it becomes a credit of the customer.
        """
        over = {}
        for charge in self.sudo().filtered(lambda charge: charge.amount > 0):
            part = -charge._get_amount_to_book()
            if charge.currency_id.compare_amounts(part, 0) > 0:
                over[charge] = part
        paid = self.browse().concat(*(
            charge for charge, part in over.items() if charge.currency_id.compare_amounts(
                part, charge.amount_booked - charge.amount_paid) > 0))
        credits = paid._free_payments() if paid else self.env['account.move.line']
        charges = self.browse().concat(*over)
        for group in charges._group_to_book() if charges else ():
            group._reverse({charge: over[charge] for charge in group})
        for lines in credits.grouped('account_id').values():
            rest = paid._get_booked_lines().filtered(
                lambda line: line.account_id == lines.account_id and not line.reconciled)  # noqa: B023
            if rest:
                (rest | lines).reconcile()

    def _get_booked_rests(self):
        """Return {charge: what is booked and not settled}."""
        return {
            charge: charge.currency_id.round(charge.amount_booked - charge.amount_paid)
            for charge in self}

    def _reverse(self, parts):
        """Reverse booked charges, whole or in part, and match reversal and booking.

        :param parts: {charge: amount in its currency}, at most what is booked and not settled
        :return: {charge: the entry that reverses it}
        """
        reversed_by = {}
        left = {charge: part for charge, part in parts.items()
                if not charge.currency_id.is_zero(part)}
        lines = self.browse().concat(*left)._get_booked_lines().filtered(
            lambda line: not line.reconciled and not line.move_id.reversed_entry_id)
        for move, of_move in lines.sorted(lambda line: (line.date, line.id)).grouped(
                'move_id').items():
            shares = {}
            for line in of_move:
                charge = line.dunning_charge_id
                sign = 1 if line.amount_residual_currency > 0 else -1
                share = sign * min(abs(left[charge]), abs(line.amount_residual_currency))
                left[charge] = charge.currency_id.round(left[charge] - share)
                if not charge.currency_id.is_zero(share):
                    shares[line] = share
            if not shares:
                continue
            reversal = self._reverse_entry(move, shares)
            for line in shares:
                reversed_by[line.dunning_charge_id] = reversal
        return reversed_by

    def _reverse_entry(self, move, shares):
        """Reverse an entry, or the parts of it that `shares` names as {receivable item: amount}."""
        company = move.company_id
        date = company._get_first_open_day(company._get_dunning_today(), move.journal_id)
        date = max(date, move.date)
        clean = move._get_dunning_booking_env(company)
        booked = move.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        whole = set(booked) == set(shares) and all(
            line.currency_id.is_zero(share - line.amount_currency)
            for line, share in shares.items())
        label = self.env._("Reversal of: %(entry)s", entry=move.name)
        if whole:
            return clean.browse(move.id)._reverse_moves(
                [{'date': date, 'ref': label}], cancel=True)
        reversal = clean.create({
            'move_type': 'entry', 'company_id': company.id, 'journal_id': move.journal_id.id,
            'partner_id': move.partner_id.id, 'currency_id': move.currency_id.id, 'date': date,
            'ref': label,
            'line_ids': [
                Command.create(values) for line, share in shares.items()
                for values in self._prepare_reversal_lines(line, share)]})
        reversal._post(soft=False)
        # Only now: core would match a reversal with any item of the entry while it posts it.
        reversal.reversed_entry_id = move
        for line in shares:
            (line | reversal.line_ids.filtered(
                lambda copy: copy.dunning_charge_id == line.dunning_charge_id   # noqa: B023
                and copy.account_id == line.account_id)).reconcile()            # noqa: B023
        return reversal

    def _prepare_reversal_lines(self, line, share):
        """Return the two items that take back a share of a booked charge, at its own rate."""
        balance = line.company_currency_id.round(
            line.balance * share / line.amount_currency)
        if line.currency_id.is_zero(share - line.amount_residual_currency):
            balance = line.amount_residual
        income = line.move_id.line_ids.filtered(
            lambda other: other.dunning_charge_id == line.dunning_charge_id
            and other.account_id.account_type != 'asset_receivable')[:1]
        values = {
            'name': line.name, 'partner_id': line.partner_id.id, 'no_followup': True,
            'currency_id': line.currency_id.id, 'dunning_charge_id': line.dunning_charge_id.id,
            'tax_ids': [Command.clear()]}
        return [
            {**values, 'account_id': line.account_id.id, 'amount_currency': -share,
             'balance': -balance},
            {**values, 'account_id': income.account_id.id, 'amount_currency': share,
             'balance': balance}]
