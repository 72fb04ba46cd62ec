"""OCA's job queue with its own runner: two servers on one database, one of which is killed."""
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg2
import pytest
from conftest import NAME, _copy_filestore, _get_filestore
from lab import createdb, dropdb

HERE = Path(__file__).parent
ALL = range(1, 21)
#: The runner takes a job that nobody works on for dead so many seconds after it was handed out.
_DEAD_AFTER = 10

_BEGIN = """
import sys
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
sys.path.insert(0, {here!r})
config.parse_config(['-d', {database!r}, '--no-http', '--log-level', 'error'])
with Registry({database!r}).cursor() as cr:
    env = api.Environment(cr, SUPERUSER_ID, {{}})
"""
_PREPARE = _BEGIN + """
    import steps
    steps.prepare(env, {smtp_port})
    env.company.dunning_active = True
"""
#: What the scheduler does at night.
_NIGHT = _BEGIN + """
    assert env['ir.cron']._has_dunning_runner()
    env['dunning.run']._cron_run()
    env['dunning.run']._cron_run()
"""


class Balancer:
    """Stands before the servers, as on any installation with several hosts, and asks in turn."""

    def __init__(self, ports):
        self._ports = itertools.cycle(ports)
        self._attempts = range(len(ports))
        self._socket = socket.create_server(('127.0.0.1', 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._socket.accept()
                threading.Thread(target=self._pass_on, args=[client], daemon=True).start()

    def _pass_on(self, client):
        with client, contextlib.suppress(OSError), self._connect() as server:
            back = threading.Thread(target=_pipe, args=[server, client], daemon=True)
            back.start()
            _pipe(client, server)
            back.join()

    def _connect(self):
        for _attempt in self._attempts:
            with contextlib.suppress(ConnectionRefusedError):
                return socket.create_connection(('127.0.0.1', next(self._ports)))
        raise ConnectionRefusedError

    def close(self):
        self._socket.close()


def _pipe(source, target):
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Site:
    """A database, its servers, and what happens in it."""

    def __init__(self, database, folder):
        self.database, self._folder = database, folder
        ports = [_find_port() for _number in range(2)]
        self._balancer = Balancer(ports)
        self.servers = [self._start(number, port) for number, port in enumerate(ports)]

    def _start(self, number, port):
        env = dict(os.environ, ODOO_QUEUE_JOB_CHANNELS="root:4,root.dunning:2",
                   ODOO_QUEUE_JOB_HOST='127.0.0.1', ODOO_QUEUE_JOB_PORT=str(self._balancer.port))
        process = subprocess.Popen(
            [sys.executable, '-m', 'odoo', '-d', self.database, '--load', 'base,rpc,web,queue_job',
             '--http-port', str(port), '--gevent-port', str(_find_port()), '--max-cron-threads',
             '0', '--http-interface', '127.0.0.1',
             '--logfile', str(self._folder / f'{number}.log')], env=env)
        self.wait(lambda: process.poll() is not None or not _is_free(port))
        if not number:                   # the first one is in charge of the jobs
            self.wait(lambda: self.sql(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
        return process

    def sql(self, query, *values):
        connection = psycopg2.connect(dbname=self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def wait(self, is_true, seconds=90):
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, self.describe()
            time.sleep(0.2)

    def describe(self):
        """Return what to read when something went wrong."""
        return "\n".join([
            str(self.sql("SELECT name, state, retry, worker_pid, exc_info FROM queue_job")),
            str(self.sql("SELECT state, is_fate_unknown, count(*) FROM dunning_letter "
                         "GROUP BY 1, 2")),
            *(path.read_text()[-3000:] for path in self._folder.glob('*.log'))])

    def close(self):
        self._balancer.close()
        for process in self.servers:
            if process.poll() is None:
                process.kill()
            process.wait()


def _find_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def _is_free(port):
    with socket.socket() as sock:
        return sock.connect_ex(('127.0.0.1', port)) != 0


def _run(script, **values):
    done = subprocess.run([sys.executable, '-c', script.format(here=str(HERE), **values)],
                          capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


@pytest.fixture
def site(template, sink, tmp_path):
    name, place = f'{NAME}_queue', None
    sink.clear()
    sink.start()
    try:
        createdb(name, template)
        _copy_filestore(template, name)
        subprocess.run(
            [sys.executable, '-m', 'odoo', '-d', name, '-i', 'smart_dunning_queue_job',
             '--no-http', '--stop-after-init', '--log-level', 'warn'], check=True)
        _run(_PREPARE, database=name, smtp_port=sink.port)
        place = Site(name, tmp_path)
        yield place
    finally:
        if place:
            place.close()
        dropdb(name)
        shutil.rmtree(_get_filestore(name), ignore_errors=True)


def test_two_servers_one_of_which_is_killed(site, sink):
    """The night goes on where the dead server stood: each letter leaves once."""
    # A mail of each bundle is at the mail server, which has it but has not said so yet.
    holds = [sink.hold(f'c{number}@example.com', has_accepted=True) for number in (3, 14)]
    _run(_NIGHT, database=site.database)
    for hold in holds:
        hold.wait()
    begin = time.monotonic()
    working = dict(site.sql(
        "SELECT worker_pid, channel FROM queue_job WHERE state = 'started'"))
    assert working == dict.fromkeys((server.pid for server in site.servers), 'root.dunning'), (
        "each server works on a job", site.describe())
    # Planned once, though the scheduler was there twice.
    assert site.sql("SELECT count(*) FROM queue_job WHERE method_name = '_job_run'") == [(1,)]
    time.sleep(max(0, _DEAD_AFTER + 1 - (time.monotonic() - begin)))
    os.kill(site.servers[0].pid, signal.SIGKILL)
    for hold in holds:
        hold.release()
    site.wait(lambda: not site.sql(
        "SELECT 1 FROM dunning_letter WHERE state = 'ready' OR state = 'sending' AND "
        "is_fate_unknown IS NOT TRUE"))
    # Nothing lost, nothing doubled; a person is asked about the one that the dead server was at.
    mails = {int(address[1:].split('@')[0]): number for address, number in sink.count().items()
             if address[1].isdigit()}
    assert mails == dict.fromkeys(ALL, 1)
    assert sorted(site.sql("SELECT state, count(*) FROM dunning_letter GROUP BY state")) == [
        ('sending', 1), ('sent', 19)], site.describe()
    assert not site.sql("SELECT 1 FROM queue_job WHERE state = 'failed'"), site.describe()
    # The job of the dead server is taken up again: maybe only now, when nothing is left of it.
    site.wait(lambda: site.sql(
        "SELECT 1 FROM queue_job WHERE method_name = '_job_send' AND retry > 1"))
