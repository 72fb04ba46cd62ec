"""The tests' view of the laboratory: the database, the processes, and what must always hold."""
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
from sink import TIMEOUT

HERE = Path(__file__).parent


class WorkerError(Exception):
    """An exception in a worker; `name` is its class."""

    def __init__(self, answer):
        super().__init__(f"{answer['error']}: {answer['message']}\n{answer['trace']}")
        self.name, self.message = answer['error'], answer['message']


class Worker:
    """One process doing one step."""

    def __init__(self, address, order):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT)
        self._socket.connect(str(address))
        self._heard, self.is_held = b'', False
        self._write(json.dumps(order))
        self._finished = None
        answer = self._hear()
        if 'error' in answer:
            raise WorkerError(answer)
        self.pid, self.backend = answer['pid'], answer['backend']

    def _write(self, text):
        self._socket.sendall(text.encode() + b'\n')

    def _read_line(self, seconds=TIMEOUT):
        """Return the next line, '' when the process is gone; raises TimeoutError."""
        self._socket.settimeout(seconds)
        while b'\n' not in self._heard:
            part = self._socket.recv(65536)
            if not part:
                return ''
            self._heard += part
        line, _end, self._heard = self._heard.partition(b'\n')
        return line.decode()

    def _hear(self, seconds=TIMEOUT):
        line = self._read_line(seconds)
        assert line, "the process ended without an answer"
        return json.loads(line)

    def settle(self, seconds):
        """Return whether the process stands at a hold; it may as well have ended, or go on.

        :param seconds: how long to wait for the hold
        """
        if self._finished is None:
            try:
                answer = self._hear(seconds)
            except TimeoutError:
                return False
            if 'held' in answer:
                self.is_held = True
                return True
            self._finish(answer)
        return False

    def _finish(self, answer):
        self._finished = answer
        # Its connections are closed when the process is gone.
        assert not self._read_line()
        self.close()

    def wait_held(self, point=None):
        """Wait until the process stands at its next hold."""
        answer = self._hear()
        if 'error' in answer:
            raise WorkerError(answer)
        assert 'held' in answer, f"the process did not come by {point}: {answer}"
        assert point in (None, answer['held'])
        return self

    def go(self):
        """Let the process go on from its hold."""
        self.is_held = False
        self._write("go")
        return self

    def kill(self):
        """kill -9, and wait until the process is gone."""
        os.kill(self.pid, signal.SIGKILL)
        assert not self._read_line(), "the process was not killed"
        self.close()

    def result(self):
        """Wait for the end of the step; return what it returned, or raise `WorkerError`."""
        if self._finished is None:
            answer = self._hear()
            assert 'held' not in answer, f"still held at {answer}"
            self._finish(answer)
        if 'error' in self._finished:
            raise WorkerError(self._finished)
        return self._finished['result']

    def close(self):
        """End the process if it is still there."""
        if self._socket.fileno() >= 0:
            self._socket.close()     # a process that is held ends itself


def hold(method, when='before', nth=1, model='dunning.letter'):
    """Return the order to stop at the nth call of a method."""
    return {'model': model, 'method': method, 'when': when, 'nth': nth}


