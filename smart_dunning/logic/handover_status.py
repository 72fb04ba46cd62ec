"""Read the status file of an agency: text in, `logic.handover_back.Status` and complaints out.

>>> found, wrong = read_rows([["number", "paid"], ["HO/1", "1.234,50"], ["HO/2", "much"]])
>>> found[0].paid, [(one.row, one.column) for one in wrong]
(1234.5, [(3, 'paid')])
"""

import contextlib
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from . import table
from .handover_back import Status
from .number import read_number

#: What columns may be called, besides their own names.
COLUMNS = {
    'number': ('case', 'case_number', 'case number', 'aktenzeichen gläubiger', 'fallnummer'),
    'reference': ('agency_reference', 'aktenzeichen', 'file number'),
    'state': ('status',), 'paid': ('bezahlt', 'gezahlt'), 'costs': ('kosten',),
    'closed_as': ('closed as', 'abschluss'), 'currency': ('währung',), 'date': ('datum',),
}
_NAMES = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
#: The formula mark that a spreadsheet, or our own table, puts before a text.
_MARK = "'"
_DAYS = ('%Y-%m-%d', '%d.%m.%Y', '%d/%m/%Y')

NO_NUMBER = 'no_number'
NO_AMOUNT = 'no_amount'
NO_DATE = 'no_date'
NO_COLUMN = 'no_column'


class Complaint(NamedTuple):
    """A cell that cannot be read: why, in which row (from 1) and column, and what it says."""

    row: int
    code: str
    column: str = ''
    text: str = ''


def split_csv(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV file: UTF-8 or Windows-1252; semicolon, comma or tab.

    :raise ValueError: when it is none

    >>> split_csv("number;paid\\r\\nHO/1;5,00\\r\\n".encode())
    [['number', 'paid'], ['HO/1', '5,00']]
    """
    return table.read_csv(content, errors='replace')


def read_rows(rows: Iterable[list[str]]) -> tuple[list[Status], list[Complaint]]:
    """Return the statuses of a table, and what cannot be read of it. Empty rows are passed over.

    :param rows: the first one names the columns; unknown columns are passed over
    """
    rows = list(rows)
    names = [_NAMES.get(cell.strip().lower()) for cell in rows[0]] if rows else []
    if 'number' not in names:
        return [], [Complaint(1, NO_COLUMN, 'number')]
    found, wrong = [], []
    for index, row in enumerate(rows[1:], 2):
        cells = {
            name: cell.strip().removeprefix(_MARK)
            for name, cell in zip(names, row, strict=False) if name}
        if any(cells.values()):
            status, complaints = read_status(index, cells)
            wrong += complaints
            if not complaints:
                found.append(status)
    return found, wrong


def read_status(row: int, cells: dict[str, str]) -> tuple[Status | None, list[Complaint]]:
    """Return the status that some cells say, and what cannot be read.

    :param cells: texts by the names of `COLUMNS`; what is empty says nothing
    """
    wrong = [] if cells.get('number') else [Complaint(row, NO_NUMBER, 'number')]
    values: dict = {}
    for name, read, code in (
            ('paid', read_amount, NO_AMOUNT), ('costs', read_amount, NO_AMOUNT),
            ('date', read_date, NO_DATE)):
        text = cells.get(name)
        if text:
            values[name] = read(text)
            if values[name] is None:
                wrong.append(Complaint(row, code, name, text[:40]))
    if wrong:
        return None, wrong
    return Status(
        row, cells['number'], (cells.get('state') or '').lower() or None, values.get('paid'),
        values.get('costs'), (cells.get('closed_as') or '').lower() or None,
        cells.get('reference') or None, (cells.get('currency') or '').upper() or None,
        values.get('date')), []


def read_amount(text: str) -> float | None:
    """Return the amount that a text says, None where that is not certain.

    >>> [read_amount(text) for text in ("1.234,56", "1,234.56", "12,5", "1234.56", "-3", "1.234")]
    [1234.56, 1234.56, 12.5, 1234.56, -3.0, None]
    >>> read_amount("nan"), read_amount("1e5"), read_amount("12 €"), read_amount("9" * 400)
    (None, None, 12.0, None)
    """
    text = re.sub(r'\s|€|EUR|CHF', '', text)
    amount = read_number(text.removeprefix('-'))
    if amount is None or amount >= 1e12:
        return None
    return -amount if text.startswith('-') else amount


def read_date(text: str) -> date | None:
    """Return the day that a text says, None for anything else.

    >>> read_date("31.12.2026"), read_date("soon")
    (datetime.date(2026, 12, 31), None)
    """
    for pattern in _DAYS:
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, pattern).date()
    return None
