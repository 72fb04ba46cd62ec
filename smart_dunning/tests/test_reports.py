import random
from collections import defaultdict
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, file_open

from .claim_common import ClaimCommon
from .common import day

TODAY = day(0)
#: Days on which the nightly run works in the story.
RUNS = (-58, -40, -22, -3)
MODELS = (
    'dunning.ageing.report', 'dunning.recovery.report', 'dunning.payment.report',
    'dunning.promise.report', 'dunning.dispute.report', 'dunning.charge.report',
    'dunning.limit.report')
BI_VIEWS = {
    'open_items', 'debtors', 'days', 'forecasts', 'letters', 'recovery', 'charges', 'promises',
    'disputes', 'handovers'}


@tagged('post_install', '-at_install')
class TestReports(ClaimCommon):
    """Each figure equals what a slow count over the records says, on any ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_business_days = False
        cls.policy.level_ids[1:2].channel = 'print'
        cls.foreign = cls.env['res.currency'].create({
            'name': "TST", 'symbol': "T", 'rate_ids': [Command.create({
                'name': day(-400), 'rate': 2.0, 'company_id': cls.company.id})]})
        cls.startClassPatcher(freeze_time(TODAY))

    def _tell_story(self, seed=3, count=20, runs=RUNS):
        """Post invoices of two currencies, let runs write, and pay some of them."""
        dice = random.Random(seed)
        plans = []
        for number in range(count):
            due = day(-dice.randrange(-5, 120))
            invoice = self._invoice(
                due, float(dice.randrange(50, 900)), self.other if number % 3 else self.customer,
                currency_id=(self.foreign if number % 5 == 0 else self.company.currency_id).id)
            if dice.random() < 0.75:
                plans.append((due + timedelta(dice.randrange(-6, 80)), invoice, dice.random()))
        for date in [*(day(offset) for offset in runs), TODAY]:
            with freeze_time(date):
                for on, invoice, share in [plan for plan in plans if plan[0] <= date]:
                    amount = invoice.amount_residual if share < 0.6 else round(
                        invoice.amount_residual * share, 2)
                    if on <= TODAY:
                        self._pay(invoice, amount, on=max(on, invoice.date))
                plans = [plan for plan in plans if plan[0] > date]
                if date in map(day, runs):
                    self._run(date)
                    self._print_all()
        self.env['dunning.debtor']._refresh(company=self.company)
        self.env.flush_all()

    def _print_all(self):
        """Print what waits for it, and say so."""
        letters = self.env['dunning.letter'].search([
            ('company_id', '=', self.company.id), ('state', '=', 'ready')])
        if letters:
            letters.action_print()
            letters.action_printed()

    def _sum(self, model, groupby=(), aggregates=('amount:sum',), domain=()):
        rows = self.env[model]._read_group(
            [('company_id', '=', self.company.id), *domain], list(groupby), list(aggregates))
        return {row[:len(groupby)]: row[len(groupby):] for row in rows}

    # Ageing -------------------------------------------------------------------------------------

    def test_ageing_equals_the_ledger(self):
        self._tell_story(runs=())
        expected = defaultdict(float)
        for line in self.env['account.move.line'].search([
                ('company_id', '=', self.company.id), ('parent_state', '=', 'posted'),
                ('account_id.account_type', '=', 'asset_receivable'),
                ('reconciled', '=', False)]):
            days = (TODAY - line.date_maturity).days
            bucket = 'credit' if line.amount_residual < 0 else 'not_due' if days <= 0 else next(
                (str(age) for age in (30, 60, 90) if days <= age), 'older')
            expected[bucket] += line.amount_residual
        found = self._sum('dunning.ageing.report', ['bucket'])
        self.assertGreater(len(found), 3)
        self.assertEqual(
            {bucket: round(amount, 2) for (bucket,), (amount,) in found.items()},
            {bucket: round(amount, 2) for bucket, amount in expected.items()})

    def test_ages_stand_in_their_order(self):
        """Not in that of their codes, in groups, pivots and graphs alike."""
        for days in (100, -5, 10, 70, 40):
            self._invoice(day(-days), 100.0)
        self._credit_note(10.0, on=day(-1))
        report = self.env['dunning.ageing.report'].with_context(
            allowed_company_ids=self.company.ids)
        order = ['not_due', '30', '60', '90', 'older', 'credit']
        for given, expected in ((None, order), ('bucket desc', order[::-1])):
            with self.subTest(order=given):
                self.assertEqual([age for age, in report._read_group(
                    [], ['bucket'], [], order=given)], expected)
        self.assertEqual([row['bucket'] for row in report.formatted_read_group(
            [], ['bucket', 'partner_id'], ['amount:sum'])], order)

    def test_ageing_equals_the_debtors(self):
        self._tell_story(seed=8, runs=())
        names = ('amount_not_due', 'amount_30', 'amount_60', 'amount_90', 'amount_older')
        [figures] = self.env['dunning.debtor']._read_group(
            [('company_id', '=', self.company.id)], [], [f'{name}:sum' for name in names])
        found = self._sum('dunning.ageing.report', ['bucket'])
        for bucket, amount in zip(('not_due', '30', '60', '90', 'older'), figures, strict=True):
            self.assertAlmostEqual(found.get((bucket,), (0.0,))[0], amount, 2)

    # Recovery -----------------------------------------------------------------------------------

    def _rebuild_recovery(self, days):
        """Return {(level, channel): (asked, paid)} by asking each item for its payments."""
        sums = defaultdict(lambda: [0.0, 0.0])
        for line in self.env['dunning.letter.line'].search([
                ('company_id', '=', self.company.id), ('state', '=', 'sent')]):
            sent, item = line.letter_id.sent_date, line.move_line_id
            if sent + timedelta(days) > TODAY:
                continue
            asked = round(line.amount_residual * item.balance / item.amount_currency, 2)
            paid = sum(
                part.amount for part in item.matched_credit_ids
                if sent < part.max_date <= sent + timedelta(days)
                and part.credit_move_id.move_id.move_type != 'out_refund')
            group = sums[line.level_id, line.letter_id.channel]
            group[0] += asked
            group[1] += min(asked, paid)
        return sums

    def test_recovery_equals_a_slow_count(self):
        self._tell_story()
        some = False
        for days in (7, 14, 30):
            found = self._sum('dunning.recovery.report', ['level_id', 'channel'], [
                f'asked_{days}:sum', f'paid_{days}:sum', f'share_{days}:avg'],
                [(f'asked_{days}', '!=', False)])
            expected = self._rebuild_recovery(days)
            self.assertEqual(found.keys(), expected.keys())
            for key, (asked, paid) in expected.items():
                with self.subTest(days=days, level=key[0].name, channel=key[1]):
                    self.assertAlmostEqual(found[key][0], asked, 2)
                    self.assertAlmostEqual(found[key][1], paid, 2)
                    self.assertAlmostEqual(found[key][2], 100 * paid / asked, 4)
                    some |= 0 < paid < asked
        self.assertTrue(some)

    def test_recovery_counts_days_after_the_letter(self):
        """Paid on the day of the letter was paid before it; on day 7 in time; on day 8 not."""
        for offset, expected in ((0, 0.0), (1, 100.0), (7, 100.0), (8, 0.0)):
            with self.subTest(offset=offset), self.env.cr.savepoint() as savepoint:
                invoice = self._invoice(day(-30))
                with freeze_time(day(-15)):
                    self._run(day(-15))
                    self._print_all()
                self._pay(invoice, on=day(-15 + offset))
                [row] = self.env['dunning.recovery.report'].search([
                    ('move_id', '=', invoice.id)])
                self.assertEqual(row.paid_7, expected)
                self.assertEqual(row.share_7, expected)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_credited_is_not_recovered(self):
        invoice = self._invoice(day(-30))
        with freeze_time(day(-15)):
            self._run(day(-15))
            self._print_all()
        credit = self._credit_note(100.0, on=day(-10), date=day(-10), invoice_date=day(-10))
        (self._terms(invoice) | self._terms(credit)).reconcile()
        row = self.env['dunning.recovery.report'].search([('move_id', '=', invoice.id)])
        self.assertEqual((row.asked_14, row.paid_14), (100.0, 0.0))

    def test_a_page_of_recovery_is_a_part_of_all_of_it(self):
        self._tell_story()
        names = ['date', 'amount', 'paid_30', 'share_30']
        report = self.env['dunning.recovery.report'].with_user(self.clerk)
        domain = [('company_id', '=', self.company.id)]
        every = report.search_fetch(domain, names)
        self.assertGreater(len(every), 3)
        expected = [row[name] for row in every for name in names]
        report.invalidate_model()
        page = report.search_fetch(domain, names, offset=1, limit=2)
        self.assertEqual(page, every[1:3])
        with self.assertQueryCount(0):
            self.assertEqual([row[name] for row in page for name in names], expected[4:12])

    # Days late ----------------------------------------------------------------------------------

    def test_days_late_are_weighted_by_amount(self):
        self._pay(self._invoice(day(-40), 900.0), on=day(-40))
        self._pay(self._invoice(day(-40), 100.0), on=day(-10))
        self._invoice(day(-40), 500.0)                             # open: not paid
        found = self._sum('dunning.payment.report', [], [
            'days_late:avg', 'share_late:avg', 'amount:sum', '__count'])
        self.assertEqual(found[()], (3.0, 10.0, 1000.0, 2))

    def test_days_late_equal_a_slow_count(self):
        self._tell_story(5, runs=())
        for partner in (self.customer, self.other):
            amount = weighted = 0.0
            for line in self.env['account.move.line'].search([
                    ('partner_id', '=', partner.id), ('reconciled', '=', True),
                    ('move_id.move_type', '=', 'out_invoice'),
                    ('account_id.account_type', '=', 'asset_receivable')]):
                paid = max(line.matched_credit_ids.mapped('max_date'))
                amount += line.balance
                weighted += line.balance * (paid - line.date_maturity).days
            [found] = self._sum('dunning.payment.report', [], [
                'days_late:avg'], [('partner_id', '=', partner.id)]).values()
            self.assertTrue(amount)
            self.assertAlmostEqual(found[0], weighted / amount, 4)

    # Agreements, charges, limits ----------------------------------------------------------------

    def _promise(self, amount, paid, until=-5):
        with freeze_time(day(-20)):
            invoice = self._invoice(day(-30), amount)
            promise = self.env['dunning.promise'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'date': day(until), 'item_ids': [Command.set(self._terms(invoice).ids)]})
            promise.sudo().grace_days = 0
        if paid:
            self._pay(invoice, paid, on=day(-10))
        return promise

    def test_promises_kept_by_number_and_amount(self):
        self._promise(100.0, 100.0)
        self._promise(200.0, 50.0)
        self._promise(100.0, 0.0)
        self._promise(500.0, 0.0, until=5)                         # still open: not judged
        self.env['dunning.agreement']._update_all(self.company)
        [found] = self._sum('dunning.promise.report', [], [
            'judged:sum', 'kept:sum', 'share_kept:avg', 'share_kept_amount:avg']).values()
        self.assertEqual(found[:2], (3, 1))
        self.assertAlmostEqual(found[2], 100 / 3)
        self.assertAlmostEqual(found[3], 37.5)

    def test_disputes_by_reason(self):
        reason = self.env.ref('smart_dunning.dunning_pause_reason_price')
        for amount in (100.0, 300.0):
            dispute = self.env['dunning.dispute'].create({
                'move_id': self._invoice(day(-20), amount).id, 'reason_id': reason.id,
                'deadline': day(10)})
            dispute.sudo().date_opened = day(-8)
        dispute.action_reject()
        found = self._sum('dunning.dispute.report', ['reason_id'], [
            '__count', 'amount:sum', 'days:avg', 'share_justified:avg'])
        self.assertEqual(found[reason,], (2, 400.0, 8.0, 0.0))

    def test_charges_equal_a_slow_count(self):
        self._tell_story(4)
        charges = self.env['dunning.charge'].search([
            ('company_id', '=', self.company.id), ('is_withdrawn', '=', False)])
        self.assertTrue(charges)
        charges[:1]._waive("Goodwill")
        self.env.flush_all()
        for field in ('amount', 'amount_paid', 'amount_waived', 'amount_open'):
            expected = defaultdict(float)
            for one in charges:
                expected[one.kind] += one.currency_id._convert(
                    one[field], self.company.currency_id, self.company, one.date, round=False)
            found = self._sum('dunning.charge.report', ['kind'], [f'{field}:sum'])
            for kind, amount in expected.items():
                self.assertAlmostEqual(found[kind,][0], amount, 2, f"{field} of {kind}")

    def test_use_of_limits_weighs_by_limit(self):
        for partner, limit, amount in (
                (self.customer, 1000.0, 950.0), (self.other, 9000.0, 50.0)):
            partner.with_company(self.company).credit_limit = limit
            self._invoice(day(5), amount, partner)
        self.env['dunning.debtor']._refresh(company=self.company)
        [found] = self._sum('dunning.limit.report', [], ['limit_use:avg']).values()
        self.assertAlmostEqual(found[0], 10.0)
        self.assertEqual(
            {row.partner_id: row.band for row in self.env['dunning.limit.report'].search([
                ('company_id', '=', self.company.id)])},
            {self.customer: '90', self.other: '0'})

    def test_shares_of_several_companies_compare_money_with_money(self):
        """A hundred of a small currency is not a hundred of a big one."""
        elsewhere = self._create_company(name="Elsewhere", currency_id=self.foreign.id)
        debtors = self.env['dunning.debtor'].sudo()
        for company, exposure, limit in ((self.company, 100.0, 100.0), (elsewhere, 0.0, 200.0)):
            debtors.create({
                'company_id': company.id, 'partner_id': self.customer.id, 'exposure': exposure,
                'credit_limit': limit})
        self.env.flush_all()
        report = self.env['dunning.limit.report'].sudo().with_context(
            allowed_company_ids=[self.company.id, elsewhere.id])
        [[share]] = report._read_group(
            [('company_id', 'in', (self.company | elsewhere).ids)], [], ['limit_use:avg'])
        self.assertAlmostEqual(share, 50.0, msg="the rate is 2: both limits are worth the same")

    def test_shares_of_numbers_count_each_once(self):
        """Weights are for money: promises are counted whatever the currency of the company."""
        elsewhere = self._create_company(name="Elsewhere", currency_id=self.foreign.id)
        report = self.env['dunning.promise.report']
        spec = report._read_group_select('share_kept:avg', report._search([]))
        self.assertTrue(elsewhere)
        self.assertNotIn('CASE', spec.code)

    # Rights -------------------------------------------------------------------------------------

    def test_reports_are_of_own_companies_and_for_accounting(self):
        self._tell_story(6, 8, RUNS[-1:])
        stranger_company = self._create_company(name="Elsewhere")
        values = {'company_ids': [Command.set(stranger_company.ids)],
                  'company_id': stranger_company.id}
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager', **values)
        seller = new_test_user(
            self.env, 'seller', groups='sales_team.group_sale_manager',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        for model in MODELS:
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(stranger).search([]))
                with self.assertRaises(AccessError):
                    self.env[model].with_user(seller).search([])
                with self.assertRaises(AccessError):
                    self.env[model].with_user(self.manager).create({})
        rows = self.env['dunning.recovery.report'].with_user(self.clerk).search([])
        self.assertTrue(rows)
        self.assertEqual(rows.company_id, self.company)
        self.assertEqual(rows[0].action_open()['res_id'], rows[0].letter_id.id)
        with self.assertRaises(AccessError):
            rows[0].with_user(stranger).action_open()

    # Business intelligence ----------------------------------------------------------------------

    def _make_views(self):
        with file_open('smart_dunning/data/bi_views.sql') as script:
            text = script.read()
        # Within the transaction of the test.
        self.env.cr.execute(text.replace("BEGIN;\n", "", 1).replace("COMMIT;\n", ""))

    def _read(self, text, *values):
        self.env.flush_all()
        return self.env.execute_query(SQL(text, *values))

    def test_views_say_what_the_reports_say(self):
        self._tell_story(seed=5)
        self.env['dunning.snapshot']._store(self.company)
        for _time in range(2):                  # an upgrade runs them again
            self._make_views()
        found = {name for name, in self._read(
            "SELECT table_name FROM information_schema.views WHERE table_schema = 'dunning_bi'")}
        self.assertEqual(found, BI_VIEWS)
        company = self.company.id
        by_customer = dict(self._read("""
            SELECT customer_id, sum(amount) FROM dunning_bi.open_items
             WHERE company_id = %s GROUP BY customer_id""", company))
        self.assertEqual(
            {partner: round(float(amount), 2) for partner, amount in by_customer.items()},
            {partner.id: round(amount, 2) for (partner,), (amount,) in self._sum(
                'dunning.ageing.report', ['partner_id']).items()})
        debtors = self.env['dunning.debtor'].search([('company_id', '=', company)])
        self.assertEqual(
            sorted(self._read("""
                SELECT customer_id, overdue_amount::float8 FROM dunning_bi.debtors
                 WHERE company_id = %s""", company)),
            sorted((debtor.partner_id.id, debtor.overdue_amount) for debtor in debtors))
        [[paid, asked]] = self._read("""
            SELECT sum(paid_30)::float8, sum(amount)::float8 FROM dunning_bi.recovery
             WHERE company_id = %s AND sent_date <= %s""", company, day(-30))
        [(expected,)] = [row for row in self._sum(
            'dunning.recovery.report', [], ['paid_30:sum'],
            [('date', '<=', day(-30))]).values()]
        self.assertAlmostEqual(paid, expected, 2)
        self.assertTrue(0 < paid < asked)
        letters = self.env['dunning.letter'].search([('company_id', '=', company)])
        self.assertEqual(
            self._read("SELECT count(*), sum(amount_company)::float8 FROM dunning_bi.letters "
                       "WHERE company_id = %s", company),
            [(len(letters), sum(letters.mapped('amount_company')))])
        for view in sorted(BI_VIEWS):
            with self.subTest(view):
                self._read(f"SELECT * FROM dunning_bi.{view}")  # pylint: disable=sql-injection
        self.assertTrue(self._read(
            "SELECT 1 FROM dunning_bi.days WHERE company_id = %s AND date = %s", company, TODAY))
