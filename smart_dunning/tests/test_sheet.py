import io
from datetime import date
from decimal import Decimal

from openpyxl import load_workbook

from odoo.tests import BaseCase, tagged

from ..models.paper.sheet import MOST_CHARACTERS, Sheet, make_book


@tagged('post_install', '-at_install')
class TestSheet(BaseCase):
    """Workbooks: each value is what it is, whatever people have typed."""

    def _read(self, *sheets, **options):
        return load_workbook(io.BytesIO(make_book(sheets, **options)))

    def test_values_by_their_kind(self):
        day = date(2026, 3, 2)
        page = self._read(Sheet(
            ["Text", "Number", "Money"],
            [['=1+1', 7, 12.5], ['007', None, Decimal('0.10')], ["https://x.example", day, -1.0]],
            "Open items", ["Sum", None, 11.6]))["Open items"]
        self.assertEqual([[cell.value for cell in row] for row in page.iter_rows()][1:], [
            ['=1+1', 7, 12.5], ['007', None, 0.1],
            ["https://x.example", page['B4'].value, -1], ["Sum", None, 11.6]])
        self.assertEqual(page['B4'].value.date(), day)
        self.assertEqual({cell.data_type for cell in page['A']}, {'s'}, "nothing is a formula")
        self.assertFalse(page['A4'].hyperlink)
        self.assertEqual([page[place].font.bold for place in ('A1', 'A2', 'A5')],
                         [True, False, True])
        self.assertEqual(page['C2'].number_format, '#,##0.00')

    def test_days_as_the_reader_writes_them(self):
        page = self._read(Sheet(["Day"], [[date(2026, 3, 2)]]), day_format='dd.mm.yyyy').active
        self.assertEqual(page['A2'].number_format, 'dd.mm.yyyy')

    def test_no_sheets_and_endless_texts(self):
        self.assertEqual(len(self._read().worksheets), 1)
        page = self._read(Sheet(["Text"], [["x" * 40000]])).active
        self.assertEqual(len(page['A2'].value), MOST_CHARACTERS)
