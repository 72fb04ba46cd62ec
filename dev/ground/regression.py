"""Odoo's own tests with core alone and with the addon: what fails with the addon only counts.

What comes out of core alone is kept below .work, since it changes with Odoo only.
"""

import collections
import datetime
import hashlib
import json
import os
import re
import shutil

from . import addon, jobs, place, postgres, template, testing, tree
from .regression_report import Verdict, compare, failures, tell
from .setup import setup
from .ui import Trouble, last_lines, must, run_long, say

Suite = collections.namedtuple('Suite', 'module tags modules')
SLOW = '/sale:TestTaxesDownPaymentSale'
# Each with the modules it needs beyond those of the template and of the suites before it. Every
# module more makes some tests of the others fail by itself, so purchasing and the shops come last.
# The taxes of some countries take as long as all of the others, and so are a suite of their own.
SUITES = {
    'sale_stock': Suite('sale_stock', '/sale_stock', ['sale_management']),
    'sale': Suite('sale', f"/sale,-{SLOW}", []),
    'stock': Suite('stock', '/stock', []),
    'stock_picking_batch': Suite('stock_picking_batch', '/stock_picking_batch', []),
    'account_payment': Suite('account_payment', '/account_payment', []),
    'stock_dropshipping': Suite(
        'stock_dropshipping', '/stock_dropshipping', ['stock_dropshipping']),
    'sale_taxes': Suite('sale', SLOW, []),
    'pos_sale': Suite('pos_sale', '/pos_sale', ['pos_sale']),
    'point_of_sale': Suite('point_of_sale', '/point_of_sale', ['pos_sale']),
    'website_sale': Suite('website_sale', '/website_sale', ['website_sale']),
}
KEPT = place.WORK / 'regression'
WRONG = re.compile(r'(?:FAIL|ERROR): (?:Subtest )?(\w+) ?(\S+)')
NAMED = re.compile(r'[A-Za-z_][\w.]*(?:: |$)')  # an exception, at the end of its traceback
SKIPPED = re.compile(r'skipped (\w+\.\w+) : ')
STEP = re.compile(r'(?:FAILED: )?\[(\d+/\d+)\] Tour \S+ → Step (.*?)[. ]*$')
IN_TOUR = 'AssertionError: The test code "odoo.startTour('  # all that Odoo says of one that failed
SECONDS = re.compile(r' odoo\.tests\.stats: (\w+): \d+ tests ([\d.]+)s')


def regression():
    """Run the suites, or those that ARGS names, and compare; return the exit code."""
    if not place.ADDON.exists():
        raise Trouble("the addon is not there yet.", "It belongs in smart_dunning/.")
    suites = _wanted(place.setting('ARGS'))
    step = setup(2 * len(suites) + 2)
    KEPT.mkdir(exist_ok=True)
    core = _core(suites, step)
    step("Installing the addon next to Odoo's modules …")
    note = KEPT / 'addon.json'
    with Ground([addon.NAME, *addon.siblings()]) as ground:
        for suite in suites:
            step(f"Tests of {suite} with the addon …")
            result, again = ground.run(suite), None
            worse = compare(core[suite], result)
            if worse:
                say(f"      once more: {', '.join(sorted(worse))}")
                again = ground.run(suite, worse)
            _keep(note, {suite: {'state': ground.state, 'result': result, 'again': again}})
    verdicts = {name: Verdict(name, core[name], **kept) for name, kept in _known(note).items()
                if name in core and name in SUITES}
    return tell({name: verdicts[name] for name in SUITES if name in verdicts}, suites, SUITES)


def _wanted(wish):
    """Return the suites to run, in their order.

    >>> _wanted("sale /stock")
    ['sale', 'stock']
    """
    names = [name.strip('/') for name in wish.replace(',', ' ').split()] or list(SUITES)
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        raise Trouble(f"there is no suite {unknown[0]}.", f"Choose from: {', '.join(SUITES)}")
    return [name for name in SUITES if name in names]


def _core(suites, step):
    """Return the results of core alone, of which only the missing ones are measured."""
    note = KEPT / f"core-{_stamp()}.json"
    kept = {} if place.switch('FRESH') else _known(note)
    missing = [suite for suite in suites if suite not in kept]
    step("Installing Odoo's modules …" if missing else "Odoo's modules: not needed")
    with Ground([], unused=not missing) as ground:
        for suite in suites:
            if suite not in missing:
                step(f"Tests of {suite} with core alone: known since {kept[suite]['date']}")
                continue
            step(f"Tests of {suite} with core alone …")
            kept[suite] = ground.run(suite)
            _keep(note, {suite: kept[suite]})
    return _known(note)


