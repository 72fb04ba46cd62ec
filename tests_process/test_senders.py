"""Any number of processes may send at once: each letter goes out once, each item steps once."""
import pytest
from lab import hold

ALL = range(1, 21)


def test_two_senders_share_one_queue(lab):
    lab.do('plan', is_sent=True)
    senders = [lab.start('send', holds=[hold('_cron_send')])
               for _number in range(2)]
    for sender in senders:
        sender.wait_held()
    for sender in senders:
        sender.go()
    for sender in senders:
        sender.result()
    assert lab.mails() == dict.fromkeys(ALL, 1)
    assert lab.states() == dict.fromkeys(ALL, 'sent')
    assert lab.sql("SELECT state FROM dunning_run") == [('done',)]


@pytest.mark.parametrize('points', [
    (hold('_compose_ahead', 'after'), hold('_deliver')),
    (hold('_prepare_sending', 'after', nth=3), hold('_hand_over', 'after', nth=2)),
    (hold('_set_sent', 'after'), hold('_hand_over', nth=2)),
], ids=lambda points: '_'.join(point['method'] for point in points))
def test_four_senders_two_of_which_are_killed(lab, points):
    """What the dead held goes out once, if it was not claimed; the others never wait for them."""
    lab.do('plan', is_sent=True)
    dead = [lab.start('send', holds=[point]).wait_held() for point in points]
    alive = [lab.start('send', holds=[hold('_cron_send')]) for _number in range(2)]
    for sender in alive:
        sender.wait_held().go()
    for sender in dead:
        sender.kill()
        lab.wait_gone(sender)
    for sender in alive:
        sender.result()
    lab.do('send')
    unknown = {number for number, letter in lab.letters().items() if letter[2]}
    assert len(unknown) <= 2
    assert lab.states() == {
        number: 'sending' if number in unknown else 'sent' for number in ALL}
    mails = lab.mails()
    assert {number: mails[number] for number in ALL if number not in unknown} == dict.fromkeys(
        set(ALL) - unknown, 1)
    # Clerks look at the mail server, and decide.
    lab.do('recover', accepted=[mail['Message-Id'] for mail in lab.sink.mails])
    assert lab.states() == dict.fromkeys(ALL, 'sent')
    assert lab.mails() == dict.fromkeys(ALL, 1)


def test_each_sender_takes_bundles_that_nobody_has(lab):
    lab.do('plan', is_sent=True)
    first = lab.start('send', holds=[hold('_compose_ahead', 'after')]).wait_held()
    second = lab.start('send', holds=[hold('_compose_ahead', 'after')]).wait_held()
    # Both have ten of the twenty: a third one finds nothing, and waits for nobody.
    lab.do('send')
    assert lab.states() == dict.fromkeys(ALL, 'ready')
    for sender in (first, second):
        sender.go().result()
    assert lab.mails() == dict.fromkeys(ALL, 1)


def test_the_scheduler_runs_one_sender_at_a_time(lab):
    lab.do('plan', customers=[1], is_sent=True)
    first = lab.start('send_by_scheduler', holds=[hold('_deliver')]).wait_held()
    second = lab.start('send_by_scheduler')
    with pytest.raises(Exception, match="already executing"):
        second.result()
    first.go().result()
    assert lab.mails() == {1: 1}


def test_two_runs_with_the_same_items_sent_by_two_processes(lab):
    customers = [1, 2, 3, 4, 5, 6]
    runs = [lab.do('plan', customers=customers, days=days, is_sent=True)['run']
            for days in (1, 0)]          # a preview for tomorrow is not in the way of today's run
    assert lab.states(runs[0]) == lab.states(runs[1]) == dict.fromkeys(customers, 'ready')
    senders = [lab.start('send', holds=[hold('_cron_send')]) for _number in range(2)]
    for sender in senders:
        sender.wait_held()
    for sender in senders:
        sender.go()
    for sender in senders:
        sender.result()
    lab.do('send')
    assert lab.mails() == dict.fromkeys(customers, 1)
    assert dict(lab.sql("SELECT state, count(*) FROM dunning_letter GROUP BY state")) == {
        'sent': len(customers), 'cancelled': len(customers)}
    assert lab.sql("SELECT DISTINCT state FROM dunning_run") == [('done',)]


