"""Two people agree on something with the same customer at the same moment."""
import pytest
from lab import WorkerError, hold

PLAN = 'dunning.installment.plan'
CHECKED = hold('_check_terms', 'after', model=PLAN)
LOCK = hold('_lock_customer', model=PLAN)
LOCKED = hold('_lock_customer', 'after', model=PLAN)


@pytest.fixture
def two_plans(lab):
    """Two plans about the same item, neither agreed yet."""
    lab.do('overdue', customer=1, amount=300.0)
    return [lab.do('draft_plan', customer=1) for _number in range(2)]


def plan_states(lab, *ids):
    return [lab.sql("SELECT state FROM dunning_installment_plan WHERE id = %s", each)[0][0]
            for each in ids]


def confirm(lab, plan, holds=()):
    return lab.start('press', button='action_confirm', ids=[plan], model=PLAN, holds=holds)


@pytest.mark.parametrize('point', [LOCK, LOCKED, CHECKED], ids=['before', 'locked', 'checked'])
def test_two_plans_about_the_same_items(lab, two_plans, point):
    first = confirm(lab, two_plans[0], [point]).wait_held()
    second = confirm(lab, two_plans[1], [LOCK]).wait_held()
    second.go()
    if point is LOCK:
        second.result()                # the first has taken nothing yet
        with pytest.raises(WorkerError, match="the same items"):
            first.go().result()
        assert plan_states(lab, *two_plans) == ['draft', 'active']
        return
    lab.wait_blocked(second)
    first.go().result()
    with pytest.raises(WorkerError, match="the same items"):
        second.result()
    assert plan_states(lab, *two_plans) == ['active', 'draft']


def start_together(lab, step, model, amounts, **values):
    """Let several people record at the same moment; return the workers, when all have begun."""
    point = hold('_lock_customer', model=model)
    workers = [
        lab.start(step, holds=[point], amount=amount, **values).wait_held() for amount in amounts]
    for worker in workers:
        worker.go()
    return workers


def test_five_promises_at_once(lab):
    """The policy allows two of an item: the second replaces the first, three come too late."""
    lab.do('overdue', customer=1, amount=300.0)
    promises, refused = [], []
    for worker in start_together(
            lab, 'promise', 'dunning.promise', (10.0, 20.0, 30.0, 40.0, 50.0), customer=1):
        try:
            promises.append(worker.result())
        except WorkerError as error:
            refused.append(str(error))
    assert len(refused) == 3
    assert all("promised 2 times already" in text for text in refused)
    states = dict(lab.sql("SELECT id, state FROM dunning_promise"))
    assert sorted(states) == sorted(promises)
    assert sorted(states.values()) == ['open', 'replaced']
    assert lab.sql(
        "SELECT promise.state FROM dunning_pause pause JOIN dunning_promise promise "
        "ON promise.id = pause.promise_id WHERE pause.active") == [('open',)]


def test_four_disputes_of_an_invoice_at_once(lab):
    invoice = lab.do('overdue', customer=1, amount=300.0)
    refused = []
    for worker in start_together(
            lab, 'dispute', 'dunning.dispute', (10.0, 20.0, 30.0, 40.0), move=invoice):
        try:
            worker.result()
        except WorkerError as error:
            refused.append(str(error))
    assert len(refused) == 3
    assert all("disputed already" in text for text in refused)
    assert lab.sql("SELECT count(*) FROM dunning_dispute") == [(1,)]
    assert lab.sql("SELECT count(*) FROM dunning_pause WHERE active") == [(1,)]
