"""Commands that bring tables to the server."""

from pathlib import Path

import click

from ..tables import LIMIT_COLUMNS, parse_date, read_table
from .common import command, tell_import


@click.group()
def limits():
    """Credit limits."""


@limits.add_command
@command('import', writes=True)
@click.argument('file', type=click.Path(exists=True, dir_okay=False))
@click.option('--dry-run', is_flag=True, help="Only say what would happen.")
def import_limits(call, file, dry_run, call_key):
    """Set credit limits from a CSV or XLSX FILE: all of its rows, or none.

    Columns: customer (number, VAT number, reference, e-mail address or name), limit (in company
    currency, 0 for none), valid until, reason.
    """
    rows = read_table(file, LIMIT_COLUMNS)
    return _tell(call, call.client.import_limits(rows, dry_run=dry_run, key=call_key), dry_run, [
        ("Before", 'old_limit'), ("After", 'new_limit')])


@click.group()
def checks():
    """Credit checks."""


@checks.add_command
@command('import', writes=True)
@click.argument('file', type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option('--source', type=click.Choice(
    ['creditreform', 'schufa', 'insurer', 'own', 'other']), default='insurer', show_default=True)
@click.option('--date', help="The day of the checks (2026-12-31), for rows without one.")
@click.option('--dry-run', is_flag=True, help="Only say what would happen.")
def import_checks(call, file, source, date, dry_run, call_key):
    """Record credit checks from a CSV or XLSX FILE: all of its rows, or none.

    Columns: VAT, Reference or Number (the insurer's); Limit, Index, Date, Valid until, Note.
    """
    return _tell(call, call.client.import_checks(
        file.read_bytes(), source=source, date=parse_date(date), dry_run=dry_run, key=call_key),
        dry_run, [("Limit", 'new_limit')])


def _tell(call, done, dry_run, columns):
    """Show what an import did to each customer; return the exit code."""
    return tell_import(call, done, dry_run, [
        ("Row", 'row'), ("Customer", 'customer'), ("Result", 'result'), *columns,
        ("Message", 'message')], "rows")


COMMANDS = [checks, limits]
