"""Processes that run tests, several at a time: what they are at, what fails, how many passed."""

import re
import subprocess
import threading
import time

from . import place
from .ui import Pulse, say

START = re.compile(r' (\S+): Starting (\S+?\.\S+) \.\.\. *$')
RECORD = re.compile(r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (\w+) \S+ (\S+): (.*)')
RESULT = re.compile(r'(\d+) failed, (\d+) error\(s\) of (\d+) tests')
WRONG = re.compile(r'(?:FAIL|ERROR): (?:Subtest )?(\w+(?: \(\S+\)|\.\S+))')
OUTCOME = re.compile(r'^(\S+::\S+)(?: .*)? (?:PASSED|FAILED|ERROR|SKIPPED)')
SUMMARY = re.compile(r'(\d+) (passed|failed|error)')
BROKEN = re.compile(r'^(?:FAILED|ERROR) (\S+)')


class Count:
    """How many tests ran, how many of them failed, and which."""

    def __init__(self, ran=0, failed=0, names=()):
        self.ran = ran
        self.failed = failed
        self.names = list(names)

    def __add__(self, other):
        return Count(self.ran + other.ran, self.failed + other.failed, self.names + other.names)


class Job:
    """One process; `read` is told each line it prints and returns what people are to see."""

    def __init__(self, title, command, log, env):
        self.title = title
        self.command = command
        self.log = log
        self.env = env
        self.begun = 0
        self.doing = ""
        self.process = None

    def run(self, tell):
        """Run it to its end, its output into the log and what is worth it to `tell`."""
        with open(self.log, 'w', encoding='utf-8') as out, subprocess.Popen(
                self.command, cwd=place.ROOT, env=self.env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors='replace') as self.process:
            for line in self.process.stdout:
                out.write(line)
                text = self.read(line.rstrip())
                if text:
                    tell(text)
        text = self.close()
        if text:
            tell(text)

    def read(self, line):
        """Take note of a line; return text to show, or nothing."""
        raise NotImplementedError

    def close(self):
        """Return what is to be shown at the end."""
        raise NotImplementedError

    def count(self):
        """Return the `Count` of a job that has ended."""
        raise NotImplementedError


class OdooJob(Job):
    """Odoo running tests. A failure is shown in full, with its traceback, when it has happened."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._result = None
        self._block = []
        self._names = []

    def read(self, line):
        record = RECORD.match(line)
        if not record:
            if self._block:
                self._block.append(line)
            return ""
        text = self.close_block()
        result = RESULT.search(line)
        self._result = result or self._result
        if record[1] in ('ERROR', 'CRITICAL') and not result:
            self._block = [line]
            self._names += WRONG.findall(line)
        start = START.search(line)
        if start:
            self.begun += 1
        self.doing = start[2] if start else record[3] if not self.begun else self.doing
        return text

    def close_block(self):
        """Return the failure that has been told to its end."""
        text, self._block = "\n".join(self._block), []
        return text

    def close(self):
        text = self.close_block()
        if not self._result:
            text += f"\nOdoo ended without a result of its tests, see {self.log}"
        return text.strip()

    def count(self):
        if not self._result:
            return Count(self.begun, 1, [self.title])
        failed = int(self._result[1]) + int(self._result[2])
        return Count(int(self._result[3]), failed or int(self.process.returncode != 0),
                     self._names)


class PytestJob(Job):
    """pytest run with -v and -rfE. What failed is shown at its end, as pytest tells it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._lines = []
        self._story = None

    def read(self, line):
        self._lines.append(line)
        outcome = OUTCOME.match(line)
        if outcome:
            self.begun += 1
            self.doing = outcome[1].rpartition('/')[2]
        elif self._story is None and re.match(r'=+ (FAILURES|ERRORS) =+$', line):
            self._story = len(self._lines) - 1
        return ""

    def close(self):
        if self.process.returncode in (0, 5):
            return ""
        return "\n".join(self._lines[self._story or 0:])

    def count(self):
        numbers = {word: int(number) for number, word in SUMMARY.findall(
            (self._lines or [""])[-1])}
        failed = numbers.get('failed', 0) + numbers.get('error', 0)
        # 5: there was nothing to run.
        failed = failed or int(self.process.returncode not in (0, 5))
        names = [found[1] for found in map(BROKEN.match, self._lines) if found]
        return Count(numbers.get('passed', 0) + failed, failed, names or [self.title] * failed)


def run_all(jobs, side_by_side=1):
    """Run the jobs, so many at a time, with signs of life; return the sum of their counts."""
    pulse, lock, waiting = Pulse(), threading.Lock(), list(jobs)
    running = {}

    def tell(text):
        with lock:
            pulse.end()
            say(text)

    def run(job):
        job.run(tell)

    try:
        while waiting or running:
            while waiting and len(running) < side_by_side:
                job = waiting.pop(0)
                running[job] = threading.Thread(target=run, args=[job], daemon=True)
                running[job].start()
            time.sleep(0.2)
            with lock:
                pulse.beat(_describe(jobs, running))
            running = {job: thread for job, thread in running.items() if thread.is_alive()}
    finally:
        for job in running:
            if job.process:
                job.process.terminate()
        for thread in running.values():
            thread.join()
        pulse.end()
    return sum((job.count() for job in jobs), Count())


def _describe(jobs, running):
    """Return how many tests have begun, and what each process is at.

    >>> job = Job("addon", [], None, {})
    >>> job.begun, job.doing = 7, "TestDebtor.test_ageing"
    >>> _describe([job], {job: None})
    '7: TestDebtor.test_ageing'
    """
    begun = sum(job.begun for job in jobs)
    return f"{begun}: " + "  |  ".join(job.doing for job in running if job.doing)
