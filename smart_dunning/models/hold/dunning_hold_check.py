from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...logic import exposure

_MEMORY = 'smart_dunning.hold_memory'


class HoldConfig(NamedTuple):
    """The rules of a company, as they stand in the registry's cache."""

    companies: tuple[int, ...]
    default_policy: int | None
    domains: tuple[tuple[int, str], ...]
    terms: dict[int, exposure.Terms]

    @property
    def thresholds(self):
        """Return the numbers of days for which overdue amounts are asked, smallest first."""
        return sorted({
            rule.days for terms in self.terms.values() for rule in terms.rules
            if rule.trigger == exposure.OVERDUE})

    @property
    def counts_drafts(self):
        """Return whether any policy counts invoices that are not posted."""
        return any(terms.count_drafts for terms in self.terms.values())

    @property
    def watches_promises(self):
        """Return whether any rule asks for broken promises."""
        return any(rule.trigger == exposure.BROKEN_PROMISE
                   for terms in self.terms.values() for rule in terms.rules)

    @property
    def holds_stock(self):
        """Return whether any rule keeps stock from held customers."""
        return any(
            rule.effects[exposure.RESERVATION] == exposure.BLOCK
            for terms in self.terms.values() for rule in terms.rules)


class Ask(NamedTuple):
    """A document at a checkpoint.

    ``amount`` comes on top of the exposure, ``value`` is what it would draw from a release, both
    in company currency. ``record`` is what people see; ``order`` the sales order behind it.
    """

    record: models.BaseModel
    company: models.BaseModel
    partner: models.BaseModel
    order: models.BaseModel
    picking: models.BaseModel
    amount: float
    value: float


@dataclass
class Memory:
    """What one confirmation has read and let pass already, so that it asks the database once."""

    bounds: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    asked: defaultdict = field(default_factory=lambda: defaultdict(float))


