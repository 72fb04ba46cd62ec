from odoo.exceptions import ValidationError

from ..logic import ladder
from .common import DunningCommon, day


class TestFormalLevels(DunningCommon):
    """A letter says what is true of each of its items: levels are bundled, formal ones are not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.levels = cls.policy.level_ids.sorted('position')
        cls.policy.quiet_days = 0
        cls.levels[3].write({'is_formal': True, 'needs_approval': False})

    def _climb(self, invoice, position):
        """Let the items of an invoice stand at a level, reached by a letter long ago."""
        invoice.line_ids.sudo().filtered(
            lambda line: line.display_type == 'payment_term').write({
                'dunning_level_id': self.levels[position - 1].id, 'dunning_date': day(-40)})
        return invoice

    def _get_letters(self, run):
        """Return [(level, levels of the items)] of a run, the highest level first."""
        letters = run.letter_ids.sorted(lambda letter: -letter.level_id.position)
        return [(letter.level_id.position, sorted(letter.line_ids.level_id.mapped('position')))
                for letter in letters]

    def test_a_formal_level_makes_a_letter_of_its_own(self):
        self._climb(self._invoice(due=day(-90)), 3)
        self._climb(self._invoice(due=day(-60)), 2)
        self._invoice(due=day(-20))
        with self._watch_mails() as mails:
            run = self._run(day(0))
        self.assertEqual(self._get_letters(run), [(4, [4])])
        self.assertEqual(run.letter_ids.mapped('state'), ['sent'])
        # Nobody gets a friendly letter beside it on the same day.
        with self._watch_mails() as later_mails:
            later = self._run(day(1))
        self.assertEqual(self._get_letters(later), [(3, [2, 3])])
        self.assertEqual((len(mails), len(later_mails)), (1, 1))

    def test_levels_are_not_bundled_where_the_policy_says_so(self):
        self.policy.bundle_levels = False
        self._climb(self._invoice(due=day(-60)), 2)
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.assertEqual(self._get_letters(run), [(3, [3]), (2, [2])])
        with self._watch_mails() as mails:
            self._send(run)
        self.assertEqual(len(mails), 2)

    def test_a_credit_is_netted_once_whatever_goes_out_first(self):
        self._climb(self._invoice(due=day(-90)), 3)
        self._invoice(due=day(-20))
        self._credit_note(30)
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.mapped('amount_total'), [70.0])
        with self._watch_mails():
            self._send(run)
            later = self._run(day(1))
        self.assertEqual(run.letter_ids.mapped('amount_total'), [70.0])
        self.assertEqual(later.letter_ids.mapped('amount_total'), [100.0])

    def test_a_payment_between_two_letters_is_netted_all_the_same(self):
        formal = self._climb(self._invoice(due=day(-90)), 3)
        self._invoice(due=day(-20))
        credit = self._credit_note(30)
        first = self._plan(day(0)).letter_ids
        self.assertTrue(first.level_id.is_formal)
        with self._watch_mails():
            self._send(first.run_id)
        run = self._plan(day(1))
        (formal | credit).line_ids.filtered(
            lambda line: line.account_type == 'asset_receivable').reconcile()
        self._credit_note(20)
        with self._watch_mails():
            self._send(run)
        # Credits settle what is oldest: 30 were netted there, and so are the 20 that came later.
        self.assertEqual(run.letter_ids.amount_total, 100.0)

    def test_the_letter_speaks_of_the_levels_that_are_left(self):
        paid = self._climb(self._invoice(due=day(-60)), 2)
        self._invoice(due=day(-20))
        run = self._plan(day(0))
        self.assertEqual(run.letter_ids.level_id, self.levels[2])
        self._pay(paid)
        with self._watch_mails() as mails:
            self._send(run)
        self.assertEqual(run.letter_ids.level_id, self.levels[1])
        self.assertIn("Reminder", mails[0]['Subject'])

    def test_the_badge_of_the_customer_stays_at_the_highest_open_item(self):
        high = self._climb(self._invoice(due=day(-60)), 3)
        self.levels[3].delay = 90
        self._invoice(due=day(-20))
        with self._watch_mails():
            letter = self._run(day(0)).letter_ids
        self.assertEqual(letter.level_id, self.levels[1])
        self.env['dunning.debtor'].sudo()._refresh(company=self.company)
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(debtor.level_id, high.dunning_level_id)
        self.assertEqual(debtor.level_position, 3)

    def test_the_table_tells_the_level_of_each_item(self):
        self._climb(self._invoice(due=day(-60)), 2)
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        html = letter._render_document_html()
        for level in self.levels[1:3]:
            self.assertIn(f'>{level.name}</div>', html)
        letter.line_ids.sudo().level_id = self.levels[2]
        self.assertNotIn(f'>{self.levels[2].name}</div>', letter._render_document_html())

    def test_a_note_before_the_due_date_is_not_formal(self):
        with self.assertRaises(ValidationError):
            self.levels[0].is_formal = True

    def test_a_broken_promise_leads_to_no_formal_level(self):
        levels = tuple(ladder.Level(
            number, number, days, is_formal=number == 4) for number, days in (
                (1, -3), (2, 7), (3, 21), (4, 35)))
        due, on = day(-9), day(0)
        for position, jump, expected in [
            (0, 4, (on, 3)), (2, 4, (on, 3)), (0, 3, (on, 3)), (0, 2, (on, 2)),
            (1, 4, (on, 3)), (0, 5, (on, 3)),
            # The formal level is next: it comes in its own time.
            (3, 4, (day(26), 4)), (4, 5, None), (0, 0, (on, 2)),
        ]:
            with self.subTest(position=position, jump=jump):
                step = ladder.forecast_step(levels, position, due, None, on, jump)
                self.assertEqual(step and (step[0], step[1].position), expected)
