import logging

from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from ...logic import ladder

_logger = logging.getLogger(__name__)


class DunningDebtor(models.Model):
    """Payments and charges: what settles itself, and what the clerk allocates."""

    _inherit = 'dunning.debtor'

    @api.model
    def _ask_about_charges(self, before, after):
        """Ask the clerk about debtors of whom only charges are open now: once, when it begins."""
        for row in after - before:
            row._schedule_charge_activity()
        (before - after).activity_unlink(['smart_dunning.mail_activity_dunning_charge'])

    @api.model
    def _get_only_charges(self, company, partner_ids):
        domain = [('company_id', '=', company.id), ('is_only_charges', '=', True)]
        if partner_ids is not None:
            domain.append(('partner_id', 'in', partner_ids))
        return self.with_context(active_test=False).search(domain)

    @api.model
    def _settle_paid_charges(self, company, partner_ids):
        """Book and settle charges that a customer has paid with the principal.

        Only where the company books charges when they are paid, only of customers whose dunned
        principal is settled, and only from a receipt that was evidently meant for it: one that
        equals the open charges, or what is left of one that has paid an invoice while no other
        invoice is open. Anything else may be a payment in advance; the clerk decides about it.
        """
        if company.dunning_booking != 'paid':
            return
        totals = self._get_charge_totals(company, partner_ids)
        settled = totals.keys() - self._get_with_dunned_principal(company, list(totals))
        if not settled:
            return
        charges = self.env['dunning.charge']._get_open(company, settled).grouped('partner_id')
        others = self._get_with_open_principal(company, settled)
        credits = self.env['dunning.charge']._get_open_credits(company, settled)
        for (partner, currency, _account), lines in credits.grouped(
                lambda line: (line.partner_id, line.currency_id, line.account_id)).items():
            claimed = charges[partner].filtered(
                lambda charge: charge.currency_id == currency and charge.amount_open)   # noqa: B023
            total = sum(claimed.mapped('amount_open'))
            meant = lines.filtered(
                lambda line: line.matched_debit_ids and line.partner_id not in others
                or currency.compare_amounts(                                            # noqa: B023
                    -line.amount_residual_currency, total) == 0)                        # noqa: B023
            if meant and currency.compare_amounts(total, 0) > 0:
                self._try_settle(claimed, meant)

    @api.model
    def _get_with_open_principal(self, company, partner_ids):
        """Return those of these customers with any open item besides their charges."""
        return self.env['res.partner'].browse({
            partner_id for partner_id, in self.env['dunning.item']._fetch(
                company, ('partner',), partner_ids=partner_ids,
                where=SQL(
                    "item.charge IS NULL AND item.open > 0 AND item.excluded IS DISTINCT FROM %s",
                    ladder.OUTBOUND))})

    @api.model
    def _try_settle(self, charges, credits):
        """Settle charges; a refusal of the ledger is noted and stops nobody else."""
        try:
            with self.env.cr.savepoint():
                charges._settle(credits, max(credits.mapped('date')))
        except LockError:
            _logger.info("Charges of %s are in use, they wait.", charges.partner_id.ids)
        except UserError as refusal:
            if str(refusal) not in charges.mapped('booking_note'):
                charges._set_booking_failed(str(refusal))

    def action_allocate_payment(self):
        """Settle costs, interest and what is due from the open receipts of these debtors."""
        self.check_access('read')
        self.env['dunning.charge']._check_clerk()
        for debtor in self:
            debtor.sudo()._allocate_payment()
        self._refresh_own()
        return True

    def _allocate_payment(self):
        """Allocate the open receipts: costs, interest, principal (§ 367 BGB), oldest first.

        Charges that are not booked yet are booked as far as the receipts pay them. What is not due
        yet, disputed as a whole or excluded from dunning is left for the clerk; currencies are
        never mixed.
        """
        self.ensure_one()
        charges = self.env['dunning.charge']
        credits = charges._get_open_credits(self.company_id, self.partner_id.ids)
        if not credits:
            raise UserError(self.env._(
                "%(customer)s has no payment that waits to be allocated.",
                customer=self.partner_id.name))
        items = self.env['account.move.line'].sudo().browse(
            line_id for line_id, in self.env['dunning.item']._fetch(
                self.company_id, ('id',), partner_ids=self.partner_id.ids, order='due, id',
                where=SQL("item.open > item.disputed AND item.excluded IS NULL "
                          "AND item.due <= %s", self.company_id._get_dunning_today())))
        for (account, currency), lines in credits.grouped(
                lambda line: (line.account_id, line.currency_id)).items():
            for letter, named in self._find_named_letters(lines).items():
                self._settle_letter(letter, named)
            lines = lines.filtered(lambda line: not line.reconciled)
            if not lines:
                continue
            charges._get_open(self.company_id, self.partner_id.ids)._settle(lines)
            due = items.filtered(
                lambda line: line.account_id == account and line.currency_id == currency)   # noqa: B023
            left = lines.filtered(lambda line: not line.reconciled)
            if left and due:
                (left | due).reconcile()

    def _find_named_letters(self, credits):
        """Return {letter: receipts that name its number}: each receipt for one letter."""
        texts = {
            line: " ".join(filter(None, (
                line.name, line.move_id.ref, line.move_id.payment_reference,
                line.move_id.statement_line_id.payment_ref))) for line in credits}
        found = self.env['dunning.letter']._find_by_texts(self.company_id, texts.values())
        letters = {}
        for line, text in texts.items():
            letter = found[text].filtered(lambda one: one.partner_id == self.partner_id)[:1]
            if letter:
                letters[letter] = letters.get(letter, line.browse()) | line
        return letters

    def _settle_letter(self, letter, credits):
        """Settle what a letter asks for from receipts that name it: the customer has said so.

        Its costs and interest first, those that earlier letters have claimed and it asks for as
        well (§ 367 BGB), then its items, whether oldest or not (§ 366 (1) BGB). What is disputed as
        a whole meanwhile is left out, the rest waits for the next step.
        """
        earlier = letter.charge_ids.browse((letter.claim_details or {}).get('charge_ids', ()))
        (letter.charge_ids | earlier.exists()).filtered('amount_open')._settle(credits)
        left = credits.filtered(lambda line: not line.reconciled)
        items = self.env['account.move.line'].sudo().browse(
            line_id for line_id, in self.env['dunning.item']._fetch(
                self.company_id, ('id',), order='due, id',
                line_ids=letter._get_asked_lines().move_line_id.ids,
                where=SQL("item.open > item.disputed AND item.excluded IS NULL")))
        items = items.filtered(
            lambda line: line.account_id == credits.account_id
            and line.currency_id == credits.currency_id)
        if left and items:
            (left | items).reconcile()
