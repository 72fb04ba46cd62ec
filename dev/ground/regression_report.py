"""What Odoo's own tests say with core alone and with the addon: compared, printed, written down."""

import datetime
import re
import subprocess

from . import place, postgres, tree
from .ui import say

#: The lists of the page.
TITLES = ("Only with the addon", "Failed once with the addon, not when repeated", "In both")
REPORT = place.ROOT / 'docs' / 'regression.md'


def failures(result):
    """Return how many failures there are, parts of tests (subtests) counted one by one."""
    return sum(map(len, result['failed'].values()))


def compare(core, other, names=None):
    """Return what is worse than with core alone: names, each with its reason.

    >>> core = {'ran': ['a', 'b', 'c', 'd'], 'skipped': ['c'], 'failed': {'b': ["x"]}}
    >>> sorted(compare(core, {'ran': ['a', 'b'], 'skipped': ['a'], 'failed': {
    ...     'b': ["x", "y"], 'c': ["z"]}}).items())
    [('a', 'is skipped'), ('b', 'y'), ('c', 'z'), ('d', 'does not run')]
    >>> compare(core, {'ran': ['b'], 'skipped': [], 'failed': {'b': ["other"]}}, names=['b'])
    {}
    """
    worse = {name: reasons[-1] for name, reasons in other['failed'].items()
             if len(reasons) > len(core['failed'].get(name, ()))}
    for name in set(core['ran']) - set(core['skipped']):
        if name not in other['ran']:
            worse.setdefault(name, "does not run")
        elif name in other['skipped']:
            worse.setdefault(name, "is skipped")
    return {name: reason for name, reason in worse.items() if names is None or name in names}


class Verdict:
    """What the two runs of a suite say together."""

    def __init__(self, suite, core, result, again, state):
        self.suite, self.core, self.addon, self.state = suite, core, result, state
        first = compare(core, result)
        # A browser on a busy machine may fail once, the addon's faults do so each time.
        self.worse = compare(core, again, first) if again else {}
        self.unsteady = sorted(set(first) - set(self.worse))
        self.both = sorted(set(core['failed']) & set(result['failed']))

    def row(self):
        """Return the line of the table."""
        return (f"| `{self.suite}` | {len(self.addon['ran'])} | {failures(self.core)} "
                f"| {failures(self.addon)} | {len(self.worse)} | {self.core['seconds']:.0f} s "
                f"| {self.addon['seconds']:.0f} s | {self.addon['date']} |")

    def reason(self, name):
        """Return why a test fails in both runs, and whether for the same reason."""
        one, two = self.core['failed'][name][-1], self.addon['failed'][name][-1]
        same = re.sub(r'\d+', "", one) == re.sub(r'\d+', "", two)
        return _short(one) if same else f"{_short(one)}; with the addon: {_short(two)}"


def _short(text):
    """Return one line of a reason that gives no place on this machine away."""
    text = re.sub(r'(?<![\w.<])/[\w.-]+(?:/[\w.-]+)+', "…", text)
    return text if len(text) <= 90 else text[:89] + "…"


def tell(verdicts, now, suites):
    """Write down what is known of all suites, print those run now; return the exit code."""
    page = REPORT.read_text(encoding='utf-8') if REPORT.exists() else ""
    REPORT.write_text(_report(verdicts, now, suites, page), encoding='utf-8')
    verdicts = {suite: verdicts[suite] for suite in now}
    say("\n" + _table([verdict.row() for verdict in verdicts.values()]))
    worse, unsteady, both = _lists(verdicts)
    for title, lines in (("Only with the addon:", worse),
                         ("Failed once with the addon, not when repeated:", unsteady)):
        if lines:
            say("\n".join(("", title, *lines)))
    say(f"\nWritten to {REPORT.relative_to(place.ROOT)}.")
    passed = sum(len(set(verdict.addon['ran']) - set(verdict.addon['failed']))
                 for verdict in verdicts.values())
    say(f"\n{passed} passed, {len(both)} fail with core alone as well, {len(worse)} failed")
    return 1 if worse else 0