class Lab:
    """A database that is set back before each test, and the processes on it."""

    def __init__(self, database, directory, sink):
        self.database, self.sink = database, sink
        self._stage = f'{database}_stage'
        self._address = Path(directory, 'socket')
        self._logfile = Path(directory, 'odoo.log')
        self._workers, self._connection, self._parent = [], None, None

    # Life ---------------------------------------------------------------------------------------

    def open(self, template):
        """Load Odoo once, and set the stage in a database from which each test starts."""
        createdb(self.database, template)
        self._parent = subprocess.Popen(
            [sys.executable, HERE / 'worker.py', self.database, self._address, self._logfile,
             str(self.sink.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._parent.stdout.readline() == "ready\n", "Odoo did not start, see stderr"
        createdb(self._stage, self.database)
        self._since = None

    def reset(self):
        """Go back to the stage."""
        self.clean()
        self._connect()
        try:
            self._restore_tables()
        except psycopg2.Error:           # not a superuser, or something sits on the tables
            self._connection.close()
            createdb(self.database, self._stage)
            self._connect()
        [[self._since]] = self.sql("SELECT pg_current_xact_id()::text::bigint & 4294967295")

    def _connect(self):
        self._connection = psycopg2.connect(dbname=self.database)
        self._connection.autocommit = True

    def _restore_tables(self):
        """Bring back the tables that the last test has changed: faster than another database."""
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE datname = %s AND pid != pg_backend_pid()", self.database)
        if self._since is None:          # the first test
            self._tables = [name for name, in self.sql(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")]
            self._counts, self._touched = self._count_rows(0)[0], set()
            return
        counts, written = self._count_rows(self._since)
        self._touched |= written | {
            name for name in self._tables if counts[name] != self._counts[name]}
        self._copy_tables()

    def _count_rows(self, since):
        """Return {table: number of rows}, and the tables written to after a transaction."""
        rows = self.sql(" UNION ALL ".join(
            f"SELECT '{name}', count(*), bool_or(age(xmin) < age('{since}'::xid)) FROM {name}"
            for name in self._tables))
        return {row[0]: row[1] for row in rows}, {row[0] for row in rows if row[2]}

    def _copy_tables(self):
        stage = psycopg2.connect(dbname=self._stage)
        with stage.cursor() as source, self._connection.cursor() as target:
            target.execute("SET session_replication_role = replica; SET lock_timeout = '10s'")
            for name in self._touched:
                rows = io.BytesIO()
                source.copy_expert(f"COPY {name} TO STDOUT", rows)
                rows.seek(0)
                target.execute(f"DELETE FROM {name}")
                target.copy_expert(f"COPY {name} FROM STDIN", rows)
        stage.close()

    def clean(self):
        """End what a test has left behind."""
        for worker in self._workers:
            worker.close()
        self._workers.clear()
        self.disconnect()

    def disconnect(self):
        """Leave the database; `_connect` comes back."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def close(self):
        self.clean()
        if self._parent:
            self._parent.kill()
            self._parent.wait()
        for name in (self.database, self._stage):
            dropdb(name)

    # Processes ----------------------------------------------------------------------------------

    def start(self, step, holds=(), faults=(), has_layout=False, **values):
        """Start a process doing a step; return the `Worker`.

        :param holds: where it stops, see `hold`
        :param faults: what is wrong with its world, see `torture_steps.FAULTS`
        :param has_layout: whether letters become real PDF files
        """
        worker = Worker(self._address, {
            'step': step, 'values': values, 'holds': list(holds), 'faults': list(faults),
            'has_layout': has_layout,
            'is_request': not step.startswith(('send', 'nightly', 'cron'))})
        self._workers.append(worker)
        return worker

    def do(self, step, **values):
        """Let a process of its own do a step; return its result."""
        return self.start(step, **values).result()

    def wait_blocked(self, worker):
        """Wait until a process waits for a lock that another one has in the database."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            [[is_blocked]] = self.sql(
                "SELECT cardinality(pg_blocking_pids(%s)) > 0", worker.backend)
            if is_blocked:
                return
            time.sleep(0.01)
        raise AssertionError("the process waits for nobody")

    def wait_gone(self, worker):
        """Wait until the database server has noticed that a process is dead."""
        end = time.monotonic() + TIMEOUT
        while self.sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s", worker.backend):
            assert time.monotonic() < end, "the connection of the dead process is still there"
            time.sleep(0.01)

    # Looking ------------------------------------------------------------------------------------

    def sql(self, query, *values):
        """Return the rows of a query, as they are committed now."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else None

    def letters(self, run=None):
        """Return {customer number: (state, total, fate unknown)}, cancelled doubles aside."""
        rows = self.sql("""
            SELECT substring(partner.email FROM '[0-9]+')::int, letter.state,
                   letter.amount_total::float8, letter.is_fate_unknown IS TRUE
              FROM dunning_letter letter JOIN res_partner partner ON partner.id = letter.partner_id
             WHERE %s IS NULL OR letter.run_id = %s
          ORDER BY letter.state = 'cancelled' DESC, letter.id""", run, run)
        return {number: values for number, *values in rows}

    def states(self, run=None):
        """Return {customer number: state of his letter}."""
        return {number: values[0] for number, values in self.letters(run).items()}

    def letter_id(self, customer):
        [[letter_id]] = self.sql(
            "SELECT letter.id FROM dunning_letter letter "
            "JOIN res_partner partner ON partner.id = letter.partner_id WHERE partner.email = %s",
            f'c{customer}@example.com')
        return letter_id

    def note(self, customer):
        return self.sql("SELECT note FROM dunning_letter WHERE id = %s",
                        self.letter_id(customer))[0][0]

    def mails(self):
        """Return {customer number: mails he got}; what the clerk gets does not count."""
        counts = self.sink.count()
        return {int(address[1:].split('@')[0]): number
                for address, number in counts.items() if address[1].isdigit()}

    def fate_activities(self, customer):
        """Return how many times the clerk is asked about the fate of a letter."""
        [[number]] = self.sql("""
            SELECT count(*) FROM mail_activity activity
              JOIN ir_model_data data ON data.res_id = activity.activity_type_id
               AND data.model = 'mail.activity.type' AND data.name = 'mail_activity_dunning_fate'
              JOIN res_users users ON users.id = activity.user_id AND users.login = 'clerk'
             WHERE activity.res_model = 'dunning.letter' AND activity.res_id = %s
               AND activity.active""", self.letter_id(customer))
        return number

    def unknown_count(self):
        """Return how many letters are shown as of unknown fate."""
        return self.sql("SELECT count(*) FROM dunning_letter WHERE is_fate_unknown")[0][0]

    def check(self):
        """Check what must hold at any moment at which no process is in the middle of something."""
        assert not self.sql("""
            SELECT move_line_id, level_id FROM dunning_letter_line
             WHERE state IN ('sending', 'sent') AND move_line_id IS NOT NULL
          GROUP BY 1, 2 HAVING count(*) > 1"""), "an item got a level twice"
        assert not self.sql("""
            SELECT line.id FROM dunning_letter_line line
              JOIN dunning_letter letter ON letter.id = line.letter_id
             WHERE (line.state = 'sent') != (letter.state = 'sent')
               AND line.state NOT IN ('dropped', 'undone')"""), "letter and lines differ"
        assert not self.sql("""
            SELECT item.id FROM account_move_line item
         LEFT JOIN dunning_letter_line line ON line.move_line_id = item.id AND line.state = 'sent'
               AND line.level_id = item.dunning_level_id
             WHERE (item.dunning_level_id IS NULL) != (line.id IS NULL)
            UNION ALL
            SELECT line.move_line_id FROM dunning_letter_line line
              JOIN account_move_line item ON item.id = line.move_line_id
             WHERE line.state = 'sent' AND item.dunning_level_id IS NULL
            """), "the level of an item is not that of its letters"
        known = {mail['Message-Id'] for mail in self.sink.mails}
        recorded = {uid for uid, in self.sql(
            "SELECT message_uid FROM dunning_letter "
            "WHERE state = 'sent' AND message_uid IS NOT NULL")}
        assert recorded <= known | self.confirmed, "recorded as sent, but no mail came"

    #: Message-Ids that the clerk has confirmed though the mail server never got them.
    confirmed = frozenset()


def _administer(*statements):
    connection = psycopg2.connect(dbname='postgres')
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    version = connection.server_version
    connection.close()
    return version


def createdb(name, template):
    """Create a database as a copy, in place of what was there."""
    # Copying files is several times as fast as what newer servers do by default.
    strategy = "STRATEGY file_copy" if dropdb(name) >= 150000 else ""
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {strategy}')


def dropdb(name):
    """Drop a database, whoever is connected; return the version of the server."""
    return _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
