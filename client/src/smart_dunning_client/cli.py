"""The command `dunning`.

Ends with 0 all well, 1 refused, 2 wrong usage, 3 login, 4 not found, 5 server or network,
6 done in part, 7 alarm.
"""

import os
import sys

import click
from click.shell_completion import shell_complete

from . import __version__
from .commands import customers, figures, handover, imports, runs, setup
from .errors import DunningError, Unreachable
from .settings import Settings, read_config

CONTEXT = {'help_option_names': ['-h', '--help'], 'auto_envvar_prefix': 'DUNNING'}


@click.group(context_settings=CONTEXT, epilog="Exit codes: 0 all well, 1 refused, 2 usage, "
             "3 login, 4 not found, 5 server or network, 6 done in part, 7 alarm.")
@click.version_option(__version__, package_name='smart-dunning-client')
@click.option('--profile', help="Section of the configuration file.", default="")
@click.option('--url', help="Address of the server, such as https://odoo.example.com")
@click.option('--db', help="Name of the database.")
@click.option('--transport', type=click.Choice(['json2', 'xmlrpc']),
              help="JSON-2 (default), or XML-RPC for servers that have no JSON-2.")
@click.option('--login', help="Login of the account; only XML-RPC needs it.")
@click.option('--key-file', help="File with the API key, readable by you alone.")
@click.option('--lang', help="Language of the server's sentences, such as de_DE.")
@click.option('--timeout', type=float, help="Seconds to wait for an answer.")
@click.option('--debug', is_flag=True, help="Show what the server says to developers.")
@click.pass_context
def cli(context, profile, debug, **options):
    """Dunning and credit holds of an Odoo server, from afar.

    The API key comes from DUNNING_API_KEY, a file (--key-file) or the keyring, never from an
    argument. “dunning configure” stores all of this.
    """
    config = read_config(profile)
    given = {name: value for name, value in options.items() if value is not None}
    known = {name: value for name, value in config.items()
             if name in Settings.__dataclass_fields__}
    if 'timeout' in known:
        known['timeout'] = float(known['timeout'])
    context.obj = Settings(**{**known, **given, 'debug': debug})


for _command in (*setup.COMMANDS, *runs.COMMANDS, *customers.COMMANDS, *imports.COMMANDS,
                 *handover.COMMANDS, *figures.COMMANDS):
    cli.add_command(_command)


def main(arguments=None):
    """Run the command and end the process with its exit code."""
    sys.exit(run(arguments))


def run(arguments=None):
    """Run the command; return its exit code."""
    if wanted := os.environ.get(setup.COMPLETE):
        # A shell asks what could come next: see `dunning completion`.
        return shell_complete(cli, {}, 'dunning', setup.COMPLETE, wanted)
    try:
        with cli.make_context('dunning', list(sys.argv[1:] if arguments is None else arguments)
                              ) as context:
            try:
                return cli.invoke(context) or 0
            except DunningError as error:
                _tell(error, context.obj and context.obj.debug)
                return error.exit_code
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _tell(error, is_debug):
    click.echo(f"Error: {error}", err=True)
    if isinstance(error, Unreachable) and error.call_key:
        click.echo(
            "It is not known whether the server has done it. Repeat the same command with "
            f"--call-key {error.call_key}: nothing is done twice.", err=True)
    if is_debug and error.debug:
        click.echo(error.debug, err=True)
