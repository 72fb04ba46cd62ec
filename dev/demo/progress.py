"""Progress lines with the time that really went by, also while the clock of Odoo is frozen."""

import time

# Bound now: freezegun replaces the functions of the module, not this one.
_clock = time.time.__call__
_start = _clock()


def elapsed():
    """Return the seconds since the demo was started."""
    return _clock() - _start


def say(text):
    """Print one line with the seconds that went by."""
    print(f"[{elapsed():4.0f} s] {text}", flush=True)


class Progress:
    """Tells now and then how far many steps of one kind are, and how long the rest will take."""

    def __init__(self, total, every=10):
        self._total, self._every = total, every
        self._begin = self._told = _clock()
        self._count = 0

    def done(self, describe):
        """Count a step; `describe` is asked what to say when it is time to say something."""
        self._count += 1
        now, left = _clock(), self._total - self._count
        if left and now - self._told < self._every:
            return
        self._told = now
        rest = (now - self._begin) / self._count * left
        say(f"{self._count:3} of {self._total}  {describe()}"
            + (f"; some {max(5, round(rest, -1)):.0f} s left" if left else ""))


def money(company, amount):
    """Return an amount as people of the company write it."""
    from odoo.tools import formatLang  # noqa: PLC0415

    return formatLang(company.env, amount, currency_obj=company.currency_id).replace("\xa0", " ")
