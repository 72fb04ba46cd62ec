"""The remote client against a real server, by both of its ways; and a line that is cut."""
import csv
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import NAME, _copy_filestore, _get_filestore
from lab import createdb, dropdb

CLIENT = Path(__file__).parents[1] / 'client' / 'src'
sys.path.insert(0, str(CLIENT))

from smart_dunning_client import (  # noqa: E402
    AuthError,
    Client,
    NotFound,
    Refused,
    Unreachable,
    cli,
)

#: Sets the stage, and makes an account in the group of remote clients; prints its key.
_PREPARE = """
import sys
from datetime import timedelta
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config
sys.path.insert(0, {here!r})
import steps
config.parse_config(['-d', {database!r}, '--no-http', '--log-level', 'error'])
with Registry({database!r}).cursor() as cr:
    env = api.Environment(cr, SUPERUSER_ID, {{}})
    steps.prepare(env, {smtp_port})
    env['res.partner'].search([('name', '=', "Customer 4")]).ref = "R4"
    env.company.dunning_policy_id.level_ids = [Command.create(steps._level_values(
        3, "Last", 14, delay_from='previous_letter'))]
    bot = env['res.users'].with_context(no_reset_password=True).create({{
        'name': "Bot", 'login': 'bot', 'email': 'bot@example.com', 'group_ids': [Command.set([
            env.ref('smart_dunning.group_dunning_remote').id])]}})
    key = env['res.users.apikeys'].with_user(bot)._generate(
        'rpc', "Tests", fields.Datetime.now() + timedelta(days=300))
    env['ir.config_parameter'].set_param('web.base.url', 'http://127.0.0.1')
    cr.commit()
    print("key:" + key)
"""


def find_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


class Server:
    """An Odoo server with an account for programs."""

    def __init__(self, database, key, port):
        self.database, self.key, self.port = database, key, port
        self.url = f"http://127.0.0.1:{port}"

    def client(self, way='json2', **options):
        return Client(**{
            'url': self.url, 'db': self.database, 'api_key': self.key, 'transport': way,
            'login': 'bot', 'timeout': 120, **options})

    def run(self, way, *arguments):
        """Run the command in a process of its own; return it."""
        env = dict(os.environ, PYTHONPATH=str(CLIENT), DUNNING_API_KEY=self.key, NO_COLOR="1",
                   COLUMNS="200", DUNNING_CONFIG=os.devnull)
        return subprocess.run(
            [sys.executable, '-c', "from smart_dunning_client.cli import main; main()",
             '--url', self.url, '--db', self.database, '--transport', way, '--login', 'bot',
             *arguments], env=env, capture_output=True, text=True, timeout=180)


    def in_process(self, way, monkeypatch, capsys):
        """Return a function that runs the command here: (exit code, output and notes)."""
        monkeypatch.setenv('DUNNING_API_KEY', self.key)
        monkeypatch.setenv('DUNNING_CONFIG', os.devnull)
        monkeypatch.setenv('COLUMNS', "200")

        def call(*arguments):
            code = cli.run(['--url', self.url, '--db', self.database, '--transport', way,
                            '--login', 'bot', *arguments])
            output, errors = capsys.readouterr()
            assert "Traceback" not in output + errors
            return code, output or errors
        return call


@pytest.fixture(scope='module')
def server(template, sink, tmp_path_factory):
    name, port = f'{NAME}_remote', find_port()
    log = tmp_path_factory.mktemp('remote') / 'odoo.log'
    process = None
    try:
        createdb(name, template)
        _copy_filestore(template, name)
        done = subprocess.run(
            [sys.executable, '-c', _PREPARE.format(
                here=str(Path(__file__).parent), database=name, smtp_port=sink.port)],
            capture_output=True, text=True, check=False)
        assert "key:" in done.stdout, done.stderr
        process = subprocess.Popen(
            [sys.executable, '-m', 'odoo', '-d', name, '--http-port', str(port),
             '--gevent-port', str(find_port()), '--http-interface', '127.0.0.1',
             '--max-cron-threads', '1', '--logfile', str(log)])
        wait_for(port, process)
        yield Server(name, done.stdout.partition("key:")[2].strip(), port)
    finally:
        if process:
            process.terminate()
            process.wait(60)
        dropdb(name)
        import shutil
        shutil.rmtree(_get_filestore(name), ignore_errors=True)


