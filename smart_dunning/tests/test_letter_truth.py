from email.utils import getaddresses

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import DunningCommon, day


class TestLetterTruth(DunningCommon):
    """What a letter says is true, and it reaches whom it is for."""

    def _get_recipients(self, mail):
        return [address for _name, address in getaddresses([mail['To']])]

    # Addresses ----------------------------------------------------------------------------------

    def test_mail_goes_to_all_addresses_of_the_customer(self):
        contact = self.env['res.partner'].create({
            'name': "Accounts", 'parent_id': self.other.id, 'type': 'invoice',
            'email': "c@example.com;d@example.com"})
        self.customer.email = "A@example.com, Anna <b@example.com>"
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        with self._watch_mails() as mails:
            run = self._run(day(0))
        self.assertFalse(run.omission_ids)
        self.assertEqual(run.letter_ids.mapped('channel'), ['email', 'email'])
        self.assertEqual(
            {tuple(self._get_recipients(mail)) for mail in mails},
            {('a@example.com', 'b@example.com'), ('c@example.com', 'd@example.com')})
        self.assertIn(contact, run.letter_ids.recipient_id)

    def test_a_blocked_address_is_left_out_and_the_other_one_written_to(self):
        self.customer.email = "a@example.com, b@example.com"
        self.env['mail.blacklist'].sudo()._add('a@example.com')
        self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            self._run(day(0))
        self.assertEqual(self._get_recipients(mails[0]), ['b@example.com'])

    def test_several_addresses_can_be_typed_on_the_letter(self):
        self.customer.email = False
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        letter.with_user(self.clerk).email = "a@example.com; b@example.com"
        letter.with_user(self.clerk).action_channel_email()
        with self._watch_mails() as mails:
            self._send(letter.run_id)
        self.assertEqual(self._get_recipients(mails[0]), ['a@example.com', 'b@example.com'])

    def test_a_line_break_in_a_name_stops_no_mail(self):
        self.customer.name = "Anna\nAdler"
        self.policy.level_ids.subject = "To {{ object.customer_name }}"
        self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            letter = self._run(day(0)).letter_ids
        self.assertEqual(letter.state, 'sent')
        self.assertEqual(mails[0]['Subject'], "To Anna Adler")

    # Deadlines ----------------------------------------------------------------------------------

    def test_a_deadline_is_a_working_day(self):
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'calendar_id': self.company.resource_calendar_id.id,
            'company_id': self.company.id,
            'date_from': '2026-03-09 00:00:00', 'date_to': '2026-03-10 22:00:00'})
        self._invoice(due=day(-20))
        for days, weekday in ((5, day(11 - 2)), (4, day(4)), (6, day(9)), (7, day(9))):
            with self.subTest(days=days):
                self.policy.level_ids.payment_days = days
                run = self._plan(day(0))
                self.assertEqual(run.letter_ids.deadline, weekday)
                run.action_cancel()

    def test_on_paper_the_days_of_the_post_are_added(self):
        self.customer.email = False
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        letters = self._plan(day(0)).letter_ids
        printed = letters.filtered(lambda letter: letter.partner_id == self.customer)
        # A week by mail; on paper three more days.
        self.assertEqual((letters - printed).deadline, day(7))
        self.assertEqual(printed.deadline, day(10))
        (letters - printed).with_user(self.clerk).action_channel_print()
        self.assertEqual((letters - printed).deadline, day(10))

    def test_a_typed_deadline_stays(self):
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids.with_user(self.clerk)
        letter.deadline = day(16)
        letter.action_channel_print()
        letter.action_print()
        self.assertEqual(letter.deadline, day(16))

    def test_mail_that_came_back_gets_the_days_of_the_post(self):
        self._invoice(due=day(-20))
        with self._watch_mails():
            letter = self._run(day(0)).letter_ids
        letter.sudo()._set_bounced()
        letter.action_print()
        self.assertEqual(letter.deadline, day(10))

    def test_nobody_is_asked_again_before_the_deadline_is_over(self):
        self.policy.quiet_days = 0
        self.customer.email = False
        invoice = self._invoice(due=day(-20))
        letter = self._run(day(0)).letter_ids.with_user(self.clerk)
        letter.deadline = day(18)
        with freeze_time(day(0)):
            letter.action_print()
            letter.action_printed()
            self.assertEqual(invoice.dunning_next_date, day(21), "the weekend comes in between")
        self.assertFalse(self._plan(day(18)).letter_ids)
        self.assertTrue(self._plan(day(19)).letter_ids)

    # Words --------------------------------------------------------------------------------------

    def test_a_note_before_the_due_date_is_no_earlier_letter(self):
        self.policy.level_ids.body_html = '<p>Last: <t t-out="object.last_letter_text"/>.</p>'
        self._invoice(due=day(2))
        with self._watch_mails() as mails:
            note = self._run(day(0)).letter_ids
            self.assertTrue(note.is_prenotice)
            self._run(day(10))
            self._run(day(24))
        bodies = [mail.get_body(('html',)).get_content() for mail in mails]
        self.assertIn("Last: .", bodies[1])
        self.assertIn("Last: March 12, 2026.", bodies[2])

    def test_a_second_company_signs_with_its_own_address(self):
        second = self.setup_other_company(name="Second Ltd")['company']
        second.email = 'office@second.example'
        second.dunning_policy_id = self.env['dunning.policy'].create({
            'name': "Second", 'company_id': second.id, 'bank_guard_days': 0,
            'level_ids': [Command.create(self._level_values(1, "Reminder", 7))]})
        clerk = new_test_user(
            self.env, 'both', groups='smart_dunning.group_dunning_user', name="Carla Both",
            email='carla@example.com', company_id=self.company.id,
            company_ids=[Command.set((self.company | second).ids)])
        (self.company | second).dunning_user_id = clerk
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), company_id=second.id)
        runs = self._plan(day(0)) | self.env['dunning.run'].with_company(second).create(
            {'company_id': second.id, 'date': day(0)})
        runs[1].action_plan()
        with self._watch_mails() as mails:
            self._send(runs[0])
            self._send(runs[1])
        self.assertEqual(
            [mail['From'] for mail in mails],
            ['Carla Both <carla@example.com>', 'Carla Both <office@second.example>'])
        self.assertEqual(runs.letter_ids.mapped('signer_email'), [
            'carla@example.com', 'office@second.example'])
        with self.subTest("an address of her own there"):
            clerk.email = 'carla@second.example'
            runs.letter_ids.invalidate_recordset()
            self.assertEqual(runs[1].letter_ids.signer_email, 'carla@second.example')
