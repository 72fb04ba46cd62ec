from odoo.exceptions import UserError

from .common import DunningCommon, day


class TestChannels(DunningCommon):
    """E-mail, paper and telephone: who is reached how, and when a level counts as reached."""

    def test_mail_leads_answers_to_the_letter(self):
        self.company.alias_domain_id = self.env['mail.alias.domain'].create(
            {'name': 'dunning.example.com'})
        self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            letter = self._run(day(0)).letter_ids
        mail = mails[0]
        self.assertIn(self.company.catchall_email, mail['Reply-To'])
        self.assertEqual(mail['Message-Id'], letter.message_uid)
        self.assertIn(self.customer.email, mail['To'])
        self.assertEqual(
            [part.get_filename() for part in mail.iter_attachments()],
            [f"{letter.name.replace('/', '-')}.pdf"])
        answer = (
            f"From: {self.customer.email}\nTo: {self.company.catchall_email}\n"
            f"Subject: Re\nMessage-Id: <answer@example.com>\nIn-Reply-To: {letter.message_uid}\n"
            "Content-Type: text/plain\n\nI have paid.\n")
        self.env['mail.thread'].message_process(False, answer)
        self.assertIn("I have paid.", letter.message_ids[0].body)

    def test_mail_in_the_language_of_the_customer(self):
        self.env['res.lang']._activate_lang('de_DE')
        self._translate(
            self.policy.level_ids, subject="Erinnerung {{ object.amount_text }}")
        self.customer.lang = 'de_DE'
        self._invoice(due=day(-20), amount=1234.5)
        with self._watch_mails() as mails:
            self._run(day(0))
        self.assertIn("Erinnerung", mails[0]['Subject'])
        self.assertIn("1.234,50", mails[0]['Subject'])

    def test_responsible_person_signs(self):
        self.policy.level_ids.write({'signatory': 'salesperson'})
        self.customer.user_id = self.manager
        self.manager.email = 'sam@example.com'
        self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            letter = self._run(day(0)).letter_ids
        self.assertEqual(letter.user_id, self.manager)
        self.assertIn('sam@example.com', mails[0]['From'])

    def test_invoice_contact_gets_the_letter(self):
        contact = self.env['res.partner'].create({
            'name': "Accounts payable", 'parent_id': self.customer.id, 'type': 'invoice',
            'email': 'ap@example.com'})
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        self.assertRecordValues(letter, [
            {'partner_id': self.customer.id, 'recipient_id': contact.id,
             'email': 'ap@example.com'}])

    def test_without_email_the_letter_is_printed(self):
        blocked = self._make_customer("Blocked")
        self.env['mail.blacklist'].sudo()._add(blocked.email)
        bounced = self._make_customer("Bounced", message_bounce=1)
        missing = self._make_customer("Missing", email=False)
        wrong = self._make_customer("Wrong", email="not an address")
        for partner in (self.customer, blocked, bounced, missing, wrong):
            self._invoice(due=day(-20), partner=partner)
        run = self._plan(day(0))
        letters = run.letter_ids
        on_paper = letters.filtered(lambda letter: letter.channel == 'print')
        self.assertEqual(on_paper.partner_id, blocked | bounced | missing | wrong)
        # One activity for all of them, at the run.
        self.assertFalse(on_paper.activity_ids)
        self.assertEqual(len(run.activity_ids), 1)
        self.assertEqual(run.activity_ids.user_id, self.clerk)
        self.assertIn("4 customers", run.activity_ids.note)
        for partner in on_paper.partner_id:
            self.assertIn(partner.name, run.activity_ids.note)
        # Whoever stands on an open one is not asked for again.
        run.action_cancel()
        new = self._make_customer("New", email=False)
        self._invoice(due=day(-20), partner=new)
        again = self._plan(day(0))
        self.assertIn("1 customers", again.activity_ids.note)
        self.assertIn("New", again.activity_ids.note)
        self.assertNotIn("Blocked", again.activity_ids.note)

    def test_without_any_address_the_customer_is_left_out(self):
        self.customer.write({'email': False, 'street': False})
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.assertFalse(run.letter_ids)
        self.assertEqual(run.omission_ids.reason, 'no_address')

    def test_paper_counts_when_it_is_printed(self):
        self.policy.level_ids.channel = 'print'
        invoice = self._invoice(due=day(-20))
        run = self._send(self._plan(day(0)))
        self.assertEqual(run.letter_ids.state, 'ready')
        self.assertFalse(invoice.dunning_level_id)
        with self.assertRaises(UserError):
            run.action_mark_printed()                 # not before there is something printed
        action = run.with_user(self.clerk).action_print_letters()
        self.assertIn(str(run.letter_ids.id), action['url'])
        self.assertFalse(invoice.dunning_level_id)
        run.with_user(self.clerk).action_mark_printed()
        self.assertRecordValues(run.letter_ids, [
            {'state': 'sent', 'sent_date': day(0), 'sent_by_id': self.clerk.id}])
        self.assertEqual(invoice.dunning_level_id.name, "Reminder")
        self.assertEqual(run.state, 'done')

    def test_printing_leaves_out_what_was_paid(self):
        self.policy.level_ids.channel = 'print'
        invoice = self._invoice(due=day(-20))
        run = self._plan(day(0))
        self._pay(invoice)
        action = run.action_print_letters()
        self.assertEqual(action['tag'], 'display_notification')
        self.assertEqual(run.letter_ids.state, 'cancelled')
        with self.assertRaises(UserError):
            run.action_print_letters()                # and now there is nothing at all

    def test_call_counts_when_it_was_made(self):
        self.policy.level_ids.channel = 'call'
        invoice = self._invoice(due=day(-20))
        letter = self._send(self._plan(day(0))).letter_ids
        self.assertEqual(letter.state, 'sending')
        call = letter.activity_ids
        self.assertEqual(call.user_id, self.clerk)
        self.assertIn("100.00", call.note)
        self.assertFalse(invoice.dunning_level_id)
        call.with_user(self.clerk).action_feedback(feedback="Will pay on Friday")
        self.assertEqual(letter.state, 'sent')
        self.assertEqual(invoice.dunning_level_id.name, "Reminder")
        self.assertEqual(letter.run_id.state, 'done')

    def test_one_broken_letter_leaves_the_others_alone(self):
        broken = self._make_policy("Broken")
        broken.level_ids.sudo().subject = '{{ object.no_such_field }}'
        self.other.with_company(self.company).dunning_policy_id = broken
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        with self._watch_mails() as mails:
            run = self._run(day(0))
        self.assertEqual(len(mails), 1)
        failed = run.letter_ids.filtered(lambda letter: letter.state == 'failed')
        self.assertEqual(failed.partner_id, self.other)
        self.assertTrue(failed.note)
        broken.level_ids.sudo().subject = "Mended"
        with self._watch_mails() as mails:
            failed.with_user(self.clerk).action_retry()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 1)
        self.assertEqual(run.state, 'done')

    def test_letter_taken_out_comes_back_with_the_next_run(self):
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        run.letter_ids.with_user(self.clerk).action_take_out()
        self.assertEqual(run.letter_count, 0)
        self.assertEqual(self._plan(day(0)).letter_count, 1)

    def test_letter_to_approve_waits(self):
        self.policy.level_ids.needs_approval = True
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        with self._watch_mails() as mails:
            self._send(run, approve=False)
            self.assertFalse(mails)
            self.assertRecordValues(run, [{'state': 'sending', 'approval_count': 1}])
            self._send(run)
            self.assertEqual(len(mails), 1)

    def test_nothing_is_sent_twice(self):
        self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            run = self._run(day(0))
            with self.assertRaises(UserError):
                run.action_send()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 1)

    def test_a_pause_keeps_letters_back(self):
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.env['dunning.pause'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'reason': "Complaint", 'date_until': day(10)})
        with self._watch_mails() as mails:
            self._send(run)
        self.assertFalse(mails)
        self.assertEqual(run.letter_ids.state, 'cancelled')
        self.assertEqual(self._plan(day(10)).omission_ids.reason, 'paused')
        self.assertEqual(self._plan(day(11)).letter_count, 1)

    def test_one_letter_is_sent_while_the_others_wait(self):
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        run = self._plan(day(0))
        first = run.letter_ids[0]
        with self._watch_mails() as mails:
            first.with_user(self.clerk).action_send()
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual(len(mails), 1)
        self.assertEqual(first.state, 'sent')
        self.assertEqual((run.letter_ids - first).state, 'ready')
        self.assertEqual(run.state, 'planned')

    def test_a_scheduled_call_can_be_taken_out(self):
        self.policy.level_ids.channel = 'call'
        self._invoice(due=day(-20))
        letter = self._send(self._plan(day(0))).letter_ids
        letter.with_user(self.clerk).action_take_out()
        self.assertFalse(letter.activity_ids)
        self.assertRecordValues(letter, [{'state': 'cancelled'}])
        self.assertEqual(letter.run_id.state, 'done')
