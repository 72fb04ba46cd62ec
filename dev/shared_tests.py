"""Odoo, sharing the tests of an addon with other processes: python -m dev.shared_tests -d …

DUNNING_TESTS=prepare   runs the tests tagged `at_install` while the addon is installed, and puts
                        the scripts of the web pages together, so that copies of this database
                        find them; the other tests wait for the copies.
DUNNING_TESTS=share     runs the tests tagged `post_install`, class by class, each that nobody else
                        has taken (see `dev.claims`), on a database that has the addon.
"""

import collections
import itertools
import os
from pathlib import Path

from odoo.cli.command import main
from odoo.service import server

from dev.claims import take

ADDON = 'smart_dunning'


def share_tests(loader, suite_class):
    """Make Odoo's loader hand out the tests of the addon only, class by class."""
    make_suite = loader.make_suite

    class Later(suite_class):
        """No test, but Odoo is to prepare its web pages as if there were some."""

        def has_http_case(self):
            return True

    class Shared(suite_class):
        """The tests of each class that is ours, decided when its turn comes."""

        def has_http_case(self):
            return False            # the web pages are prepared

        def __iter__(self):
            begun = 0
            for name, tests in itertools.groupby(super().__iter__(), _name):
                for test in tests if take(name) else ():
                    begun += 1
                    yield test
            _note(f'begun_{os.getpid()}', begun)

    def make_shared_suite(_module_names, position='at_install'):
        if position == 'at_install':
            return make_suite([ADDON])
        if os.environ['DUNNING_TESTS'] == 'prepare':
            return Later()
        tests = list(make_suite([ADDON], position))
        # Whoever adds up what each has run can tell whether anything was left out.
        _note('total', len(tests))
        return Shared(_sort(tests))

    loader.make_suite = make_shared_suite


def _note(name, number):
    Path(os.environ['DUNNING_CLAIMS'], name).write_text(str(number))


def _sort(tests):
    """Return the tests with the long classes first, so that nobody is left with one at the end.

    What a browser does takes longest; of all others, a test takes about as long as the next one.
    Sorting keeps the methods of a class together, and in their order.
    """
    from odoo.tests import HttpCase
    counts = collections.Counter(map(_name, tests))
    return sorted(tests, key=lambda test: (
        not isinstance(test, HttpCase), -counts[_name(test)], _name(test)))


def _name(test):
    return f"{type(test).__module__}.{type(test).__qualname__}"


def preload_registries(names):
    """Load the databases and run their tests, as Odoo does."""
    # Only now: Odoo wants its tests imported after it has read its options.
    from odoo.tests import loader
    from odoo.tests.suite import OdooSuite
    share_tests(loader, OdooSuite)
    return preload(names)


if __name__ == '__main__':
    preload, server.preload_registries = server.preload_registries, preload_registries
    main()
