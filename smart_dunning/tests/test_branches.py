from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .common import DunningCommon, day


class TestBranches(DunningCommon):
    """A company with its branches is one creditor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env['res.company'].create({
            'name': "Branch", 'parent_id': cls.company.id, 'email': 'branch@example.com'})
        cls.cr.precommit.run()          # core loads its accounts then
        cls.env.user.company_ids |= cls.branch

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(f'{day(0)} 12:00:00'))

    def _of_branch(self, due, amount=100.0, **values):
        move = self.env['account.move'].with_company(self.branch).create({
            'move_type': 'out_invoice', 'partner_id': self.customer.id,
            'company_id': self.branch.id, 'invoice_date': fields.Date.add(due, days=-14),
            'invoice_date_due': due, 'invoice_payment_term_id': False,
            'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': amount, 'tax_ids': [Command.clear()]})],
            **values})
        move.action_post()
        return move

    def _plan_branch(self):
        run = self.env['dunning.run'].with_company(self.branch).create(
            {'company_id': self.branch.id, 'date': day(0)})
        run.action_plan()
        return run

    def test_a_payment_in_the_main_company_covers_the_branch(self):
        self._of_branch(day(-30))
        self.env['account.payment'].create({
            'partner_id': self.customer.id, 'partner_type': 'customer', 'amount': 100.0,
            'payment_type': 'inbound', 'date': day(0), 'journal_id': self.journal_bank.id,
        }).action_post()
        for run in (self._plan(day(0)), self._plan_branch()):
            self.assertFalse(run.letter_ids)
            self.assertEqual(run.omission_ids.mapped('reason'), ['covered'])

    def test_an_archived_branch_counts_nowhere(self):
        """Nobody writes for it any more: its credits reduce neither claims nor interest."""
        self._invoice(day(-30))
        self._of_branch(day(-30), move_type='out_refund')
        items = self.env['account.move.line']
        self.assertTrue(items._query_open_credits(self.company, self.customer.ids))
        self.branch.active = False
        self.assertFalse(items._query_open_credits(self.company, self.customer.ids))
        self.assertEqual(self._plan(day(0)).letter_ids.amount_total, 100.0)

    def test_one_run_one_letter(self):
        self._invoice(day(-30), 60.0)
        self._of_branch(day(-20), 40.0)
        (self.company | self.branch).dunning_active = True
        self._run_cron('smart_dunning.ir_cron_dunning_run')
        runs = self.env['dunning.run'].search([('is_automatic', '=', True)])
        self.assertEqual(runs.company_id, self.company)
        self.assertEqual(runs.letter_ids.amount_total, 100.0)
        self.assertEqual(runs.letter_ids.company_id, self.company)
        self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(runs.letter_ids.state, 'sent')

    def test_a_branch_writes_in_its_own_name(self):
        invoice = self._of_branch(day(-20), 40.0)
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.company_id, self.branch)
        self._send(run)
        self.assertEqual(run.letter_ids.state, 'sent')
        self.assertEqual(self._terms(invoice).dunning_level_id.name, "Reminder")
        # Quiet days of the tree: another item of the main company waits.
        self._invoice(day(-20), 60.0)
        with freeze_time(f'{day(1)} 12:00:00'):
            self.assertEqual(self._plan(day(1)).omission_ids.mapped('reason'), ['quiet'])

    def test_a_run_of_the_branch_leaves_the_rest_alone(self):
        self._invoice(day(-30), 60.0)
        self._of_branch(day(-20), 40.0)
        self._credit_note(70.0)
        run = self._plan_branch()
        # 60 of the credit settle what is older, in the main company.
        self.assertEqual(run.letter_ids.amount_due, 40.0)
        self.assertEqual(run.letter_ids.amount_credit, 10.0)
        self.assertFalse(run.omission_ids)

    def test_policy_and_pause_of_the_main_company_hold_in_the_branch(self):
        other = self._make_policy("Patient")
        other.level_ids[1].delay = 60
        self.customer.with_company(self.company).dunning_policy_id = other
        self._of_branch(day(-20))
        self.assertFalse(self._plan_branch().letter_ids)
        self.customer.with_company(self.company).dunning_policy_id = False
        self.env['dunning.pause'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'reason': "Talks",
            'date_until': day(20)})
        run = self._plan_branch()
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.mapped('reason'), ['paused'])

    def test_a_policy_of_the_branch_holds_for_its_items(self):
        own = self.env['dunning.policy'].create({
            'name': "Branch", 'company_id': self.branch.id, 'quiet_days': 0,
            'level_ids': [Command.create(self._level_values(1, "Branch first", 5))]})
        self._of_branch(day(-20), dunning_policy_id=own.id)
        self.assertEqual(self._plan(day(0)).letter_ids.policy_id, own)

    def test_a_trial_knows_the_policies_of_branches(self):
        """What names a branch's policy is none of the draft's business, as in the run."""
        own = self.env['dunning.policy'].create({
            'name': "Branch", 'company_id': self.branch.id,
            'level_ids': [Command.create(self._level_values(1, "Branch first", 5))]})
        self._of_branch(day(-30), dunning_policy_id=own.id)
        tried = self.policy.with_user(self.manager)
        found = tried.preview_change({'min_balance': 1.0}, day(0))
        self.assertEqual((found['now']['letters'], found['draft']['letters']), ([], []))
        self._invoice(day(-30), 60.0, self.other)
        found = tried.preview_change({'min_balance': 1.0}, day(0))
        self.assertEqual([letter['amount'] for letter in found['draft']['letters']], [60.0])
        self.assertEqual(found['now']['letters'], found['draft']['letters'])
        self.assertEqual(tried.backtest()['items'], 1)

    def test_a_branch_without_a_country_is_under_the_law_of_the_company_above(self):
        rules = self.env['dunning.claim.rule']
        self.company.partner_id.country_id = self.env.ref('base.de')
        self.branch.partner_id.country_id = False
        self.assertEqual(
            rules._get_for_company(self.branch), rules._get_for_company(self.company))
        self.branch.partner_id.country_id = self.env.ref('base.fr')
        self.assertNotEqual(
            rules._get_for_company(self.branch), rules._get_for_company(self.company))

    def test_limitation_knows_the_law_of_the_company_above(self):
        self.company.partner_id.country_id = self.env.ref('base.de')
        self.branch.partner_id.country_id = False
        invoice = self._of_branch(day(-20))
        self.env.flush_all()
        self.env['dunning.claim'].invalidate_model()
        claim = self.env['dunning.claim'].search([('move_id', '=', invoice.id)])
        self.assertEqual(claim.limitation_date, date(2029, 12, 31))

    def test_a_branch_takes_credit_away_from_its_own_customers(self):
        self.customer.is_company = True
        (self.company | self.branch).account_use_credit_limit = True
        for number in range(6):
            due = day(-100 - 7 * number)
            self._pay(self._of_branch(due, 600.0), on=fields.Date.add(due, days=70))
        self.env['dunning.risk.pattern']._renew(self.branch)
        partner = self.customer.with_company(self.branch)
        partner.credit_limit = 100000.0
        self.env['dunning.debtor']._refresh(self.customer, self.branch, keep=True)
        debtors = self.env['dunning.debtor']
        self.assertFalse(debtors._apply_worse_proposals(self.company))
        self.branch.write({'dunning_risk_auto': True, 'dunning_risk_auto_percent': 20})
        self.assertEqual(debtors._apply_worse_proposals(self.company).company_id, self.branch)
        self.assertEqual(partner.credit_limit, 80000.0)


class TestBranchAbroad(DunningCommon):
    """A branch in another country than the company above it: whose law, address, bank, calendar."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany, cls.austria = cls.env.ref('base.de'), cls.env.ref('base.at')
        cls.company.partner_id.country_id = cls.germany
        cls.branch = cls.env['res.company'].create({
            'name': "Branch", 'parent_id': cls.company.id, 'country_id': cls.austria.id})
        cls.cr.precommit.run()          # core loads its accounts then
        cls.env.user.company_ids |= cls.branch
        cls.policy.level_ids.write({'charge_interest': True})
        cls.customer.write({'is_company': True, 'country_id': cls.austria.id})

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(f'{day(0)} 12:00:00'))

    _of_branch = TestBranches._of_branch

    def _climb(self, *moves):
        """Let a reminder have gone out long ago: default has begun."""
        for move in moves:
            move.sudo().write({
                'dunning_default_manual': day(-60), 'dunning_default_reason': "Agreed"})

    def test_interest_is_by_the_law_of_who_has_issued_the_invoice(self):
        own, abroad = self._invoice(day(-80), 1000.0), self._of_branch(day(-80), 1000.0)
        self._climb(own, abroad)
        letter = self._plan(day(0)).letter_ids
        rows = {row['move']: row for row in letter.claim_details['interest']}
        self.assertEqual([rows[move.id]['reference'] for move in (own, abroad)], ['de', 'at'])
        self.assertEqual([rows[move.id]['margin'] for move in (own, abroad)], [9.0, 9.2])
        with self.subTest("and so it is computed anew"):
            letter.sudo()._set_sent()
            letter.charge_ids._follow_debt(self.company, self.customer.ids)
            self.assertFalse(letter.charge_ids.filtered('amount_corrected'))
        with self.subTest("a branch without a country"):
            self.branch.partner_id.country_id = False
            more = self._of_branch(day(-80), 500.0, partner_id=self.other.id)
            self.other.is_company = True
            self._climb(more)
            details = self._plan(day(0)).letter_ids.filtered(
                lambda one: one.partner_id == self.other).claim_details
            self.assertEqual(details['interest'][0]['reference'], 'de')

    def test_the_address_names_the_country_only_abroad(self):
        self._of_branch(day(-20))
        letter = self._plan(day(0)).letter_ids
        self.assertEqual(letter.company_id, self.branch)
        for branch, customer, expected in (
                ('austria', 'austria', False), ('austria', 'germany', "GERMANY"),
                (None, 'germany', False), (None, 'austria', "AUSTRIA")):
            with self.subTest(branch=branch, customer=customer):
                self.branch.partner_id.country_id = branch and getattr(self, branch)
                self.customer.country_id = getattr(self, customer)
                lines = letter._get_address_lines()
                self.assertEqual(lines[-1] if lines[-1].isupper() else False, expected)

    def test_the_account_is_the_one_that_the_invoice_names(self):
        account = self.env['res.partner.bank'].create({
            'acc_number': "4711", 'partner_id': self.branch.partner_id.id})
        invoice = self._of_branch(day(-20))
        letter = self._plan(day(0)).letter_ids
        for named, expected in (
                (False, account), (account, account), (self.bank_account, self.bank_account)):
            invoice.partner_bank_id = named
            self.assertEqual(letter._get_payment_bank(), expected)

    def test_the_deadline_is_a_working_day_where_the_letter_comes_from(self):
        self.policy.level_ids.payment_days = 10
        calendar = self.company.resource_calendar_id.copy({'company_id': self.branch.id})
        self.branch.resource_calendar_id = calendar
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'calendar_id': calendar.id, 'company_id': self.branch.id,
            'date_from': f'{day(10)} 00:00:00', 'date_to': f'{day(10)} 23:00:00'})
        self._invoice(day(-20), partner=self.other)
        self._of_branch(day(-20))
        deadlines = {letter.company_id: letter.deadline for letter in self._plan(day(0)).letter_ids}
        self.assertEqual(deadlines, {self.company: day(10), self.branch: day(11)})

    def test_the_sender_is_of_the_branch_or_the_company_above(self):
        for address, expected in (
                (False, 'clerk@example.com'), ('branch@example.at', 'branch@example.at'),
                ('branch@example.com', 'clerk@example.com')):
            with self.subTest(address=address):
                self.branch.email = address
                self.clerk.email = 'clerk@example.com'
                self.assertEqual(self.branch._choose_dunning_address(self.clerk), expected)
        self.branch.email = self.clerk.email = False
        self.assertEqual(
            self.branch._choose_dunning_address(self.clerk), 'accounts@example.com')
