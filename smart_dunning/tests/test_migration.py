from datetime import date

from psycopg2.extras import Json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger
from odoo.tools.sql import column_exists, table_exists

from .common import DunningCommon, day

#: The tables of OCA's account_credit_control and of account_followup as far as we read them, for
#: databases without these addons. With OCA's installed, its own are used.
TABLES = {
    'credit_control_policy': "name varchar, active bool, company_id int, do_nothing bool",
    'credit_control_policy_level': (
        "name jsonb, policy_id int, level int, computation_mode varchar, delay_days int, "
        "channel varchar, custom_text jsonb, custom_mail_text jsonb, "
        "custom_text_after_details jsonb"),
    'credit_control_line': (
        "move_line_id int, policy_level_id int, state varchar, date date, date_sent date, "
        "manually_overridden bool"),
    'account_followup_followup_line': (
        "name jsonb, delay int, company_id int, send_email bool, send_letter bool, "
        "auto_execute bool"),
}
COLUMNS = {
    'res_partner': {
        'credit_policy_id': 'int', 'credit_currency': 'varchar', 'manual_credit_currency_id': 'int',
        'risk_invoice_unpaid_limit': 'numeric'},
    'account_move': {'credit_policy_id': 'int'},
    'account_move_line': {'followup_line_id': 'int', 'last_followup_date': 'date'},
}


class MigrationCommon(DunningCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.is_real = table_exists(cls.env.cr, 'credit_control_policy')
        for table, columns in TABLES.items():
            if not table_exists(cls.env.cr, table):
                cls.env.cr.execute(f"CREATE TABLE {table} (id serial PRIMARY KEY, {columns})")
        for table, columns in COLUMNS.items():
            for column, kind in columns.items():
                if not column_exists(cls.env.cr, table, column):
                    cls.env.cr.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        cls.system = new_test_user(
            cls.env, 'settings', groups='base.group_system,smart_dunning.group_dunning_manager',
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])

    def _insert(self, table, **values):
        """Insert a row of another addon: by its model where it is installed, else by SQL."""
        model = {'credit_control_policy': 'credit.control.policy',
                 'credit_control_policy_level': 'credit.control.policy.level',
                 'credit_control_line': 'credit.control.line'}.get(table)
        if self.is_real and model:
            record = self.env[model].sudo().create(
                {name: value['en_US'] if isinstance(value, dict) else value
                 for name, value in values.items()} | self._get_required(table, values))
            self.env.flush_all()
            return record.id
        columns = SQL(", ").join(SQL.identifier(name) for name in values)
        texts = [_to_json(value) for value in values.values()]
        [[row]] = self.env.execute_query(SQL(
            "INSERT INTO %s (%s) VALUES (%s) RETURNING id", SQL.identifier(table), columns,
            SQL(", ").join(SQL("%s", text) for text in texts)))
        return row

    def _get_required(self, table, values):
        """Return what OCA's models ask for besides what we read."""
        if table == 'credit_control_policy':
            return {'account_ids': [
                Command.set(self.company_data['default_account_receivable'].ids)]}
        if table == 'credit_control_policy_level':
            return {'email_template_id': self.env.ref(
                'account_credit_control.email_template_credit_control_base').id}
        line = self.env['account.move.line'].browse(values['move_line_id'])
        return {
            'date_due': line.date_maturity, 'partner_id': line.partner_id.id,
            'invoice_id': line.move_id.id, 'channel': 'email', 'amount_due': line.balance,
            'balance_due': line.balance}

    def _make_policy_of_oca(self):
        """Return the ids of a policy of OCA's addon with three levels, and of the levels."""
        policy = self._insert(
            'credit_control_policy', name="3 times", active=True, do_nothing=False,
            company_id=self.company.id)
        levels = [self._insert(
            'credit_control_policy_level', policy_id=policy, level=number,
            name={'en_US': name}, computation_mode=mode, delay_days=delay, channel=channel,
            custom_text={'en_US': "Please <pay>"}, custom_mail_text={'en_US': "<p>Dear</p>"})
            for number, name, mode, delay, channel in (
                (1, "Friendly", 'net_days', 10, 'email'), (2, "Firm", 'end_of_month', 30, 'email'),
                (5, "Last", 'previous_date', 10, 'letter'))]
        return policy, levels

    def _letter(self, invoice, level, sent, state='sent'):
        self._insert(
            'credit_control_line', move_line_id=self._terms(invoice).id, policy_level_id=level,
            state=state, date=sent, date_sent=sent, manually_overridden=False)

    @staticmethod
    def _terms(invoice):
        return invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')

    def _take_over(self, source='oca', **values):
        wizard = self.env['dunning.migration'].with_user(self.system).create(
            {'source': source, **values})
        wizard.action_import()
        self.env.invalidate_all()
        return wizard

    def _get_counts(self, wizard):
        return [(line.what, line.count) for line in wizard.line_ids]


