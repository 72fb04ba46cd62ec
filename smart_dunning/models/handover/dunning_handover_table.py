import csv
import io
import re
from datetime import date
from decimal import Decimal

from odoo import models
from odoo.fields import Date
from odoo.tools import float_repr

from ...logic import handover_record as record
from ..paper.sheet import Sheet, make_book

_AMOUNT = re.compile(r'-?[0-9]+([.,][0-9]+)?')
_STATEMENT = ('number', 'date', 'due', 'kind', 'currency', 'original', 'open')


class DunningHandover(models.Model):
    """The tables of a package: claims as CSV and XLSX by the mapping of the agency, a statement."""

    _inherit = 'dunning.handover'

    def _make_tables(self, case):
        """Return [(name, kind, content, claim)] of the tables.

        :param case: `record.Record`
        """
        self.ensure_one()
        columns = self.agency_id.column_ids
        if not columns:
            return []
        rows = self._make_rows(case, columns)
        headings = [column._get_heading() for column in columns]
        return [
            ('claims.csv', 'claims', self._make_csv(headings, rows), ''),
            ('claims.xlsx', 'claims', _make_xlsx(headings, rows, self.agency_id.date_format), '')]

    def _make_rows(self, case, columns):
        """Return one row per claim, cells as pairs of kind and value."""
        return record.make_rows(case, [(one.source, one.text or '') for one in columns])

    def _make_csv(self, headings, rows):
        """Return the rows as the agency reads them; no cell is run by a spreadsheet."""
        agency = self.agency_id
        return self._write_csv([headings, *(
            [self._format_cell(kind, value) for kind, value in row] for row in rows)],
            agency.delimiter, agency.encoding)

    def _format_cell(self, kind, value):
        agency = self.agency_id
        if kind == 'amount' and value:
            return value.replace('.', agency.decimal_sign)
        if kind == 'date' and value:
            return Date.to_date(value).strftime(agency.date_format)
        return value

    def _write_csv(self, rows, delimiter=';', encoding='utf-8-sig'):
        with io.StringIO(newline='') as target:
            writer = csv.writer(
                target, delimiter='\t' if delimiter == 'tab' else delimiter,
                quoting=csv.QUOTE_MINIMAL, lineterminator='\r\n')
            for row in rows:
                writer.writerow([_defuse(cell) for cell in row])
            return target.getvalue().encode(encoding, errors='replace')

    def _make_statement(self):
        """Return [(name, content)]: everything open of the customer with us, credits included.

        As the table for programs, and on paper as our letters have it, in the agency's language.
        """
        statement = self.env['dunning.statement']._make(
            self.company_id, self.partner_id, self.recipient_id or self.partner_id,
            lang=self.agency_id.partner_id.lang)
        rows = [
            [row['number'] or '', Date.to_string(row['date']), Date.to_string(row['due']),
             row['type'], part['currency'].name,
             *(float_repr(row[name], part['currency'].decimal_places)
               for name in ('amount', 'open'))]
            for part in statement._get_rows() for row in part['rows']]
        return [('statement.csv', self._write_csv([_STATEMENT, *rows])),
                ('statement.pdf', statement._render_documents()[statement.id])]


def _defuse(cell):
    """Return a cell that is no formula; a negative amount is none."""
    return cell if _AMOUNT.fullmatch(cell) else record.defuse(cell)


def _make_xlsx(headings, rows, date_format):
    """Return a workbook with texts as texts, amounts as numbers, dates as dates."""
    return make_book([Sheet(headings, [[
        Decimal(value) if kind == 'amount' and value
        else date.fromisoformat(value) if kind == 'date' and value else value
        for kind, value in row] for row in rows])], date_format.replace('%d', 'dd').replace(
            '%m', 'mm').replace('%Y', 'yyyy'))
