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
