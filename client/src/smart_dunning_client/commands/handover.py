"""Commands about handovers to collection agencies."""

from dataclasses import replace
from pathlib import Path

import click

from ..package import validate as validate_package
from .common import command, number_or_name, tell_import

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def handover():
    """Collection agencies: packages and what comes back."""


@handover.add_command
@command('export')
@click.argument('case')
@click.option('--to', 'target', type=click.Path(dir_okay=False, path_type=Path),
              help="File to write; by default the name of the package, here.")
@click.option('--force', is_flag=True, help="Write over a file that is there.")
def export(call, case, target, force):
    """Fetch the package of a CASE (its number, such as HO/2026/0001): as it was sent, or as it
    would leave today.
    """
    package = call.client.handover_package(case)
    # A name of the server never leads out of this folder.
    target = target or Path(Path(package.file_name.replace('\\', '/')).name or 'package.zip')
    if target.exists() and not force:
        raise click.UsageError(
            f"{target} is there already: please choose another --to, or --force.")
    target.write_bytes(package.content)
    call.output.show_one(replace(package, content=f"{len(package.content)} bytes"), [
        ("Case", 'number'), ("Customer", 'customer'), ("Agency", 'agency'), ("State", 'state'),
        ("As sent", 'is_sent'), ("SHA-256", 'sha256')])
    call.output.say(f"Written to {target}.")
    return 0


@handover.group()
def status():
    """What agencies report."""


@status.add_command
@command('import', writes=True)
@click.argument('file', type=_FILE)
@click.option('--agency', help="Number or name of the agency whose file it is.")
@click.option('--dry-run', is_flag=True, help="Only say what would happen.")
def import_status(call, file, agency, dry_run, call_key):
    """Take over a status FILE of an agency, CSV or XML: all of its lines, or none.

    Amounts are cumulative, so that the same file changes nothing a second time.
    """
    done = call.client.import_handover_status(
        file.read_bytes(), agency=number_or_name(agency), dry_run=dry_run, key=call_key)
    return tell_import(call, done, dry_run, [
        ("Line", 'row'), ("Case", 'number'), ("Result", 'result'), ("Message", 'message')],
        "lines")


@handover.add_command
@command('validate', has_server=False)
@click.argument('file', type=_FILE)
def validate(call, file):
    """Check a package (FILE.zip), its manifest.xml or an XML status file, without any server.

    By the schema; of packages also each file by its SHA-256; of manifests whether all sums add up.
    """
    try:
        report = validate_package(file)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    if report.problems or call.output.how != 'table':
        call.output.show(report.problems, [("Where", 'where'), ("What is wrong", 'text')],
                         data=report)
    if not report.is_valid:
        call.output.say(f"{file} is not valid: {len(report.problems)} problems.")
        return 1
    call.output.say(_describe(report))
    return 0


def _describe(report):
    if report.kind == 'status':
        return f"{report.path} is a valid status file about {report.claims} cases."
    files = f"{report.files_checked} of {report.files} files compared with their SHA-256"
    return (f"{report.path} is valid: {report.number}, {report.claims} claims, "
            f"{report.total} {report.currency} in all; {files}.")


COMMANDS = [handover]