def _known(note):
    return json.loads(note.read_text(encoding='utf-8')) if note.exists() else {}


def _keep(note, results):
    # Read anew, for somebody may run other suites at the same time.
    note.write_text(json.dumps(_known(note) | results, indent=1), encoding='utf-8')


def _stamp():
    """Return what the results of core alone depend on, in short."""
    packages = (place.ROOT / 'requirements' / 'odoo.txt').read_text(encoding='utf-8')
    parts = (postgres.comment(template.NAME), sorted(SUITES.items()), packages)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class Ground:
    """A database in which the suites run one after the other, gone afterwards."""

    def __init__(self, addons, unused=False):
        self.kind = 'addon' if addons else 'core'
        self.name = f"regression_{self.kind}_{os.getpid()}"
        self.folder = KEPT / self.name
        self.installed = set()
        self.addons = addons
        self.state = ""
        self.unused = unused

    def __enter__(self):
        try:
            if not self.unused:
                self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        postgres.drop(self.name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self):
        # A copy, so that one can go on working on the addon during the half hour this takes.
        self.folder.mkdir(exist_ok=True)
        for name in self.addons:
            shutil.copytree(place.ROOT / name, self.folder / name)
            self.state += addon_state(self.folder / name)
        postgres.copy(template.NAME, self.name, "regression")
        # The addons beside it install themselves, when what they join it with is installed.
        self._install([*next(iter(SUITES.values())).modules, *self.addons[:1]])

    def _odoo(self, program, *arguments):
        folders = [*tree.locate().addons_paths, *([self.folder] if self.addons else [])]
        return [str(place.PYTHON), '-m', program, '-c', str(place.CONFIG),
                '--addons-path', ",".join(map(str, folders)),
                '-d', postgres.database(self.name), '--stop-after-init', *arguments]

    def _install(self, modules):
        """Install modules, and test nothing yet."""
        if self.installed.issuperset(modules):
            return
        log = place.LOG / f"regression-{self.kind}-install.log"
        must(self._odoo('odoo', '-i', ",".join(modules), '--no-http'), log,
             f"{', '.join(modules)} could not be installed.",
             "Mend what the log shows, and try again.", env=template.environment())
        self.installed.update(modules)

    def run(self, suite, only=()):
        """Run a suite, or only some of its tests; return what became of each."""
        self._install(SUITES[suite].modules)
        # In a folder of our own while it is written: somebody may run the same suite at the time.
        log = self.folder / f"regression-{self.kind}-{suite}{'-again' if only else ''}.log"
        # Late, since Odoo's own order has most tests of `stock` run before the addon is loaded.
        run_long(self._odoo('dev.late_tests', '--test-tags', tags(suite, only), *testing.ports()),
                 log, env=template.environment(), cwd=place.ROOT)
        log = log.replace(place.LOG / log.name)
        with open(log, encoding='utf-8', errors='replace') as lines:
            result = read(suite, lines)
        if not result:
            raise Trouble(f"the tests of {suite} came to no end.",
                          f"All of it: {log}\n\nIts end:\n{last_lines(log)}")
        say(f"      {len(result['ran'])} tests, {failures(result)} failures; all of the log: {log}")
        return result


def tags(suite, names=()):
    """Return what makes Odoo run a suite, or only the tests of these names.

    >>> tags('stock'), tags('sale_taxes', ['test_x.TestX.test_y', 'test_x.TestX (setUpClass)'])
    ('/stock', '/sale:TestX,/sale:TestX.test_y')
    """
    found = {f"/{SUITES[suite].module}:{name.partition(' ')[0].partition('.')[2]}"
             for name in names}
    return ",".join(sorted(found)) or SUITES[suite].tags


