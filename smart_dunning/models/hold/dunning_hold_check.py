from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...logic import exposure
from ..policy.stages import at_stage, get_stage
from .triggers import TRIGGERS

_MEMORY = 'smart_dunning.hold_memory'
_SYSTEM_CHANGES_ORDERS = 'smart_dunning.system_changes_orders'


@dataclass(frozen=True)
class HoldConfig:
    """The rules of a company, as they stand in the registry's cache.

    ``domains`` by policy: the customers it is for, as text where it depends on who asks.
    ``terms`` by policy, without the longest credit: ``longest_terms`` gives the payment term that
    says it, by policy. What follows from them is worked out once, by whoever asks first.
    """

    companies: tuple[int, ...]
    default_policy: int | None
    domains: dict[int, Domain | str]
    terms: dict[int, exposure.Terms]
    longest_terms: dict[int, int]

    def _get_rules(self):
        return [rule for terms in self.terms.values() for rule in terms.rules]

    @cached_property
    def thresholds(self):
        """Return the numbers of days for which overdue amounts are asked, smallest first."""
        return sorted({rule.days for rule in self._get_rules()
                       if rule.trigger == exposure.OVERDUE})

    @cached_property
    def triggers(self):
        """Return the codes of all triggers that a rule asks for."""
        return {rule.trigger for rule in self._get_rules()}

    @cached_property
    def counts_drafts(self):
        """Return whether any policy counts invoices that are not posted."""
        return any(terms.count_drafts for terms in self.terms.values())

    @cached_property
    def holds_stock(self):
        """Return whether any rule keeps stock from held customers."""
        return any(rule.effects[exposure.RESERVATION] == exposure.BLOCK
                   for rule in self._get_rules())


class Candidate(NamedTuple):
    """A document that wants to pass a checkpoint.

    ``amount`` comes on top of the exposure, ``value`` is what it would draw from a release, both
    in company currency. ``record`` is what people see; ``order`` the sales order behind it.
    ``is_return``: nothing goes to the customer by it. ``contacts`` of the customer who order or
    get the invoice: whoever has become part of another customer still owes the old debts.
    ``subject`` names a document of another addon, for releases of it alone.
    """

    record: models.BaseModel
    company: models.BaseModel
    partner: models.BaseModel
    order: models.BaseModel
    picking: models.BaseModel
    amount: float
    value: float
    is_return: bool = False
    contacts: models.BaseModel | tuple = ()
    subject: str = ''

    @property
    def keys(self):
        """Return the keys of all whose facts decide: the customer, and contacts who used
        to be customers of their own."""
        contacts = {each.id for each in self.contacts if each.commercial_partner_id == self.partner}
        return [self.key, *(
            (self.company.id, each) for each in sorted(contacts - {self.partner.id}))]

    @property
    def key(self):
        """Return (company id, partner id): whose facts decide."""
        return self.company.id, self.partner.id


