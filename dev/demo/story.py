"""The plan of the demo, made before anything is booked: who buys when, and who pays when.

Plain Python with a fixed seed: the same day gives the same story.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from . import people

SEED = 20
HISTORY_DAYS = 200              # the oldest invoice
STORY_DAYS = 63                 # the nights on which dunning runs
TERM_DAYS = {'net7': (7,), 'net14': (14,), 'net30': (30,), 'net60': (60,), 'instalments': (10, 45)}


@dataclass(slots=True)
class Sale:
    """An invoice to be: `share` of it is paid on each day of `payments`."""

    customer: people.Customer
    day: date
    net: float
    term: str
    payments: list              # [(day, share of the gross amount)]
    tag: str = ''
    move: object = None         # the invoice, once there is one


def workday(day, back=False):
    """Return the day itself, or the next (previous) one that is not at a weekend."""
    while day.weekday() > 4:
        day += timedelta(days=-1 if back else 1)
    return day


def make_sales(customers, last_day):
    """Return the sales to some customers up to the last day, by date.

    :param customers: `people.Customer` records
    :param last_day: the last day of the story
    """
    rng = random.Random(SEED)
    sales = []
    for customer in customers:
        sales += [_make_sale(rng, customer, day, last_day)
                  for day in _pick_days(rng, customer, last_day)]
        if customer.stop:
            sales.append(_make_oldest_debt(rng, customer, last_day))
        sales += _make_specials(customer, last_day)
    return sorted(sales, key=lambda sale: (sale.day, sale.customer.key))


def _pick_days(rng, customer, last_day):
    """Spread the invoices of a customer over the whole time."""
    count = customer.invoices - bool(customer.stop)
    width = HISTORY_DAYS / count
    for number in range(count):
        age = HISTORY_DAYS - int(number * width + rng.uniform(0, width))
        yield min(workday(last_day - timedelta(days=age)), last_day)


def _make_sale(rng, customer, day, last_day):
    net = _pick_amount(rng, customer.low, customer.high)
    term = customer.term
    if term == 'net30' and rng.random() < 0.12:
        term = 'net60'
    return Sale(customer, day, net, term, _plan_payments(rng, customer, day, term, last_day))


def _make_oldest_debt(rng, customer, last_day):
    """The debt that makes a customer climb to the last levels in the last days of the story."""
    due = last_day - timedelta(days=customer.stop)
    net = _pick_amount(rng, customer.low, customer.high)
    return Sale(customer, due - timedelta(days=TERM_DAYS[customer.term][0]), net, customer.term, [])


def _pick_amount(rng, low, high):
    """Small amounts are more frequent than large ones."""
    return round(low + (high - low) * rng.random() ** 2, 2)


def _plan_payments(rng, customer, day, term, last_day):
    """Return [(day, share)]: the habits of the customer applied to each instalment."""
    days = TERM_DAYS[term]
    shares = (0.3, 0.7) if len(days) == 2 else (1.0,)
    payments = []
    for due, share in zip((day + timedelta(days=nights) for nights in days), shares, strict=True):
        habit = customer.habit
        if habit == 'never' and due < last_day - timedelta(days=customer.stop):
            habit = 'slow'
        window = people.HABITS[habit]
        if not window:
            continue
        paid = max(day, workday(due + timedelta(days=rng.randint(*window))))
        if habit == 'partial':
            part = rng.choice((0.25, 0.4, 0.5, 0.6))
            payments.append((paid, share * part))
            if rng.random() < 0.7:
                late = workday(paid + timedelta(days=rng.randint(25, 45)))
                payments.append((late, share * (1 - part)))
        else:
            payments.append((paid, share))
    return payments


def _make_specials(customer, last_day):
    """The invoices that some customers need for their part in the story."""
    def sale(due_age, net, tag):
        due = last_day - timedelta(days=due_age)
        return Sale(customer, due - timedelta(days=14), net, 'net14', [], tag)
    if customer.special == 'typo':          # reminder due on the very last day
        return [sale(7, 1180.0, 'typo')]
    if customer.special == 'covered':
        return [sale(18, 940.0, 'covered')]
    if customer.special == 'small':         # a rest below the minimum amount stays
        small = sale(12, 22.0, 'small')
        small.payments = [(workday(last_day - timedelta(days=10), back=True), 0.85)]
        return [small]
    if customer.key == 'gross':
        return [sale(40, 860.0, 'no_followup')]
    if customer.key == 'weidenau':
        return [sale(33, 3400.0, 'blocked')]
    if customer.special == 'forgotten':     # until the delivery waits for it
        forgotten = sale(52, 2300.0, 'forgotten')
        forgotten.payments = [(workday(last_day - timedelta(days=9), back=True), 1.0)]
        return [forgotten]
    if customer.key == 'arndt':
        return [Sale(customer, workday(last_day - timedelta(days=2), back=True), 12800.0, 'net60',
                     [])]
    return []
