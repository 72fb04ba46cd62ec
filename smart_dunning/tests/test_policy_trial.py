from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestPolicyTrial(HoldCommon):
    """A policy is tried before it changes, and leaves no trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tried = cls.policy.with_user(cls.manager)
        cls.reminder = cls.policy.level_ids.filtered(lambda level: level.position == 2)

    def _count_rows(self):
        """Return the number of rows of every table of ours, and of what they could set off."""
        self.env.cr.flush()
        names = [model._table for name, model in self.env.registry.items()
                 if (name.startswith('dunning.') or name in (
                     'mail.message', 'mail.mail', 'mail.activity', 'ir.attachment',
                     'ir.cron.trigger', 'account.move', 'account.move.line', 'sale.order',
                     'stock.picking', 'res.partner', 'mail.tracking.value'))
                 and not model._abstract and not self.env[name]._transient and model._auto]
        return {name: self.env.execute_query(
            SQL("SELECT count(*) FROM %s", SQL.identifier(name))) for name in names}

    def test_an_old_item_in_a_currency_nobody_uses_any_more(self):
        currency = self.env['res.currency'].with_context(active_test=False).search(
            [('active', '=', False)], limit=1)
        currency.active = True
        self._overdue(300.0, days=90, currency_id=currency.id)
        currency.active = False
        self.assertTrue(self.tried.backtest())

    # What if ------------------------------------------------------------------------------------

    def test_letters_now_and_with_the_draft(self):
        self._overdue(300.0, days=5)
        self._overdue(80.0, days=8, partner=self.other)
        found = self.tried.preview_change(
            {'level_ids': [Command.update(self.reminder.id, {'delay': 4})]}, self.today)
        self.assertEqual(
            [(letter['partner'], letter['level'], letter['amount'])
             for letter in found['now']['letters']], [("Bernd Braun", "Reminder", 80.0)])
        self.assertEqual(
            {(letter['partner'], letter['level'], letter['amount'])
             for letter in found['draft']['letters']},
            {("Bernd Braun", "Reminder", 80.0), ("Anna Adler", "Reminder", 300.0)})
        self.assertEqual(found['levels'], [{
            'position': 2, 'level': "Reminder", 'now': 1, 'now_amount': 80.0, 'draft': 2,
            'draft_amount': 380.0}])

    def test_a_draft_equals_the_change_once_it_is_made(self):
        """What the draft foretells is what the run does after the change."""
        other = self._make_policy("Other", partner_domain=False)
        self._overdue(300.0, days=5)
        self._overdue(80.0, days=8, partner=self.other)
        self._overdue(20.0, days=60, partner=self.other)
        for values in (
            {'min_balance': 90.0}, {'tolerance': 50.0}, {'active': False}, {'quiet_days': 99},
            {'level_ids': [Command.update(self.reminder.id, {'min_amount': 85.0})]},
            {'level_ids': [Command.update(self.reminder.id, {'active': False})]},
            {'level_ids': [Command.delete(self.reminder.id)]},
            {'level_ids': [Command.create({
                **self._level_values(9, "New", 2), 'payment_days': 3})]},
            {'partner_domain': "[('name', '=', 'Anna Adler')]"},
        ):
            with self.subTest(values=values):
                told = self.tried.preview_change(values, self.today)['draft']['letters']
                with self.env.cr.savepoint() as savepoint:
                    self.policy.write(values)
                    run = self._plan(self.today)
                    made = [(letter.partner_id.id, letter.level_id.name)
                            for letter in run.letter_ids]
                    savepoint.rollback()
                self.env.registry.clear_cache()
                self.assertEqual(
                    sorted((letter['partner_id'], letter['level']) for letter in told),
                    sorted(made))
        # A policy that nobody has yet takes a customer over from the default one.
        found = other.with_user(self.manager).preview_change(
            {'partner_domain': "[('name', '=', 'Bernd Braun')]"}, self.today)
        self.assertEqual({letter['policy_id'] for letter in found['now']['letters']},
                         {self.policy.id})
        self.assertEqual({letter['policy_id'] for letter in found['draft']['letters']},
                         {other.id})

    def test_documents_that_would_be_held(self):
        self._overdue(300.0, days=40)
        order = self._order(1)
        delivery = self._order(1, confirm=True).picking_ids
        rule = {'trigger': 'overdue', 'days': 30, 'order_effect': 'block',
                'delivery_effect': 'warn'}
        found = self.tried.preview_change({'hold_rule_ids': [Command.create(rule)]}, self.today)
        self.assertFalse(found['now']['held'])
        self.assertEqual(
            {(held['model'], held['id'], held['state']) for held in found['draft']['held']},
            {('sale.order', order.id, 'block'), ('stock.picking', delivery.id, 'warn')})
        self.assertIn("300", found['draft']['held'][0]['reason'])
        # Nothing of the draft stays behind: the order passes.
        order.action_confirm()
        stored = self._rule(days=30)
        again = self.tried.preview_change(
            {'hold_rule_ids': [Command.delete(stored.id)]}, self.today)
        self.assertTrue(again['now']['held'])
        self.assertFalse(again['draft']['held'])

    def test_no_trace(self):
        self._overdue(300.0, days=40)
        self._order(1, confirm=True)
        self._rule(days=30, order='warn', delivery='warn')
        before, state = self._count_rows(), self.policy.read()
        values = {
            'min_balance': 5.0, 'level_ids': [Command.update(self.reminder.id, {'delay': 1})],
            'hold_rule_ids': [Command.clear(), Command.create({'trigger': 'manual'})]}
        self.tried.preview_change(values, self.today)
        self.tried.backtest(values=values)
        self.assertEqual(self._count_rows(), before)
        self.env.invalidate_all()
        self.assertEqual(self.policy.read(), state)
        self.assertFalse(self.env['dunning.debtor.change']._get_pending(self.company)
                         - set(self.customer.ids))

    def test_drafts_that_are_none(self):
        for values, pattern in (
            ({'colour': 'red'}, "no field colour"),
            ({'partner_domain': "[('nonsense', '=', 1)]"}, "cannot be tried"),
            ({'level_ids': [Command.update(self.reminder.id, {'position': 3})]},
             "its own position"),
        ):
            with self.subTest(values=values), self.assertRefused(pattern):
                self.tried.preview_change(values, self.today)

    def test_customers_are_named_by_what_the_user_may_read(self):
        """Who is found would tell what stands in it."""
        for domain in ("[('signup_type', '!=', False)]", "[('user_ids.totp_secret', '=', 'A')]"):
            with self.subTest(domain=domain):
                with self.assertRaises(UserError):
                    self.tried.preview_change({'partner_domain': domain}, self.today)
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self.tried.partner_domain = domain
        self.assertTrue(self.tried.preview_change(
            {'partner_domain': "[('country_id.code', '=', 'DE')]"}, self.today))

    def test_who_may_try(self):
        elsewhere = self._create_company(name="Elsewhere")
        for user in (self.clerk, self.seller, self.picker):
            for method in ('preview_change', 'backtest'):
                with self.subTest(user=user.login, method=method), \
                        self.assertRaises(AccessError):
                    getattr(self.policy.with_user(user), method)()
        with self.assertRaises(AccessError):
            self.tried.preview_change({}, self.today, elsewhere.id)

    # Back-test ----------------------------------------------------------------------------------

    def _past(self, days, paid_after=None, amount=100.0, partner=None):
        """Post an invoice that fell due so many days ago, paid so many days later."""
        due = self.today - timedelta(days=days)
        invoice = self._invoice(due, amount, partner)
        if paid_after is not None:
            self._pay(invoice, on=due + timedelta(days=paid_after))
        return invoice

    def test_letters_of_the_past(self):
        self.company.resource_calendar_id = False
        self._past(200, 2)
        self._past(150, 60, 250.0, self.other)
        self._past(100)
        self._rule(days=30, amount=50.0)
        found = self.tried.backtest(self.today - timedelta(days=365), None, {
            'level_ids': [Command.update(self.reminder.id, {'delay': 1})]})
        levels = {row['level']: row for row in found['now']['levels']}
        self.assertEqual(levels["Before due"]['letters'], 3)
        self.assertEqual((levels["Reminder"]['letters'], levels["Reminder"]['customers'],
                          levels["Reminder"]['amount']), (2, 2, 350.0))
        self.assertEqual(levels["Reminder"]['paid_before'], 1)
        self.assertEqual(levels["First"]['letters'], 2)
        self.assertEqual(found['now']['holds'], 2)
        draft = {row['level']: row for row in found['draft']['levels']}
        self.assertGreaterEqual(draft["Reminder"]['letters'], 2)
        self.assertEqual(found['customers'], 2)
        self.assertEqual(found['items'], 3)
        self.assertIn("not simulated", found['note'])

    def test_how_much_earlier(self):
        self._past(100)
        self._past(60, partner=self.other)
        levels = self.policy.level_ids.filtered('is_prenotice')
        values = {'level_ids': [Command.update(levels.id, {'delay': -17})]}
        found = self.tried.backtest(None, None, values)
        self.assertGreater(found['days_earlier'], 8.0)
        self.assertEqual((found['items_both'], found['items_draft_only']), (2, 0))
        self.assertEqual(self.tried.backtest()['days_earlier'], 0.0)

    def test_a_policy_that_nobody_has_is_tried_on_all(self):
        self._past(100)
        draft = self._make_policy("Draft", level_ids=[
            Command.create(self._level_values(1, "Only", 20))])
        found = draft.with_user(self.manager).backtest()
        self.assertEqual([row['level'] for row in found['draft']['levels']], ["Only"])
        self.assertGreater(found['now']['letters'], 1)
        self.assertLess(found['days_earlier'], 0)

    def test_the_time_must_be_over(self):
        for start, end in (
            (self.today, self.today + timedelta(days=5)), ('2020-01-01', '2025-01-01'),
            (self.today - timedelta(days=5), self.today - timedelta(days=9)),
        ):
            with self.subTest(start=start, end=end), self.assertRaises(UserError):
                self.tried.backtest(start, end)

    def test_queries_do_not_grow_with_the_ledger(self):
        def count():
            self.env.flush_all()
            self.tried.backtest()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.tried.backtest()
            return self.env.cr.sql_log_count - before
        self._past(100)
        few = count()
        for number in range(5):
            self._past(90, number, partner=self._make_customer(f"More {number}"))
        self.assertLessEqual(count(), few)

    # Screen -------------------------------------------------------------------------------------

    def test_the_screen(self):
        self._overdue(300.0, days=5)
        self._rule(days=30)
        form = Form(self.env['dunning.policy.trial'].with_user(self.manager).with_context(
            active_id=self.policy.id))
        form.quiet_days = 9
        with form.level_ids.edit(1) as line:
            line.delay = 4
        with form.rule_ids.new() as line:
            line.trigger = 'manual'
        trial = form.save()
        self.assertEqual(trial._get_values(), {
            'quiet_days': 9,
            'level_ids': [Command.update(self.reminder.id, {'delay': 4})],
            'hold_rule_ids': [Command.create({
                'trigger': 'manual', 'days': 0, 'amount': 0.0, 'level_position': 0,
                'order_effect': 'warn', 'reservation_effect': 'none', 'delivery_effect': 'warn'})],
        })
        trial.action_preview()
        self.assertIn("Anna Adler", trial.result)
        trial.action_backtest()
        self.assertIn("not simulated", trial.result)
        self.assertEqual(self.policy.quiet_days, 5)
        trial.action_apply()
        self.assertEqual((self.policy.quiet_days, self.reminder.delay), (9, 4))
        self.assertEqual(len(self.policy.hold_rule_ids), 2)
