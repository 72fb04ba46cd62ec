"""Processes that go on after make has ended: Odoo's server and the mail server of the demo."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import place
from .ui import Pulse, Trouble, last_lines

TIMEOUT = 120  # seconds for a server to come up; with both cores busy it takes some 20


class Background:
    """One process in the background, known by a file in .work/run."""

    def __init__(self, name):
        self.name = name
        self.note = place.RUN / f"{name}.json"
        self.log = place.LOG / f"{name}.log"

    def facts(self):
        """Return what was noted when it was started, or {} when it runs no more."""
        try:
            facts = json.loads(self.note.read_text())
        except (OSError, ValueError):
            return {}
        # The number alone could be that of another process by now.
        return facts if facts['born'] == _born(facts['pid']) else {}

    def start(self, command, env, **facts):
        """Start the command on its own, its output in the log."""
        with open(self.log, 'ab') as log:
            process = subprocess.Popen(
                command, cwd=place.ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)
        facts.update(pid=process.pid, born=_born(process.pid))
        self.note.write_text(json.dumps(facts))
        return process

    def stop(self):
        """End it, politely first; return whether there was anything to end."""
        facts = self.facts()
        if facts:
            for number in (signal.SIGTERM, signal.SIGKILL):
                os.kill(facts['pid'], number)
                if _gone(facts, seconds=15):
                    break
        self.note.unlink(missing_ok=True)
        return bool(facts)


def _born(pid):
    """Return when a process began, which tells it from a later one with its number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(')')[2].split()
    except OSError:
        return None
    return None if stat[0] == 'Z' else f"{stat[19]} {_boot()}"


def _boot():
    return Path('/proc/sys/kernel/random/boot_id').read_text().strip()


def _gone(facts, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if facts['born'] != _born(facts['pid']):
            return True
        time.sleep(0.1)
    return False


def wait_for_page(url, process, log):
    """Wait until a page answers; say why when it does not."""
    pulse = Pulse()
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        if answers(url):
            pulse.end()
            return
        pulse.beat("waiting for the server")
        time.sleep(0.3)
    pulse.end()
    raise Trouble("the server does not come up.", f"The end of {log}:\n{last_lines(log)}")


def answers(url):
    """Return whether a page can be had."""
    # Straight to the machine itself, whatever proxy the user has set for the world outside.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT) as page:
            return page.status == 200
    except (urllib.error.URLError, OSError):
        return False
