"""The PostgreSQL server: one of our own on a Unix socket, or the one that PGHOST names.

Our own server lives in .work/pg, listens on no network port, and trades safety for speed:
what is in it can be made again.
"""

import getpass
import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import place
from .ui import Trouble, last_lines, output, say

HOME = place.WORK / 'pg'
LOG = place.LOG / 'postgres.log'
NOTE = place.WORK / 'pg.json'  # where home and socket really are
ROLE = 'odoo'  # Odoo refuses to work as 'postgres'
LONGEST_SOCKET = 107  # bytes; the kernel's limit
OURS = "smart_dunning: "  # how the comment on each database of ours begins
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0777
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
shared_buffers = 512MB
work_mem = 64MB
max_connections = 100
random_page_cost = 1.1
jit = off
"""


def foreign():
    """Return whether the user named a server, rather than leaving it to us."""
    host = place.setting('PGHOST')
    return bool(host) and Path(host) != HOME and host != _note().get('socket')


def connection():
    """Return the variables by which PostgreSQL's programs find the server."""
    if foreign():
        return {'PGHOST': place.setting('PGHOST'), 'PGPORT': place.setting('PGPORT', '5432'),
                'PGUSER': place.setting('PGUSER', getpass.getuser())}
    return {'PGHOST': _note().get('socket', str(HOME)), 'PGPORT': '5432', 'PGUSER': ROLE}


def environment():
    """Return our environment with the server in it, and none of another one's settings."""
    env = {key: value for key, value in os.environ.items()
           if foreign() or not key.startswith('PG')}
    return dict(env, **connection())


def database(name):
    """Return the name a database of ours has on this server."""
    return f"smart_dunning_{name}" if foreign() else name


def query(sql, name='postgres'):
    """Run one statement; return what it prints, or None when it fails."""
    return output(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', name, '-c', sql],
                  env=environment())


def execute(sql):
    """Run one statement that has to work."""
    done = subprocess.run(
        ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-c', sql],
        env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"PostgreSQL refused: {done.stderr.strip()}", f"It was asked: {sql}")
    return done.stdout.strip()


def comment(name):
    """Return what we noted on a database of ours, or None when there is no such database."""
    found = query("SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
                  f" FROM pg_database WHERE datname = '{database(name)}'")
    return found.removeprefix(OURS) if found else None


def set_comment(name, text):
    """Note something on a database of ours."""
    execute(f"COMMENT ON DATABASE \"{database(name)}\" IS '{OURS}{text}'")


def start():
    """Have a server that answers; return whether it had to be started."""
    if foreign():
        _check_foreign()
        return False
    note = _note() or _settle()
    if query('SELECT 1'):
        return False
    home, socket = Path(note['home']), Path(note['socket'])
    if not home.exists() or not socket.exists():
        note = _settle()
        home, socket = Path(note['home']), Path(note['socket'])
    if not (home / 'data' / 'PG_VERSION').exists():
        _initialise(home)
    (home / 'data' / 'smart_dunning.conf').write_text(SETTINGS.format(socket=socket))
    for _attempt in range(4):
        _forget_dead(home)
        done = _as_server(home, [
            _program('pg_ctl'), '-D', str(home / 'data'), '-w', '-t', '60', '-s', 'start'])
        if done.returncode == 0 and query('SELECT 1'):
            return True
        time.sleep(2)  # the last helpers of a killed server need a moment to notice
    raise Trouble("PostgreSQL does not start.",
                  f"To begin anew: make clean\n\nThe end of {LOG}:\n{last_lines(LOG)}")


