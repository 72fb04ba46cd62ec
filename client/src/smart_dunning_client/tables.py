"""Tables that people make: CSV and XLSX files with a line of headings."""

import csv
from datetime import date, datetime
from pathlib import Path

import click


def read_table(path, columns):
    """Return the rows of a file as dicts, by the names of columns.

    :param path: of a .csv (comma, semicolon or tab; UTF-8) or .xlsx file
    :param columns: {heading in lower case: name}; others are left out
    :raise click.UsageError: when it cannot be read, or a column that has to be there is missing
    """
    path = Path(path)
    read = _read_xlsx if path.suffix.lower() == '.xlsx' else _read_csv
    rows = [row for row in read(path) if any(value not in (None, "") for value in row)]
    if not rows:
        raise click.UsageError(f"{path} is empty.")
    names = [columns.get(str(heading or "").strip().casefold()) for heading in rows[0]]
    missing = [name for name in dict.fromkeys(columns.values())
               if name in REQUIRED and name not in names]
    if missing:
        raise click.UsageError(
            f"{path} has no column {', '.join(missing)}. Its first line must name the columns.")
    return [
        {name: _clean(value) for name, value in zip(names, row, strict=False)
         if name and value not in (None, "")}
        for row in rows[1:]]


REQUIRED = ('customer', 'limit')

LIMIT_COLUMNS = {
    'customer': 'customer', 'kunde': 'customer', 'vat': 'customer', 'ref': 'customer',
    'reference': 'customer', 'limit': 'limit', 'credit limit': 'limit', 'kreditlimit': 'limit',
    'valid until': 'valid_until', 'valid_until': 'valid_until', 'gültig bis': 'valid_until',
    'reason': 'reason', 'grund': 'reason',
}


def _clean(value):
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value


def _read_csv(path):
    try:
        text = path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is not UTF-8: please save it as “CSV UTF-8”.") from None
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
    first = text.partition("\n")[0]
    delimiter = max(';,\t', key=first.count)
    return list(csv.reader(text.splitlines(), delimiter=delimiter))


def _read_xlsx(path):
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise click.UsageError(
            "Reading .xlsx needs openpyxl: pip install 'smart-dunning-client[xlsx]', or save the "
            "table as CSV.") from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        return [list(row) for row in book.active.iter_rows(values_only=True)]
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
    except Exception as error:
        raise click.UsageError(f"{path} is no table of Excel: {error}") from None


def parse_date(text):
    """Return the day that a text names.

    :raise click.UsageError: when it names none
    """
    if text in (None, ""):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"“{text}” is no day. Please write it as 2026-12-31.") from None
