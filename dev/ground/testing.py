"""The tests: doctests, the addon's own and those with processes, side by side on all cores.

The addon is installed once; whoever runs tests gets a copy of that database. Who runs what is
decided when a class or a file is begun (`dev.claims`), so all of them end at about the same time.
"""

import os
import re
import shlex
import shutil
import subprocess

from . import addon, client, place, postgres, template, venv
from .jobs import Count, OdooJob, PytestJob, run_all
from .setup import setup
from .ui import Trouble, say

NAME = addon.NAME
KEPT = 'test_kept'
# Of this run alone, so that whoever is left of another one takes nothing away.
CLAIMS = place.RUN / f'claims_{os.getpid()}'
PROCESSES = 'tests_process'
ADDON_TESTS = f"{NAME}/tests"
#: Tests of the addon that want modules which it does not depend on: title, modules, tags.
MORE_MODULES = {'workshop': ('sale_mrp,repair', 'dunning_workshop')}


def test():
    """Run what ARGS asks for, or everything; return the exit code."""
    addon.check()
    wish = place.setting('ARGS')
    how = _choose(wish)
    database = KEPT if place.switch('KEEP') or how is with_pytest else f"test_{os.getpid()}"
    step = setup(STEPS[how])
    if place.switch('COVER'):
        for old in place.WORK.glob('coverage*'):
            old.unlink()
    try:
        total = how(step, database, wish)
    finally:
        if database != KEPT:
            postgres.drop(database)
    if place.switch('COVER'):
        _report_cover()
    if total.names:
        say("\nFailed:")
        for name in total.names:
            say(f"  {name}")
    # Alone on the last line, so that people and CI see the sum at a glance.
    say(f"\n{total.ran - total.failed} passed, {total.failed} failed")
    return 1 if total.failed or not total.ran else 0


def _choose(wish):
    """Return how to run what is wished for.

    >>> _choose("") is everything, _choose("/smart_dunning:TestDebtor") is with_odoo
    (True, True)
    >>> _choose("tests_process/test_kill.py -k once") is processes
    True
    >>> _choose("client -k lost") is remote_client
    True
    >>> _choose("-k ladder --lf") is _choose("smart_dunning/tests/test_debtor.py") is with_pytest
    True
    """
    words = shlex.split(wish)
    if not words:
        return everything
    if any(word.startswith(PROCESSES) for word in words):
        return processes
    if any(word.startswith(client.FOLDER) for word in words):
        return remote_client
    if wish.startswith('-') or any(word.startswith(ADDON_TESTS) for word in words):
        return with_pytest
    return with_odoo


def everything(step, database, _wish):
    """Run all tests, as many processes at a time as there are cores, and one more.

    The one more, because the tests with processes wait for each other now and then.
    """
    step("Examples in the documentation of the rules …")
    count = doctests()
    step("Installing the addon …")
    count += _install(database, prepare=True)
    cores = cores_to_use()
    step(f"Tests of the addon and tests with several processes, {cores + 1} at a time …")
    CLAIMS.mkdir()
    copies = [f"{database}_{number}" for number in range(1, cores + 1)]
    beside = {title: f"{database}_{title}" for title in _parts()}
    try:
        for copy in (*copies, *beside.values()):
            postgres.copy(database, copy, "test")
        shares = [_share(copy) for copy in copies]
        parts = [_part(title, copy) for title, copy in beside.items()]
        # Who has nothing left to do takes part in what the first one is at; what nobody can share
        # comes first.
        jobs = [_processes(number, database) for number in range(1, cores + 1)]
        count += run_all([*parts, jobs[0], *shares, *jobs[1:], client.job()], cores + 1)
        count += _check_complete()
    finally:
        shutil.rmtree(CLAIMS, ignore_errors=True)
        for copy in (*copies, *beside.values()):
            postgres.drop(copy)
    say(f"      The logs: {place.LOG}/test*.log")
    return count


def _parts():
    """Return {title: (modules, tags)} of what wants more of Odoo's modules than the other tests.

    The addons beside ours that have tests, and some tests of ours.
    """
    return {name: (name, f"/{name}") for name in addon.siblings()
            if (place.ROOT / name / 'tests').exists()} | MORE_MODULES


def _part(title, database):
    """Return the job that runs one of `_parts`, in a copy with all that it depends on."""
    modules, tags = _parts()[title]
    return OdooJob(title, _covered(template.odoo(
        '-c', str(place.CONFIG), '-d', postgres.database(database), '-i', modules,
        '-u', title if title == modules else NAME, '--test-tags', tags, '--stop-after-init',
        *ports())), place.LOG / f"test-{title}.log", template.environment())


