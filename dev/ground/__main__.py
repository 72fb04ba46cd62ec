"""Called by the Makefile: python3 -m dev.ground COMMAND."""

import signal
import sys

if sys.version_info < (3, 9):  # noqa: UP036, an old one is to be told so, not to stumble
    sys.exit("Sorry: Odoo 19 needs Python 3.11 to 3.13, and so does its set-up.")

from . import ui  # noqa: E402


def setup():
    """Put everything together that the other commands need."""
    from .setup import setup as put_together
    put_together()
    ui.say("Ready. Next: make demo, or make test")


def test():
    """Run the tests."""
    from .testing import test as run
    return run()


def torture():
    """Attack what plans and sends at random points."""
    from .testing import torture as run
    return run()


def regression():
    """Compare Odoo's own tests with and without the addon."""
    from .regression import regression as run
    return run()


def mutants():
    """Change the decisions one thing at a time: does a test notice?"""
    from .testing import mutants as run
    return run()


def lint():
    """Run the linters."""
    from .lint import lint as run
    return run()


def demo():
    """Start the demo."""
    from .demo import demo as run
    return run()


def stop():
    """End the demo."""
    from .demo import stop as end
    return end()


def bench():
    """Run the benchmarks."""
    from .testing import bench as run
    return run()


def pictures():
    """Take the pictures for the documentation."""
    from .demo import pictures as run
    return run()


def clean():
    """Remove everything that was put together."""
    from .demo import clean as run
    return run()


COMMANDS = {command.__name__: command for command in (
    setup, test, torture, regression, mutants, lint, demo, stop, bench, pictures, clean)}


def main():
    """Run the command named on the command line, and tell troubles without a traceback."""
    # Ended by a signal, it ends and removes what it has begun, as if ended by Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return COMMANDS[sys.argv[1]]() or 0
    except ui.Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where it left off.", file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
