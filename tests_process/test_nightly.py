"""The nightly run, started twice: one run per company and day."""
from lab import hold

QUEUE = [1, 2, 3]


def activate(lab):
    """Turn automatic dunning on, in a company with few customers in arrears."""
    lab.sql("UPDATE account_move_line SET no_followup = true WHERE partner_id NOT IN ("
            "SELECT id FROM res_partner WHERE email IN "
            "('c1@example.com', 'c2@example.com', 'c3@example.com'))")
    lab.do('change', model='res.company', ids=[1], values={'dunning_active': True})


def check_one_run(lab):
    assert lab.sql("SELECT count(*) FROM dunning_run WHERE is_automatic") == [(1,)]
    lab.do('send')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)
    assert lab.sql("SELECT count(*) FROM dunning_letter") == [(len(QUEUE),)]


def test_started_twice_at_once(lab):
    activate(lab)
    first = lab.start('nightly', holds=[hold('_plan', model='dunning.run')]).wait_held()
    second = lab.start('nightly')
    lab.wait_blocked(second)             # both found no run of today; the index holds the second
    first.go().result()
    second.result()                      # no complaint: what it was to do is done
    check_one_run(lab)


def test_both_looked_before_either_wrote(lab):
    activate(lab)
    both = [lab.start('nightly', holds=[hold('_run_automatically', model='dunning.run')])
            for _number in range(2)]
    for nightly in both:
        nightly.wait_held()
    for nightly in both:
        nightly.go().result()
    check_one_run(lab)


def test_started_again_later(lab):
    activate(lab)
    for _number in range(2):
        lab.do('nightly')
    check_one_run(lab)
    lab.do('nightly')
    check_one_run(lab)


def test_killed_and_started_again(lab):
    activate(lab)
    nightly = lab.start('nightly', holds=[
        hold('_ask_for_review', model='dunning.run')]).wait_held()
    nightly.kill()
    lab.wait_gone(nightly)
    assert lab.sql("SELECT count(*) FROM dunning_run") == [(0,)]
    lab.do('nightly')
    check_one_run(lab)


def test_planned_by_hand_at_the_same_moment(lab):
    """A clerk plans while the nightly run does: no customer is in both to the end."""
    activate(lab)
    clerk = lab.start('plan', is_sent=True, holds=[
        hold('_plan', 'after', model='dunning.run')]).wait_held()
    lab.do('nightly')                    # told to wait: nothing planned, tomorrow is a day too
    clerk.go().result()
    lab.do('nightly')
    lab.do('send')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def test_nothing_is_planned_while_switched_off(lab):
    lab.do('nightly')
    assert lab.sql("SELECT count(*) FROM dunning_run") == [(0,)]


def test_switching_off_stops_letters_on_their_way(lab):
    activate(lab)
    lab.do('nightly')
    lab.do('change', model='res.company', ids=[1], values={'dunning_active': False})
    lab.do('send')
    assert not lab.mails()
