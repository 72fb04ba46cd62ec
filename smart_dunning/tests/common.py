from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.models import ir_cron

#: The day the stories begin: a Monday without a holiday anywhere near.
MONDAY = date(2026, 3, 2)


def day(offset):
    """Return the date ``offset`` days after the stories begin."""
    return MONDAY + timedelta(days=offset)


@tagged('post_install', '-at_install')
class DunningCommon(AccountTestInvoicingCommon):
    """A company with one policy of four levels, customers, and verbs to tell stories with."""

    @classmethod
    def get_default_groups(cls):
        # EXTENDS account: the person who sets the stage
        return super().get_default_groups() | cls.quick_ref(
            'smart_dunning.group_dunning_manager')

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data['company']
        cls.clerk = new_test_user(
            cls.env, 'clerk', groups='smart_dunning.group_dunning_user',
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])
        cls.manager = new_test_user(
            cls.env, 'manager', groups='smart_dunning.group_dunning_manager',
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])
        # The shipped policies are for the tests that name them.
        cls.env['dunning.policy'].sudo().search([]).action_archive()
        cls.policy = cls._make_policy("Test")
        cls.company.write({
            'dunning_policy_id': cls.policy.id, 'dunning_user_id': cls.clerk.id,
            'email': 'accounts@example.com'})
        # Without one the nightly run sends nothing.
        cls.bank_account = cls.env['res.partner.bank'].create({
            'acc_number': '0815', 'partner_id': cls.company.partner_id.id})
        cls.customer = cls._make_customer("Anna Adler")
        cls.other = cls._make_customer("Bernd Braun")
        cls.journal_bank = cls.company_data['default_journal_bank']

    @classmethod
    def _make_policy(cls, name, **values):
        """Return a policy: reminder 3 days before, then 7 days after, +14, +14 (to approve)."""
        return cls.env['dunning.policy'].create({
            'name': name, 'company_id': cls.company.id, 'quiet_days': 5, 'tolerance': 1.0,
            'bank_guard_days': 0, 'max_letters': 0,
            'level_ids': [
                Command.create(cls._level_values(1, "Before due", -3)),
                Command.create(cls._level_values(2, "Reminder", 7)),
                Command.create(cls._level_values(3, "First", 14, 'previous_letter')),
                Command.create(cls._level_values(
                    4, "Last", 14, 'previous_letter', needs_approval=True)),
            ],
            **values,
        })

    @classmethod
    def _level_values(cls, position, name, delay, delay_from='due_date', **values):
        return {
            'position': position, 'name': name, 'delay': delay, 'delay_from': delay_from,
            'subject': f"{name} {{{{ object.name }}}}",
            'body_html': '<p><t t-out="object.salutation"/></p>'
                         '<p>Please pay <t t-out="object.amount_text"/>.</p>',
            'letter_text': '<p><t t-out="object.salutation"/></p><p>Please pay.</p>',
            'letter_closing': "<p>Thank you.</p>",
            'call_script': '<p>Ask for <t t-out="object.amount_text"/>.</p>',
            **values,
        }

    @classmethod
    def _translate(cls, levels, lang='de_DE', **texts):
        """Give levels texts in another language: those told, the rest as it is in English."""
        for level in levels:
            level.with_context(lang=lang).write({
                name: texts.get(name) or level.with_context(lang='en_US')[name]
                for name in ('subject', 'body_html', 'letter_text', 'letter_closing')})

    @classmethod
    def _make_customer(cls, name, **values):
        return cls.env['res.partner'].create({
            'name': name, 'email': f"{name.split()[0].lower()}@example.com",
            'street': "Main Street 1", 'zip': '10115', 'city': "Berlin", 'lang': 'en_US',
            'company_id': False, **values})

    # Verbs --------------------------------------------------------------------------------------

    @classmethod
    def _invoice(cls, due, amount=100.0, partner=None, **values):
        """Post an invoice (or what `move_type` says) of ``amount``, due on a date."""
        move = cls.env['account.move'].create({
            'move_type': 'out_invoice',
            'partner_id': (partner or cls.customer).id,
            'invoice_date': fields.Date.add(due, days=-14),
            'date': fields.Date.add(due, days=-14),
            'invoice_date_due': due,
            'invoice_payment_term_id': False,
            'company_id': cls.company.id,
            'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': amount, 'tax_ids': [Command.clear()]})],
            **values,
        })
        move.action_post()
        return move

    @classmethod
    def _credit_note(cls, amount, on=None, partner=None, **values):
        return cls._invoice(on or day(0), amount, partner, move_type='out_refund', **values)

    @classmethod
    def _pay(cls, move, amount=None, on=None):
        """Pay an invoice, whole or in part, through core's wizard."""
        wizard = cls.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=move.ids).create({
                'payment_date': on or day(0), **({'amount': amount} if amount else {})})
        return wizard._create_payments()

    @contextmanager
    def assertRefused(self, pattern=".", error=UserError):
        """Expect a refusal whose text matches, and take back what led to it.

        `assertRaisesRegex` leaves in the database what was written before the refusal.
        """
        with self.assertRaises(error) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    def _plan(self, on, **values):
        """Plan a run for a day."""
        run = self.env['dunning.run'].create(
            {'company_id': self.company.id, 'date': on, **values})
        run.action_plan()
        return run

    def _send(self, run, approve=True):
        """Send a run through the button and the cron."""
        if approve:
            run.action_approve_all()
        run.action_send()
        self._run_cron('smart_dunning.ir_cron_dunning_send')
        return run

    def _run(self, on, **values):
        """Plan and send a run for a day."""
        return self._send(self._plan(on, **values))

    def _run_cron(self, xmlid):
        """Let a cron work as the scheduler would, commits included, however slow the machine is."""
        with self.enter_registry_test_mode(), patch.object(ir_cron, 'MIN_TIME_PER_JOB', 600):
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def _watch_layouts(self):
        """Return the list to which each letter's id is added when it is laid out."""
        rendered, model = [], self.env.registry['dunning.letter']
        original = model._render_document_html

        def render(letter):
            rendered.append(letter.id)
            return original(letter)
        self.startPatcher(patch.object(model, '_render_document_html', render))
        return rendered

    def _lay_out_on(self, on):
        """Let the scheduler lay out letters for the printer on a day."""
        with freeze_time(on):
            self._run_cron('smart_dunning.ir_cron_dunning_layout')

    @contextmanager
    def _watch_mails(self):
        """Collect what reaches the mail server."""
        from odoo.addons.base.models.ir_mail_server import IrMail_Server  # noqa: PLC0415

        sent = []

        def send_email(server, message, *args, **kwargs):
            sent.append(message)
            return message['Message-Id']
        original, disabled = IrMail_Server.send_email, IrMail_Server._disable_send
        IrMail_Server.send_email, IrMail_Server._disable_send = send_email, lambda self: False
        connect = IrMail_Server._connect__
        IrMail_Server._connect__ = lambda self, **kwargs: None
        try:
            yield sent
        finally:
            IrMail_Server.send_email, IrMail_Server._disable_send = original, disabled
            IrMail_Server._connect__ = connect

    @staticmethod
    def _terms(move):
        """Return the receivable lines of an invoice, the earliest first."""
        return move.line_ids.filtered(
            lambda line: line.display_type == 'payment_term').sorted('date_maturity')
