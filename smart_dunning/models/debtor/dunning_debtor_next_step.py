import logging
from collections import defaultdict
from itertools import groupby

from odoo import api, fields, models
from odoo.fields import Domain

from ...logic import insolvency, ladder, worklist
from ...logic.days import shift
from ..pause.kinds import ENDLESS
from ..policy.labels import get_labels
from ..run.dunning_run_claim import get_charges_worth

_logger = logging.getLogger(__name__)

#: Why the next step does not happen by itself. The codes of `worklist.LETTER_CODES` say that its
#: letter exists already.
WAITS = [
    (worklist.UNKNOWN, "Nobody knows whether it was sent"),
    (worklist.FAILED, "A letter failed"),
    (worklist.BOUNCED, "An e-mail came back"),
    (worklist.TO_APPROVE, "A letter waits for approval"),
    (worklist.TO_PRINT, "A letter waits to be printed"),
    (worklist.TO_CALL, "A call is to be made"),
    (worklist.TO_REVIEW, "A letter waits for review"),
    (worklist.QUEUED, "A letter is on its way"),
    (worklist.APPROVAL, "Needs approval"),
    (worklist.REVIEW, "Needs review"),
    (worklist.BANK, "Waits for bank entries"),
]


class DunningDebtor(models.Model):
    """What happens next to a debtor: on which day a run works on it, and what it waits for.

    Facts and judgement are those of a run: the ladder, its reasons to leave out, its obstacles.
    """

    _inherit = 'dunning.debtor'

    next_level_id = fields.Many2one('dunning.level', "Next Step", readonly=True)
    next_action_date = fields.Date("Next Step On", readonly=True, index=True)
    next_amount = fields.Monetary(
        "Amount of the Next Step", readonly=True,
        help="What its letters ask for: principal, less credits, with fees and interest.")
    next_count = fields.Integer("Letters of the Next Step", readonly=True)
    next_channel = fields.Char("Channel of the Next Step", readonly=True)
    next_wait = fields.Selection(WAITS, "Next Step Waits For", readonly=True)
    left_out_amount = fields.Monetary(
        "Left Out", readonly=True,
        help="Overdue, but not asked for: its items say why. See the list of open items.")
    left_out_codes = fields.Char(readonly=True)
    left_out_text = fields.Char("Left Out Because", compute='_compute_left_out_text')

    @api.depends('left_out_codes')
    @api.depends_context('lang')
    def _compute_left_out_text(self):
        reasons = get_labels(self.env['account.move.line'], 'dunning_excluded')
        for debtor in self:
            debtor.left_out_text = ", ".join(
                reasons.get(code, code)
                for code in filter(None, (debtor.left_out_codes or '').split(','))) or False

    # Refresh ------------------------------------------------------------------------------------

    @api.model
    def _get_next_steps(self, company, partner_ids, today):
        """Return {partner id: (columns of the next step, what `worklist.Facts` takes of it)}."""
        run = self.env['dunning.run'].with_company(company).new({
            'company_id': company.id, 'date': today, 'due_after': company.dunning_due_after})
        items = sorted(run._get_ladder_items(partner_ids), key=lambda item: item.partner)
        customers = run._get_ladder_customers(partner_ids, today)
        policies = run._get_ladder_policies()
        money = run._get_money_functions({item.currency for item in items})
        waiting = self._get_waiting_letters(company, partner_ids, today)
        get_run_day = run._get_run_days(today)
        working_day = company._get_next_working_day(today)
        found, judged, start = {}, {}, get_run_day(today)
        for partner_id, group in groupby(items, key=lambda item: item.partner):
            group = list(group)
            customer = customers.get(partner_id, ladder.Customer())
            try:
                # A letter that waits is the next step; what follows it nobody asks.
                step = None if partner_id in waiting else ladder.find_next_letters(
                    group, policies, customer, start, *money, get_run_day)
                judged[partner_id] = self._get_reasons(
                    group, policies, customer, today, money)
            except Exception:  # this customer has no next step; the figures are right all the same
                _logger.exception("Nothing can be foreseen of customer %s", partner_id)
                judged[partner_id] = {'reasons': {ladder.UNDECIDED: None}}
                continue
            if step:
                found[partner_id] = step
        steps = self._describe_steps(run, found, working_day)
        for partner_id, (code, letters) in waiting.items():
            steps[partner_id] = self._describe_waiting(code, letters, working_day), {'letter': code}
        return {
            partner_id: (columns, {
                **judged.get(partner_id, {}), **facts, 'run_day': start})
            for partner_id in judged.keys() | steps.keys()
            for columns, facts in [steps.get(partner_id, ({}, {}))]}

    @api.model
    def _get_reasons(self, items, policies, customer, today, money):
        """Return what keeps the items of a customer back today: reasons and a running deadline.

        And whether a run would ask for anything: not for items that an agency collects.

        :param items: the `ladder.Item` of one customer
        """
        reasons = {}

        def note(code, until):
            known = reasons.get(code)
            reasons[code] = max(filter(None, (known, until)), default=None)
        plan = ladder.plan(items, policies, {items[0].partner: customer}, today, *money)
        for omission in plan.omissions:
            if omission.reason not in (ladder.PENDING, ladder.OVER_CAP):
                until = omission.until
                # Quiet days end on the day on which the next letter may go.
                note(omission.reason, until and shift(until, -(omission.reason == ladder.QUIET)))
        if customer.paused_until and customer.paused_until >= today:
            note(ladder.PAUSED, customer.paused_until)
        asked = [item for item in items if item.amount > 0 and not item.excluded]
        for item in asked:
            if item.is_paused(today):
                note(item.pause.reason, item.pause.until)
        deadlines = [
            item.deadline for item in asked
            if item.policy in policies and ladder.has_time(policies[item.policy], item, today)]
        asks = any(
            item.due < today
            and not (item.is_paused(today) and item.pause.until == ENDLESS) for item in asked)
        return {'reasons': reasons, 'deadline': max(deadlines, default=None), 'asks': asks}

    @api.model
    def _describe_steps(self, run, found, working_day):
        """Return {partner id: (columns, facts)} of the next letters that are not there yet.

        :param found: {partner id: (day, list of `ladder.Letter`)}
        """
        contacts = run._get_contacts(found) if found else {}
        levels = {letter.level.id for _day, letters in found.values() for letter in letters}
        served = {level.id for level in self.env['dunning.level'].browse(levels)
                  if level._is_served()}
        charges = self._get_charges_of_steps(run, found)
        is_stale, has_bank = run._get_bank_guard(), bool(run.company_id._get_dunning_banks())
        steps = {}
        for partner_id, (day, letters) in found.items():
            top = max(letters, key=lambda letter: letter.level.position)
            level = self.env['dunning.level'].browse(top.level.id)
            obstacle = run._find_obstacle(top, contacts[partner_id], served)
            channel = level.channel if obstacle else level._choose_channel(contacts[partner_id])
            is_payable = has_bank or not level._get_channels()[channel].needs
            wait = self._get_wait(
                top, contacts[partner_id], is_stale if day <= working_day else None, is_payable)
            steps[partner_id] = {
                'next_action_date': day,
                'next_level_id': top.level.id,
                'next_amount': charges[partner_id] + sum(
                    letter.worth - letter.credit_worth for letter in letters),
                'next_count': len(letters),
                'next_channel': channel,
                'next_wait': wait,
            }, {'step': worklist.Step(day, not obstacle and not self.env[
                'dunning.level']._get_channels()[channel].needs_person, wait, obstacle)}
        return steps

    @api.model
    def _get_charges_of_steps(self, run, found):
        """Return {partner id: fees and interest of the next letters, in company currency}."""
        names, by_day = self.env['dunning.letter']._charge_fields, defaultdict(list)
        for day, letters in found.values():
            by_day[day] += letters
        totals = defaultdict(float)
        for day, letters in by_day.items():
            cases = list(map(run._make_letter_case, letters))
            for letter, charges in zip(
                    letters, run._get_letter_charges(cases, day), strict=False):
                totals[letter.partner] += get_charges_worth(
                    sum(charges[name] for name in names), letter.amount - letter.credit,
                    letter.worth - letter.credit_worth)
        return totals

    @api.model
    def _get_wait(self, letter, contact, is_stale, is_payable):
        """Return what a letter will wait for once a run has planned it: a code of WAITS or None.

        :param contact: what is known of the recipient, see `dunning.run._get_contacts`
        :param is_stale: tells of a policy whether the bank entries are too old for it; None for a
            later day, since nobody knows what the bank will have sent until then
        :param is_payable: it names an account to pay to, or need not: see `_hold_back_unpayable`
        """
        policy = self.env['dunning.policy'].browse(letter.policy)
        if (self.env['dunning.level'].browse(letter.level.id).needs_approval
                or insolvency.find_words(contact['names'])):
            return worklist.APPROVAL
        if not policy.auto_send or not is_payable:
            return worklist.REVIEW
        return worklist.BANK if is_stale and is_stale(policy) else None

    # Letters that are there ---------------------------------------------------------------------

    @api.model
    def _get_waiting_domain(self, company, partner_ids, today):
        """Return which letters of customers are under way, as a Domain.

        What is paid meanwhile never goes out: nobody is asked to approve or print it.

        :param today: proposals for later days are mere previews
        """
        return Domain([
            ('company_id', '=', company.id), ('partner_id', 'in', list(partner_ids)),
            ('state', 'in', ('draft', 'ready', 'sending', 'failed')),
            ('run_id.date', '<=', today)]) & (
            Domain('line_ids.move_line_id.reconciled', '=', False)
            | Domain('is_fate_unknown', '=', True) | Domain('state', '=', 'sending'))

    @api.model
    def _get_waiting_letters(self, company, partner_ids, today):
        """Return {partner id: (the most urgent of `worklist.LETTER_CODES`, its letters)}."""
        waiting = {}
        for letter in self.env['dunning.letter'].search(
                self._get_waiting_domain(company, partner_ids, today)):
            code = self._judge_letter(letter)
            known, letters = waiting.get(letter.partner_id.id, (code, letter.browse()))
            if worklist.CODES.index(code) < worklist.CODES.index(known):
                known, letters = code, letter.browse()
            if code == known:
                waiting[letter.partner_id.id] = code, letters | letter
        return waiting

    @api.model
    def _judge_letter(self, letter):
        """Return what a letter waits for, see `worklist.judge_letter`."""
        run, channel = letter.run_id, letter._get_channel()
        return worklist.judge_letter(
            letter.state, needs_approval=letter.needs_approval,
            is_fate_unknown=letter.is_fate_unknown, is_bounced=letter.is_bounced,
            is_on_paper=channel.is_on_paper, needs_person=channel.needs_person,
            is_held_back=letter.policy_id.auto_send and run.is_automatic
            and not letter._is_unpayable(),
            is_queued=letter.is_released or run.state in ('sending', 'done') and (
                not run.is_automatic or run.is_released or channel.needs_person
                or run.company_id.dunning_active))

    @api.model
    def _describe_waiting(self, code, letters, working_day):
        """Return the columns of the next step of a customer whose letters are there already."""
        top = max(letters, key=lambda letter: letter.level_id.position)
        return {
            'next_action_date': working_day,
            'next_level_id': top.level_id.id,
            'next_amount': sum(letters.mapped('amount_company')),
            'next_count': len(letters),
            'next_channel': top.channel,
            'next_wait': code,
        }
