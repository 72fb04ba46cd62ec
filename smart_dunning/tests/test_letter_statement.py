from datetime import date

from odoo.tests import tagged

from .test_letter_document import LETTER_DATE, LetterDocumentCommon, read_pages


@tagged('post_install', '-at_install')
class TestLetterStatement(LetterDocumentCommon):
    """The account statement behind a letter."""

    def test_statement_shows_everything_open_per_currency(self):
        dollar = self.env.ref('base.USD')
        self._open_move(100)
        self._open_move(30, move_type='out_refund')
        self._open_move(200, due=date(2026, 12, 24))
        self._open_move(77, currency=dollar)
        self.level.attach_statement = True
        letter = self._make_letter()
        statement = letter.sudo()._prepare_statement_values()
        self.assertEqual([part['currency'] for part in statement], [self.euro, dollar])
        self.assertAlmostEqual(statement[0]['total'], 270)
        self.assertAlmostEqual(statement[1]['total'], 77)
        self.assertEqual(
            {row['type'] for row in statement[0]['rows']}, {'invoice', 'credit_note'})
        ageing = statement[0]['ageing']
        self.assertEqual(
            (ageing['not_due'], ageing['to_30'], ageing['credit']), (200, 100, -30))
        pages = read_pages(self._render(letter))
        self.assertEqual(len(pages), 2)
        for text in ("Account statement as of November 21, 2026", "Credit note", "−30.00", "270.00",
                     "Balance in EUR", "Balance in USD", "Page 2 of 2"):
            self.assertIn(text, pages[1])
        self.assertNotIn("347", pages[1])

    def test_statement_keeps_to_company_and_customer(self):
        self._open_move(100)
        other = self.setup_other_company()['company']
        run = self.env['dunning.run'].sudo().create({
            'company_id': other.id, 'date': LETTER_DATE})
        letter = self._make_letter(company_id=other.id, run_id=run.id, line_ids=[])
        self.assertFalse(letter._get_statement_lines()[letter.id])

    def test_statement_takes_one_query_for_all_letters(self):
        self._open_move(100)
        letters = self._make_letter() | self._make_letter()
        letters.fetch(['partner_id', 'company_id', 'date'])
        self.env.flush_all()
        with self.assertQueryCount(2):      # one finds the branches
            rows = letters._get_statement_lines()
        self.assertEqual([len(rows[letter.id]) for letter in letters], [1, 1])