def wait_for(port, process):
    for _attempt in range(600):
        assert process.poll() is None, "the server ended"
        with socket.socket() as sock:
            if sock.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the server does not listen")


WAYS = pytest.mark.parametrize('way', ['json2', 'xmlrpc'])


@WAYS
def test_reading(server, way):
    with server.client(way) as client:
        [status] = client.status()
        assert status.company == "Muster GmbH"
        assert status.waiting.failed == 0
        preview = client.preview()
        assert len(preview.letters) + len(preview.left_out) == 20
        assert client.figures().currency
        assert client.hold("c1@example.com").customer == "Customer 1"
        assert {each.code for each in client.check()} >= {'mail_server', 'cron', 'claim_rule'}
        assert len(client.forecast(weeks=3).weeks) == 3


@WAYS
def test_errors_are_the_same(server, way):
    with server.client(way) as client:
        with pytest.raises(NotFound, match="no .* with the number"):
            client.run(999999999)
        with pytest.raises(NotFound, match="Nobody"):
            client.hold("Nobody")
        with pytest.raises(Refused, match="either"):
            client.release("Why", "2099-12-31")
        with pytest.raises(Refused, match="none of"):
            client.debtors(hold='x')
    for options, error in (
            ({'api_key': "0" * 40}, AuthError), ({'db': "no_such_database"}, NotFound),
            ({'company': "Elsewhere"}, NotFound)):
        with server.client(way, **options) as client, pytest.raises(error):
            client.check()


@pytest.fixture(scope='module')
def sent(server):
    """A run that has been sent, by JSON-2."""
    with server.client() as client:
        run = client.plan()
        assert run.letters == 20
        return client.wait(client.send(run.id).id, pause=0.5, timeout=300)


@WAYS
def test_a_run_from_plan_to_pdf(server, sent, way):
    with server.client(way) as client:
        assert (sent.sent, sent.failed) == (20, 0)
        letters = client.letters(run_id=sent.id, state='sent')
        assert len(letters) == 20
        [pdf] = client.pdfs([letters[0].id])
        assert pdf.content.startswith(b"%PDF")
        with pytest.raises(Refused):
            client.send(sent.id)
        assert len(client.letters(customer="Customer 1")) == 1


@WAYS
def test_the_command(server, sent, way):
    for arguments, code, word in (
            (('status',), 0, "Muster GmbH"), (('preview', '--left-out'), 0, "0 letters"),
            (('letters', '--limit', '3', '--csv'), 0, "Customer 1"),
            (('hold', 'Customer 1'), 0, "clear"), (('hold', 'Nobody'), 4, ""),
            (('kpi', '--json'), 0, '"days"'), (('debtors', '--company', 'Elsewhere'), 4, ""),
            (('send', str(sent.id)), 1, "")):
        done = server.run(way, *arguments)
        assert (done.returncode, word in done.stdout) == (code, True), (arguments, done)
        assert "Traceback" not in done.stderr


READS = [
    ('status',), ('check',), ('preview',), ('preview', '--left-out'),
    ('debtors', '--sort', 'overdue', '--min-overdue', '1'), ('letters', '--state', 'sent'),
    ('hold', 'Customer 1'), ('promises',), ('disputes',), ('forecast', '--weeks', '2'), ('kpi',)]


