"""Two clerks hand over the same customer at the same moment: it is done once."""
import pytest
from lab import WorkerError, hold

CASE = 'dunning.handover'
GIVEN = hold('_give_away', 'after', model=CASE)
CLAIMED = hold('_make_lines', 'after', model=CASE)


def test_one_case_leaves_once(lab):
    """Who comes second is refused, and nothing is told or packed twice."""
    lab.do('overdue', customer=1, amount=300.0)
    case = lab.do('propose_handover', customer=1)
    first = lab.start(
        'press', button='action_hand_over', ids=[case], model=CASE, holds=[GIVEN]).wait_held()
    second = lab.start('press', button='action_hand_over', ids=[case], model=CASE)
    with pytest.raises(WorkerError, match="Somebody else is changing"):
        second.result()
    first.go().result()
    assert lab.sql("SELECT state FROM dunning_handover") == [('handed_over',)]
    assert lab.sql("SELECT kind FROM dunning_pause WHERE active") == [('handover',)]
    assert lab.sql(
        "SELECT count(*) FROM ir_attachment WHERE res_model = 'dunning.handover' "
        "AND mimetype = 'application/zip'") == [(1,)]


def test_one_item_belongs_to_one_case(lab):
    """Two drafts about the same item: the database keeps one."""
    lab.do('overdue', customer=1, amount=300.0)
    first = lab.start('draft_handover', customer=1, holds=[CLAIMED]).wait_held()
    second = lab.start('draft_handover', customer=1)
    lab.wait_blocked(second)
    case = first.go().result()
    with pytest.raises(WorkerError, match="part of"):
        second.result()
    assert lab.sql("SELECT handover_id FROM dunning_handover_line WHERE is_current") == [(case,)]
