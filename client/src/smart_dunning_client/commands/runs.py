"""Commands of runs and letters."""

from dataclasses import dataclass
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..errors import DunningError
from ..tables import parse_date
from .common import command

RUN = [
    ("Run", 'name'), ("Id", 'id'), ("Company", 'company'), ("Date", 'date'), ("State", 'state'),
    ("Letters", 'letters'), ("To approve", 'to_approve'), ("To print", 'to_print'),
    ("Failed", 'failed'), ("Sent", 'sent'), ("Left out", 'left_out'), ("Amount", 'amount'),
    ("Currency", 'currency'), ("Remark", 'note'),
]
_LETTER = [
    ("Id", 'id'), ("Letter", 'name'), ("Date", 'date'), ("Customer", 'customer'),
    ("Level", 'level'), ("By", 'channel'), ("State", 'state'), ("Total", 'amount_total'),
    ("Currency", 'currency'), ("Pay until", 'deadline'),
]


@dataclass(frozen=True)
class _Fate:
    """What became of a letter that was to be approved: a row of the CSV."""

    id: int
    is_approved: bool
    why: str


@command(writes=True)
@click.option('--date', help="The day of the run (2026-12-31); today by default.")
def plan(call, date, call_key):
    """Plan a run; nothing is sent."""
    call.output.show_one(call.client.plan(parse_date(date), key=call_key), RUN)


@command()
@click.option('--date', help="The day of the run (2026-12-31); today by default.")
@click.option('--left-out', is_flag=True, help="Show who is left out, and why.")
def preview(call, date, left_out):
    """Show what a run would send; nothing is written."""
    found = call.client.preview(parse_date(date))
    if call.output.how == 'json':
        call.output.show([], [], data=found)
        return
    if left_out:
        call.output.show(found.left_out, [
            ("Customer", 'customer'), ("Why", 'reason'), ("Amount", 'amount'),
            ("Until", 'until')])
    else:
        call.output.show(found.letters, [
            ("Customer", 'customer'), ("Level", 'level'), ("By", 'channel'), ("Items", 'items'),
            ("Amount", 'amount')])
    call.output.say(
        f"{found.company}, {found.date}: {len(found.letters)} letters over "
        f"{sum(letter.amount for letter in found.letters):,.2f} {found.currency}, "
        f"{len(found.left_out)} left out.")


@command(writes=True)
@click.argument('run', type=int, required=False)
@click.option('--letter', 'letters', type=int, multiple=True, help="Only this letter (its id).")
def approve(call, run, letters, call_key):
    """Approve the letters of a RUN, or single ones."""
    if not run and not letters:
        raise click.UsageError("Please name a run, or letters with --letter.")
    done = call.client.approve(run, list(letters) or None, key=call_key)
    if call.output.how == 'table':
        call.output.say(f"{len(done.approved)} letters approved.")
        if done.left:
            call.output.show(done.left, [("Letter", 'name'), ("Why not", 'why')])
    else:
        call.output.show([
            *(_Fate(each, True, "") for each in done.approved),
            *(_Fate(each.id, False, each.why) for each in done.left),
        ], [("Id", 'id'), ("Approved", 'is_approved'), ("Why not", 'why')], data=done)
    return 6 if done.left else 0


@command(writes=True)
@click.argument('run', type=int)
@click.option('--wait', is_flag=True, help="Wait until all letters are sent.")
@click.option('--timeout', 'seconds', type=float, default=3600, show_default=True,
              help="Wait at most so many seconds.")
def send(call, run, wait, seconds, call_key):
    """Let the letters of a RUN go out."""
    found = call.client.send(run, key=call_key)
    if wait:
        found = _wait(call, found, seconds)
    call.output.show_one(found, RUN)
    return 6 if wait and found.failed else 0


def _wait(call, run, seconds):
    """Show how far a run is, until it has ended."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=call.output.notes, transient=True) as progress:
        task = progress.add_task(run.name, total=run.letters)
        return call.client.wait(
            run.id, timeout=seconds, progress=lambda now: progress.update(
                task, total=now.letters, completed=now.sent + now.failed))


@command(writes=True)
@click.argument('run', type=int)
def cancel(call, run, call_key):
    """Cancel what a RUN has not sent yet."""
    call.output.show_one(call.client.cancel(run, key=call_key), RUN)


@command()
@click.option('--run', type=int, help="Letters of this run.")
@click.option('--state', type=click.Choice(
    ['draft', 'ready', 'sending', 'sent', 'failed', 'cancelled']))
@click.option('--customer', help="Number, VAT number, reference, e-mail address or name.")
@click.option('--from', 'date_from', help="First date (2026-12-31).")
@click.option('--to', 'date_to', help="Last date.")
@click.option('--limit', type=click.IntRange(1), help="At most so many.")
@click.option('--pdf', type=click.Path(file_okay=False, path_type=Path),
              help="Write the letters as they were sent to this folder.")
def letters(call, run, state, customer, date_from, date_to, limit, pdf):
    """List letters, and fetch them as PDF."""
    found = call.client.letters(
        run_id=run, state=state, customer=customer, date_from=parse_date(date_from),
        date_to=parse_date(date_to), limit=limit)
    call.output.show(found, _LETTER)
    return _fetch(call, found, pdf) if pdf else 0


def _fetch(call, found, folder):
    """Write the PDFs of letters to a folder; return the exit code."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = [letter.id for letter in found if letter.has_pdf]
        with Progress(console=call.output.notes, transient=True) as progress:
            for document in progress.track(
                    call.client.pdfs(kept), total=len(kept), description="Fetching"):
                # The name comes from outside: nothing but a file of this folder.
                (folder / Path(document.name).name).write_bytes(document.content)
    except OSError as error:
        raise DunningError(f"{folder} cannot be written: {error.strerror}") from None
    call.output.say(f"{len(kept)} letters written to {folder}.")
    if len(kept) < len(found):
        call.output.say(f"{len(found) - len(kept)} letters were not sent yet and have no PDF.")
        return 6
    return 0


COMMANDS = [plan, preview, approve, send, cancel, letters]
