import base64
import inspect
import json

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.api_doc.controllers.api_doc import parse_signature

from .common import day
from .hold_common import HoldCommon


class TestRemote(HoldCommon):
    """What programs far from the server may ask for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = {'company_id': cls.company.id, 'company_ids': [Command.set(cls.company.ids)]}
        cls.bot = new_test_user(
            cls.env, 'bot', groups='smart_dunning.group_dunning_remote', **own)
        cls.salesman = new_test_user(
            cls.env, 'remote_sales', groups='sales_team.group_sale_salesman', **own)
        cls.invoice = cls._overdue(300.0)
        cls.customer.write({'ref': "C-1", 'vat': False})
        cls.env['dunning.debtor']._refresh(company=cls.company)

    def _remote(self, user=None):
        return self.env(user=user or self.bot, su=False, context={})['dunning.remote']

    def _assert_plain(self, answer):
        """Whatever is answered fits into XML-RPC and JSON alike."""
        self.assertNotIn("null", json.dumps(answer).replace('"null"', ''))
        return answer

    # What the server publishes --------------------------------------------------------------------

    def test_every_method_is_explained(self):
        """On /doc each argument has a type and a sentence, each answer and each error a sentence.
        """
        model = self.env['dunning.remote']
        names = [
            name for name, method in inspect.getmembers(type(model), inspect.isfunction)
            if not name.startswith('_') and method.__module__.startswith(
                'odoo.addons.smart_dunning.')]
        self.assertGreater(len(names), 20)
        for name in names:
            method = getattr(type(model), name)
            with self.subTest(name):
                signature = parse_signature(method)
                self.assertIn('model', signature.api)
                self.assertTrue(signature.doc)
                self.assertTrue(signature.return_.doc)
                for parameter in signature.parameters.values():
                    self.assertTrue(parameter.annotation, parameter.name)
                    self.assertTrue(parameter.doc, parameter.name)
                self.assertLessEqual({'AccessError', 'MissingError'}, signature.raise_.keys())

    # Who may ------------------------------------------------------------------------------------

    def test_who_may_ask(self):
        for user, may in ((self.bot, True), (self.clerk, True), (self.manager, True),
                          (self.salesman, False), (new_test_user(
                              self.env, 'p_remote', groups='base.group_portal'), False)):
            for method, args in (
                    ('get_status', ()), ('preview', ()), ('get_debtors', ()), ('get_letters', ()),
                    ('get_promises', ()), ('get_disputes', ()), ('check', ()), ('get_figures', ()),
                    ('get_hold', (self.customer.id,)), ('plan', ())):
                with self.subTest(user=user.login, method=method), self.env.cr.savepoint():
                    call = getattr(self._remote(user), method)
                    if may:
                        self._assert_plain(call(*args))
                    else:
                        with self.assertRaises(AccessError):
                            call(*args)

    def test_the_group_gives_nothing_else(self):
        env = self.env(user=self.bot, su=False, context={})
        for model in ('dunning.run', 'dunning.letter', 'dunning.debtor', 'account.move',
                      'dunning.policy', 'dunning.remote.call'):
            with self.subTest(model=model), self.assertRaises(AccessError):
                env[model].search_read([], ['id'], limit=1)

    def test_other_companies_are_out_of_reach(self):
        elsewhere = self._create_company(name="Elsewhere")
        run = self.env['dunning.run'].with_company(elsewhere).sudo().create(
            {'company_id': elsewhere.id, 'date': day(0)})
        remote = self._remote()
        with self.assertRaises(MissingError):
            remote.get_debtors(company=elsewhere.id)
        with self.assertRaises(MissingError):
            remote.get_debtors(company="Elsewhere")
        for call in (remote.get_run, remote.send, remote.cancel):
            with self.assertRaises(MissingError):
                call(run.id)

    # Runs ---------------------------------------------------------------------------------------

    def test_preview_leaves_no_trace(self):
        counts = [self.env[model].search_count([]) for model in (
            'dunning.run', 'dunning.letter', 'dunning.omission')]
        found = self._assert_plain(self._remote().preview(date=self.today.isoformat()))
        self.assertEqual([letter['customer_id'] for letter in found['letters']],
                         self.customer.ids)
        self.assertEqual(found['letters'][0]['amount'], 300.0)
        self.assertEqual(counts, [self.env[model].search_count([]) for model in (
            'dunning.run', 'dunning.letter', 'dunning.omission')])

    def test_plan_approve_send(self):
        self.policy.level_ids.needs_approval = True
        remote = self._remote()
        run = self._assert_plain(remote.plan(date=self.today.isoformat(), call_key="k1"))
        self.assertEqual((run['state'], run['letters'], run['to_approve'], run['amount']),
                         ('planned', 1, 1, 300.0))
        letters = self._assert_plain(remote.get_letters(run_id=run['id']))
        self.assertEqual((letters['total'], letters['letters'][0]['amount_total']), (1, 300.0))
        approved = remote.approve(run_id=run['id'])
        self.assertEqual(approved['approved'], [letters['letters'][0]['id']])
        self.assertEqual(remote.send(run['id'])['state'], 'sending')
        self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(remote.get_run(run['id'])['state'], 'done')
        [pdf] = remote.get_letter_pdfs(approved['approved'])
        self.assertTrue(pdf['pdf'].startswith('JVBERi'))
        with self.assertRaises(UserError):
            remote.send(run['id'])

    def test_repeated_calls_do_nothing_twice(self):
        remote = self._remote()
        first = remote.plan(call_key="again")
        self.assertEqual(remote.plan(call_key="again"), first)
        self.assertNotEqual(remote.plan(call_key="other")['id'], first['id'])
        with self.assertRaisesRegex(UserError, "another call"):
            remote.plan(date="2026-01-01", call_key="again")
        # Keys are each caller's own.
        self.assertNotEqual(self._remote(self.clerk).plan(call_key="again")['id'], first['id'])

    def test_a_refused_call_may_be_repeated(self):
        remote = self._remote()
        with self.assertRefused("Reason"), self.env.cr.savepoint():
            remote.release("", "2099-01-01", customer=self.customer.id, max_amount=5, call_key="r")
        until = fields.Date.to_string(fields.Date.add(self.today, days=3))
        done = remote.release("Talks", until, customer="C-1", max_amount=5, call_key="r")
        self.assertEqual(done['customer_id'], self.customer.id)
        self.assertEqual(
            remote.release("Talks", until, customer="C-1", max_amount=5, call_key="r"), done)
        self.assertEqual(self.env['dunning.release'].search_count(
            [('partner_id', '=', self.customer.id)]), 1)
        self.assertEqual(self.env['dunning.release'].browse(done['id']).user_id, self.bot)

    def test_wrong_words(self):
        remote = self._remote()
        for call, pattern in (
                (lambda: remote.plan(date="31.12.2026"), "2026-12-31"),
                (lambda: remote.get_letters(state="gone"), "no state"),
                (lambda: remote.get_debtors(order="x; drop"), "none of"),
                (lambda: remote.get_debtors(limit="a"), "numbers"),
                (lambda: remote.get_debtors(customer="Nobody"), "no customer"),
                (lambda: remote.release("x", "2099-01-01"), "either"),
                (lambda: remote.approve(), "name a run"),
                (lambda: remote.approve(letter_ids=[2**31 - 1]), "no letters"),
                (lambda: remote.import_limits("x"), "list"),
                (lambda: remote.plan(call_key="x" * 101), "client key")):
            with self.subTest(pattern), self.assertRaisesRegex(UserError, pattern):
                call()

    # Customers ----------------------------------------------------------------------------------

    def test_customers_are_found(self):
        twins = [self._make_customer("Twin") for _number in range(2)]
        remote = self._remote().sudo()
        found = remote._find_customers(
            [self.customer.id, "C-1", "ANNA@example.com", "Anna Adler", "Twin", "Nobody"],
            self.company)
        self.assertEqual([found[key][0] for key in list(found)[:4]], [self.customer] * 4)
        self.assertIn("2 customers", found["Twin"][1])
        self.assertIn("no customer", found["Nobody"][1])
        self.assertFalse(found["Twin"][0] & twins[0])

    def test_hold_and_debtor_agree(self):
        self._rule()
        self.env['dunning.debtor']._refresh(company=self.company)
        hold = self._assert_plain(self._remote().get_hold("C-1"))
        [debtor] = self._remote().get_debtors(customer="C-1")['debtors']
        self.assertEqual((hold['state'], hold['overdue']), ('block', 300.0))
        self.assertEqual((debtor['hold'], debtor['overdue']), ('block', 300.0))
        self.assertTrue(hold['reasons'])

    # Limits -------------------------------------------------------------------------------------

    def test_limits_all_or_none(self):
        remote = self._remote()
        rows = [{'customer': "C-1", 'limit': "1.500,00", 'valid_until': "2030-12-31",
                 'reason': "Insurer"},
                {'customer': self.other.id, 'limit': 200}]
        said = self._assert_plain(remote.import_limits(rows))
        self.assertEqual([row['result'] for row in said['rows']], ['changed', 'changed'])
        self.assertFalse(said['applied'])
        bad = remote.import_limits([*rows, {'customer': "Nobody", 'limit': 1},
                                    {'customer': "C-1", 'limit': 1},
                                    {'customer': self.other.id, 'limit': "much"}], dry_run=False)
        self.assertEqual([row['result'] for row in bad['rows']],
                         ['changed', 'changed', 'error', 'error', 'error'])
        customer = self.customer.with_company(self.company)
        self.assertEqual(customer.credit_limit, 0.0)
        self.assertTrue(remote.import_limits(rows, dry_run=False)['applied'])
        self.assertEqual((customer.credit_limit, customer.dunning_limit_reason),
                         (1500.0, "Insurer"))
        self.assertEqual(customer.dunning_limit_change_ids[:1].user_id, self.bot)
        again = remote.import_limits(rows, dry_run=False)
        self.assertEqual([row['result'] for row in again['rows']], ['same', 'same'])

    def test_checks_all_or_none(self):
        remote = self._remote()

        def send(text, **values):
            return self._assert_plain(remote.import_checks(
                base64.b64encode(text.encode()).decode(), **values))
        good = "Reference;Limit;Valid until\nC-1;5000;2030-12-31\n"
        self.assertEqual(send(good)['rows'][0]['result'], 'changed')
        bad = send(good + "C-9;1;\n", dry_run=False)
        self.assertEqual([row['result'] for row in bad['rows']], ['changed', 'error'])
        checks = self.env['dunning.credit.check']
        self.assertFalse(checks.search_count([('partner_id', '=', self.customer.id)]))
        self.assertTrue(send(good, dry_run=False, call_key="c")['applied'])
        self.assertTrue(send(good, dry_run=False, call_key="c")['applied'])
        self.assertEqual(checks.search([('partner_id', '=', self.customer.id)]).amount_limit, 5000)
        self.assertEqual(send(good, dry_run=False)['rows'][0]['result'], 'same')
        for file in ("", "no base64!", 7, False):
            with self.subTest(file), self.assertRaisesRegex(UserError, "base64"):
                remote.import_checks(file)
        with self.assertRaisesRegex(UserError, "none of"):
            send(good, source='gossip')

    # Is all well? -------------------------------------------------------------------------------

    def test_status_tells_what_waits(self):
        remote = self._remote()
        run = remote.plan(date=self.today.isoformat())
        [status] = self._assert_plain(remote.get_status(self.company.id))
        self.assertEqual((status['last_run']['id'], status['alarms']), (run['id'], []))
        letters = self.env['dunning.letter'].search([('run_id', '=', run['id'])]).sudo()
        letters.state = 'failed'
        [status] = remote.get_status(self.company.id)
        self.assertEqual(status['waiting']['failed'], 1)
        self.assertEqual([alarm['code'] for alarm in status['alarms']], ['failed'])
        letters.is_fate_unknown = True
        [status] = remote.get_status(self.company.id)
        self.assertEqual([alarm['code'] for alarm in status['alarms']], ['unknown'])

    def test_check_names_what_is_missing(self):
        self.company.write({'email': False, 'dunning_active': True})
        self.env.ref('smart_dunning.ir_cron_dunning_send').active = False
        found = {row['code']: row for row in self._assert_plain(self._remote().check())}
        self.assertEqual(found['company_email']['level'], 'error')
        self.assertEqual(found['cron']['level'], 'error')
        self.assertEqual(found['levels']['level'], 'ok')
        self.policy.level_ids.unlink()
        found = {row['code']: row for row in self._remote().check()}
        self.assertEqual(found['levels']['level'], 'error')
