"""How an amount is shared out among claims, in the order in which they are given.

German law has a payment settle the costs first, then the interest, then the principal (§ 367 (1)
BGB), unless the debtor says otherwise and the creditor agrees. The caller gives the claims in that
order; this module only shares out, to the cent.

A claim may be less than zero: a correction of what was claimed before. It is taken first and adds
to what there is to share.

>>> share(30.0, [('fee', 5.0), ('lump sum', 40.0), ('interest', 7.0)])
{'fee': 5.0, 'lump sum': 25.0}
>>> share(100.0, [('fee', 5.0), ('interest', 7.0)])
{'fee': 5.0, 'interest': 7.0}
>>> share(10.0, [('fee', 5.0), ('interest', 12.0), ('correction', -4.0)])
{'correction': -4.0, 'fee': 5.0, 'interest': 9.0}
>>> share(0.0, [('fee', 5.0)])
{}
"""
from collections.abc import Callable, Iterable
from typing import TypeVar

Key = TypeVar('Key')


def round_cents(amount: float) -> float:
    """Round to two digits, for currencies with cents."""
    return round(amount, 2)


def share(
    amount: float, claims: Iterable[tuple[Key, float]],
    round_amount: Callable[[float], float] = round_cents,
) -> dict[Key, float]:
    """Return how much of an amount each claim gets; what gets nothing is left out.

    :param amount: what there is to share, not less than zero, in the currency of the claims
    :param claims: pairs of a key and the open amount, in the order of settlement
    :param round_amount: rounds an amount to the precision of the currency
    """
    claims = list(claims)
    parts = {key: open_amount for key, open_amount in claims if open_amount < 0}
    rest = round_amount(amount - sum(parts.values()))
    for key, open_amount in claims:
        if open_amount <= 0 or rest <= 0:
            continue
        parts[key] = round_amount(min(open_amount, rest))
        rest = round_amount(rest - parts[key])
    return parts
