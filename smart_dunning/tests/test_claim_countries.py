import math
from datetime import date
from typing import NamedTuple

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .claim_common import ClaimCommon


class Country(NamedTuple):
    """A worked example: 1,000.00 in default from the day after ``due`` to ``until``, inclusive.

    ``entered``: the reference rates of both half-years, where none are shipped.
    """

    code: str
    business: float
    consumer: float
    lump_sum: str
    limitation: date | None
    limitation_consumer: date | None
    due: date = date(2026, 6, 10)
    until: date = date(2026, 7, 20)
    entered: tuple = ()


#: From 11 June to 20 July 2026 there are 20 days in each half-year; the ECB's rate was 2.15 and
#: 2.40, so that 8 points more are 10.15 % and 10.40 %: 1,000 × (10.15 + 10.40) % × 20 / 365.
COUNTRIES = (
    # 12.15 and 12.40 %
    Country('fr', 13.45, 0.0, 'EUR 40', date(2031, 6, 10), date(2028, 6, 10)),
    Country('es', 11.26, 0.0, 'EUR 40', date(2031, 6, 10), date(2029, 6, 10)),
    Country('it', 11.26, 0.0, 'EUR 40', date(2036, 6, 10), date(2036, 6, 10)),
    Country('nl', 11.26, 0.0, 'EUR 40', date(2031, 6, 10), date(2028, 6, 10)),
    # 2.15 and 2.40 rounded up to 2.5: 1,000 × 10.5 % × 40 / 365
    Country('be', 11.51, 0.0, 'EUR 40', None, None),
    Country('lu', 11.26, 0.0, 'EUR 40', None, None),
    # 10.15 % stays: 1,000 × 10.15 % × 40 / 365
    Country('ie', 11.12, 0.0, 'EUR 40', date(2032, 6, 10), date(2032, 6, 10)),
    Country('pt', 11.26, 0.0, 'EUR 40', None, None),
    # 10.5 %, consumers 9.5 %
    Country('fi', 11.51, 10.41, 'EUR 40', date(2029, 6, 10), date(2029, 6, 10)),
    # 3.75 + 8 = 11.75 % stays
    Country('uk', 12.88, 0.0, 'GBP 40', date(2032, 6, 10), date(2032, 6, 10)),
    # 32 days at 11.5 %, 20 at 12 %
    Country('se', 16.66, 16.66, 'SEK 450', None, None, date(2023, 11, 29), date(2024, 1, 20)),
    # 20 days at 11.25, 20 at 11.75 %: 1,000 × 23 % × 20 / 365
    Country('dk', 12.60, 12.60, 'DKK 310', date(2026, 12, 11), date(2026, 12, 11),
            date(2023, 12, 11), date(2024, 1, 20)),
    # Not shipped any more; with 4 and 3.5 %: 12 and 11.5 %
    Country('dk', 12.88, 12.88, 'DKK 310', date(2029, 6, 10), date(2029, 6, 10),
            entered=(4.0, 3.5)),
    # 3.5 + 8 = 11.5 % stays, also when nobody knows the next rate: 1,000 × 11.5 % × 40 / 365
    Country('cz', 12.60, 12.60, 'CZK 1200', date(2029, 6, 10), date(2029, 6, 10)),
    # 15.25 and 14 %: 1,000 × 29.25 % × 20 / 365; limitation at the end of the year
    Country('pl', 16.03, 0.0, 'EUR 40', date(2027, 12, 31), date(2027, 12, 31),
            date(2025, 12, 11), date(2026, 1, 20)),
    # 14.5 %, consumers 6.5 %: × 40 / 365
    Country('hu', 15.89, 7.12, 'EUR 40', date(2030, 12, 11), date(2030, 12, 11),
            date(2025, 12, 11), date(2026, 1, 20)),
    Country('ro', 15.89, 0.0, 'EUR 40', date(2028, 12, 11), date(2028, 12, 11),
            date(2025, 12, 11), date(2026, 1, 20)),
)


