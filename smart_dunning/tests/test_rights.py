from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import DunningCommon, day


class TestRights(DunningCommon):
    """Who may do what, by the interface and by remote call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {'company_id': cls.company.id, 'company_ids': [Command.set(cls.company.ids)]}
        cls.sales = new_test_user(
            cls.env, 'sales', groups='sales_team.group_sale_salesman_all_leads', **values)
        cls.warehouse = new_test_user(
            cls.env, 'warehouse', groups='stock.group_stock_manager', **values)
        cls.biller = new_test_user(
            cls.env, 'biller', groups='account.group_account_invoice', **values)
        cls.auditor = new_test_user(
            cls.env, 'auditor', groups='account.group_account_readonly', **values)
        cls.portal = new_test_user(cls.env, 'portal', groups='base.group_portal')
        cls._invoice(due=day(-20))
        cls.proposal = cls.env['dunning.run'].create({'company_id': cls.company.id, 'date': day(0)})
        cls.proposal.action_plan()
        cls.letter = cls.proposal.letter_ids
        cls.env['dunning.debtor']._refresh(company=cls.company)
        cls.debtor = cls.env['dunning.debtor'].search([('company_id', '=', cls.company.id)])

    def _may(self, user, operation, record):
        return record.with_user(user).has_access(operation)

    def test_matrix(self):
        pause = self.env['dunning.pause'].create({
            'partner_id': self.other.id, 'company_id': self.company.id, 'reason': "Talks",
            'date_until': day(5)})
        records = {
            'policy': self.policy, 'level': self.policy.level_ids[0], 'run': self.proposal,
            'letter': self.letter, 'line': self.letter.line_ids, 'debtor': self.debtor,
            'pause': pause,
        }
        nothing = dict.fromkeys(records, '')
        rights = {
            self.clerk: {'policy': 'r', 'level': 'r', 'run': 'rwu', 'letter': 'rw', 'line': 'r',
                         'debtor': 'rw', 'pause': 'rw'},
            self.manager: {'policy': 'rwu', 'level': 'rwu', 'run': 'rwu', 'letter': 'rw',
                           'line': 'r', 'debtor': 'rw', 'pause': 'rw'},
            self.auditor: dict.fromkeys(records, 'r'),
            self.sales: nothing, self.warehouse: nothing, self.biller: nothing,
            self.portal: nothing,
        }
        operations = {'r': 'read', 'w': 'write', 'u': 'unlink'}
        for user, expected in rights.items():
            for name, record in records.items():
                with self.subTest(user=user.login, record=name):
                    self.assertEqual(
                        ''.join(letter for letter, operation in operations.items()
                                if self._may(user, operation, record)), expected[name])

    def test_state_and_evidence_are_not_writable_by_call(self):
        letter, run = self.letter.with_user(self.clerk), self.proposal.with_user(self.clerk)
        for values in (
            {'state': 'sent'}, {'amount_due': 1.0}, {'sent_date': day(0)}, {'partner_id': 1},
            {'message_uid': 'x'}, {'document_id': False}, {'is_fate_unknown': True},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                letter.write(values)
        for values in ({'state': 'done'}, {'is_automatic': True}, {'is_released': True},
                       {'letter_ids': [Command.clear()]}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                run.write(values)
        with self.assertRaises(AccessError):
            self.env['dunning.letter'].with_user(self.clerk).create({'run_id': run.id})
        with self.assertRaises(AccessError):
            self.env['dunning.run'].with_user(self.clerk).create({'state': 'planned'})
        with self.assertRaises(AccessError):
            self.debtor.with_user(self.clerk).write({'overdue_amount': 0.0})
        self.debtor.with_user(self.clerk).user_id = self.clerk

    def test_levels_on_items_are_set_by_letters_alone(self):
        line = self.letter.line_ids.move_line_id
        for user in (self.clerk, self.biller):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line.with_user(user).write({'dunning_level_id': self.policy.level_ids[3].id})
        self._send(self.proposal)
        self.assertEqual(line.dunning_level_id.name, "Reminder")
        line.with_user(self.manager).write({'dunning_level_id': False, 'dunning_date': False})
        self.assertEqual(self.letter.line_ids.state, 'undone')
        again = self._run(day(30))
        self.assertEqual(again.letter_ids.level_id.name, "Reminder")
        self.assertEqual(again.letter_ids.state, 'sent')

    def test_actions_need_the_right(self):
        for user in (self.sales, self.warehouse, self.biller, self.auditor, self.portal):
            for action in ('action_plan', 'action_send', 'action_cancel', 'action_print_letters'):
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    getattr(self.proposal.with_user(user), action)()
            for action in ('action_approve', 'action_take_out', 'action_send', 'action_printed',
                           'action_called', 'action_retry', 'action_confirm_sent'):
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    getattr(self.letter.with_user(user), action)()

    def test_another_company_is_out_of_reach(self):
        other = self.setup_other_company(name="Other Ltd")['company']
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=other.id, company_ids=[Command.set(other.ids)])
        for record in (self.policy, self.proposal, self.letter, self.letter.line_ids, self.debtor):
            with self.subTest(model=record._name):
                self.assertFalse(self._may(stranger, 'read', record))
                self.assertFalse(self._may(stranger, 'write', record))
        with self.assertRaises(AccessError):
            self.env['dunning.run'].with_user(stranger).create({'company_id': self.company.id})
        wizard = self.env['dunning.activation'].with_user(stranger)
        with self.assertRaises(AccessError):
            wizard.create({'company_id': self.company.id}).action_activate()
        shared = self.env.ref('smart_dunning.dunning_policy_business')
        self.assertTrue(self._may(stranger, 'read', shared))
        self.assertFalse(self._may(stranger, 'write', shared))
        self.assertFalse(self._may(stranger, 'write', shared.with_context(
            active_test=False).level_ids[:1]))

    def test_sent_letters_are_evidence(self):
        self._send(self.proposal)
        for action in ('action_take_out', 'action_approve'):
            with self.subTest(action=action), self.assertRaises(UserError):
                getattr(self.letter, action)()
        with self.assertRaises(UserError):
            self.letter.with_user(self.clerk).write({'email': 'else@example.com'})
        with self.assertRaises(UserError):
            self.proposal.unlink()
        with self.assertRaises(UserError):
            self.letter.sudo().unlink()

    def test_cancelling_leaves_no_trace_but_the_run(self):
        invoice = self.letter.line_ids.move_id
        written = invoice.line_ids.mapped('write_date')
        self.proposal.with_user(self.clerk).action_cancel()
        self.assertRecordValues(self.proposal, [{'state': 'cancelled', 'letter_count': 0}])
        self.assertEqual(self.letter.state, 'cancelled')
        self.assertFalse(invoice.dunning_level_id)
        self.assertEqual(invoice.line_ids.mapped('write_date'), written)
        self.proposal.with_user(self.clerk).unlink()
        self.assertFalse(self.letter.exists())

    def test_html_in_names_stays_text(self):
        self.customer.name = '<b onclick="x()">Eve</b>'
        self._invoice(due=day(-20), amount=1000.0)
        run = self._plan(day(1))
        self.proposal.action_cancel()
        run = self._plan(day(1))
        with self._watch_mails() as mails:
            self._send(run)
        body = mails[0].get_body(('html',)).get_content()
        self.assertNotIn('<b onclick', body)
        self.assertIn('&lt;b onclick', body)

    def test_code_in_texts_is_for_template_editors(self):
        level = self.policy.level_ids[0].with_user(self.manager)
        level.body_html = '<p><t t-out="object.amount_text"/></p>'
        for values in ({'body_html': '<t t-out="object.env.cr"/>'},
                       {'subject': '{{ object.env.user.password }}'}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                level.write(values)
