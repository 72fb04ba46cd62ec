"""Odoo, with all tests put off until every module is loaded: python -m dev.late_tests -d …

Odoo runs the tests that are tagged `at_install`, nearly all of stock's among them, as soon as
their module is loaded. An addon that builds on the module is not there yet, so that such
a run says nothing about it.
"""

from odoo.cli.command import main
from odoo.service import server


def put_off_tests():
    """Make Odoo run no test before the database is complete, and then all of them."""
    # Only now: Odoo wants its tests imported after it has read its options.
    from odoo.tests import loader
    from odoo.tests.suite import OdooSuite
    make_suite = loader.make_suite

    def make_late_suite(module_names, position='at_install'):
        if position == 'at_install':
            return OdooSuite()
        return OdooSuite([*make_suite(module_names), *make_suite(module_names, position)])

    loader.make_suite = make_late_suite


def preload_registries(names):
    """Load the databases and run their tests, as Odoo does, but later."""
    put_off_tests()
    return preload(names)


if __name__ == '__main__':
    preload, server.preload_registries = server.preload_registries, preload_registries
    main()
