from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import DunningCommon, day


class TestPolicy(DunningCommon):
    """Which policy counts for an item, and what a policy refuses."""

    def _get_policies(self, on=None):
        return {
            letter.line_ids.move_id: letter.policy_id
            for letter in self._plan(on or day(0)).letter_ids}

    def test_invoice_then_customer_then_rule_then_default(self):
        by_rule = self._make_policy(
            "By rule", sequence=1, partner_domain="[('ref', '=', 'RULE')]")
        second = self._make_policy(
            "Also matches", sequence=2, partner_domain="[('ref', 'in', ['RULE', 'OTHER'])]")
        own, named = self._make_policy("Own"), self._make_policy("Named on the invoice")
        partners = {
            name: self._make_customer(f"{name} Ltd", ref=ref)
            for name, ref in (
                ("default", False), ("rule", 'RULE'), ("second", 'OTHER'), ("own", 'RULE'),
                ("named", 'RULE'))}
        for name in ("own", "named"):
            partners[name].with_company(self.company).dunning_policy_id = own
        invoices = {
            name: self._invoice(due=day(-20), partner=partner)
            for name, partner in partners.items()}
        invoices['named'].dunning_policy_id = named
        expected = {
            'default': self.policy, 'rule': by_rule, 'second': second, 'own': own, 'named': named}
        self.assertEqual(
            self._get_policies(), {invoices[name]: policy for name, policy in expected.items()})

    def test_archived_policy_falls_back(self):
        own, named = self._make_policy("Own"), self._make_policy("Named")
        self.customer.with_company(self.company).dunning_policy_id = own
        invoice = self._invoice(due=day(-20), dunning_policy_id=named.id)
        named.active = False
        self.assertEqual(self._get_policies()[invoice], own)
        own.active = False
        self.assertEqual(self._get_policies(day(1)), {})      # a letter waits already
        self.env['dunning.run'].search([]).action_cancel()
        self.assertEqual(self._get_policies(day(1))[invoice], self.policy)

    def test_items_of_one_customer_under_different_policies(self):
        named = self._make_policy("Named")
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), dunning_policy_id=named.id)
        with self._watch_mails() as mails:
            run = self._run(day(0))
        self.assertEqual(run.letter_ids.policy_id, self.policy | named)
        self.assertEqual(len(mails), 2)          # both go: they belong to one run

    def test_without_any_policy(self):
        self.company.dunning_policy_id = False
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.reason, 'no_policy')

    def test_branch_uses_the_policy_of_its_parent(self):
        branch = self.env['res.company'].create({
            'name': "Branch", 'parent_id': self.company.id})
        self.env.cr.precommit.run()          # the branch gets its chart of accounts
        branch.dunning_policy_id = False
        self.env.user.company_ids |= branch
        invoice = self.env['account.move'].with_company(branch).create({
            'move_type': 'out_invoice', 'partner_id': self.customer.id, 'company_id': branch.id,
            'invoice_date': day(-40), 'date': day(-40), 'invoice_date_due': day(-20),
            'invoice_payment_term_id': False, 'dunning_policy_id': self.policy.id,
            'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': 100.0, 'tax_ids': [Command.clear()]})]})
        invoice.action_post()
        self._invoice(due=day(-20), amount=70.0)
        run = self.env['dunning.run'].with_company(branch).create(
            {'company_id': branch.id, 'date': day(0)})
        run.action_plan()
        self.assertRecordValues(run.letter_ids, [
            {'amount_total': 100.0, 'policy_id': self.policy.id}])

    def test_what_a_ladder_refuses(self):
        first, second = self.policy.level_ids[:2]
        for level, values in (
            (second, {'delay': -1, 'delay_from': 'previous_letter'}),
            (second, {'delay': -1, 'delay_from': 'month_end'}),
            (self.policy.level_ids[2], {'delay': -1, 'delay_from': 'due_date'}),
            (first, {'signatory': 'user'}),
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                level.write(values)

    def test_customers_that_cannot_be_read(self):
        for domain in ("[('no_such_field', '=', 1)]", "not python", "[('name', 'is', 'x')]"):
            with self.subTest(domain=domain), mute_logger('odoo.domains'), \
                    self.assertRaises(ValidationError):
                self.policy.partner_domain = domain

    def test_level_with_letters_stays(self):
        self._invoice(due=day(-20))
        self._run(day(0))
        with self.assertRaises(ValidationError):
            self.policy.level_ids[1].unlink()
        self.policy.level_ids[3].unlink()

    def test_copy_has_its_own_levels(self):
        copied = self.policy.copy()
        self.assertEqual(
            copied.level_ids.mapped('name'), self.policy.level_ids.mapped('name'))
        self.assertFalse(copied.level_ids & self.policy.level_ids)

    def test_copy_speaks_all_languages_on_archived_levels_too(self):
        self.env['res.lang']._activate_lang('de_DE')
        first, *_others = self.policy.level_ids
        first.active = False
        german = self.policy.with_context(active_test=False, lang='de_DE')
        for level in german.level_ids:
            level.write({'name': f"Stufe {level.position}", 'subject': f"Bitte {level.position}"})
        copied = self.policy.copy().with_context(active_test=False, lang='de_DE')
        for name in ('name', 'subject'):
            self.assertEqual(copied.level_ids.mapped(name), german.level_ids.mapped(name))

    def test_form(self):
        with Form(self.env['dunning.policy'].with_user(self.manager)) as form:
            form.name = "Typed"
            with form.level_ids.new() as level:
                level.name = "Reminder"
                level.delay = 5
        self.assertEqual(form.record.company_id, self.company)
