"""Commands of debtors, holds, promises and disputes."""

import click

from ..tables import parse_date
from .common import command

_CUSTOMER = "Number, VAT number, reference, e-mail address or name."


@command()
@click.option('--customer', help=_CUSTOMER)
@click.option('--min-overdue', type=float, help="At least so much overdue, in company currency.")
@click.option('--level', type=int, help="At least this level (its position).")
@click.option('--hold', type=click.Choice(['clear', 'warn', 'block']))
@click.option('--risk', type=click.Choice(['a', 'b', 'c', 'd']), help="Only this risk class.")
@click.option('--sort', type=click.Choice(['next', 'overdue', 'risk', 'oldest', 'name']),
              default='next', show_default=True)
@click.option('--limit', type=click.IntRange(1), default=50, show_default=True)
def debtors(call, customer, min_overdue, level, hold, risk, sort, limit):
    """List who owes what, and what happens next."""
    call.output.show(call.client.debtors(
        customer=customer, min_overdue=min_overdue, level=level, hold=hold, risk_class=risk,
        order=sort, limit=limit), [
        ("Customer", 'customer'), ("Overdue", 'overdue'), ("Currency", 'currency'),
        ("Days", 'days_overdue'), ("Level", 'level'), ("Hold", 'hold'), ("Risk", 'risk_class'),
        ("Next", 'next_step')])


@command()
@click.argument('customer')
def hold(call, customer):
    """Say whether orders and deliveries of a CUSTOMER are held, and why. Ends with 7 if so."""
    found = call.client.hold(customer)
    call.output.show_one(found, [
        ("Customer", 'customer'), ("State", 'state'), ("Exposure", 'exposure'),
        ("Limit", 'credit_limit'), ("Overdue", 'overdue'), ("Currency", 'currency')])
    if call.output.how == 'table':
        for reason in found.reasons:
            call.output.say(f"• {reason}")
        if found.documents:
            call.output.say("Waiting: " + ", ".join(each.name for each in found.documents))
    return 7 if found.state == 'block' else 0


@command(writes=True)
@click.argument('document', required=False)
@click.option('--customer', help="Everything of this customer, instead of one document.")
@click.option('--amount', type=float, help="Up to so much, in company currency.")
@click.option('--until', required=True, help="The last day (2026-12-31).")
@click.option('--reason', required=True, help="Why; it is kept.")
def release(call, document, customer, amount, until, reason, call_key):
    """Let an order or a delivery (DOCUMENT, its number) pass in spite of a hold."""
    if bool(document) == bool(customer):
        raise click.UsageError("Please name either a document or a --customer.")
    call.output.show_one(call.client.release(
        reason, parse_date(until), document=document, customer=customer, max_amount=amount,
        key=call_key), [
        ("Release", 'id'), ("Customer", 'customer'), ("For", 'scope'), ("Up to", 'max_amount'),
        ("Currency", 'currency'), ("Until", 'valid_until')])


@command()
@click.option('--state', help="Such as open, kept or broken.")
@click.option('--customer', help=_CUSTOMER)
@click.option('--limit', type=click.IntRange(1))
def promises(call, state, customer, limit):
    """List promises to pay."""
    call.output.show(call.client.promises(state=state, customer=customer, limit=limit), [
        ("Customer", 'customer'), ("Amount", 'amount'), ("Currency", 'currency'),
        ("Until", 'date'), ("State", 'state_name'), ("Paid", 'paid'), ("Invoices", 'invoices')])


@command()
@click.option('--state', help="Such as open or justified.")
@click.option('--customer', help=_CUSTOMER)
@click.option('--limit', type=click.IntRange(1))
def disputes(call, state, customer, limit):
    """List objections to invoices."""
    call.output.show(call.client.disputes(state=state, customer=customer, limit=limit), [
        ("Customer", 'customer'), ("Invoice", 'invoices'), ("Amount", 'amount'),
        ("Currency", 'currency'), ("Reason", 'reason'), ("State", 'state_name'),
        ("Since", 'date_opened'), ("Deadline", 'deadline')])


COMMANDS = [debtors, hold, release, promises, disputes]
