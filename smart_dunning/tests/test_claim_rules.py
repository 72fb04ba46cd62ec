from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..logic import default
from ..models.run.dunning_run_claim import LetterCase
from .claim_common import DUE, ClaimCommon


@tagged('post_install', '-at_install')
class TestClaimRights(ClaimCommon):
    """Who may change what, and in which company."""

    def test_charges_are_written_by_letters_alone(self):
        self._invoice(due=DUE)
        self._run(date(2026, 6, 17))
        charge = self._run(date(2026, 7, 1)).letter_ids.charge_ids[:1]
        mine = charge.with_user(self.manager)
        self.assertTrue(mine.amount)
        with self.assertRefused(".", error=AccessError):
            mine.write({'amount_open': 0.0})
        with self.assertRefused(".", error=AccessError):
            mine.copy()
        with self.assertRefused(".", error=UserError):
            mine.unlink()
        with self.assertRefused(".", error=UserError):
            charge.unlink()

    def test_letter_amounts_are_protected(self):
        self._invoice(due=DUE)
        letter = self._plan(date(2026, 6, 17)).letter_ids
        for name in ('amount_lump_sum', 'amount_charges', 'amount_interest'):
            with self.assertRefused(".", error=AccessError):
                letter.with_user(self.clerk).write({name: 5.0})
        with self.assertRefused(".", error=AccessError):
            letter.with_user(self.clerk).write({'claim_details': {'fee': 5}})

    def test_rates_and_rules_are_for_the_administrator(self):
        rate = self.env['dunning.rate'].search([], limit=1)
        for record in (rate, self.rule):
            record.with_user(self.clerk).read(['display_name'])
            with self.assertRefused(".", error=AccessError):
                record.with_user(self.clerk).write({'date_from': date(2020, 1, 1)})
        # What all companies share is for Settings; the administrator of dunning has own ones.
        with self.assertRefused(".", error=AccessError):
            self.rule.with_user(self.manager).postal_days = 4
        self._copy_rule().with_user(self.manager).postal_days = 4
        reader = new_test_user(
            self.env, 'auditor', groups='account.group_account_readonly',
            company_id=self.company.id)
        rate.with_user(reader).read(['percent'])
        with self.assertRefused(".", error=AccessError):
            rate.with_user(reader).percent = 1.0

    def test_fields_on_the_invoice(self):
        invoice = self._invoice(due=DUE)
        plain = new_test_user(
            self.env, 'billing', groups='account.group_account_invoice',
            company_id=self.company.id)
        with self.assertRefused(".", error=AccessError):
            invoice.with_user(plain).write({'dunning_court_date': date(2026, 7, 1)})

    def test_screens_open_for_the_clerk(self):
        invoice = self._invoice(due=DUE)
        with Form(invoice.with_user(self.clerk)) as form:
            form.dunning_default_manual = date(2026, 6, 15)
            form.dunning_default_reason = "By phone"
        self.assertEqual(invoice.dunning_default_basis, 'manual')
        for model in ('dunning.claim', 'dunning.rate', 'dunning.claim.rule', 'dunning.charge'):
            views = self.env[model].with_user(self.clerk).get_views([(False, 'list')])
            self.assertTrue(views['views']['list'])
        with Form(self.policy.with_user(self.manager)) as form:
            form.charge_interest = False
        with Form(self._copy_rule().with_user(self.manager)) as form:
            form.lump_sum = 50.0

    def _copy_rule(self):
        """Return the company's own copy of the rule, made by the administrator of dunning."""
        action = self.rule.with_user(self.manager).action_copy_for_company()
        return self.env['dunning.claim.rule'].search(action['domain'])

    def test_other_company(self):
        self._invoice(due=DUE)
        self._run(date(2026, 6, 17))
        charge = self._run(date(2026, 7, 1)).letter_ids.charge_ids[:1]
        other = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=other.id, company_ids=[Command.set(other.ids)])
        charges = self.env['dunning.charge'].with_user(stranger)
        self.assertNotIn(charge.id, charges.search([]).ids)
        with self.assertRefused(".", error=AccessError):
            charges.browse(charge.id).read(['amount'])
        self.assertFalse(self.env['dunning.claim'].with_user(stranger).search([]))


