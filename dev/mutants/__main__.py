"""Change the decisions in `smart_dunning/logic` one thing at a time; a test must notice each.

    python -m dev.mutants [MODULE …]

Survivors that change nothing are listed in docs/mutants.md, each with the reason; any other one
makes this fail.
"""

import os
import re
import resource
import signal
import sys
from collections import Counter

from . import house
from .changes import find_changes

EXPLAINED = house.ADDON.parent / 'docs' / 'mutants.md'
#: The share of changes that tests must notice.
AIM = 0.97
#: A changed program that takes so many times as long as the right one is taken to run for ever.
PATIENCE = 3
ROW = re.compile(r'^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|')


def main(wish):
    """Return the exit code: 0 when enough is noticed and the rest is explained."""
    loader = house.enter()
    tests = house.find_tests()
    if os.environ.get('QUICK'):
        tests = {name: logic for name, logic in tests.items() if not name.endswith('_properties')}
    modules = sorted(path.stem for path in house.ADDON.glob('logic/[!_]*.py'))
    if _in_child(lambda: house.run(tests, modules, loud=True), loud=True):
        print("The tests fail without any change.")
        return 1
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    patience = 5 + PATIENCE * (used.ru_utime + used.ru_stime)
    explained = _read_explained()
    totals, open_ones, found = Counter(), [], set()
    for module in modules:
        if wish and module not in wish:
            continue
        path = house.ADDON / 'logic' / f"{module}.py"
        # What tests this module itself comes first, what tries many values last.
        users = house.find_users(module)
        order = sorted(
            (name for name in tests if tests[name] & users),
            key=lambda name: (name.endswith('_properties'), module not in tests[name], name))
        count, survivors = _try_module(loader, path, order, users, patience)
        totals += Counter(changes=count, survived=len(survivors))
        for change in survivors:
            key = (f"{module}.{change.name}", change.before, change.after)
            found.add(key)
            if key not in explained:
                open_ones.append((path.name, change))
                print(f"  {path.name}:{change.line} {change.name}: "
                      f"{change.before}  ->  {change.after}", flush=True)
        print(f"{path.name}: {count - len(survivors)} of {count} noticed", flush=True)
    return _report(totals, open_ones, set() if wish else explained - found)


def _report(totals, open_ones, needless):
    share = 1 - totals['survived'] / max(1, totals['changes'])
    for key in sorted(needless):
        print("Explained, but noticed or gone:", ' | '.join(key))
    print(f"{totals['changes']} changes, {totals['survived']} unnoticed, of these "
          f"{len(open_ones)} without a reason in docs/mutants.md: {share:.1%} noticed")
    return 1 if share < AIM or open_ones or needless else 0


def _read_explained():
    if not EXPLAINED.exists():
        return set()
    rows = map(ROW.match, EXPLAINED.read_text(encoding='utf-8').splitlines())
    return {tuple(cell.replace('\\|', '|') for cell in row.groups()) for row in rows if row}


def _try_module(loader, path, tests, users, patience):
    """Return how many changes there are, and those that no test notices."""
    name, count, survivors = f"{house.LOGIC}.{path.stem}", 0, []
    original = loader.codes[name]
    for change in find_changes(path.read_text(encoding='utf-8')):
        count += 1
        loader.codes[name] = compile(change.tree, str(path), 'exec')
        if not _in_child(lambda: house.run(tests, users), patience):
            survivors.append(change)
    loader.codes[name] = original
    return count, survivors


def _in_child(work, patience=600, loud=False):
    """Do something in a process of its own; return whether it failed.

    :param patience: seconds on a core: what else the machine does counts for nobody's fault
    """
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            signal.setitimer(signal.ITIMER_PROF, patience)
            if not loud:
                quiet = os.open(os.devnull, os.O_WRONLY)
                os.dup2(quiet, 1)
                os.dup2(quiet, 2)
            code = 0 if work() else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] != 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
