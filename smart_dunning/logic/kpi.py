"""Figures of receivables management, each with the definition it follows.

Amounts of one call are in one currency. None stands for *cannot be said*.

>>> get_dso(15_000, 10_000, 30), get_best_possible_dso(4_000, 10_000, 30)
(45.0, 12.0)
>>> get_average_days_delinquent(11_000, 10_000, 30)
33.0
>>> count_back_dso(212_000, [(100_000, 30), (80_000, 30), (70_000, 30)])
(73.7, False)
>>> get_collection_effectiveness(6_200, 10_890 / 3, 6_340, 3_590)
55.9
"""

from collections.abc import Iterable


def get_dso(receivables: float, sales: float, days: int) -> float | None:
    """Return days sales outstanding: receivables at the end / credit sales × days.

    :param sales: invoiced in the period, less credit notes
    :param days: length of the period
    """
    return round(receivables / sales * days, 1) if sales > 0 else None


def get_best_possible_dso(current: float, sales: float, days: int) -> float | None:
    """Return the DSO that would be left if nothing were overdue: what is not due yet counts."""
    return get_dso(current, sales, days)


def get_average_days_delinquent(overdue: float, sales: float, days: int) -> float | None:
    """Return ADD = DSO - best possible DSO: the days that overdue items add."""
    return get_dso(overdue, sales, days)


def count_back_dso(
    receivables: float, months: Iterable[tuple[float, int]],
) -> tuple[float, bool] | None:
    """Return the DSO by counting back, and whether the history was too short to count to the end.

    As long as more is open than a month has sold, its days count in full; the last one counts in
    proportion.

    :param months: (sales, days) of each month, the newest first
    """
    total, rest = 0.0, receivables
    if rest <= 0:
        return 0.0, False
    for sales, days in months:
        if rest < sales:
            return round(total + rest / sales * days, 1), False
        total += days
        rest -= max(sales, 0.0)
        if rest <= 0:
            return round(total, 1), False
    return (round(total, 1), True) if total else None


def get_collection_effectiveness(
    beginning: float, sales: float, ending: float, ending_current: float,
) -> float | None:
    """Return the collection effectiveness index in per cent (Credit Research Foundation).

    (beginning + sales of a month - ending) / (beginning + sales of a month - ending not due).

    :param beginning: receivables when the period began
    :param sales: credit sales of one month, the average where the period is longer
    :param ending: all receivables at its end
    :param ending_current: those of them that are not due yet
    """
    possible = beginning + sales - ending_current
    if possible <= 0:
        return None
    return round((beginning + sales - ending) / possible * 100, 1)
