from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...logic import installment, promise
from ...logic.days import shift
from ..policy.notes import speak_to, to_note

_STATES = {
    installment.OPEN: 'active', installment.KEPT: 'kept', installment.FAILED: 'failed'}
_ACTIVITY = 'smart_dunning.mail_activity_dunning_installment'


class DunningInstallmentPlan(models.Model):
    """Judging plans by what was paid: kept, failed, or still running."""

    _inherit = 'dunning.installment.plan'

    @api.model
    def _get_review_domain(self, since):
        return Domain('state', '=', 'active') | (
            Domain('state', 'in', ('kept', 'failed')) & Domain('date_closed', '>=', since))

    def _get_first_day(self):
        return self.date

    def _get_agreed_amount(self):
        return self.amount_total

    def _judge(self, today):
        paid = self._get_paid(dict.fromkeys(self.ids, today))
        failed = self.filtered(lambda plan: plan.state == 'failed')
        in_time = failed._get_paid({plan.id: plan.date_missed for plan in failed})
        tolerances = self._get_tolerances(today)
        states = self._find_withdrawn()
        for plan in self:
            if plan.id in states or plan._has_no_news(paid[plan.id], today):
                continue
            compare = promise.tolerate(plan.currency_id.compare_amounts, tolerances[plan.id])
            plan._update_parts(paid[plan.id], today, compare)
            states[plan.id] = plan._find_state(
                paid[plan.id], in_time.get(plan.id), today, compare)
        return states

    def _has_no_news(self, paid, today):
        """Return whether nothing was paid and no day has passed on which a part was due.

        That is so for nearly all plans on nearly all days.
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount_paid, paid):
            return False
        return self.state == 'kept' or (
            self.state == 'active' and bool(self.date_next) and today <= self.date_next)

    def _find_state(self, paid, paid_in_time, today, compare):
        """Return the state that a plan has by what was paid.

        A plan that failed stays so, whatever is paid later, unless it turns out that the missed
        part had been paid in time.

        :param compare: compares amounts; what may be missing counts as paid
        """
        self.ensure_one()
        parts = self._get_parts()
        if self.by_notice:
            verdict = installment.judge(parts, paid, today, self.grace_days, compare)
            self._ask_for_notice(paid, today, compare)
            return 'kept' if verdict == installment.KEPT else 'active'
        if self.state == 'failed':
            end = shift(self.date_missed, 1)
            if (installment.find_missed(parts, paid_in_time, end, self.grace_days, compare)
                    or self._find_running(self.item_ids)):
                return 'failed'
        return _STATES[installment.judge(parts, paid, today, self.grace_days, compare)]

    def _ask_for_notice(self, paid, today, compare):
        """Let the person responsible grant two weeks in writing, once two parts are missing.

        They are asked once for each part that is missed (`date_missed`), whatever became of it.
        """
        missing = installment.find_arrears(
            self._get_parts(), paid, today, self.grace_days, compare)
        asked = self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(_ACTIVITY))
        if not missing:
            asked.unlink()
        if self.state != 'active':
            return
        last_day = bool(missing) and installment.get_last_day(missing[-1], self.grace_days)
        if missing and not asked and (not self.date_missed or self.date_missed < last_day):
            told = speak_to(self.user_id, self)
            told.activity_schedule(_ACTIVITY, today, user_id=self.user_id.id, note=to_note(
                told._get_notice_request(missing)))
        if self.date_missed != last_day:
            self.date_missed = last_day

    def _get_notice_request(self, missing):
        """Return what the person responsible is to do about missing parts, as a sentence."""
        values = {
            'customer': self.partner_id.display_name, 'count': len(missing),
            'date': format_date(self.env, missing[0].day)}
        if len(missing) == 1:
            return self.env._(
                "%(customer)s is in arrears with the last instalment, since %(date)s. Please "
                "grant two more weeks in writing, and say that the plan ends afterwards; if "
                "nothing comes, end the plan.", **values)
        return self.env._(
            "%(customer)s is in arrears with %(count)s instalments, since %(date)s. Please grant "
            "two more weeks in writing, and say that the plan ends afterwards; if nothing comes, "
            "end the plan.", **values)

    def _update_parts(self, paid, today, compare):
        """Show what is paid of each part, and where it stands."""
        self.ensure_one()
        parts, unit = self._get_ordered_parts(), self.currency_id.rounding
        terms, exactly = self._get_parts(), self.currency_id.compare_amounts
        states = installment.judge_parts(terms, paid, today, self.grace_days, unit, compare)
        amounts = installment.fill((part.amount for part in terms), paid, unit)
        for part, state, amount in zip(parts, states, amounts, strict=True):
            if part.state != state or exactly(part.amount_paid, amount):
                part.write({'state': state, 'amount_paid': amount})
        if exactly(self.amount_paid, paid):
            self.amount_paid = paid
        waiting = parts.filtered(lambda part: part.state != 'paid')[:1]
        if self.state == 'active' and self.date_next != waiting.date_due:
            self.date_next = waiting.date_due

    def _set_state(self, state, today):
        """Record a new verdict and what follows from it. Called as superuser."""
        self.ensure_one()
        missed = installment.find_missed(
            self._get_parts(), self.amount_paid, today, self.grace_days, promise.tolerate(
                self.currency_id.compare_amounts, self._get_tolerances(today)[self.id]))
        self.activity_unlink([_ACTIVITY])
        if state == 'active':                    # what was missed had been paid in time
            self._resume_pause()
            waiting = self._get_ordered_parts().filtered(lambda part: part.state != 'paid')[:1]
            self.write({'state': state, 'date_closed': False, 'date_missed': False,
                        'date_next': waiting.date_due})
            self._tell(self.env._("%(plan)s goes on", plan=self.display_name))
            return
        self._end_pause()
        self.write({
            'state': state, 'date_closed': today, 'date_next': False,
            'date_missed': state == 'failed' and installment.get_last_day(missed, self.grace_days)})
        if state == 'failed':
            self._set_failed(missed, today)
        elif state == 'cancelled':
            self._tell(self.env._("%(plan)s was cancelled", plan=self.display_name))
        else:
            self._tell(self.env._("%(plan)s was kept: all is paid", plan=self.display_name))
            self._handle_kept()

    def _handle_kept(self):
        """Do what follows once all is paid; rooms that know interest extend it."""

    def _set_failed(self, missed, today):
        """The whole rest is due again: say so, and ask the responsible person to look at it."""
        self._tell(self.env._(
            "%(plan)s has ended, since the instalment of %(amount)s due on %(date)s was not paid. "
            "%(rest)s are due again, and dunning goes on where it stood.",
            **self._get_failure_values(missed)))
        told = speak_to(self.user_id, self)
        told.activity_schedule(
            _ACTIVITY, today, user_id=self.user_id.id, note=to_note(told.env._(
                "%(customer)s has not paid the instalment of %(amount)s due on %(date)s. The plan "
                "has ended: %(rest)s are due again, and dunning goes on where it stood.",
                **told._get_failure_values(missed))))

    def _get_failure_values(self, missed):
        """Return what is told about a plan that has ended over a part, as texts."""
        return {
            'plan': self.display_name, 'customer': self.partner_id.display_name,
            'date': format_date(self.env, missed.day),
            'amount': self.currency_id.format(missed.amount),
            'rest': self.currency_id.format(self.amount_total - self.amount_paid)}
