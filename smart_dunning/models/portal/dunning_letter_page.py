from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ...logic import ladder, portal
from ..pause.kinds import COLLECTING

#: What the page reads of each item.
_COLUMNS = ('id', 'open', 'excluded', 'disputed', 'pause_kind', 'paused_until')


class PageItem(NamedTuple):
    """A row of the table: the line of the letter, and what became of it."""

    line: object
    state: str
    open: float
    disputed: float
    payable: float
    pause_kind: str | None
    paused_until: object


class Account(NamedTuple):
    """What a customer owes on a letter as of now, all in its currency."""

    items: list
    charges: object
    credit: float
    total: float

    @property
    def payable_items(self):
        return [item for item in self.items if item.payable > 0]


class DunningLetter(models.Model):
    """What the customer's page shows: the letter as it is now, not as it was sent."""

    _inherit = 'dunning.letter'

    # Now ----------------------------------------------------------------------------------------

    def _get_account(self):
        """Return the `Account` of the letter: what is open of it at this moment."""
        self.ensure_one()
        lines = self._get_asked_lines()
        facts = self._get_item_facts(lines.move_line_id.ids)
        compare = self.currency_id.compare_amounts
        items, rows = [], []
        for line in lines:
            item, row = facts.get(line.move_line_id.id, (None, None))
            rows += [item] if item else []
            items.append(PageItem(
                line, portal.get_state(
                    item, line.amount_residual + line.amount_disputed, compare,
                    not item and _is_cancelled(line.move_line_id)),
                item.open if item else 0.0, item.disputed if item else 0.0,
                portal.get_payable(item) if item else 0.0, *(row or (None, None))))
        charges = self._get_charges_now()
        owed = sum(charges.mapped('amount_open'))
        available = self._get_credit_now() if rows else 0.0
        round_amount = self.currency_id.round
        return Account(
            items, charges, portal.get_credit(rows, available, round_amount),
            portal.get_total(rows, charges=owed, credit=available, round_amount=round_amount))

    def _get_item_facts(self, line_ids):
        """Return {journal item id: (`portal.Item`, (kind of pause, its end))} of open items."""
        return {
            line_id: (portal.Item(
                line_id, amount, disputed or 0.0,
                ladder.HANDED_OVER if kind in COLLECTING else excluded), (kind, until))
            for line_id, amount, excluded, disputed, kind, until in self.env[
                'dunning.item']._fetch(
                    self.company_id._get_dunning_tree(), _COLUMNS, line_ids=line_ids)
        } if line_ids else {}

    def _get_charges_now(self):
        """Return the open charges that the letter, or one before it, has claimed."""
        self.ensure_one()
        charges = self.env['dunning.charge']._get_open(self.company_id, self.partner_id.ids)
        return charges._get_asked().filtered(lambda one: one.currency_id == self.currency_id and (
            one.letter_id == self or self.amount_charges and one.date <= self.date))

    def _get_credit_now(self):
        """Return what the customer has with us, where the policy nets it; zero or more.

        The creditor is the company with its branches. As in a run, what a letter of a branch does
        not ask for since another branch does is settled first where it is older.
        """
        if not self.policy_id.net_credits:
            return 0.0
        tree = self.company_id._get_dunning_tree()
        elsewhere = tree - self.company_id._get_dunning_branches() if len(tree) > 1 else tree[:0]
        rows = self.env['dunning.item']._fetch(
            tree, ('open',), partner_ids=self.partner_id.ids, with_payments=True, where=SQL("""
                item.currency = %s AND item.excluded IS NULL AND (
                    item.open < 0 OR item.company = ANY(%s) AND item.due <= %s)
            """, self.currency_id.id, elsewhere.ids,
                max(self._get_asked_lines().mapped('date_maturity'), default=self.date)))
        return max(0.0, -sum(amount for amount, in rows))

    def _get_newer_letter(self):
        """Return the last letter to the customer in this currency, if it came after this one."""
        return self.search([
            ('partner_id', '=', self.partner_id.id), ('company_id', '=', self.company_id.id),
            ('currency_id', '=', self.currency_id.id), ('state', '=', 'sent'),
            ('id', '>', self.id), ('date', '>=', self.date)], order='date desc, id desc', limit=1)

    # The page -----------------------------------------------------------------------------------

    def _prepare_page_values(self):
        """Return what the template of the page knows. Called as superuser, in its language."""
        self.ensure_one()
        account = self._get_account()
        bank = self._get_payment_bank()
        is_withdrawn = self.state == 'cancelled'
        is_open = not is_withdrawn and self.currency_id.compare_amounts(account.total, 0.0) > 0
        copies = self._get_page_files(account)
        reference = self._get_reference_to_type()
        return {
            'letter': self,
            'company': self.company_id,
            'page_name': 'dunning_letter',
            'account': account,
            'files': copies,
            'charge_lines': self._get_charge_lines(account.charges),
            'is_withdrawn': is_withdrawn,
            'is_open': is_open,
            'underway': self._find_underway(),
            'texts': self._get_page_texts(account, is_open),
            'newer': self._get_newer_letter(),
            'collectors': self._get_collectors(),
            'payment': is_open and self._make_payment_lines(bank, account.total, reference),
            'qr': is_open and self._draw_qr(self._make_qr_payload(bank, account.total, reference)),
            'swiss_qr': is_open and self._get_swiss_qr(bank, account.total, reference),
            'statement': self.level_id.attach_statement and self._prepare_statement_values(),
            'signer': self._get_signer(),
            'format_money': self._format_document_money,
            'format_date': self._format_document_date,
        }

    def _get_collectors(self):
        """Return who collects items of the letter by now, in words for the customer."""
        return sorted(set(self.env['dunning.pause']._get_collectors(
            self.line_ids.move_line_id).values()))

    def _get_page_texts(self, account, is_open):
        """Return what the page says first: what it is about, a headline, the sentence below."""
        return {
            'about': self.env._(
                "%(company)s · %(level)s of %(date)s · %(letter)s", company=self.company_id.name,
                level=self.level_id.name, date=self._format_document_date(self.date),
                letter=self.name),
            **dict(zip(('headline', 'sentence'), self._get_headline(account, is_open),
                       strict=True)),
            'items': {item.line.id: self._get_item_text(item) for item in account.items},
        }

    def _get_headline(self, account, is_open):
        if self.state == 'cancelled':
            return (self.env._("We have withdrawn this letter"),
                    self.env._("There is nothing to pay on it."))
        if not is_open and any(item.state == portal.COLLECTED for item in account.items):
            return (self.env._("Please do not pay to us any more"), self.env._(
                "Somebody else collects what is open of this letter, see below."))
        if not is_open and any(
                item.state in (portal.CLARIFIED, portal.UNDERWAY, portal.WITHDRAWN)
                for item in account.items):
            return (self.env._("Nothing to pay at the moment"), self.env._(
                "What is open of this letter is being clarified, or a payment is on its way."))
        if not is_open and any(
                item.state == portal.CANCELLED or item.open > 0 for item in account.items):
            # Nobody has paid it: credits cover what is open, see the table, or we took it back.
            is_covered = any(item.open > 0 for item in account.items)
            return self.env._("Nothing to pay at the moment"), "" if is_covered else self.env._(
                "Nothing of this letter is open any more.")
        if not is_open:
            return (self.env._("Everything is paid. Thank you!"),
                    self.env._("Nothing of this letter is open any more."))
        amount = self._format_document_money(account.total)
        date = self._format_document_date(self.deadline)
        is_over = self.deadline and self.deadline < self.company_id._get_dunning_today()
        if self.is_prenotice and not is_over:
            return (self.env._("%(amount)s due soon", amount=amount), date and self.env._(
                "This is only a reminder: please pay until %(date)s.", date=date))
        if is_over:
            return self.env._("%(amount)s to pay", amount=amount), self.env._(
                "Please pay now; the date in our letter was %(date)s.", date=date)
        return self.env._("%(amount)s to pay", amount=amount), date and self.env._(
            "Please pay until %(date)s.", date=date)

    def _get_item_text(self, item):
        """Return what became of an item since the letter, in a few words; '' for nothing."""
        money, parts = self._format_document_money, []
        if item.state == portal.CANCELLED:
            return self.env._("Cancelled by us")
        if item.state == portal.UNDERWAY:
            return self.env._("A payment is on its way")
        if item.state == portal.COLLECTED:
            return self.env._("Not to be paid to us any more: somebody else collects it")
        if item.state == portal.WITHDRAWN:
            return self.env._("We are not asking for it at the moment")
        if item.state == portal.PART_PAID:
            parts.append(self.env._(
                "A part is paid, thank you: the letter asked for %(amount)s.",
                amount=money(item.line.amount_residual)))
        if item.disputed:
            parts.append(self.env._(
                "%(amount)s is being clarified.", amount=money(item.disputed)))
        if item.pause_kind == 'promise':
            parts.append(self.env._(
                "You have promised to pay until %(date)s.",
                date=self._format_document_date(self._get_promised_day(item))))
        elif item.pause_kind == 'installment':
            parts.append(self.env._("Paid in instalments."))
        return " ".join(parts)

    def _get_promised_day(self, item):
        """Return the day that was promised for an item; the pause lasts some days longer."""
        promise = self.env['dunning.promise'].search([
            ('item_ids', 'in', item.line.move_line_id.ids), ('state', '=', 'open')], limit=1)
        return promise.date or item.paused_until

    def _get_page_files(self, account):
        """Return the invoices of which the page offers a PDF."""
        files = self.env['dunning.copy']._find(self._get_invoices())
        can_make = self._can_make_copies()
        return {move.id for move in self._get_invoices() if can_make or move in files}

    def _get_charge_lines(self, charges):
        """Return what is claimed besides the items, a line each in plain words: (text, amount)."""
        lines = []
        for kind, of_kind in charges.grouped('kind').items():
            amount = sum(of_kind.mapped('amount_open'))
            if self.currency_id.is_zero(amount):
                continue
            last = max(filter(None, of_kind.mapped('date_to')), default=self.date)
            lines.append(({
                'interest': self.env._(
                    "Interest for late payment, up to %(date)s",
                    date=self._format_document_date(last)),
                'lump_sum': self.env._("Lump sum for our costs of late payment"),
                'fee': self.env._("Costs of our reminders"),
            }[kind], amount))
        return lines

    def _get_swiss_qr(self, bank, amount, reference):
        """Return core's Swiss QR-bill as a data URI where it can be made for the account."""
        transfer = bool(bank) and self._get_swiss_transfer(bank, amount, reference)
        return bool(transfer) and bank._get_qr_code_base64('ch_qr', *transfer)

    def _get_page_pdf(self):
        """Return the letter as it was sent, as (name, bytes)."""
        self.ensure_one()
        return f'{self.name.replace("/", "-")}.pdf', self._get_documents()[self.id]

    def _get_page_invoice(self, move_id):
        """Return a copy of an invoice that the letter asks for, as (name, bytes); None without."""
        move = self._get_invoices().filtered(lambda one: one.id == move_id)
        if not move:
            return None
        copies = self.env['dunning.copy']
        if move not in copies._find(move) and self._can_make_copies():
            copies._make(move, self.company_id._get_dunning_today())
        file = copies._find(move).get(move)
        return (file.name, file.raw) if file else None


def _is_cancelled(item):
    """Return whether we have taken a claim back: the entry, or by a credit note about all of it."""
    return item.parent_state != 'posted' or item.move_id.payment_state == 'reversed'
