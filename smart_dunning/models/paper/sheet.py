"""Workbooks (XLSX), written in one place: what people typed stays text and is never a formula."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter

#: No cell of a workbook holds more.
MOST_CHARACTERS = 32767
_WIDEST = 60


class Sheet(NamedTuple):
    """A table of a workbook.

    ``rows`` hold values by their kind: texts as text, `int` as whole numbers, `float` and
    `Decimal` as amounts, dates as dates, None as nothing. ``total`` is a last row in bold.
    """

    headings: list
    rows: list
    title: str | None = None
    total: list | None = None


def make_book(sheets, day_format='yyyy-mm-dd'):
    """Return an XLSX file.

    :param sheets: each a `Sheet`; a file without any has an empty one
    :param day_format: as spreadsheets write it
    """
    with io.BytesIO() as target:
        with xlsxwriter.Workbook(target, {
                'in_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False,
                'strings_to_numbers': False}) as book:
            for one in sheets:
                _write_sheet(book, one, day_format)
            if not book.worksheets():
                book.add_worksheet()
        return target.getvalue()


def _write_sheet(book, one, day_format):
    page = book.add_worksheet(one.title)
    layouts = {
        kind: {is_bold: book.add_format({**layout, 'bold': is_bold}) for is_bold in (False, True)}
        for kind, layout in {
            'text': {}, 'amount': {'num_format': '#,##0.00'}, 'day': {'num_format': day_format},
        }.items()}
    lines = [(one.headings, True), *((row, False) for row in one.rows)]
    if one.total:
        lines.append((one.total, True))
    widths = {}
    for number, (row, is_bold) in enumerate(lines):
        for column, value in enumerate(row):
            width = _write_cell(page, number, column, value, {
                kind: by_weight[is_bold] for kind, by_weight in layouts.items()})
            widths[column] = max(width, widths.get(column, 0))
    for column, width in widths.items():
        page.set_column(column, column, min(_WIDEST, width + 2))
    page.freeze_panes(1, 0)


def _write_cell(page, number, column, value, layouts):
    """Write a value by its kind; return how many characters wide it is."""
    if value is None:
        return 0
    if isinstance(value, datetime | date):
        page.write_datetime(
            number, column, datetime(value.year, value.month, value.day), layouts['day'])
        return 10
    if isinstance(value, float | Decimal):
        page.write_number(number, column, float(value), layouts['amount'])
        return len(f"{value:,.2f}")
    if isinstance(value, int):
        page.write_number(number, column, value, layouts['text'])
        return len(str(value))
    page.write_string(number, column, value[:MOST_CHARACTERS], layouts['text'])
    return len(value)