@WAYS
def test_every_command_writes_json_and_csv(server, sent, way, monkeypatch, capsys):
    """All that reads, for programs, for a company by name and by number."""
    call = server.in_process(way, monkeypatch, capsys)
    with server.client(way) as client:
        [status] = client.status()
    for arguments in READS:
        code, output = call(*arguments, '--json', '--company', "muster gmbh")
        assert code in ((0, 7) if arguments == ('check',) else (0,)), (arguments, output)
        assert json.loads(output) or arguments[0] in ('promises', 'disputes', 'kpi'), arguments
        again, output = call(*arguments, '--csv', '--company', str(status.company_id))
        head, *rows = csv.reader(io.StringIO(output))
        assert again == code
        assert len(head) > 1, arguments
        assert {len(row) for row in rows} <= {len(head)}, arguments
        assert call(*arguments, '--company', "Elsewhere")[0] == 4


@WAYS
def test_every_command_that_changes_something(server, sent, way, monkeypatch, capsys, tmp_path):
    call = server.in_process(way, monkeypatch, capsys)
    day = {'json2': "2031-02-03", 'xmlrpc': "2031-05-05"}[way]
    code, output = call('plan', '--date', day, '--json')
    run = json.loads(output)
    assert (code, run['state'], run['letters'] > 0) == (0, 'planned', True), output
    code, output = call('approve', str(run['id']), '--csv')
    assert (code, output.startswith("id,is_approved,why")) == (0, True), output
    code, output = call('send', str(run['id']), '--wait', '--json', '--timeout', '200')
    done = json.loads(output)
    assert (code, done['sent'], done['failed']) == (0, run['letters'], 0), output
    folder = tmp_path / 'letters'
    assert call('letters', '--run', str(run['id']), '--pdf', str(folder))[0] == 0
    assert len(list(folder.iterdir())) == run['letters']
    assert call('cancel', str(run['id']))[0] == 1             # all of it is sent

    limit = {'json2': "1500", 'xmlrpc': "2500"}[way]
    path = tmp_path / 'limits.csv'
    path.write_text(f"customer;limit\nCustomer 2;{limit}\nc3@example.com;0\n")
    for options, word in ((('--dry-run',), "Nothing was written"), ((), "2 rows imported")):
        code, output = call('limits', 'import', str(path), *options)
        assert (code, word in output) == (0, True), output
    code, output = call('hold', 'Customer 2', '--json')
    assert json.loads(output)['credit_limit'] == float(limit)
    path.write_text("customer;limit\nCustomer 2;1\nNobody;1\n")
    assert call('limits', 'import', str(path))[0] == 1
    assert json.loads(call('hold', 'Customer 2', '--json')[1])['credit_limit'] == float(limit)

    checks = tmp_path / 'checks.csv'
    for reference, code, options in (("R4", 0, ['--dry-run']), ("R4", 0, []), ("R5", 1, [])):
        checks.write_text(f"Reference;Limit\n{reference};{limit}\n")
        ended, output = call('checks', 'import', str(checks), *options)
        assert ended == code, output
    until = (date.today() + timedelta(days=30)).isoformat()
    code, output = call(
        'release', '--customer', "Customer 5", '--amount', "100", '--until', until,
        '--reason', "The bank has confirmed", '--json')
    assert (code, json.loads(output)['max_amount']) == (0, 100.0), output
    code, output = call(
        'release', "S99999", '--until', until, '--reason', "The bank has confirmed")
    assert (code, "S99999" in output) == (4, True), output


#: Hands the oldest item of a customer over, whatever speaks against it: how a case comes about is
#: tested elsewhere.
_HAND_OVER = """
from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config
config.parse_config(['-d', {database!r}, '--no-http', '--log-level', 'error'])
with Registry({database!r}).cursor() as cr:
    env = api.Environment(cr, SUPERUSER_ID, {{}})
    item = env['dunning.letter.line'].search([('state', '=', 'sent')], limit=1).move_line_id
    partner = env['res.partner'].create({{'name': "North", 'email': "north@example.com"}})
    agency = env['dunning.agency'].create({{
        'name': "North", 'partner_id': partner.id, 'company_id': item.company_id.id}})
    case = env['dunning.handover'].with_company(item.company_id).create({{
        'partner_id': item.partner_id.id, 'company_id': item.company_id.id,
        'currency_id': item.currency_id.id, 'item_ids': [Command.set(item.ids)],
        'agency_id': agency.id}})
    case._give_away()
    cr.commit()
    print("case:" + case.name)
"""


