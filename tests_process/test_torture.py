"""The torture in short: some points of it, and whether its checker finds what it looks for."""
from email.message import EmailMessage
from hashlib import sha256

import pytest
import torture_point
from steps import CUSTOMERS
from torture_check import Expectation
from torture_play import play

PDF = b"%PDF the letter"


def mail(amount, uid='<1@x>', content=PDF):
    message = EmailMessage()
    message['Message-Id'] = uid
    message.set_content(f"<p>Open: € {amount:,.2f}.</p>", subtype='html')
    message.add_attachment(content, maintype='application', subtype='pdf', filename="letter.pdf")
    return message


def recorded(amount, customer=3, content=PDF, parts=(197.0,)):
    fingerprint = sha256(PDF).hexdigest()
    return (customer, amount, fingerprint, sha256(content).hexdigest(), list(parts))


def judge(mails, evidence, final=197.0, events=()):
    expected = Expectation([3], lambda customer: 200.0 - customer)
    for amount, is_certain in events:
        expected.book(3, amount, is_certain)
    return " ".join(expected.find_wrong([(3, one) for one in mails], {3: final}, evidence))


@pytest.mark.parametrize(('mails', 'evidence', 'values', 'found'), [
    ([mail(197)], {'<1@x>': recorded(197.0)}, {}, ""),
    ([], {}, {}, "lost: customer 3"),
    ([mail(197), mail(197, '<2@x>')], {'<1@x>': recorded(197.0), '<2@x>': recorded(197.0)}, {},
     "doubled: customer 3"),
    ([mail(197)], {}, {}, "not recorded as sent"),
    ([mail(196)], {'<1@x>': recorded(196.0)}, {}, "asked for 196"),
    ([mail(197)], {'<1@x>': recorded(190.0)}, {}, "recorded 190"),
    ([mail(197)], {'<1@x>': recorded(197.0, content=b"half")}, {}, "not the one that was sent"),
    ([mail(197, content=b"half")], {'<1@x>': recorded(197.0)}, {}, "not the one that was sent"),
    ([mail(197)], {'<1@x>': recorded(197.0, parts=(100.0,))}, {}, "do not carry"),
    # money that came in before must be seen, money of the same moment may be
    ([mail(147)], {'<1@x>': recorded(147.0)}, {'final': 147.0, 'events': [(50.0, True)]}, ""),
    ([mail(197)], {'<1@x>': recorded(197.0)}, {'final': 147.0, 'events': [(50.0, True)]},
     "asked for 197"),
    ([mail(197)], {'<1@x>': recorded(197.0)}, {'final': 147.0, 'events': [(50.0, False)]}, ""),
    ([mail(197)], {'<1@x>': recorded(197.0)}, {'final': 0.0, 'events': [(500.0, True)]},
     "had paid before"),
    ([], {}, {'final': 0.0, 'events': [(500.0, False)]}, ""),
])
def test_checker_finds_what_is_wrong(mails, evidence, values, found):
    faults = judge(mails, evidence, **values)
    assert found in faults
    assert bool(found) == bool(faults)


def test_point_of_a_seed_is_always_the_same():
    first = [torture_point.draw(5, number, CUSTOMERS).describe() for number in range(200)]
    assert first == [torture_point.draw(5, number, CUSTOMERS).describe() for number in range(200)]
    assert len(set(first)) == 200
    text = " ".join(first)
    for kind in ("planner killed", "sender killed", "disk", "clock -", "crash", "connections",
                 "greeting", "down", "KEPT", "second_run", "credit", "take_out"):
        assert kind in text


@pytest.mark.parametrize('number', range(1, 7))
def test_points_hold(lab, number):
    point = torture_point.draw('ci', number, CUSTOMERS)
    assert not play(lab, point), point.describe()
