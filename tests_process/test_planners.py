"""Planning is done by one process at a time per company; whatever slips through is sent once."""
import pytest
from lab import WorkerError, hold

TWO = [1, 2]


def test_second_planner_is_told_to_wait(lab):
    first = lab.start('plan', customers=TWO, holds=[
        hold('_plan', 'after', model='dunning.run')]).wait_held()
    with pytest.raises(WorkerError, match="Another run of Muster GmbH is being planned") as refusal:
        lab.do('plan', customers=TWO)
    assert refusal.value.name == 'LockError'       # a UserError
    assert first.go().result()['letters'] == 2
    later = lab.do('plan', customers=TWO)
    assert later['letters'] == 0
    assert set(later['omissions']) == {'pending'}


def test_two_planners_started_at_once(lab):
    planners = [
        lab.start('plan', customers=TWO, is_sent=True, holds=[hold('_plan', model='dunning.run')])
        for _number in range(2)]
    for planner in planners:
        planner.wait_held()              # both transactions have read the database as it was
    for planner in planners:
        planner.go()
    refused = 0
    for planner in planners:
        try:
            planner.result()
        except WorkerError as error:
            assert "is being planned" in error.message
            refused += 1
    assert refused <= 1
    for _round in range(2):
        lab.do('send')
    assert lab.mails() == {1: 1, 2: 1}
    assert lab.sql("SELECT count(*) FROM dunning_letter WHERE state = 'sent'") == [(2,)]


def test_planner_with_an_old_view_of_the_database(lab):
    """The second planner began before the first one committed, and gets the lock after it."""
    second = lab.start('plan', customers=TWO, is_sent=True, holds=[
        hold('_plan', model='dunning.run')]).wait_held()
    lab.do('plan', customers=TWO, is_sent=True)
    lab.do('send')
    second.go().result()
    lab.do('send')
    assert lab.mails() == {1: 1, 2: 1}
    assert lab.sql("SELECT count(*) FROM dunning_letter WHERE state = 'sent'") == [(2,)]
    assert not lab.sql("SELECT 1 FROM dunning_letter WHERE state NOT IN ('sent', 'cancelled')")


def test_planner_of_the_same_run_pressed_twice(lab):
    run = lab.do('new_run')
    first = lab.start('press', button='action_plan', ids=[run], model='dunning.run', holds=[
        hold('_plan', 'after', model='dunning.run')]).wait_held()
    with pytest.raises(WorkerError, match="is being planned"):
        lab.do('press', button='action_plan', ids=[run], model='dunning.run')
    first.go().result()
    with pytest.raises(WorkerError, match="already planned"):
        lab.do('press', button='action_plan', ids=[run], model='dunning.run')
    assert lab.sql("SELECT count(*) FROM dunning_letter") == [(20,)]


def test_killed_planner_leaves_nothing(lab):
    planner = lab.start('plan', customers=TWO, holds=[
        hold('_plan', 'after', model='dunning.run')]).wait_held()
    planner.kill()
    lab.wait_gone(planner)
    assert lab.sql("SELECT count(*) FROM dunning_run") == [(0,)]
    assert lab.do('plan', customers=TWO)['letters'] == 2