class DunningHoldCheck(models.AbstractModel):
    """Checkpoints: collect the facts, let `logic.exposure` decide, refuse or let pass."""

    _name = 'dunning.hold.check'
    _description = "Hold Check"

    # Rules --------------------------------------------------------------------------------------

    @api.model
    @tools.ormcache('company_id')
    def _get_config(self, company_id):
        """Return the `HoldConfig` of a company. Branches share the ledger of their root."""
        # What is cached for everybody must not depend on the context of the first who asks.
        self = self.with_env(self.env(context={}, su=True))
        company = self.env['res.company'].browse(company_id)
        tree = company.search([('id', 'child_of', company.root_id.id)])
        policies = self.env['dunning.policy']._get_for_company(company)
        return HoldConfig(
            tuple(sorted(tree.ids)), company._get_dunning_policy().id or None,
            tuple((policy.id, policy.partner_domain) for policy in policies
                  if not policy._get_partner_domain().is_false()),
            {policy.id: policy._get_hold_terms() for policy in policies})

    # Decisions ----------------------------------------------------------------------------------

    @api.model
    @contextmanager
    def _remember(self):
        """Let one action on documents of the same customers read their facts once."""
        data = self.env.cr.precommit.data
        if _MEMORY in data:
            yield
            return
        data[_MEMORY] = Memory()
        try:
            yield
        finally:
            data.pop(_MEMORY, None)

    @api.model
    def _get_memory(self):
        return self.env.cr.precommit.data.get(_MEMORY) or Memory()

    @api.model
    def _judge(self, asks, checkpoint, is_final=False):
        """Return the `logic.exposure.Verdict` of each document, in their order.

        What one of them asks counts for the next of the same customer, unless it is held.

        :param asks: `Ask` of each document
        :param checkpoint: one of `logic.exposure.CHECKPOINTS`
        :param is_final: whether they pass now; what they ask counts for later ones then
        """
        memory = self._get_memory()
        asked = memory.asked if is_final else defaultdict(float, memory.asked)
        look_up = self._get_look_up(memory, asks)
        releases = self.env['dunning.release']._get_lookup(asks, checkpoint, is_batch=True)
        verdicts = []
        for ask in asks:
            key = (ask.company.id, ask.partner.id)
            verdict = self._judge_one(ask, checkpoint, look_up, asked[key], releases)
            if not verdict.blocks:
                asked[key] += ask.amount
            verdicts.append(verdict)
        return verdicts

    @api.model
    def _get_look_up(self, memory, asks):
        """Return a function from an `Ask` to (terms, facts), None where nobody is asked about.

        All customers are read together, their bounds unless it ``is_exact``. Whoever was let pass
        before in this action stays with those: by now the database knows what he asked for, and
        would count it a second time.
        """
        passed = {key for key, amount in memory.asked.items() if amount}

        def look_up(ask, is_exact):
            known, read = (memory.facts, self._get_facts) if is_exact \
                else (memory.bounds, self._get_bounds)
            missing = defaultdict(set)
            for each in asks:
                key = (each.company.id, each.partner.id)
                if each.partner and key not in known and not (is_exact and key in passed):
                    missing[each.company].add(each.partner.id)
            for company, partner_ids in missing.items():
                for partner_id, found in read(company, partner_ids).items():
                    known[company.id, partner_id] = found
            key = (ask.company.id, ask.partner.id)
            return known.get(key) or memory.bounds.get(key)
        return look_up

    @api.model
    def _get_remembered(self, ask):
        """Return (terms, facts) about the customer of one `Ask`; of the ledger, the bounds."""
        return self._get_look_up(self._get_memory(), [ask])(ask, is_exact=False)

    @api.model
    def _judge_one(self, ask, checkpoint, look_up, asked, releases):
        """Decide on the facts; look for payments and releases only where they would matter."""
        if not (found := look_up(ask, is_exact=False)):
            return exposure.Verdict()
        terms, facts = found
        today = ask.company._get_dunning_today()
        compare = ask.company.currency_id.compare_amounts
        request = exposure.with_asked(exposure.Request(ask.amount), asked)
        if any(rule.trigger == exposure.TERMS for rule in terms.rules):
            request = ask.record._add_hold_terms(request)
        if exposure.hangs_on_ledger(facts, terms, request, today, compare):
            terms, facts = look_up(ask, is_exact=True)
        verdict = exposure.decide(facts, terms, request, checkpoint, today, compare)
        if verdict.state == exposure.CLEAR:
            return verdict
        if ask.order:
            paid = ask.order._add_hold_payments(request, ask.amount)
            verdict = exposure.decide(facts, terms, paid, checkpoint, today, compare)
        if verdict.blocks and (found := releases(ask)):
            return replace(verdict, release=found[0].id)
        return verdict

    @api.model
    def _watches_limit(self, company):
        """Return whether a rule says what happens when the limit is exceeded, as core's banner."""
        return bool(company) and any(
            rule.trigger == exposure.OVER_LIMIT and rule.effects[exposure.ORDER] != exposure.NONE
            for terms in self._get_config(company.id).terms.values() for rule in terms.rules)

    # Customers ----------------------------------------------------------------------------------

    @api.model
    def _get_customer_verdicts(self, company, partner_ids, checkpoint=None):
        """Return {partner id: verdict} of customers as such, without any document.

        :param checkpoint: one of them; None for whatever is gravest of order and delivery
        """
        today, compare = company._get_dunning_today(), company.currency_id.compare_amounts
        return {
            partner_id: self._judge_customer(terms, facts, today, compare, checkpoint)
            for partner_id, (terms, facts) in self._get_facts(company, partner_ids).items()}

    @api.model
    def _judge_customer(self, terms, facts, today, compare, checkpoint=None):
        checkpoints = (checkpoint,) if checkpoint else (exposure.ORDER, exposure.DELIVERY)
        return exposure.merge(
            exposure.decide(facts, terms, exposure.Request(), each, today, compare)
            for each in checkpoints)

    @api.model
    def _get_figures(self, company, partner):
        """Return the figures that a release keeps: a dict in company currency."""
        found = self._get_facts(company, partner.ids).get(partner.id)
        terms, facts = found or (exposure.Terms(), exposure.Facts())
        verdict = self._judge_customer(
            terms, facts, company._get_dunning_today(), company.currency_id.compare_amounts)
        return {
            'exposure': facts.get_exposure(terms.count_drafts),
            'credit_limit': facts.credit_limit,
            'overdue_amount': facts.overdue_amount,
            'level_position': facts.level_position,
            'hold_reason': self._get_reasons_text(verdict, company),
        }

    # Checkpoints --------------------------------------------------------------------------------

    @api.model
    def _enforce(self, asks, checkpoint):
        """Let documents pass, or raise UserError naming every one that is held and why.

        What passes by a release is drawn from it. Where a limit decides, concurrent requests of
        one customer come one after the other.
        """
        asks = [ask for ask in asks if ask.partner]
        with self._remember():
            verdicts = self._judge(asks, checkpoint, is_final=True)
            if any(verdict.blocks for verdict in verdicts):
                raise UserError(self._get_refusal(asks, verdicts, checkpoint))
            self._lock_customers({
                (ask.company.sudo().root_id.id, ask.partner.id)    # branches share a limit
                for ask, verdict in zip(asks, verdicts, strict=True)
                if verdict.release or self._is_limited(ask, checkpoint)})
        for ask, verdict in zip(asks, verdicts, strict=True):
            if verdict.release:
                self.env['dunning.release'].sudo().browse(verdict.release)._draw(ask, checkpoint)

    @api.model
    def _is_limited(self, ask, checkpoint):
        """Return whether a concurrent document could use up what lets this one pass.

        The delivery of a confirmed order takes nothing more: deliveries of one customer need not
        wait for each other.
        """
        if checkpoint != exposure.ORDER and not ask.amount:
            return False
        terms, facts = self._get_remembered(ask)
        return facts.credit_limit > 0 and any(
            rule.trigger == exposure.OVER_LIMIT and rule.effects[checkpoint] == exposure.BLOCK
            for rule in terms.rules)

    @api.model
    def _lock_customers(self, company_partner_ids):
        """Make concurrent requests of these customers collide: the later one is repeated.

        Odoo works on a snapshot: only a changed row tells the second that the first was there
        (it gets a serialization error, and Odoo starts it anew).
        """
        if not company_partner_ids:
            return
        companies, partners = zip(*sorted(company_partner_ids), strict=True)
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_hold_lock (company_id, partner_id, version)
            SELECT pair.*, 1 FROM unnest(%s::int[], %s::int[]) pair
                ON CONFLICT (company_id, partner_id)
                DO UPDATE SET version = dunning_hold_lock.version + 1
        """, list(companies), list(partners)))


class DunningHoldLock(models.Model):
    """One row per customer whose limit or release is being used: see `_lock_customers`."""

    _name = 'dunning.hold.lock'
    _description = "Lock of a Customer's Credit"
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    partner_id = fields.Many2one('res.partner', required=True, ondelete='cascade')
    version = fields.Integer(required=True, default=1)

    _customer_uniq = models.UniqueIndex("(company_id, partner_id)")
