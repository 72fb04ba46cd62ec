from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..logic import default
from .common import DunningCommon

DUE = date(2026, 6, 10)


class ClaimCommon(DunningCommon):
    """A German company; its second dunning letter claims interest and a fee, its last all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.country_id = cls.env.ref('base.de')
        cls.rule = cls.env.ref('smart_dunning.dunning_claim_rule_de_2014')
        cls.rule.currency_id = cls.company.currency_id
        cls.reminder, cls.first, cls.last = cls.policy.level_ids[1:]
        cls.first.write({'charge_interest': True, 'fee_amount': 2.5})
        cls.last.write({'charge_interest': True, 'fee_amount': 2.5, 'charge_lump_sum': True})
        cls.customer.is_company = True

    @staticmethod
    def _find(charges, kind):
        return charges.filtered(lambda charge: charge.kind == kind)


@tagged('post_install', '-at_install')
class TestClaimLetter(ClaimCommon):
    """What a letter claims besides the open items."""

    def test_interest_over_a_rate_change_with_a_partial_payment(self):
        """1,000.00 due on 10 June; reminded on 17 June; 400.00 paid on 5 July."""
        invoice = self._invoice(due=DUE, amount=1000.0)
        reminder = self._run(date(2026, 6, 17)).letter_ids
        self.assertEqual(reminder.amount_total, 1000.0)     # what brings default about is free
        self.assertFalse(reminder.charge_ids)
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertRecordValues(first, [{
            'amount_due': 1000.0, 'amount_interest': 3.95, 'amount_fee': 2.5,
            'amount_lump_sum': 0.0, 'amount_charges': 0.0, 'amount_total': 1006.45}])
        self.assertEqual([row['segments'] for row in first.claim_details['interest']], [[
            ['2026-06-18', '2026-06-30', 13, 1000.0, 10.27, 3.66],
            ['2026-07-01', '2026-07-01', 1, 1000.0, 10.52, 0.29]]])
        self._pay(invoice, 400.0, on=date(2026, 7, 5))
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertRecordValues(last, [{
            'amount_due': 600.0, 'amount_interest': 2.88, 'amount_fee': 2.5,
            'amount_lump_sum': 40.0, 'amount_charges': 6.45, 'amount_total': 651.83}])
        self.assertEqual([row['segments'] for row in last.claim_details['interest']], [[
            ['2026-07-02', '2026-07-05', 4, 1000.0, 10.52, 1.15],
            ['2026-07-06', '2026-07-15', 10, 600.0, 10.52, 1.73]]])
        charges = first.charge_ids | last.charge_ids
        self.assertEqual(
            sorted(charges.mapped(lambda charge: (charge.kind, charge.amount))),
            [('fee', 2.5), ('fee', 2.5), ('interest', 2.88), ('interest', 3.95),
             ('lump_sum', 40.0)])
        interest = self._find(charges, 'interest').sorted('date')
        self.assertEqual(interest.mapped('date_to'), [date(2026, 7, 1), date(2026, 7, 15)])
        self.assertEqual(interest.move_line_id, self._terms(invoice))
        with freeze_time('2026-07-15'):
            invoice.invalidate_recordset()
            self.assertRecordValues(invoice, [{
                'dunning_default_date': date(2026, 6, 18), 'dunning_default_basis': 'reminder',
                'dunning_interest': 6.83, 'dunning_charges_open': 46.83}])

    def test_total_is_what_is_shown(self):
        self._invoice(due=DUE, amount=333.33)
        self._run(date(2026, 6, 17))
        letter = self._plan(date(2026, 7, 9)).letter_ids
        self.assertAlmostEqual(letter.amount_total, sum(
            amount for _code, amount in letter._get_document_sums()))
        rows = letter.claim_details['interest'][0]
        self.assertAlmostEqual(
            sum(segment[5] for segment in rows['segments']), letter.amount_interest)

    def test_payment_entered_later_is_corrected(self):
        invoice = self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self._pay(invoice, 999.0, on=date(2026, 6, 17))     # the bank was imported late
        self.policy.tolerance = 0.0
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertLess(last.amount_interest, 0.0)
        charges = self._find(first.charge_ids | last.charge_ids, 'interest')
        self.assertAlmostEqual(sum(charges.mapped('amount')), 0.01)
        self.assertEqual(last.amount_charges, 6.45)

    def test_lump_sum_once_per_invoice(self):
        self.first.charge_lump_sum = True
        one, other = self._invoice(due=DUE), self._invoice(due=DUE, amount=50.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(first.amount_lump_sum, 80.0)
        self.assertEqual(self._find(first.charge_ids, 'lump_sum').move_id, one | other)
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertEqual(last.amount_lump_sum, 0.0)
        self.assertEqual(last.amount_charges, 80.0 + first.amount_interest + 2.5)

    def test_instalments_bear_one_lump_sum(self):
        term = self.env['account.payment.term'].create({'name': "Two", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 0}),
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 1})]})
        self._invoice(due=DUE, invoice_payment_term_id=term.id)
        self._run(date(2026, 6, 17))
        self.assertEqual(self._run(date(2026, 7, 1)).letter_ids.amount_lump_sum, 0.0)
        self.assertEqual(self._run(date(2026, 7, 15)).letter_ids.amount_lump_sum, 40.0)

    def test_consumer(self):
        self.customer.is_company = False
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        self._run(date(2026, 7, 1))
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertEqual(last.amount_lump_sum, 0.0)
        self.assertEqual(last.claim_details['interest'][0]['segments'][0][4], 6.52)

    def test_policy_says_who_is_a_consumer(self):
        self.policy.customer_kind = 'consumer'
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(first.claim_details['interest'][0]['segments'][0][4], 6.27)

    def test_everything_can_be_switched_off(self):
        self.policy.write({
            'charge_interest': False, 'charge_lump_sum': False, 'charge_fees': False})
        self._invoice(due=DUE)
        for on in (date(2026, 6, 17), date(2026, 7, 1), date(2026, 7, 15)):
            letter = self._run(on).letter_ids
            self.assertEqual(letter.amount_total, 100.0)
            self.assertFalse(letter.charge_ids)

    def test_own_rate(self):
        self.policy.write({'interest_reference': 'fixed', 'interest_margin': 12.0})
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(
            [segment[4] for segment in first.claim_details['interest'][0]['segments']], [12.0])

    def test_agreed_date(self):
        self.policy.due_date_agreed = True
        self.reminder.write({'charge_interest': True, 'fee_amount': 1.0})
        self._invoice(due=DUE, amount=1000.0)
        letter = self._run(date(2026, 6, 17)).letter_ids
        self.assertEqual(letter.claim_details['interest'][0]['segments'][0][0], '2026-06-11')
        self.assertEqual(letter.amount_fee, 1.0)

    def test_nothing_before_the_due_date(self):
        self.policy.due_date_agreed = True
        self._invoice(due=date(2026, 3, 1))
        self.policy.level_ids[0].write({
            'charge_interest': True, 'fee_amount': 5.0, 'charge_lump_sum': True})
        self._invoice(due=DUE)
        letters = self._plan(date(2026, 6, 8)).letter_ids
        prenotice = letters.filtered('is_prenotice')
        self.assertTrue(prenotice)
        self.assertEqual(prenotice.amount_total, prenotice.amount_due)
        self.assertFalse(prenotice.claim_details)

    def test_printed_reminder_takes_days_to_arrive(self):
        self.reminder.channel = 'print'
        invoice = self._invoice(due=DUE)
        run = self._plan(date(2026, 6, 17))
        run.action_approve_all()
        run.letter_ids.action_print()
        run.letter_ids.action_printed()
        self.assertEqual(invoice.dunning_default_date, date(2026, 6, 21))

    def test_default_by_hand_needs_a_reason(self):
        invoice = self._invoice(due=DUE)
        with self.assertRefused("why", ValidationError):
            invoice.with_user(self.clerk).dunning_default_manual = date(2026, 6, 12)
        invoice.with_user(self.clerk).write({
            'dunning_default_manual': date(2026, 6, 12), 'dunning_default_reason': "He refused"})
        self.assertRecordValues(invoice, [{
            'dunning_default_date': date(2026, 6, 12), 'dunning_default_basis': 'manual'}])

    def test_credit_note_was_never_owed(self):
        self.policy.tolerance = 0.0
        invoice = self._invoice(due=DUE, amount=1000.0)
        refund = self._credit_note(400.0, on=date(2026, 7, 1))
        (self._terms(invoice) | self._terms(refund)).reconcile()
        self._run(date(2026, 6, 17))
        first = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(first.claim_details['interest'][0]['segments'][0][3], 600.0)

    def test_unmatched_payment_bears_no_interest(self):
        self._invoice(due=DUE, amount=1000.0)
        self._invoice(due=date(2026, 6, 12), amount=500.0)
        self._run(date(2026, 6, 19))
        payment = self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': 1200.0,
            'partner_id': self.customer.id, 'date': date(2026, 6, 25),
            'journal_id': self.journal_bank.id})
        payment.action_post()
        first = self._run(date(2026, 7, 3)).letter_ids
        self.assertEqual(first.amount_credit, 1200.0)
        self.assertEqual([row['segments'] for row in first.claim_details['interest']], [
            [['2026-06-20', '2026-06-25', 6, 1000.0, 10.27, 1.69]],
            [['2026-06-20', '2026-06-25', 6, 500.0, 10.27, 0.84],
             ['2026-06-26', '2026-06-30', 5, 300.0, 10.27, 0.43],
             ['2026-07-01', '2026-07-03', 3, 300.0, 10.52, 0.26]]])

    def test_missing_rate_is_a_warning(self):
        self.env['dunning.rate'].search([
            ('reference', '=', 'de'), ('date_from', '=', date(2026, 7, 1))]).unlink()
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        run = self._plan(date(2026, 7, 10))
        letter = run.letter_ids
        self.assertEqual(letter.amount_interest, 3.66)      # up to 30 June
        self.assertIn("07/01/2026", letter.claim_warning)
        self.assertIn("No rate is known", run.note)
        self.assertNotIn("No rate", letter._render_document_html())
        self._send(run)
        self.assertEqual(self._find(letter.charge_ids, 'interest').amount, 3.66)

    def test_rate_entered_later_is_claimed_by_the_next_letter(self):
        rate = self.env['dunning.rate'].search([
            ('reference', '=', 'de'), ('date_from', '=', date(2026, 7, 1))])
        values = rate.copy_data()[0]
        rate.unlink()
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        self._run(date(2026, 7, 1))
        self.env['dunning.rate'].create({**values, 'date_from': date(2026, 7, 1)})
        last = self._run(date(2026, 7, 15)).letter_ids
        whole = 1000 * (13 * 10.27 + 15 * 10.52) / 36500
        self.assertAlmostEqual(last.amount_interest, whole - 3.66, 2)

    def test_bounced_letter_claims_nothing(self):
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        letter = self._run(date(2026, 7, 1)).letter_ids
        charges = letter.charge_ids
        self.assertEqual(len(charges), 2)
        letter.sudo()._set_bounced()
        self.assertEqual(set(charges.mapped('state')), {'withdrawn'})
        self.assertFalse(any(charges.mapped('amount_open')))
        letter.action_print()
        letter.action_printed()
        again = letter.charge_ids - charges
        self.assertEqual(sum(again.mapped('amount')), 6.45)

    def test_bounced_reminder_puts_nobody_in_default(self):
        invoice = self._invoice(due=DUE)
        letter = self._run(date(2026, 6, 17)).letter_ids
        self.assertEqual(invoice.dunning_default_date, date(2026, 6, 18))
        letter.sudo()._set_bounced()
        invoice.invalidate_recordset()
        self.assertEqual(invoice.dunning_default_basis, 'thirty_days')

    def test_disputed_part_bears_no_interest(self):
        invoice = self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        with freeze_time('2026-06-20'):
            self.env['dunning.dispute'].create({
                'move_id': invoice.id, 'amount': 400.0, 'deadline': date(2026, 12, 1),
                'reason_id': self.env['dunning.pause.reason'].search(
                    [('usage', '=', 'dispute')], limit=1).id})
        run = self._plan(date(2026, 7, 1))
        letter = run.letter_ids
        self.assertEqual(letter.amount_due, 600.0)
        self.assertEqual(letter.claim_details['interest'][0]['segments'][0][3], 600.0)
        amount = letter.amount_interest
        self._send(run)
        self.assertEqual(letter.amount_interest, amount)

    def test_two_currencies(self):
        euro = self.env.ref('base.EUR')
        euro.active = True
        self.env['res.currency.rate'].create({
            'name': '2026-01-01', 'rate': 2.0, 'currency_id': euro.id,
            'company_id': self.company.id})
        self.first.charge_lump_sum = True
        self._invoice(due=DUE, amount=1000.0)
        self._invoice(due=DUE, amount=1000.0, currency_id=euro.id)
        self._run(date(2026, 6, 17))
        letters = self._run(date(2026, 7, 1)).letter_ids
        own = letters.filtered(lambda letter: letter.currency_id == self.company.currency_id)
        other = letters - own
        self.assertRecordValues(own | other, [
            {'amount_interest': 3.95, 'amount_fee': 2.5, 'amount_lump_sum': 40.0},
            {'amount_interest': 3.95, 'amount_fee': 5.0, 'amount_lump_sum': 80.0}])
        self.assertEqual(other.charge_ids.currency_id, euro)
        last = self._run(date(2026, 7, 15)).letter_ids
        self.assertEqual(
            set(last.mapped(lambda letter: (letter.currency_id, letter.amount_charges))),
            {(self.company.currency_id, 46.45), (euro, 88.95)})

    def test_document_shows_each_part(self):
        self.first.charge_lump_sum = True
        self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        letter = self._plan(date(2026, 7, 1)).letter_ids
        html = letter._render_document_html()
        for text in ("Late interest", "Lump sum for late payment", "Dunning fee", "10.27",
                     "10.52", "06/18/2026", "Base rate, Germany"):
            self.assertIn(text, html)
        self.assertTrue(letter._render_documents()[letter.id].startswith(b'%PDF'))


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
        self.rule.with_user(self.manager).postal_days = 4
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
        with Form(self.rule.with_user(self.manager)) as form:
            form.lump_sum = 50.0

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
        from ..models.run.dunning_run_claim import Asked  # noqa: PLC0415
        facts = Asked(
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
        for code, margin in (('at', 9.2), ('ch', 0.0), ('fr', 8.0), ('us', None)):
            with self.subTest(country=code):
                self.company.partner_id.country_id = self.env.ref(f'base.{code}')
                rule = rules._get_for_company(self.company)._find_for(DUE)
                self.assertEqual(rule.business_margin if rule else None, margin)


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
            'limitation_date': date(2027, 1, 10), 'suspended_days': 10}])
        invoice.dunning_court_until = date(2026, 11, 1)
        self.assertEqual(
            self._claim(invoice).limitation_date, date(2029, 11, 1))

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
        self.assertEqual(self._claim(invoice).suspended_days, 30)

    def test_same_sums_as_in_python(self):
        invoice = self._invoice(due=date(2022, 5, 10))
        for since, until in (
                (date(2022, 6, 1), date(2023, 1, 10)), (date(2025, 12, 20), date(2025, 12, 24)),
                (date(2026, 1, 5), date(2026, 2, 1)), (date(2024, 2, 29), date(2024, 8, 31))):
            with self.subTest(since=since):
                invoice.write({'dunning_court_date': since, 'dunning_court_until': until})
                self.assertEqual(self._claim(invoice).limitation_date, default.find_limitation(
                    date(2022, 5, 10), years=3, suspensions=[
                        default.Suspension(since, until, default.COURT)]))

    def test_clerk_is_told_once(self):
        claims = self.env['dunning.claim']
        invoice = self._invoice(due=date(2023, 6, 10))
        self._invoice(due=date(2024, 6, 10))
        self.assertFalse(claims._warn_of_limitation(self.company, date(2026, 10, 1)))
        self.assertEqual(
            claims._warn_of_limitation(self.company, date(2026, 10, 2)).move_id, invoice)
        self.assertFalse(claims._warn_of_limitation(self.company, date(2026, 10, 3)))
        activity = invoice.activity_ids.filtered(lambda one: one.activity_type_id == self.env.ref(
            'smart_dunning.mail_activity_dunning_limitation'))
        self.assertEqual(activity.user_id, self.clerk)
        self.assertEqual(activity.date_deadline, date(2026, 12, 31))

    def test_settled_claim_is_gone(self):
        invoice = self._invoice(due=date(2023, 6, 10))
        self._pay(invoice)
        self.assertFalse(self._claim(invoice))
