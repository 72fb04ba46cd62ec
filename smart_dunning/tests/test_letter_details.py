from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.mail import html2plaintext

from .claim_common import ClaimCommon
from .common import day


@tagged('post_install', '-at_install')
class TestLetterDetails(ClaimCommon):
    """What tells a customer which debt a row of a letter or statement is about."""

    def _read(self, letter):
        return html2plaintext(str(letter.sudo()._render_document_html()))

    def test_the_reference_of_the_customer(self):
        self._invoice(due=day(-20), ref="PO 4711")
        letter = self._plan(day(0)).letter_ids
        self.assertIn("Your reference: PO 4711", self._read(letter))

    def test_which_part_of_an_invoice(self):
        term = self.env['account.payment.term'].create({'name': "Two parts", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
            for days in (10, 40)]})
        invoice = self._invoice(
            due=day(-40), invoice_date=day(-60), date=day(-60), invoice_payment_term_id=term.id)
        first, second = self._terms(invoice).sorted('date_maturity')
        lines = self._plan(day(10)).letter_ids.line_ids
        self.assertEqual({line.move_line_id: line.details for line in lines}, {
            first: "part 1 of 2", second: "part 2 of 2"})
        self.assertIn("part 2 of 2", self._read(lines.letter_id))

    def test_one_query_for_the_details_of_all_letters(self):
        for partner in (self.customer, self.other):
            self._invoice(due=day(-20), ref="PO", partner=partner)
        lines = self._plan(day(0)).letter_ids.line_ids
        lines.fetch(['name', 'move_id', 'move_line_id'])
        self.env.flush_all()
        with self.assertQueryCount(1):
            lines.mapped('details')

    def test_the_clerks_reason_for_a_rejected_objection(self):
        invoice = self._invoice(due=day(-20))
        dispute = self.env['dunning.dispute'].with_user(self.clerk).create({
            'move_id': invoice.id, 'reason_id': self.env['dunning.pause.reason'].search(
                [('usage', '=', 'dispute')], limit=1).id})
        dispute.answer = "the goods were signed for on 3 May"
        dispute.action_reject()
        with self._watch_mails():
            letter = self._run(day(0)).letter_ids
        self.assertIn(
            "In our view the invoice is correct: the goods were signed for on 3 May. Please pay",
            " ".join(self._read(letter).split()))
        with self.assertRefused("has told the customer already"):
            dispute.answer = "another one"

    def test_the_statement_names_booked_charges(self):
        self.policy.level_ids.write({'charge_interest': True, 'charge_lump_sum': True})
        self.company.dunning_booking = 'letter'
        self.customer.is_company = True
        invoice = self._invoice(due=day(-60), amount=1000.0)
        with self._watch_mails():
            first = self._run(day(0)).letter_ids
            self._run(day(30))
            third = self._run(day(60)).letter_ids
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        charges = self.env['dunning.charge'].search([('move_id', '=', invoice.id)])
        self.assertTrue(charges._get_booked_lines())
        names = [row['name'] for part in third.sudo()._prepare_statement_values()
                 for row in part['rows']]
        self.assertIn(f"Lump sum {invoice.name} ({first.name})", names)
        self.assertFalse([name for name in names if name.startswith("Entry")])
