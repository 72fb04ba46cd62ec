from odoo.tests import tagged

from .common import day
from .installment_common import InstallmentCommon

from freezegun import freeze_time  # isort: skip


@tagged('post_install', '-at_install')
class TestInstallmentNotice(InstallmentCommon):
    """A plan of a consumer does not end by itself: two instalments, a notice, then a person."""

    def setUp(self):
        super().setUp()
        self.policy.installment_by_notice = True
        self.invoice = self._invoice(due=day(-20), amount=400.0)

    def _at(self, offset):
        with freeze_time(day(offset)):
            self._night()

    def test_one_missing_instalment_ends_nothing(self):
        with freeze_time(day(0)):
            plan = self._plan_parts()
        self._at(16)
        self.assertEqual(plan.state, 'active')
        self.assertFalse(plan.activity_ids)
        with freeze_time(day(16)):
            self.assertFalse(self._plan(day(16)).letter_ids)

    def test_two_missing_instalments_ask_for_the_notice_once(self):
        with freeze_time(day(0)):
            plan = self._plan_parts()
        for offset in (23, 24):
            self._at(offset)
        self.assertEqual(plan.state, 'active')
        self.assertIn("two more weeks in writing", plan.activity_ids.note)
        with self.subTest("it is paid after all"), freeze_time(day(25)):
            self._pay(self.invoice, 200.0, on=day(25))
            self._night()
            self.assertFalse(plan.activity_ids)
            self.assertEqual(plan.state, 'active')

    def test_who_has_done_it_is_asked_again_for_the_next_part_only(self):
        with freeze_time(day(0)):
            plan = self._plan_parts()                   # due on days 10, 17, 24, 31
        self._at(23)
        self.assertIn("with 2 instalments, since", plan.activity_ids.note)
        plan.activity_ids.action_feedback()
        for offset in (23, 24, 26):
            self._at(offset)
            self.assertFalse(plan.activity_ids, offset)
        self._at(30)
        self.assertIn("with 3 instalments, since", plan.activity_ids.note)
        plan.activity_ids.action_feedback()
        self._at(31)
        self.assertFalse(plan.activity_ids)

    def test_one_missing_instalment_is_not_called_two(self):
        with freeze_time(day(0)):
            plan = self._plan_parts()
            self._pay(self.invoice, 300.0, on=day(0))
        self._at(40)
        self.assertIn("with the last instalment, since", plan.activity_ids.note)
        self.assertNotIn("two instalments", plan.activity_ids.note)
        self.assertEqual(plan.state, 'active')

    def test_the_person_ends_it(self):
        with freeze_time(day(0)):
            plan = self._plan_parts()
        self._at(23)
        with freeze_time(day(40)):
            plan.with_user(self.clerk).action_cancel()
            self.assertEqual(plan.state, 'cancelled')
            self.assertTrue(self._plan(day(40)).letter_ids)

    def test_the_agreement_says_so(self):
        self.assertFalse(self.env.ref('smart_dunning.dunning_policy_business').installment_by_notice)
        self.assertTrue(self.env.ref('smart_dunning.dunning_policy_consumer').installment_by_notice)
        with freeze_time(day(0)):
            plan = self._plan_parts()
        self.policy.installment_by_notice = False       # it stays as agreed
        text = " ".join(plan._get_terms_texts())
        self.assertIn("two instalments in a row", text)
        self.assertNotIn("without further notice", text)
