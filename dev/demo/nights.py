"""The story, day by day under a frozen clock: bank, nightly crons, the clerk, new invoices.

The crons run through `ir.cron` as the scheduler would start them, each with its own cursor and
commits, and the mails leave through SMTP.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

from freezegun import freeze_time

from . import people, replies
from .agreements import Agreements
from .handovers import Handovers
from .progress import Progress
from .story import STORY_DAYS, workday

CRONS = ('smart_dunning.ir_cron_dunning_run', 'smart_dunning.ir_cron_dunning_send',
         'smart_dunning.ir_cron_dunning_booking', 'smart_dunning.ir_cron_dunning_installment',
         'smart_dunning.ir_cron_dunning_debtor', 'smart_dunning.ir_cron_dunning_handover')
SNAPSHOT = 'smart_dunning.ir_cron_dunning_snapshot'
# The clerk does not come to approving and printing in the last days: something is left to do.
LEFT_TO_DO_DAYS = 7
# Age in days, from and to, of the time in which nobody imported bank statements.
BANK_GAP = (36, 27)


class Story:
    """The days of both companies.

    :param env: the environment of the superuser, on a cursor that commits
    :param ledgers: [(ledger, sales)] of each company, the main one first
    :param users: {login: user}
    :param last_day: the last day with a nightly run
    :param letters_dir: where the printed PDF go
    """

    def __init__(self, env, ledgers, users, last_day, letters_dir):
        self.env, self.ledgers, self.users = env, ledgers, users
        self.first_day, self.last_day = last_day - timedelta(days=STORY_DAYS), last_day
        self.letters_dir = letters_dir
        self.payments = [self._get_payments(sales) for _ledger, sales in ledgers]
        self.clock = None
        self.agreements, self.handovers = Agreements(self), Handovers(self)

    @staticmethod
    def _get_payments(sales):
        """Return {day: [(sale, share)]}."""
        payments = defaultdict(list)
        for sale in sales:
            for day, share in sale.payments:
                payments[day].append((sale, share))
        return payments

    def _age(self, day):
        return (self.last_day - day).days

    # Before dunning was turned on ---------------------------------------------------------------

    def book_history(self):
        """Post what was sold before the first night, and what was paid for it, week by week."""
        for (ledger, sales), payments in zip(self.ledgers, self.payments, strict=True):
            ledger.post_sales([sale for sale in sales if sale.day < self.first_day])
            weeks = defaultdict(list)
            for day in sorted(payments):
                if day < self.first_day:
                    friday = day + timedelta(days=4 - day.weekday())
                    weeks[min(friday, self.first_day - timedelta(days=1))] += payments.pop(day)
            for friday, paid in sorted(weeks.items()):
                ledger.book_bank(friday, paid)
        self.env.cr.commit()

    # Night by night -----------------------------------------------------------------------------

    def run(self):
        """Let all days pass, weekends included for the crons, which then do nothing."""
        days = [workday(self.first_day)]
        while days[-1] < self.last_day:
            days.append(workday(days[-1] + timedelta(days=1)))
        progress = Progress(len(days))
        with freeze_time(self._at(self.first_day, 3)) as self.clock:
            for day in days:
                self._pass_day(day)
                progress.done(lambda day=day: (
                    f"Night of {day:%d %b %Y}: {self._count_sent()} letters sent so far"))

    def finish(self):
        """Bring the worklist up to date with the real clock; send what users are told by mail."""
        self._trigger('smart_dunning.ir_cron_dunning_debtor')
        self._trigger(SNAPSHOT)
        self._trigger('mail.ir_cron_mail_scheduler_action')

    def _pass_day(self, day):
        self.clock.move_to(self._at(day, 3))
        self._book_bank(day)
        self._apply_events(day)
        self.env.cr.commit()
        self.clock.move_to(self._at(day, 4))
        for cron in CRONS:
            self._trigger(cron)
        if day.weekday() == 4:
            self._trigger(SNAPSHOT)
        if self._age(day) > LEFT_TO_DO_DAYS and day.weekday() in (1, 3):
            self.clock.move_to(self._at(day, 9))
            self._work_as_clerk(day)
        self.clock.move_to(self._at(day, 15))
        for ledger, sales in self.ledgers:
            new = [sale for sale in sales if sale.day <= day and not sale.move]
            ledger.post_sales(new)
            self._mark_invoices(new)
        self.env.cr.commit()

    @staticmethod
    def _at(day, hour):
        return datetime.combine(day, time(hour))

    def _trigger(self, xmlid):
        """Run a cron as its button does; it works and commits with a cursor of its own."""
        self.env.cr.commit()
        self.env.ref(xmlid).method_direct_trigger()
        self.env.cr.commit()
        self.env.invalidate_all()

    def _count_sent(self):
        return self.env['dunning.letter'].search_count([('state', '=', 'sent')])

    def _book_bank(self, day):
        """Import what the bank has until yesterday, three times a week and in the last days."""
        if BANK_GAP[0] >= self._age(day) > BANK_GAP[1]:
            return
        if day.weekday() in (1, 3) and self._age(day) > LEFT_TO_DO_DAYS:
            return
        yesterday = workday(day - timedelta(days=1), back=True)
        for (ledger, _sales), payments in zip(self.ledgers, self.payments, strict=True):
            due = sorted(paid for paid in payments if paid < day)
            ledger.book_bank(yesterday, [
                payment for paid in due for payment in payments.pop(paid) if payment[0].move])

    @staticmethod
    def _mark_invoices(sales):
        for sale in sales:
            if sale.tag == 'no_followup':
                sale.move.no_followup = True
            elif sale.tag == 'blocked':
                sale.move.action_toggle_block_payment()

    # What happens besides -----------------------------------------------------------------------

    def _apply_events(self, day):
        """Let the customers with a part in the story play it, once each."""
        for age, event in (
                (60, self._block_address), (24, self._receive_unallocated),
                (20, self._write_credit_notes), (15, self._pause_customer),
                (9, self._cover_by_credit), (6, self._let_mail_bounce),
                (2, self._receive_answer), (0, self._mistype_address),
                *self.agreements.get_events(), *self.handovers.get_events()):
            planned = workday(self.last_day - timedelta(days=age), back=True)
            if planned == day:
                event(day)

    def _get_special(self, special):
        customer = next(
            customer for customer in people.MAIN if special in (customer.special, customer.key))
        return customer, self.ledgers[0][0].partners[customer.key]

    def _block_address(self, _day):
        partner = self._get_special('blocked_address')[1]
        self.env['mail.blacklist'].create({'email': partner.email})

    def _receive_unallocated(self, day):
        for key, amount in (('hansen', 500.0), ('thornbury', 750.0)):
            self.ledgers[0][0].receive_unallocated(
                self._get_special(key)[1], amount, day, "Zahlung ohne Rechnungsnummer")

    def _write_credit_notes(self, day):
        ledger, sales = self.ledgers[0]
        ledger.post_credit_note(self._get_special('kaya')[0], 120.0, day, "Nachlass wegen Verzugs")
        ledger.post_credit_note(self._get_special('schroeder')[0], 350.0, day, "Rückgabe Leihgerät")
        cancelled = next((
            sale for sale in reversed(sales)
            if sale.customer.key == 'demir' and sale.move and sale.move.amount_residual), None)
        if cancelled:
            ledger.reverse(cancelled, day, "Ware zurückgenommen")

    def _pause_customer(self, day):
        partner = self._get_special('paused')[1]
        self.env['dunning.pause'].with_user(self.users['clerk']).create({
            'partner_id': partner.id, 'company_id': self.ledgers[0][0].company.id,
            'date_until': day + timedelta(days=42),
            'reason': "Complaint about the drawings; sales is talking to them"})

    def _cover_by_credit(self, day):
        customer, partner = self._get_special('covered')
        ledger = self.ledgers[0][0]
        open_amount = sum(self.env['account.move'].search([
            ('commercial_partner_id', '=', partner.id), ('move_type', '=', 'out_invoice'),
            ('state', '=', 'posted'), ('company_id', '=', ledger.company.id),
        ]).mapped('amount_residual'))
        ledger.post_credit_note(
            customer, round(open_amount * 1.1 + 2000.0, 2), day, "Rücknahme Bühnentechnik")

    def _let_mail_bounce(self, _day):
        letter = self._find_mail('late')
        if letter:
            replies.bounce(letter)

    def _receive_answer(self, _day):
        letter = self._find_mail('slow')
        if letter:
            replies.answer(letter, "Wir haben die Zahlung für Ende nächster Woche eingeplant.")

    def _find_mail(self, habit):
        """Return the newest reminder sent by mail to a German business with this habit."""
        partners = [self._get_special(customer.key)[1].id for customer in people.MAIN
                    if (customer.habit, customer.kind, customer.lang)
                    == (habit, 'business', 'de_DE') and not customer.special]
        return self.env['dunning.letter'].search([
            ('state', '=', 'sent'), ('channel', '=', 'email'), ('partner_id', 'in', partners),
            ('is_prenotice', '=', False)], order='date desc, id', limit=1)

    def _mistype_address(self, _day):
        """The new address of a customer is entered with a slip of the finger."""
        partner = self._get_special('typo')[1]
        partner.email = partner.email.replace('.example', '..example')

    # The clerk ----------------------------------------------------------------------------------

    def _work_as_clerk(self, day):
        """Approve the last levels, send them, print what is to be printed."""
        for ledger, _sales in self.ledgers:
            clerk = ledger.company.dunning_user_id
            env = self.env(user=clerk.id, context={
                'lang': clerk.lang, 'tz': 'Europe/Berlin',
                'allowed_company_ids': ledger.company.ids})
            runs = env['dunning.run'].search([
                ('company_id', '=', ledger.company.id), ('state', 'in', ('planned', 'sending'))])
            for run in runs.filtered('approval_count'):
                run.letter_ids.filtered(
                    lambda letter: letter.state == 'draft' and letter.needs_approval
                ).action_approve()
                run.action_send()
            self._trigger('smart_dunning.ir_cron_dunning_send')
            for run in runs.filtered('print_count'):
                self._print(run, day)
        self.env.cr.commit()

    def _print(self, run, day):
        """Print the letters of a run as one PDF and put them into envelopes."""
        run.action_print_letters()
        letters = run.letter_ids.filtered(
            lambda letter: letter.state == 'ready' and letter.channel == 'print')
        if not letters:
            return              # all of it was paid since the night
        content, _type = run.env['ir.actions.report']._render_qweb_pdf(
            'smart_dunning.letter_document', letters.ids)
        folder = self.letters_dir / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"to-print-{run.name.replace('/', '-')}.pdf").write_bytes(content)
        run.action_mark_printed()
