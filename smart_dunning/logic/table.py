"""Reading rows of a table that somebody else's program wrote: CSV, or the first sheet of an XLSX.

Pure functions, standard library alone (Odoo's own packages bring no reader of XLSX along). Cells
are texts and numbers; what is an amount or a day is read by `to_amount` and `to_date`.

>>> read_csv("Name;Limit\\nAdler;1.000,50\\n".encode())
[['Name', 'Limit'], ['Adler', '1.000,50']]
>>> to_amount('1.000,50', ','), to_amount("12'500", '.'), to_amount(7.0, ',')
(1000.5, 12500.0, 7.0)
>>> to_date('31.12.2026'), to_date('2026-12-31'), to_date(46387.0)
(datetime.date(2026, 12, 31), datetime.date(2026, 12, 31), datetime.date(2026, 12, 31))
"""

import contextlib
import csv
import io
import math
import re
import zipfile
import zlib
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

from .number import read_number

#: A table larger than this, unpacked, is none that a person would import.
MOST_BYTES = 50_000_000
#: As many rows as a sheet of Excel has.
MOST_ROWS = 1_048_576
MOST_CELLS = 10_000_000
_BLANK: list = []       # one for all blank rows, however many a file has
_SHEET = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
_FIRST_DAY = date(1899, 12, 30)     # day 0 of spreadsheets
_DATE_FORMATS = ('%Y-%m-%d', '%d.%m.%Y', '%d/%m/%Y', '%d.%m.%y', '%Y-%m-%dT%H:%M:%S',
                 '%Y-%m-%d %H:%M:%S')


def is_xlsx(content: bytes) -> bool:
    """Return whether a file is a packed spreadsheet."""
    return content[:4] == b'PK\x03\x04'


def read_csv(content: bytes, errors: str = 'strict') -> list[list]:
    """Return the rows of a CSV file, whichever of ``; , tab`` parts its cells.

    A blank row is an empty list: the number of a row is its number in the file.

    :param errors: what becomes of bytes that are in no encoding we know, as of `bytes.decode`
    :raise ValueError: when the text is in no encoding we know, is none, or far too long

    >>> read_csv("Name,Limit\\r\\rAdler,5\\r".encode())
    [['Name', 'Limit'], [], ['Adler', '5']]
    """
    try:
        text = content.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = content.decode('cp1252', errors=errors)
    head = re.match(r'[^\r\n]*', text).group()
    comma = max(';,\t', key=head.count)
    rows = []
    try:
        # newline='': the reader takes the line ends of any system, those within a cell as well.
        for row in csv.reader(io.StringIO(text, newline=''), delimiter=comma):
            if len(rows) == MOST_ROWS:
                raise ValueError('too_large')
            rows.append(row if any(row) else _BLANK)
    except csv.Error as error:
        raise ValueError('unreadable') from error
    return rows


def read_xlsx(content: bytes) -> list[list]:
    """Return the rows of the first sheet of an XLSX file; numbers as float, days among them.

    A blank row is an empty list: the number of a row is its number in the sheet.

    :raise ValueError: when it is none, or far too large
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(entry.file_size for entry in package.infolist()) > MOST_BYTES:
                raise ValueError('too_large')
            names = package.namelist()
            texts = _read_texts(package, names)
            sheets = [name for name in names if re.fullmatch(
                r'xl/worksheets/sheet\d+\.xml', name)]
            if not sheets:
                raise ValueError('no_sheet')
            tree = _parse(package.read(min(sheets, key=lambda name: (len(name), name))))
    # RuntimeError: a password, or a way of packing we do not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, LookupError,
            ElementTree.ParseError) as error:
        raise ValueError('unreadable') from error
    return _read_rows(tree, texts)


def _read_rows(tree, texts):
    rows, number, size = [], 0, 0
    for node in tree.iter(f'{_SHEET}row'):
        # Blank rows are left out of the sheet; a row without a number follows the one before.
        number = max(number + 1, int(node.get('r') or number))
        row = _read_row(node, texts)
        size += len(row)
        if number > MOST_ROWS or size > MOST_CELLS:
            raise ValueError('too_large')
        if any(cell not in ('', None) for cell in row):
            rows += [_BLANK] * (number - 1 - len(rows))
            rows.append(row)
    return rows


class _Builder(ElementTree.TreeBuilder):
    """Builds a tree of XML that declares no type: entities serve nothing here but attacks."""

    def doctype(self, _name, _pubid, _system):
        """Refuse a declaration before anything of it is read, in whichever encoding."""
        raise ValueError('unreadable')


def _parse(xml):
    return ElementTree.fromstring(xml, ElementTree.XMLParser(target=_Builder()))


def _read_texts(package, names):
    if 'xl/sharedStrings.xml' not in names:
        return []
    return [
        ''.join(part.text or '' for part in entry.iter(f'{_SHEET}t'))
        for entry in _parse(package.read('xl/sharedStrings.xml')).iter(f'{_SHEET}si')]


def _read_row(row, texts):
    cells = []
    for cell in row.iter(f'{_SHEET}c'):
        place = _get_place(cell.get('r')) if cell.get('r') else len(cells)
        cells += [''] * (place - len(cells))
        cells.append(_read_cell(cell, texts))
    return cells


def _get_place(reference):
    """Return the number of a column: A is 0.

    >>> _get_place('B7'), _get_place('AA1'), _get_place('b7')
    (1, 26, 1)
    """
    place = 0
    letters = re.match(r'[A-Z]{1,3}', reference.upper())
    if not letters:
        raise ValueError('unreadable')
    for letter in letters.group():
        place = place * 26 + ord(letter) - 64
    return place - 1


def _read_cell(cell, texts):
    kind, value = cell.get('t'), cell.find(f'{_SHEET}v')
    if kind == 'inlineStr':
        return ''.join(part.text or '' for part in cell.iter(f'{_SHEET}t'))
    if value is None or value.text is None:
        return ''
    if kind == 's':
        place = int(value.text)
        if not 0 <= place < len(texts):
            raise ValueError('unreadable')
        return texts[place]
    if kind in ('str', 'e', 'd'):
        return value.text
    number = float(value.text)
    if not math.isfinite(number):
        raise ValueError('unreadable')
    return number


def to_text(value) -> str:
    """Return a cell as text; a whole number without its fraction.

    >>> to_text(4711.0), to_text(' A 7 ')
    ('4711', 'A 7')
    """
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(value)
    return (value or '').strip()


def to_amount(value, decimal: str) -> float | None:
    """Return a cell as an amount, None when it is empty.

    :param decimal: the decimal sign of whoever reads, for what could be read both ways: 12.500
    :raise ValueError: when it is no amount, or below zero

    >>> to_amount('12.500', ','), to_amount('12.500', '.'), to_amount('€ 3', ',')
    (12500.0, 12.5, 3.0)
    """
    if not isinstance(value, float):
        text = re.sub(r'\s|€|EUR|USD|CHF|GBP|\$|£', '', value or '')
        if not text:
            return None
        value = read_number(text, decimal)
        if value is None:
            raise ValueError('amount')
    if not 0 <= value < 1e12:
        raise ValueError('amount')
    return round(value, 2)


def to_date(value) -> date | None:
    """Return a cell as a day, None when it is empty.

    :raise ValueError: when it is no day; 03/04/2026 is read as the 3rd of April
    """
    if isinstance(value, float):
        if not 1 <= value < 2_958_466:
            raise ValueError('date')
        return _FIRST_DAY + timedelta(days=int(value))
    text = (value or '').strip()
    if not text:
        return None
    for pattern in _DATE_FORMATS:
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, pattern).date()
    raise ValueError('date')
