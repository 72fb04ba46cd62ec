"""Databases to measure in: a template per addon, copied for each ledger."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2

import odoo
from odoo.sql_db import connection_info_for
from odoo.tools import config

ROOT = Path(__file__).resolve().parents[1]
#: The user who works in them.
ADMINISTRATOR = 2
BASE_MODULES = ('sale_stock', 'portal', 'digest', 'l10n_de', 'account_qr_code_sepa')


def prepare(module, base):
    """Return the name of a template with the module, made anew when the module has changed.

    :param module: technical name of the addon to measure
    :param base: a database to copy, with `BASE_MODULES` and without journal entries; it may miss
    """
    name = f'bench_tpl_{module}'
    stamp = _stamp(module)
    if _execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database"
                " WHERE datname = %s", name) == [(stamp,)]:
        return name
    drop(name)
    modules = [module]
    if _execute("SELECT 1 FROM pg_database WHERE datname = %s", base):
        copy(base, name)
    else:
        modules += BASE_MODULES
    done = subprocess.run([
        sys.executable, '-m', 'odoo', '-d', name, '-i', ','.join(modules), '--stop-after-init',
        '--no-http', '--log-level=warn'], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{module} cannot be installed:\n{done.stdout}{done.stderr}")
    _execute(f'COMMENT ON DATABASE "{name}" IS %s', stamp)
    return name


def copy(source, target):
    """Copy a database with its files."""
    drop(target)
    _execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    files = Path(config.filestore(source))
    if files.exists():
        shutil.copytree(files, config.filestore(target), copy_function=_link)


def drop(name):
    """Drop a database with its files, if it is there."""
    _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(config.filestore(name), ignore_errors=True)


def get_settings():
    """Return the version of the server and the settings that matter to the figures."""
    names = ('server_version', 'shared_buffers', 'work_mem', 'fsync', 'synchronous_commit', 'jit')
    return {name: _execute("SELECT current_setting(%s)", name)[0][0] for name in names}


def _link(source, target):
    try:
        os.link(source, target)     # Odoo writes a file of its store once and never changes it
    except OSError:
        shutil.copy2(source, target)


def _stamp(module):
    """Return what the template depends on, in short: the addon's files and Odoo's version."""
    digest = hashlib.sha256(odoo.release.version.encode())
    folder = Path(odoo.modules.get_module_path(module) or '.')
    for path in sorted(folder.rglob('*')):
        if path.suffix in ('.py', '.xml', '.csv') and 'tests' not in path.parts:
            digest.update(path.read_bytes())
    return f'bench {digest.hexdigest()[:16]}'


def _execute(query, *parameters):
    _name, connection = connection_info_for('postgres')
    connection = psycopg2.connect(**connection)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
