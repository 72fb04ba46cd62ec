from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import DunningCommon, day


class TestPause(DunningCommon):
    """A pause by hand: of a customer, of an invoice, of one instalment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref('smart_dunning.dunning_pause_reason_talks')

    def _pause(self, **values):
        return self.env['dunning.pause'].with_user(self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id,
            'date_until': day(5), 'reason_id': self.reason.id, **values})

    def test_one_invoice(self):
        with freeze_time(day(0)):
            paused = self._invoice(due=day(-20), amount=300.0)
            self._invoice(due=day(-20), amount=50.0)
            pause = self._pause(move_id=paused.id)
            self.assertEqual(pause.reason, "In talks with the customer")
            run = self._plan(day(0))
            self.assertEqual(run.letter_ids.amount_total, 50.0)
            self.assertRecordValues(run.omission_ids, [
                {'reason': 'paused', 'amount': 300.0, 'date_until': day(5)}])
            run.action_cancel()
            self.assertEqual(self._plan(day(6)).letter_ids.amount_total, 350.0)
        self.assertIn("In talks", ' '.join(paused.message_ids.mapped('body')))
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertIn("In talks", ' '.join(debtor.message_ids.mapped('body')))

    def test_one_instalment(self):
        term = self.env['account.payment.term'].create({
            'name': "Halves", 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 0}),
                Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': 10})]})
        with freeze_time(day(0)):
            invoice = self._invoice(
                due=day(-30), amount=1000.0, invoice_payment_term_id=term.id)
            first, second = self._terms(invoice)
            self._pause(move_id=invoice.id, item_ids=[Command.set(first.ids)])
            letter = self._plan(day(0)).letter_ids
            self.assertEqual(letter.line_ids.move_line_id, second)

    def test_items_of_somebody_else(self):
        other = self._invoice(due=day(-20), partner=self.other)
        with self.assertRefused("do not belong to Anna", ValidationError):
            self._pause(move_id=other.id)
        with self.assertRefused("do not belong to Anna", ValidationError):
            self._pause(item_ids=[Command.set(self._terms(other).ids)])
