"""What all commands share: how to write, for which company, and the client."""

import functools

import click

from ..client import Client
from ..output import Output


class Call:
    """What a command works with: the client and the output."""

    def __init__(self, client, output):
        self.client, self.output = client, output


def command(name=None, *, writes=False, has_server=True, **attributes):
    """Make a function a command; it gets a `Call` first, and returns the exit code or None.

    :param writes: whether it changes something, and so can be repeated with a key
    :param has_server: whether it talks to the server at all
    """
    def decorate(function):
        @functools.wraps(function)
        def run(as_json, as_csv, company, **options):
            if as_json and as_csv:
                raise click.UsageError("Please choose either --json or --csv.")
            settings = click.get_current_context().obj
            output = Output('json' if as_json else 'csv' if as_csv else 'table')
            if not has_server:
                return function(Call(None, output), **options)
            with make_client(settings, company) as client:
                return function(Call(client, output), **options)
        options = [
            click.option('--json', 'as_json', is_flag=True, help="Write JSON."),
            click.option('--csv', 'as_csv', is_flag=True, help="Write CSV."),
            click.option('--company', help="Number or name of the company."),
        ]
        if writes:
            options.append(click.option(
                '--call-key', default=None, help="Repeat a call whose answer was lost."))
        for option in reversed(options):
            run = option(run)
        return click.command(name, **attributes)(run)
    return decorate


def number_or_name(text):
    """Return what somebody typed to name a record: its number, or else its name."""
    return int(text) if text and text.isdigit() else text


def tell_import(call, done, dry_run, columns, things):
    """Show what an import did to each row; return the exit code.

    :param columns: as of `Output.show`
    :param things: what is counted, such as "rows"
    """
    call.output.show(done.rows, columns, data=done)
    if done.errors:
        call.output.say(f"{len(done.errors)} {things} cannot be imported, so nothing was.")
        return 1
    call.output.say(
        "Nothing was written (--dry-run)." if dry_run else f"{len(done.rows)} {things} imported.")
    return 0


def make_client(settings, company=None):
    """Return the `Client` for the settings."""
    if not settings.url or not settings.db:
        raise click.UsageError(
            "Which server? Give --url and --db, or store them with “dunning configure”.")
    company = company or settings.company or None
    try:
        return Client(
            settings.url, settings.db, settings.get_key(),
            company=number_or_name(company),
            transport=settings.transport, login=settings.login, lang=settings.lang,
            timeout=settings.timeout)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
