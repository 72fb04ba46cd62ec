from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import LockError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..logic import ladder
from ..models.run import dunning_letter_text
from .common import MONDAY, DunningCommon, day

#: The last day of the calendar: where people put it who mean "for ever".
FOR_EVER = date(9999, 12, 31)
HUGE = 1e300


@tagged('post_install', '-at_install')
class TestBounds(DunningCommon):
    """Nobody types more than anybody means, and is told so in words."""

    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(MONDAY))
        self.invoice = self._invoice(day(-30), 500.0)
        self.reason = self.env['dunning.pause.reason'].search(
            [('usage', '=', 'dispute')], limit=1)

    def test_numbers_of_policies_levels_and_rules(self):
        rule = self.env['dunning.hold.rule'].create(
            {'policy_id': self.policy.id, 'trigger': 'overdue', 'days': 30})
        level = self.policy.level_ids[1]
        rate = self.env['dunning.rate'].create(
            {'reference': 'own', 'date_from': day(0), 'percent': 5.0})
        cases = [
            (self.policy, {'quiet_days': 999_999}), (self.policy, {'bank_guard_days': 10**9}),
            (self.policy, {'max_letters': 10**9}), (self.policy, {'min_balance': HUGE}),
            (self.policy, {'tolerance': HUGE}), (self.policy, {'promise_grace_days': 10**9}),
            (self.policy, {'installment_grace_days': 10**9}),
            (self.policy, {'installment_remind_days': 10**9}),
            (self.policy, {'promise_max': 10**9}), (self.policy, {'interest_margin': 1e6}),
            (level, {'delay': 5_000_000}), (level, {'delay': -5_000_000}),
            (level, {'payment_days': 10**9}), (level, {'min_amount': HUGE}),
            (level, {'fee_amount': HUGE}), (level, {'position': 10**6}),
            (rule, {'days': 999_999}), (rule, {'amount': HUGE}), (rule, {'level_position': 10**6}),
            (rate, {'percent': 1e6}),
        ]
        for record, values in cases:
            with self.subTest(values=values), mute_logger('odoo.sql_db'), self.assertRaises(
                    CheckViolation) as caught, self.env.cr.savepoint():
                record.write(values)
                record.flush_recordset()
            # What the web client shows instead.
            told = record._sql_error_to_message(caught.exception)
            self.assertRegex(told, r"must not|between|at most|start with")
            record.invalidate_recordset()

    def test_days_of_pauses_holds_releases_and_agreements(self):
        partner = {'partner_id': self.customer.id, 'company_id': self.company.id}
        release = self.env['dunning.release'].with_user(self.env.ref('base.user_admin'))
        cases = [
            ('dunning.pause', {**partner, 'reason': "Talks"}, 'date_until'),
            ('dunning.hold', {**partner, 'reason': "Rumours"}, 'date_until'),
            ('dunning.dispute', {'move_id': self.invoice.id, 'reason_id': self.reason.id},
             'deadline'),
            ('dunning.promise', partner, 'date'),
            ('dunning.installment.plan', partner, 'date_first'),
            ('dunning.run', {'company_id': self.company.id}, 'date'),
        ]
        for name, values, field in cases:
            for wrong in (FOR_EVER, date(1, 1, 2)):
                with self.subTest(model=name, day=wrong), self.assertRefused(
                        "day", ValidationError), self.env.cr.savepoint():
                    self.env[name].create({**values, field: wrong})
        for wrong in (FOR_EVER, day(-1)):
            with self.subTest(model='dunning.release', day=wrong), self.assertRefused(
                    "day", ValidationError), self.env.cr.savepoint():
                release.sudo().create({
                    **partner, 'max_amount': 5.0, 'reason': "Good", 'valid_until': wrong})

    def test_a_hold_does_not_end_before_it_begins(self):
        with self.assertRefused("day", ValidationError):
            self.env['dunning.hold'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'reason': "Rumours", 'date_until': day(-1)})

    def test_reasons_are_not_blank(self):
        partner = {'partner_id': self.customer.id, 'company_id': self.company.id}
        for name, values in (
                ('dunning.pause', {'date_until': day(5)}), ('dunning.hold', {}),
                ('dunning.release', {'max_amount': 5.0, 'valid_until': day(5)})):
            with self.subTest(model=name), self.assertRefused("few words", ValidationError), \
                    self.env.cr.savepoint():
                self.env[name].sudo().create({**partner, **values, 'reason': "   "})

    def test_no_more_is_promised_than_is_open(self):
        values = {'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(7)}
        for amount in (1e12, HUGE, 500.01):
            with self.subTest(amount=amount), self.assertRefused("can be promised"), \
                    self.env.cr.savepoint():
                self.env['dunning.promise'].create({**values, 'amount': amount})
        self.assertEqual(
            self.env['dunning.promise'].create({**values, 'amount': 500.0}).state, 'open')

    def test_texts_have_an_end(self):
        level = self.policy.level_ids[1]
        with self.assertRefused("characters", ValidationError):
            level.letter_text = f"<p>{'long ' * 200_000}</p>"
        # What is filled in may be longer than the text.
        letter = self._plan(day(0)).letter_ids
        with patch.object(dunning_letter_text, 'MOST_TEXT', 40), self.assertRefused(
                r"“Letter Text” of level “Reminder” has \d\d characters.*at most 40"):
            letter._render_text('letter_text')


@tagged('post_install', '-at_install')
class TestOneFailsAlone(DunningCommon):
    """Values from before the bounds, or from elsewhere: who has them is left out, nobody else."""

    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(MONDAY))
        self.invoice = self._invoice(day(-30), 500.0)
        self.good = self._invoice(day(-30), 300.0, self.other)

    def _force(self, record, **values):
        """Write values past the bounds, as an older database has them."""
        record.flush_recordset()
        for name, value in values.items():
            self.env.cr.execute(
                f"ALTER TABLE {record._table} DROP CONSTRAINT IF EXISTS "
                f"{record._table}_delay_sensible, DROP CONSTRAINT IF EXISTS "
                f"{record._table}_days_positive, DROP CONSTRAINT IF EXISTS "
                f"{record._table}_amounts_positive, DROP CONSTRAINT IF EXISTS "
                f"{record._table}_bounds_positive, DROP CONSTRAINT IF EXISTS "
                f"{record._table}_promises_positive")
            self.env.cr.execute(
                f"UPDATE {record._table} SET {name} = %s WHERE id = %s", (value, record.id))
        record.invalidate_recordset()
        self.env.registry.clear_cache()

    def _check_good_one(self):
        """Planning, refresh and forecast work for the other customer."""
        run = self._plan(day(0))
        self.assertIn(self.other, run.letter_ids.partner_id)
        self.env['dunning.debtor']._refresh_isolated(self.company)
        debtor = self.env['dunning.debtor'].search([
            ('partner_id', '=', self.other.id), ('company_id', '=', self.company.id)])
        self.assertEqual(debtor.overdue_amount, 300.0)
        return run

    def test_due_date_at_the_end_of_the_calendar(self):
        self.invoice.invoice_date_due = FOR_EVER
        run = self._check_good_one()
        self.assertNotIn(self.customer, run.letter_ids.partner_id)
        self.assertFalse(self.invoice.dunning_level_id)

    def test_pause_for_ever(self):
        pause = self.env['dunning.pause'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'reason': "Talks", 'date_until': day(5)})
        self._force(pause, date_until=FOR_EVER)
        run = self._check_good_one()
        self.assertNotIn(self.customer, run.letter_ids.partner_id)

    def test_pause_of_an_invoice_for_ever_is_shown(self):
        pause = self.env['dunning.pause'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'reason': "Talks", 'date_until': day(5), 'move_id': self.invoice.id})
        self._force(pause, date_until=FOR_EVER)
        self._check_good_one()
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertIn("Talks", debtor.agreement_text)

    def test_delays_periods_and_guards_of_millions(self):
        other_policy = self._make_policy("Other")
        self.other.with_company(self.company).dunning_policy_id = other_policy
        level = self.policy.level_ids.sorted('position')[1]
        for record, values in (
                (level, {'delay': 5_000_000}), (self.policy, {'quiet_days': 2**31 - 1}),
                (self.policy, {'bank_guard_days': 2**31 - 1}),
                (self.policy, {'promise_grace_days': 2**31 - 1}),
                (level, {'delay': 7, 'payment_days': 2**31 - 1})):
            with self.subTest(values=values):
                self._force(record, **values)
                self._check_good_one().action_cancel()

    def test_hold_rule_of_a_million_days_stops_no_order(self):
        rule = self.env['dunning.hold.rule'].create({
            'policy_id': self.policy.id, 'trigger': 'overdue', 'days': 30, 'amount': 1.0,
            'order_effect': 'block'})
        self._force(rule, days=2**31 - 1)
        order = self.env['sale.order'].sudo().create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'order_line': [
                Command.create({'product_id': self.product_a.id, 'price_unit': 10.0})]})
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_promise_with_grace_for_ever_does_not_stop_the_others(self):
        one = self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(2)})
        other = self.env['dunning.promise'].create({
            'partner_id': self.other.id, 'company_id': self.company.id, 'date': day(2)})
        self._force(one, grace_days=2**31 - 1)
        with freeze_time(day(20)):
            self.env['dunning.agreement']._update_all(self.company)
        self.assertEqual((one.state, other.state), ('open', 'broken'))

    @mute_logger('odoo.addons.smart_dunning.models.pause.dunning_agreement')
    def test_agreement_that_cannot_be_judged_stays_as_it_is(self):
        one, other = (self.env['dunning.promise'].create({
            'partner_id': partner.id, 'company_id': self.company.id, 'date': day(2)})
            for partner in (self.customer, self.other))
        model = self.env.registry['dunning.promise']
        original = model._set_state

        def set_state(promise, state, today):
            if promise == one:
                raise ZeroDivisionError
            return original(promise, state, today)
        with freeze_time(day(20)), patch.object(model, '_set_state', set_state):
            self.env['dunning.agreement']._update_all(self.company)
        self.assertEqual((one.state, other.state), ('open', 'broken'))

    @mute_logger('odoo.addons.smart_dunning.models.pause.dunning_agreement')
    def test_one_that_cannot_be_judged_is_found_by_halves(self):
        promises, judged = self.env['dunning.promise'].browse(range(1, 9)), []

        def update_each(some, _today):
            judged.append(len(some))
            if promises[3] in some:
                raise ZeroDivisionError
        with patch.object(self.env.registry['dunning.promise'], '_update_each', update_each):
            promises._update_isolated(day(0))
        self.assertEqual(judged, [8, 4, 2, 2, 1, 1, 4])

    def test_promise_of_somebody_who_is_gone_is_judged(self):
        one = self.env['dunning.promise'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(2)})
        self._force(one, create_uid=None)
        with freeze_time(day(20)):
            self.env['dunning.agreement']._update_all(self.company)
        self.assertEqual(one.state, 'broken')

    @mute_logger('odoo.addons.smart_dunning.models.run.dunning_run_plan',
                 'odoo.addons.smart_dunning.models.debtor.dunning_debtor_next_step')
    def test_customer_on_whom_nothing_can_be_decided(self):
        original = ladder.find_step
        line = self._terms(self.invoice)

        def find_step(levels, position, due, *args):
            if due == line.date_maturity:
                raise ZeroDivisionError
            return original(levels, position, due, *args)
        self.good.invoice_date_due = day(-29)
        with patch.object(ladder, 'find_step', find_step):
            run = self._check_good_one()
        self.assertNotIn(self.customer, run.letter_ids.partner_id)
        omission = run.omission_ids.filtered(lambda one: one.partner_id == self.customer)
        self.assertEqual((omission.reason, omission.amount), ('undecided', 500.0))

    @mute_logger('odoo.addons.smart_dunning.models.debtor.dunning_debtor_change')
    def test_debtor_whose_figures_cannot_be_computed(self):
        model = self.env.registry['dunning.debtor']
        original = model._collect_figures

        def collect_figures(debtors, company, partner_ids, *args):
            if self.customer.id in partner_ids:
                raise ZeroDivisionError
            return original(debtors, company, partner_ids, *args)
        with patch.object(model, '_collect_figures', collect_figures):
            self.env['dunning.debtor.change']._enqueue(
                {(self.company.id, partner.id) for partner in (self.customer, self.other)})
            self.env.cr.precommit.run()
            self.env['dunning.debtor']._refresh_queued(100)
        debtors = self.env['dunning.debtor'].search([('company_id', '=', self.company.id)])
        self.assertIn(self.other, debtors.partner_id)

    @mute_logger('odoo.addons.smart_dunning.models.policy.dunning_policy')
    def test_policy_whose_customers_cannot_be_read(self):
        broken = self._make_policy("Broken", sequence=1)
        self._force(broken, partner_domain="[('field_of_a_module_that_is_gone', '=', True)]")
        run = self._check_good_one()
        self.assertEqual(run.letter_ids.policy_id, self.policy)
        self.assertIn("Broken", "\n".join(run._get_policy_notes()))
        order = self.env['sale.order'].sudo().create({
            'partner_id': self.other.id, 'company_id': self.company.id, 'order_line': [
                Command.create({'product_id': self.product_a.id, 'price_unit': 10.0})]})
        order.action_confirm()
        self.assertEqual(order.state, 'sale')


