"""Real Odoo processes for the tests: a parent that has Odoo loaded, and a fork of it per step.

    python worker.py DATABASE SOCKET LOGFILE SMTP_PORT

The parent sets the stage in the database; then it holds no connection to it, so that it can be
replaced between two tests. A client connects to the socket and writes one line of JSON,
{step, values, holds, ...}; its fork answers with lines of JSON: {pid, backend}, {held} at each
hold, where it waits for a line "go", and at last {result} or {error, message}.
"""
import json
import os
import select
import signal
import socket
import sys
import traceback

import hold_steps
import steps
import torture_steps

from odoo import api, netsvc, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config


class Channel:
    """The talk with the test."""

    def __init__(self, connection):
        self._file = connection.makefile('rw', encoding='utf-8')

    def say(self, **message):
        self._file.write(json.dumps(message, default=str) + "\n")
        self._file.flush()

    def hear(self):
        return self._file.readline().strip()

    def hold(self, point):
        """Stay here until the test says go (or kills this process)."""
        self.say(held=point)
        if self.hear() != 'go':
            os._exit(1)


def install_hold(registry, channel, model, method, when, nth):
    """Stop at the nth call of a method, before or after it."""
    model_class, calls = registry[model], []
    original = getattr(model_class, method)

    def wrapper(self, *args, **kwargs):
        calls.append(1)
        is_now = len(calls) == nth
        if is_now and when == 'before':
            channel.hold(method)
        result = original(self, *args, **kwargs)
        if is_now and when == 'after':
            self.env.flush_all()
            channel.hold(method)
        return result
    for attribute in ('_api_model',):
        if hasattr(original, attribute):
            setattr(wrapper, attribute, getattr(original, attribute))
    setattr(model_class, method, wrapper)


def perform(channel, database):
    order = json.loads(channel.hear())
    registry = Registry(database).check_signaling()
    if not order['has_layout']:
        # The text is rendered, its layout on paper takes the time of the whole test.
        from odoo.addons.smart_dunning.models.paper import pdf
        pdf.render = lambda html, style: b'%PDF-1.7 ' + html.encode()
    for hold in order['holds']:
        install_hold(registry, channel, **hold)
    for fault in order['faults']:
        torture_steps.FAULTS[fault['kind']](fault['value'])
    function = next(filter(None, (
        getattr(module, order['step'], None) for module in (steps, hold_steps, torture_steps))))
    with registry.cursor() as cursor:
        env = api.Environment(cursor, api.SUPERUSER_ID, {})
        channel.say(pid=os.getpid(), backend=cursor._cnx.get_backend_pid())
        if order['is_request']:
            # As the web server does: again when a concurrent transaction was faster.
            result = retrying(lambda: function(env, **order['values']), env)
        else:
            cursor.commit()                      # the step starts with a snapshot of its own
            result = function(env, **order['values'])
    channel.say(result=result)


def serve(connection, database):
    """Life of a fork."""
    status, channel = 0, Channel(connection)
    try:
        perform(channel, database)
    except Exception as error:  # the test decides whether that is right
        channel.say(error=type(error).__name__, message=str(error), trace=traceback.format_exc())
        status = 1
    finally:
        sql_db.close_all()
        os._exit(status)


def prepare(database, smtp_port):
    """Set the stage, and warm up what a fork would otherwise do each time."""
    registry = Registry(database)
    with registry.cursor() as cursor:
        env = api.Environment(cursor, api.SUPERUSER_ID, {})
        steps.prepare(env, smtp_port)
        hold_steps.prepare(env)
    registry.signal_changes()
    with registry.cursor() as cursor:
        steps.warm_up(api.Environment(cursor, api.SUPERUSER_ID, {}))
        cursor.rollback()
    sql_db.close_all()


def main(database, address, logfile, smtp_port):
    config.parse_config(['-d', database, '--logfile', logfile, '--no-http'])
    netsvc.init_logger()
    prepare(database, int(smtp_port))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while server in select.select([server, sys.stdin], [], [])[0]:    # ends with the tests
            connection, _address = server.accept()
            if not os.fork():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                serve(connection, database)
            connection.close()


if __name__ == '__main__':
    main(*sys.argv[1:])
