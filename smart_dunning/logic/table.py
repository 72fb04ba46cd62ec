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

import csv
import io
import re
import zipfile
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

#: A table larger than this, unpacked, is none that a person would import.
MOST_BYTES = 50_000_000
_SHEET = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
_FIRST_DAY = date(1899, 12, 30)     # day 0 of spreadsheets
_DATE_FORMATS = ('%Y-%m-%d', '%d.%m.%Y', '%d/%m/%Y', '%d.%m.%y', '%Y-%m-%dT%H:%M:%S',
                 '%Y-%m-%d %H:%M:%S')


def is_xlsx(content: bytes) -> bool:
    """Return whether a file is a packed spreadsheet."""
    return content[:4] == b'PK\x03\x04'


def read_csv(content: bytes) -> list[list]:
    """Return the rows of a CSV file, whichever of ``; , tab`` parts its cells.

    :raise ValueError: when the text is in no encoding we know
    """
    try:
        text = content.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = content.decode('cp1252', errors='strict')
    head = text.split('\n', 1)[0]
    comma = max(';,\t', key=head.count)
    return [row for row in csv.reader(io.StringIO(text), delimiter=comma) if any(row)]


def read_xlsx(content: bytes) -> list[list]:
    """Return the rows of the first sheet of an XLSX file; numbers as float, days among them.

    :raise ValueError: when it is none, or far too large
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(entry.file_size for entry in package.infolist()) > MOST_BYTES:
                raise ValueError('too_large')
            names = package.namelist()
            texts = _read_texts(package, names)
            sheets = sorted(name for name in names if re.fullmatch(
                r'xl/worksheets/sheet\d+\.xml', name))
            if not sheets:
                raise ValueError('no_sheet')
            tree = _parse(package.read(min(sheets, key=lambda name: (len(name), name))))
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError) as error:
        raise ValueError('unreadable') from error
    rows = [_read_row(row, texts) for row in tree.iter(f'{_SHEET}row')]
    return [row for row in rows if any(cell not in ('', None) for cell in row)]


def _parse(xml):
    """Parse XML that declares no entities: they serve nothing here but attacks."""
    if b'<!DOCTYPE' in xml or b'<!ENTITY' in xml:
        raise ValueError('unreadable')
    return ElementTree.fromstring(xml)


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

    >>> _get_place('B7'), _get_place('AA1')
    (1, 26)
    """
    place = 0
    for letter in re.match(r'[A-Z]{1,3}', reference).group():
        place = place * 26 + ord(letter) - 64
    return place - 1


def _read_cell(cell, texts):
    kind, value = cell.get('t'), cell.find(f'{_SHEET}v')
    if kind == 'inlineStr':
        return ''.join(part.text or '' for part in cell.iter(f'{_SHEET}t'))
    if value is None or value.text is None:
        return ''
    if kind == 's':
        return texts[int(value.text)]
    return value.text if kind in ('str', 'e', 'd') else float(value.text)


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
        text = re.sub(r"[\s'’]|€|EUR|USD|CHF|GBP|\$|£", '', value or '')
        if not text:
            return None
        if '.' in text and ',' in text:
            decimal = max('.,', key=text.rfind)
        elif re.search(r'[.,]\d{1,2}$|[.,]\d{4,}$', text):
            decimal = text[re.search(r'[.,]', text).start()]
        other = '.' if decimal == ',' else ','
        text = text.replace(other, '').replace(decimal, '.')
        value = float(text)
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
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise ValueError('date')
