"""The command: options, key, output, exit codes."""

import base64
import csv
import io
import json
import os
import sys
import types

import pytest
from smart_dunning_client import cli, settings
from smart_dunning_client.commands import setup
from test_client import RUN

#: The real one, which no other test asks.
ASK_KEYRING = settings.ask_keyring
DEBTOR = {
    'id': 1, 'customer_id': 5, 'customer': "=HYPERLINK([bold]x\x1b[31m)", 'company': "Muster",
    'currency': "EUR", 'open': 1234.5, 'overdue': 1000.0, 'oldest_due_date': "2026-10-01",
    'days_overdue': 50, 'level': "First", 'level_position': 2, 'hold': 'block',
    'hold_reason': "", 'exposure': 0.0, 'credit_limit': 0.0, 'risk_class': "d", 'next_step': "",
    'next_action_date': False, 'last_letter_date': False, 'last_payment_date': False}
STATUS = {
    'company_id': 1, 'company': "Muster", 'is_active': True, 'last_run': RUN,
    'waiting': {'to_approve': 1, 'to_print': 0, 'failed': 0, 'unknown': 0},
    'bank_date': "2026-11-27", 'bank_days': 1, 'alarms': []}


@pytest.fixture
def run(url, monkeypatch, capsys):
    """Run the command against the server; return (exit code, output, errors)."""
    monkeypatch.setenv('DUNNING_API_KEY', "secret")

    def call(*arguments, server=True):
        code = cli.run([*(('--url', url, '--db', 'db') if server else ()), *arguments])
        return code, *capsys.readouterr()
    return call


def test_help_names_the_commands(run):
    code, output, _errors = run('--help', server=False)
    assert code == 0
    for name in ('status', 'plan', 'preview', 'approve', 'send', 'debtors', 'letters', 'hold',
                 'release', 'limits', 'promises', 'disputes', 'forecast', 'kpi', 'check'):
        assert name in output


@pytest.mark.parametrize('arguments', [
    ['plan', '--json', '--csv'], ['plan', '--date', '1.12.2026'], ['approve'], ['send'],
    ['release', '--until', '2026-12-31', '--reason', 'x'], ['unknown'],
    ['letters', '--limit', '0'], ['debtors', '--sort', 'size']])
def test_wrong_usage(run, answers, arguments):
    answers.add(RUN)
    code, _output, errors = run(*arguments)
    assert (code, bool(errors), answers.asked) == (2, True, [])


@pytest.mark.parametrize(('name', 'status', 'code'), [
    ('odoo.exceptions.UserError', 422, 1), ('odoo.exceptions.AccessDenied', 401, 3),
    ('odoo.exceptions.MissingError', 404, 4), ('builtins.ValueError', 500, 5)])
def test_exit_codes(run, answers, name, status, code):
    answers.error(name, "Please choose.", status)
    ended, output, errors = run('send', '7')
    assert (ended, output) == (code, "")
    assert errors.startswith("Error: ")
    assert "Traceback" not in errors
    assert "Traceback: secret" in run('--debug', 'send', '7')[2] or code == 3


def test_a_lost_answer_says_how_to_repeat(run, answers):
    answers.add({}, cut=True)
    code, _output, errors = run('plan')
    assert code == 5
    key = json.loads(answers.asked[0][2])['call_key']
    assert f"--call-key {key}" in errors
    answers.add(RUN)
    answers.take()
    assert run('plan', '--call-key', key)[0] == 0
    assert json.loads(answers.asked[-1][2])['call_key'] == key


def test_json_and_csv_are_for_programs(run, answers):
    answers.add({'total': 1, 'debtors': [DEBTOR]})
    code, output, errors = run('debtors', '--json')
    assert (code, errors) == (0, "")
    assert json.loads(output)[0]['overdue'] == 1000.0
    [row] = csv.DictReader(io.StringIO(run('debtors', '--csv')[1]))
    assert row['customer'].startswith("'=HYPERLINK")
    assert row['oldest_due_date'] == "2026-10-01"