@tagged('post_install', '-at_install')
class TestClearErrors(DunningCommon):
    """Whoever calls us wrongly reads a sentence, not a traceback."""

    def test_agreements_name_what_is_missing(self):
        for name, values, words in (
                ('dunning.dispute', {'move_id': False}, "choose the invoice"),
                ('dunning.dispute', {}, "choose the invoice"),
                ('dunning.dispute', {'move_id': 2**31 - 1}, "choose the invoice"),
                ('dunning.promise', {'date': day(5)}, "choose the customer"),
                ('dunning.promise', {'date': day(5), 'partner_id': 2**31 - 1},
                 "choose the customer"),
                ('dunning.installment.plan', {}, "choose the customer"),
                ('dunning.pause', {'reason': "x", 'date_until': day(300)}, "choose the customer"),
                ('dunning.hold', {'reason': "x"}, "choose the customer"),
                ('dunning.release', {'reason': "x", 'max_amount': 5, 'valid_until': day(300)},
                 "choose the customer")):
            with self.subTest(model=name, values=values), self.assertRefused(words), \
                    self.env.cr.savepoint():
                self.env[name].sudo().create(values)

    def test_partners_are_found_by_their_hold(self):
        self._invoice(day(-30), 500.0)
        self.env['dunning.hold'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'reason': "Rumours"})
        self.env['dunning.debtor']._refresh(company=self.company)
        both = self.customer | self.other
        for operator, value, expected in (
                ('=', 'block', self.customer), ('in', ['warn', 'block'], self.customer),
                ('=', 'clear', self.other), ('!=', 'clear', self.customer)):
            with self.subTest(operator=operator, value=value):
                self.assertEqual(self.env['res.partner'].search([
                    ('dunning_hold_state', operator, value), ('id', 'in', both.ids)]), expected)

    def test_report_of_an_unknown_id(self):
        with self.assertRefused("does not exist any more"):
            self.env['ir.actions.report']._render_qweb_pdf(
                'smart_dunning.letter_document', [2**31 - 1])

    def test_broken_text_tells_level_and_placeholder(self):
        self._invoice(day(-30), 500.0)
        level = self.policy.level_ids.sorted('position')[1]
        level.sudo().letter_text = '<p><t t-out="object.sallutation"/></p>'
        letter = self._plan(day(0)).letter_ids
        with mute_logger('odoo.addons.base.models.ir_qweb'), self.assertRefused(
                r"“Letter Text” of level “Reminder” \(policy Test\).*“object\.sallutation”"):
            letter._render_text('letter_text')
        level.sudo().subject = "{{ object.ammount_text }}"
        with mute_logger('odoo.addons.mail.models.mail_render_mixin'), self.assertRefused(
                r"“Subject”.*“object\.ammount_text”"):
            letter._render_text('subject')

    def test_charge_that_somebody_else_changes(self):
        charge = self.env['dunning.charge'].sudo().create({
            'company_id': self.company.id, 'partner_id': self.customer.id, 'kind': 'fee',
            'currency_id': self.company.currency_id.id, 'amount': 5.0, 'date': day(0)})
        model = self.env.registry['dunning.charge']
        with patch.object(model, 'lock_for_update', side_effect=LockError("raw")), \
                self.assertRefused("Somebody else is changing “.*”", LockError):
            charge._waive("Goodwill")
