from functools import lru_cache

from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.tools import SQL, babel_locale_parse, format_date, get_lang

from ...logic import ladder, worklist
from ..policy.labels import get_labels

GROUPS = [
    (worklist.DECIDE, "You decide"),
    (worklist.AUTO, "Goes out by itself"),
    (worklist.WAIT, "Waits"),
    (worklist.NOTHING, "Nothing to do"),
]
WORK_FIGURES = {
    'work_group': 'varchar', 'work_code': 'varchar', 'work_rank': 'int', 'work_until': 'date',
    'amount_to_pay': 'numeric', 'receipt_amount': 'numeric', 'next_count': 'int',
    'next_channel': 'varchar',
}


@lru_cache(maxsize=2048)
def _format_day(date, lang):
    """Return a date with its weekday; finding the pattern of a language takes half a millisecond.

    :param lang: the code of a language
    """
    return format_skeleton(
        'EEEEdMMM', fields.Datetime.to_datetime(date), locale=babel_locale_parse(lang))


class DunningDebtor(models.Model):
    """The worklist: whose turn it is with each debtor, one sentence and one button."""

    _inherit = 'dunning.debtor'

    work_group = fields.Selection(
        GROUPS, "Whose Turn", readonly=True, group_expand='_expand_work_groups')
    work_code = fields.Char("Why It Is Their Turn", readonly=True)
    work_rank = fields.Integer("Place in the Worklist", readonly=True, aggregator=None)
    work_until = fields.Date("Waits Until", readonly=True)
    amount_to_pay = fields.Monetary(
        "To Pay", readonly=True,
        help="What is overdue, with fees and interest, less credits.")
    receipt_amount = fields.Monetary(
        "Not Allocated", readonly=True, help="Receipts that are not allocated yet.")
    next_step = fields.Char("What Comes Next", compute='_compute_next_step', compute_sudo=True)

    # The first page of each group in the order of the list, without sorting all debtors.
    _work_idx = models.Index(
        "(company_id, work_group, work_rank, work_until, money_at_risk DESC, overdue_amount DESC, "
        "id)")

    @api.model
    def _expand_work_groups(self, groups, _domain):
        """Show the three groups in their order, also where nobody is in one."""
        return [code for code, _name in GROUPS if code != worklist.NOTHING or code in groups]

    @api.depends('next_level_id', 'next_action_date', 'next_amount', 'next_wait', 'work_code',
                 'paused_until', 'left_out_codes')
    @api.depends_context('lang')
    def _compute_next_step(self):
        """Say in a sentence what happens next."""
        for debtor in self:
            debtor.next_step = debtor._get_next_step_sentence()

    # Refresh ------------------------------------------------------------------------------------

    @api.model
    def _add_work(self, company, rows, steps, today):
        """Judge whose turn it is, and put that into the figures of the customers.

        :param rows: {partner id: figures}, changed in place
        :param steps: what `_get_next_steps` gave
        """
        broken = self._get_broken_promises(company, rows)
        requested = self._get_release_requests(company, rows)
        compare = company.currency_id.compare_amounts
        is_on = company.dunning_active or company._is_dunned_by_parent()
        for partner_id, figures in rows.items():
            owed = (figures.get('overdue_amount') or 0.0) + (figures.get('charges_open') or 0.0)
            figures['amount_to_pay'] = company.currency_id.round(
                max(0.0, owed - (figures.get('credit_amount') or 0.0)))
            facts = {'asks': True, **steps.get(partner_id, ({}, {}))[1]}
            facts['asks'] &= compare(figures.get('overdue_amount') or 0.0, 0.0) > 0
            task = worklist.judge(worklist.Facts(
                today, is_on=is_on,
                leaves_out=bool(figures.get('left_out_amount')),
                is_release_requested=partner_id in requested,
                is_promise_broken=partner_id in broken,
                has_receipt=compare(figures.get('receipt_amount') or 0.0, 0.0) > 0
                and compare(owed, 0.0) > 0,
                has_excess=compare(figures.get('open_amount') or 0.0, 0.0) < 0,
                has_only_charges=bool(figures.get('is_only_charges')),
                **facts))
            figures.update(
                work_group=task.group, work_code=task.code, work_rank=task.rank,
                work_until=task.until)

    @api.model
    def _get_broken_promises(self, company, partner_ids):
        """Return the ids of customers with an item, asked for today, that was promised in vain and
        not dunned since.
        """
        promises = self.env['dunning.promise']
        lines = promises._get_broken_items(company, list(partner_ids))
        if not lines:
            return set()
        named = promises._fields['item_ids']
        return {partner_id for partner_id, in self.env['dunning.item']._fetch(
            company, ('partner',), line_ids=lines, where=SQL("""
                item.asked > 0 AND EXISTS (
                    SELECT FROM %(table)s rel
                      JOIN dunning_promise promise ON promise.id = rel.%(own)s
                     WHERE rel.%(line)s = item.id AND promise.company_id = %(company)s
                       AND promise.state IN ('broken', 'partly')
                       AND promise.date >= COALESCE(item.last_letter, promise.date))""",
                company=company.id, table=SQL.identifier(named.relation),
                own=SQL.identifier(named.column1), line=SQL.identifier(named.column2)))}

    @api.model
    def _get_release_requests(self, _company, _partner_ids):
        """Return the ids of customers of whom a release was requested; room `hold` knows them."""
        return set()

    # Sentences ----------------------------------------------------------------------------------

    def _get_next_step_sentence(self):
        """Return whose turn it is, and why, as one or two sentences for the clerk."""
        self.ensure_one()
        why = self._get_work_sentence()
        if self.work_code in (worklist.ALLOCATE, worklist.BROKEN, worklist.RELEASE,
                              worklist.MONEY_BACK) or self.work_group == worklist.WAIT and why:
            said = " ".join(filter(None, (why, self._get_step_sentence())))
        else:
            said = why or self._get_step_sentence() or self._get_end_sentence()
        # A short name of a month, or "& Co.", brings the dot that ends the sentence.
        return said.replace("..", ".")

    def _get_work_sentence(self):
        """Return why it is somebody's turn, or "" where the step says it all."""
        match self.work_code:
            case worklist.UNKNOWN | worklist.FAILED | worklist.BOUNCED | ladder.NO_ADDRESS \
                    | worklist.IS_OFF:
                return self._get_trouble_sentence()
            case worklist.ONLY_CHARGES:
                return self.charges_hint
            case ladder.NO_POLICY | ladder.NO_CHANNEL | ladder.UNDECIDED | ladder.QUIET:
                return self._get_reason_sentence()
            case ladder.PAUSED | ladder.PROMISE | ladder.INSTALLMENT | ladder.DISPUTE:
                return self._get_pause_sentence()
        return self._get_plain_sentence()

    def _get_plain_sentence(self):
        """Return why it is somebody's turn where one amount or day says it."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        money = self.currency_id.format
        match self.work_code:
            case worklist.RELEASE:
                return _("A release was requested: please grant or refuse it.")
            case worklist.BROKEN:
                return _("The promise to pay was broken.")
            case worklist.ALLOCATE:
                return _("%(amount)s received is not allocated yet.",
                         amount=money(self.receipt_amount))
            case worklist.MONEY_BACK:
                return _("We owe the customer %(amount)s.", amount=money(-self.open_amount))
            case worklist.DEADLINE:
                return _("The deadline of the last letter runs until %(date)s.",
                         date=self._format_day(self.work_until))
            case worklist.LATER:
                return _("Automatic dunning is off.")
        return ""

    def _get_trouble_sentence(self):
        """Return what is wrong with the letter of the next step."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        values = self._get_step_values()
        match self.work_code:
            case worklist.UNKNOWN:
                return _("Nobody knows whether “%(level)s” of %(amount)s was sent. Please find "
                         "out.", **values)
            case worklist.FAILED:
                return _("“%(level)s” of %(amount)s failed: %(reason)s", **values,
                         reason=self._get_failure() or _("see the letter."))
            case worklist.BOUNCED:
                return _("The e-mail with “%(level)s” of %(amount)s came back. Please print it, "
                         "and correct the address.", **values)
            case worklist.IS_OFF:
                return _("“%(level)s” of %(amount)s is due. Automatic dunning is off, so you "
                         "send it.", **values)
        return _("“%(level)s” of %(amount)s cannot go out: neither an e-mail nor a postal "
                 "address is known.", **values)

    def _get_pause_sentence(self):
        date = format_date(self.env, self.work_until or self.paused_until)
        if self.work_code == ladder.PAUSED:
            return self.env._("Paused until %(date)s.", date=date)
        return self.env._("%(reason)s: waits until %(date)s.", date=date,
                          reason=get_labels(self.env['dunning.omission'], 'reason')[self.work_code])

    def _get_reason_sentence(self):
        """Return a reason of a run to leave out, in the run's words."""
        reason = get_labels(self.env['dunning.omission'], 'reason')[self.work_code]
        if self.work_until and self.work_group == worklist.WAIT:
            return self.env._("%(reason)s: waits until %(date)s.", reason=reason,
                              date=format_date(self.env, self.work_until))
        return self.env._("%(reason)s.", reason=reason)

    def _get_failure(self):
        """Return why the letter of the next step failed."""
        return self._find_work_letters()[:1].note

    def _get_end_sentence(self):
        """Return what is to be said when no letter will come any more."""
        sentences = []
        if self.work_code == worklist.LADDER_END:
            sentences.append(self.env._("All levels are done. Please decide how to go on."))
        if self.left_out_amount:
            sentences.append(self.env._(
                "%(amount)s is left out of dunning: %(reasons)s.",
                amount=self.currency_id.format(self.left_out_amount), reasons=self.left_out_text))
        elif self.work_code == worklist.LEFT_OUT:
            sentences.append(self.env._("Credits cover it, or it is below the minimum amount."))
        return " ".join(sentences) or self.env._("Nothing to do.")

    def _get_step_values(self):
        """Return day, level and amount of the next step as texts."""
        name = self.next_level_id.name or ''
        if self.next_count > 1:
            name = self.env._("%(level)s and %(count)s more", level=name, count=self.next_count - 1)
        return {
            'date': self._format_day(self.next_action_date) if self.next_action_date else '',
            'level': name, 'amount': self.currency_id.format(self.next_amount)}

    def _get_step_sentence(self):
        """Return day, level and amount of the next step, and how it goes out or what it waits for.
        """
        if not self.next_level_id:
            return ""
        values = self._get_step_values()
        # pylint: disable=prefer-env-translation
        _ = self.env._
        match self.next_wait or self.next_channel:
            case worklist.TO_APPROVE:
                return _("“%(level)s” of %(amount)s waits for approval.", **values)
            case worklist.TO_REVIEW:
                return _("“%(level)s” of %(amount)s waits for review.", **values)
            case worklist.TO_PRINT:
                return _("“%(level)s” of %(amount)s waits to be printed.", **values)
            case worklist.TO_CALL:
                return _("“%(level)s” of %(amount)s: please call the customer.", **values)
            case worklist.QUEUED:
                return _("“%(level)s” of %(amount)s goes out within minutes.", **values)
            case worklist.APPROVAL:
                return _("On %(date)s “%(level)s” of %(amount)s is proposed; it goes out once "
                         "somebody approves it.", **values)
            case worklist.REVIEW:
                return _("On %(date)s “%(level)s” of %(amount)s is proposed; it goes out once "
                         "somebody sends it.", **values)
            case worklist.BANK:
                return _("“%(level)s” of %(amount)s waits for newer bank entries.", **values)
        return self._get_plain_step_sentence(values)

    def _get_plain_step_sentence(self, values):
        """Return on which day a step is due that waits for nobody, and how it is served."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        match self.next_channel:
            case 'email' if self.work_code not in (worklist.IS_OFF, worklist.LATER):
                return _("On %(date)s “%(level)s” of %(amount)s goes out by e-mail.", **values)
            case 'print':
                return _("On %(date)s “%(level)s” of %(amount)s is to be printed.", **values)
            case 'call':
                return _("On %(date)s “%(level)s” of %(amount)s: please call the customer.",
                         **values)
        return _("On %(date)s “%(level)s” of %(amount)s is due.", **values)

    def _format_day(self, date):
        """Return a date with its weekday, in the order and with the dots of the language."""
        return _format_day(date, get_lang(self.env).code)

    # The one button -----------------------------------------------------------------------------

    def _find_work_letters(self):
        """Return the letters that the sentence is about, the highest level first."""
        self.ensure_one()
        found = self.env['dunning.letter'].search(self._get_waiting_domain(
            self.company_id, self.partner_id.ids, self.company_id._get_dunning_today()))
        return found.filtered(lambda letter: self._judge_letter(letter) == self.work_code).sorted(
            lambda letter: -letter.level_id.position)

    def action_work(self):
        """Do, or open, what the sentence of the debtor asks for.

        :return: an action
        """
        self.ensure_one()
        self.check_access('read')
        match self.work_code:
            case code if code in worklist.LETTER_CODES and (letters := self._find_work_letters()):
                return letters._open_letters()
            case ladder.NO_ADDRESS | ladder.NO_POLICY:
                return self._open(self.partner_id)
            case worklist.BROKEN | worklist.IS_OFF | worklist.BANK:
                return self.action_write_now()
            case worklist.ALLOCATE:
                return self.action_allocate_payment()
            case worklist.MONEY_BACK:
                return self.action_open_items()
            case worklist.ONLY_CHARGES:
                return self.action_waive_rest()
            case ladder.PAUSED:
                return self.action_end_pause()
        return self._open(self)

    def _open(self, record):
        return {
            'type': 'ir.actions.act_window', 'res_model': record._name, 'res_id': record.id,
            'view_mode': 'form', 'views': [(False, 'form')],
        }