def _to_json(value):
    return Json(value) if isinstance(value, dict) else value


@tagged('post_install', '-at_install')
class TestTakeOver(MigrationCommon):
    """From OCA's addons: policies, levels reached, exceptions and limits."""

    def test_a_look_stores_nothing(self):
        _policy, levels = self._make_policy_of_oca()
        invoice = self._invoice(day(-40))
        self._letter(invoice, levels[1], day(-20))
        policies = self.env['dunning.policy'].with_context(active_test=False).search_count([])
        wizard = self.env['dunning.migration'].with_user(self.system).create({})
        self.assertEqual(wizard.source, 'oca')
        wizard.action_check()
        counts = self._get_counts(wizard)           # OCA's addon brings policies of its own
        self.assertIn(('policy', 3), counts)
        self.assertEqual([count for what, count in counts if what == 'level'], [1])
        self.assertFalse(any(wizard.line_ids.mapped('is_done')))
        self.assertFalse(self._terms(invoice).dunning_level_id)
        self.assertEqual(policies, self.env['dunning.policy'].with_context(
            active_test=False).search_count([]))

    def test_policies_come_as_drafts_and_once(self):
        self._make_policy_of_oca()
        self._take_over()
        policy = self.env['dunning.policy'].with_context(active_test=False).search(
            [('name', 'like', "3 times")])
        self.assertRecordValues(policy, [
            {'active': False, 'auto_send': False, 'company_id': self.company.id}])
        self.assertRecordValues(policy.level_ids, [
            {'position': 1, 'name': "Friendly", 'delay': 10, 'delay_from': 'due_date',
             'channel': 'email'},
            {'position': 2, 'name': "Firm", 'delay': 30, 'delay_from': 'month_end',
             'channel': 'email'},
            {'position': 3, 'name': "Last", 'delay': 10, 'delay_from': 'previous_letter',
             'channel': 'print'}])
        self.assertIn("Please &lt;pay&gt;", policy.level_ids[0].letter_text)
        self.assertIn("Dear", policy.level_ids[0].body_html)
        self.assertTrue(policy.level_ids[0].subject)
        policy.level_ids[0].delay = 12
        self._take_over()
        self.assertEqual(policy, self.env['dunning.policy'].with_context(
            active_test=False).search([('name', 'like', "3 times")]))
        self.assertEqual(policy.level_ids[0].delay, 12)

    def test_the_next_letter_has_the_next_level(self):
        """Two letters of the other addon: ours goes on with the third after the due date."""
        _policy, levels = self._make_policy_of_oca()
        invoice, fresh = self._invoice(day(-60)), self._invoice(day(-60), partner=self.other)
        self._letter(invoice, levels[0], day(-50))
        self._letter(invoice, levels[1], day(-30))
        self._letter(invoice, levels[2], day(-1), state='to_be_sent')       # never went out
        self._take_over()
        # A note before the due date, a reminder, the first and the last letter.
        _note, reminder, first, last = self.policy.level_ids
        self.assertRecordValues(self._terms(invoice), [
            {'dunning_level_id': first.id, 'dunning_date': day(-30)}])
        self.assertFalse(self._terms(fresh).dunning_level_id)
        letters = {letter.partner_id: letter.level_id for letter in self._plan(day(0)).letter_ids}
        self.assertEqual(letters, {self.customer: last, self.other: reminder})

    def test_levels_of_the_policies_taken_over(self):
        _policy, levels = self._make_policy_of_oca()
        invoice = self._invoice(day(-60))
        self._letter(invoice, levels[1], day(-30))
        self._take_over()
        before = self._terms(invoice).dunning_level_id
        self._take_over(levels_of='imported')
        item = self._terms(invoice)
        self.assertNotEqual(item.dunning_level_id, before)
        self.assertRecordValues(item.dunning_level_id, [{'name': "Firm", 'position': 2}])

    def test_twice_is_once(self):
        _policy, levels = self._make_policy_of_oca()
        self._letter(self._invoice(day(-60)), levels[0], day(-30))
        self._take_over()
        wizard = self._take_over()
        self.assertNotIn('level', [what for what, _count in self._get_counts(wizard)])

    def test_what_we_dunned_stays(self):
        _policy, levels = self._make_policy_of_oca()
        invoice = self._invoice(day(-60))
        run = self._run(day(-20))
        self.assertTrue(run.letter_ids)
        reached = self._terms(invoice).dunning_level_id
        self._letter(invoice, levels[2], day(-1))
        wizard = self._take_over()
        self.assertEqual(self._terms(invoice).dunning_level_id, reached)
        self.assertIn(('left', 1), self._get_counts(wizard))

    def test_whom_nobody_dunned_is_left_in_peace(self):
        self._make_policy_of_oca()
        idle = self._insert('credit_control_policy', name="No follow", active=True,
                            do_nothing=True, company_id=self.company.id)
        self._invoice(day(-60))
        other = self._invoice(day(-60), partner=self.other)
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET credit_policy_id = %s WHERE id = %s",
                            [idle, self.customer.id])
        self.env.cr.execute("UPDATE account_move SET credit_policy_id = %s WHERE id = %s",
                            [idle, other.id])
        self.env.invalidate_all()
        self._take_over()
        self.assertTrue(other.no_followup)
        self.assertFalse(self._plan(self.company._get_dunning_today()).letter_ids)
        wizard = self._take_over()
        self.assertNotIn('pause', [what for what, _count in self._get_counts(wizard)])

    def test_limits_in_another_currency(self):
        currency = self.setup_other_currency('CHF', rates=[('2020-01-01', 2.0)])
        self.customer.credit_limit, self.other.credit_limit = 1000.0, 500.0
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET credit_currency = 'manual', manual_credit_currency_id = %s,"
            " risk_invoice_unpaid_limit = 10 WHERE id = %s", [currency.id, self.customer.id])
        self.env.invalidate_all()
        self.company.account_use_credit_limit = False
        wizard = self._take_over()
        self.assertEqual(self.customer.credit_limit, 500.0)
        self.assertEqual(self.other.credit_limit, 500.0)
        self.assertTrue(self.company.account_use_credit_limit)
        self.assertIn("CHF", self.customer.dunning_limit_reason)
        self.assertIn(('left', 1), self._get_counts(wizard))
        self._take_over()
        self.assertEqual(self.customer.credit_limit, 500.0)         # not once more

    def test_settings_alone(self):
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                self.env['dunning.migration'].with_user(user).create({})

    def test_all_or_nothing(self):
        """A level that we refuse takes nothing over."""
        policy, _levels = self._make_policy_of_oca()
        self._insert(
            'credit_control_policy_level', policy_id=policy, level=9, name={'en_US': "Odd"},
            computation_mode='net_days', delay_days=90_000, channel='email',
            custom_text={'en_US': "x"}, custom_mail_text={'en_US': "x"})
        with mute_logger('odoo.sql_db'), self.assertRaises(Exception), \
                self.env.cr.savepoint():                                # noqa: B017
            self._take_over()
        self.assertFalse(self.env['dunning.policy'].with_context(active_test=False).search(
            [('name', 'like', "3 times")]))


