from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.model_classes import add_to_registry

from ..models.policy.channel import Channel
from .common import DunningCommon, day

#: What the gateway of the channel below was given.
GATEWAY = []


# What an addon writes in one file ---------------------------------------------------------------

class SmsLevel(models.Model):
    _module = None
    _name = 'dunning.level'
    _inherit = ['dunning.level']

    channel = fields.Selection(
        selection_add=[('sms', "Text message")], ondelete={'sms': 'set default'})

    @api.model
    def _get_channels(self):
        return {**super()._get_channels(), 'sms': Channel()}


class SmsLetter(models.Model):
    _module = None
    _name = 'dunning.letter'
    _inherit = ['dunning.letter']

    channel = fields.Selection(
        selection_add=[('sms', "Text message")], ondelete={'sms': 'set default'})

    def _serve_sms(self, composed=None):
        facts = self._recheck()
        if facts:
            self.state = 'sending'
            self._claim_levels()
            self.env['ir.cron']._commit_progress()
            self._deliver(facts, self._prepare_sms)

    def _prepare_sms(self):
        return partial(self._send_sms, f"Please pay {self.amount_text}.")

    def _send_sms(self, text):
        GATEWAY.append((self.partner_id.phone, text))


# What an addon forgets: the channel can be chosen, and nothing serves it ------------------------

class FaxLevel(models.Model):
    _module = None
    _name = 'dunning.level'
    _inherit = ['dunning.level']

    channel = fields.Selection(selection_add=[('fax', "Fax")], ondelete={'fax': 'set default'})


class FaxLetter(models.Model):
    _module = None
    _name = 'dunning.letter'
    _inherit = ['dunning.letter']

    channel = fields.Selection(selection_add=[('fax', "Fax")], ondelete={'fax': 'set default'})


class TestChannelAddon(DunningCommon):
    """Another addon brings a way to reach customers: one file; or only half of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ('dunning.level', 'dunning.letter'):
            model = cls.registry[name]
            cls.addClassCleanup(setattr, model, '_base_classes__', model._base_classes__)
        cls.addClassCleanup(GATEWAY.clear)
        for addition in (SmsLevel, SmsLetter, FaxLevel, FaxLetter):
            add_to_registry(cls.registry, addition)
        cls.registry._setup_models__(cls.env.cr, [])
        cls.customer.phone = '+49 30 123'

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        with cls.registry.cursor() as cr:
            cls.registry._setup_models__(cr)

    def setUp(self):
        super().setUp()
        GATEWAY.clear()

    def test_a_channel_in_one_file_serves_letters(self):
        self.policy.level_ids.channel = 'sms'
        invoice = self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            run = self._run(day(0))
        self.assertFalse(mails)
        [(phone, text)] = GATEWAY
        self.assertEqual(phone, '+49 30 123')
        self.assertIn("100.00", text)
        self.assertRecordValues(run.letter_ids, [{'state': 'sent', 'channel': 'sms'}])
        self.assertEqual(run.state, 'done')
        self.assertEqual(invoice.dunning_level_id.name, "Reminder")

    def test_a_paid_item_gets_no_message(self):
        self.policy.level_ids.channel = 'sms'
        invoice = self._invoice(due=day(-20))
        run = self._plan(day(0))
        self._pay(invoice)
        self._send(run)
        self.assertFalse(GATEWAY)
        self.assertEqual(run.letter_ids.state, 'cancelled')

    def test_a_channel_that_nobody_serves_is_refused_when_planning(self):
        self.policy.level_ids.channel = 'fax'
        self._invoice(due=day(-20))
        with self.assertRefused(r"Reminder.*Test.*Fax.*no module serves", UserError):
            self._plan(day(0))

    def test_in_the_night_it_is_left_out_and_the_others_get_theirs(self):
        self.policy.level_ids.channel = 'fax'
        self.other.with_company(self.company).dunning_policy_id = self._make_policy("Mail")
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), partner=self.other)
        run = self.env['dunning.run'].sudo().create({
            'company_id': self.company.id, 'date': day(0), 'is_automatic': True})
        run.action_plan()
        self.assertEqual(run.letter_ids.partner_id, self.other)
        self.assertRecordValues(run.omission_ids, [
            {'partner_id': self.customer.id, 'reason': 'no_channel'}])
