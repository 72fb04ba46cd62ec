import random
import statistics
from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from ..logic.risk import History
from .common import DunningCommon, day

TODAY = day(0)


@tagged('post_install', '-at_install')
class TestRiskLedger(DunningCommon):
    """What is read from the ledger about payments equals what one would count by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_business_days = False
        cls.risk = cls.env['dunning.risk']

    def _get_history(self, partner=None, on=TODAY):
        partner = partner or self.customer
        return self.risk._read_histories(self.company, partner.ids, on).get(
            partner.id, History())

    def test_nobody_is_known_without_invoices(self):
        self.assertEqual(self._get_history(), History())

    def test_paid_late_early_and_open(self):
        self._pay(self._invoice(day(-60), 100.0), on=day(-50))      # ten days late
        self._pay(self._invoice(day(-60), 300.0), on=day(-62))      # early
        self._invoice(day(-20), 50.0)                               # overdue for twenty days
        self._invoice(day(20), 50.0)                                # nothing known
        history = self._get_history()
        self.assertEqual((history.known, history.late, history.paid), (3, 2, 2))
        self.assertEqual(history.median_days, 4.0)
        self.assertEqual(history.average_days, (100 * 10 - 300 * 2) / 400)
        self.assertEqual(history.days_overdue, 20)

    def test_what_a_credit_note_settled_was_not_paid(self):
        invoice = self._invoice(day(-60), 100.0)
        invoice._reverse_moves(
            [{'date': day(-30), 'invoice_date': day(-30)}], cancel=True)
        self.assertEqual(invoice.payment_state, 'reversed')
        self.assertEqual(self._get_history().known, 0)

    def test_as_of_a_day_later_payments_are_unknown(self):
        self._pay(self._invoice(day(-60), 100.0), on=day(-10))
        self.assertEqual(self._get_history(on=day(-20)).paid, 0)
        self.assertEqual(self._get_history(on=day(-20)).late, 1)
        self.assertEqual(self._get_history(on=day(-10)).paid, 1)

    def test_invoices_of_more_than_two_years_ago_are_forgotten(self):
        self._pay(self._invoice(day(-900), 100.0), on=day(-800))
        self.assertEqual(self._get_history().known, 0)

    def test_a_due_date_on_a_weekend_counts_from_monday(self):
        self._pay(self._invoice(day(-16), 100.0), on=day(-14))      # Saturday, paid on Monday
        self.assertEqual(self._get_history().late, 1)
        self.company.dunning_business_days = True
        self.assertEqual(self._get_history().late, 0)

    def test_broken_promises_count(self):
        with freeze_time(day(-20)):
            invoice = self._invoice(day(-40), 100.0)
            self.env['dunning.promise'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'date': day(-15), 'item_ids': [(6, 0, self._terms(invoice).ids)]})
        with freeze_time(TODAY):
            self.env['dunning.promise']._update_states(self.company)
        self.assertEqual(self._get_history().broken_promises, 1)

    def test_another_company_knows_nothing(self):
        self._invoice(day(-60), 100.0)
        other = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertFalse(self.risk._read_histories(other, self.customer.ids, TODAY))

    def test_monthly_sales(self):
        self._invoice(day(-170), 600.0)
        self._invoice(day(-40), 500.0)
        self._credit_note(100.0, on=day(-40))
        months = 7      # begun, since the first invoice, two weeks before it was due
        self.assertEqual(
            self.risk._read_monthly_sales(self.company, self.customer.ids, TODAY),
            {self.customer.id: 1000.0 / months})

    def test_any_ledger_equals_a_count_by_hand(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                partner = self._make_customer(f"Random {seed}")
                facts = self._make_random(partner, random.Random(seed))
                history = self._get_history(partner)
                self.assertEqual(history, self._count_by_hand(facts))

    def _make_random(self, partner, dice):
        """Post invoices at random; return (due, paid on, amount) of each."""
        facts = []
        for _number in range(14):
            due = day(-dice.randrange(-20, 300))
            amount = float(dice.randrange(10, 500))
            paid = due + timedelta(dice.randrange(-10, 60)) if dice.random() < 0.7 else None
            if paid and paid > TODAY:
                paid = None
            invoice = self._invoice(due, amount, partner)
            if paid:
                self._pay(invoice, on=max(paid, invoice.date))
                paid = max(paid, invoice.date)
            facts.append((due, paid, amount))
        return facts

    def _count_by_hand(self, facts):
        known = [(due, paid, amount) for due, paid, amount in facts if paid or due < TODAY]
        done = [(due, paid, amount) for due, paid, amount in known if paid]
        days = [(paid - due).days for due, paid, _amount in done]
        # Newest first; of the same day the one posted last.
        latest = [
            (paid - due).days for _place, (due, paid, _amount) in sorted(
                enumerate(facts), key=lambda entry: (entry[1][1] or day(-9999), entry[0]),
                reverse=True) if paid]
        overdue = [(TODAY - due).days for due, paid, _amount in known if not paid]

        def average(values):
            return sum(values) / len(values) if values else None
        return History(
            known=len(known), late=sum((paid or TODAY) > due for due, paid, _amount in known),
            paid=len(done), median_days=statistics.median(days),
            average_days=sum(amount * (paid - due).days for due, paid, amount in done)
            / sum(amount for *_days, amount in done),
            recent_days=average(latest[:6]), earlier_days=average(latest[6:12]),
            days_overdue=max(overdue, default=0))