@tagged('post_install', '-at_install')
class TestTakeOverFollowUp(MigrationCommon):
    """From Enterprise's addon, by its documented field names: its code was not at hand."""

    def test_levels_and_history(self):
        levels = [self._insert(
            'account_followup_followup_line', name={'en_US': name}, delay=delay,
            company_id=self.company.id, send_email=email, send_letter=True, auto_execute=True)
            for name, delay, email in (("15 Days", 15, True), ("30 Days", 30, False))]
        invoice = self._invoice(day(-60))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET followup_line_id = %s, last_followup_date = %s"
            " WHERE id = %s", [levels[1], date(2026, 2, 1), self._terms(invoice).id])
        self._take_over('enterprise', levels_of='imported')
        item = self._terms(invoice)
        self.assertEqual(item.dunning_date, date(2026, 2, 1))
        self.assertRecordValues(item.dunning_level_id.policy_id.with_context(
            active_test=False).level_ids, [
                {'position': 1, 'name': "15 Days", 'delay': 15, 'channel': 'email'},
                {'position': 2, 'name': "30 Days", 'delay': 30, 'channel': 'print'}])
        self.assertRecordValues(item.dunning_level_id, [{'position': 2}])

    def test_without_the_addon(self):
        self.env.cr.execute("DROP TABLE account_followup_followup_line")
        with self.assertRefused("Nothing of that addon", UserError):
            self._take_over('enterprise')
