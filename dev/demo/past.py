"""The years before the story: what some customers bought and paid, so that ratings say something.

Plain Python with a seed of its own: the story stays the same whether there is a past or not.
"""

import random
from datetime import timedelta

from .story import HISTORY_DAYS, SEED, TERM_DAYS, Sale, workday

PAST_DAYS = 900                 # the first invoice
_EVERY_DAYS = 42                # one invoice in so many days
_MOST_CUSTOMERS = 22
#: By habit of today: the share of late invoices in the past, and by how many days. Most customers
#: paid better then: the trend of the receivables goes up, and some ratings get worse.
_HABITS = {
    'prompt': (0.04, (2, 5)),
    'late': (0.15, (3, 10)),
    'slow': (0.45, (8, 25)),
    'partial': (0.35, (5, 20)),
    'never': (0.25, (5, 30)),
}


def make_past(customers, last_day):
    """Return the sales of the years before the story, all of them paid, by date.

    :param customers: `people.Customer` records
    :param last_day: the last day of the story
    """
    rng = random.Random(SEED + 1)
    regular = [customer for customer in customers
               if customer.kind != 'consumer' and customer.special != 'usd'][:_MOST_CUSTOMERS]
    sales = [
        _make_sale(rng, customer, last_day - timedelta(days=age + rng.randint(0, _EVERY_DAYS - 1)))
        for customer in regular for age in range(HISTORY_DAYS + 1, PAST_DAYS, _EVERY_DAYS)]
    return sorted(sales, key=lambda sale: (sale.day, sale.customer.key))


def _make_sale(rng, customer, day):
    day = workday(day)
    net = round(customer.low + (customer.high - customer.low) * rng.random() ** 2, 2)
    shares = (0.3, 0.7) if customer.term == 'instalments' else (1.0,)
    late_share, late_days = _HABITS[customer.habit]
    payments = []
    for days, share in zip(TERM_DAYS[customer.term], shares, strict=True):
        due = day + timedelta(days=days)
        if rng.random() < late_share:
            paid = workday(due + timedelta(days=rng.randint(*late_days)))
        else:
            paid = workday(due - timedelta(days=rng.randint(0, 6)), back=True)
        payments.append((max(day, paid), share))
    return Sale(customer, day, net, customer.term, payments)
