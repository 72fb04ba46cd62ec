import doctest
import io

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from ..models.paper import qr_reference, swiss_bill
from .test_letter_document import LETTER_DATE, LetterDocumentCommon, read_codes, read_pages


@tagged('post_install', '-at_install')
class TestLetterPaper(LetterDocumentCommon):
    """The paper of the company, the window of its envelopes, and the Swiss QR-bill."""

    def _get_size(self, document):
        box = PdfFileReader(io.BytesIO(document), strict=False).getPage(0).mediaBox
        return [round(float(value)) for value in (box.getWidth(), box.getHeight())]

    def test_the_paper_is_that_of_the_document_layout(self):
        letter = self._make_letter(items=12)
        self.assertEqual(self._get_size(self._render(letter)), [595, 842])
        self.company.paperformat_id = self.env.ref('base.paperformat_us')
        document = self._render(letter)
        self.assertEqual(self._get_size(document), [612, 792])
        self.assertIn("RE-0012", " ".join(read_pages(document)))

    def _get_address_position(self, letter):
        """Return how far from the left edge the address begins, in millimetres."""
        found = []

        def visit(text, matrix, text_matrix, _font, _size):
            if self.customer.name in text:
                found.append((text_matrix[4] * matrix[0] + matrix[4]) / 72 * 25.4)
        PdfFileReader(io.BytesIO(self._render(letter)), strict=False).getPage(
            0).extract_text(visitor_text=visit)
        return found[0]

    def test_the_window_may_be_on_the_right(self):
        letter = self._make_letter()
        self.assertAlmostEqual(self._get_address_position(letter), 25, delta=1)
        self.company.dunning_window = 'right'
        self.assertAlmostEqual(self._get_address_position(letter), 110, delta=1)

    # Swiss QR-bill --------------------------------------------------------------------------------

    def _make_swiss_letter(self, iban='CH9300762011623852957', **values):
        if 'ch_qr' not in dict((code, 1) for code, *_rest in self.env[
                'res.partner.bank']._get_available_qr_methods()):
            self.skipTest("needs l10n_ch")
        switzerland = self.env.ref('base.ch')
        self.company.partner_id.write({
            'street': "Bahnhofstrasse 1", 'zip': '8001', 'city': "Zürich",
            'country_id': switzerland.id})
        self.customer.write({
            'street': "Gasse 7", 'zip': '3000', 'city': "Bern", 'country_id': switzerland.id})
        francs = self.env.ref('base.CHF')
        francs.active = True
        self.company.partner_id.bank_ids.unlink()
        self.env['res.partner.bank'].create({
            'acc_number': iban, 'partner_id': self.company.partner_id.id})
        return self._make_letter(currency_id=francs.id, date=LETTER_DATE, **values)

    def test_francs_carry_the_swiss_bill(self):
        letter = self._make_swiss_letter()
        pages = read_pages(self._render(letter))
        self.assertEqual(len(pages), 2)
        for text in ("Receipt", "Payment part", "CH93 0076 2011 6238 5295 7", "CHF", "100.50",
                     "CH-3000 Bern", "CH-8001 Zürich", "RE-0001", "Acceptance point"):
            self.assertIn(text, pages[1])
        self.assertFalse(read_codes(self._render(letter)), "one code, that of the bill")

    def test_the_payload_is_that_of_odoo(self):
        letter = self._make_swiss_letter()
        bank = letter._get_payment_bank()
        bill = letter._make_swiss_bill(bank, 100.5, "RE-0001")
        self.assertEqual(bill['amount'], '100.50')
        self.assertEqual(bill['message'], "RE-0001")
        with self.subTest("a structured reference"):
            bill = letter._make_swiss_bill(bank, 1100.5, "RF18 5390 0754 7034")
            self.assertEqual(bill['reference'], "RF18 5390 0754 7034")
            self.assertEqual(bill['amount'], '1\N{NO-BREAK SPACE}100.50')
            self.assertFalse(bill['message'])

    def test_no_bill_for_others(self):
        letter = self._make_swiss_letter()
        bank = letter._get_payment_bank()
        self.customer.country_id = self.env.ref('base.de')
        self.assertFalse(letter._make_swiss_bill(bank, 100.5, "RE-0001"))
        self.customer.country_id = self.env.ref('base.ch')
        self.assertTrue(letter._make_swiss_bill(bank, 100.5, "RE-0001"))
        self.assertFalse(letter._make_swiss_bill(bank, 0.0, "RE-0001"))
        letter.currency_id = self.euro
        self.assertFalse(letter._make_swiss_bill(bank, 100.5, "RE-0001"))

    def test_a_qr_iban_takes_qr_references_alone(self):
        letter = self._make_swiss_letter('CH4431999123000889012')
        bank = letter._get_payment_bank()
        self.assertFalse(letter._make_swiss_bill(bank, 100.5, "RE-0001"))
        bill = letter._make_swiss_bill(bank, 100.5, '210000000003139471430009017')
        self.assertEqual(bill['reference'], '21 00000 00003 13947 14300 09017')

    def test_several_invoices_have_a_qr_reference_of_their_letter(self):
        """One reference: in the mail, beside the amount, on the bill and in its code."""
        letter = self._make_swiss_letter('CH4431999123000889012', items=2)
        reference = qr_reference.make_reference('91', letter.id)
        self.assertEqual(letter.reference_text, reference)
        pages = read_pages(self._render(letter))
        self.assertIn(reference, " ".join(pages[:-1]))
        printed = f'{reference[:2]} ' + " ".join(
            reference[place:place + 5] for place in range(2, 27, 5))
        for text in ("Payment part", "CH44 3199 9123 0008 8901 2", printed, "201.00"):
            self.assertIn(text, pages[-1])
        with self.subTest("another account takes the number of the letter"):
            letter = self._make_swiss_letter(items=2)
            self.assertEqual(letter.reference_text, letter.name)

    def test_a_plan_has_a_bill_for_each_part(self):
        self._make_swiss_letter('CH4431999123000889012')
        francs = self.env.ref('base.CHF')
        moves = [self._open_move(amount, currency=francs) for amount in (200.0, 100.0)]
        plan = self.env['dunning.installment.plan'].create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'count': 3,
            'currency_id': francs.id,
            'item_ids': [Command.set([line.id for move in moves for line in move.line_ids
                                      if line.display_type == 'payment_term'])]})
        plan.action_confirm()
        bills = [page for page in read_pages(self._render(plan)) if "Payment part" in page]
        self.assertEqual(len(bills), 3)
        for number, bill in enumerate(bills, 1):
            self.assertIn("100.00", bill)
            date = plan._format_document_date(plan._get_ordered_parts()[number - 1].date_due)
            self.assertIn(f"part {number} of 3, {date}", " ".join(bill.split()))
            self.assertIn(f'{plan._get_reference_to_type()[-5:]}', bill)
        self.assertEqual(
            plan._get_reference_to_type(), qr_reference.make_reference('92', plan.id))

    def test_doctests(self):
        for module in (swiss_bill, qr_reference):
            failed, attempted = doctest.testmod(module)
            self.assertTrue(attempted and not failed)
