"""Tests shared among several processes: each takes what nobody has taken yet.

A claim is an empty file in the folder that DUNNING_CLAIMS names; making it is what only one process
can do. Without that folder everything is ours.
"""

import os
from pathlib import Path


def take(name):
    """Return whether the tests of that name are ours to run."""
    folder = os.environ.get('DUNNING_CLAIMS')
    if not folder:
        return True
    try:
        Path(folder, name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
