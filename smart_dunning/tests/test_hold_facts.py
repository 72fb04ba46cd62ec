from collections import Counter
from dataclasses import replace
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..logic import exposure
from ..models.hold.triggers import TRIGGERS, Trigger
from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestHoldFacts(HoldCommon):
    """The query behind the checkpoints: what it reads, and what others add to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.check = cls.env['dunning.hold.check']

    def _facts(self, partner=None, company=None):
        customer = partner or self.customer
        return self.check._get_facts(company or self.company, customer.ids)[customer.id]

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
        read = self._count_rows_read()
        for table in ('account_move_line', 'res_partner', 'dunning_pause'):
            with self.subTest(table=table):
                self.assertGreater(read[table], 0)
                self.assertLess(read[table], 100)

    def test_nothing_is_read_of_orders_that_are_invoiced(self):
        """A customer of ten years has thousands of them."""
        order = self._order(5, confirm=True)
        self._facts()
        self._copy_row(order, 1000, dunning_to_invoice=0.0)
        read = self._count_rows_read()
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

    def _count_rows_read(self):
        """Rows that are looked at for the customer, by table: also those then left out."""
        query = self.check._get_facts_query(self.company, self.customer.ids)
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

    def test_a_dispute_counts_at_once_and_as_long_as_it_runs(self):
        invoice = self._overdue(1000.0)
        self.assertEqual(self._facts()[1].overdue_amount, 1000)
        dispute = self._dispute(invoice)
        self.assertEqual(self._facts()[1].overdue_amount, 0)
        self.assertEqual(self._facts()[1].receivables, 1000)
        dispute.action_withdraw()
        self.assertEqual(self._facts()[1].overdue_amount, 1000)

    def test_an_agreement_of_a_branch_is_known_at_its_root(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        self.env.user.company_ids |= branch
        self.clerk.company_ids |= branch
        self.env.invalidate_all()
        self._dispute(self._overdue(1000.0))
        for company in (self.company, branch):
            with self.subTest(company=company.name):
                self.assertEqual(self._facts(company=company)[1].overdue_amount, 0)

    def test_a_changed_payment_term_counts_at_once(self):
        """Nothing that depends on it is kept."""
        self._rule('terms')
        term = self.credit_term.copy()
        self.policy.hold_max_term_id = term
        self.assertEqual(self._facts()[0].max_days, 30)
        term.line_ids.nb_days = 14
        self.assertEqual(self._facts()[0].max_days, 14)
        self.customer.property_payment_term_id = term
        self.assertEqual(self._facts()[1].credit_days, 14)
        with self.assertRefused("14"):
            self._order(confirm=True)

    def test_policies_that_depend_on_who_asks_and_when(self):
        """A policy's customers are found anew for everybody who asks."""
        other = self.policy.copy({'name': "Other", 'sequence': 0})
        other.hold_rule_ids = [Command.create({'trigger': 'manual', 'order_effect': 'block'})]
        tag = self.env['res.partner.category'].create({'name': "Tag"})
        child = tag.create({'name': "Child", 'parent_id': tag.id})
        self.customer.write({
            'category_id': [Command.set(child.ids)], 'user_id': self.seller.id,
            'country_id': self.env.ref('base.de').id, 'is_company': True})
        for domain, matches in (
                ("[('is_company', '=', True)]", True),
                (f"[('category_id', 'child_of', {tag.id})]", True),
                (f"[('category_id', '=', {tag.id})]", False),
                ("[('country_id.code', '=', 'DE')]", True),
                ("[('country_id', '=', 'Germany')]", True),
                ("[('create_date', '>', '-30d')]", True),
                ("[('create_date', '<', '-30d')]", False),
                ("[('user_id', '=', uid)]", False)):
            with self.subTest(domain=domain):
                other.partner_domain = domain
                self.assertEqual(bool(self._facts()[0].rules), matches)
        found = self.check.with_user(self.seller).sudo()._get_facts(
            self.company, self.customer.ids)
        self.assertTrue(found[self.customer.id][0].rules)
        child.parent_id = False
        other.partner_domain = f"[('category_id', 'child_of', {tag.id})]"
        self.assertFalse(self._facts()[0].rules)

    def test_a_fact_that_another_addon_adds_decides(self):
        """As docs/developer.md says: what `_get_facts` adds counts at every checkpoint."""
        read = type(self.check)._get_facts

        def add_debt(check, company, partner_ids):
            return {
                partner_id: (terms, replace(facts, receivables=facts.receivables + 5000.0))
                for partner_id, (terms, facts) in read(check, company, partner_ids).items()}

        self._rule('over_limit')
        self.customer.credit_limit = 1000
        passed, held = self._order(2, confirm=True), self._order(3)
        self.patch(type(self.check), '_get_facts', add_debt)
        with self.assertRefused("limit"):
            held.action_confirm()
        self.assertEqual(held.dunning_hold_state, 'block')
        with self.assertRefused("limit"):
            self._deliver(passed.picking_ids)

    def test_a_trigger_that_another_addon_adds(self):
        """A finder, a column that is read for it alone, and its words: one entry, one method."""
        def find_foreign(_rule, facts, _terms, _request, _today, _compare):
            return exposure.Reason('foreign', exposure.NONE, text=facts.extra['country']) \
                if facts.extra.get('country') else None

        triggers = {**TRIGGERS, 'foreign': Trigger(
            find_foreign, '_describe_foreign', "From abroad", {'country': '_get_country_column'})}
        check = type(self.check)
        self.patch(check, '_get_triggers', lambda self: triggers)
        check._describe_foreign = lambda self, reason, company, day: f"Abroad: {reason.text}"
        check._get_country_column = lambda self, *args: SQL(
            "(SELECT code FROM res_country WHERE id = res_partner.country_id)")
        self.addCleanup(delattr, check, '_describe_foreign')
        self.addCleanup(delattr, check, '_get_country_column')
        rule = self._rule('manual')
        self.env.cr.execute(SQL(
            "UPDATE dunning_hold_rule SET trigger = 'foreign' WHERE id = %s", rule.id))
        rule.invalidate_recordset(['trigger'])
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        self.customer.country_id = False
        self._order(confirm=True)
        self.customer.country_id = self.env.ref('base.fr')
        with self.assertRefused("Abroad: FR"):
            self._order(confirm=True)

    def test_an_unknown_reason_has_no_words(self):
        with self.assertRaisesRegex(ValueError, "insured"):
            self.check._get_reason_text(
                exposure.Reason('insured', exposure.BLOCK), self.company)

    def test_every_trigger_of_the_selection_is_found_and_described(self):
        rules = dict(self.env['dunning.hold.rule']._fields['trigger'].selection)
        triggers = self.check._get_triggers()
        self.assertEqual(rules, {
            code: trigger.label for code, trigger in triggers.items() if trigger.find})
        for code, trigger in triggers.items():
            with self.subTest(trigger=code):
                self.assertTrue(self.check._get_reason_text(exposure.Reason(
                    code, exposure.BLOCK, day=self.today), self.company))
                for method in trigger.columns.values():
                    self.assertTrue(getattr(self.check, method)(
                        self.company, self.check._get_config(self.company.id), self.today).code)

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