def _check_complete():
    """Count as a failure that tests of the addon were taken by nobody.

    Odoo's own number does not tell: a test may let others run within itself.
    """
    begun = sum(int(note.read_text()) for note in CLAIMS.glob('begun_*'))
    total = sum(int(note.read_text()) for note in CLAIMS.glob('total'))
    if begun == total > 0:
        return Count()
    return Count(1, 1, [f"{begun} of the {total} tests of the addon ran"])


def with_odoo(step, database, tags):
    """Run the addon's tests with the tags through Odoo's own runner."""
    step(f"Tests of the addon ({tags}) …")
    log = place.LOG / 'test.log'
    option = addon.begin(database, KEPT)
    count = run_odoo(_covered(template.odoo(
        '-c', str(place.CONFIG), '-d', postgres.database(database), option, NAME,
        '--test-tags', tags, '--stop-after-init', *ports())), log)
    say(f"      {count.ran} tests, {count.failed} failed; all of the log: {log}")
    if database == KEPT and count.ran:
        addon.note(database)
    return count


def with_pytest(step, database, wish):
    """Run the addon's tests through pytest, in the database that is kept."""
    step("Installing the addon …" if not addon.ready(database) else "Addon in the database: there")
    if not addon.ready(database):
        addon.install(database)
    words = shlex.split(wish)
    step(f"Tests of the addon through pytest ({wish}) …")
    if not any(word.startswith(NAME) for word in words):
        words.append(ADDON_TESTS)
    # On the terminal as pytest writes it, and reading from there, for --pdb.
    junit = place.LOG / 'pytest.xml'
    done = subprocess.run(
        [str(place.PYTHON), '-m', 'pytest', '-rfE', f"--junitxml={junit}",
         '--odoo-config', str(place.CONFIG), '--odoo-database', postgres.database(database),
         '--odoo-http', *words],
        cwd=place.ROOT, env=template.environment())
    say(f"      For machines: {junit}")
    return junit_count(junit, done.returncode)


def junit_count(path, code):
    """Return the `Count` in a file that pytest has written for machines."""
    try:
        numbers = dict(re.findall(r'\b(tests|failures|errors)="(\d+)"',
                                  path.read_text(encoding='utf-8')[:2000]))
    except OSError:
        return Count(0, 0) if code == 5 else Count(1, 1)
    failed = int(numbers.get('failures', 0)) + int(numbers.get('errors', 0))
    return Count(int(numbers.get('tests', 0)), failed or int(code not in (0, 5)))


def processes(step, database, what):
    """Run some of the tests that need processes of their own."""
    step("Installing the addon …")
    count = _install(database, prepare=False)
    step("Tests with several processes, mail servers and kill -9 …")
    return count + run_all([_processes(1, database, *shlex.split(what))])


def remote_client(step, _database, what):
    """Run some of the tests of the remote client."""
    step("Tests of the remote client …")
    return run_all([client.job(*shlex.split(what))])


STEPS = {everything: 3, with_odoo: 1, with_pytest: 2, processes: 2, remote_client: 1}


def cores_to_use():
    """Return how many processes are to test at the same time: JOBS, or one for each core."""
    text = place.setting('JOBS', str(min(len(os.sched_getaffinity(0)), 4)))
    if not text.isdigit() or not int(text):
        raise Trouble(f"JOBS={text} is not a number of processes.", "For example: make test JOBS=2")
    return int(text)


def doctests():
    """Run the doctests of the rules, which need neither Odoo nor a database."""
    code = subprocess.run(
        [str(place.PYTHON), '-m', 'dev.doctests'], cwd=place.ROOT, env=place.environment(),
        stdout=subprocess.PIPE, text=True)
    say(code.stdout.rstrip())
    found = re.search(r'(\d+) failed of (\d+)', code.stdout)
    return Count(int(found[2]), int(found[1])) if found else Count(1, 1)


def _install(database, prepare):
    """Install the addon, and run those of its tests that want to see that; return their count."""
    option = addon.begin(database, KEPT)
    if not prepare:
        addon.finish(database, option)
        return Count()
    env = dict(template.environment(), DUNNING_TESTS='prepare')
    job = OdooJob("installation", _covered(_odoo(database, option, NAME)),
                  place.LOG / 'test-install.log', env)
    count = run_all([job])
    if count.failed:
        raise Trouble("the addon could not be installed, see above.", f"All of it: {job.log}")
    addon.note(database)
    return count


