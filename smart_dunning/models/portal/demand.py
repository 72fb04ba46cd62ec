"""What a customer is about to pay online: a letter, a selection of items, an instalment."""

from typing import NamedTuple


class Demand(NamedTuple):
    """An amount to be paid in one transaction, found out on the server.

    ``lines`` are the journal items that it pays, ``with_charges`` whether open fees and interest
    are part of it, ``credit`` what was deducted since the customer has it with us; ``letter`` and
    ``part`` may be empty. ``minimum`` is the smallest amount that may be paid, in its currency.
    """

    company: object
    partner: object
    currency: object
    amount: float
    lines: object
    reference: str
    with_charges: bool = False
    credit: float = 0.0
    letter: object = None
    part: object = None
    is_partial: bool = False
    minimum: float = 0.0