def _report(verdicts, now, suites, page):
    """Return the page with the last result of each suite.

    :param page: the page as it was; what it says of suites that nobody has run here stays
    """
    kept = {suite: read_page(page, suite) for suite in suites if suite not in verdicts}
    rows = {suite: verdict.row() for suite, verdict in verdicts.items()} | {
        suite: row for suite, (row, _lines) in kept.items() if row}
    worse, unsteady, both = (
        [*lines, *(line for _row, earlier in kept.values() for line in earlier[title])]
        for title, lines in zip(TITLES, _lists(verdicts), strict=True))
    older = [f"`{suite}`" for suite, verdict in verdicts.items()
             if verdict.state != verdicts[now[-1]].state]
    parts = ["# Odoo's own tests, with and without the addon", _facts(verdicts),
             _table([rows[suite] for suite in suites if suite in rows]),
             *_part(TITLES[0], worse or ["None."]), *_part(TITLES[1], unsteady),
             *_part(TITLES[2], both), NOTE]
    missing = [f"`{suite}`" for suite in suites if suite not in rows]
    earlier = [f"`{suite}`" for suite in kept if suite in rows]
    if older:
        parts.insert(3, f"Run before the last change of the addon: {', '.join(older)}.")
    if earlier:
        parts.insert(3, f"Kept from earlier runs, with their versions: {', '.join(earlier)}.")
    if missing:
        parts.insert(3, f"Not run yet: {', '.join(missing)}.")
    return "\n\n".join(parts) + "\n"


def read_page(page, suite):
    """Return (row, {title: lines}) of what a page says of a suite; None for no row.

    >>> page = "| `sale` | 3 |\\n\\n## Only with the addon\\n\\n- `sale`: `a`: x"
    >>> read_page(page, 'sale')
    ('| `sale` | 3 |', {'Only with the addon': ['- `sale`: `a`: x'], 'Failed once with the addon, \
not when repeated': [], 'In both': []})
    >>> read_page(page, 'stock')[0]
    """
    row, title, found = None, "", {title: [] for title in TITLES}
    for line in page.splitlines():
        if line.startswith("## "):
            title = line[3:]
        elif line.startswith(f"| `{suite}` |"):
            row = line
        elif line.startswith(f"- `{suite}`:") and title in found:
            found[title].append(line)
    return row, found


def _table(rows):
    return "\n".join((
        "| suite | tests | failures, core alone | failures, with the addon "
        "| only with the addon | time, core alone | time, with the addon | run |",
        "|---|--:|--:|--:|--:|--:|--:|---|", *rows))


def _lists(verdicts):
    """Return lines on what fails with the addon only, only once, and in both."""
    return (
        [f"- `{suite}`: `{name}`: {_short(reason)}" for suite, verdict in verdicts.items()
         for name, reason in sorted(verdict.worse.items())],
        [f"- `{suite}`: `{name}`" for suite, verdict in verdicts.items()
         for name in verdict.unsteady],
        [f"- `{suite}`: `{name}`: {verdict.reason(name)}" for suite, verdict in verdicts.items()
         for name in verdict.both])


def _part(title, lines):
    return [f"## {title}", "\n".join(lines)] if lines else []


NOTE = """## How it is done

`make regression` runs each suite of Odoo's own tests twice: in a database with Odoo's modules,
and in one with smart_dunning as well. All tests run when all modules are loaded, also those that
Odoo itself runs as soon as their module is: at that moment the addon would not be there yet. Some
of these do not expect the modules that build on theirs, and fail with core alone for that reason.
A test that fails with the addon only is repeated once. Failing parts of a test count one by one.
The times are no benchmark: the machine may be busy with other things during one of the runs.
`sale_taxes` are those tests of `sale` that try down payments with the taxes of many countries."""


def _facts(verdicts):
    """Return when this was, and with which versions."""
    days = sorted({verdict.core['date'][:10] for verdict in verdicts.values()})
    manifest = (place.ADDON / '__manifest__.py').read_text(encoding='utf-8')
    addon = re.search(r"'version': '([^']+)'", manifest)[1]
    facts = [f"smart_dunning {addon}", f"Odoo {tree.locate().version}{_package()}",
             _version([str(place.PYTHON), '--version']),
             f"PostgreSQL {postgres.query('SHOW server_version').split()[0]}",
             _version(['chromium', '--version'])]
    return (f"{datetime.date.today().isoformat()} (core alone: {' and '.join(days)}).\n"
            f"{', '.join(filter(None, facts))}.")


def _package():
    """Return which of Debian's packages Odoo comes from, if it does."""
    if place.setting('ODOO_SOURCE') or not tree.STAMP.exists():
        return ""
    found = re.search(r'^odoo-19_(.+)_all\.deb', tree.STAMP.read_text(), re.MULTILINE)
    return f" (Debian {found[1]})" if found else ""


def _version(command):
    """Return name and version as a program tells them, or nothing."""
    try:
        text = subprocess.run(command, capture_output=True, text=True).stdout
    except OSError:
        return ""
    return " ".join(text.split()[:2])
