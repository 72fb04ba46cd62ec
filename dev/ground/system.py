"""What the machine itself must have: some Debian packages, and a Python that suits Odoo."""

import glob
import os
import shutil
import subprocess
import sys

from . import place
from .ui import Trouble, last_lines, output, run_long

# What Odoo 19 and the pinned requirements run on; 3.11 is what the tests run on every day.
PYTHONS = ('3.11', '3.12', '3.13')


def _library(name):
    return lambda: glob.glob(f"/usr/lib/*/{name}") or glob.glob(f"/usr/lib/{name}")


def _command(*names):
    return lambda: any(shutil.which(name) for name in names)


# (Debian package, how to see that what it is for is there already)
NEEDS = (
    ('postgresql-client', _command('psql')),
    ('chromium', _command('chromium', 'chromium-browser', 'google-chrome')),
    ('gettext', _command('msgfmt')),
    ('poppler-utils', _command('pdftotext')),
    ('libmagic1', _library('libmagic.so.1')),
    ('libcairo2', _library('libcairo.so.2')),
    # WeasyPrint lays out letters with Pango and HarfBuzz, and wants at least one good font.
    ('libpango-1.0-0', _library('libpango-1.0.so.0')),
    ('libpangoft2-1.0-0', _library('libpangoft2-1.0.so.0')),
    ('libharfbuzz-subset0', _library('libharfbuzz-subset.so.0')),
    ('fonts-dejavu-core', lambda: glob.glob('/usr/share/fonts/truetype/dejavu/*.ttf')),
)
SERVER = ('postgresql', lambda: glob.glob('/usr/lib/postgresql/*/bin/initdb'))


def find_python():
    """Return the path of a Python that Odoo 19 runs on."""
    for name in (sys.executable, 'python3', *(f"python{version}" for version in PYTHONS)):
        path = shutil.which(name or 'python3')
        version = path and output(
            [path, '-c', "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"])
        if version and version.split()[0] in PYTHONS:
            return version.split(None, 1)[1]
    raise Trouble(
        f"Odoo 19 does not run on this Python ({sys.version.split()[0]}).",
        f"Install Python {PYTHONS[0]} (or {', '.join(PYTHONS[1:])}) so that the command "
        f"python{PYTHONS[0]} is there, then try again.")


def missing_packages(python, own_server):
    """Return the Debian packages to install for what is not there."""
    needs = [*NEEDS, SERVER] if own_server else NEEDS
    missing = [package for package, there in needs if not there()]
    if python.startswith('/usr/bin/') and output([python, '-c', 'import ensurepip, venv']) is None:
        missing.append('python3-venv' if python.endswith('python3')
                       else f"{os.path.basename(python)}-venv")
    return missing


def install(packages):
    """Install Debian packages, as root or through sudo."""
    by_hand = "apt-get install --no-install-recommends " + " ".join(packages)
    if not shutil.which('apt-get'):
        raise Trouble(
            "this machine lacks some programs, and has no apt-get to install them.",
            f"Install what these Debian packages hold by the means of your system:\n"
            f"  {' '.join(packages)}")
    apt = [*_as_root(by_hand), 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q']
    for command in (['update'], ['install', '--no-install-recommends', *packages]):
        log = place.LOG / f"apt-{command[0]}.log"
        if run_long(apt + command, log) and command[0] == 'install':
            raise Trouble(
                "the Debian packages could not be installed.",
                f"Is the network there, and no other package manager at work? By hand:\n"
                f"  {by_hand}\n\nThe end of {log}:\n{last_lines(log)}")


def _as_root(by_hand):
    if place.is_root():
        return []
    # Where there is a terminal, sudo asks for the password now, before the output goes to a log.
    ask = ['sudo', '-v'] if sys.stdin.isatty() else ['sudo', '-n', 'true']
    if shutil.which('sudo') and subprocess.run(ask).returncode == 0:
        return ['sudo', '-n']
    raise Trouble(
        "some Debian packages are missing, and you may not install them.",
        f"Ask an administrator to run this, then try again:\n  {by_hand}")
