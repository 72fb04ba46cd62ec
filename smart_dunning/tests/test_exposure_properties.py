from dataclasses import replace
from datetime import timedelta

from odoo.tests import BaseCase, tagged

from ..logic import exposure
from ..logic.exposure import (
    BLOCK,
    CHECKPOINTS,
    CLEAR,
    NONE,
    WARN,
    Facts,
    Request,
    Rule,
    Terms,
)
from ..logic.release import Document, Release, find_release
from .hypothesis_speed import spare_hypothesis
from .test_exposure import CASES, HOLD, TODAY, compare

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # a user who runs our tests without the developers' tools
    st = None

SEVERITY = {CLEAR: 0, NONE: 0, WARN: 1, BLOCK: 2}

if st:
    money = st.integers(-20_000, 200_000).map(lambda cents: cents / 100)
    amounts = st.integers(0, 100_000).map(lambda cents: cents / 100)
    effects = st.sampled_from([NONE, WARN, BLOCK])
    rules = st.lists(st.builds(
        Rule, st.sampled_from(list(CASES)),
        st.fixed_dictionaries(dict.fromkeys(CHECKPOINTS, effects)),
        st.sampled_from([0, 30]), amounts, st.integers(1, 4)), max_size=6).map(tuple)
    days = st.none() | st.integers(0, 60)
    terms_of_policies = st.builds(
        Terms, rules, st.booleans(), st.booleans(), st.booleans(), days)
    facts_of_customers = st.builds(
        Facts, credit_limit=amounts,
        limit_until=st.none() | st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n)),
        is_prepayment_only=st.booleans(), receivables=money, to_invoice=amounts, drafts=money,
        overdue=st.fixed_dictionaries({0: amounts, 30: amounts}),
        level_position=st.integers(0, 4), level_effect=effects,
        manual=st.none() | st.just(HOLD), credit_days=days)
    requests = st.builds(Request, amounts, st.booleans(), st.booleans(), days)
    checkpoints = st.sampled_from(CHECKPOINTS)
    # Every field is given: what is left out, hypothesis makes up.
    names = {'order': st.sampled_from([None, 1, 2]), 'picking': st.sampled_from([None, 1, 2]),
             'subject': st.sampled_from(['', '', 'sale-1', 'sale-2'])}
    documents = st.builds(Document, amounts, drawn=st.just({}), **names)
    releases_of_orders = st.lists(
        st.builds(Release, st.integers(1, 1000), amounts, used=st.just({}), **names),
        max_size=5, unique_by=lambda release: release.id)

    @tagged('post_install', '-at_install')
    class TestExposureProperties(BaseCase):
        """What holds for any facts, any rules and any document."""

        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            spare_hypothesis()

        def _severity(self, facts, terms, request, checkpoint):
            return SEVERITY[exposure.decide(
                facts, terms, request, checkpoint, TODAY, compare).state]

        @given(facts_of_customers, terms_of_policies, requests, checkpoints, amounts)
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_more_debt_never_makes_milder(self, facts, terms, request, checkpoint, more):
            before = self._severity(facts, terms, request, checkpoint)
            for graver in (
                    replace(facts, receivables=facts.receivables + more),
                    replace(facts, to_invoice=facts.to_invoice + more),
                    replace(facts, drafts=facts.drafts + more),
                    replace(facts, overdue={
                        days: amount + more for days, amount in facts.overdue.items()}),
                    replace(facts, is_prepayment_only=True), replace(facts, manual=HOLD)):
                self.assertGreaterEqual(
                    self._severity(graver, terms, request, checkpoint), before)
            self.assertGreaterEqual(self._severity(
                facts, terms, exposure.with_earlier(request, more), checkpoint), before)

        @given(facts_of_customers, terms_of_policies, requests, checkpoints)
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_paying_never_makes_graver(self, facts, terms, request, checkpoint):
            unpaid = replace(request, is_paid=False, is_cash=False)
            severity = self._severity(facts, terms, unpaid, checkpoint)
            for better in (replace(unpaid, is_paid=True), replace(unpaid, is_cash=True)):
                self.assertLessEqual(
                    self._severity(facts, terms, better, checkpoint), severity)
            if not terms.hold_prepaid:
                self.assertLess(self._severity(
                    facts, terms, replace(unpaid, is_paid=True), checkpoint), SEVERITY[BLOCK])

        @given(facts_of_customers, terms_of_policies, requests, checkpoints,
               st.randoms(use_true_random=False))
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_the_order_of_rules_does_not_matter(
                self, facts, terms, request, checkpoint, shuffle):
            shuffled = list(terms.rules)
            shuffle.shuffle(shuffled)
            one, two = (
                exposure.decide(facts, each, request, checkpoint, TODAY, compare)
                for each in (terms, replace(terms, rules=tuple(shuffled))))
            self.assertEqual(one.state, two.state)
            self.assertEqual({(reason.code, reason.effect) for reason in one.reasons},
                             {(reason.code, reason.effect) for reason in two.reasons})
            severities = [SEVERITY[reason.effect] for reason in one.reasons]
            self.assertEqual(severities, sorted(severities, reverse=True))
            self.assertNotIn(0, severities)
            codes = [reason.code for reason in one.reasons]
            self.assertEqual(len(codes), len(set(codes)))

        @given(facts_of_customers, terms_of_policies, requests)
        @settings(max_examples=200, deadline=None, derandomize=True)
        def test_merging_takes_the_worst_of_all(self, facts, terms, request):
            verdicts = [exposure.decide(facts, terms, request, checkpoint, TODAY, compare)
                        for checkpoint in CHECKPOINTS]
            merged = exposure.merge(verdicts)
            self.assertEqual(
                merged.state, exposure.get_worst(verdict.state for verdict in verdicts))
            self.assertEqual(
                {reason.code for reason in merged.reasons},
                {reason.code for verdict in verdicts for reason in verdict.reasons})

        @given(releases_of_orders, documents, checkpoints)
        @settings(max_examples=300, deadline=None, derandomize=True)
        def test_a_release_serves_what_it_names_up_to_its_amount(
                self, releases, document, checkpoint):
            found = find_release(releases, document, checkpoint, compare)
            fitting = [
                release for release in releases
                if release.max_amount >= document.value
                and (release.subject == document.subject if release.subject
                     else release.picking == document.picking if release.picking
                     else release.order in (None, document.order))]
            self.assertEqual(bool(found), bool(fitting))
            if found:
                self.assertIn(found[0], fitting)
                # The narrowest: a document of another addon, then a delivery, then an order.
                for name in ('subject', 'picking', 'order'):
                    if getattr(found[0], name):
                        break
                    self.assertFalse(any(getattr(release, name) for release in fitting))

        @given(releases_of_orders, st.lists(documents, max_size=8), checkpoints)
        @settings(max_examples=200, deadline=None, derandomize=True)
        def test_no_release_is_overdrawn(self, releases, queue, checkpoint):
            used = {release.id: {} for release in releases}
            releases = [release._replace(used=used[release.id]) for release in releases]
            for document in queue:
                if found := find_release(releases, document, checkpoint, compare):
                    release, more = found
                    release.used[checkpoint] = release.used.get(checkpoint, 0.0) + more
            for release in releases:
                self.assertLessEqual(
                    compare(release.used.get(checkpoint, 0.0), release.max_amount), 0)