@pytest.fixture(scope='module')
def case(server, sent):
    """The number of a case with an agency."""
    done = subprocess.run(
        [sys.executable, '-c', _HAND_OVER.format(database=server.database)],
        capture_output=True, text=True, check=False)
    assert "case:" in done.stdout, done.stderr
    return done.stdout.partition("case:")[2].strip()


@WAYS
def test_a_package_is_fetched_and_checked(server, case, way, tmp_path):
    path = tmp_path / 'case.zip'
    for arguments, code, word in (
            (('export', case, '--to', str(path)), 0, "North"),
            (('validate', str(path)), 0, f"is valid: {case}"),
            (('export', "HO/1900/0001", '--to', str(tmp_path / 'none.zip')), 4, ""),
            (('export', case, '--to', str(path)), 2, "")):
        done = server.run(way, 'handover', *arguments)
        assert (done.returncode, word in done.stdout) == (code, True), (arguments, done)
        assert "Traceback" not in done.stderr
    path.write_bytes(path.read_bytes().replace(b"manifest.xml", b"manifesT.xml"))
    assert server.run(way, 'handover', 'validate', str(path)).returncode == 1


@WAYS
def test_a_status_file_is_taken_over(server, case, way, tmp_path):
    path, paid = tmp_path / 'status.csv', {'json2': "1,00", 'xmlrpc': "2,00"}[way]
    path.write_text(f"number;state;paid\n{case};court;{paid}\n")
    for arguments, code, word in (
            ((str(path), '--dry-run'), 0, "changed"),
            ((str(path), '--agency', "Nobody"), 4, ""),
            ((str(path), '--agency', "North"), 0, "1 lines imported"),
            ((str(path),), 0, "same")):
        done = server.run(way, 'handover', 'status', 'import', *arguments)
        assert (done.returncode, word in done.stdout) == (code, True), (arguments, done)
    path.write_text(f"number;paid\n{case};9,00\nHO/9;1,00\n{case};much\n")
    done = server.run(way, 'handover', 'status', 'import', str(path))
    assert done.returncode == 1
    assert ("HO/9" in done.stdout, "much" in done.stdout) == (True, True)
    with server.client(way) as client:
        assert client.import_handover_status(
            f"number;paid\n{case};{paid}\n".encode()).rows[0].result == 'same'


class CutLine:
    """Passes a request on to the server, and is gone before the answer comes back."""

    def __init__(self, port):
        self._target, self._socket = port, socket.create_server(('127.0.0.1', 0))
        self.port = self._socket.getsockname()[1]
        self.answer = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        here, _address = self._socket.accept()
        with here, socket.create_connection(('127.0.0.1', self._target)) as there:
            here.settimeout(1)
            try:
                while data := here.recv(65536):
                    there.sendall(data)
            except TimeoutError:
                pass                # the request is through
            there.settimeout(120)
            there.recv(65536)       # the server has done it
            self.answer.set()

    def close(self):
        self._socket.close()


@WAYS
def test_a_lost_answer_does_nothing_twice(server, way):
    with server.client(way) as client:
        if way == 'xmlrpc':
            client.status()         # who we are is asked on another line
        line = CutLine(server.port)
        client._transport.url = f"http://127.0.0.1:{line.port}"
        before = len(list_runs(server))
        with pytest.raises(Unreachable) as caught:
            client.plan("2030-01-01")
        assert line.answer.wait(60)
        line.close()
        client._transport.url = server.url
        first = client.plan("2030-01-01", key=caught.value.call_key)
        assert client.plan("2030-01-01", key=caught.value.call_key) == first
        assert len(list_runs(server)) == before + 1


def list_runs(server):
    import psycopg2
    connection = psycopg2.connect(dbname=server.database)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM dunning_run")
            return cursor.fetchall()
    finally:
        connection.close()