def _check_foreign():
    names = connection()
    rights = query("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
    where = f"{names['PGHOST']}, port {names['PGPORT']}, as {names['PGUSER']}"
    if rights is None:
        raise Trouble(f"the PostgreSQL server on {where} does not let us in.",
                      "Check PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset PGHOST to use a\n"
                      "server of the project's own.")
    if rights != 't' or names['PGUSER'] == 'postgres':
        raise Trouble(f"the role {names['PGUSER']} does not serve here.",
                      "Odoo needs one that may create databases and is not called postgres:\n"
                      "  createuser --createdb odoo")


def _note():
    try:
        note = json.loads(NOTE.read_text())
    except (OSError, ValueError):
        return {}
    return note if note['root'] == str(place.ROOT) else {}


def _settle():
    """Decide where the data and the socket live, and note it."""
    home = HOME
    home.mkdir(exist_ok=True)
    _hand_over(home)
    if _prefix(home) is None:
        # Not even with a capability may the server's user come here, so it lives elsewhere.
        home = Path(tempfile.mkdtemp(prefix='smart-dunning-pg-', dir='/var/tmp'))
        _hand_over(home)
    socket = home
    if len(os.fsencode(home / '.s.PGSQL.5432')) > LONGEST_SOCKET:
        socket = Path(tempfile.mkdtemp(prefix='smart-dunning-', dir='/tmp'))
        _hand_over(socket)
    note = {'root': str(place.ROOT), 'home': str(home), 'socket': str(socket)}
    NOTE.write_text(json.dumps(note))
    return note


def _hand_over(folder):
    """Let the server, and nobody else, into a folder: whoever gets in is its superuser."""
    folder.chmod(0o700)
    if place.is_root():
        user = pwd.getpwnam('postgres')
        os.chown(folder, user.pw_uid, user.pw_gid)


def _prefix(home):
    """Return what to put before a command so that it runs as the server's user, in `home`."""
    if not place.is_root():
        return []
    plain = ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--init-groups']
    # A checkout below /root or in a private temporary folder: let the server read its way there.
    reader = [*plain, '--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search']
    for prefix in (plain, reader):
        if output([*prefix, 'stat', f"{home}/."]) is not None:
            return prefix
    return None


def _as_server(home, command):
    env = {key: value for key, value in os.environ.items() if not key.startswith('PG')}
    # Not into pipes: the server would inherit them, and hold them open for as long as it lives.
    with open(LOG, 'ab') as log:
        return subprocess.run([*_prefix(home), *command], cwd=home, env=env, stdout=log,
                              stderr=log, stdin=subprocess.DEVNULL)


def _program(name):
    folders = glob.glob('/usr/lib/postgresql/*/bin')
    newest = sorted(folders, key=lambda folder: float(folder.split('/')[4]))
    path = shutil.which(name, path=newest[-1] if newest else None)
    if not path:
        raise Trouble("PostgreSQL's server is not installed.", "apt-get install postgresql")
    return path


def _initialise(home):
    shutil.rmtree(home / 'data', ignore_errors=True)
    done = _as_server(home, [
        _program('initdb'), '-D', str(home / 'data'), '-U', ROLE, '-A', 'trust', '-E', 'UTF8',
        '--locale=C.UTF-8', '--no-sync'])
    if done.returncode:
        raise Trouble(f"PostgreSQL cannot set up its data below {home}.",
                      f"make clean, and try again.\n\nThe end of {LOG}:\n{last_lines(LOG)}")
    with open(home / 'data' / 'postgresql.conf', 'a', encoding='utf-8') as config:
        config.write("\ninclude 'smart_dunning.conf'\n")


def _forget_dead(home):
    """Remove the lock of a server that was killed, when another process got its number since."""
    lock = home / 'data' / 'postmaster.pid'
    try:
        pid = int(lock.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    try:
        alive = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        alive = b''
    if os.fsencode(home / 'data') not in alive:
        lock.unlink()


def copy(source, target, note=""):
    """Copy a database together with its files; whatever had the name before is gone."""
    drop(target)
    execute(f'CREATE DATABASE "{database(target)}" TEMPLATE "{database(source)}"')
    files = place.DATA / 'filestore'
    if (files / database(source)).exists():
        # Odoo never changes a stored file, so a second name for it is as good as a copy.
        shutil.copytree(files / database(source), files / database(target), copy_function=os.link)
    if note:
        set_comment(target, note)


def drop(name):
    """Remove a database and its files."""
    if query(f"SELECT datistemplate FROM pg_database WHERE datname = '{database(name)}'") == 't':
        execute(f'ALTER DATABASE "{database(name)}" IS_TEMPLATE false')
    execute(f'DROP DATABASE IF EXISTS "{database(name)}" WITH (FORCE)')
    shutil.rmtree(place.DATA / 'filestore' / database(name), ignore_errors=True)


def stop(idle_only=False):
    """Stop our own server; with `idle_only`, not while anybody is connected to it."""
    note = _note()
    if foreign() or not note or not Path(note['home'], 'data', 'postmaster.pid').exists():
        return
    others = query("SELECT count(*) FROM pg_stat_activity"
                   " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
    if idle_only and others not in ('0', None):
        say(f"PostgreSQL stays up: {others} connections are in use.")
        return
    home = Path(note['home'])
    _as_server(home, [_program('pg_ctl'), '-D', str(home / 'data'), '-m', 'fast', '-w', 'stop'])


def remove():
    """Stop our own server and delete what lies outside .work; on another, drop our databases."""
    if foreign():
        names = query("SELECT datname FROM pg_database WHERE"
                      f" shobj_description(oid, 'pg_database') LIKE '{OURS}%'") or ""
        for name in names.split():
            drop(name.removeprefix('smart_dunning_'))
        return
    stop()
    for folder in (_note().get('home'), _note().get('socket')):
        if folder and Path(folder) != HOME:
            shutil.rmtree(folder, ignore_errors=True)
