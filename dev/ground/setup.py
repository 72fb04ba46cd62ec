"""Puts the ground together, step by step; what is there already takes no time."""

import contextlib
import fcntl

from . import place, postgres, system, template, tree, venv
from .ui import Steps, say

STEPS = 5
ENV = """# For your own shell:  . .work/env.sh
export PGHOST='{PGHOST}' PGPORT='{PGPORT}' PGUSER='{PGUSER}' ODOO_RC='{config}'
export PATH='{bin}':"$PATH" PYTHONPYCACHEPREFIX='{work}/pycache'
unset PYTHONDONTWRITEBYTECODE
"""


@contextlib.contextmanager
def alone():
    """Keep two set-ups in one checkout from getting into each other's way."""
    with open(place.RUN / 'setup.lock', 'w', encoding='utf-8') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another make in this checkout …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def setup(more_steps=0):
    """Do whatever is still missing; return the counter for the steps that follow."""
    step = Steps(STEPS + more_steps)
    place.prepare()
    with alone():
        _setup(step)
    return step


def _setup(step):
    python = system.find_python()
    missing = system.missing_packages(python, not postgres.foreign())
    if missing:
        step(f"Installing {', '.join(missing)} …")
        system.install(missing)
    else:
        step("Programs of the system: there")

    sources = tree.locate()
    step(f"Odoo {sources.version}: there" if sources else "Fetching Odoo 19 from Debian …")
    sources = sources or tree.unpack()

    if venv.ready(python):
        step("Python packages: there")
    else:
        step("Installing Python packages …")
        venv.build(python)
    venv.link(sources)

    started = postgres.start()
    step("PostgreSQL: started" if started else "PostgreSQL: running")
    template.write_config(sources)
    (place.WORK / 'env.sh').write_text(ENV.format(
        config=place.CONFIG, work=place.WORK, bin=place.VENV / 'bin', **postgres.connection()))

    if template.ready(sources):
        step("Template database: there")
    else:
        step("Making the template database, some three minutes …")
        template.build(sources)
