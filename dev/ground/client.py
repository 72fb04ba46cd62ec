"""The remote client in `client/`: its tests, and the wheel that pip installs."""

import shutil
import subprocess

from . import place
from .jobs import PytestJob
from .ui import say

FOLDER = 'client'


def job(*what):
    """Return the job that runs its tests, which need no server; `what`: options for pytest."""
    junit = place.LOG / 'client.xml'
    return PytestJob(
        "remote client",
        [str(place.PYTHON), '-m', 'pytest', '-v', '-rfE', '--color=no', '-p', 'no:odoo',
         f"--rootdir={place.ROOT / FOLDER}", f"--junitxml={junit}", *(what or [FOLDER])],
        place.LOG / 'test-client.log', place.environment())


def check_package():
    """Build the wheel, install it where nothing else is, and run the command; 0 if all is well."""
    folder = place.WORK / 'client-package'
    shutil.rmtree(folder, ignore_errors=True)
    empty = folder / 'venv'
    for command in (
            [place.PYTHON, '-m', 'build', '--wheel', '--no-isolation', '--outdir', folder,
             place.ROOT / FOLDER],
            [place.PYTHON, '-m', 'venv', empty],
            [empty / 'bin' / 'pip', 'install', '-q', '--disable-pip-version-check',
             '--find-links', folder, 'smart-dunning-client'],
            [empty / 'bin' / 'dunning', '--help']):
        done = subprocess.run(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd=folder.parent)
        if done.returncode:
            say(done.stdout.rstrip())
            return 1
    shutil.rmtree(place.ROOT / FOLDER / 'build', ignore_errors=True)
    return 0