@dataclass
class Memory:
    """What one action has read about customers, and what of theirs has passed in it already.

    ``facts``: {(company id, partner id): (terms, facts)}, from before anything passed.
    ``passed``: {(company id, partner id): amount}.
    """

    facts: dict = field(default_factory=dict)
    passed: defaultdict = field(default_factory=lambda: defaultdict(float))


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
        policies = self.env['dunning.policy']._get_for_company(company)
        return HoldConfig(
            tuple(sorted(company._get_dunning_tree().ids)),
            company._get_dunning_policy().id or None,
            {policy.id: policy.partner_domain if 'uid' in policy.partner_domain else domain
             for policy in policies
             if not (domain := policy._get_usable_domain()).is_false()},
            {policy.id: policy._get_hold_terms() for policy in policies},
            {policy.id: policy.hold_max_term_id.id for policy in policies
             if policy.hold_max_term_id})

    @api.model
    def _get_triggers(self):
        """Return {code: `Trigger`} of everything that can set off a hold; others add theirs."""
        return TRIGGERS

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
    def _judge(self, candidates, checkpoint, is_final=False):
        """Return the `logic.exposure.Verdict` of each document, in their order.

        What one of them takes counts for the next of the same customer, unless it is held.

        :param candidates: `Candidate` of each document
        :param checkpoint: one of `logic.exposure.CHECKPOINTS`
        :param is_final: whether they pass now; what they take counts for later ones then
        """
        memory = self._get_memory()
        earlier = memory.passed if is_final else defaultdict(float, memory.passed)
        known = self._read_facts(memory, candidates)
        releases = self.env['dunning.release']._get_lookup(candidates, checkpoint, is_batch=True)
        verdicts = []
        for each in candidates:
            verdict = self._judge_one(each, checkpoint, known, earlier[each.key], releases)
            if not verdict.blocks:
                # What lowers the exposure makes no room for others before it has happened.
                earlier[each.key] += max(each.amount, 0.0)
            verdicts.append(verdict)
        return verdicts

    @api.model
    def _judge_each(self, candidates, checkpoint):
        """Return the verdict of each document for itself, reading the facts of all at once."""
        memory = self._get_memory()
        known = self._read_facts(memory, candidates)
        releases = self.env['dunning.release']._get_lookup(candidates, checkpoint)
        return [
            self._judge_one(each, checkpoint, known, memory.passed[each.key], releases)
            for each in candidates]

    @api.model
    def _read_facts(self, memory, candidates):
        """Return {(company id, partner id): (terms, facts)}, all customers of a company together.

        What was read once in an action stays: by now the database knows what passed in it, and
        would count that a second time.
        """
        missing = defaultdict(set)
        for each in candidates:
            for key in each.keys if each.partner else ():
                if key not in memory.facts:
                    missing[each.company].add(key[1])
        for company, partner_ids in missing.items():
            for partner_id, found in self._get_facts(company, partner_ids).items():
                memory.facts[company.id, partner_id] = found
        return memory.facts

    @api.model
    def _get_known(self, candidate):
        """Return (terms, facts) about the customer of one document, as this action knows them."""
        return self._read_facts(self._get_memory(), [candidate]).get(
            candidate.key, (exposure.Terms(), exposure.Facts()))

    @api.model
    def _judge_one(self, candidate, checkpoint, known, earlier, releases):
        """Decide on the facts; look for payments and releases only where they would matter.

        :param known: what `_read_facts` returned
        :param earlier: what documents before this one have taken, in company currency
        :param releases: what `dunning.release._get_lookup` returned
        """
        if candidate.key not in known:
            return exposure.Verdict()
        terms, _facts = known[candidate.key]
        request = exposure.with_earlier(exposure.Request(
            candidate.amount, is_return=candidate.is_return), earlier)
        if any(rule.trigger == exposure.TERMS for rule in terms.rules):
            request = candidate.record._add_hold_terms(request)
        verdict = self._decide(candidate, checkpoint, known, request)
        if verdict.state == exposure.CLEAR:
            return verdict
        if candidate.order:
            paid = candidate.order._add_hold_payments(request, candidate.amount)
            verdict = self._decide(candidate, checkpoint, known, paid)
        if verdict.blocks and (found := releases(candidate)):
            return replace(verdict, release=found[0].id)
        return verdict

    @api.model
    def _decide(self, candidate, checkpoint, known, request):
        """Return what `logic.exposure` says about all whose facts decide: the gravest of it."""
        today = candidate.company._get_dunning_today()
        compare = candidate.company.currency_id.compare_amounts
        return exposure.merge(
            exposure.decide(
                facts, terms,
                request if key == candidate.key else replace(request, amount=0.0),
                checkpoint, today, compare)
            for key in candidate.keys if key in known for terms, facts in [known[key]])

    @api.model
    def _watches_limit(self, company):
        """Return whether a rule of ours warns of an exceeded limit, so that core need not."""
        return bool(company) and any(
            rule.trigger == exposure.OVER_LIMIT and rule.effects[exposure.ORDER] != exposure.NONE
            for terms in self._get_config(company.id).terms.values() for rule in terms.rules)

    @api.model
    def _is_anybody_held(self, company):
        """Return whether deliveries of any customer are stopped: by the list of debtors, and live
        for those whom it does not know yet."""
        debtors = self.env['dunning.debtor'].sudo().with_context(active_test=False)
        if debtors.search_count(
                [('company_id', '=', company.id), ('hold_delivery', '=', 'block')], limit=1):
            return True
        pending = self.env['dunning.debtor.change'].sudo()._get_pending(company)
        return any(verdict.blocks for verdict in self._get_customer_verdicts(
            company, pending, exposure.DELIVERY).values())

    @api.model
    @contextmanager
    def _system_changes_orders(self):
        """While this lasts the system itself changes orders, and nobody judges them for it.

        A delivery or a bill may add lines to an order (more than ordered, the carrier): that must
        stop neither.
        """
        with at_stage(self.env.cr, _SYSTEM_CHANGES_ORDERS):
            yield

    @api.model
    def _does_system_change_orders(self):
        return get_stage(self.env.cr, _SYSTEM_CHANGES_ORDERS) is not None

    # Customers ----------------------------------------------------------------------------------

    @api.model
    def _find_held(self, payers, checkpoint):
        """Return those of some pairs (commercial partner, company) who are held as such."""
        partner_ids = defaultdict(set)
        for partner, company in payers:
            if partner and company:
                partner_ids[company].add(partner.id)
        return {
            (self.env['res.partner'].sudo().browse(partner_id), company)
            for company, ids in partner_ids.items()
            for partner_id, verdict in self._get_customer_verdicts(
                company, ids, checkpoint).items() if verdict.blocks}

    @api.model
    def _get_customer_verdicts(self, company, partner_ids, checkpoint=None):
        """Return {partner id: verdict} of customers as such, without any document.

        :param checkpoint: None for the graver one of the verdicts on order and delivery
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
    def _enforce(self, candidates, checkpoint):
        """Let documents pass, or raise UserError naming every one that is held and why.

        What passes by a release is drawn from it. Where a limit decides, concurrent requests of
        one customer come one after the other.
        """
        candidates = [each for each in candidates if each.partner]
        with self._remember():
            verdicts = self._judge(candidates, checkpoint, is_final=True)
            if any(verdict.blocks for verdict in verdicts):
                raise UserError(self._get_refusal(candidates, verdicts, checkpoint))
            self._lock_customers({
                (each.company.sudo().root_id.id, each.partner.id)    # branches share a limit
                for each, verdict in zip(candidates, verdicts, strict=True)
                if verdict.release or self._is_limited(each, checkpoint)})
        for each, verdict in zip(candidates, verdicts, strict=True):
            if verdict.release:
                self.env['dunning.release'].sudo().browse(verdict.release)._draw(each, checkpoint)

    @api.model
    def _is_limited(self, candidate, checkpoint):
        """Return whether a concurrent document could use up what lets this one pass.

        The delivery of a confirmed order takes nothing more: deliveries of one customer need not
        wait for each other.
        """
        if checkpoint != exposure.ORDER and not candidate.amount:
            return False
        terms, facts = self._get_known(candidate)
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
