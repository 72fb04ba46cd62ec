"""The tests: doctests, then the addon's own in a fresh database, then those with processes."""

import os
import re
import subprocess
import sys

from . import place, postgres, template, venv
from .setup import setup
from .ui import Pulse, Trouble, say

NAME = 'smart_dunning'
KEPT = 'test_kept'
START = re.compile(r' (\S+): Starting (\S+?\.\S+) \.\.\. *$')
RECORD = re.compile(r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (\w+) \S+ (\S+): (.*)')
RESULT = re.compile(r'(\d+) failed, (\d+) error\(s\) of (\d+) tests')
SUMMARY = re.compile(r'(\d+) (passed|failed|error)')


class Count:
    """How many tests ran, and how many of them failed."""

    def __init__(self, ran=0, failed=0):
        self.ran = ran
        self.failed = failed

    def __add__(self, other):
        return Count(self.ran + other.ran, self.failed + other.failed)


def test():
    """Run what ARGS asks for, or everything; return the exit code."""
    if not place.ADDON.exists():
        raise Trouble("the addon is not there yet.", "It belongs in smart_dunning/.")
    database = KEPT if place.switch('KEEP') else f"test_{os.getpid()}"
    parts = _parts(database, place.setting('ARGS'))
    step = setup(len(parts))
    total = Count()
    try:
        for text, run in parts:
            step(text)
            total += run()
    finally:
        if database != KEPT:
            postgres.drop(database)
    # Alone on the last line, so that people and CI see the sum at a glance.
    say(f"\n{total.ran - total.failed} passed, {total.failed} failed")
    return 1 if total.failed or not total.ran else 0


def _parts(database, wish):
    """Return what to run, each with what to say about it."""
    examples = ("Examples in the documentation of the rules …", doctests)
    addon = (f"Tests of the addon ({wish or 'all'}) …",
             lambda: addon_tests(database, wish or f"/{NAME}"))
    processes = ("Tests with several processes, mail servers and kill -9 …",
                 lambda: process_tests(database, wish or 'tests_process'))
    if wish:
        return [processes if wish.startswith('tests_process') else addon]
    there = (place.ROOT / 'tests_process').exists()
    return [examples, addon, processes] if there else [examples, addon]


def doctests():
    """Run the doctests of the rules, which need neither Odoo nor a database."""
    code = subprocess.run(
        [str(place.PYTHON), '-m', 'dev.doctests'], cwd=place.ROOT, env=place.environment(),
        stdout=subprocess.PIPE, text=True)
    say(code.stdout.rstrip())
    found = re.search(r'(\d+) failed of (\d+)', code.stdout)
    return Count(int(found[2]), int(found[1])) if found else Count(1, 1)


def addon_tests(database, tags):
    """Install the addon into a copy of the template and run its tests."""
    option = '-i'
    if database == KEPT and postgres.comment(database) is not None:
        option = '-u'
    else:
        postgres.copy(template.NAME, database, "test")
    command = template.odoo(
        '-c', str(place.CONFIG), '-d', postgres.database(database), option, NAME,
        '--test-tags', tags, '--stop-after-init', *ports())
    if place.switch('COVER'):
        command[1:1] = ['-m', 'coverage', 'run', f"--source={NAME}",
                        f"--data-file={place.WORK / 'coverage'}"]
    log = place.LOG / 'test.log'
    count = run_odoo(command, log)
    say(f"      {count.ran} tests, {count.failed} failed; all of the log: {log}")
    if place.switch('COVER'):
        subprocess.run([str(place.PYTHON), '-m', 'coverage', 'report', '--skip-covered',
                        f"--data-file={place.WORK / 'coverage'}"], cwd=place.ROOT)
    return count


def ports():
    """Return options for two ports that nobody uses."""
    return ['--http-port', str(place.free_port()), '--gevent-port', str(place.free_port())]


def run_odoo(command, log):
    """Run Odoo's tests with a sign of life per test; print what fails, in full."""
    pulse, begun, result, loud = Pulse(), 0, None, False
    with open(log, 'w', encoding='utf-8') as out, subprocess.Popen(
            command, cwd=place.ROOT, env=template.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace') as odoo:
        for line in odoo.stdout:
            out.write(line)
            record = RECORD.match(line)
            if record:
                loud = record[1] in ('ERROR', 'CRITICAL') and not RESULT.search(line)
                result = RESULT.search(line) or result
            if loud:
                pulse.end()
                say(line.rstrip())
            if START.search(line):
                begun += 1
                pulse.beat(f"{begun}: {START.search(line)[2]}")
            elif record:
                pulse.beat(f"{begun}: {record[3]}" if begun else record[3])
    pulse.end()
    if result:
        failed = int(result[1]) + int(result[2])
        return Count(int(result[3]), failed or int(odoo.returncode != 0))
    say("Odoo ended without a result of its tests.")
    return Count(begun, 1)


def process_tests(database, what):
    """Run the tests that need processes of their own, with pytest."""
    env = template.environment()
    env['DUNNING_DB_BASE'] = postgres.database(template.NAME)
    if postgres.comment(database) is not None:
        env['DUNNING_DB_TEMPLATE'] = postgres.database(database)
    with subprocess.Popen(
            [str(place.PYTHON), '-m', 'pytest', '-q', '--color=no', what], cwd=place.ROOT, env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
        text = b""
        # Not by lines: each test shows as a dot, and some take a while.
        while part := run.stdout.read1(4096):
            text += part
            sys.stdout.buffer.write(part)
            sys.stdout.flush()
    last = (text.decode(errors='replace').strip().splitlines() or [""])[-1]
    numbers = {word: int(number) for number, word in SUMMARY.findall(last)}
    failed = numbers.get('failed', 0) + numbers.get('error', 0)
    failed = failed or int(run.returncode != 0)
    return Count(numbers.get('passed', 0) + failed, failed)


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
