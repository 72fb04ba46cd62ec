"""A server that answers as the test says, on a port of its own."""

import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / 'src'))


class Answers:
    """What the server has been asked, and what it answers next; the last answer stays."""

    def __init__(self):
        self.asked, self._answers = [], []

    def add(self, body, status=200, headers=None, cut=False, wait=None):
        """Answer with a body (JSON unless it is bytes); `cut`: close the line instead."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self._answers.append((body, status, headers or {}, cut, wait))
        return self

    def error(self, name, message, status):
        """Answer as JSON-2 does when Odoo raises an exception."""
        return self.add({'name': name, 'message': message, 'arguments': [message],
                         'context': {}, 'debug': "Traceback: secret path"}, status)

    def take(self):
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def url(answers):
    """The address of the server."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def do_POST(self):
            data = self.rfile.read(int(self.headers['Content-Length']))
            answers.asked.append((self.path, dict(self.headers), data))
            body, status, headers, cut, wait = answers.take()
            if wait:
                wait.wait(5)
            if cut:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            for name, value in {'Content-Type': 'application/json', **headers}.items():
                self.send_header(name, value)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

        def finish(self):
            with contextlib.suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch, tmp_path):
    """Nothing of the person who runs the tests is read."""
    for name in ('DUNNING_URL', 'DUNNING_DB', 'DUNNING_API_KEY', 'DUNNING_KEY_FILE',
                 'DUNNING_TRANSPORT', 'DUNNING_LOGIN', 'DUNNING_PROFILE'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('DUNNING_CONFIG', str(tmp_path / 'config.ini'))
    monkeypatch.setattr(
        'smart_dunning_client.settings.ask_keyring', lambda *_arguments, **_options: None)
    monkeypatch.setattr(
        'smart_dunning_client.commands.setup.ask_keyring', lambda *_arguments, **_options: None)