def read(suite, lines):
    """Read Odoo's log of a suite; return what became of each test, None if it was cut short.

    >>> log = '''2026-01-01 00:00:00,000 1 INFO db odoo.addons.sale.tests.test_x: Starting X.a ...
    ... 2026-01-01 00:00:00,000 1 ERROR db o.z.Z.b.browser: FAILED: [2/3] Tour t → Step .ok.
    ... 2026-01-01 00:00:00,000 1 ERROR db o.z: FAIL: Z.b
    ... AssertionError: The test code "odoo.startTour('t')" failed
    ... 2026-01-01 00:00:00,000 1 ERROR db odoo.addons.sale.tests.test_x: FAIL: Subtest X.a (b=1)
    ... Traceback (most recent call last):
    ... KeyError: 1
    ... Traceback (most recent call last):
    ...     return
    ... AssertionError: 1 != 2 : really
    ... - 1
    ... 2026-01-01 00:00:00,000 1 ERROR db odoo.tests.suite: ERROR: setUpClass (odoo.x.test_y.Y)
    ... KeyError: 3
    ... 2026-01-01 00:00:00,000 1 INFO db odoo.tests.stats: sale: 2 tests 0.50s 3 queries
    ... 2026-01-01 00:00:00,000 1 ERROR db odoo.x: 2 failed, 1 error(s) of 1 tests'''.split('\\n')
    >>> result = read('sale', log)
    >>> result['ran'], result['skipped'], result['seconds']
    (['test_x.X.a'], [], 0.5)
    >>> result['failed'].pop('z.Z.b')
    ['stuck at step 2/3: .ok']
    >>> result['failed']
    {'test_x.X.a': ['AssertionError: 1 != 2 : really'], 'test_y.Y (setUpClass)': ['KeyError: 3']}
    >>> read('sale', log[:-1])
    """
    result = {'date': f"{datetime.datetime.now():%Y-%m-%d %H:%M}", 'seconds': 0,
              'ran': [], 'skipped': [], 'failed': {}}
    total, reasons, steps = None, None, {}
    for line in lines:
        record = jobs.RECORD.match(line)
        if not record:
            # The last exception of a chain is what the test met.
            if reasons and line.strip() and (
                    line.startswith('Traceback') or not NAMED.match(reasons[-1])):
                reasons[-1] = line.rstrip()
            continue
        level, logger, text = record.groups()
        reasons, file = None, logger.rpartition('.')[2]
        steps.update(_find_step(logger, text))
        start, skipped = jobs.START.search(line), SKIPPED.match(text)
        wrong = WRONG.match(text) if level == 'ERROR' else None
        seconds = SECONDS.search(line)
        total = jobs.RESULT.search(text) or total
        if start:
            result['ran'].append(f"{file}.{start[2]}")
        elif skipped:
            result['skipped'].append(f"{file}.{skipped[1]}")
        elif wrong:
            reasons = result['failed'].setdefault(_name(file, *wrong.groups()), [])
            reasons.append("")
        elif seconds and seconds[1] == SUITES[suite].module:
            result['seconds'] = float(seconds[2])
    return _finish(suite, result, total, steps)


def _finish(suite, result, total, steps):
    """Return what was read of a suite, None when Odoo had no last word.

    :param total: match of what Odoo counts itself
    :param steps: {test: the last step of its tour}
    """
    if not total:
        return None
    for name, reasons in result['failed'].items():
        if name in steps and reasons[-1].startswith(IN_TOUR):
            reasons[-1] = steps[name]
    if failures(result) != int(total[1]) + int(total[2]) or len(result['ran']) != int(total[3]):
        raise Trouble(f"Odoo counts the tests of {suite} otherwise than its log reads: {total[0]}.",
                      "dev/ground/regression.py has to learn how this Odoo writes its log.")
    return result


def _find_step(logger, text):
    """Return {test: the step its tour is at}; the last one is where it got stuck, if it did."""
    step = STEP.match(text)
    return {'.'.join(logger.split('.')[-4:-1]): (
        f"stuck at step {step[1]}: {re.sub(r'</?[a-z]+>', '', step[2])}")} if step else {}


def _name(file, test, rest):
    """Name what failed, a test or what comes before or after all tests of a class."""
    if rest.startswith('('):
        module, _dot, name = rest.strip('()').rpartition('.')
        return f"{module.rpartition('.')[2]}.{name} ({test})"
    return f"{file}.{test}{rest}"


def addon_state(folder):
    """Return what the addon consists of, without its own tests, in short."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob('*')):
        if path.is_file() and path.suffix != '.pyc' and folder / 'tests' not in path.parents:
            digest.update(f"{path.relative_to(folder)}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
