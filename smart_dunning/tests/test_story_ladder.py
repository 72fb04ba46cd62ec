from .common import DunningCommon, day


class TestStoryLadder(DunningCommon):
    """One invoice on its way through all levels, and what may come in between."""

    def test_invoice_climbs_level_by_level(self):
        invoice = self._invoice(due=day(10))
        for on, level in (
            (6, None), (7, "Before due"), (9, None), (10, None), (16, None), (17, "Reminder"),
            (30, None), (31, "First"), (44, None), (45, "Last"), (90, None),
        ):
            with self.subTest(day=on):
                run = self._run(day(on))
                self.assertEqual(run.letter_ids.level_id.name or None, level)
                if level:
                    self.assertEqual(run.letter_ids.state, 'sent')
                    self.assertEqual(run.state, 'done')
                    self.assertEqual(invoice.dunning_level_id.name, level)
                    self.assertEqual(self._terms(invoice).dunning_date, day(on))

    def test_old_item_starts_at_the_first_level(self):
        self._invoice(due=day(-200))
        run = self._run(day(0))
        self.assertEqual(run.letter_ids.level_id.name, "Reminder")
        self.assertFalse(self._run(day(1)).letter_ids)

    def test_paid_between_planning_and_sending(self):
        paid, open_one = self._invoice(due=day(-20)), self._invoice(due=day(-20), amount=50.0)
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.amount_total, 150.0)
        self._pay(paid)
        with self._watch_mails() as mails:
            self._send(run)
        self.assertEqual(len(mails), 1)
        self.assertRecordValues(run.letter_ids, [{'state': 'sent', 'amount_total': 50.0}])
        self.assertEqual(run.letter_ids.line_ids.mapped('state'), ['dropped', 'sent'])
        self.assertFalse(paid.dunning_level_id)
        self.assertTrue(open_one.dunning_level_id)

    def test_all_paid_between_planning_and_sending(self):
        invoice = self._invoice(due=day(-20))
        run = self._plan(day(0))
        self._pay(invoice)
        with self._watch_mails() as mails:
            self._send(run)
        self.assertFalse(mails)
        self.assertEqual(run.letter_ids.state, 'cancelled')
        self.assertEqual(run.state, 'done')
