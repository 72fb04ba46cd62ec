"""Where everything lies, and what the user asked for in the environment."""

import os
import pwd
import shutil
import socket
from pathlib import Path

from .ui import Trouble

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / 'smart_dunning'
WORK = ROOT / '.work'
APT = WORK / 'apt'
ODOO = WORK / 'odoo'
VENV = WORK / 'venv'
PYTHON = VENV / 'bin' / 'python'
DATA = WORK / 'data'
LOG = WORK / 'log'
RUN = WORK / 'run'
CONFIG = WORK / 'odoo.conf'
MAILS = WORK / 'mails'
LETTERS = WORK / 'letters'
NEEDED_GB = 4


def is_root():
    """Tell whether we may do everything on this machine."""
    return os.geteuid() == 0


def setting(name, default=""):
    """Return what the user wrote behind `make`, such as PORT=8080."""
    return os.environ.get(name, "").strip() or default


def switch(name):
    """Return whether a yes/no setting such as FRESH=1 is on."""
    return setting(name, '0').lower() not in ('0', 'no', 'false')


def http_port():
    """Return the port of the demo's web server."""
    text = setting('PORT', '8069')
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT={text} is not a port.",
                      "Choose a number, for example: make demo PORT=8090")
    return int(text)


def free_port(wish=0):
    """Return `wish` if nothing listens there, else a port the system has to spare."""
    for port in (wish, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.1', port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Trouble("This machine has no free port left.")


def prepare():
    """Make the work folder, and make sure that it is ours to use."""
    if WORK.exists() and WORK.stat().st_uid != os.geteuid():
        owner = _name(WORK.stat().st_uid)
        raise Trouble(
            f"{WORK} was made by the user {owner}, and you are {_name(os.geteuid())}.",
            f"Run make as {owner}, or remove it first, as {owner} or root: make clean")
    try:
        for folder in (WORK, DATA, LOG, RUN):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Trouble(
            f"{WORK} cannot be made: {error.strerror}.",
            "Work in a copy of the project that belongs to you.") from None


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"number {uid}"


def check_disk():
    """Refuse to begin what would fill the disk."""
    free = shutil.disk_usage(WORK).free / 1e9
    if free < NEEDED_GB:
        raise Trouble(
            f"only {free:.1f} GB are free on the disk of {WORK}; the set-up needs {NEEDED_GB}.",
            "Free some space, or work in a copy of the project on a larger disk.")


def environment(base=None):
    """Return the environment of everything we start."""
    env = dict(base or os.environ)
    env['PATH'] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    env['ODOO_RC'] = str(CONFIG)
    env['PYTHONUNBUFFERED'] = '1'
    # Bytecode halves the time Odoo takes to start; here it litters neither the checkout
    # nor a source tree of the user's.
    env.pop('PYTHONDONTWRITEBYTECODE', None)
    env['PYTHONPYCACHEPREFIX'] = str(WORK / 'pycache')
    return env
