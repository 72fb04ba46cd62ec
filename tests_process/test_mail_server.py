"""What the mail server does wrong: refuse, be slow, go down, die in the middle."""
import pytest

QUEUE = [1, 2, 3]


def plan(lab, **values):
    lab.do('plan', customers=QUEUE, is_sent=True, **values)


def retry(lab):
    """The clerk presses Retry on the failed letters, and the cron comes by."""
    failed = [number for number, state in lab.states().items() if state == 'failed']
    lab.do('press', button='action_retry', ids=[lab.letter_id(number) for number in failed])
    lab.do('send')


@pytest.mark.parametrize('stage', ['RCPT', 'DATA'])
def test_one_recipient_refused(lab, stage):
    lab.sink.replies[stage, 'c2@example.com'] = "550 5.1.1 No such user here"
    plan(lab)
    lab.do('send')
    assert lab.states() == {1: 'sent', 2: 'failed', 3: 'sent'}
    assert lab.mails() == {1: 1, 3: 1}
    assert "refused" in lab.note(2)
    assert "No such user here" in lab.note(2)
    lab.check()
    lab.sink.replies.clear()
    retry(lab)
    assert lab.states() == dict.fromkeys(QUEUE, 'sent')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


@pytest.mark.parametrize('trouble', ['greeting', 'sender_reply', 'down'])
def test_mail_server_refuses_everything(lab, trouble):
    plan(lab)
    if trouble == 'down':
        lab.sink.stop()
    else:
        setattr(lab.sink, trouble, "421 4.3.2 Closing for maintenance")
    lab.do('send')
    assert lab.states() == dict.fromkeys(QUEUE, 'ready')
    for number in QUEUE:
        assert ("Connection refused" if trouble == 'down' else "maintenance") in lab.note(number)
        assert ("refused:" in lab.note(number)) == (trouble != 'down')
    lab.check()
    lab.do('send')
    assert not lab.mails()
    lab.sink.start()
    lab.sink.greeting = lab.sink.sender_reply = None
    lab.do('send')                            # too early: the pause is not over
    assert not lab.mails()
    lab.do('press', button='action_send', ids=[lab.letter_id(number) for number in QUEUE])
    lab.do('send')
    assert lab.states() == dict.fromkeys(QUEUE, 'sent')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def test_slow_mail_server(lab):
    lab.sink.delays['c2@example.com'] = 2
    plan(lab)
    lab.do('send')
    assert lab.states() == dict.fromkeys(QUEUE, 'sent')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def test_connection_lost_after_the_mail_was_handed_over(lab):
    lab.sink.replies['DATA', 'c2@example.com'] = 'drop'
    plan(lab)
    lab.do('send')
    assert lab.states() == {1: 'sent', 2: 'sending', 3: 'sent'}
    assert lab.letters()[2][2]
    assert lab.fate_activities(2) == 1
    lab.check()
    lab.sink.replies.clear()
    lab.do('send')
    assert lab.mails() == {1: 1, 3: 1}
    lab.do('press', button='action_send_again', ids=[lab.letter_id(2)])
    lab.do('send')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def test_connection_lost_before_the_mail_was_handed_over(lab):
    """Whatever is made of it, nothing goes out twice and nobody believes it went out."""
    lab.sink.replies['RCPT', 'c2@example.com'] = 'drop'
    plan(lab)
    lab.do('send')
    assert lab.states()[1] == lab.states()[3] == 'sent'
    assert lab.states()[2] == 'failed' or lab.letters()[2][2]
    lab.sink.replies.clear()
    lab.do('send')
    assert lab.mails() == {1: 1, 3: 1}


def test_error_after_the_mail_was_accepted(lab):
    """A defect between the mail server's yes and our commit is no reason to send again."""
    plan(lab)
    lab.do('send_with_defect', method='_hand_over')
    lab.do('send')
    assert lab.states() == dict.fromkeys(QUEUE, 'sending')
    assert all(is_unknown for _state, _total, is_unknown in lab.letters().values())
    assert lab.mails() == dict.fromkeys(QUEUE, 1)
