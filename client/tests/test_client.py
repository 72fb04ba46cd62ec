"""What the methods send, and make of the answers."""

import base64
import json
from datetime import date

import pytest
from smart_dunning_client import Client, DunningError
from smart_dunning_client.records import Status, build

RUN = {
    'id': 7, 'name': "DR/7", 'company': "Muster", 'date': "2026-12-01", 'state': 'planned',
    'is_automatic': False, 'letters': 3, 'open': 3, 'to_approve': 0, 'to_print': 0, 'failed': 0,
    'sent': 0, 'left_out': 1, 'amount': 10.5, 'currency': "EUR", 'note': ""}


@pytest.fixture
def client(url):
    with Client(url, 'db', 'key', company="Muster", timeout=2) as found:
        yield found


def sent(answers, number=-1):
    return json.loads(answers.asked[number][2])


def test_days_become_dates(client, answers):
    answers.add({**RUN, 'something_new': 1})
    run = client.run(7)
    assert (run.id, run.date, run.amount) == (7, date(2026, 12, 1), 10.5)
    assert sent(answers) == {'run_id': 7, 'company': "Muster", 'context': {}}


def test_what_is_within_becomes_records():
    status = build(Status, {
        'company_id': 1, 'company': "Muster", 'is_active': True, 'last_run': RUN,
        'waiting': {'to_approve': 1, 'to_print': 0, 'failed': 0, 'unknown': 0},
        'bank_date': False, 'bank_days': -1, 'alarms': [{'code': 'x', 'text': "y"}]})
    assert (status.last_run.name, status.bank_date, status.alarms[0].text) == ("DR/7", None, "y")
    assert build(Status, {**status.__dict__, 'last_run': False, 'waiting': None,
                          'alarms': []}).last_run is None


def test_each_change_has_a_key_of_its_own(client, answers):
    answers.add(RUN)
    client.plan(date(2026, 12, 1))
    client.plan()
    client.plan(key="mine")
    keys = [sent(answers, number)['call_key'] for number in range(3)]
    assert keys[0] != keys[1] and keys[2] == "mine"
    assert sent(answers, 0)['date'] == "2026-12-01"
    assert 'date' not in sent(answers, 1)


def test_all_pages_are_fetched(client, answers):
    row = {'id': 1, 'customer_id': 1, 'customer': "A", 'company': "M", 'amount': 1.0,
           'currency': "EUR", 'state': 'open', 'state_name': "Open", 'invoices': "", 'note': "",
           'date': "2026-12-01", 'date_made': "2026-11-01", 'paid': 0.0, 'said_by': ""}
    answers.add({'total': 1001, 'promises': [row] * 1000}).add({'total': 1001, 'promises': [row]})
    assert len(client.promises()) == 1001
    assert [(sent(answers, number)['limit'], sent(answers, number)['offset'])
            for number in range(2)] == [(1000, 0), (1000, 1000)]
    assert len(client.promises(limit=1)) == 1
    assert sent(answers)['limit'] == 1


def test_pdfs_travel_fifty_at_a_time(client, answers):
    answers.add([{'id': 1, 'name': "a.pdf", 'pdf': base64.b64encode(b"%PDF").decode(),
                  'why': ""}])
    assert [pdf.content for pdf in client.pdfs(range(51))] == [b"%PDF"] * 2
    assert [len(sent(answers, number)['letter_ids']) for number in range(2)] == [50, 1]


def test_waiting_ends_when_all_is_sent(client, answers):
    answers.add(RUN).add({**RUN, 'open': 2, 'to_print': 1}).add(
        {**RUN, 'open': 1, 'to_print': 1, 'sent': 2})
    seen, pauses = [], []
    run = client.wait(7, progress=seen.append, sleep=pauses.append)
    assert (run.sent, len(seen), pauses) == (2, 3, [2.0, 2.0])


def test_waiting_ends_some_time(client, answers):
    answers.add(RUN)
    times = iter([0.0, 1.0, 11.0])
    with pytest.raises(DunningError, match="not ended"):
        client.wait(7, timeout=10, sleep=lambda _pause: None, clock=lambda: next(times))
