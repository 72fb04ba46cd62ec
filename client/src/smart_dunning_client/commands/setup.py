"""Commands for monitoring and set-up."""

import click

from ..output import say_value
from ..settings import ask_keyring, get_config_path, write_config, write_key
from .common import command, make_client

#: By this variable a shell asks what could come next.
COMPLETE = '_DUNNING_COMPLETE'
_STYLES = {'ok': "green", 'warning': "yellow", 'error': "bold red"}


@command()
def status(call):
    """Show how dunning stands today. Ends with 7 when somebody has to look."""
    found = call.client.status()
    if call.output.how != 'table':
        call.output.show(found, [("Company", 'company')])
    for each in found if call.output.how == 'table' else ():
        _show_status(call, each)
    return 7 if any(each.alarms for each in found) else 0


def _show_status(call, each):
    console, run, waiting = call.output.console, each.last_run, each.waiting
    state = "on" if each.is_active else "off"
    console.print(f"[bold]{say_value(each.company)}[/bold]: automatic dunning is {state}")
    if run:
        console.print(
            f"  Last run {say_value(run.name)} of {run.date}: {run.letters} letters, {run.sent} "
            f"sent, {run.failed} failed, {run.amount:,.2f} {run.currency}")
    console.print(
        f"  Waiting: {waiting.to_approve} to approve, {waiting.to_print} to print, "
        f"{waiting.failed} failed, {waiting.unknown} of unknown fate")
    console.print(
        f"  Newest bank entry: {each.bank_date} ({each.bank_days} days)" if each.bank_date
        else "  There is no bank entry.")
    for alarm in each.alarms:
        console.print(f"  [bold red]Alarm:[/bold red] {say_value(alarm.text)}")


@command()
def check(call):
    """Look at the set-up: mail, bank, address, scheduled actions, policies, rates.

    Ends with 7 when something is wrong.
    """
    found = call.client.check()
    if call.output.how == 'table':
        for each in found:
            style = _STYLES.get(each.level, "")
            call.output.console.print(
                f"[{style}]{each.level:>7}[/{style}]  {say_value(each.text)}")
    else:
        call.output.show(found, [("What", 'code'), ("Level", 'level'), ("", 'text')])
    return 7 if any(each.level == 'error' for each in found) else 0


@click.command()
@click.option('--profile', default="", help="Section of the configuration file.")
@click.pass_obj
def configure(settings, profile):
    """Ask for server and key, try them, and store them."""
    settings.url = click.prompt("Address of the server", default=settings.url or None)
    settings.db = click.prompt("Database", default=settings.db or None)
    if settings.transport == 'xmlrpc':
        settings.login = click.prompt("Login", default=settings.login or None)
    key = click.prompt("API key", hide_input=True).strip()
    settings.get_key = lambda: key
    with make_client(settings) as client:
        companies = [each.company for each in client.status()]
    values = {name: getattr(settings, name) for name in ('url', 'db', 'login', 'lang')}
    values['transport'] = settings.transport
    if not ask_keyring('set', settings.db, settings.url, key):
        path = get_config_path().with_name(f"{profile or 'default'}.key")
        write_key(path, key)
        values['key_file'] = str(path)
    write_config(profile, values)
    click.echo(f"It works: {', '.join(companies)}. Stored in {get_config_path()}.")


@click.command()
@click.argument('shell', type=click.Choice(['bash', 'zsh', 'fish']))
def completion(shell):
    """Print what makes your SHELL complete commands and options.

    For bash: eval "$(dunning completion bash)"
    """
    from click.shell_completion import get_completion_class

    from ..cli import cli
    found = get_completion_class(shell)(cli, {}, 'dunning', COMPLETE)
    click.echo(found.source())


COMMANDS = [status, check, configure, completion]
