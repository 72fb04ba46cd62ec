import base64
import csv
import doctest
import io
import pathlib
import re
import zipfile
from datetime import timedelta
from unittest.mock import patch

import polib
import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..logic import table
from ..logic.exposure import BLOCK, ORDER, Facts, Request, Rule, Terms, decide
from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestCreditCheck(HoldCommon):
    """Credit checks: read from files, asked for at the checkpoints, renewed in time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({'vat': 'DE136695976', 'ref': "K-100", 'is_company': True})
        cls.other.ref = "K-200"

    def _check(self, partner=None, **values):
        return self.env['dunning.credit.check'].create({
            'partner_id': (partner or self.customer).id, 'company_id': self.company.id,
            'date': Date.subtract(self.today, days=100), **values})

    def test_a_credit_check_is_asked_for_above_an_exposure(self):
        none, known = Facts(credit_check=False), Facts(credit_check=True)
        ended = Facts(credit_check=False, credit_check_ended=self.today - timedelta(days=1))
        for trigger, amount, facts, request, is_held in (
            ('missing', 100, none, Request(100.0), False),
            ('missing', 100, none, Request(100.01), True),
            ('missing', 100, Facts(receivables=60, to_invoice=30, credit_check=False),
             Request(10.01), True),
            ('missing', 100, Facts(receivables=100.01, credit_check=False), Request(-50.0), True),
            ('missing', 100, known, Request(1000.0), False),
            ('missing', 100, ended, Request(1000.0), True),
            ('missing', 100, Facts(receivables=1000), Request(), False),      # nobody asked
            ('missing', 100, none, Request(1000.0, is_paid=True), False),
            ('expired', 0, none, Request(1000.0), False),
            ('expired', 0, known, Request(1000.0), False),
            ('expired', 0, ended, Request(), True),
            ('expired', 100, ended, Request(100.0), False),
            ('expired', 100, ended, Request(100.01), True),
        ):
            with self.subTest(trigger=trigger, facts=facts, request=request):
                rule = Rule(f'credit_check_{trigger}', {ORDER: BLOCK}, amount=amount)
                verdict = decide(facts, Terms((rule,)), request, ORDER, self.today,
                                 self.company.currency_id.compare_amounts)
                self.assertEqual(verdict.blocks, is_held)

    # At the checkpoints -------------------------------------------------------------------------

    def test_an_order_needs_a_credit_check_above_an_exposure(self):
        self._rule('credit_check_missing', amount=500.0)
        self._order(5).action_confirm()                              # 500.00: up to the bound
        with self.assertRefused("There is no credit check"):
            self._order(1).action_confirm()
        check = self._check(valid_until=self.today)
        self._order(1).action_confirm()
        check.valid_until = self.today - timedelta(days=1)
        with self.assertRefused("The last credit check ended"):
            self._order(1).action_confirm()

    def test_a_delivery_too(self):
        order = self._order(6, confirm=True)
        self._rule('credit_check_missing', amount=500.0)
        order.picking_ids.move_ids.write({'quantity': 6, 'picked': True})
        with self.assertRefused("credit check"):
            order.picking_ids.button_validate()

    def test_a_check_that_has_expired(self):
        self._rule('credit_check_expired')
        self._order(1).action_confirm()                              # there never was one
        self._check(valid_until=self.today - timedelta(days=1))
        with self.assertRefused("The credit check ended"):
            self._order(1).action_confirm()
        self._check(date=self.today)
        self._order(1).action_confirm()

    def test_the_debtor_follows_at_once(self):
        self._rule('credit_check_missing', amount=50.0)
        self._overdue(100.0)
        self.env['dunning.debtor']._refresh(company=self.company)
        debtor = self.customer.with_company(self.company).dunning_debtor_id
        self.assertEqual(debtor.hold_state, 'block')
        self.assertIn("There is no credit check", debtor.hold_reason)
        self._check()
        self.assertIn(self.customer.id, self.env['dunning.debtor.change']._get_pending(
            self.company))

    def test_a_check_has_a_name(self):
        self.assertEqual(
            self._check(source='insurer', date='2026-01-15').display_name,
            "Credit insurer of 01/15/2026")

    def test_an_insurer_caps_the_proposal(self):
        for _number in range(3):
            self._overdue(3000.0, days=10)
        self.env['dunning.debtor']._refresh(company=self.company)
        debtor = self.customer.with_company(self.company).dunning_debtor_id
        self.assertGreater(debtor.proposed_limit, 2000.0)
        self._check(source='insurer', amount_limit=1250.0)
        self._check(source='schufa', amount_limit=10.0, date=self.today)    # caps nothing
        self.env['dunning.debtor']._refresh(company=self.company)
        self.assertEqual(debtor.proposed_limit, 1250.0)

    # Renewal ------------------------------------------------------------------------------------

    def test_somebody_is_asked_to_renew_it_once(self):
        checks = self.env['dunning.credit.check']
        soon = self._check(valid_until=self.today + timedelta(days=10))
        later = self._check(self.other, valid_until=self.today + timedelta(days=60))
        renewed = self._check(self.other, source='insurer',
                              valid_until=self.today + timedelta(days=10))
        self._check(self.other, source='insurer', date=self.today,
                    valid_until=self.today + timedelta(days=300))
        for _night in range(2):
            checks._remind_of_end(self.company, self.today)
        self.assertEqual(len(soon.activity_ids), 1)
        self.assertEqual(soon.activity_ids.user_id, self.clerk)
        self.assertFalse((later + renewed).activity_ids)

    # Provider -----------------------------------------------------------------------------------

    def test_a_provider_is_a_module(self):
        self._overdue()
        self.env['dunning.debtor']._refresh(company=self.company)
        debtor = self.customer.with_company(self.company).dunning_debtor_id.with_user(self.clerk)
        self.assertFalse(debtor.has_credit_provider)
        with self.assertRefused("No provider"):
            debtor.action_fetch_credit_check()
        model = self.env.registry['dunning.credit.check']
        with patch.object(model, '_has_provider', lambda self: True), patch.object(
                model, '_fetch_credit_check',
                lambda self, company, partner: {'source': 'creditreform', 'index': "212"}):
            debtor.action_fetch_credit_check()
        [check] = self.env['dunning.credit.check'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual((check.index, check.company_id), ("212", self.company))

    def test_in_the_night_the_provider_is_asked_once_about_checks_that_end(self):
        ending = {partner: self._check(partner, valid_until=self.today + timedelta(days=10))
                  for partner in (self.customer, self.other)}
        self._check(self._make_customer("Later"), valid_until=self.today + timedelta(days=90))
        asked, refusal = [], "Unknown to us"

        def fetch(_model, _company, partner):
            asked.append(partner)
            if partner == self.other:
                raise UserError(refusal)
            return {'source': ending[partner].source, 'date': self.today,
                    'valid_until': self.today + timedelta(days=365)}
        model = self.env.registry['dunning.credit.check']
        with patch.object(model, '_has_provider', lambda self: True), \
                patch.object(model, '_fetch_credit_check', fetch), \
                mute_logger('odoo.addons.smart_dunning.models.risk.dunning_credit_check'):
            for _night in range(2):
                self.env['dunning.credit.check']._remind_of_end(self.company, self.today)
        self.assertCountEqual(asked, [self.customer, self.other])
        self.assertEqual(len(self._find().filtered(
            lambda check: check.partner_id == self.customer)), 2)
        self.assertFalse(ending[self.customer].activity_ids)
        self.assertEqual(ending[self.other].activity_ids.user_id, self.clerk)

    # Files --------------------------------------------------------------------------------------

    def _import(self, content, user=None, **values):
        if isinstance(content, str):
            content = content.encode()
        return self.env['dunning.credit.import'].with_user(user or self.clerk).create({
            'company_id': self.company.id, 'file': base64.b64encode(content), **values})

    def _find(self):
        return self.env['dunning.credit.check'].search([('company_id', '=', self.company.id)])

    def test_a_file_is_looked_at_and_then_imported(self):
        wizard = self._import(
            "VAT;Kunden-Nr;Limit;Gültig bis;Index\n"
            "DE 136.695.976;;12.500,00;31.12.2099;A+\n"
            ";K-200;800;2099-06-30;C\n")
        wizard.action_check()
        self.assertFalse(self._find())
        self.assertEqual(wizard.line_ids.mapped('state'), ['new', 'new'])
        wizard.action_import()
        self.assertRecordValues(self._find().sorted('amount_limit'), [
            {'partner_id': self.other.id, 'amount_limit': 800.0, 'index': "C",
             'valid_until': Date.to_date('2099-06-30'), 'source': 'insurer'},
            {'partner_id': self.customer.id, 'amount_limit': 12500.0, 'index': "A+",
             'valid_until': Date.to_date('2099-12-31'), 'source': 'insurer'}])
        wizard.action_check()
        self.assertEqual(wizard.line_ids.mapped('state'), ['known', 'known'])
        with self.assertRefused("Nothing in the file is new"):
            wizard.action_import()

    def test_a_longer_validity_or_another_index_is_news(self):
        head = "VAT;Limit;Date;Valid until;Index\n"
        row = "DE136695976;800;2026-01-01;{until};{index}\n"
        self._import(head + row.format(until='2099-06-30', index="C")).action_import()
        for until, index, expected in (
                ('2099-06-30', "C", 'known'), ('2100-06-30', "C", 'new'),
                ('2099-06-30', "D", 'new')):
            wizard = self._import(head + row.format(until=until, index=index))
            wizard.action_check()
            with self.subTest(until=until, index=index):
                self.assertEqual(wizard.line_ids.state, expected)

    def test_columns_may_be_called_as_the_dialog_calls_them(self):
        folder = pathlib.Path(__file__).parents[1] / 'i18n'
        languages = sorted(folder.glob('*.po'))
        self.assertGreaterEqual(len(languages), 12)
        for path in languages:
            with self.subTest(path.stem):
                text, = (entry.msgstr for entry in polib.pofile(str(path))
                         if entry.msgid.startswith("The first row names the columns"))
                vat, reference, _number, *others = re.findall(r'<b>(.*?)</b>', text)
                for head, key in ((reference, "K-200"), (vat, "DE136695976")):
                    wizard = self._import(
                        f"{head};{';'.join(others)}\n{key};800;C;2026-01-31;2099-06-30;insured\n")
                    wizard.action_import()
                    self.assertRecordValues(self._find(), [{
                        'amount_limit': 800.0, 'index': "C", 'note': "insured",
                        'date': Date.to_date('2026-01-31'),
                        'valid_until': Date.to_date('2099-06-30')}])
                    self._find().unlink()

    def test_one_bad_row_and_nothing_is_imported(self):
        self._make_customer("Double", ref="K-200")
        wizard = self._import(
            "reference,limit,valid until,date\n"
            "K-100,100,2099-01-01,2026-01-01\n"
            "K-999,100,,\n"
            "K-200,100,,\n"
            "K-100,much,soon,\n"
            ",100,,\n"
            "K-100,100,2025-01-01,2026-01-01\n"
            "K-100,-5,,\n")
        wizard.action_check()
        found = {line.row: (line.state, line.error) for line in wizard.line_ids}
        self.assertEqual(found[2], ('new', ''))
        for row, pattern in (
            (3, "No such customer"), (4, "Several customers: Bernd Braun, Double"),
            (5, "“much” is no amount. “soon” is no date."), (6, "No customer is named"),
            (7, "ends before it begins"), (8, "“-5” is no amount"),
        ):
            with self.subTest(row=row):
                self.assertEqual(found[row][0], 'error')
                self.assertIn(pattern, found[row][1])
        with self.assertRefused("please correct these rows first: 3, 4, 5, 6, 7, 8"):
            wizard.action_import()
        self.assertFalse(self._find())

    def test_a_spreadsheet_by_the_insurers_number(self):
        self._check(source='insurer', number="700.123")
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file)
        sheet = book.add_worksheet()
        for column, head in enumerate(("Number", "Limit", "Date", "Valid until")):
            sheet.write(0, column, head)
        sheet.write(1, 0, 700123)
        sheet.write(1, 1, 4321.5)
        sheet.write_datetime(1, 2, Date.to_date('2026-01-15'))
        sheet.write_datetime(1, 3, Date.to_date('2099-01-15'))
        book.close()
        self._import(file.getvalue()).action_import()
        check = self._find().filtered(lambda check: check.amount_limit == 4321.5)
        self.assertRecordValues(check, [{
            'partner_id': self.customer.id, 'number': "700123",
            'date': Date.to_date('2026-01-15'), 'valid_until': Date.to_date('2099-01-15')}])

    def test_keys_that_name_different_customers(self):
        wizard = self._import("vat,ref\nDE136695976,K-200\n")
        wizard.action_check()
        self.assertIn("Several customers", wizard.line_ids.error)

    def _make_xlsx(self, cells, attributes='r="1"'):
        """Return a spreadsheet of one row; its one text is "ref"."""
        space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        file = io.BytesIO()
        with zipfile.ZipFile(file, 'w') as package:
            package.writestr('xl/sharedStrings.xml', f'<sst {space}><si><t>ref</t></si></sst>')
            package.writestr(
                'xl/worksheets/sheet1.xml', f'<worksheet {space}><sheetData>'
                f'<row {attributes}>{cells}</row></sheetData></worksheet>')
        return file.getvalue()

    def test_rows_have_the_numbers_of_the_file(self):
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file)
        sheet = book.add_worksheet()
        for row, texts in ((0, ("ref", "limit")), (3, ("K-100", 5)), (5, ("nobody", 5))):
            sheet.write_row(row, 0, texts)
        book.close()
        for content in (
            "ref,limit\n\n,\nK-100,5\n\nnobody,5\n",
            "ref;limit\r\r;\rK-100;5\r\rnobody;5\r", file.getvalue(),
        ):
            with self.subTest(content=content[:20]):
                wizard = self._import(content)
                wizard.action_check()
                lines = wizard.line_ids.sorted('row')
                self.assertEqual(lines.mapped('row'), [4, 6])
                self.assertEqual(lines.mapped('error'), ['', "No such customer."])

    def test_cells_that_the_reader_refuses(self):
        self.addCleanup(csv.field_size_limit, csv.field_size_limit(100))
        with self.assertRefused("cannot be read"):
            self._import("ref\n" + "K" * 101).action_check()

    def test_references_of_cells_in_small_letters(self):
        self.assertEqual(
            table.read_xlsx(self._make_xlsx('<c r="b1" t="s"><v>0</v></c>')), [['', 'ref']])

    def test_files_that_are_none(self):
        for content, pattern in (
            (b'', "choose a file"), ("limit\n5\n", "first row must name"),
            (b'PK\x03\x04 no zip', "cannot be read"), (b'\x81\x8d;\x00', "cannot be read"),
            (self._make_xlsx('<c r="A1" t="s"><v>9</v></c>'), "cannot be read"),
            (self._make_xlsx('<c r="A1" t="s"><v>-1</v></c>'), "cannot be read"),
            (self._make_xlsx('<c r="7"><v>1</v></c>'), "cannot be read"),
            (self._make_xlsx('<c r="A1"><v>1e999</v></c>'), "cannot be read"),
            (self._make_xlsx('', 'r="9999999"'), "cannot be read"),
        ):
            with self.subTest(content=content), self.assertRefused(pattern):
                self._import(content).action_check()

    def test_who_imports_and_where(self):
        with self.assertRaises(AccessError):
            self._import("ref\nK-100\n", user=self.seller)
        elsewhere = self._create_company(name="Elsewhere")
        self.other.company_id = elsewhere
        with self.assertRaises(AccessError):
            self._import("ref\nK-100\n", company_id=elsewhere.id).action_import()
        theirs = self._import("ref\nK-200\n")
        theirs.action_check()
        self.assertEqual(theirs.line_ids.error, "No such customer.")

    def test_tables(self):
        failed, attempted = doctest.testmod(table)
        self.assertTrue(attempted and not failed)
        for text, decimal, expected in (
            ('1,234.50', ',', 1234.5), ('1.234,50', '.', 1234.5), ('1234,5', '.', 1234.5),
            ('12.500', ',', 12500.0), ('12,500', '.', 12500.0), ('12,500', ',', 12.5),
            ('1 000 000', '.', 1e6), ('', '.', None), (None, '.', None), (0.0, '.', 0.0),
        ):
            with self.subTest(text=text, decimal=decimal):
                self.assertEqual(table.to_amount(text, decimal), expected)
        for text in ('abc', '-1', '1.2.3,4,5'):
            with self.subTest(text=text), self.assertRaises(ValueError):
                table.to_amount(text, '.')
