"""One bad customer fails alone, with a reason a clerk understands; the others get their letters."""
import pytest

QUEUE = [1, 2, 3]


@pytest.mark.parametrize(('values', 'reason'), [
    ({'subject': "Letter {{ object.no_such_field }}"}, "no_such_field"),
    ({'body_html': '<p>Please pay <t t-out="object.no_such_field"/>.</p>'}, "no_such_field"),
    ({'letter_text': '<p>Please pay <t t-out="object.no_such_field"/>.</p>'}, "no_such_field"),
], ids=["subject", "mail", "letter"])
def test_broken_template(lab, values, reason):
    lab.do('break_policy', customer=2, values=values)
    lab.do('plan', customers=QUEUE, is_sent=True)
    lab.do('send')
    assert lab.states() == {1: 'sent', 2: 'failed', 3: 'sent'}
    assert reason in lab.note(2)
    assert lab.mails() == {1: 1, 3: 1}
    # Repaired, it goes.
    repaired = {key: "Dear customer" for key in values}
    [[level]] = lab.sql("SELECT level_id FROM dunning_letter WHERE id = %s", lab.letter_id(2))
    lab.do('change', model='dunning.level', ids=[level], values=repaired)
    lab.do('press', button='action_retry', ids=[lab.letter_id(2)])
    lab.do('send')
    assert lab.mails() == dict.fromkeys(QUEUE, 1)


def test_invalid_address(lab):
    lab.do('plan', customers=QUEUE, is_sent=True)
    lab.do('change', model='dunning.letter', ids=[lab.letter_id(2)], values={'email': "no address"})
    lab.do('send')
    assert lab.states() == {1: 'sent', 2: 'failed', 3: 'sent'}
    assert "e-mail address" in lab.note(2)


def test_defect_in_the_program(lab):
    """An unexpected exception: the letter fails, the rest goes, the scheduler counts a failure."""
    lab.do('plan', customers=QUEUE, is_sent=True)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        lab.do('send_with_defect', method='_recheck', customer=2)
    assert lab.states() == {1: 'sent', 2: 'failed', 3: 'sent'}
    assert "administrator" in lab.note(2)
    assert lab.mails() == {1: 1, 3: 1}
