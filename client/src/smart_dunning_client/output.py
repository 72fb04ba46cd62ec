"""What is found, as a table for people, as JSON or CSV for programs."""

import csv
import json
import sys
from dataclasses import asdict, is_dataclass

from rich.console import Console
from rich.table import Table

#: A spreadsheet takes a text that begins so for a formula.
_FORMULA = ('=', '+', '-', '@', '\t', '\r')


class Output:
    """Writes to the terminal, as the user wished.

    :param how: 'table', 'json' or 'csv'
    """

    def __init__(self, how='table', stdout=None):
        self.how = how
        self._stdout = stdout or sys.stdout
        # rich leaves colours away where NO_COLOR is set, or nobody looks.
        self.console = Console(file=self._stdout, highlight=False)
        self.notes = Console(stderr=True, highlight=False)

    def say(self, text):
        """Tell people something; programs that read the output are not disturbed."""
        (self.console if self.how == 'table' else self.notes).print(say_value(text))

    def show(self, rows, columns, *, title="", data=None):
        """Write rows.

        :param rows: dataclasses
        :param columns: (heading, name of the field) pairs for people
        :param data: what JSON carries instead of the rows
        """
        if self.how == 'json':
            self._write_json(rows if data is None else data)
        elif self.how == 'csv':
            self._write_csv(rows, columns)
        else:
            self._write_table(rows, columns, title)

    def show_one(self, record, columns, *, title=""):
        """Write one record: for people below one another."""
        if self.how != 'table':
            self.show([record], columns, data=record)
            return
        table = Table(show_header=False, box=None, title=title or None, title_justify='left')
        table.add_column(style='dim')
        table.add_column()
        for heading, name in columns:
            table.add_row(heading, say_value(getattr(record, name)))
        self.console.print(table)

    def _write_json(self, data):
        json.dump(to_plain(data), self._stdout, ensure_ascii=False, indent=2)
        self._stdout.write("\n")

    def _write_csv(self, rows, columns):
        names = list(asdict(rows[0])) if rows else [name for _heading, name in columns]
        writer = csv.writer(self._stdout)
        writer.writerow(names)
        for row in rows:
            plain = to_plain(row)
            writer.writerow([guard(plain[name]) for name in names])

    def _write_table(self, rows, columns, title):
        if not rows:
            self.console.print("Nothing found.")
            return
        table = Table(title=title or None, title_justify='left')
        for heading, name in columns:
            is_number = isinstance(getattr(rows[0], name), int | float) and not isinstance(
                getattr(rows[0], name), bool)
            table.add_column(heading, justify='right' if is_number else 'left')
        for row in rows:
            table.add_row(*(say_value(getattr(row, name)) for _heading, name in columns))
        self.console.print(table)


def to_plain(data):
    """Return data as JSON knows it: dataclasses as dicts, days as texts."""
    if isinstance(data, list | tuple):
        return [to_plain(each) for each in data]
    if is_dataclass(data):
        data = asdict(data)
    if isinstance(data, dict):
        return {name: to_plain(value) for name, value in data.items()}
    return data.isoformat() if hasattr(data, 'isoformat') else data


def say_value(value):
    """Return a value as people read it, safe for the terminal.

    >>> [say_value(each) for each in (1234.5, 7, None, True, "a[b]")]
    ['1,234.50', '7', '', 'yes', 'a\\\\[b]']
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    text = value.isoformat() if hasattr(value, 'isoformat') else str(value)
    # Names come from outside: neither markup nor control characters reach the terminal.
    return "".join(each if each.isprintable() else " " for each in text).replace('[', r'\[')


def guard(value):
    """Return a value of a CSV file that no spreadsheet takes for a formula.

    >>> guard("=1+1"), guard(-5.0), guard("a")
    ("'=1+1", -5.0, 'a')
    """
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
