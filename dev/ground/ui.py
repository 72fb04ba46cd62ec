"""What people read on the terminal: numbered steps, signs of life, troubles with a way out."""

import contextlib
import os
import re
import subprocess
import sys
import time

HEARTBEAT = 15  # seconds between two signs of life where lines cannot be overwritten
_ODOO_PREFIX = re.compile(r'^\d{4}-\S+ \S+ \d+ [A-Z]+ \S+ \S+: ')


class Trouble(Exception):
    """Something the user can mend: what is wrong, and then what to do about it."""

    def __init__(self, wrong, remedy=""):
        super().__init__(wrong)
        self.wrong = wrong
        self.remedy = remedy

    def __str__(self):
        lines = ["", "Sorry: " + self.wrong]
        if self.remedy:
            lines += ["", *("  " + line for line in self.remedy.splitlines())]
        return "\n".join(lines)


def say(text=""):
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


class Steps:
    """Counts the steps of a command: [2/6] Unpacking Odoo 19 …"""

    def __init__(self, total):
        self.total = total
        self.done = 0

    def __call__(self, text):
        self.done += 1
        say(f"[{self.done}/{self.total}] {text}")


class Pulse:
    """Shows that a long step is alive: seconds so far, and what it is at."""

    def __init__(self):
        self.start = self.last = time.monotonic()
        self.tty = sys.stdout.isatty()

    def beat(self, doing=""):
        """Tell what is going on, not more often than is pleasant to read."""
        now = time.monotonic()
        if now - self.last < (0.3 if self.tty else HEARTBEAT):
            return
        self.last = now
        text = f"      {now - self.start:4.0f} s  {doing.strip()}"
        if self.tty:
            width = os.get_terminal_size(sys.stdout.fileno()).columns
            print(f"\r\033[K{text[: width - 1]}", end="", flush=True)
        else:
            say(text[:110])

    def end(self):
        """Leave no half line behind."""
        if self.tty:
            print("\r\033[K", end="", flush=True)


def last_lines(path, count=15):
    """Return the end of a log, for an error message."""
    try:
        with open(path, encoding='utf-8', errors='replace') as log:
            lines = log.read().splitlines()
    except OSError:
        return ""
    return "\n".join(line[:300] for line in lines[-count:])


def run_long(command, log, env=None, cwd=None, feed=""):
    """Run a command into a log file with signs of life, and feed it; return its exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    pulse = Pulse()
    with open(log, 'wb') as out, open(log, encoding='utf-8', errors='replace') as follow:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT,
            env=env, cwd=cwd)
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(feed.encode())
        line = ""
        try:
            while process.poll() is None:
                for new in follow:
                    line = line if 'WARNING' in new else new
                pulse.beat(_ODOO_PREFIX.sub("", line))
                time.sleep(0.2)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            pulse.end()
    return process.returncode


def must(command, log, wrong, remedy="", **options):
    """Run a long command; when it fails, say so with the end of its log."""
    if run_long(command, log, **options):
        raise Trouble(wrong, f"{remedy}\n\nThe end of {log}:\n{last_lines(log)}".strip())


def output(command, env=None):
    """Return what a short command prints, or None when it fails or is not there."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env)
    except OSError:
        return None
    return None if done.returncode else done.stdout.strip()