def test_names_do_nothing_to_the_terminal(run, answers):
    answers.add({'total': 1, 'debtors': [DEBTOR]})
    output = run('debtors')[1]
    assert "\x1b[31m" not in output
    assert "1,000.00" in output


def test_no_color(run, answers, monkeypatch):
    monkeypatch.setenv('NO_COLOR', "1")
    monkeypatch.setenv('FORCE_COLOR', "1")
    answers.add([{**STATUS, 'alarms': [{'code': 'x', 'text': "Look"}]}])
    assert "\x1b[31m" not in run('status')[1]


def test_status_is_an_alarm_for_monitoring(run, answers):
    answers.add([STATUS]).add([{**STATUS, 'alarms': [{'code': 'x', 'text': "3 failed"}]}])
    assert run('status')[0] == 0
    code, output, _errors = run('status')
    assert (code, "3 failed" in output) == (7, True)
    assert json.loads(run('status', '--json')[1])[0]['alarms'][0]['code'] == 'x'


def test_hold_is_an_alarm(run, answers):
    answers.add({'customer_id': 5, 'customer': "Muster", 'company': "M", 'currency': "EUR",
                 'state': 'block', 'reasons': ["Too late."], 'exposure': 1.0,
                 'credit_limit': 0.0, 'overdue': 1.0,
                 'documents': [{'model': 'sale.order', 'id': 1, 'name': "S1"}]})
    code, output, _errors = run('hold', 'Muster')
    assert (code, "Too late." in output, "S1" in output) == (7, True, True)


def test_check(run, answers):
    answers.add([{'code': 'a', 'level': 'ok', 'text': "Fine."},
                 {'code': 'b', 'level': 'error', 'text': "No address."}])
    code, output, _errors = run('check')
    assert (code, "No address." in output) == (7, True)


def test_approve_in_part(run, answers):
    answers.add({'approved': [1], 'left': [{'id': 2, 'name': "L2", 'why': "Sent"}]})
    code, output, _errors = run('approve', '--letter', '1', '--letter', '2')
    assert (code, "L2" in output) == (6, True)
    code, output, _errors = run('approve', '7', '--csv')
    assert code == 6
    assert [(row['id'], row['is_approved'], row['why']) for row in csv.DictReader(
        io.StringIO(output))] == [("1", "True", ""), ("2", "False", "Sent")]
    assert json.loads(run('approve', '7', '--json')[1])['approved'] == [1]


def test_send_waits(run, answers):
    answers.add(RUN).add({**RUN, 'open': 0, 'sent': 2, 'failed': 1})
    assert run('send', '7', '--wait')[0] == 6


def test_letters_as_pdf(run, answers, tmp_path):
    letter = {
        'id': 1, 'name': "L/1", 'run_id': 7, 'run': "DR/7", 'company': "M", 'customer_id': 5,
        'customer': "A", 'level': "First", 'level_position': 1, 'channel': 'email', 'email': "",
        'state': 'sent', 'date': "2026-12-01", 'deadline': False, 'sent_date': False,
        'amount_due': 1.0, 'amount_credit': 0.0, 'amount_interest': 0.0, 'amount_fee': 0.0,
        'amount_total': 1.0, 'currency': "EUR", 'note': "", 'is_fate_unknown': False,
        'is_bounced': False, 'has_pdf': True}
    answers.add({'total': 2, 'letters': [letter, {**letter, 'id': 2, 'has_pdf': False}]}).add(
        [{'id': 1, 'name': "../../L-1.pdf", 'pdf': "JVBERg==", 'why': ""}])
    code = run('letters', '--pdf', str(tmp_path / 'out'))[0]
    assert code == 6
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ["L-1.pdf"]


# The key ----------------------------------------------------------------------------------------

def test_the_key_is_no_argument(run):
    assert run('--api-key', 'x', 'status')[0] == 2


