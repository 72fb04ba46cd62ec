"""Fixtures of the process tests: a database with the addon, a mail server, real processes.

`DUNNING_DB_TEMPLATE` names a database that has the addon; without it the addon is installed once
into a copy of the template `DUNNING_DB_BASE` (default `tpl`), which takes a minute. PostgreSQL is
found by `PGHOST` and its like, Odoo's settings by `ODOO_RC`.
"""
import os
import shutil
import signal
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from lab import Lab, createdb, dropdb
from sink import Sink

from dev.claims import take

NAME = f'dunning_process_{os.getpid()}'


def _get_filestore(name):
    parser = ConfigParser(interpolation=None)
    parser.read(os.environ['ODOO_RC'])
    return Path(parser['options']['data_dir'], 'filestore', name)


def _copy_filestore(source, target):
    if _get_filestore(source).exists():
        shutil.copytree(_get_filestore(source), _get_filestore(target), dirs_exist_ok=True)


def pytest_runtest_protocol(item):
    """Leave the files that another process has taken to it; each file is taken whole."""
    if item.path not in _TAKEN:
        _TAKEN[item.path] = take(f"process.{item.path.stem}")
    return None if _TAKEN[item.path] else True


_TAKEN = {}


@pytest.fixture(scope='session', autouse=True)
def _clean_end():
    """Let the fixtures clean up when somebody ends the tests."""
    def interrupt(_number, _frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)


@pytest.fixture(scope='session')
def template():
    """The name of a database that has the addon."""
    if given := os.environ.get('DUNNING_DB_TEMPLATE'):
        yield given
        return
    name, base = f'{NAME}_template', os.environ.get('DUNNING_DB_BASE', 'tpl')
    try:
        createdb(name, base)
        _copy_filestore(base, name)
        subprocess.run(
            [sys.executable, '-m', 'odoo', '-d', name, '-i', 'smart_dunning', '--no-http',
             '--stop-after-init', '--log-level', 'warn'], check=True)
        yield name
    finally:
        dropdb(name)
        shutil.rmtree(_get_filestore(name), ignore_errors=True)


@pytest.fixture(scope='session')
def sink():
    """The mail server."""
    server = Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope='session')
def session_lab(template, sink, tmp_path_factory):
    """The laboratory of the session, with Odoo loaded."""
    laboratory = Lab(NAME, tmp_path_factory.mktemp('lab'), sink)
    try:
        _copy_filestore(template, NAME)
        laboratory.open(template)
        yield laboratory
    finally:
        laboratory.close()
        shutil.rmtree(_get_filestore(NAME), ignore_errors=True)


@pytest.fixture
def lab(session_lab):
    """The laboratory as each test finds it: nothing planned, no mail sent; checked at the end."""
    session_lab.sink.clear()
    session_lab.sink.start()
    session_lab.confirmed = frozenset()
    session_lab.reset()
    yield session_lab
    try:
        session_lab.check()
    finally:
        session_lab.clean()
