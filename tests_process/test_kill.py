"""kill -9 while sending, at each point: nothing is lost, nothing recorded as sent goes twice."""
import pytest
from lab import WorkerError, hold

#: Three letters; the process dies at the second one.
QUEUE = [1, 2, 3]
UNDECIDED = {1: 'sent', 2: 'sending', 3: 'sent'}


def name(value):
    """Return how a parameter is shown: a hold, a button, or the mails that went out."""
    if isinstance(value, str):
        return value
    if 'method' in value:
        return f"{value['when']}{value['method']}"
    return "mail" if value else "no_mail"


def kill_at(lab, point):
    """Let a sender die at a hold."""
    lab.do('plan', customers=QUEUE, is_sent=True)
    sender = lab.start('send', holds=[point]).wait_held()
    sender.kill()
    lab.wait_gone(sender)


@pytest.mark.parametrize(('point', 'mails'), [
    # all three are composed together
    (hold('_recheck', 'after', nth=2), {}),
    (hold('_compose_ahead', 'after'), {}),
    # before anything happens with the second
    (hold('_prepare_sending', nth=2), {1: 1}),
    # its document is kept
    (hold('_store_document', 'after', nth=2), {1: 1}),
    # just before the commit of `sending`
    (hold('_prepare_sending', 'after', nth=2), {1: 1}),
], ids=name)
def test_killed_before_the_letter_was_committed_as_sending(lab, point, mails):
    kill_at(lab, point)
    assert lab.states() == {
        number: 'sent' if number in mails else 'ready' for number in QUEUE}
    assert lab.mails() == mails
    lab.check()
    lab.do('send')
    assert lab.states() == dict.fromkeys(QUEUE, 'sent')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def check_undecided(lab, mails):
    """The letter is shown to the clerk, and no sender touches it, however often it comes by."""
    assert lab.states() == {1: 'sent', 2: 'sending', 3: 'ready'}
    lab.check()
    for _round in range(2):
        lab.do('send')
        assert lab.states() == UNDECIDED
        assert lab.letters()[2][2], "the clerk does not see that the fate is unknown"
        assert "may have been sent" in lab.note(2)
        assert lab.fate_activities(2) == 1
        assert lab.mails() == {1: 1, **mails, 3: 1}
    lab.check()
    # The next runs leave the customer alone until the clerk has decided.
    assert lab.do('plan', customers=[2])['omissions'] == ['pending']


AGAIN, CONFIRM = 'action_send_again', 'action_confirm_sent'


@pytest.mark.parametrize(('point', 'mails', 'button'), [
    # `sending` is committed
    (hold('_deliver', nth=2), {}, AGAIN),
    (hold('_deliver', nth=2), {}, CONFIRM),
    # the ledger was read once more
    (hold('_has_changed', 'after', nth=2), {}, AGAIN),
    # levels are written, not committed
    (hold('_set_sent', 'after', nth=2), {}, CONFIRM),
    # just before the mail server is called
    (hold('_hand_over', nth=2), {}, AGAIN),
    # the mail server has it, nothing is committed
    (hold('_hand_over', 'after', nth=2), {2: 1}, AGAIN),
    (hold('_hand_over', 'after', nth=2), {2: 1}, CONFIRM),
], ids=name)
def test_killed_between_sending_and_sent(lab, point, mails, button):
    kill_at(lab, point)
    check_undecided(lab, mails)
    decide(lab, button, mails)


@pytest.mark.parametrize('has_accepted', [False, True], ids=["refused", "accepted"])
def test_killed_while_talking_to_the_mail_server(lab, has_accepted):
    lab.do('plan', customers=QUEUE, is_sent=True)
    talk = lab.sink.hold('c2@example.com', has_accepted)
    sender = lab.start('send')
    talk.wait()
    sender.kill()
    talk.release()
    lab.wait_gone(sender)
    check_undecided(lab, {2: 1} if has_accepted else {})


def decide(lab, button, mails):
    letter_id = lab.letter_id(2)
    lab.do('press', button=button, ids=[letter_id])
    if button == 'action_confirm_sent':
        [[uid]] = lab.sql("SELECT message_uid FROM dunning_letter WHERE id = %s", letter_id)
        lab.confirmed = {uid}
    lab.do('send')
    number = mails.get(2, 0) + (button == 'action_send_again')
    assert lab.mails() == {1: 1, 3: 1, **({2: number} if number else {})}
    assert lab.states() == dict.fromkeys(QUEUE, 'sent')
    assert not lab.letters()[2][2]
    assert lab.fate_activities(2) == 0
    assert lab.sql("SELECT state FROM dunning_run WHERE state != 'planned'") == [('done',)]
    # Decided once is decided: neither button works again.
    for pressed in ('action_send_again', 'action_confirm_sent'):
        with pytest.raises(WorkerError, match="is already known"):
            lab.do('press', button=pressed, ids=[letter_id])


def test_killed_after_the_letter_was_committed_as_sent(lab):
    kill_at(lab, hold('_prepare_sending', nth=3))
    assert lab.states() == {1: 'sent', 2: 'sent', 3: 'ready'}
    lab.check()
    lab.do('send')
    assert lab.states() == dict.fromkeys(QUEUE, 'sent')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def test_letter_in_the_hands_of_a_living_process_is_not_taken_for_lost(lab):
    lab.do('plan', customers=[2], is_sent=True)
    talk = lab.sink.hold('c2@example.com', has_accepted=True)
    sender = lab.start('send')
    talk.wait()
    lab.do('send')
    assert lab.letters()[2][::2] == ['sending', False]
    talk.release()
    sender.result()
    assert lab.letters()[2][::2] == ['sent', False]
    assert lab.mails() == {2: 1}


def test_clerk_who_decides_twice_sends_once(lab):
    """Two clerks press at once: one decides, the other one is told so or changes nothing."""
    kill_at(lab, hold('_deliver', nth=2))
    lab.do('send')
    letter_id = lab.letter_id(2)
    buttons = [
        lab.start('press', button='action_send_again', ids=[letter_id], holds=[
            hold('_check_unknown', 'after')]) for _number in range(2)]
    for button in buttons:
        button.wait_held()
    buttons[0].go().result()
    with pytest.raises(WorkerError, match="is already known"):
        buttons[1].go().result()
    lab.do('send')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)
