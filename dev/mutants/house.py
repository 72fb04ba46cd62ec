"""The tests of the decisions without a database: the addon's `logic` and those tests, no models.

A test module belongs here when it, and what it imports of the tests, takes from Odoo no more than
`BaseCase` and `tagged`, and from the addon no more than `logic`.
"""

import ast
import contextlib
import doctest
import importlib.abc
import importlib.util
import logging
import os
import sys
import types
import unittest
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / 'smart_dunning'
PACKAGE = 'odoo.addons.smart_dunning'
LOGIC = f"{PACKAGE}.logic"
_ODOO = {'odoo.tests': {'BaseCase', 'tagged'}, 'odoo.tools': {'float_round'}}


class Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads `logic` and the tests from memory, so that one module may be exchanged."""

    def __init__(self):
        self.codes = {}
        for path in [*ADDON.glob('logic/*.py'), *ADDON.glob('tests/*.py')]:
            if path.name != '__init__.py':
                name = f"{PACKAGE}.{path.parent.name}.{path.stem}"
                self.codes[name] = compile(path.read_text(encoding='utf-8'), str(path), 'exec')

    def find_spec(self, fullname, path, target=None):
        if fullname not in self.codes:
            return None
        spec = importlib.util.spec_from_loader(fullname, self)
        spec.has_location, spec.origin = True, self.codes[fullname].co_filename
        return spec

    def exec_module(self, module):
        exec(self.codes[module.__name__], module.__dict__)


def enter():
    """Put up the packages around the tests, without what they would import; return the loader."""
    from hypothesis import Phase, settings  # noqa: PLC0415, loaded once for all

    import odoo.tests  # noqa: F401, PLC0415

    import odoo.addons  # noqa: F401, PLC0415

    logging.disable(logging.CRITICAL)
    # A counterexample is enough: it need not be made small.
    settings.register_profile('mutants', phases=[Phase.explicit, Phase.generate], database=None)
    settings.load_profile('mutants')
    for name in (PACKAGE, LOGIC, f"{PACKAGE}.tests"):
        package = types.ModuleType(name)
        package.__path__ = [str(ADDON / name.removeprefix(PACKAGE).lstrip('.'))]
        sys.modules[name] = package
        parent, _dot, last = name.rpartition('.')
        setattr(sys.modules[parent], last, package)
    loader = Loader()
    sys.meta_path.insert(0, loader)
    return loader


def find_tests() -> dict[str, set[str]]:
    """Return the test modules that need no database, each with the modules of `logic` it tests."""
    imports = {}
    for path in ADDON.glob('tests/*.py'):
        with contextlib.suppress(ValueError):
            imports[path.stem] = _read_imports(path)

    def reach(name, seen):
        if name not in imports or name in seen:
            return name in imports
        return all(reach(other, seen | {name}) for other in imports[name][1])
    return {
        name: logic for name, (logic, _tests) in sorted(imports.items())
        if name.startswith('test_') and logic and reach(name, frozenset())}


def find_users(name: str) -> set[str]:
    """Return a module of `logic` and those that import it."""
    users, source = {name}, {
        path.stem: path.read_text(encoding='utf-8') for path in ADDON.glob('logic/*.py')}
    return users.union(other for other, text in source.items() if f"from .{name} import" in text)


def _read_imports(path):
    """Return what a test module imports of `logic` and of the tests; ValueError: it needs Odoo."""
    logic, tests = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            if any(alias.name.startswith('odoo') for alias in node.names):
                raise ValueError(path)
        elif isinstance(node, ast.ImportFrom):
            names, module = {alias.name for alias in node.names}, node.module or ''
            if node.level == 2 and module == 'logic':
                logic |= names
            elif node.level == 2 and module.startswith('logic.'):
                logic.add(module.removeprefix('logic.'))
            elif node.level == 1 and module:
                tests.add(module)
            elif node.level or (
                    module.startswith('odoo') and not names <= _ODOO.get(module, set())):
                raise ValueError(path)
    return logic, tests


class Caught(unittest.TestResult):
    """Ends the process with the first failure: that is all that is asked."""

    def __init__(self, loud):
        super().__init__()
        self.loud = loud

    def addError(self, test, err):
        if self.loud:
            print(test, self._exc_info_to_string(err, test), sep='\n')
        sys.stdout.flush()
        os._exit(1)

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(test, err)


def run(names, modules, *, loud=False):
    """Run some test modules, then the examples in modules of `logic`; end the process if one fails.

    Returns how many there were.
    """
    loader, result = unittest.TestLoader(), Caught(loud)
    for name in names:
        module = importlib.import_module(f"{PACKAGE}.tests.{name}")
        suite = unittest.TestSuite(
            loader.loadTestsFromTestCase(case) for case in vars(module).values()
            if isinstance(case, type) and issubclass(case, unittest.TestCase)
            and case.__module__ == module.__name__)
        suite.run(result)
    count = result.testsRun
    for name in sorted(modules):
        examples = doctest.testmod(
            importlib.import_module(f"{LOGIC}.{name}"), report=loud,
            optionflags=doctest.FAIL_FAST)
        count += examples.attempted
        if examples.failed:
            sys.stdout.flush()
            os._exit(1)
    return count
