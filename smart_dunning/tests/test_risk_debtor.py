from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
@freeze_time('2026-03-02 09:00:00')
class TestRiskDebtor(DunningCommon):
    """The class on the debtor's row, its reasons in words, and what becomes of proposals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_use_credit_limit = True
        cls.company.dunning_business_days = False
        cls.term = cls.env['account.payment.term'].create({
            'name': "7 days", 'line_ids': [Command.create({'nb_days': 7, 'value_amount': 100})]})
        cls.policy.risk_class_ids = [
            Command.create({'letter': 'd', 'payment_term_id': cls.term.id,
                            'is_prepayment': True})]
        cls.customer.is_company = True

    def _pay_late(self, days, partner=None, times=6):
        for number in range(times):
            due = day(-100 - 7 * number)
            self._pay(self._invoice(due, 600.0, partner), on=due + timedelta(days))

    def _get_debtor(self, partner=None):
        partner = partner or self.customer
        self.env['dunning.risk.pattern']._renew(self.company)
        self.env['dunning.debtor']._refresh(partner, self.company, keep=True)
        return self.env['dunning.debtor'].search([('partner_id', '=', partner.id)])

    def test_who_pays_in_time_is_in_class_a(self):
        self._pay_late(-1)
        debtor = self._get_debtor()
        self.assertEqual((debtor.risk_class, debtor.late_band), ('a', 'low'))
        self.assertEqual(debtor.late_sentence, "0 of 6 invoices late")
        self.assertEqual(debtor.risk_reason, "Nothing speaks against this customer.")

    def test_reasons_are_sentences_with_their_points(self):
        self._pay_late(70)
        self._invoice(day(-95), 400.0)
        debtor = self._get_debtor()
        self.assertEqual(debtor.risk_class, 'd')
        self.assertEqual(debtor.late_sentence, "7 of 7 invoices late")
        self.assertEqual(debtor.risk_reason.splitlines(), [
            "The next invoice is paid late with a probability of 100 %. (45 points)",
            "Half of the payments come more than 70 days late. (30 points)",
            "The oldest open invoice is overdue for 95 days. (40 points)"])
        self.assertEqual(debtor.money_at_risk, 400.0)

    def test_without_history_the_company_counts_and_it_says_so(self):
        self._pay_late(10)
        debtor = self._get_debtor(self.other)
        self.assertEqual(debtor.late_probability, 1.0)
        self.assertIn("No history", debtor.late_sentence)

    def test_a_proposal_is_accepted_by_a_person_and_kept(self):
        self._pay_late(70)
        debtor = self._get_debtor()
        self.assertTrue(debtor.has_proposal)
        debtor.with_user(self.clerk).action_accept_proposal()
        partner = self.customer.with_company(self.company)
        self.assertEqual(partner.property_payment_term_id, self.term)
        self.assertTrue(partner.dunning_prepayment_only)
        self.assertEqual(partner.credit_limit, debtor.proposed_limit)
        change = partner.dunning_limit_change_ids[0]
        self.assertEqual(change.user_id, self.clerk)
        self.assertIn("Class D", change.reason)
        self.assertFalse(debtor.has_proposal)
        with self.assertRaisesRegex(UserError, "Nothing is proposed"):
            debtor.action_accept_proposal()

    def test_sales_may_not_accept(self):
        self._pay_late(70)
        debtor = self._get_debtor()
        seller = new_test_user(self.env, 'seller', groups='sales_team.group_sale_salesman')
        with self.assertRaises(AccessError):
            debtor.with_user(seller).action_accept_proposal()

    def test_credit_is_taken_away_by_itself_from_businesses_only(self):
        self.company.write({'dunning_risk_auto': True, 'dunning_risk_auto_percent': 30})
        person = self._make_customer("Carla Carlsen", is_company=False)
        # Whoever has the policy of consumers is treated as one, whatever is ticked.
        sole = self._make_customer("Dora Daum e. K.", is_company=True)
        sole.with_company(self.company).dunning_policy_id = self._make_policy(
            "Consumers", customer_kind='consumer')
        for partner in (self.customer, person, sole):
            partner.with_company(self.company).credit_limit = 100000.0
            self._pay_late(70, partner)
            self._get_debtor(partner)
        done = self.env['dunning.debtor']._apply_worse_proposals(self.company)
        self.assertEqual(done.partner_id, self.customer)
        self.assertEqual(self.customer.with_company(self.company).credit_limit, 70000.0)
        self.assertEqual(person.with_company(self.company).credit_limit, 100000.0)
        self.assertEqual(sole.with_company(self.company).credit_limit, 100000.0)

    def test_by_itself_a_limit_is_lowered_once_in_30_days(self):
        self.company.write({'dunning_risk_auto': True, 'dunning_risk_auto_percent': 30})
        partner = self.customer.with_company(self.company)
        person = new_test_user(
            self.env, 'controller',
            groups='base.group_partner_manager,account.group_account_invoice')
        partner.with_user(person).credit_limit = 200000.0
        partner.with_user(person).credit_limit = 100000.0           # lowered, but by a person
        self._pay_late(70)
        self._get_debtor()
        for days, expected in ((0, 70000.0), (1, 70000.0), (29, 70000.0), (30, 49000.0),
                               (31, 49000.0)):
            with self.subTest(days=days), freeze_time(f'{day(days)} 03:00:00'):
                self.env['dunning.debtor']._apply_worse_proposals(self.company)
                self.assertEqual(partner.credit_limit, expected)

    def test_nothing_is_taken_away_where_nobody_wants_it(self):
        self.customer.with_company(self.company).credit_limit = 100000.0
        self._pay_late(70)
        self._get_debtor()
        self.assertFalse(self.env['dunning.debtor']._apply_worse_proposals(self.company))

    def test_what_is_better_is_never_given_by_itself(self):
        self.company.write({'dunning_risk_auto': True, 'dunning_risk_auto_percent': 100})
        self.customer.with_company(self.company).credit_limit = 1.0
        self._pay_late(-1)
        self._get_debtor()
        self.assertFalse(self.env['dunning.debtor']._apply_worse_proposals(self.company))

    def test_an_insurer_caps_the_limit(self):
        self._pay_late(-1)
        self.env['dunning.credit.check'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'source': 'insurer',
            'amount_limit': 250.0, 'date': day(-10), 'valid_until': day(10)})
        self.assertEqual(self._get_debtor().proposed_limit, 250.0)

    def test_switched_off_nobody_is_rated_and_the_rating_is_forgotten(self):
        self._pay_late(70)
        self.assertTrue(self._get_debtor().risk_class)
        debtor = self._get_debtor()
        self.company.dunning_risk_active = False
        for when in ("at once", "after the night"):
            with self.subTest(when):
                self.assertFalse(debtor.risk_class)
                self.assertFalse(debtor.risk_details)
                self.assertFalse(self.customer.with_company(self.company).dunning_risk_class)
                self.assertEqual(debtor.money_at_risk, 0.0)
                self.assertFalse(debtor.has_proposal)
            debtor = self._get_debtor()

    def test_customers_are_found_by_class(self):
        self._pay_late(70)
        self._get_debtor()
        partners = self.env['res.partner'].with_company(self.company)
        ours = self.customer | self.other
        self.assertEqual(partners.search([
            ('id', 'in', ours.ids), ('dunning_risk_class', '=', 'd')]), self.customer)
        self.assertEqual(partners.search([
            ('id', 'in', ours.ids), ('dunning_risk_class', '=', False)]), self.other)
        self.assertEqual(partners.search([
            ('id', 'in', ours.ids), ('dunning_risk_class', '!=', 'd')]), self.other)

    def test_a_policy_can_name_a_class(self):
        self._pay_late(70)
        self._get_debtor()
        strict = self._make_policy(
            "Strict", partner_domain="[('dunning_risk_class', '=', 'd')]")
        assigned = self.env['dunning.policy'].with_company(self.company)._assign(
            self.company, (self.customer | self.other).ids)
        self.assertEqual(assigned[self.customer.id], strict.id)
        self.assertNotEqual(assigned[self.other.id], strict.id)

    def test_sales_sees_class_and_sentence_on_the_quotation(self):
        self._pay_late(70)
        self._get_debtor()
        seller = new_test_user(
            self.env, 'seller2', groups='sales_team.group_sale_salesman_all_leads',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        order = self.env['sale.order'].with_user(seller).create({
            'partner_id': self.customer.id, 'company_id': self.company.id})
        self.assertEqual(order.dunning_risk_text, "D · 6 of 6 invoices late")

    def test_a_person_is_reminded_once_before_a_check_ends(self):
        check = self.env['dunning.credit.check'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'date': day(-10), 'valid_until': day(10)})
        for _night in range(2):
            check._remind_of_end(self.company, day(0))
        self.assertEqual(len(check.activity_ids), 1)
        self.assertEqual(check.activity_ids.user_id, self.clerk)
        check.valid_until = day(12)
        check._remind_of_end(self.company, day(0))
        self.assertEqual(len(check.activity_ids), 2)

    # Persons ------------------------------------------------------------------------------------

    def test_other_conditions_hold_for_persons_and_no_path_leads_around(self):
        self._pay_late(70)
        self._get_debtor()
        category = self.env['res.partner.category'].create({'name': "Late"})
        persons = self.customer | self.other
        persons.is_company = False
        self.other.category_id = category
        strict = self._make_policy("Strict")
        for domain, expected in (
                (f"['|', ('category_id', 'in', [{category.id}]), ('dunning_risk_class', '=', 'd')]",
                 self.other),
                ("[('commercial_partner_id.dunning_risk_class', '=', 'd')]",
                 self.env['res.partner']),
                ("[('commercial_partner_id', 'any', [('dunning_risk_class', '=', 'd')])]",
                 self.env['res.partner']),
                ("[('commercial_partner_id', 'not any', [('dunning_risk_class', '=', 'a')])]",
                 self.env['res.partner'])):
            strict.partner_domain = domain
            self.env.registry.clear_cache()
            assigned = self.env['dunning.policy'].with_company(self.company)._assign(
                self.company, persons.ids)
            with self.subTest(domain):
                self.assertEqual(
                    {partner for partner in persons if assigned[partner.id] == strict.id},
                    set(expected))

    def test_a_class_chooses_no_policy_for_a_person(self):
        self._pay_late(70)
        self._get_debtor()
        strict = self._make_policy(
            "Strict", partner_domain="[('dunning_risk_class', '=', 'd')]")
        for is_company in (False, True):
            self.customer.is_company = is_company
            self.env.registry.clear_cache()
            with self.subTest(is_company=is_company):
                assigned = self.env['dunning.policy'].with_company(self.company)._assign(
                    self.company, self.customer.ids)
                self.assertEqual(assigned[self.customer.id] == strict.id, is_company)
                terms, _facts = self.env['dunning.hold.check']._get_facts(
                    self.company, self.customer.ids)[self.customer.id]
                self.assertEqual(terms.rules == strict._get_hold_terms().rules, True)

    def test_a_reminder_before_the_due_date_for_some_classes_only(self):
        self._pay_late(70)
        self.customer.is_company = True
        debtor = self._get_debtor()
        self.assertEqual(debtor.risk_class, 'd')
        self._invoice(day(3), 500.0)
        note = self.policy.level_ids.filtered('is_prenotice')

        def get_letters():
            run = self.env['dunning.run'].create({'company_id': self.company.id, 'date': day(0)})
            run.action_plan()
            notes = run.letter_ids.filtered('is_prenotice')
            reasons = run.omission_ids.mapped('reason')
            run.action_cancel()
            return len(notes), 'other_class' in reasons
        for letters, is_company, expected in (
            (False, True, (1, False)), ("CD", True, (1, False)), ("c, d", True, (1, False)),
            ("AB", True, (0, True)), ("AB", False, (1, False)),
        ):
            with self.subTest(letters=letters, is_company=is_company):
                self.customer.is_company = is_company
                note.risk_letters = letters
                self.assertEqual(get_letters(), expected)
        with self.assertRefused("risk classes are"):
            note.risk_letters = "AX"

    def test_score_data_is_handed_out(self):
        self._pay_late(70)
        self.env['dunning.credit.check'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': day(-10),
            'index': "B-7", 'number': "4711-X", 'note': "=HYPERLINK(1)", 'attachment_ids': [
                Command.create({'name': "Report.pdf", 'raw': b"%PDF"})]})
        promised = self._invoice(day(-30), 77.0)
        with freeze_time(day(-25)):
            self.env['dunning.promise'].create({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'date': day(-20), 'item_ids': [Command.set(self._terms(promised).ids)]})
        self.env['dunning.promise'].sudo()._update_states(self.company)
        self.customer.with_company(self.company).credit_limit = 5000.0
        debtor = self._get_debtor().with_user(self.clerk)
        action = debtor.action_export_risk_data()
        [attachment] = self.env['ir.attachment'].search([
            ('res_model', '=', 'dunning.debtor'), ('res_id', '=', debtor.id)])
        self.assertIn(str(attachment.id), action['url'])
        text = attachment.raw.decode('utf-8-sig')
        for part in (self.customer.name, "(45 points)", "B-7",
                     "4711-X", "Report.pdf", f"{day(-20)};", ";Broken", "5000",
                     *self.env['account.move'].search([
                         ('partner_id', '=', self.customer.id), ('move_type', '=', 'out_invoice'),
                     ]).mapped('name')):
            with self.subTest(part=part):
                self.assertIn(part, text)
        self.assertIn(";'=HYPERLINK(1)", text)
        seller = new_test_user(
            self.env, 'seller3', groups='sales_team.group_sale_salesman_all_leads',
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        with self.assertRaises(AccessError):
            debtor.with_user(seller).action_export_risk_data()
