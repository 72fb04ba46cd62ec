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


def money(company, amount):
    """Return an amount as people of the company write it."""
    from odoo.tools import formatLang  # noqa: PLC0415

    return formatLang(company.env, amount, currency_obj=company.currency_id).replace("\xa0", " ")
