"""Taking over from OCA's addons, as they were published for Odoo 19."""
import importlib.util
import os
import shutil
import subprocess
import sys

import pytest
from conftest import _copy_filestore, _get_filestore
from lab import createdb, dropdb

MODULES = ('account_credit_control', 'account_financial_risk')


def _is_there(module):
    try:
        return importlib.util.find_spec(f'odoo.addons.{module}') is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.skipif(not all(map(_is_there, MODULES)), reason="OCA's addons are not installed")
def test_taking_over_from_the_real_addons(template):
    """The tests of taking over pass on OCA's own tables, filled through OCA's own models."""
    database = f'dunning_migration_{os.getpid()}'
    try:
        createdb(database, template)
        _copy_filestore(template, database)
        done = subprocess.run(
            [sys.executable, '-m', 'odoo', '-d', database, '-i', ','.join(MODULES),
             '--test-tags', '/smart_dunning:TestTakeOver', '--stop-after-init', '--no-http',
             '--log-level', 'warn'], capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr[-5000:]
    finally:
        dropdb(database)
        shutil.rmtree(_get_filestore(database), ignore_errors=True)