@tagged('post_install', '-at_install')
class TestClaimCountries(ClaimCommon):
    """What the shipped rules of other countries give, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.due_date_agreed = True

    def test_worked_examples(self):
        for country in COUNTRIES:
            with self.subTest(country=country.code):
                self._set_country(country.code)
                for is_business in (True, False):
                    self._check(country, is_business)

    def _check(self, country, is_business):
        partner = self._make_customer(f"{country.code} {is_business}", is_company=is_business)
        invoice = self._invoice(country.due, 1000.0, partner)
        with freeze_time(country.until):
            if country.entered and is_business:
                self.assertEqual(invoice.dunning_interest, 0.0)        # none is guessed
                self.assertIn("no rate is known", self._get_rule(country).interest_remark)
                self._enter(country)
                invoice.invalidate_recordset()
            self.assertEqual(fields.Date.add(country.due, days=1), invoice.dunning_default_date)
            self.assertAlmostEqual(
                invoice.dunning_interest, country.business if is_business else country.consumer, 2)
            self.env.flush_all()
            claim = self.env['dunning.claim'].search([('move_id', '=', invoice.id)])
            self.assertEqual(
                claim.limitation_date or None,
                country.limitation if is_business else country.limitation_consumer)
        rule = self._get_rule(country)
        self.assertEqual(f"{rule.currency_id.name} {rule.lump_sum:g}", country.lump_sum)
        self.assertTrue(rule.legal_basis)

    def _get_rule(self, country):
        rules = self.env['dunning.claim.rule']._get_for_company(self.company)
        rules.invalidate_recordset()
        return rules._find_for(fields.Date.add(country.due, days=-14))

    def _set_country(self, code):
        self.company.partner_id.country_id = self.env.ref(f'base.{code}')

    def _enter(self, country):
        self.env['dunning.rate'].create([
            {'reference': country.code, 'date_from': date(2026, month, 1), 'percent': percent,
             'date_until': date(2026, month + 5, 30), 'source': "Test"}
            for month, percent in zip((1, 7), country.entered, strict=True)])

    def test_every_rate_has_a_source_and_its_half_year(self):
        rates = self.env['dunning.rate'].search([
            ('company_id', '=', False), ('reference', 'not in', ('ch', 'own'))])
        for rate in rates:
            with self.subTest(rate=rate.display_name):
                self.assertTrue(rate.source)
                self.assertIn(
                    (rate.date_from.month, rate.date_until.month, rate.date_until.day),
                    ((1, 6, 30), (7, 12, 31)))

    def test_what_totals_were_published(self):
        """Interest of the law, margin included, as offices and lists of these countries name it."""
        for reference, margin, day, total in (
                ('cz', 8, date(2014, 1, 1), 8.05), ('cz', 8, date(2018, 7, 1), 9.0),
                ('cz', 8, date(2020, 7, 1), 8.25), ('cz', 8, date(2022, 1, 1), 11.75),
                ('cz', 8, date(2023, 7, 1), 15.0), ('cz', 8, date(2024, 1, 1), 14.75),
                ('dk', 8, date(2021, 7, 1), 7.65), ('dk', 8, date(2022, 7, 1), 7.55),
                ('dk', 8, date(2023, 1, 1), 9.9), ('dk', 8, date(2023, 7, 1), 11.25),
                ('dk', 8, date(2024, 1, 1), 11.75), ('pl', 10, date(2024, 7, 1), 15.75)):
            with self.subTest(reference=reference, day=day):
                rate = self.env['dunning.rate'].search([
                    ('reference', '=', reference), ('date_from', '=', day),
                    ('company_id', '=', False)])
                self.assertAlmostEqual(rate.percent + margin, total, 4)

    def test_rounded_up_to_half_a_point(self):
        """12 § korkolaki and art. 5 of the Belgian law of 2 August 2002."""
        percents = {
            reference: {rate.date_from: rate.percent for rate in self.env['dunning.rate'].search(
                [('reference', '=', reference), ('company_id', '=', False)])}
            for reference in ('ecb', 'ecb_half')}
        self.assertEqual(
            percents['ecb_half'],
            {day: math.ceil(percent * 2) / 2 for day, percent in percents['ecb'].items()})
        # As the Bank of Finland and the Belgian gazette (less 8 points) have published them.
        for day, percent in (
                (date(2014, 1, 1), 0.5), (date(2018, 7, 1), 0.0), (date(2023, 1, 1), 2.5),
                (date(2024, 7, 1), 4.5), (date(2025, 1, 1), 3.5), (date(2026, 1, 1), 2.5)):
            self.assertEqual(percents['ecb_half'][day], percent)

    def test_what_is_missing_is_said(self):
        """The screen of a rule says why nothing is claimed."""
        for code, words in (
                ('fr', "from consumers"), ('dk', "no rate is known"), ('pl', "no rate is known"),
                ('de', "")):
            with self.subTest(country=code), freeze_time('2026-07-20'):
                self._set_country(code)
                rule = self.env['dunning.claim.rule']._get_for_company(self.company)[0]
                rule.invalidate_recordset()
                self.assertEqual(bool(rule.interest_remark), bool(words))
                self.assertIn(words, rule.interest_remark or "")

    def test_policy_says_what_the_law_of_the_country_lacks(self):
        """Who sets up a policy in a country without a rule, or without a rate, reads it there."""
        for code, words in (
                ('us', "No rule says"), ('dk', "no rate is known"), ('de', "is in force")):
            with self.subTest(country=code), freeze_time('2026-07-20'):
                self._set_country(code)
                policy = self.policy.with_user(self.clerk)
                policy.invalidate_recordset(['claim_remark'])
                self.assertIn(words, policy.claim_remark)

    def test_a_rate_of_the_policy_does_not_stay(self):
        """What was agreed follows its own reference, also in a country where the law's stays."""
        self._set_country('uk')
        self.policy.write({'interest_reference': 'ecb', 'interest_margin': 8.0})
        self.customer.is_company = True
        invoice = self._invoice(date(2026, 6, 10), 1000.0)
        with freeze_time('2026-07-20'):
            self.assertAlmostEqual(invoice.dunning_interest, 11.26, 2)
