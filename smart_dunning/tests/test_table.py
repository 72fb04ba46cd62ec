import csv
import doctest
import io
import zipfile
from datetime import date
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..logic import table

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'


def make_sheet(*rows):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def make_texts(*texts):
    return f'<sst xmlns="{MAIN}">{"".join(texts)}</sst>'


def make_xlsx(*rows, texts=None, **files):
    """Return a packed spreadsheet: rows of the first sheet as XML, other files by their name."""
    content = io.BytesIO()
    files = {f'xl/worksheets/{name}.xml': text for name, text in files.items()}
    if rows:
        files['xl/worksheets/sheet1.xml'] = make_sheet(*rows)
    if texts is not None:
        files['xl/sharedStrings.xml'] = texts
    with zipfile.ZipFile(content, 'w') as package:
        for name, text in files.items():
            package.writestr(name, text)
    return content.getvalue()


@tagged('post_install', '-at_install')
class TestTableText(BaseCase):
    """Tables as text: whichever program and country wrote them."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(table).failed)

    def test_rows_of_a_file(self):
        for case, content, rows in (
            ("semicolons", b"Name;Limit\nAdler;5\n", [["Name", "Limit"], ["Adler", "5"]]),
            ("commas", b"Name,Limit\nAdler,5\n", [["Name", "Limit"], ["Adler", "5"]]),
            ("tabs", b"Name\tLimit\nAdler\t5\n", [["Name", "Limit"], ["Adler", "5"]]),
            ("the first line decides", b"Name;Limit\nA,B,C;5,00\n",
             [["Name", "Limit"], ["A,B,C", "5,00"]]),
            ("as the first line ends", b"Name;Limit\rA,B,C;5,00\r",
             [["Name", "Limit"], ["A,B,C", "5,00"]]),
            ("one column", b"Name\nAdler\n", [["Name"], ["Adler"]]),
            ("a mark of UTF-8", "\ufeffName;Söhne\n".encode(), [["Name", "Söhne"]]),
            ("Windows", "Name;Söhne €\n".encode('cp1252'), [["Name", "Söhne €"]]),
            ("a letter that is often there", b"XXX;Limit\nAdler;5\n",
             [["XXX", "Limit"], ["Adler", "5"]]),
            ("an empty cell", b"Name;Limit\nAdler;\n", [["Name", "Limit"], ["Adler", ""]]),
            ("lines within a cell", b'Name;Note\nAdler;"a\rb"\n',
             [["Name", "Note"], ["Adler", "a\rb"]]),
            ("blank rows keep their number", b"Name;Limit\n\n;\nAdler;5\n",
             [["Name", "Limit"], [], [], ["Adler", "5"]]),
            ("nothing", b"", []),
        ):
            with self.subTest(case):
                self.assertEqual(table.read_csv(content), rows)

    def test_files_that_are_no_table(self):
        self.addCleanup(csv.field_size_limit, csv.field_size_limit(1000))
        for case, content, why in (
            ("bytes of no text", b"Name\n\x81\n", "decode"),
            ("a cell without an end", b'Name\n"' + b"x" * 1001, "unreadable"),
        ):
            with self.subTest(case), self.assertRaisesRegex(ValueError, why):
                table.read_csv(content)
        self.assertEqual(table.read_csv(b"Name\n\x81\n", errors='replace'), [["Name"], ["\ufffd"]])

    def test_no_more_rows_than_a_sheet_has(self):
        with patch.object(table, 'MOST_ROWS', 2):
            self.assertEqual(table.read_csv(b"a\nb\n"), [["a"], ["b"]])
            with self.assertRaisesRegex(ValueError, "too_large"):
                table.read_csv(b"a\nb\nc\n")


@tagged('post_install', '-at_install')
class TestTableSheet(BaseCase):
    """Packed spreadsheets: their cells, and files that are none or do harm."""

    def test_what_is_a_packed_spreadsheet(self):
        self.assertTrue(table.is_xlsx(make_xlsx('<row/>')))
        for content in (b"Name;Limit\n", b"PK", b"xPK\x03\x04", b""):
            with self.subTest(content=content):
                self.assertFalse(table.is_xlsx(content))

    def test_cells(self):
        texts = make_texts(
            '<si><t>Adler</t></si>', '<si><r><t>So</t></r><r><t/></r><r><t>ft</t></r></si>')
        for case, cells, row in (
            ("numbers", '<c><v>5</v></c><c><v>-0.5</v></c>', [5.0, -0.5]),
            ("texts kept apart", '<c t="s"><v>0</v></c><c t="s"><v>1</v></c>', ["Adler", "Soft"]),
            ("texts within", '<c t="inlineStr"><is><t>a</t></is></c>'
             '<c t="inlineStr"><is><r><t>b</t></r><r><t/></r><r><t>c</t></r></is></c>',
             ["a", "bc"]),
            ("a formula's text, an error, a day",
             '<c t="str"><v>x</v></c><c t="e"><v>#REF!</v></c><c t="d"><v>2026-03-09</v></c>',
             ["x", "#REF!", "2026-03-09"]),
            ("empty ones", '<c/><c><v/></c><c t="s"/><c><v>1</v></c>', ["", "", "", 1.0]),
            ("gaps", '<c r="B1"><v>1</v></c><c r="d1"><v>2</v></c><c><v>3</v></c>',
             ["", 1.0, "", 2.0, 3.0]),
            ("far to the right", '<c r="AA1"><v>1</v></c>', [""] * 26 + [1.0]),
            ("farther", '<c r="BC1"><v>1</v></c>', [""] * 54 + [1.0]),
            ("nothing is something", '<c><v>0</v></c>', [0.0]),
        ):
            with self.subTest(case):
                self.assertEqual(
                    table.read_xlsx(make_xlsx(f'<row r="1">{cells}</row>', texts=texts)), [row])

    def test_rows_keep_their_number(self):
        one = '<c><v>1</v></c>'
        for case, rows, expected in (
            ("in order", [f'<row r="1">{one}</row>', f'<row r="2">{one}</row>'], [[1.0], [1.0]]),
            ("blank ones are left out of the file", [f'<row r="3">{one}</row>'], [[], [], [1.0]]),
            ("blank ones in the file", ['<row r="1"><c/></row>', f'<row r="2">{one}</row>'],
             [[], [1.0]]),
            ("without numbers", [f'<row>{one}</row>', f'<row>{one}</row>'], [[1.0], [1.0]]),
            ("without numbers, a blank one between",
             [f'<row>{one}</row>', '<row/>', f'<row>{one}</row>'], [[1.0], [], [1.0]]),
            ("some without", [f'<row r="2">{one}</row>', f'<row>{one}</row>'],
             [[], [1.0], [1.0]]),
            ("a number that was there already",
             [f'<row r="2">{one}</row>', f'<row r="1">{one}</row>'], [[], [1.0], [1.0]]),
            ("blank ones at the end",
             [f'<row r="1">{one}</row>', '<row r="9"><c/></row>'], [[1.0]]),
        ):
            with self.subTest(case):
                self.assertEqual(table.read_xlsx(make_xlsx(*rows)), expected)

    def test_the_first_sheet_is_read(self):
        def sheet(number):
            return make_sheet(f'<row r="1"><c><v>{number}</v></c></row>')
        content = make_xlsx(sheet10=sheet(10), sheet2=sheet(2), other1=sheet(1))
        self.assertEqual(table.read_xlsx(content), [[2.0]])

    def test_files_that_are_no_spreadsheet(self):
        row = '<row r="1"><c><v>{}</v></c></row>'.format
        text = '<row r="1"><c t="s"><v>{}</v></c></row>'.format
        evil = '<!DOCTYPE x [<!ENTITY a "b">]>'
        for case, content, why in (
            ("no package", b"PK\x03\x04 nothing", "unreadable"),
            ("a package without a sheet", make_xlsx(other=make_sheet()), "no_sheet"),
            ("broken", make_xlsx(sheet1="<worksheet>"), "unreadable"),
            ("entities", make_xlsx(sheet1=evil + make_sheet(row(5))), "unreadable"),
            ("a type without entities", make_xlsx(sheet1='<!DOCTYPE x>' + make_sheet(row(5))),
             "unreadable"),
            ("entities in another encoding",
             make_xlsx(sheet1=(evil + make_sheet(row('&a;'))).encode('utf-16')), "unreadable"),
            ("entities in the texts", make_xlsx(row(5), texts=evil + make_texts()), "unreadable"),
            ("an entity alone", make_xlsx(sheet1=make_sheet(row('<!ENTITY a "b">'))), "unreadable"),
            ("a text that is not there", make_xlsx(text(1), texts=make_texts('<si/>')),
             "unreadable"),
            ("a text before the first", make_xlsx(text(-1), texts=make_texts('<si/>')),
             "unreadable"),
            ("no texts at all", make_xlsx(text(0)), "unreadable"),
            ("endless", make_xlsx(row('inf')), "unreadable"),
            ("none", make_xlsx(row('nan')), "unreadable"),
            ("a column without letters", make_xlsx('<row r="1"><c r="7"><v>1</v></c></row>'),
             "unreadable"),
        ):
            with self.subTest(case), self.assertRaisesRegex(ValueError, why):
                table.read_xlsx(content)

    def test_no_more_than_a_person_would_import(self):
        content = make_xlsx('<row r="2"><c><v>1</v></c><c><v>2</v></c></row>')
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            size = sum(entry.file_size for entry in package.infolist())
        for name, fits, too_small in (
            ('MOST_BYTES', size, size - 1), ('MOST_ROWS', 2, 1), ('MOST_CELLS', 2, 1),
        ):
            with self.subTest(name):
                with patch.object(table, name, fits):
                    self.assertEqual(table.read_xlsx(content), [[], [1.0, 2.0]])
                with patch.object(table, name, too_small), \
                        self.assertRaisesRegex(ValueError, "too_large"):
                    table.read_xlsx(content)


@tagged('post_install', '-at_install')
class TestTableCells(BaseCase):
    """What a cell says: a text, a day, an amount."""

    def test_texts(self):
        for value, text in (
            (4711.0, "4711"), (0.5, "0.5"), (-3.0, "-3"), (" A 7 ", "A 7"), ("", ""), (None, ""),
        ):
            with self.subTest(value=value):
                self.assertEqual(table.to_text(value), text)

    def test_days(self):
        for value, day in (
            ("2026-12-31", date(2026, 12, 31)), ("31.12.2026", date(2026, 12, 31)),
            ("31/12/2026", date(2026, 12, 31)), ("31.12.26", date(2026, 12, 31)),
            ("2026-12-31T00:00:00", date(2026, 12, 31)),
            ("2026-12-31 23:59:59", date(2026, 12, 31)), (" 31.12.2026 ", date(2026, 12, 31)),
            ("03/04/2026", date(2026, 4, 3)), ("", None), (None, None), (" ", None),
            (46387.0, date(2026, 12, 31)), (46387.75, date(2026, 12, 31)),
            (1.0, date(1899, 12, 31)), (2_958_465.0, date(9999, 12, 31)),
        ):
            with self.subTest(value=value):
                self.assertEqual(table.to_date(value), day)
        for value in (0.0, 0.5, -1.0, 2_958_466.0, "soon", "31.02.2026", "2026"):
            with self.subTest(value=value), self.assertRaisesRegex(ValueError, "date"):
                table.to_date(value)

    def test_amounts(self):
        """The reader's decimal sign decides what could be read both ways."""
        for value, comma, point in (
            (7.0, 7.0, 7.0), (0.0, 0.0, 0.0), (999_999_999_999.0,) * 3,
            (10.014, 10.01, 10.01), (10.016, 10.02, 10.02),
            ("1000", 1000.0, 1000.0), ("0", 0.0, 0.0), ("12,5", 12.5, 12.5), ("12.50", 12.5, 12.5),
            ("12.500", 12500.0, 12.5), ("12,500", 12.5, 12500.0), ("1.2345", 1.23, 1.23),
            ("1.000,50", 1000.5, 1000.5), ("1,000.50", 1000.5, 1000.5),
            ("12'500", 12500.0, 12500.0),
            ("12’500.50", 12500.5, 12500.5), ("12 500,50", 12500.5, 12500.5),
            ("€ 3", 3.0, 3.0), ("3 £", 3.0, 3.0), ("$3", 3.0, 3.0), ("3 EUR", 3.0, 3.0),
            ("CHF 3", 3.0, 3.0), ("USD 3", 3.0, 3.0), ("GBP 3", 3.0, 3.0),
            ("", None, None), (None, None, None), (" ", None, None), ("€", None, None),
        ):
            with self.subTest(value=value):
                self.assertEqual(
                    [table.to_amount(value, sign) for sign in (',', '.')], [comma, point])
        for value in ("x", "-5", -1.0, -0.5, 1e12, "1000000000000", "1e5x", float('nan')):
            with self.subTest(value=value), self.assertRaises(ValueError):
                table.to_amount(value, '.')