@pytest.mark.skipif(os.name != 'posix', reason="rights of files")
def test_a_key_file_is_for_one_alone(run, answers, tmp_path, monkeypatch):
    monkeypatch.delenv('DUNNING_API_KEY')
    answers.add([STATUS])
    path = tmp_path / 'key'
    path.write_text("from file\n")
    path.chmod(0o644)
    code, _output, errors = run('--key-file', str(path), 'status')
    assert (code, "chmod 600" in errors) == (2, True)
    path.chmod(0o600)
    assert run('--key-file', str(path), 'status')[0] == 0
    assert answers.asked[-1][1]['Authorization'] == "bearer from file"
    assert run('--key-file', str(tmp_path / 'none'), 'status')[0] == 2


def test_no_key(run, monkeypatch):
    monkeypatch.delenv('DUNNING_API_KEY')
    code, _output, errors = run('status')
    assert (code, "DUNNING_API_KEY" in errors) == (2, True)


def test_all_settings_come_from_the_environment(run, answers, monkeypatch, url, tmp_path):
    path = tmp_path / 'key'
    path.write_text("secret\n")
    path.chmod(0o600)
    monkeypatch.delenv('DUNNING_API_KEY')
    for name, value in (('URL', url), ('DB', "db"), ('KEY_FILE', str(path)), ('LANG', "de_DE")):
        monkeypatch.setenv(f'DUNNING_{name}', value)
    answers.add([STATUS])
    assert run('status', server=False)[0] == 0
    _path, headers, body = answers.asked[-1]
    assert headers['X-Odoo-Database'] == "db"
    assert json.loads(body)['context'] == {'lang': "de_DE"}


def test_configure_stores_what_works(run, answers, monkeypatch, url, tmp_path):
    answers.add([STATUS])
    monkeypatch.delenv('DUNNING_API_KEY')
    replies = iter([url, "db", "my key"])
    monkeypatch.setattr('click.prompt', lambda *_arguments, **_options: next(replies))
    assert run('configure', server=False)[0] == 0
    key = tmp_path / 'default.key'
    assert key.read_text() == "my key\n"
    assert key.stat().st_mode & 0o077 == 0
    assert "my key" not in (tmp_path / 'config.ini').read_text()
    assert run('status', server=False)[0] == 0
    assert run('--profile', 'none', 'status', server=False)[0] == 2


def test_the_key_lies_in_the_keyring(run, answers, monkeypatch, url, tmp_path):
    kept = {}
    keyring, errors = types.ModuleType('keyring'), types.ModuleType('keyring.errors')
    errors.KeyringError = type('KeyringError', (Exception,), {})
    keyring.errors = errors
    keyring.get_password = lambda service, name: kept.get((service, name))
    keyring.set_password = lambda service, name, key: kept.update({(service, name): key})
    monkeypatch.setitem(sys.modules, 'keyring', keyring)
    monkeypatch.setitem(sys.modules, 'keyring.errors', errors)
    for place in (settings, setup):
        monkeypatch.setattr(place, 'ask_keyring', ASK_KEYRING)
    answers.add([STATUS])
    monkeypatch.delenv('DUNNING_API_KEY')
    replies = iter([url, "db", "my key"])
    monkeypatch.setattr('click.prompt', lambda *_arguments, **_options: next(replies))
    assert run('configure', server=False)[0] == 0
    assert kept == {('smart-dunning', f"db@{url}"): "my key"}
    assert [path.name for path in tmp_path.iterdir()] == ['config.ini']
    assert "my key" not in (tmp_path / 'config.ini').read_text()
    assert run('status', server=False)[0] == 0
    assert answers.asked[-1][1]['Authorization'] == "bearer my key"

    def refuse(*_arguments):
        raise errors.KeyringError            # locked, or no desktop is there
    keyring.get_password = refuse
    code, _output, errors_told = run('status', server=False)
    assert (code, "No API key" in errors_told) == (2, True)


@pytest.mark.parametrize(('words', 'found'), [
    ("dunning stat", ["status"]), ("dunning handover status ", ["import"]),
    ("dunning debtors --so", ["--sort"]), ("dunning debtors --hold b", ["block"])])