@tagged('post_install', '-at_install')
class TestClaimQueries(ClaimCommon):
    """Charges ask the database a fixed number of questions, and none where nothing is charged."""

    SLACK = 4

    def test_queries_do_not_grow(self):
        few, many = self._count_queries(3), self._count_queries(30)
        self.assertLessEqual(many - few, self.SLACK)

    def test_queries_of_invoices_do_not_grow(self):
        few = self._count_queries_of_invoices(self._make_invoices(2))
        many = self._count_queries_of_invoices(self._make_invoices(20))
        self.assertLessEqual(many, few)

    def _count_queries_of_invoices(self, moves):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        moves.mapped('dunning_interest')
        return self.env.cr.sql_log_count - before

    def test_nothing_is_asked_where_nothing_is_charged(self):
        asked = self.env['dunning.run'].new({'company_id': self.company.id})
        (self.first | self.last).write({
            'charge_interest': False, 'charge_lump_sum': False, 'fee_amount': 0.0})
        one = self._invoice(due=DUE)
        letter = self._plan(date(2026, 6, 17)).letter_ids
        self.assertTrue(letter and one)
        facts = LetterCase(
            self.customer.id, self.company.currency_id.id, self.policy.id, self.first.id, False,
            {self._terms(one).id: self.first.id}, {})
        self.policy.level_ids.fetch(['fee_amount'])
        self.policy.fetch(['charge_fees'])
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertEqual(asked._get_letter_charges([facts], DUE), [])

    def _make_invoices(self, count):
        """Post an invoice for each of so many new customers."""
        partners = self.env['res.partner'].create([
            {'name': f"Customer {number}", 'email': f"c{number}@example.com", 'is_company': True}
            for number in range(count)])
        moves = self.env['account.move'].create([{
            'move_type': 'out_invoice', 'partner_id': partner.id, 'company_id': self.company.id,
            'invoice_date': DUE, 'date': DUE, 'invoice_date_due': DUE,
            'invoice_payment_term_id': False,
            'invoice_line_ids': [Command.create(
                {'name': "Goods", 'price_unit': 100.0, 'tax_ids': []})],
        } for partner in partners])
        moves.action_post()
        return moves

    def _count_queries(self, count):
        """Return the queries of planning the charging letters of so many more customers."""
        moves = self._make_invoices(count)
        items = moves.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        items.sudo().write({
            'dunning_level_id': self.reminder.id, 'dunning_date': date(2026, 6, 17)})
        self._plan(date(2026, 9, 1)).action_cancel()        # what is loaded once per process
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        run = self._plan(date(2026, 9, 1))
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertTrue(all(letter.amount_interest for letter in run.letter_ids))
        run.action_cancel()
        return queries


