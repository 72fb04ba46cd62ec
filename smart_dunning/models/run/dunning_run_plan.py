import logging
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import NamedTuple

from odoo import models
from odoo.exceptions import LockError
from odoo.tools import SQL, float_round

from ...logic import ladder
from ...logic.days import shift
from ..item.reasons import SILENT_REASONS
from ..pause.kinds import KINDS

_logger = logging.getLogger(__name__)

# Letters in these states may still go out: their customer gets no second one.
PENDING_STATES = ('draft', 'ready', 'sending', 'failed')


class ItemRow(NamedTuple):
    """What the planner reads of an open item: columns of `dunning.item`, in their order."""

    id: int
    partner: int
    currency: int
    due: object
    open: float
    open_company: float
    position: int
    last_letter: object
    move_policy: int | None
    partner_policy: int | None
    pause_kind: str | None
    paused_until: object
    withheld: float | None
    excluded: str | None
    deadline: object
    company: int


class DunningRun(models.Model):
    """Planning: collect the facts of a company, let `logic.ladder` decide, store the proposal."""

    _inherit = 'dunning.run'

    def _plan(self, partners=None, tell=None):
        """Plan the run for the whole company, or for some customers only.

        :param partners: commercial partners to look at; None for all
        :param tell: called with how many of the steps are done, and how many there are
        """
        self.ensure_one()
        run = self.with_company(self.company_id)
        run._lock_planner()
        partner_ids = None if partners is None else partners.commercial_partner_id.ids
        plan = run._decide_plan(partner_ids)
        if tell:
            tell(1, 2)                      # what is left is to write it down
        run.write({
            'state': 'planned',
            'planned_on': run.company_id._get_dunning_today(),
            'bank_date': run._get_bank_date(),
        })
        run._store_plan(plan)

    def _lock_planner(self):
        """Let one planner at a time work for a company, and nobody plan this run twice."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise LockError(self.env._("Run %(run)s is being planned.", run=self.name)) from error
        [[free]] = self.env.execute_query(SQL(
            "SELECT pg_try_advisory_xact_lock(hashtext('dunning_plan'), %s)",
            self.company_id.sudo().root_id.id))
        if not free:
            raise LockError(self.env._(
                "Another run of %(company)s is being planned. Please try again in a moment.",
                company=self.company_id.name))

    # Facts --------------------------------------------------------------------------------------

    def _get_ladder_items(self, partner_ids=None, line_ids=None):
        """Return the open receivable items of the company as `ladder.Item`."""
        return self._make_items(
            self._read_items(self.date, partner_ids, line_ids), self._get_broken(partner_ids))

    def _get_broken(self, partner_ids=None):
        """Return the ids of the lines whose payment was promised in vain."""
        return self.env['dunning.promise']._get_broken_items(
            self.company_id._get_dunning_tree(), partner_ids)

    def _read_items(self, date, partner_ids=None, line_ids=None):
        """Return the open items of the creditor as `ItemRow`, all in one query.

        What is left out is among them, with the reason: see `dunning.item`. So are the items of
        branches that the run does not write for: credits settle the oldest, wherever they are.
        """
        self.ensure_one()
        rows = self.env['dunning.item']._fetch(
            self.company_id._get_dunning_tree(), ItemRow._fields, partner_ids=partner_ids,
            line_ids=line_ids, date=date, due_after=self.due_after or None, with_payments=True)
        return list(map(ItemRow._make, rows))

    def _find_policies(self, rows):
        """Return {row id: policy id} of open items: by invoice, customer, rule, default."""
        return self.env['dunning.policy']._assign_items(self.company_id, [
            (row.id, row.partner, row.move_policy, row.partner_policy) for row in rows])

    def _make_items(self, rows, broken, policy_of=None):
        """Turn rows into items.

        :param broken: ids of lines whose promise was broken
        :param policy_of: {row id: policy id}; None: as `_find_policies` says
        """
        policy_of = self._find_policies(rows) if policy_of is None else policy_of
        own = set(self.company_id._get_dunning_branches().ids)
        return [
            ladder.Item(
                *row[:8], policy_of.get(row.id),
                row.pause_kind and ladder.Pause(
                    KINDS[row.pause_kind].reason, row.paused_until, row.withheld),
                row.id in broken,
                row.excluded if row.company in own or row.open < 0 else ladder.ELSEWHERE,
                row.deadline)
            for row in rows if row.excluded not in SILENT_REASONS
        ]

    def _get_ladder_customers(self, partner_ids, date):
        """Return {partner id: `ladder.Customer`} of those about whom there is something to say.

        Letters of this run do not count: they belong together.
        """
        self.ensure_one()
        companies = self.company_id._get_dunning_tree()
        self.env['dunning.letter'].flush_model(
            ['partner_id', 'company_id', 'state', 'sent_date', 'is_prenotice', 'run_id'])
        last = dict(self.env.execute_query(SQL("""
            SELECT partner_id, max(sent_date) FROM dunning_letter
             WHERE company_id = ANY(%s) AND state = 'sent' AND is_prenotice IS NOT TRUE
               AND run_id != %s AND partner_id = ANY(%s)
          GROUP BY partner_id
        """, companies.ids, self._origin.id or 0, list(partner_ids))))
        pending = {partner_id for partner_id, in self.env.execute_query(SQL("""
            SELECT DISTINCT letter.partner_id FROM dunning_letter letter
              JOIN dunning_run run ON run.id = letter.run_id
             WHERE letter.company_id = ANY(%s) AND letter.state IN %s AND run.id != %s
               AND run.date <= %s AND letter.partner_id = ANY(%s)
        """, companies.ids, PENDING_STATES, self._origin.id or 0, date, list(partner_ids)))}
        paused = self.env['dunning.pause']._get_paused_until(companies, partner_ids, date)
        return {
            partner_id: ladder.Customer(
                last.get(partner_id), paused.get(partner_id), partner_id in pending)
            for partner_id in last.keys() | pending | paused.keys()
        }

    def _get_bank_date(self):
        """Return the date of the newest bank entry up to the run date, or False.

        Statement lines where the company has any, else whatever is posted in its bank journals.
        """
        self.ensure_one()
        [[statement_date, posted_date]] = self.env.execute_query(SQL("""
            SELECT max(move.date) FILTER (WHERE move.statement_line_id IS NOT NULL), max(move.date)
              FROM account_move move
              JOIN account_journal journal ON journal.id = move.journal_id
             WHERE journal.type IN ('bank', 'credit') AND move.state = 'posted'
               AND move.company_id = ANY(%s) AND move.date <= %s
        """, self.company_id._get_dunning_tree().ids, self.date))
        return statement_date or posted_date or False

    # Decision -----------------------------------------------------------------------------------

    def _decide_plan(self, partner_ids=None, date=None):
        """Return the `ladder.Plan` of the run; nothing is written.

        :param partner_ids: commercial partners to look at; None for all
        :param date: the day to decide for; the run's date by default
        """
        self.ensure_one()
        date = date or self.date
        return self._decide_on(
            *self._collect_facts(partner_ids, date), date, self._get_ladder_policies())

    def _collect_facts(self, partner_ids, date):
        """Return what the database says: the rows of open items, customers, broken promises.

        Whoever reads the same again decides the same again.
        """
        rows = self._read_items(date, partner_ids)
        return (
            rows, self._get_ladder_customers(list({row.partner for row in rows}), date),
            self._get_broken(partner_ids))

    def _decide_again(self, rows, customers, broken, date):
        """Return the `ladder.Plan` for letters that are to be sent, on what `_collect_facts` gave.

        Neither other letters that wait nor the cap hold them back any more.
        """
        customers = {
            key: replace(customer, has_pending=False) for key, customer in customers.items()}
        policies = {
            key: replace(policy, cap=0) for key, policy in self._get_ladder_policies().items()}
        return self._decide_on(rows, customers, broken, date, policies)

    def _decide_on(self, rows, customers, broken, date, policies, policy_of=None):
        """Return the `ladder.Plan` for facts that `_collect_facts` gave.

        :param policies: {policy id: `ladder.Policy`}
        :param policy_of: see `_make_items`
        """
        items = self._make_items(rows, broken, policy_of)
        money = self._get_money_functions({item.currency for item in items})
        try:
            return ladder.plan(items, policies, customers, date, *money)
        except Exception:  # whose items are these? the others are not to wait for them
            return self._decide_without_bad(items, policies, customers, date, money)

    def _decide_without_bad(self, items, policies, customers, date, money):
        """Return the plan of those customers on whom can be decided; the others are left out."""
        good, left_out = [], []
        for (partner, currency), group in groupby(
                sorted(items, key=lambda item: (item.partner, item.currency)),
                key=lambda item: (item.partner, item.currency)):
            group = list(group)
            try:
                ladder.plan(group, policies, customers, date, *money)
            except Exception:
                _logger.exception("Nothing can be decided on customer %s", partner)
                nothing = ladder.Level(0, 0, 0)
                left_out.append(ladder.Omission(ladder.UNDECIDED, ladder.Letter(
                    partner, currency, None, nothing,
                    tuple(ladder.Step(item, nothing) for item in group))))
            else:
                good += group
        plan = ladder.plan(good, policies, customers, date, *money)
        plan.omissions += left_out
        return plan

    def _get_money_functions(self, currency_ids):
        """Return how the ladder compares amounts of company currency, and rounds in each currency.

        The answers are those of `res.currency`; amounts further apart than rounding could explain
        are compared without it, since nearly all are.
        """
        own = self.company_id.currency_id
        margin = 2 * own.rounding
        roundings = {
            currency.id: currency.rounding
            for currency in self.env['res.currency'].browse(currency_ids)}

        def compare(one, other):
            if abs(one - other) > margin:
                return 1 if one > other else -1
            return own.compare_amounts(one, other)

        def round_amount(currency_id, amount):
            return float_round(amount, precision_rounding=roundings[currency_id])
        return compare, round_amount

    def _forecast_steps(self, line_ids, date):
        """Return {line id: (day, level id)} of the next step of open items; nothing is written.

        The day is one on which a run works.
        """
        policies = self._get_policies()._get_ladder()
        get_run_day = self._get_run_days(date)
        steps = {}
        for item in self._get_ladder_items(line_ids=line_ids):
            policy = policies.get(item.policy)
            if policy is None or item.amount <= 0 or item.excluded:
                continue
            step = ladder.forecast_item(policy, item, get_run_day(date), get_run_day)
            if step:
                steps[item.id] = step[0], step[1].id
        return steps

    def _get_run_days(self, today):
        """Return a function date -> the first day not before it on which a run works.

        Today is none any more once its nightly run is there.
        """
        start = today
        if self._find_automatic(self.company_id, today):
            start = shift(today, 1)

        @cache
        def get_run_day(date):
            return self.company_id._get_next_working_day(max(date, start))
        return get_run_day

    def _get_bank_guard(self):
        """Return a function policy -> whether the bank entries are too old to send unreviewed."""
        newest = self.bank_date or self._get_bank_date()

        def is_stale(policy):
            days = policy.bank_guard_days
            return bool(days) and not (newest and self.date <= shift(newest, days))
        return is_stale

    def _get_policies(self):
        """Return the policies of the creditor: of the company of the run and of all its branches.
        """
        return self.env['dunning.policy']._get_for_creditor(self.company_id)

    def _get_ladder_policies(self):
        """Return {policy id: `ladder.Policy`}; the cap is a guard of automatic runs alone."""
        policies = self._get_policies()._get_ladder()
        if self.is_automatic:
            return policies
        return {key: replace(policy, cap=0) for key, policy in policies.items()}