def test_completion(run, monkeypatch, words, found):
    code, output, _errors = run('completion', 'bash', server=False)
    assert (code, "_DUNNING_COMPLETE=bash_complete" in output) == (0, True)
    # What the printed function asks when somebody presses the tabulator.
    monkeypatch.setenv('_DUNNING_COMPLETE', "bash_complete")
    monkeypatch.setenv('COMP_WORDS', words)
    monkeypatch.setenv('COMP_CWORD', str(len(words.split(" ")) - 1))
    code, output, _errors = run(server=False)
    assert code == 0
    assert [line.partition(',')[2] for line in output.splitlines()] == found


# Tables -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(('name', 'content'), [
    ('a.csv', b"Customer;Limit;Valid until\nC-1;1.500,00;2030-12-31\n;;\n"),
    ('b.csv', "\ufeffcustomer,limit,valid_until,other\nC-1,\"1.500,00\",2030-12-31,x\n".encode()),
    ('c.csv', "Kunde\tKreditlimit\tGültig bis\nC-1\t1.500,00\t2030-12-31\n".encode())])
def test_limits(run, answers, tmp_path, name, content):
    answers.add({'applied': True, 'rows': [
        {'row': 1, 'customer': "A", 'result': 'changed', 'message': "", 'old_limit': 0.0,
         'new_limit': 1500.0}]})
    path = tmp_path / name
    path.write_bytes(content)
    code, output, _errors = run('limits', 'import', str(path), '--dry-run')
    assert (code, "1,500.00" in output) == (0, True)
    asked = json.loads(answers.asked[-1][2])
    assert asked['rows'] == [
        {'customer': "C-1", 'limit': "1.500,00", 'valid_until': "2030-12-31"}]
    assert asked['dry_run'] is True


def test_limits_with_errors(run, answers, tmp_path):
    answers.add({'applied': False, 'rows': [
        {'row': 1, 'customer': "A", 'result': 'error', 'message': "No customer."}]})
    path = tmp_path / 'a.csv'
    path.write_text("customer,limit\nA,1\n")
    code, output, _errors = run('limits', 'import', str(path))
    assert (code, "No customer." in output) == (1, True)


def test_checks(run, answers, tmp_path):
    answers.add({'applied': True, 'rows': [
        {'row': 2, 'customer': "A", 'result': 'changed', 'message': "", 'new_limit': 5000.0}]})
    path = tmp_path / 'a.csv'
    path.write_text("VAT;Limit\nDE1;5000\n")
    code, output, _errors = run('checks', 'import', str(path), '--source', 'schufa')
    assert (code, "5,000.00" in output) == (0, True)
    asked = json.loads(answers.asked[-1][2])
    assert (asked['source'], asked['dry_run']) == ('schufa', False)
    assert base64.b64decode(asked['file']) == path.read_bytes()


def test_limits_from_excel(run, answers, tmp_path):
    openpyxl = pytest.importorskip('openpyxl')
    book = openpyxl.Workbook()
    book.active.append(["Customer", "Limit"])
    book.active.append([12345, 1500.0])
    book.save(tmp_path / 'a.xlsx')
    answers.add({'applied': True, 'rows': []})
    assert run('limits', 'import', str(tmp_path / 'a.xlsx'))[0] == 0
    assert json.loads(answers.asked[-1][2])['rows'] == [{'customer': 12345, 'limit': 1500}]


@pytest.mark.parametrize(('name', 'content', 'word'), [
    ('a.csv', b"customer\nA\n", "limit"), ('b.csv', b"", "empty"),
    ('c.csv', "Kunde;Limit\nMüller;1\n".encode('latin-1'), "UTF-8"),
    ('d.xlsx', b"no table", "Excel")])
def test_tables_that_are_none(run, answers, tmp_path, name, content, word):
    answers.add({})
    path = tmp_path / name
    path.write_bytes(content)
    code, _output, errors = run('limits', 'import', str(path))
    assert (code, word in errors, answers.asked) == (2, True, [])
