from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.orm.model_classes import add_to_registry
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from ..models.insight.dunning_event_kind import Found, Kind
from .hold_common import HoldCommon

_LOGGER = 'odoo.addons.smart_dunning.models.insight.dunning_event'


class EventCommon(HoldCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_events_since = cls.today - timedelta(400)
        cls.customer.user_id = cls.seller

    def _night(self, company=None):
        """What the nightly crons do about events; returns what was new."""
        events = self.env['dunning.event'].sudo()
        known = events.search([])
        self.env['dunning.debtor'].sudo()._refresh(company=company or self.company)
        self.env['dunning.snapshot']._collect_events(
            company or self.company, (company or self.company)._get_dunning_today())
        return events.search([('id', 'not in', known.ids)])

    def _route(self, kind, way='activity', recipient='responsible', user=None):
        self.policy.notice_ids.filtered(lambda notice: notice.kind == kind).write({
            'way': way, 'recipient': recipient, 'user_id': user and user.id})


class TestEvent(EventCommon):
    """Each thing that happens is told once, to whom the policy names."""

    def test_a_level_is_reached_once_for_each_letter(self):
        self._overdue(days=20)
        run = self._run(self.today)
        [event] = self._night()
        self.assertRecordValues(event, [{
            'kind': 'level_reached', 'res_model': 'dunning.letter', 'res_id': run.letter_ids.id,
            'partner_id': self.customer.id, 'company_id': self.company.id, 'date': self.today,
            'level_id': run.letter_ids.level_id.id, 'amount': 100.0, 'told_user_id': False}])
        self.assertIn("Reminder", event.text)
        self.assertFalse(self._night())

    def test_a_hold_begins_and_ends_as_often_as_it_does(self):
        self._rule(days=10)
        invoice = self._overdue()
        begun = self._night()
        self.assertEqual(begun.kind, 'hold_begun')
        self.assertIn("100.00", begun.text)
        self.assertFalse(self._night())
        self._pay(invoice, on=self.today)
        self.assertEqual(self._night().kind, 'hold_ended')
        self.assertEqual(begun.date_over, self.today)
        self.assertFalse(self._night())
        hold = self.env['dunning.hold'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'reason': "Wait"})
        self.assertEqual(self._night().kind, 'hold_begun')
        self.assertFalse(self._night())
        hold.action_end()
        self.assertEqual(self._night().kind, 'hold_ended')
        self.assertFalse(self._night())

    def test_a_broken_promise_is_told_once_and_to_its_responsible(self):
        with freeze_time(self.today - timedelta(20)):
            invoice = self._overdue(300.0)
            promise = self.env['dunning.promise'].with_user(self.manager).create({
                'partner_id': self.customer.id, 'company_id': self.company.id,
                'currency_id': self.company.currency_id.id,
                'date': self.today - timedelta(10)})
        event = self._night()
        self.assertRecordValues(event, [{
            'kind': 'promise_broken', 'res_id': promise.id, 'told_user_id': self.manager.id}])
        self.assertRecordValues(promise.activity_ids, [{
            'user_id': self.manager.id, 'activity_type_id': self.env.ref(
                'smart_dunning.mail_activity_dunning_promise').id}])
        self.assertIn("300.00", promise.activity_ids.note)
        self.assertFalse(self._night())
        self.assertEqual(len(promise.activity_ids), 1)
        self._pay(invoice, 100.0, on=self.today - timedelta(12))     # a late bank statement
        self.assertEqual(self._night().occasion, 'partly')
        self.assertEqual(len(promise.activity_ids), 1)

    def test_a_limit_is_nearly_used_until_much_less_is(self):
        self.customer.with_company(self.company).credit_limit = 1000.0
        for paid, amount, expected in (
                (0, 890.0, []), (0, 10.0, ['limit_near']), (50.0, 0, []), (0, 60.0, []),
                (111.0, 0, []), (0, 105.0, ['limit_near'])):
            with self.subTest(paid=paid, amount=amount):
                if amount:
                    self._invoice(self.today, amount)
                if paid:
                    self._pay(self.env['account.move'].search([
                        ('partner_id', '=', self.customer.id), ('amount_residual', '>', paid)],
                        limit=1), paid, on=self.today)
                events = self._night()
                self.assertEqual(events.mapped('kind'), expected)
        self.assertIn("90 %", events.text)
        activity = self.customer.activity_ids[:1]
        self.assertEqual(activity.user_id, self.seller, "the seller may not open the debtor")
        self.assertEqual(activity.with_user(self.seller).res_model, 'res.partner')

    def test_a_letter_comes_back_once_for_each_address(self):
        self._overdue(days=20)
        letter = self._run(self.today).letter_ids
        self._night()
        letter._message_receive_bounce(letter.email, self.customer)
        event = self._night()
        self.assertRecordValues(event, [
            {'kind': 'letter_bounced', 'told_user_id': self.clerk.id}])
        self.assertIn(letter.email, letter.activity_ids.note)
        self.assertFalse(self._night())
        letter.write({'channel': 'email', 'email': 'anna.adler@example.com'})
        self._send(letter.run_id)
        letter._message_receive_bounce(letter.email, self.customer)
        self.assertIn('anna.adler', self._night().text)

    def test_a_claim_near_limitation_is_told_again_when_the_date_has_moved(self):
        self.company.partner_id.country_id = self.env.ref('base.de')
        invoice = self._invoice(due=date(2023, 6, 10))
        self._invoice(due=date(2024, 6, 10))
        kinds = [('kind', '=', 'claim_limitation')]
        for day, told in (('2026-10-01', 0), ('2026-10-02', 1), ('2026-10-03', 1)):
            with freeze_time(day):
                self._night()
                self.assertEqual(self.env['dunning.event'].search_count(kinds), told, day)
        activity = invoice.activity_ids.filtered(lambda one: one.activity_type_id == self.env.ref(
            'smart_dunning.mail_activity_dunning_limitation'))
        self.assertRecordValues(activity, [{
            'user_id': self.clerk.id, 'date_deadline': date(2026, 12, 31)}])
        invoice.dunning_acknowledged_date = date(2026, 10, 5)
        for day, told in (('2026-12-01', 1), ('2029-09-01', 2), ('2029-09-02', 2)):
            with freeze_time(day):
                self._night()
                self.assertEqual(self.env['dunning.event'].search_count(
                    [*kinds, ('res_id', '=', invoice.id)]), told, day)

    def test_a_big_customer_is_late(self):
        self.company.dunning_big_sales = 1000.0
        self._invoice(self.today + timedelta(10), 950.0)
        late = self._overdue(100.0, days=4)
        self._overdue(900.0, days=4, partner=self.other)
        event = self._night()
        self.assertRecordValues(event, [{
            'kind': 'big_late', 'partner_id': self.customer.id, 'amount': 100.0,
            'date_due': self.today - timedelta(4), 'told_user_id': self.seller.id}])
        self.assertFalse(self._night())
        self._pay(late, on=self.today)
        self.assertFalse(self._night())
        self.assertTrue(event.date_over)
        self.assertIn("1,050.00", event.text)

    # Whom and how -------------------------------------------------------------------------------

    def test_the_policy_names_whom_and_how(self):
        colleague = self._make_user('colleague', 'smart_dunning.group_dunning_user')
        self.env['res.lang']._activate_lang('de_DE')
        colleague.lang = 'de_DE'
        self._route('level_reached', 'mail', 'user', colleague)
        for partner in (self.customer, self.other):
            self._overdue(days=20, partner=partner)
        self._run(self.today)
        messages = self.env['mail.message'].search([])
        events = self._night()
        self.assertEqual(events.told_user_id, colleague)
        [message] = self.env['mail.message'].search(
            [('id', 'not in', messages.ids), ('partner_ids', 'in', colleague.partner_id.ids)])
        self.assertIn("Anna Adler", message.body)
        self.assertIn("Bernd Braun", message.body)
        self.assertIn("Stufe erreicht", message.subject)

    def test_nobody_elsewhere_is_told(self):
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_user',
            company_id=self._create_company(name="Elsewhere").id)
        self._route('letter_bounced', 'activity', 'user', stranger)
        self._overdue(days=20)
        letter = self._run(self.today).letter_ids
        letter._message_receive_bounce(letter.email, self.customer)
        event = self._night()
        self.assertEqual(event.told_user_id, self.clerk)

    def test_a_policy_may_say_nothing(self):
        self._route('letter_bounced', 'none')
        self._overdue(days=20)
        letter = self._run(self.today).letter_ids
        letter._message_receive_bounce(letter.email, self.customer)
        self.assertFalse(self._night().told_user_id)
        self.assertFalse(letter.activity_ids)

    def test_a_user_is_named_and_one_of_ours(self):
        portal = new_test_user(self.env, 'customer', groups='base.group_portal')
        for user in (None, portal):
            with self.subTest(user=user), self.assertRaises(ValidationError):
                self._route('big_late', 'mail', 'user', user)
                self.env.flush_all()

    def test_what_stood_before_is_known(self):
        """On the first day nobody gets a hundred activities about limits used for years."""
        self.company.dunning_events_since = False
        self.customer.with_company(self.company).credit_limit = 100.0
        self._overdue(95.0, days=2)
        events = self._night()
        self.assertRecordValues(events, [{'kind': 'limit_near', 'is_silent': True}])
        self.assertFalse(events.told_user_id)
        self.assertIn("95 %", events.text)
        self.other.with_company(self.company).credit_limit = 100.0
        self._overdue(95.0, days=2, partner=self.other)
        self.assertRecordValues(self._night(), [{'kind': 'limit_near', 'is_silent': False}])

    # Robust -------------------------------------------------------------------------------------

    def test_a_killed_night_tells_all_of_it_the_next_time(self):
        self._overdue(days=20)
        self._run(self.today)
        savepoint = self.env.cr.savepoint()
        self.assertTrue(self._night())
        savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self._night().kind, 'level_reached')
        self.assertFalse(self._night())

    def test_a_defect_about_one_event_stops_no_other_and_no_refresh(self):
        for partner in (self.customer, self.other):
            self._overdue(days=20, partner=partner)
        self._run(self.today)
        events = type(self.env['dunning.event'])
        create, called = events.create, []

        def fail_for_one(model, vals_list):
            made = create(model, vals_list)
            model.env.cr.postcommit.add(lambda: called.extend(made.partner_id))     # a webhook
            if self.customer in made.partner_id:
                raise ValueError("an automation rule of somebody")
            return made
        with patch.object(events, 'create', fail_for_one), mute_logger(_LOGGER):
            self.assertEqual(self._night().partner_id, self.other)
        self.env.cr.postcommit.run()
        self.assertEqual(called, [self.other])
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(debtor.overdue_amount, 100.0)
        self.assertEqual(self._night().partner_id, self.customer)

    def test_a_defect_in_telling_stops_nobody(self):
        self.env.ref('smart_dunning.mail_activity_dunning_bounce')
        for partner in (self.customer, self.other):
            self._overdue(days=20, partner=partner)
        for letter in self._run(self.today).letter_ids:
            letter._message_receive_bounce(letter.email, letter.partner_id)
        events = type(self.env['dunning.event'])
        get_targets = events._get_targets

        def fail_for_one(some, user):
            if self.customer in some.partner_id:
                raise ValueError("somebody's addon")
            return get_targets(some, user)
        with patch.object(events, '_get_targets', fail_for_one), mute_logger(_LOGGER + '_tell'):
            found = self._night()
        self.assertEqual(
            {event.partner_id: event.told_user_id for event in found},
            {self.customer: self.env['res.users'], self.other: self.clerk})

    def test_nothing_new_costs_two_statements(self):
        self._rule(days=10)
        for partner in (self.customer, self.other):
            self._overdue(partner=partner)
        self._night()
        events = self.env['dunning.event'].sudo()
        with self.assertQueryCount(2):
            events._collect(self.company, self.today)
        with self.assertQueryCount(2):
            events._collect(self.company, self.today, self.customer.ids)

    # Rights -------------------------------------------------------------------------------------

    def test_events_are_written_by_the_system_alone(self):
        self._overdue(days=20)
        self._run(self.today)
        event = self._night().with_user(self.clerk)
        self.assertIn("Anna Adler", event.text)
        self.assertEqual(event.action_open()['res_model'], 'dunning.letter')
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    event.with_user(user).write({'amount': 1.0})
                with self.assertRaises(AccessError):
                    event.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    event.with_user(user).create({'kind': 'big_late'})
        for user in (self.seller, self.picker):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                event.with_user(user).read(['amount'])

    def test_events_and_notices_of_another_company_are_seen_by_nobody_here(self):
        elsewhere = self._create_company(name="Elsewhere")
        stranger = new_test_user(
            self.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        self._overdue(days=20)
        self._run(self.today)
        event = self._night()
        notices = self.policy.notice_ids
        for records in (event, notices):
            theirs = records.with_user(stranger).with_company(elsewhere)
            self.assertFalse(theirs.search([('id', 'in', records.ids)]))
            with self.assertRaises(AccessError):
                theirs.read(['kind'])
        with self.assertRaises(AccessError):
            notices[:1].with_user(stranger).with_company(elsewhere).way = 'none'
        with self.assertRaises(AccessError):
            notices[:1].with_user(self.clerk).way = 'none'
        notices[:1].with_user(self.manager).way = 'mail'
        theirs = self.env['dunning.policy'].with_user(stranger).with_company(elsewhere).create(
            {'name': "Theirs", 'company_id': elsewhere.id})
        notices[:1].unlink()                # its kind is free in our policy
        with self.assertRaises(AccessError):
            theirs.notice_ids[:1].policy_id = self.policy

    def test_a_copy_of_a_policy_tells_as_the_policy_does(self):
        self._route('big_late', 'mail', 'user', self.manager)
        copied = self.policy.copy()
        self.assertEqual(
            copied.notice_ids.mapped(lambda one: (one.kind, one.way, one.recipient, one.user_id)),
            self.policy.notice_ids.mapped(
                lambda one: (one.kind, one.way, one.recipient, one.user_id)))


# What an addon writes in one file ---------------------------------------------------------------

class InsolvencyEvent(models.Model):
    _module = None
    _name = 'dunning.event'
    _inherit = ['dunning.event']

    @api.model
    def _get_kinds(self):
        return {**super()._get_kinds(), 'noted': Kind(
            "Note on the customer", 'res.partner', '_find_noted', '_say_noted',
            is_state=True, way='activity')}

    def _find_noted(self, company, _date):
        return Found(
            SQL("res_partner partner JOIN dunning_debtor debtor ON debtor.partner_id = partner.id "
                "WHERE debtor.company_id = %s AND partner.ref = 'insolvent'", company.id),
            partner=SQL("partner.id"), record=SQL("partner.id"))

    def _say_noted(self):
        return f"{self.partner_id.name} is insolvent"


class TestEventAddon(EventCommon):
    """Another addon brings a kind of events in one file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = cls.registry['dunning.event']
        cls.addClassCleanup(setattr, model, '_base_classes__', model._base_classes__)
        add_to_registry(cls.registry, InsolvencyEvent)
        cls.registry._setup_models__(cls.env.cr, [])

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        with cls.registry.cursor() as cr:
            cls.registry._setup_models__(cr)

    def test_it_is_found_told_and_over(self):
        self._overdue(days=2)
        self.assertFalse(self._night())
        self.customer.ref = 'insolvent'
        event = self._night()
        self.assertRecordValues(event, [{
            'kind': 'noted', 'text': "Anna Adler is insolvent", 'told_user_id': self.clerk.id}])
        self.assertEqual(self.customer.activity_ids.user_id, self.clerk)
        self.assertIn('noted', self._make_policy("Newer").notice_ids.mapped('kind'))
        self.customer.ref = False
        self.assertFalse(self._night())
        self.assertEqual(event.date_over, self.today)
