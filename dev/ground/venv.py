"""The virtual environment: pinned requirements, and Odoo's tree on its path."""

import hashlib
import shutil

from . import place
from .ui import Trouble, must, output, run_long

STAMP = place.VENV / 'stamp.txt'
REQUIREMENTS = ('odoo', 'addon', 'dev')


def _files(names):
    return [place.ROOT / 'requirements' / f"{name}.txt" for name in names]


def _stamp(python):
    digest = hashlib.sha256(f"{python} {place.VENV}".encode())
    for path in _files(REQUIREMENTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def ready(python):
    """Return whether the environment is what the requirements ask for."""
    return STAMP.exists() and STAMP.read_text() == _stamp(python) and place.PYTHON.exists()


def build(python):
    """Make the environment, or bring it up to date."""
    place.check_disk()
    works = output([str(place.PYTHON), '-c', 'import pip, sys; print(sys.prefix)'])
    if works != str(place.VENV) or not STAMP.exists():
        shutil.rmtree(place.VENV, ignore_errors=True)
        must([python, '-m', 'venv', str(place.VENV)], place.LOG / 'venv.log',
             "the Python environment could not be made.",
             "Install the package python3-venv of your system.")
    STAMP.unlink(missing_ok=True)
    install(REQUIREMENTS)
    STAMP.write_text(_stamp(python))


def install(names):
    """Install requirement files, which list all that is needed, into the environment."""
    command = [str(place.PYTHON), '-m', 'pip', 'install', '--no-input', '--progress-bar', 'off',
               '--disable-pip-version-check', '--no-compile', '--no-deps']
    for path in _files(names):
        command += ['-r', str(path)]
    log = place.LOG / 'pip.log'
    if run_long(command, log, env=place.environment()):
        wrong = [line for line in log.read_text(errors='replace').splitlines()
                 if line.startswith('ERROR')]
        raise Trouble(
            "the Python packages could not be installed.",
            "Is the network there? pip asks the index it is configured for.\n"
            + "\n".join(wrong[:5]) + f"\nAll of it: {log}")


def link(tree):
    """Put Odoo's tree on the environment's path."""
    packages = output(
        [str(place.PYTHON), '-c', "import sysconfig; print(sysconfig.get_path('purelib'))"])
    with open(f"{packages}/odoo-tree.pth", 'w', encoding='utf-8') as path:
        path.write(f"{tree.python_path}\n")
    missing = output([str(place.PYTHON), '-c', 'import odoo.release'], env=place.environment())
    if missing is None:
        raise Trouble(f"Python cannot load Odoo from {tree.python_path}.", "make clean, and again.")
