"""Every way in which a server can answer, or not."""

import json
import socket
import threading
import xmlrpc.client

import pytest
from smart_dunning_client import (
    AuthError,
    Client,
    NotFound,
    Refused,
    ServerError,
    Unreachable,
)
from smart_dunning_client.transport import Json2, XmlRpc

HTML = b"<html><body>Not Found</body></html>"


def json2(url, **options):
    pauses = []
    transport = Json2(url, 'db', 'secret', timeout=0.5, sleep=pauses.append, **options)
    transport.pauses = pauses
    return transport


def fault(code, text=""):
    return xmlrpc.client.dumps(xmlrpc.client.Fault(code, text), methodresponse=True).encode()


def value(result):
    return xmlrpc.client.dumps((result,), methodresponse=True).encode()


def test_json2_says_who_asks_and_what(url, answers):
    answers.add({'a': 1})
    assert json2(url).call('get_run', {'run_id': 7}, lang='de_DE') == {'a': 1}
    [(path, headers, data)] = answers.asked
    assert path == '/json/2/dunning.remote/get_run'
    assert headers['Authorization'] == 'bearer secret'
    assert headers['X-Odoo-Database'] == 'db'
    assert json.loads(data) == {'run_id': 7, 'context': {'lang': 'de_DE'}}


@pytest.mark.parametrize(('name', 'status', 'error'), [
    ('odoo.exceptions.UserError', 422, Refused),
    ('odoo.exceptions.ValidationError', 422, Refused),
    ('odoo.exceptions.AccessError', 403, Refused),
    ('odoo.exceptions.MissingError', 404, NotFound),
    ('odoo.exceptions.AccessDenied', 401, AuthError),
    ('werkzeug.exceptions.Unauthorized', 401, AuthError),
    ('werkzeug.exceptions.NotFound', 404, ServerError),
    ('werkzeug.exceptions.UnprocessableEntity', 422, ServerError),
    ('builtins.ValueError', 500, ServerError),
])
def test_json2_errors(url, answers, name, status, error):
    answers.error(name, "Please choose.", status)
    with pytest.raises(error) as caught:
        json2(url).call('plan', {})
    assert type(caught.value) is error
    assert "Traceback" not in str(caught.value)
    assert caught.value.debug or error is AuthError
    if error in (Refused, NotFound):
        assert str(caught.value) == "Please choose."


@pytest.mark.parametrize(('body', 'status', 'error'), [
    (HTML, 404, NotFound), (HTML, 401, AuthError), (HTML, 200, ServerError),
    (HTML, 500, ServerError), (b"", 200, ServerError), (b"[1", 200, ServerError),
    (b'"text"', 500, ServerError),
])
def test_json2_answers_of_something_else(url, answers, body, status, error):
    answers.add(body, status)
    with pytest.raises(error):
        json2(url).call('plan', {})


def test_a_redirect_carries_the_key_nowhere(url, answers):
    answers.add(b"", 302, {'Location': "https://elsewhere.example.com/"})
    with pytest.raises(ServerError, match="elsewhere"):
        json2(url).call('plan', {})
    assert len(answers.asked) == 1


@pytest.mark.parametrize('status', [429, 502, 503, 504])
def test_reads_wait_for_a_busy_server(url, answers, status):
    answers.add(HTML, status).add(HTML, status, {'Retry-After': "7"}).add({'ok': True})
    transport = json2(url)
    assert transport.call('get_run', {}) == {'ok': True}
    assert transport.pauses == [1.0, 7.0]


def test_reads_give_up(url, answers):
    answers.add(HTML, 503)
    transport = json2(url)
    with pytest.raises(Unreachable):
        transport.call('get_run', {})
    assert len(answers.asked) == 4


def test_a_wait_has_its_bounds(url, answers):
    answers.add(HTML, 429, {'Retry-After': "86400"}).add({})
    transport = json2(url)
    transport.call('get_run', {})
    assert transport.pauses == [30]


@pytest.mark.parametrize('status', [None, 503])
def test_writes_are_asked_once_and_say_how_to_repeat(url, answers, status):
    answers.add(HTML, status or 200, cut=status is None)
    with pytest.raises(Unreachable) as caught:
        json2(url).call('plan', {'call_key': "k"}, is_read=False)
    assert caught.value.call_key == "k"
    assert len(answers.asked) == 1


def test_a_cut_line_is_tried_again(url, answers):
    answers.add({}, cut=True).add({'ok': True})
    assert json2(url).call('get_run', {}) == {'ok': True}


def test_a_slow_server(url, answers):
    never = threading.Event()
    answers.add({}, wait=never)
    with pytest.raises(Unreachable, match="too long"):
        json2(url).call('plan', {}, is_read=False)
    never.set()


def test_nobody_listens():
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        port = other.getsockname()[1]
    with pytest.raises(Unreachable, match="nobody listens"):
        json2(f"http://127.0.0.1:{port}").call('get_run', {})


def test_a_wrong_address_is_told_at_once():
    for url in ("odoo.example.com", "ftp://x", "http://"):
        with pytest.raises(ValueError, match="no address"):
            Json2(url, 'db', 'key')


# XML-RPC ----------------------------------------------------------------------------------------

@pytest.mark.parametrize(('answer', 'error'), [
    (fault('warning -- UserError\n\nPlease choose.'), Refused),
    (fault('warning -- AccessError\n\nPlease choose.'), Refused),
    (fault('warning -- MissingError\n\nPlease choose.'), NotFound),
    (fault('AccessDenied', "Access Denied"), AuthError),
    (fault("Object dunning.remote doesn't exist", "Traceback"), ServerError),
    (fault("division by zero", "Traceback"), ServerError),
    (HTML, ServerError),
])
def test_xmlrpc_errors(url, answers, answer, error):
    answers.add(value(5)).add(answer)
    with pytest.raises(error) as caught:
        XmlRpc(url, 'db', 'key', login="bot", timeout=0.5).call('plan', {}, is_read=False)
    assert type(caught.value) is error
    assert "Traceback" not in str(caught.value)
    if error in (Refused, NotFound):
        assert str(caught.value) == "Please choose."


def test_xmlrpc_asks_once_who_we_are(url, answers):
    answers.add(value(5)).add(value({'a': 1}))
    transport = XmlRpc(url, 'db', 'key', login="bot", timeout=0.5)
    assert transport.call('get_run', {'run_id': 7}) == {'a': 1}
    transport.call('get_run', {'run_id': 8})
    assert [path for path, _headers, _data in answers.asked] == [
        '/xmlrpc/common', '/xmlrpc/object', '/xmlrpc/object']
    arguments, method = xmlrpc.client.loads(answers.asked[1][2])
    assert method == 'execute_kw'
    assert arguments == (
        'db', 5, 'key', 'dunning.remote', 'get_run', [], {'run_id': 7, 'context': {}})


def test_xmlrpc_wrong_login_and_database(url, answers):
    answers.add(value(False)).add(fault('connection failed: FATAL:  database "db" does not exist'))
    transport = XmlRpc(url, 'db', 'key', login="bot", timeout=0.5)
    with pytest.raises(AuthError):
        transport.call('get_run', {})
    with pytest.raises(NotFound, match="no database 'db'"):
        transport.call('get_run', {})


def test_a_transport_that_is_none():
    with pytest.raises(ValueError, match="none of"):
        Client("http://x", 'db', 'key', transport='telnet')
    with pytest.raises(ValueError, match="login"):
        Client("http://x", 'db', 'key', transport='xmlrpc')
