import doctest
from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic import ladder, worklist
from ..logic.worklist import Facts, Step, judge, judge_letter

TODAY = date(2026, 3, 9)        # a Monday
LATER = date(2026, 3, 19)
YESTERDAY, WEDNESDAY = date(2026, 3, 8), date(2026, 3, 11)


def step(on=TODAY, by_itself=True, **values):
    return Step(on, by_itself, **values)


#: facts, group, code, until
CASES = [
    # A person decides, the most pressing first.
    ({'letter': 'unknown', 'is_release_requested': True}, 'decide', 'unknown', TODAY),
    ({'letter': 'failed', 'is_release_requested': True}, 'decide', 'failed', TODAY),
    ({'letter': 'to_approve', 'is_release_requested': True}, 'decide', 'release', TODAY),
    ({'letter': 'to_approve', 'is_promise_broken': True}, 'decide', 'to_approve', TODAY),
    ({'letter': 'to_print', 'step': step()}, 'decide', 'to_print', TODAY),
    ({'letter': 'bank', 'step': step(wait='bank')}, 'decide', 'bank', TODAY),
    ({'step': step(wait='bank')}, 'decide', 'bank', TODAY),
    ({'step': step(LATER, wait='bank')}, 'auto', 'auto', LATER),
    ({'step': step(obstacle=ladder.NO_ADDRESS)}, 'decide', 'no_address', TODAY),
    ({'step': step(LATER, obstacle=ladder.NO_ADDRESS)}, 'decide', 'no_address', TODAY),
    ({'reasons': {ladder.NO_POLICY: None}}, 'decide', 'no_policy', TODAY),
    ({'is_promise_broken': True, 'step': step()}, 'decide', 'broken', TODAY),
    ({'is_promise_broken': True, 'reasons': {ladder.INSTALLMENT: LATER}},
     'wait', 'installment', LATER),
    ({'has_receipt': True, 'asks': True, 'reasons': {ladder.COVERED: None}},
     'decide', 'allocate', TODAY),
    ({'has_excess': True}, 'decide', 'money_back', TODAY),
    ({'has_only_charges': True}, 'decide', 'only_charges', TODAY),
    ({'asks': True}, 'decide', 'ladder_end', TODAY),
    ({'asks': True, 'reasons': {ladder.NO_FOLLOWUP: None}}, 'decide', 'ladder_end', TODAY),
    ({'step': step(), 'is_on': False}, 'decide', 'off', TODAY),
    ({'letter': 'to_approve', 'reasons': {ladder.PAUSED: LATER}}, 'wait', 'paused', LATER),
    ({'letter': 'queued', 'reasons': {ladder.PAUSED: LATER}}, 'wait', 'paused', LATER),
    ({'letter': 'unknown', 'reasons': {ladder.PAUSED: LATER}}, 'decide', 'unknown', TODAY),
    # The nightly run does it.
    ({'letter': 'queued', 'asks': True}, 'auto', 'queued', TODAY),
    ({'step': step()}, 'auto', 'auto', TODAY),
    ({'step': step(LATER)}, 'auto', 'auto', LATER),
    ({'step': step(), 'reasons': {ladder.PROMISE: LATER}}, 'auto', 'auto', TODAY),
    # Nobody does anything yet.
    ({'step': step(LATER), 'is_on': False}, 'wait', 'later', LATER),
    ({'step': step(wait='approval')}, 'wait', 'approval', TODAY),
    ({'step': step(LATER, wait='review')}, 'wait', 'review', LATER),
    ({'step': step(by_itself=False)}, 'wait', 'by_hand', TODAY),
    ({'asks': True, 'deadline': LATER}, 'wait', 'deadline', LATER),
    ({'asks': True, 'deadline': TODAY, 'step': step(LATER)}, 'wait', 'deadline', TODAY),
    ({'asks': True, 'reasons': {ladder.PAUSED: LATER}}, 'wait', 'paused', LATER),
    ({'asks': True, 'reasons': {ladder.DISPUTE: TODAY, ladder.PROMISE: LATER}},
     'wait', 'promise', LATER),
    # What ends after the next letter is not what the letter waits for.
    ({'asks': True, 'reasons': {ladder.QUIET: date(2026, 3, 12), ladder.DISPUTE: LATER},
      'step': step(date(2026, 3, 12))}, 'wait', 'quiet', date(2026, 3, 12)),
    ({'asks': True, 'reasons': {ladder.COVERED: None}}, 'wait', 'left_out', None),
    ({'leaves_out': True}, 'wait', 'left_out', None),
    ({}, 'nothing', 'nothing', None),
]

