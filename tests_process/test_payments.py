"""Money booked while letters are on their way: no letter asks for what was settled."""
import re

import pytest
from lab import hold

#: Customer n owes 200 - n.
OWED = 199.0
#: Points after the letter was committed as `sending`, before it went out.
LATE = [hold('_deliver'), hold('_has_changed', 'after')]


def name(point):
    return f"{point['when']}{point['method']}"


def amounts(lab):
    """Return the amounts named in the mails."""
    return [
        re.search(r'Open:\D*([\d,]+\.\d\d)', mail.get_body(('html',)).get_content())[1]
        for mail in lab.sink.mails]


@pytest.fixture
def run(lab):
    return lab.do('plan', customers=[1], is_sent=True)['run']


@pytest.mark.parametrize('part', [None, 60.0], ids=["whole", "part"])
def test_paid_between_planning_and_sending(lab, run, part):
    lab.do('pay', customer=1, amount=part)
    lab.do('send')
    check_asked(lab, part)


def check_asked(lab, paid):
    """After a payment: the letter asks for the rest, or is cancelled."""
    if paid is None:
        assert lab.states() == {1: 'cancelled'}
        assert not lab.mails()
    else:
        state, total, _unknown = lab.letters()[1]
        assert (state, round(total, 2)) == ('sent', OWED - paid)
        assert lab.mails() == {1: 1}
        assert amounts(lab) == [f'{OWED - paid:.2f}']


@pytest.mark.parametrize('part', [None, 60.0], ids=["whole", "part"])
@pytest.mark.parametrize('point', LATE, ids=name)
def test_paid_between_reading_and_handing_over(lab, run, point, part):
    sender = lab.start('send', holds=[point]).wait_held()
    assert lab.states() == {1: 'sending'}
    lab.do('pay', customer=1, amount=part)
    sender.go().result()
    assert not lab.mails()
    lab.do('send')
    check_asked(lab, part)


@pytest.mark.parametrize('part', [None, 60.0], ids=["whole", "part"])
def test_paid_between_composing_and_claiming(lab, run, part):
    sender = lab.start('send', holds=[hold('_compose_ahead', 'after')]).wait_held()
    lab.do('pay', customer=1, amount=part)
    sender.go().result()
    assert not lab.mails()
    lab.do('send')
    check_asked(lab, part)


@pytest.mark.parametrize('is_kept', [True, False], ids=["commit", "rollback"])
@pytest.mark.parametrize('point', LATE, ids=name)
def test_payment_being_booked_while_levels_are_written(lab, run, point, is_kept):
    sender = lab.start('send', holds=[point]).wait_held()
    payment = lab.start('pay', customer=1, holds=[
        hold('_create_payments', 'after', model='account.payment.register')]).wait_held()
    sender.go()
    lab.wait_blocked(sender)             # the sender waits for the item
    if is_kept:
        payment.go().result()
    else:
        payment.kill()
    sender.result()
    lab.do('send')
    if is_kept:
        check_asked(lab, None)
    else:
        assert lab.states() == {1: 'sent'}
        assert lab.mails() == {1: 1}
        assert amounts(lab) == [f'{OWED:.2f}']


def test_payment_that_comes_during_the_hand_over_waits(lab, run):
    sender = lab.start('send', holds=[hold('_hand_over', 'after')]).wait_held()
    payment = lab.start('pay', customer=1)
    lab.wait_blocked(payment)
    sender.go().result()
    payment.result()                     # the request was tried again
    assert lab.states() == {1: 'sent'}
    assert lab.mails() == {1: 1}
    assert lab.sql("SELECT payment_state FROM account_move WHERE move_type = 'out_invoice' "
                   "AND partner_id = (SELECT partner_id FROM dunning_letter)") in (
                       [('paid',)], [('in_payment',)])


def test_one_of_two_items_paid_in_the_last_moment(lab):
    lab.do('invoice', customer=1, amount=50.0)
    lab.do('plan', customers=[1], is_sent=True)
    sender = lab.start('send', holds=[hold('_set_sent')]).wait_held()
    lab.do('pay', customer=1)            # the older one, of 199
    sender.go().result()
    lab.do('send')
    assert lab.letters()[1] == ['sent', 50.0, False]
    assert amounts(lab) == ['50.00']
    assert sorted(lab.sql("SELECT state FROM dunning_letter_line")) == [('dropped',), ('sent',)]


@pytest.mark.parametrize('point', [hold('_deliver'), hold('_has_changed')], ids=name)
def test_credit_note_in_the_last_moment(lab, run, point):
    """Nothing is reconciled, but the credit of the customer counts."""
    sender = lab.start('send', holds=[point]).wait_held()
    lab.do('credit_note', customer=1, amount=40.0)
    sender.go().result()
    lab.do('send')
    assert lab.letters()[1][:2] == ['sent', 159.0]
    assert amounts(lab) == ['159.00']


def test_invoice_reset_to_draft_in_the_last_moment(lab, run):
    sender = lab.start('send', holds=[hold('_set_sent')]).wait_held()
    lab.do('reset_to_draft', customer=1)
    sender.go().result()
    lab.do('send')
    assert lab.states() == {1: 'cancelled'}
    assert not lab.mails()


def test_payment_while_another_sender_is_busy_harms_nobody(lab):
    """Only the letter in conflict is put back; the others of the round go out."""
    lab.do('plan', customers=[1, 2, 3], is_sent=True)
    sender = lab.start('send', holds=[hold('_set_sent', nth=2)]).wait_held()
    lab.do('pay', customer=2)
    sender.go().result()
    assert lab.states() == {1: 'sent', 2: 'ready', 3: 'sent'}
    lab.check()
    lab.do('send')
    assert lab.states() == {1: 'sent', 2: 'cancelled', 3: 'sent'}
    assert lab.mails() == {1: 1, 3: 1}
