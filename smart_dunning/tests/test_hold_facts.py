from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldFacts(HoldCommon):
    """The query behind the checkpoints: what it reads, and when it is composed anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.check = cls.env['dunning.hold.check']

    def _facts(self, partner=None, company=None):
        customer = partner or self.customer
        return self.check._get_facts(company or self.company, customer.ids)[customer.id]

    def _make_queries(self):
        """Return by name the queries behind the facts about the customer, and behind bounds."""
        return {
            name: get_query(self.company, self.customer.ids) for name, get_query in (
                ('facts', self.check._get_facts_query), ('bounds', self.check._get_bounds_query))}

    def test_nothing_is_read_of_other_customers(self):
        """Whoever asks about one customer does not read the ledger, nor the list of partners."""
        self.policy.partner_domain = "[('is_company', '=', True), ('country_id.code', '=', 'DE')]"
        invoice = self._overdue(1000.0)
        self._dispute(invoice)
        self._facts()                    # writes what is pending
        others = self.env['res.partner'].create([
            {'name': f"Customer {number}", 'is_company': True,
             'country_id': self.env.ref('base.de').id} for number in range(1000)])
        self._copy_row(self._terms(invoice), len(others), partner_id=others.ids)
        self.env.cr.execute("ANALYZE res_partner")
        for name, query in self._make_queries().items():
            read = self._count_rows_read(query)
            self.assertEqual('dunning_pause' in read, name == 'facts')
            self.assertEqual('account_move' in read, name == 'facts')
            for table in ('account_move_line', 'res_partner'):
                with self.subTest(table=table, query=name):
                    self.assertGreater(read[table], 0)
                    self.assertLess(read[table], 100)

    def test_nothing_is_read_of_orders_that_are_invoiced(self):
        """A customer of ten years has thousands of them."""
        order = self._order(5, confirm=True)
        self._facts()
        self._copy_row(order, 1000, dunning_to_invoice=0.0)
        for name, query in self._make_queries().items():
            read = self._count_rows_read(query)
            with self.subTest(query=name):
                self.assertGreater(read['sale_order'], 0)
                self.assertLess(read['sale_order'], 100)

    def _copy_row(self, record, count, **values):
        """Copy a record in the database, with these values: one for all, or a list of them.

        The planner is told: on a handful of rows it reads whole tables, and rightly.
        """
        self.env.flush_all()
        names = [field.name for field in record._fields.values()
                 if field.column_type and field.store and field.name != 'id'
                 and field.name not in values]
        table = SQL.identifier(record._table)
        self.env.cr.execute(SQL(
            """INSERT INTO %s (%s)
               SELECT %s FROM %s sample, generate_series(1, %s) number WHERE sample.id = %s""",
            table, SQL(", ").join(map(SQL.identifier, [*names, *values])),
            SQL(", ").join([
                *(SQL.identifier('sample', name) for name in names),
                *(SQL("(%s)[number]", value) if isinstance(value, list) else SQL("%s", value)
                  for value in values.values())]),
            table, count, record.id))
        self.env.cr.execute(SQL("ANALYZE %s", table))

    def _count_rows_read(self, query):
        """Rows that ``query`` looks at, by table: also those it then leaves out."""
        self.env.cr.execute(SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query))
        read = Counter()
        for node in self._walk(self.env.cr.fetchone()[0][0]['Plan']):
            if table := node.get('Relation Name'):
                rows = sum(node.get(key, 0) for key in (
                    'Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck'))
                read[table] += rows * node['Actual Loops']
        return read

    def _walk(self, node):
        yield node
        for part in node.get('Plans', ()):
            yield from self._walk(part)

    def test_agreements_are_asked_for_once_there_are_any(self):
        invoice = self._overdue(1000.0)
        self.assertEqual(self._facts()[1].overdue_amount, 1000)
        self.assertFalse(self.check._has_agreements(self.company.id, self.today))
        dispute = self._dispute(invoice)
        self.assertEqual(self._facts()[1].overdue_amount, 0)
        self.assertEqual(self._facts()[1].receivables, 1000)
        dispute.action_withdraw()
        self.assertEqual(self._facts()[1].overdue_amount, 1000)

    def test_workers_are_told_of_the_first_agreement_only(self):
        """What other workers believe is not to be seen here: they are told whenever in doubt."""
        clear = type(self.env.registry).clear_cache
        first, second = self._overdue(1000.0), self._overdue(500.0)
        with patch.object(type(self.env.registry), 'clear_cache', autospec=True,
                          side_effect=clear) as cleared:
            self._dispute(first, days=9)
            self.assertTrue(cleared.called)
            cleared.reset_mock()
            third = self._dispute(second, days=1)
            self.assertFalse(cleared.called)
            third.deadline = self.today + timedelta(days=30)
            self.assertFalse(cleared.called)

    def test_an_agreement_of_a_branch_is_known_at_its_root(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        self.env.user.company_ids |= branch
        self.clerk.company_ids |= branch
        self.env.invalidate_all()
        invoice = self._overdue(1000.0)
        self.assertFalse(self.check._has_agreements(self.company.id, self.today))
        self.assertFalse(self.check._has_agreements(branch.id, self.today))
        self._dispute(invoice)
        for company in (self.company, branch):
            with self.subTest(company=company.name):
                self.assertEqual(self._facts(company=company)[1].overdue_amount, 0)

    def test_a_query_is_composed_once(self):
        self._facts()
        self.check._get_bounds(self.company, self.customer.ids)
        for name in ('_compose_facts_query', '_compose_bounds_query'):
            compose = getattr(type(self.check), name)
            with patch.object(type(self.check), name, autospec=True,
                              side_effect=compose) as composed:
                self._facts()
                self._facts(self.other)
                self.check._get_bounds(self.company, self.other.ids)
                self.assertFalse(composed.called)

    def test_policies_that_depend_on_who_asks_and_when(self):
        other = self.policy.copy({'name': "Other"})
        cases = (
            ("[('is_company', '=', True)]", True),
            ("['|', ('country_id', 'in', [1, 2]), ('category_id', '=', 3)]", True),
            ("[('ref', '!=', False)]", True),
            ("[('category_id', 'child_of', 3)]", False),
            ("[('country_id.code', '=', 'DE')]", False),
            ("[('country_id', '=', 'Germany')]", False),
            ("[('user_id', '=', uid)]", False),
            ("[('create_date', '>', '-30d')]", False),
            ("[('name', 'ilike', 'x')]", False),
            ("[('parent_name', '=', 'Holding')]", False),
        )
        for domain, is_lasting in cases:
            with self.subTest(domain=domain):
                other.partner_domain = domain
                self.assertEqual(self.check._is_lasting(domain), is_lasting)
                self.assertIn(self._facts()[0], self.check._get_config(
                    self.company.id).terms.values())
        other.partner_domain = "[('user_id', '=', uid)]"
        other.hold_rule_ids = [Command.create({'trigger': 'manual', 'order_effect': 'block'})]
        self.customer.user_id = self.seller
        self.assertFalse(self._facts()[0].rules)
        found = self.check.with_user(self.seller).sudo()._get_facts(
            self.company, self.customer.ids)
        self.assertTrue(found[self.customer.id][0].rules)

    def test_a_changed_level_is_known_at_once(self):
        level = self.policy.level_ids[1]
        self._terms(self._overdue(1000.0)).sudo().dunning_level_id = level
        self.assertEqual(self._facts()[1].level_effect, 'none')
        level.write({'name': "Second and last", 'hold_effect': 'block'})
        facts = self._facts()[1]
        self.assertEqual(
            (facts.level_position, facts.level_name, facts.level_effect),
            (level.position, "Second and last", 'block'))

    def test_a_delivery_as_ordered_changes_nothing_for_the_debtor(self):
        order = self._order(5, confirm=True)
        queue = self.env['dunning.debtor.change']
        self._refresh_debtors()
        self._deliver(order.picking_ids)
        self.env.cr.precommit.run()
        self.assertFalse(queue.search([]))
        more = self._order(5, confirm=True)
        self._refresh_debtors()
        more.picking_ids.move_ids.quantity = 7
        self._deliver(more.picking_ids)
        self.env.cr.precommit.run()
        self.assertTrue(queue.search([('partner_id', '=', self.customer.id)]))

    def test_only_what_may_lift_a_hold_wakes_the_scheduler(self):
        """Core wakes it for what is due now, not for what comes a second later."""
        invoice = self._overdue(100.0)
        self.env.cr.precommit.run()
        crons = type(self.env['ir.cron'])
        with patch.object(crons, '_trigger', autospec=True) as trigger:
            self._order(5, confirm=True)
            self.env.cr.precommit.run()
            [(_cron, moment)] = [call.args for call in trigger.call_args_list]
            self.assertTrue(moment)
            trigger.reset_mock()
            cron = self.env.ref('smart_dunning.ir_cron_dunning_debtor').sudo()
            self.env['ir.cron.trigger'].sudo().create({'cron_id': cron.id, 'call_at': moment})
            self._order(5, confirm=True)
            self.env.cr.precommit.run()
            self.assertFalse(trigger.called, "the cron comes anyway")
            self._pay(invoice, 100.0, on=self.today)
            self.env.cr.precommit.run()
            self.assertIn((None,), [call.args[1:] for call in trigger.call_args_list])