@tagged('post_install', '-at_install')
class TestRatesAndRules(ClaimCommon):
    """The data we ship, and what may be entered."""

    def test_german_half_years_are_complete(self):
        rates = self.env['dunning.rate'].search(
            [('reference', '=', 'de')], order='date_from')
        self.assertEqual(rates[0].date_from, date(2002, 1, 1))
        for one, following in zip(rates, rates[1:], strict=False):
            self.assertEqual(fields.Date.add(one.date_until, days=1), following.date_from)
        self.assertTrue(all(rates.mapped('source')))

    def test_no_overlap(self):
        rates = self.env['dunning.rate']
        with self.assertRefused("overlap", ValidationError):
            rates.create({'reference': 'de', 'date_from': date(2026, 3, 1), 'percent': 1.0})
        rates.create({'reference': 'own', 'date_from': date(2026, 3, 1), 'percent': 1.0})
        rates.create({'reference': 'own', 'date_from': date(2026, 4, 1), 'percent': 2.0})

    def test_rule_of_the_date_of_the_invoice(self):
        rules = self.env['dunning.claim.rule']._get_for_company(self.company)
        self.assertEqual(rules._find_for(date(2014, 7, 28)).business_margin, 8.0)
        self.assertEqual(rules._find_for(date(2014, 7, 29)).business_margin, 9.0)
        self.assertFalse(rules._find_for(date(2001, 12, 31)))

    def test_rule_of_the_country_of_the_company(self):
        rules = self.env['dunning.claim.rule']
        for code, margin in (('at', 9.2), ('ch', 0.0), ('fr', 10.0), ('us', None)):
            with self.subTest(country=code):
                self.company.partner_id.country_id = self.env.ref(f'base.{code}')
                rule = rules._get_for_company(self.company)._find_for(DUE)
                self.assertEqual(rule.business_margin if rule else None, margin)


    def test_no_rate_of_the_euro_outside_it(self):
        """Art. 2 (7) b of Directive 2011/7/EU: there the rate is that of the national bank."""
        for code, margin in (
                ('pl', 10.0), ('se', 8.0), ('dk', 8.0), ('cz', 8.0), ('hu', 8.0), ('ro', 8.0)):
            with self.subTest(country=code):
                self.company.partner_id.country_id = self.env.ref(f'base.{code}')
                rule = self.env['dunning.claim.rule']._get_for_company(self.company)._find_for(DUE)
                self.assertEqual(rule._get_interest_terms(True), (code, margin))

    def test_rule_names_what_restarts_limitation(self):
        plan = self.env['dunning.installment.plan'].new({
            'company_id': self.company.id, 'date': DUE})
        for code, law in (('de', "212"), ('at', "1497"), ('ch', "137 OR"), ('fr', "2240"),
                          ('us', None)):
            with self.subTest(country=code):
                self.company.partner_id.country_id = self.env.ref(f'base.{code}')
                self.assertIn(law or "", plan._get_limitation_law())
                self.assertEqual(bool(law), bool(plan._get_limitation_law()))


