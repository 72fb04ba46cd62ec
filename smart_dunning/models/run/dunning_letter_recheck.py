from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import models

from ...logic import ladder
from ..policy.labels import get_labels
from .dunning_run_claim import get_charges_worth


class Reading(NamedTuple):
    """What the ledger says about the customer of a letter, and what its run decides on it now."""

    date: date
    facts: tuple
    plan: ladder.Plan
    planned: ladder.Letter | None


class DunningLetter(models.Model):
    """Reading the ledger again before a letter leaves: nobody is asked for what is paid."""

    _inherit = 'dunning.letter'

    def _recheck(self, reading=None):
        """Compare the letter with what the run would decide now, and correct it.

        Lines that no longer step to their level are dropped, amounts and credits are those of
        this moment. Returns the facts it stands on, for `_has_changed`; False when nothing is left
        to ask for: the letter is then cancelled.

        :param reading: what `_read_again` has found in this transaction; None to read now
        """
        self.ensure_one()
        reading = reading or self._read_again()[self.id]
        date, planned = reading.date, reading.planned
        if planned is None:
            self._set_cancelled(self._get_drop_reason(reading.plan))
            return False
        items = self._get_kept_items(planned)
        self._drop_lines(items, date)
        if not items:
            self._set_cancelled(self.env._("Settled before it was sent"))
            return False
        self._follow_highest_level()
        figures = self._get_figures(planned, items.values())
        if not self._is_worth_sending(figures):
            self._set_cancelled(self.env._("What is left is below the minimum amount"))
            return False
        self.write({
            'date': date,
            'deadline': self._get_deadline(date),
            'oldest_due_date': min(item.due for item in items.values()),
            **figures,
        })
        self._update_charges({item.id: item.pause for item in items.values() if item.pause})
        self.amount_company = self.company_currency_id.round(
            figures['amount_company'] + get_charges_worth(
                sum(self[name] for name in self._charge_fields),
                figures['amount_due'] - figures['amount_credit'], figures['amount_company']))
        return reading.facts

    def _has_changed(self, facts):
        """Return whether a payment came in between reading and sending.

        :param facts: what `_recheck` has read; the same facts lead to the same letter
        """
        self.ensure_one()
        run = self._get_own_run()
        now = run._collect_facts(self.partner_id.ids, self.date)
        if self._split_facts(*now)[self.id] == facts:
            return False
        planned = self._find_planned(run._decide_again(*now, self.date))
        if planned is None:
            return True
        items = self._get_kept_items(planned)
        claimed = self.line_ids.filtered(lambda line: line.state == 'sending').move_line_id.ids
        figures = self._get_figures(planned, items.values())
        return set(claimed) != items.keys() or any(
            self.currency_id.compare_amounts(self[name], figures[name])
            for name in ('amount_due', 'amount_credit'))

    def _read_again(self):
        """Return {letter id: `Reading`} of letters of one run, read and decided at once."""
        run = self._get_own_run()
        date = run._get_send_date()
        everything = run._collect_facts(self.partner_id.ids, date)
        plan = run._decide_again(*everything, date)
        facts, planned = self._split_facts(*everything), defaultdict(list)
        for one in plan.letters:
            planned[one.partner].append(one)
        return {
            letter.id: Reading(date, facts[letter.id], plan, next(
                filter(letter._is_same_letter, planned[letter.partner_id.id]), None))
            for letter in self}

    def _split_facts(self, rows, customers, broken):
        """Return what `dunning.run._collect_facts` has read by letter id: of its customer alone."""
        of_partner = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.id):
            of_partner[row.partner].append(row)
        facts = {}
        for letter in self:
            partner_id = letter.partner_id.id
            own = of_partner[partner_id]
            facts[letter.id] = (
                own, {key: customers[key] for key in {partner_id} & customers.keys()},
                {row.id for row in own} & broken)
        return facts

    def _get_own_run(self):
        """Return the one run of these letters, in its company."""
        return self.run_id.ensure_one().with_company(self.run_id.company_id)

    def _find_planned(self, plan):
        """Return this letter in what the run decides now; None if it would not be written."""
        return next(filter(self._is_same_letter, plan.letters), None)

    def _get_kept_items(self, planned):
        """Return {journal item id: `ladder.Item`} of the lines that still step to their level."""
        steps = {(step.item.id, step.level.id): step.item for step in planned.steps}
        lines = self.line_ids.filtered(lambda line: line.state in ('draft', 'sending'))
        keys = ((line.move_line_id.id, line.level_id.id) for line in lines)
        return {key[0]: steps[key] for key in keys if key in steps}

    def _get_figures(self, planned, items):
        """Return the amounts of the letter for the items that stay."""
        items = list(items)
        kept = {item.id for item in items}
        due = self.currency_id.round(sum(item.amount for item in items))
        credit = min(due, self.currency_id.round(
            sum(step.credit for step in planned.steps if step.item.id in kept)))
        share = credit / planned.credit if planned.credit else 0.0
        return {
            'amount_due': due,
            'amount_credit': credit,
            'amount_company': self.company_currency_id.round(
                sum(item.worth for item in items) - planned.credit_worth * share),
        }

    def _get_deadline(self, date):
        """Return the deadline: what the clerk typed, else moved with the date to a working day.

        Before the due date nothing is asked for earlier or later than that date.
        """
        self.ensure_one()
        if self.is_prenotice or self.deadline and date == self.date:
            return self.deadline
        if self.is_deadline_typed and self.deadline >= date:
            return self.deadline
        if not self.deadline or not self.date:
            return self._get_own_run()._find_deadline(
                self.level_id, self.channel, date, self.company_id)
        return self.company_id._get_next_working_day(self.deadline + (date - self.date))

    def _is_same_letter(self, planned):
        """Return whether a planned letter asks the same customer for the same kind of thing."""
        bundles = self.policy_id.bundle_levels
        return (
            planned.partner == self.partner_id.id and planned.currency == self.currency_id.id
            and planned.policy == self.policy_id.id and planned.is_prenotice == self.is_prenotice
            and ladder.get_kind(planned.level, bundles)[1]
            == ladder.get_kind(self.level_id, bundles)[1])

    def _follow_highest_level(self):
        """Speak with the words of the highest level that stays: a higher one may be paid."""
        lines = self.line_ids.filtered(lambda line: line.state in ('draft', 'sending'))
        level = lines.level_id.sorted('position')[-1:]
        if level and level != self.level_id:
            self.level_id = level

    def _drop_lines(self, items, date):
        """Drop the lines whose item does not stay; bring the others up to date."""
        for line in self.line_ids.filtered(lambda line: line.state in ('draft', 'sending')):
            item = items.get(line.move_line_id.id)
            line.write({
                'amount_residual': item.amount,
                'amount_disputed': item.pause.withheld if item.pause else 0.0,
                'days_overdue': max(0, (date - line.date_maturity).days),
            } if item else {
                'state': 'dropped',
                'drop_reason': self.env._("Settled or no longer due for this level"),
            })

    def _is_worth_sending(self, figures):
        """Return whether what is left still reaches the minimum of level and policy."""
        total = figures['amount_due'] - figures['amount_credit']
        if self.currency_id.compare_amounts(total, 0.0) <= 0:
            return False
        minimum = max(self.level_id.min_amount, self.policy_id.min_balance)
        return self.company_currency_id.compare_amounts(
            figures['amount_company'], minimum) >= 0

    def _get_drop_reason(self, plan):
        """Return in words why the run would not write this letter any more."""
        omission = next(
            (omission for omission in plan.omissions if self._is_same_letter(omission.letter)),
            None)
        if omission is None:
            return self.env._("Settled before it was sent")
        return get_labels(self.env['dunning.omission'], 'reason')[omission.reason]
