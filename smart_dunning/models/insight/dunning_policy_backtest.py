from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...logic import backtest, exposure

#: So many days before the time that is counted the replay begins, so that it starts in mid-course.
_WARM_UP_DAYS = 120
_MOST_DAYS = 3 * 366
_READ_FIELDS = {
    'account.move.line': [
        'account_id', 'company_id', 'partner_id', 'parent_state', 'balance', 'amount_currency',
        'currency_id', 'date', 'date_maturity', 'move_id', 'reconciled', 'no_followup'],
    'account.move': ['move_type', 'payment_state', 'dunning_policy_id'],
    'account.partial.reconcile': [
        'debit_move_id', 'credit_move_id', 'max_date', 'debit_amount_currency',
        'credit_amount_currency'],
}


class DunningPolicy(models.Model):
    """A policy is replayed over the past: which letters and holds it would have made.

    Invoices and payments are those of the ledger; `logic.backtest` replays the policy on them.
    """

    _inherit = 'dunning.policy'

    def backtest(self, date_from=None, date_to=None, values=None, company_id=None):
        """Return what this policy would have done in a time that is over, beside today's policy.

        Customers of this policy are looked at, with the changes of ``values`` or without; where it
        has none, as a draft that is not in use yet, all customers of the company. Customers'
        reactions to other letters are not simulated; neither are pauses, disputes and promises of
        that time.

        :param date_from: first day (date, or text in ISO form), a year ago by default
        :param date_to: last day, yesterday by default
        :param values: a change to try; it and ``company_id`` are as for `preview_change`
        :return: a dict. `draft` and `now` (the policies that apply to the customers today) are
            dicts of `letters`, `customers` reached, `amount` asked for, `holds` and `warnings`
            begun, and `levels`: dicts of position, level, letters, customers, items, amount,
            `paid_before` (items paid before they reached the level). `days_earlier` is by how many
            days the first letter about an item comes earlier on average (None: no item has one
            under both), `items_both`, `items_draft_only` and `items_now_only` count the items.
            Amounts in company currency
        :raise AccessError: for others than administrators of dunning in the company
        """
        company = self._get_preview_company(company_id)
        frame = self._make_frame(company, date_from, date_to)
        draft = self._make_draft(values)
        rows = self._read_past_items(company, frame)
        now, then = self._assign_past(company, rows, draft)
        concerned = [row for row in rows if self.id in (now[row[0]], then[row[0]])]
        if not concerned:
            concerned, then = rows, dict.fromkeys(then, self.id)
        items = [(row, backtest.PastItem(*row[:7], _pair(*row[7:9]))) for row in concerned]
        sides = {
            'draft': self._replay(company, frame, items, then, draft),
            'now': self._replay(company, frame, items, now)}
        return {
            'date_from': frame.counted_from, 'date_to': frame.until,
            'currency': company.currency_id.name, 'items': sum(row[5] > 0 for row in concerned),
            'customers': len({row[1] for row in concerned}),
            'note': self._get_backtest_note(),
            **{name: side['figures'] for name, side in sides.items()},
            **self._compare_first_letters(
                frame, sides['now']['first'], sides['draft']['first'])}

    def _get_backtest_note(self):
        return self.env._(
            "Invoices and payments are those that came. How customers would have reacted to other "
            "letters is not simulated; neither are pauses, disputes and promises of that time.")

    # Facts --------------------------------------------------------------------------------------

    def _make_frame(self, company, date_from, date_to):
        """Return the `backtest.Frame` between two days, both included."""
        today = company._get_dunning_today()
        until = fields.Date.to_date(date_to) or today - timedelta(days=1)
        begin = fields.Date.to_date(date_from) or fields.Date.subtract(until, years=1)
        if not begin <= until < today or (until - begin).days > _MOST_DAYS:
            raise UserError(self.env._(
                "A back-test covers at most three years, and they must be over."))
        start = begin - timedelta(days=_WARM_UP_DAYS)
        working = sorted(company._get_working_days(start, until + timedelta(days=400)))

        def get_run_day(day):
            place = bisect_left(working, day)
            return working[place] if place < len(working) else day
        run = self.env['dunning.run'].sudo().with_company(company).new({
            'company_id': company.id, 'date': until})
        return backtest.Frame(
            start, until, get_run_day, {},
            *run._get_money_functions(self.env['res.currency'].sudo().with_context(
                active_test=False).search([]).ids),
            counted_from=begin)

    def _read_past_items(self, company, frame):
        """Return what was open at any time of the frame, with all its payments, in one query.

        Rows are (id, partner, currency, date, due, amount, worth, days, changes, policy of the
        invoice). Items that nobody follows up are left out, and credits that are used at once.
        """
        for model, names in _READ_FIELDS.items():
            self.env[model].flush_model(names)
        return self.env.execute_query(SQL("""
            WITH item AS (
                SELECT line.id, line.partner_id, line.currency_id, line.date,
                       COALESCE(line.date_maturity, line.date) AS due,
                       line.amount_currency::float8 AS amount, line.balance::float8 AS worth,
                       line.reconciled, move.dunning_policy_id AS policy
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                 WHERE line.account_id IN %(accounts)s AND line.company_id IN %(companies)s
                   AND line.parent_state = 'posted' AND line.partner_id IS NOT NULL
                   AND line.date <= %(until)s AND line.amount_currency * line.balance > 0
                   AND (line.balance < 0 OR line.no_followup IS NOT TRUE)
                   AND move.payment_state IS DISTINCT FROM 'blocked'),
            change AS (
                SELECT debit_move_id AS id, max_date AS day, -debit_amount_currency AS amount
                  FROM account_partial_reconcile JOIN item ON item.id = debit_move_id
                 UNION ALL
                SELECT credit_move_id, max_date, credit_amount_currency
                  FROM account_partial_reconcile JOIN item ON item.id = credit_move_id),
            history AS (
                SELECT id, array_agg(day ORDER BY day) AS days, max(day) AS last_day,
                       array_agg(amount::float8 ORDER BY day) AS amounts
                  FROM change GROUP BY id)
            SELECT item.id, partner_id, currency_id, date, due, amount, worth, days, amounts, policy
              FROM item LEFT JOIN history ON history.id = item.id
             WHERE (reconciled IS NOT TRUE OR last_day IS NULL OR last_day >= %(start)s)
               AND (amount > 0 OR reconciled IS NOT TRUE OR last_day > date)
          ORDER BY partner_id, currency_id, due, item.id
        """, accounts=self.env['dunning.item']._get_accounts(),
            companies=company._get_dunning_branches()._ids,
            until=frame.until, start=frame.start))

    def _assign_past(self, company, rows, draft):
        """Return {row id: policy id} as the policies apply today, and as they would by a draft."""
        partners = self.env['res.partner'].sudo().with_company(company).with_context(
            active_test=False).browse({row[1] for row in rows})
        own = {partner.id: partner.dunning_policy_id.id for partner in partners}
        items = [(row[0], row[1], row[9], own[row[1]]) for row in rows]
        return [self._assign_items(company, items, policies)
                for policies in (None, draft._get_draft_order(company, self))]

    # Replay -------------------------------------------------------------------------------------

    def _replay(self, company, frame, items, policy_of, draft=None):
        """Return the figures of one side, and the day of the first letter by item.

        :param items: (row, `backtest.PastItem`), sorted by customer and currency
        :param policy_of: {row id: policy id}
        :param draft: what stands for this policy, None: as it is stored
        """
        policies = {policy.id: policy for policy in self.browse(
            {each for each in policy_of.values() if each}).sudo().with_company(company)}
        if draft:
            policies[self.id] = draft
        ladders = {key: policy._get_draft_ladder(self.browse(key))
                   for key, policy in policies.items()}
        levels = {level.id: level for policy in policies.values() for level in policy.level_ids}
        frame = replace(
            frame, periods={key: level.payment_days for key, level in levels.items()})
        groups, by_partner = defaultdict(list), defaultdict(list)
        for row, item in items:
            groups[item.partner, item.currency, policy_of[row[0]]].append(item)
        stories = []
        for (partner, _currency, policy_id), group in groups.items():
            if policy_id in ladders and any(item.amount > 0 for item in group):
                story = backtest.replay(group, ladders[policy_id], frame)
                stories.append(story)
                by_partner[partner, policy_id].append((group, story))
        holds = self._count_holds(company, frame, by_partner, policies, levels)
        return {
            'first': {key: day for story in stories for key, day in story.first.items()},
            'figures': {**self._sum_up(company, stories, levels), **holds}}

    def _count_holds(self, company, frame, by_partner, policies, levels):
        """Return how many holds and warnings would have begun."""
        terms = {key: policy._get_hold_terms() for key, policy in policies.items()}
        effects = {key: level.hold_effect or exposure.NONE for key, level in levels.items()}
        limits = self._read_limits(company, by_partner) if any(
            rule.trigger == exposure.OVER_LIMIT for one in terms.values() for rule in one.rules
        ) else {}
        begun = Counter()
        for (partner, policy_id), parts in by_partner.items():
            if not terms[policy_id].rules and not any(
                    effects[one.id] != exposure.NONE for one in policies[policy_id].level_ids):
                continue
            reached = {
                key: steps for _group, story in parts for key, steps in story.reached.items()}
            begun += backtest.find_holds(
                [item for group, _story in parts for item in group], reached, terms[policy_id],
                frame, effects, limits.get(partner, 0.0))
        return {'holds': begun[exposure.BLOCK], 'warnings': begun[exposure.WARN]}

    def _read_limits(self, company, by_partner):
        partners = self.env['res.partner'].sudo().with_company(company).with_context(
            active_test=False).browse({partner for partner, _policy in by_partner})
        return {partner.id: partner.credit_limit for partner in partners}

    def _sum_up(self, company, stories, levels):
        """Return letters, customers and amounts, in all and by level in the order of the ladder."""
        rows = defaultdict(lambda: {
            'letters': 0, 'customers': set(), 'items': 0, 'amount': 0.0, 'paid_before': 0})
        for story in stories:
            for letter in story.letters:
                row = rows[letter.level]
                row['letters'] += 1
                row['customers'].add(letter.partner)
                row['items'] += len(letter.items)
                row['amount'] += letter.worth
            for key, count in story.paid_before.items():
                rows[key]['paid_before'] += count
        round_amount = company.currency_id.round
        return {
            'letters': sum(row['letters'] for row in rows.values()),
            'customers': len(set().union(*(row['customers'] for row in rows.values()))),
            'amount': round_amount(sum(row['amount'] for row in rows.values())),
            'levels': [{
                'position': levels[key].position, 'level': levels[key].name or '',
                **row, 'customers': len(row['customers']), 'amount': round_amount(row['amount']),
            } for key, row in sorted(rows.items(), key=lambda entry: (
                levels[entry[0]].position, levels[entry[0]].name or ''))]}

    def _compare_first_letters(self, frame, now, draft):
        """Return by how many days the first letter about an item comes earlier."""
        now = {key: day for key, day in now.items() if frame.counts(day)}
        draft = {key: day for key, day in draft.items() if frame.counts(day)}
        both = now.keys() & draft.keys()
        return {
            'days_earlier': round(
                sum((now[key] - draft[key]).days for key in both) / len(both), 1)
            if both else None,
            'items_both': len(both), 'items_draft_only': len(draft.keys() - both),
            'items_now_only': len(now.keys() - both)}


def _pair(days, amounts):
    return tuple(zip(days or (), amounts or (), strict=True))
