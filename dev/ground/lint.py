"""The linters: ruff, pylint-odoo, gettext, and those that Odoo checks its own addons with."""

import os
import re
import shutil
import subprocess

from . import addon, client, place, postgres, template
from .jobs import RECORD
from .setup import setup
from .testing import ports, run_odoo
from .ui import say

# Odoo's other checks of its sources need what only its own developers have, or look only at its
# own addons.
CORE = ('TestIndex', 'TestOnchangeDomains', 'TestLintOverrideSignatures', 'TestDocstring',
        'TestNaming')
# Those of them that say nothing about addons which are neither Odoo's own nor ours.
OUTSIDE = ('TestOnchangeDomains', 'TestNaming')
# Warnings that a log shows whatever our addon does.
NOT_OURS = ('py.warnings', 'odoo.tools.config', 'odoo.addons.test_lint')


def lint():
    """Run all linters, also after one has found something; return the exit code."""
    step = setup(6)
    step("ruff …")
    found = [_run('-m', 'ruff', 'check', '--quiet', '.')]
    step("pylint-odoo …")
    found.append(_run('-m', 'pylint', '--rcfile=.pylintrc', *_addons()))
    step("Translations …")
    found.append(_run('-m', 'dev.translations', *_addons()))
    step("Documents: links, spelling, German …")
    found.append(_run('-m', 'dev.documents'))
    step("The packages that pip installs …")
    found += [_run('-m', 'dev.readme', '--check'), *map(_package, _addons()),
              client.check_package()]
    step("Odoo's own checks, on a database with the addon …")
    found.append(_core())
    say("The linters found something, see above." if any(found) else "The linters found nothing.")
    return 1 if any(found) else 0


def _addons():
    return sorted(path.parent.name for path in place.ROOT.glob('smart_dunning*/__manifest__.py'))


def _run(*command):
    done = subprocess.run([str(place.PYTHON), *command], cwd=place.ROOT,
                          env=place.environment(), stdin=subprocess.DEVNULL)
    return done.returncode


def _package(name):
    """Build the wheel of an addon and install it, as somebody does who has pip only."""
    folder = place.WORK / 'package'
    shutil.rmtree(folder, ignore_errors=True)
    # By the version in the manifest alone, not by the commits since.
    env = dict(place.environment(), WHOOL_POST_VERSION_STRATEGY_OVERRIDE='none')
    pip = [str(place.PYTHON), '-m', 'pip', '--disable-pip-version-check', '-q']
    for command in (
            ['wheel', '--no-deps', '--no-build-isolation', '-w', str(folder),
             str(place.ROOT / name)],
            ['install', '--no-deps', '--no-index', '--no-compile', '--target',
             str(folder / 'site'), '--find-links', str(folder),
             f"odoo-addon-{name.replace('_', '-')}"]):
        done = subprocess.run([*pip, *command], env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            say(done.stdout.rstrip())
            return 1
    return _compare(name, folder / 'site' / 'odoo' / 'addons' / name)


def _compare(name, installed):
    """Check that what was installed is the addon, complete."""
    files = [path.relative_to(place.ROOT) for path in (place.ROOT / name).rglob('*')
             if path.is_file() and path.suffix != '.pyc' and path.name != 'pyproject.toml']
    lacking = [str(path) for path in files if not (installed.parent / path).exists()]
    if lacking:
        say(f"The package lacks {', '.join(lacking[:5])}")
    return len(lacking)


def _core():
    """Let Odoo's linters look at all addons; those that join with others' in a database apart."""
    outside = addon.outsiders()
    found = _look([name for name in _addons() if name not in outside], CORE, 'lint')
    return found + (_look(outside, OUTSIDE, 'lint-outside') if outside else 0)


def _look(names, linters, title):
    """Install addons beside Odoo's linters; a warning on the way counts as well."""
    database = f"{title.replace('-', '_')}_{os.getpid()}"
    log = place.LOG / f'{title}.log'
    found = 0
    try:
        postgres.copy(template.NAME, database, addon.UNFINISHED)
        if addon.NAME in names:
            # The texts of the addon alone: with others beside it, theirs about its models count
            # among them, labels of fields on a website's forms for instance.
            addon.finish(database, '-i')
            found += _warnings(addon.INSTALL_LOG) + _missing_texts(database, addon.NAME)
        count = run_odoo(template.odoo(
            '-c', str(place.CONFIG), '-d', postgres.database(database),
            '-i', ','.join([*names, 'test_lint']), '--stop-after-init', *ports(),
            '--test-tags', ",".join(f"*/test_lint:{name}" for name in linters)), log)
        found += sum(_missing_texts(database, name) for name in names if name != addon.NAME)
    finally:
        postgres.drop(database)
    say(f"      {count.ran} checks, {count.failed} failed; all of the log: {log}")
    return (count.failed or not count.ran) + _warnings(log) + found


def _warnings(log):
    """Print what Odoo complained about while it installed the addon; return how often."""
    found = 0
    for line in log.read_text(errors='replace').splitlines():
        record = RECORD.match(line)
        if record and record[1] == 'WARNING' and not record[2].startswith(NOT_OURS):
            say(line)
            found += 1
    return found


def _missing_texts(database, name):
    """Find texts of an addon that its .pot file, and so its translations, do not know."""
    target = place.RUN / f'{name}.pot'
    target.unlink(missing_ok=True)
    subprocess.run(
        template.odoo('i18n', 'export', '-c', str(place.CONFIG), '-d',
                      postgres.database(database), '-l', 'pot', '-o', str(target), name),
        env=template.environment(), stdin=subprocess.DEVNULL, capture_output=True)
    if not target.exists():
        say(f"Odoo could not list the texts of {name}.")
        return 1
    known = place.ROOT / name / 'i18n' / f'{name}.pot'
    compared = subprocess.run(
        ['msgcmp', '--no-fuzzy-matching', '--use-untranslated', str(known), str(target)],
        capture_output=True, text=True, env=dict(os.environ, LC_ALL='C'))
    lacking = re.findall(r'pot:(\d+): this message is used but not defined', compared.stderr)
    if lacking:
        # The number is that of the line behind the text.
        first = target.read_text().splitlines()[int(lacking[0]) - 2]
        say(f"{known.name} lacks {len(lacking)} texts of {name}, the first: {first}")
    elif compared.returncode:
        say(compared.stderr.rstrip())
    return compared.returncode