#: The same, about days: what is over, what ends today, and runs that do not work today.
CASES_OF_DAYS = [
    ({'is_promise_broken': True, 'reasons': {ladder.INSTALLMENT: YESTERDAY}},
     'decide', 'broken', TODAY),
    ({'is_promise_broken': True, 'reasons': {ladder.INSTALLMENT: TODAY}},
     'wait', 'installment', TODAY),
    ({'is_promise_broken': True, 'reasons': {ladder.DISPUTE: None}}, 'decide', 'broken', TODAY),
    # Only what ends by itself puts a broken promise off.
    ({'is_promise_broken': True, 'reasons': {ladder.COVERED: LATER}}, 'decide', 'broken', TODAY),
    ({'letter': 'to_approve', 'reasons': {ladder.PAUSED: YESTERDAY}},
     'decide', 'to_approve', TODAY),
    ({'letter': 'to_approve', 'reasons': {ladder.PAUSED: TODAY}}, 'wait', 'paused', TODAY),
    ({'letter': 'to_approve', 'reasons': {ladder.PAUSED: None}}, 'decide', 'to_approve', TODAY),
    ({'asks': True, 'step': step()}, 'auto', 'auto', TODAY),
    ({'asks': True, 'reasons': {ladder.DISPUTE: None}}, 'wait', 'left_out', None),
    ({'asks': True, 'reasons': {ladder.DISPUTE: None, ladder.PROMISE: LATER}},
     'wait', 'promise', LATER),
    ({'asks': True, 'reasons': {ladder.BELOW_MINIMUM: LATER, ladder.DISPUTE: TODAY}},
     'wait', 'dispute', TODAY),
    # The next run works on Wednesday.
    ({'run_day': WEDNESDAY, 'step': step(WEDNESDAY, wait='bank')}, 'decide', 'bank', TODAY),
    ({'run_day': WEDNESDAY, 'step': step(LATER, wait='bank')}, 'auto', 'auto', LATER),
    ({'run_day': WEDNESDAY, 'step': step(WEDNESDAY), 'is_on': False}, 'wait', 'later', WEDNESDAY),
    ({'run_day': WEDNESDAY, 'step': step(), 'is_on': False}, 'decide', 'off', TODAY),
    ({'run_day': WEDNESDAY, 'step': step(WEDNESDAY), 'deadline': TODAY},
     'auto', 'auto', WEDNESDAY),
    ({'run_day': WEDNESDAY, 'step': step(LATER), 'deadline': TODAY}, 'wait', 'deadline', TODAY),
    # Nobody knows when a run works: today counts.
    ({'run_day': None, 'step': step(LATER), 'deadline': TODAY}, 'wait', 'deadline', TODAY),
    ({'run_day': None, 'step': step(), 'deadline': TODAY}, 'auto', 'auto', TODAY),
    ({'run_day': None, 'step': step(wait='bank')}, 'decide', 'bank', TODAY),
]


@tagged('post_install', '-at_install')
class TestWorklist(BaseCase):
    """Whose turn it is: each rule a row."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(worklist)
        self.assertTrue(attempted)
        self.assertFalse(failed)

    def test_judge(self):
        for facts, *expected in CASES + CASES_OF_DAYS:
            with self.subTest(facts):
                values = {'is_on': True, 'run_day': TODAY, **facts}
                self.assertEqual(list(judge(Facts(TODAY, **values))), expected)

    def test_letters(self):
        for values, expected in [
            ({'state': 'sent'}, None),
            ({'state': 'cancelled', 'is_bounced': True}, None),
            ({'state': 'sending', 'is_fate_unknown': True}, 'unknown'),
            ({'state': 'failed'}, 'failed'),
            ({'state': 'draft', 'needs_approval': True}, 'to_approve'),
            ({'state': 'draft', 'is_held_back': True}, 'bank'),
            ({'state': 'draft'}, 'to_review'),
            ({'state': 'ready', 'is_bounced': True, 'is_on_paper': True}, 'bounced'),
            ({'state': 'ready'}, 'to_review'),
            ({'state': 'ready', 'is_queued': True}, 'queued'),
            ({'state': 'ready', 'is_queued': True, 'is_on_paper': True}, 'to_print'),
            ({'state': 'sending', 'needs_person': True}, 'to_call'),
            ({'state': 'sending'}, 'queued'),
        ]:
            with self.subTest(values):
                self.assertEqual(judge_letter(**values), expected)

    def test_what_is_not_known_is_nothing(self):
        self.assertEqual(Step(TODAY), Step(TODAY, False, None, None))
        self.assertEqual(Facts(TODAY), Facts(
            TODAY, None, None, None, False, {}, None, False, False, False, False, False, False,
            False))

    def test_the_list_begins_with_what_is_most_pressing(self):
        tasks = [judge(Facts(TODAY, **{'is_on': True, **facts})) for facts in (
            {'letter': 'unknown'}, {'letter': 'failed'}, {'is_release_requested': True},
            {'letter': 'to_print'}, {'asks': True}, {'step': step()},
            {'reasons': {ladder.PAUSED: LATER}}, {})]
        ranks = [task.rank for task in tasks]
        self.assertEqual(ranks, sorted(ranks))
        self.assertEqual(ranks[:3] + ranks[-1:], [0, 1, 2, len(worklist.CODES) - 1])

    def test_every_code_has_its_place(self):
        codes = {code for _facts, _group, code, _until in CASES} | set(worklist.LETTER_CODES)
        self.assertLessEqual(codes, set(worklist.CODES))
        self.assertEqual(len(worklist.CODES), len(set(worklist.CODES)))
