from odoo import models


class DunningLetter(models.Model):
    """Reading the ledger again before a letter leaves: nobody is asked for what he has paid."""

    _inherit = 'dunning.letter'

    def _recheck(self):
        """Compare the letter with what the run would decide now, and correct it.

        Lines that no longer step to their level are dropped, amounts and credits are those of
        this moment. Returns False when nothing is left to ask for: the letter is then cancelled.
        """
        self.ensure_one()
        run = self.run_id.with_company(self.company_id)
        date = run._get_send_date()
        plan = run._decide_plan(self.partner_id.ids, date, has_pending=False)
        match = next(filter(self._is_same_letter, plan.letters), None)
        if match is None:
            self._set_cancelled(self._get_drop_reason(plan))
            return False
        kept = self._drop_lines(match)
        if not kept:
            self._set_cancelled(self.env._("Settled before it was sent"))
            return False
        credit = min(match.credit, sum(item.amount for item in kept))
        total = sum(item.amount for item in kept) - credit
        if not self._is_worth_sending(match, kept, total):
            self._set_cancelled(self.env._("What is left is below the minimum amount"))
            return False
        self.write({
            'date': date,
            'deadline': self._get_deadline(date),
            'amount_due': sum(item.amount for item in kept),
            'amount_credit': credit,
            'amount_company': sum(item.worth for item in kept) - (
                match.credit_worth * credit / match.credit if match.credit else 0.0),
            'oldest_due_date': min(item.due for item in kept),
        })
        return True

    def _get_deadline(self, date):
        """Return the deadline: what the clerk typed, moved with the date of the letter.

        Before the due date nothing is asked for earlier or later than that date.
        """
        self.ensure_one()
        if self.is_prenotice:
            return self.deadline
        if not self.deadline or not self.date:
            return self.level_id._get_deadline(date)
        return self.deadline + (date - self.date)

    def _is_same_letter(self, planned):
        """Return whether a planned letter asks the same customer for the same kind of thing."""
        return (
            planned.partner == self.partner_id.id and planned.currency == self.currency_id.id
            and planned.policy == self.policy_id.id and planned.is_prenotice == self.is_prenotice)

    def _drop_lines(self, planned):
        """Drop the lines that no longer step to their level; return the items that stay."""
        steps = {step.item.id: step for step in planned.steps}
        kept = []
        for line in self.line_ids.filtered(lambda line: line.state in ('draft', 'sending')):
            step = steps.get(line.move_line_id.id)
            if step is None or step.level.id != line.level_id.id:
                line.write({
                    'state': 'dropped',
                    'drop_reason': self.env._("Settled or no longer due for this level")})
                continue
            kept.append(step.item)
            line.write({
                'amount_residual': step.item.amount,
                'days_overdue': max(
                    0, (self.run_id._get_send_date() - line.date_maturity).days),
            })
        return kept

    def _is_worth_sending(self, planned, kept, total):
        """Return whether what is left still reaches the minimum of level and policy."""
        if self.currency_id.compare_amounts(total, 0.0) <= 0:
            return False
        worth = sum(item.worth for item in kept) - planned.credit_worth
        minimum = max(self.level_id.min_amount, self.policy_id.min_balance)
        return self.company_id.currency_id.compare_amounts(worth, minimum) >= 0

    def _get_drop_reason(self, plan):
        """Return in words why the run would not write this letter any more."""
        omission = next(
            (omission for omission in plan.omissions if self._is_same_letter(omission.letter)),
            None)
        if omission is None:
            return self.env._("Settled before it was sent")
        reasons = dict(self.env['dunning.omission']._fields['reason']._description_selection(
            self.env))
        return reasons[omission.reason]
