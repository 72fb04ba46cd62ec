"""Days far away: what is added to a date never runs beyond the calendar.

A due date in the year 9999 or a delay of millions of days is a slip of the finger; it must not
stop everybody else.

>>> from datetime import date
>>> shift(date(2026, 3, 2), 14)
datetime.date(2026, 3, 16)
>>> shift(date(9999, 12, 31), 1), shift(date(2026, 3, 2), -(10**12))
(datetime.date(9999, 12, 31), datetime.date(1, 1, 1))
"""

from datetime import date, timedelta


def shift(day: date, days: int) -> date:
    """Return the day so many days later (earlier: negative), at most the ends of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
