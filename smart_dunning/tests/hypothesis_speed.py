import sys


def spare_hypothesis():
    """Let hypothesis skip the modules loaded so far.

    It reads the constants of every local module; all of Odoo takes it 40 s.
    """
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415, a developers' tool

    seen = getattr(providers, '_seen_modules', None)
    if seen is not None:
        seen.update(map(id, sys.modules.values()))
