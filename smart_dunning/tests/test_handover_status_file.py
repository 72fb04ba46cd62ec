import doctest
from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic import handover_status
from ..logic.handover_back import Status
from ..logic.handover_status import Complaint, read_rows, split_csv

HEAD = ["number", "paid", "costs", "date", "state", "closed_as", "reference", "currency"]


@tagged('post_install', '-at_install')
class TestHandoverStatusFile(BaseCase):
    """What an agency writes into its table, and what cannot be read of it."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(handover_status).failed)

    def test_files_of_any_office(self):
        rows = [["number", "paid"], ["HO/1", "5,00"]]
        for case, content in (
            ("semicolons", b"number;paid\r\nHO/1;5,00\r\n"),
            ("tabs", b"number\tpaid\nHO/1\t5,00\n"),
            ("commas and quotes", b'number,paid\nHO/1,"5,00"\n'),
            ("with a mark of UTF-8", "\ufeffnumber;paid\nHO/1;5,00\n".encode()),
        ):
            with self.subTest(case):
                self.assertEqual(split_csv(content), rows)
        self.assertEqual(split_csv("number\nSöhne\n".encode('cp1252'))[1], ["Söhne"])
        # A byte that no encoding knows spoils one letter, not the file.
        self.assertEqual(split_csv(b"number\nS\xf6hne \x81\n")[1], ["Söhne \ufffd"])

    def test_every_column_is_read(self):
        found, wrong = read_rows([HEAD, [
            " 'HO/1 ", "1.234,50", "20", "31.12.2026", "Closed", "PAID", "'A-7", "eur"]])
        self.assertEqual(wrong, [])
        self.assertEqual(found, [Status(
            2, "HO/1", state='closed', paid=1234.5, costs=20.0, closed_as='paid', reference="A-7",
            currency="EUR", reported=date(2026, 12, 31))])

    def test_columns_by_the_names_that_agencies_use(self):
        for name, aliases in handover_status.COLUMNS.items():
            for alias in (name, *aliases):
                with self.subTest(alias):
                    cell = {'paid': "5", 'costs': "5", 'date': "2026-03-09"}.get(name, "x")
                    [by_name], _wrong = read_rows([["number", name], ["HO/1", cell]])
                    [by_alias], _wrong = read_rows([
                        ["number", f" {alias.upper()} "], ["HO/1", cell]])
                    self.assertEqual(by_alias, by_name)
                    self.assertNotEqual(by_name, Status(2, ""))

    def test_what_is_empty_says_nothing(self):
        for case, row in (
            ("empty cells", ["HO/1", "", "", " ", "", "", "", ""]), ("a short row", ["HO/1"]),
        ):
            with self.subTest(case):
                self.assertEqual(read_rows([HEAD, row]), ([Status(2, "HO/1")], []))

    def test_rows_that_are_passed_over(self):
        for case, rows, numbers in (
            ("an empty row", [HEAD, [], ["HO/1"]], [3]),
            ("a row of blanks", [HEAD, ["", " "], ["HO/1"]], [3]),
            ("only what we do not know",
             [["number", "our own notes"], ["", "call again"], ["HO/1", ""]], [3]),
            ("no row", [HEAD], []),
        ):
            with self.subTest(case):
                found, wrong = read_rows(rows)
                self.assertEqual([one.row for one in found], numbers)
                self.assertEqual(wrong, [])

    def test_what_cannot_be_read_is_told_with_its_place(self):
        for case, rows, complaints in (
            ("an empty file", [], [Complaint(1, 'no_column', 'number')]),
            ("no column of cases", [["paid"], ["5"]], [Complaint(1, 'no_column', 'number')]),
            ("no case", [["number", "paid"], ["", "5"]], [Complaint(2, 'no_number', 'number')]),
            ("words for an amount", [HEAD, ["HO/1", "much"]],
             [Complaint(2, 'no_amount', 'paid', "much")]),
            ("words for costs", [HEAD, ["HO/1", "5", "few"]],
             [Complaint(2, 'no_amount', 'costs', "few")]),
            ("no day", [HEAD, ["HO/1", "", "", "soon"]],
             [Complaint(2, 'no_date', 'date', "soon")]),
            ("a day that is none", [HEAD, ["HO/1", "", "", "31.02.2026"]],
             [Complaint(2, 'no_date', 'date', "31.02.2026")]),
            ("a long text is cut", [HEAD, ["HO/1", "x" * 41]],
             [Complaint(2, 'no_amount', 'paid', "x" * 40)]),
            ("several of one row", [HEAD, ["", "much", "few"]], [
                Complaint(2, 'no_number', 'number'), Complaint(2, 'no_amount', 'paid', "much"),
                Complaint(2, 'no_amount', 'costs', "few")]),
        ):
            with self.subTest(case):
                self.assertEqual(read_rows(rows), ([], complaints))
        self.assertEqual(Complaint(1, 'no_number'), Complaint(1, 'no_number', '', ''))

    def test_a_wrong_row_leaves_the_others(self):
        found, wrong = read_rows([HEAD, ["HO/1", "much"], ["HO/2", "5"]])
        self.assertEqual(found, [Status(3, "HO/2", paid=5.0)])
        self.assertEqual(wrong, [Complaint(2, 'no_amount', 'paid', "much")])

    def test_days(self):
        for text, day in (
            ("2026-03-09", date(2026, 3, 9)), ("09.03.2026", date(2026, 3, 9)),
            ("09/03/2026", date(2026, 3, 9)), ("9.3.2026", date(2026, 3, 9)), ("03/2026", None),
        ):
            with self.subTest(text):
                self.assertEqual(handover_status.read_date(text), day)

    def test_amounts(self):
        """Whatever is not certain is no amount: nobody guesses about money."""
        for text, amount in (
            ("12", 12.0), ("12,5", 12.5), ("12.50", 12.5), ("1.234,56", 1234.56),
            ("1,234.56", 1234.56), ("1.234.567", 1234567.0), ("1,234,567", 1234567.0),
            ("1.234.567,89", 1234567.89), ("1'234.50", 1234.5), ("1 234,50", 1234.5),
            ("1\u00a0234,50", 1234.5), ("1\u202f234,50", 1234.5), ("1’234.50", 1234.5),
            ("12,50 €", 12.5), ("EUR 12", 12.0), ("12 CHF", 12.0), ("-3", -3.0), ("0", 0.0),
            ("1.234", None), ("12,345", None), ("1,234.567.890", None), ("1.2,3.4", None),
            ("12..5", None),
            ("", None), (".5", None), ("--3", None), ("nan", None), ("1e5", None), ("x", None),
            ("999999999999", 999999999999.0), ("999999999999.9", 999999999999.9),
            ("1000000000000", None), ("-1000000000000", None),
        ):
            with self.subTest(text):
                self.assertEqual(handover_status.read_amount(text), amount)
