import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date, split_every

from ..policy.labels import get_label
from ..policy.locks import lock_or_refuse

#: How many letters are booked in one go: several times as fast as one by one.
TOGETHER = 20

_logger = logging.getLogger(__name__)


class DunningCharge(models.Model):
    """Booking: what is claimed becomes a journal entry of its own, when the company wants it.

    A charge may be booked in parts, and reversed in parts. What is booked and paid is read from
    the journal items that name the charge, so the ledger and the charge cannot disagree.
    """

    _inherit = 'dunning.charge'

    is_booking_due = fields.Boolean("To Book", readonly=True, index='btree_not_null')
    booking_note = fields.Char(readonly=True, help="Why the charge could not be booked.")

    def _get_booked_lines(self):
        """Return the posted receivable items of these charges, reversals included."""
        return self.sudo().line_ids.filtered(
            lambda line: line.parent_state == 'posted'
            and line.account_id.account_type == 'asset_receivable')

    def _get_amount_to_book(self):
        """Return what is still claimed of the charge and not booked, in its currency."""
        self.ensure_one()
        return self.currency_id.round(
            self.amount_open - (self.amount_booked - self.amount_paid))

    # When -----------------------------------------------------------------------------------

    def _handle_claimed(self):
        """Do what follows once a letter has claimed these charges."""
        # The letter has left: its transaction must neither fail nor wait because of the ledger.
        due = self.sudo().filtered(lambda charge: charge.company_id.dunning_booking == 'letter')
        if due:
            due._set_booking_due()
        if any(charge.kind == 'lump_sum' for charge in self):   # counts against earlier fees
            self._follow_debt_of({(charge.company_id.id, charge.partner_id.id) for charge in self})

    def _book_later(self):
        """Let the cron book what the ledger does not show yet of charges that are in it."""
        due = self.sudo().filtered(lambda charge: charge.line_ids and charge.amount_to_book)
        if due:
            due._set_booking_due()

    def _set_booking_due(self):
        self.write({'is_booking_due': True})
        self.env.ref('smart_dunning.ir_cron_dunning_booking').sudo()._trigger()

    def _withdraw(self):
        """Take charges back, and reverse what was booked of them; payments become credits again."""
        charges = self.sudo()
        charges.write({'is_withdrawn': True, 'is_booking_due': False})
        for group in charges.filtered(lambda charge: charge._get_booked_lines())._group_to_book():
            try:
                with self.env.cr.savepoint():
                    group._free_payments()
                    group._reverse(group._get_booked_rests())
            except UserError as refusal:        # the bounce itself must be recorded all the same
                group._set_booking_failed(str(refusal))
        self._follow_debt_of({(charge.company_id.id, charge.partner_id.id) for charge in charges})

    @api.model
    def _cron_book(self, batch_size=200):
        """Book what letters have claimed; one entry that fails never stops the others."""
        progress = self.env['ir.cron']._commit_progress
        progress(remaining=self.search_count([('is_booking_due', '=', True)]))
        crash = None
        for groups in split_every(TOGETHER, self._get_booking_queue(batch_size), list):
            together = self.browse().concat(*groups)
            try:
                together._book_due()
                more = progress(len(together))
            except Exception:                   # noqa: BLE001, found out by booking one by one
                self.env.cr.rollback()
                for group in groups:
                    crash = group._book_alone() or crash
                    more = progress(len(group))
            if not more:
                break
        if crash:
            raise crash

    def _book_due(self):
        """Book those of these charges that nobody else is booking at the moment."""
        charges = self.try_lock_for_update(allow_referencing=True).filtered('is_booking_due')
        charges._unbook()
        charges._book()
        charges.write({'is_booking_due': False, 'booking_note': False})
        self.env.flush_all()

    def _book_alone(self):
        """Book the charges of one letter; returns the error that is ours, if there is one."""
        try:
            self._book_due()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()              # somebody was faster; what is left comes next time
        except UserError as refusal:            # a reason the clerk can act on
            self.env.cr.rollback()
            self._set_booking_failed(str(refusal))
        except Exception as error:              # ours: isolate, go on, let the cron count a failure
            self.env.cr.rollback()
            _logger.exception("Charges %s crashed", self.ids)
            self._set_booking_failed(self.env._(
                "Unexpected error. Please ask your administrator to check the server log."))
            return error
        return None

    @api.model
    def _get_booking_queue(self, limit):
        """Return the next charges to book, those of one letter together, as a list."""
        due = [('is_booking_due', '=', True)]
        partners = self.search(due, limit=limit, order='partner_id, id').partner_id
        return self.search([*due, ('partner_id', 'in', partners.ids)])._group_to_book()

    def _set_booking_failed(self, reason):
        """Note why charges could not be booked; who looks after the debtor learns of it."""
        self.sudo().write({'is_booking_due': False, 'booking_note': reason})

    def action_book(self):
        """Book what is claimed and not booked yet."""
        self._check_clerk()
        charges = self.sudo()
        charges._unbook()
        charges._book()
        charges.write({'is_booking_due': False, 'booking_note': False})
        return True

    def _check_clerk(self):
        """Raise AccessError for whoever may not decide about these charges."""
        self.check_access('read')
        if not self.env.user.has_group('smart_dunning.group_dunning_user'):
            raise AccessError(self.env._("Only the dunning clerk decides about charges."))

    # How ------------------------------------------------------------------------------------

    def _get_booking_key(self):
        """Return what one journal entry is made for; the letter narrows it."""
        self.ensure_one()
        return (self.company_id, self.partner_id, self.currency_id, self.date)

    def _group_to_book(self):
        return list(self.grouped(lambda charge: charge._get_booking_key()).values())

    def _book(self, parts=None, date=None, account=None):
        """Book charges as receivables of the customer, one entry per letter, without any tax.

        :param parts: {charge: amount in its currency}; all that is not booked yet by default
        :param date: of the entries; the date of the letter by default. What a lock date has
            passed over is booked at the first open day.
        :param account: receivable account; that of the invoice by default, else the customer's
        :return: the posted entries
        :raise UserError: when there is no account or journal for charges
        """
        charges = self.sudo()
        lock_or_refuse(charges)
        if parts is None:
            parts = {charge: charge._get_amount_to_book() for charge in charges}
        parts = {charge: part for charge, part in parts.items()
                 if not charge.currency_id.is_zero(part)}
        moves = self.env['account.move'].sudo()
        booked = charges.filtered(lambda charge: charge in parts)
        for company, of_company in booked.grouped('company_id').items():
            entries = moves._get_dunning_booking_env(company).create([
                group._prepare_entry_values(
                    {charge: parts[charge] for charge in group}, date, account)
                for group in of_company._group_to_book()])
            entries._post(soft=False)
            moves |= entries
        moves.line_ids.dunning_charge_id._net_corrections()
        return moves

    def _prepare_entry_values(self, parts, date, account):
        """Return the values of the entry that books parts of the charges of one letter."""
        company = self.company_id
        journal = company._get_dunning_journal()
        date = company._get_first_open_day(date or max(self.mapped('date')), journal)
        fallback = next(filter(None, (charge._get_item_account() for charge in self)), None) or (
            self._get_customer_account())
        lines = []
        for charge, part in parts.items():
            receivable = account or charge._get_item_account() or fallback
            if not receivable:
                raise UserError(self.env._(
                    "%(customer)s has no receivable account.", customer=self.partner_id.name))
            balance = self.currency_id._convert(part, company.currency_id, company, date)
            values = {
                'name': charge._get_entry_label(), 'partner_id': self.partner_id.id,
                'currency_id': self.currency_id.id, 'dunning_charge_id': charge.id,
                'tax_ids': [Command.clear()], 'no_followup': True}
            lines += [
                {**values, 'account_id': receivable.id, 'amount_currency': part,
                 'balance': balance, 'date_maturity': date},
                {**values, 'account_id': company._get_dunning_account(charge.kind).id,
                 'amount_currency': -part, 'balance': -balance}]
        return {
            'move_type': 'entry', 'company_id': company.id, 'journal_id': journal.id,
            'partner_id': self.partner_id.id, 'currency_id': self.currency_id.id, 'date': date,
            'ref': self._get_entry_reference(),
            'line_ids': [Command.create(values) for values in lines]}

    def _get_item_account(self):
        """Return the receivable account of the invoice, so that both can be paid together."""
        self.ensure_one()
        item = self.move_line_id or self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')[:1]
        return item.account_id

    def _get_customer_account(self):
        """Return the customer's receivable account; a branch uses that of its parent."""
        for company in reversed(self.company_id.parent_ids):
            account = self.partner_id.with_company(company).property_account_receivable_id
            if account:
                return account
        return self.env['account.account']

    def _get_entry_reference(self):
        """Return the reference of the entry: the invoices; the letter adds its number."""
        return ", ".join(sorted(set(filter(None, self.move_id.mapped('name')))))

    def _get_entry_label(self):
        """Return the label of the charge's journal items in the company's language."""
        self.ensure_one()
        lang = self.company_id.partner_id.lang or self.env.lang
        charge = self.with_context(lang=lang)
        parts = [get_label(charge, 'kind'), self.move_id.name]
        if self.date_from and self.date_to:
            parts.append(charge.env._(
                "%(start)s to %(end)s", start=format_date(charge.env, self.date_from),
                end=format_date(charge.env, self.date_to)))
        return " ".join(filter(None, parts))

    def _net_corrections(self):
        """Match a booked correction of interest with the interest that it corrects."""
        for correction in self.filtered(lambda charge: charge.amount < 0):
            related = self.sudo().search([
                ('kind', '=', correction.kind), ('move_line_id', '=', correction.move_line_id.id),
                ('move_id', '=', correction.move_id.id),
                ('partner_id', '=', correction.partner_id.id),
                ('company_id', '=', correction.company_id.id),
                ('currency_id', '=', correction.currency_id.id)])
            lines = related._get_booked_lines().filtered(lambda line: not line.reconciled)
            for same_account in lines.grouped('account_id').values():
                same_account.reconcile()