def _share(database):
    env = dict(template.environment(), DUNNING_TESTS='share', DUNNING_CLAIMS=str(CLAIMS))
    number = database.rpartition('_')[2]
    return OdooJob(f"addon {number}", _covered(_odoo(database)),
                   place.LOG / f"test-{number}.log", env)


def _odoo(database, *options):
    command = template.odoo(
        '-c', str(place.CONFIG), '-d', postgres.database(database), *options,
        '--test-tags', f"/{NAME}", '--stop-after-init', *ports())
    command[command.index('odoo')] = 'dev.shared_tests'
    return command


def _processes(number, database, *what):
    env = dict(template.environment(), DUNNING_DB_TEMPLATE=postgres.database(database),
               DUNNING_DB_BASE=postgres.database(template.NAME))
    if not what:
        env['DUNNING_CLAIMS'] = str(CLAIMS)
    junit = place.LOG / f"processes-{number}.xml"
    return PytestJob(
        f"processes {number}",
        [str(place.PYTHON), '-m', 'pytest', '-v', '-rfE', '--color=no', f"--junitxml={junit}",
         *(what or [PROCESSES])],
        place.LOG / f"test-processes-{number}.log", env)


def _covered(command):
    """Return the command, with the lines noted that it reaches if COVER asks for that."""
    if not place.switch('COVER'):
        return command
    return [command[0], '-m', 'coverage', 'run', f"--source={NAME}", '--parallel-mode',
            f"--data-file={place.WORK / 'coverage'}", *command[1:]]


def _report_cover():
    for order in (['combine', '-q', f"--data-file={place.WORK / 'coverage'}", str(place.WORK)],
                  ['report', '--skip-covered', f"--data-file={place.WORK / 'coverage'}"]):
        subprocess.run([str(place.PYTHON), '-m', 'coverage', *order], cwd=place.ROOT)


def ports():
    """Return options for two ports that nobody uses."""
    return ['--http-port', str(place.free_port()), '--gevent-port', str(place.free_port())]


def run_odoo(command, log):
    """Run Odoo's tests with a sign of life per test; print what fails, in full."""
    return run_all([OdooJob("Odoo", command, log, _choose_weasyprint(template.environment()))])


def _choose_weasyprint(env):
    """Let the WeasyPrint that WEASYPRINT=68.1 names go before the newest one, if it names one."""
    version = place.setting('WEASYPRINT')
    if not version:
        return env
    folder = place.WORK / f'weasyprint-{version}'
    if not folder.exists():
        subprocess.run([
            str(place.PYTHON), '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile',
            '--target', str(folder), f'weasyprint=={version}'], env=env, check=True)
    return dict(env, PYTHONPATH=os.pathsep.join(
        filter(None, (str(folder), env.get('PYTHONPATH')))))


def torture():
    """Play points of the torture; see `tests_process/torture.py`. Goes on where it stopped."""
    addon.check()
    step = setup(2)
    database, state = f"torture_{os.getpid()}", place.WORK / 'torture.json'
    if place.switch('FRESH'):
        state.unlink(missing_ok=True)
    step("Installing the addon …")
    try:
        _install(database, prepare=False)
        step("Killing, cutting off, lying …")
        env = dict(template.environment(), DUNNING_DB_TEMPLATE=postgres.database(database))
        return subprocess.run(
            [str(place.PYTHON), f"{PROCESSES}/torture.py", '--state', str(state),
             '--points', place.setting('POINTS', '100'), *shlex.split(place.setting('ARGS'))],
            cwd=place.ROOT, env=env).returncode
    finally:
        postgres.drop(database)


def mutants():
    """Change `smart_dunning/logic` one thing at a time; see `dev.mutants`."""
    step = setup(1)
    step("Changing the decisions one thing at a time …")
    return subprocess.run(
        [str(place.PYTHON), '-m', 'dev.mutants', *place.setting('ARGS').split()],
        cwd=place.ROOT, env=place.environment()).returncode


def bench():
    """Run the benchmarks next to the addon they are measured against."""
    modules = [name for name in ('__main__', 'run')
               if (place.ROOT / 'bench' / f"{name}.py").exists()]
    if not modules:
        raise Trouble("there are no benchmarks yet.", "They belong in bench/.")
    step = setup(2)
    step("Installing the addon to compare with …")
    venv.install(['bench'])
    step("Measuring …")
    env = template.environment()
    env['DUNNING_DB_BASE'] = postgres.database(template.NAME)
    return subprocess.run(
        [str(place.PYTHON), '-m', f"bench.{modules[0]}", *place.setting('ARGS').split()],
        cwd=place.ROOT, env=env).returncode