@pytest.mark.parametrize('point', [
    hold('_recheck', 'after'), hold('_compose_ahead', 'after'),
    hold('_prepare_sending', 'after'), hold('_deliver'),
    hold('_set_sent', 'after'), hold('_hand_over', 'after')], ids=lambda point: (
        f"{point['when']}{point['method']}"))
def test_second_letter_of_a_customer_waits_for_the_first(lab, point):
    for days in (1, 0):
        lab.do('plan', customers=[1], days=days, is_sent=True)
    first = lab.start('send', holds=[point]).wait_held()
    # Another process comes by at this point: the customer is taken, it leaves him alone.
    lab.do('send')
    assert lab.unknown_count() == 0
    first.go().result()
    lab.do('send')
    assert lab.mails() == {1: 1}
    assert sorted(lab.sql("SELECT state FROM dunning_letter")) == [('cancelled',), ('sent',)]


def test_unique_index_stands_where_locks_fail(lab):
    """Even without the lock on the customer the second letter is refused before it leaves."""
    for days in (1, 0):
        lab.do('plan', customers=[1], days=days, is_sent=True)
    first = lab.start('send_one', position=0, holds=[hold('_store_document', 'after')])
    second = lab.start('send_one', position=1, holds=[hold('_store_document', 'after')])
    first.wait_held(), second.wait_held()
    first.go().result()
    second.go().result()
    assert lab.mails() == {1: 1}
    assert sorted(lab.sql("SELECT state FROM dunning_letter")) == [('cancelled',), ('sent',)]


@pytest.fixture
def composed(lab):
    """A sender that has composed three letters and claimed none."""
    lab.do('plan', customers=[1, 2, 3], is_sent=True)
    return lab.start('send', holds=[hold('_compose_ahead', 'after')]).wait_held()


def test_letter_taken_out_after_it_was_composed(lab, composed):
    lab.do('press', button='action_take_out', ids=[lab.letter_id(2)])
    composed.go().result()
    assert lab.states() == {1: 'sent', 2: 'cancelled', 3: 'sent'}
    assert lab.mails() == {1: 1, 3: 1}


@pytest.mark.parametrize('values', [{'email': "new@example.com"}, {'channel': 'print'}], ids=str)
def test_letter_changed_after_it_was_composed(lab, composed, values):
    lab.do('change', model='dunning.letter', ids=[lab.letter_id(2)], values=values)
    composed.go().result()
    is_printed = 'channel' in values
    assert lab.states() == {1: 'sent', 2: 'ready' if is_printed else 'sent', 3: 'sent'}
    assert sorted(mail['To'].split('<')[1] for mail in lab.sink.mails) == [
        'c1@example.com>', 'c3@example.com>', *([] if is_printed else ['new@example.com>'])]


def test_automatic_dunning_switched_off_after_letters_were_composed(lab):
    """What is composed is not sent: the switch stops all automatic sending at once."""
    lab.do('plan', customers=[1, 2, 3], is_sent=True)
    lab.do('change', model='res.company', ids=[1], values={'dunning_active': True})
    lab.sql("UPDATE dunning_run SET is_automatic = true, is_released = false")
    lab.sql("UPDATE dunning_letter SET is_released = false")
    sender = lab.start('send', holds=[hold('_prepare_sending', nth=2)]).wait_held()
    lab.do('change', model='res.company', ids=[1], values={'dunning_active': False})
    sender.go().result()
    assert lab.states() == {1: 'sent', 2: 'sent', 3: 'ready'}
