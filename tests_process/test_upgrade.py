"""A database of the first release, with what people made in it, is upgraded and goes on working.

The database was made by `dev.old_release`, which tells how to make it again.
"""
import json
import lzma
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lab import createdb, dropdb

HERE = Path(__file__).parent
FACTS = json.loads((HERE / 'data' / 'release_1.json').read_text(encoding='utf-8'))


def _run(*command, **options):
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, **options)
    assert not done.returncode, done.stderr.decode(errors='replace')[-5000:]
    return done


@pytest.fixture(scope='module')
def database():
    """The name of the upgraded database."""
    name = f'dunning_upgrade_{os.getpid()}'
    try:
        createdb(name, 'template0')
        with lzma.open(HERE / 'data' / 'release_1.sql.xz') as dump:
            _run('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', name, input=dump.read())
        done = _run(sys.executable, '-m', 'odoo', '-d', name, '-u', 'smart_dunning', '--no-http',
                    '--stop-after-init', '--log-level', 'warn')
        log = done.stderr.decode(errors='replace')
        assert ' ERROR ' not in log and ' CRITICAL ' not in log, log
        yield name
    finally:
        dropdb(name)


def _ask(module, database, *arguments):
    """Return what a script about a database prints as JSON."""
    return json.loads(_run(sys.executable, '-m', f'dev.old_release.{module}', database,
                           os.environ['ODOO_RC'], *arguments).stdout)


@pytest.fixture(scope='module')
def found(database):
    """What is found in the upgraded database."""
    return _ask('facts', database)


@pytest.mark.parametrize('what', [each for each in FACTS if each != 'messages'])
def test_what_people_made_is_found_again(found, what):
    assert found[what] == FACTS[what]


def test_no_message_is_lost(found):
    # Histories may tell of what the upgrade has done.
    assert found['messages'] >= FACTS['messages']


def test_the_release_had_something_of_everything():
    assert all(FACTS.values())
    assert {letter[1] for letter in FACTS['letters']} >= {'draft', 'sent', 'cancelled'}


def test_work_goes_on(database):
    """What is due next is planned, each item one level after that which it had."""
    result = _ask('next_run', database, '2026-05-04')
    assert result['state'] == 'planned'
    assert result['letters'] == {
        "Jansen GmbH": ["Payment reminder", 184.45],
        "Adler Metallbau GmbH": ["Final notice", 417.1],
        "Ernst Bau GmbH": ["Final notice", 4284.0]}
    assert result['overdue']["Jansen GmbH"] == 184.45
    assert result['overdue']["Brandt & Söhne KG"] == 0
    assert result['overdue']["Funk Logistik GmbH"] == 5950.0