@tagged('post_install', '-at_install')
class TestLimitation(ClaimCommon):
    """Claims before they are time-barred."""

    def _claim(self, invoice):
        self.env.flush_all()
        self.env['dunning.claim'].invalidate_model()
        return self.env['dunning.claim'].search([('move_id', '=', invoice.id)])

    def test_end_of_the_third_year(self):
        invoice = self._invoice(due=date(2023, 6, 10))
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2026, 12, 31), 'suspended_days': 0, 'amount': 100.0}])
        self.company.partner_id.country_id = self.env.ref('base.at')
        self.assertEqual(self._claim(invoice).limitation_date, date(2026, 6, 10))

    def test_court_order(self):
        invoice = self._invoice(due=date(2023, 6, 10))
        invoice.write({'dunning_court_date': date(2024, 1, 1),
                       'dunning_court_until': date(2024, 1, 10)})
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2027, 7, 11), 'suspended_days': 192}])     # and six months
        invoice.dunning_court_until = date(2026, 11, 1)
        self.assertEqual(
            self._claim(invoice).limitation_date, date(2030, 5, 1))

    def test_acknowledged(self):
        """§ 212 BGB: the years run anew, as far as it can be proved."""
        invoice = self._invoice(due=date(2023, 6, 10))
        invoice.with_user(self.clerk).dunning_acknowledged_date = date(2025, 4, 1)
        self.assertEqual(self._claim(invoice).limitation_date, date(2028, 4, 1))
        with freeze_time('2026-03-02'):
            plan = self.env['dunning.installment.plan'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id, 'count': 2,
                'date_first': date(2026, 4, 1)})
            plan.action_confirm()
            self.assertEqual(self._claim(invoice).limitation_date, date(2028, 4, 1))
            plan.with_user(self.clerk).date_signed = date(2026, 3, 2)
        self.assertEqual(self._claim(invoice).limitation_date, date(2029, 3, 2))
        plan.date_signed = False
        invoice.dunning_acknowledged_date = date(2027, 1, 1)        # it was time-barred
        self.assertEqual(self._claim(invoice).limitation_date, date(2026, 12, 31))

    def test_a_dispute_recorded_by_mistake(self):
        invoice = self._invoice(due=date(2023, 6, 10))
        with freeze_time('2026-03-01'):
            dispute = self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'deadline': date(2026, 12, 1),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
            dispute.with_user(self.clerk).action_mark_mistaken()
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2026, 12, 31), 'suspended_days': 0}])

    def test_dispute(self):
        invoice = self._invoice(due=date(2023, 6, 10))
        with freeze_time('2026-03-01'):
            dispute = self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'deadline': date(2026, 12, 1),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
        dispute.sudo().write({'date_opened': date(2026, 3, 1), 'date_closed': date(2026, 3, 20)})
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2027, 1, 20), 'suspended_days': 20}])
        invoice.write({'dunning_court_date': date(2026, 3, 11),
                       'dunning_court_until': date(2026, 3, 30)})
        self.assertEqual(self._claim(invoice).suspended_days, 214)      # until 30 September

    def test_same_sums_as_in_python(self):
        invoice = self._invoice(due=date(2022, 5, 10))
        for since, until in (
                (date(2022, 6, 1), date(2023, 1, 10)), (date(2025, 12, 20), date(2025, 12, 24)),
                (date(2026, 1, 5), date(2026, 2, 1)), (date(2024, 2, 29), date(2024, 8, 31))):
            with self.subTest(since=since):
                invoice.write({'dunning_court_date': since, 'dunning_court_until': until})
                self.assertEqual(self._claim(invoice).limitation_date, default.find_limitation(
                    date(2022, 5, 10), years=3, effect=default.Effect(True, 3, 6),
                    suspensions=[default.Suspension(since, until, default.COURT)]))

    def test_talks_and_lawsuits_by_the_law_of_the_country(self):
        """In Austria no talks suspend limitation by the rule, and a court order while it lasts."""
        invoice = self._invoice(due=date(2023, 6, 10))
        with freeze_time('2026-03-01'):
            self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'deadline': date(2026, 12, 1),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id,
            }).sudo().write({'date_opened': date(2026, 3, 1), 'date_closed': date(2026, 3, 20)})
        self.company.partner_id.country_id = austria = self.env.ref('base.at')
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2026, 6, 10), 'suspended_days': 0}])
        invoice.write({'dunning_court_date': date(2026, 3, 11),
                       'dunning_court_until': date(2026, 3, 30)})
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2026, 6, 30), 'suspended_days': 20}])
        rule = self.env['dunning.claim.rule']._get_for_company(self.company)[:1]
        self.assertEqual(rule.country_id, austria)
        rule.sudo().write({'talks_suspend': True, 'talks_months': 12, 'court_months': 1})
        self.assertRecordValues(self._claim(invoice), [{
            'limitation_date': date(2027, 3, 20), 'suspended_days': 61}])

    def test_due_by_the_day_of_the_company(self):
        """On the first of July in Kiritimati, what is due on 30 June is a claim already."""
        invoice = self._invoice(due=date(2026, 6, 30))
        self.company.partner_id.tz = 'Pacific/Kiritimati'
        self.env.registry.clear_cache()
        with freeze_time('2026-06-30 12:00:00'):
            self.assertTrue(self._claim(invoice))
            self.company.partner_id.tz = 'UTC'
            self.env.registry.clear_cache()
            self.assertFalse(self._claim(invoice))

    def test_settled_claim_is_gone(self):
        invoice = self._invoice(due=date(2023, 6, 10))
        self._pay(invoice)
        self.assertFalse(self._claim(invoice))
