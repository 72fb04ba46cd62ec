from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import DunningCommon, day


class TestAutomatic(DunningCommon):
    """The nightly run: what it does by itself, what it leaves to the clerk, what stops it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_active = True
        cls.company.resource_calendar_id.tz = 'UTC'

    def _night(self, on):
        """Run both crons on a day; return the run of that day and the mails."""
        with freeze_time(f"{on} 05:00:00"), self._watch_mails() as mails:
            self._run_cron('smart_dunning.ir_cron_dunning_run')
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        run = self.env['dunning.run'].search([
            ('company_id', '=', self.company.id), ('date', '=', on), ('is_automatic', '=', True)])
        return run, mails

    def test_plans_and_sends(self):
        self._invoice(due=day(-20))
        run, mails = self._night(day(0))
        self.assertEqual(len(mails), 1)
        self.assertRecordValues(run, [{'state': 'done', 'letter_count': 1, 'sent_count': 1}])
        self.assertEqual(run.letter_ids.sent_date, day(0))

    def test_twice_a_day_does_nothing_twice(self):
        self._invoice(due=day(-20))
        self._night(day(0))
        self._invoice(due=day(-20), partner=self.other)
        run, mails = self._night(day(0))
        self.assertFalse(mails)
        self.assertEqual(len(run), 1)

    def test_nothing_by_itself_while_off(self):
        self.company.dunning_active = False
        self._invoice(due=day(-20))
        run, mails = self._night(day(0))
        self.assertFalse(run)
        self.assertFalse(mails)
        with freeze_time(day(0)), self._watch_mails() as mails:
            self._run(day(0))                   # what a clerk does by hand still goes
        self.assertEqual(len(mails), 1)

    def test_switching_off_stops_at_once(self):
        self._invoice(due=day(-20))
        with freeze_time(f"{day(0)} 05:00:00"), self._watch_mails() as mails:
            self._run_cron('smart_dunning.ir_cron_dunning_run')
            self.company.dunning_active = False
            self._run_cron('smart_dunning.ir_cron_dunning_send')
            self.assertFalse(mails)
            run = self.env['dunning.run'].search([('is_automatic', '=', True)])
            run.with_user(self.clerk).action_send()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
            self.assertEqual(len(mails), 1)

    def test_no_run_on_weekends_and_public_holidays(self):
        self._invoice(due=day(-20))
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'company_id': self.company.id,
            'calendar_id': self.company.resource_calendar_id.id, 'resource_id': False,
            'date_from': f"{day(7)} 00:00:00", 'date_to': f"{day(7)} 23:59:59"})
        for on, expected in ((day(5), 0), (day(6), 0), (day(7), 0), (day(8), 1)):
            with self.subTest(on=on):
                self.assertEqual(len(self._night(on)[0]), expected)

    def test_stale_bank_entries_stop_sending(self):
        self.policy.bank_guard_days = 3
        self._invoice(due=day(-20))
        run, mails = self._night(day(0))
        self.assertFalse(mails)
        self.assertEqual(run.letter_ids.state, 'draft')
        self.assertEqual(run.activity_ids.user_id, self.clerk)
        self.assertIn("bank entr", run.note)
        self._pay(self._invoice(due=day(-1), partner=self.other), on=day(-2))
        run, mails = self._night(day(1))
        self.assertEqual(run.bank_date, day(-2))
        self.assertEqual(len(mails), 1)

    def test_cap_works_a_backlog_off_over_days(self):
        self.policy.max_letters = 2
        names = ["Carla", "Dora", "Emil", "Fritz", "Gerd"]
        for number, name in enumerate(names):
            self._invoice(due=day(-20 - number), partner=self._make_customer(name))
        run, mails = self._night(day(0))
        self.assertEqual(
            run.letter_ids.sorted('id').partner_id.mapped('name'), ["Gerd", "Fritz"])
        self.assertEqual(len(mails), 2)
        self.assertEqual(set(run.omission_ids.mapped('reason')), {'over_cap'})
        self.assertIn("3", run.note)
        self.assertTrue(run.activity_ids)
        self.assertEqual(len(self._night(day(1))[1]), 2)
        run, mails = self._night(day(2))
        self.assertEqual(len(mails), 1)
        self.assertFalse(run.note)

    def test_review_is_left_to_the_clerk_and_renewed(self):
        self.policy.auto_send = False
        self._invoice(due=day(-20))
        first, mails = self._night(day(0))
        self.assertFalse(mails)
        self.assertRecordValues(first, [{'state': 'planned', 'approval_count': 1}])
        self._invoice(due=day(-20), amount=11.0)
        second, mails = self._night(day(1))
        self.assertEqual(second.letter_ids.amount_total, 111.0)
        self.assertRecordValues(first, [{'state': 'done', 'letter_count': 0}])
        self.assertFalse(first.activity_ids)
        with self._watch_mails() as mails:
            second.with_user(self.clerk).action_send()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 1)

    def test_the_activity_says_how_many_wait_by_now(self):
        self.policy.auto_send = False
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        run, _mails = self._night(day(0))
        self.assertIn("2 letters wait", run.activity_ids.note)
        run.letter_ids[:1].with_user(self.clerk).action_take_out()
        self.assertIn("1 letters wait", run.activity_ids.note)
        run.letter_ids[1:].with_user(self.clerk).action_approve()
        self.assertFalse(run.activity_ids)

    def test_what_a_clerk_approved_is_not_replaced(self):
        self.policy.auto_send = False
        self._invoice(due=day(-20))
        first, _mails = self._night(day(0))
        first.letter_ids.with_user(self.clerk).action_approve()
        second, _mails = self._night(day(1))
        self.assertEqual(first.letter_ids.state, 'ready')
        self.assertEqual(second.omission_ids.reason, 'pending')

    def test_levels_to_approve_wait_while_the_others_go(self):
        last = self._invoice(due=day(-60))
        self._terms(last).sudo().write({
            'dunning_level_id': self.policy.level_ids[2].id, 'dunning_date': day(-20)})
        self._invoice(due=day(-20), partner=self.other)
        run, mails = self._night(day(0))
        self.assertEqual(len(mails), 1)
        self.assertRecordValues(run, [{'state': 'sending', 'approval_count': 1, 'sent_count': 1}])

    def test_only_items_due_after(self):
        self.company.dunning_due_after = day(-30)
        self._invoice(due=day(-30))
        self._invoice(due=day(-29), amount=50.0)
        run, _mails = self._night(day(0))
        self.assertEqual(run.letter_ids.amount_total, 50.0)

    def test_preview_changes_nothing(self):
        self.company.dunning_active = False
        self._invoice(due=day(-200))
        self._invoice(due=day(-20), amount=70.0)
        before = self.env['dunning.run'].search_count([])
        with freeze_time(day(0)):
            wizard = self.env['dunning.activation'].with_user(self.manager).create(
                {'due_after': day(-30)})
            self.assertFalse(wizard.summary)          # opens at once: nothing is computed unasked
            action = wizard.action_preview()
            self.assertEqual((action['res_model'], action['res_id']), (wizard._name, wizard.id))
            self.assertIn("70.00", wizard.summary)
            self.assertNotIn("170.00", wizard.summary)
            self.assertNotIn(self.other.name, wizard.summary)
            self.env['dunning.pause'].create({
                'partner_id': self._invoice(
                    due=day(-20), partner=self.other).commercial_partner_id.id,
                'company_id': self.company.id, 'reason': "Talks", 'date_until': day(9)})
            wizard.action_preview()
            wizard.invalidate_recordset(['summary'])
            self.assertIn(self.other.name, wizard.summary, "who waits is named")
            wizard.action_activate()
        self.assertEqual(self.env['dunning.run'].search_count([]), before)
        self.assertRecordValues(self.company, [
            {'dunning_active': True, 'dunning_due_after': day(-30)}])

    def test_preview_is_asked_for_again_when_its_ground_changes(self):
        self._invoice(due=day(-20), amount=70.0)
        wizard = self.env['dunning.activation'].with_user(self.manager).create({})
        with freeze_time(day(0)):
            wizard.action_preview()
            form = Form(wizard)
            self.assertIn("70.00", form.summary)
            form.due_after = day(-10)
            self.assertFalse(form.has_preview)
            self.assertFalse(form.summary)

    def test_only_a_manager_turns_it_on(self):
        with self.assertRaises(AccessError):
            self.env['dunning.activation'].with_user(self.clerk).create({}).action_preview()

    def test_one_broken_company_leaves_the_others_alone(self):
        other = self.setup_other_company(name="Broken Ltd")['company']
        other.write({'dunning_active': True, 'dunning_policy_id': False})
        self.env['res.company'].search([('id', '!=', self.company.id)]).dunning_policy_id = False
        self._invoice(due=day(-20))
        _run, mails = self._night(day(0))
        self.assertEqual(len(mails), 1)

    def test_a_failed_letter_gets_a_second_chance(self):
        self._invoice(due=day(-20))
        self.policy.level_ids[1].sudo().subject = '{{ object.no_such_field }}'
        run, mails = self._night(day(0))
        self.assertFalse(mails)
        self.assertEqual(run.letter_ids.state, 'failed')
        self.policy.level_ids[1].sudo().subject = "Mended"
        second, mails = self._night(day(1))
        self.assertEqual(len(mails), 1)
        self.assertEqual(run.letter_ids.state, 'cancelled')
        self.assertEqual(second.letter_ids.state, 'sent')

    def test_dates_of_letters(self):
        """A proposal sent late is dated late; a preview sent on its day, on its day."""
        cases = [
            # planned on, run date, sent on, expected date of the letter
            (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2)),
            (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 5)),
            (date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 6), date(2026, 3, 6)),
            (date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 9)),
            (date(2026, 3, 2), date(2026, 1, 6), date(2026, 3, 2), date(2026, 1, 6)),
        ]
        for planned_on, run_date, sent_on, expected in cases:
            with self.subTest(planned_on=planned_on, run_date=run_date, sent_on=sent_on):
                run = self.env['dunning.run'].sudo().new({
                    'company_id': self.company.id, 'date': run_date, 'planned_on': planned_on})
                with freeze_time(sent_on):
                    self.assertEqual(run._get_send_date(), expected)

    def test_whoever_has_left_does_not_sign(self):
        leaver = new_test_user(self.env, 'leaver', groups='base.group_user')
        self.policy.level_ids.write({'signatory': 'user', 'user_id': leaver.id})
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.user_id, leaver)
        run.action_cancel()
        leaver.active = False
        self.assertEqual(self._plan(day(0)).letter_ids.user_id, self.clerk)

    def test_salesperson_of_another_company_does_not_sign(self):
        elsewhere = self.setup_other_company(name="Elsewhere Ltd")['company']
        stranger = new_test_user(
            self.env, 'stranger', groups='base.group_user', company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)])
        self.customer.user_id = stranger
        self.policy.level_ids.signatory = 'salesperson'
        self._invoice(due=day(-20))
        self.assertEqual(self._plan(day(0)).letter_ids.user_id, self.clerk)
