"""Commands of figures."""

import click

from ..tables import parse_date
from .common import command


@command()
@click.option('--date', help="The day of the forecast (2026-12-31); today by default.")
@click.option('--weeks', type=click.IntRange(1, 52), default=13, show_default=True)
def forecast(call, date, weeks):
    """Show the expected cash-in by week, with an 80 % band."""
    found = call.client.forecast(parse_date(date), weeks)
    call.output.show(found.weeks, [
        ("Week of", 'week'), ("Expected", 'amount'), ("Low", 'low'), ("High", 'high')],
        title=f"{found.company}, {found.currency}", data=found)


@command()
@click.option('--from', 'date_from', help="First day (2026-12-31); the newest one by default.")
@click.option('--to', 'date_to', help="Last day.")
def kpi(call, date_from, date_to):
    """Show the figures of receivables: open, overdue, DSO, collection effectiveness."""
    found = call.client.figures(parse_date(date_from), parse_date(date_to))
    call.output.show(found.days, [
        ("Day", 'date'), ("Open", 'open_amount'), ("Overdue", 'overdue_amount'),
        ("Held", 'held_amount'), ("DSO", 'dso'), ("Best DSO", 'best_dso'),
        ("Days delinquent", 'average_days_delinquent'),
        ("Effectiveness %", 'collection_effectiveness')],
        title=f"{found.company}, {found.currency}", data=found)


COMMANDS = [forecast, kpi]
