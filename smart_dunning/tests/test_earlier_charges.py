from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .claim_common import DUE, ClaimCommon


@tagged('post_install', '-at_install')
class TestEarlierCharges(ClaimCommon):
    """Charges go with the item they belong to, and nobody is asked for them twice at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.quiet_days = 0
        cls.first.charge_lump_sum = True
        cls.last.charge_interest = cls.last.charge_lump_sum = False
        cls.reminder.payment_days = cls.first.payment_days = 10

    def _claim(self):
        """Return an invoice and the letter that has claimed interest and a lump sum for it."""
        invoice = self._invoice(due=DUE, amount=1000.0)
        self._run(date(2026, 6, 17))
        letter = self._run(date(2026, 7, 1)).letter_ids
        self.assertEqual(letter.amount_lump_sum, 40.0)
        return invoice, letter

    def _other_letter(self, on, amount=500.0, due=date(2026, 6, 1)):
        """Return a letter about another invoice, which claims on its own."""
        other = self._invoice(due=due, amount=amount)
        self._terms(other).sudo().write({
            'dunning_level_id': self.reminder.id, 'dunning_date': date(2026, 6, 10)})
        return self._plan(on).letter_ids.filtered(
            lambda letter: other in letter.line_ids.move_id), other

    def test_a_letter_about_another_invoice_does_not_ask_for_them(self):
        self._claim()
        letter, _other = self._other_letter(date(2026, 7, 6))
        self.assertTrue(letter.amount_interest)
        self.assertEqual(letter.amount_charges, 0.0)

    def test_the_next_letter_about_the_item_names_them_and_their_letter(self):
        _invoice, first = self._claim()
        letter = self._plan(date(2026, 7, 15)).letter_ids
        self.assertEqual(letter.amount_charges, 40.0 + first.amount_interest)
        self.assertEqual(letter._get_earlier_charges(), [[first.name, letter.amount_charges]])
        self.assertIn(f"costs of our letter {first.name}",
                      letter.sudo()._render_document_html())

    def test_charges_of_a_paid_invoice_go_along_once_their_deadline_is_over(self):
        invoice, first = self._claim()
        self._pay(invoice, on=date(2026, 7, 3))
        running, _other = self._other_letter(date(2026, 7, 6))
        self.assertEqual(running.amount_charges, 0.0, "the deadline of the first letter runs")
        running.run_id.action_cancel()
        later = self._plan(date(2026, 7, 20)).letter_ids
        charges = first.charge_ids
        self.assertEqual(later.amount_charges, round(sum(charges.mapped('amount_open')), 2))
        self.assertGreaterEqual(later.amount_charges, 40.0)

    def test_two_letters_of_a_run_name_them_once(self):
        invoice, _first = self._claim()
        self._pay(invoice, on=date(2026, 7, 3))
        self.policy.bundle_levels = False
        self._other_letter(date(2026, 7, 6))[0].run_id.action_cancel()
        self._invoice(due=date(2026, 6, 1), amount=80.0)
        self.reminder.fee_amount = 1.0
        letters = self._plan(date(2026, 7, 20)).letter_ids
        self.assertEqual(len(letters), 2)
        self.assertEqual(len(letters.filtered('amount_charges')), 1)

    def test_charges_that_a_branch_has_claimed(self):
        branch = self.env['res.company'].create({
            'name': "Branch", 'parent_id': self.company.id})
        _invoice, first = self._claim()
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE dunning_charge SET company_id = %s WHERE letter_id = %s',
            [branch.id, first.id])
        self.env.invalidate_all()
        self.assertGreaterEqual(self._plan(date(2026, 7, 15)).letter_ids.amount_charges, 40.0)

    def _two_letters(self, amounts=(1000.0, 500.0), fee=5.0):
        """Return two letters of one run, after one letter about both items that has cost a fee.

        The items stand at two levels, which are not bundled.
        """
        self.policy.bundle_levels = False
        self.policy.level_ids.channel = 'print'
        invoices = [self._invoice(due=DUE, amount=amount) for amount in amounts]
        run = self._plan(date(2026, 6, 17))
        run.letter_ids.sudo()._set_sent()
        self.env['dunning.charge'].sudo().create({
            'kind': 'fee', 'amount': fee, 'company_id': self.company.id, 'date': '2026-06-17',
            'partner_id': self.customer.id, 'currency_id': self.company.currency_id.id,
            'letter_id': run.letter_ids.id, 'level_id': self.reminder.id})
        self._terms(invoices[0]).sudo().dunning_level_id = self.first
        self.last.write({'is_formal': False, 'needs_approval': False})
        letters = self._plan(date(2026, 7, 15)).letter_ids
        self.assertEqual(len(letters), 2)
        return letters

    def test_an_earlier_fee_about_two_items_stands_on_one_letter(self):
        letters = self._two_letters()
        self.assertEqual(sum(letters.mapped('amount_charges')), 5.0)
        self._lay_out_on('2026-07-15')
        self.assertEqual(sum(letters.mapped('amount_charges')), 5.0)
        self.assertEqual(sorted(letters.mapped('amount_charges')), [0.0, 5.0])
        # The one that names it is taken out: the other one does.
        naming = letters.filtered('amount_charges')
        naming.with_user(self.clerk).action_take_out()
        self._lay_out_on('2026-07-15')
        self.assertEqual((letters - naming).amount_charges, 5.0)

    def test_a_fee_is_not_asked_for_again_while_a_letter_about_another_item_asks_for_it(self):
        letters = self._two_letters()
        self._lay_out_on('2026-07-15')
        naming = letters.filtered('amount_charges')
        with freeze_time('2026-07-15'):
            letters.run_id.with_user(self.clerk).action_print_letters()
            naming.with_user(self.clerk).action_printed()
            (letters - naming).with_user(self.clerk).action_take_out()
        asked_again = self._plan(date(2026, 7, 16)).letter_ids
        self.assertEqual(asked_again.line_ids.move_id, (letters - naming).line_ids.move_id)
        self.assertEqual(asked_again.amount_charges, 0.0)

    def test_a_new_lump_sum_stands_on_one_letter(self):
        """Two parts of one invoice on two letters: one invoice bears one lump sum."""
        self.last.charge_lump_sum = True
        term = self.env['account.payment.term'].create({'name': "Two", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days})
            for days in (0, 1)]})
        self.policy.bundle_levels = False
        self.policy.level_ids.channel = 'print'
        invoice = self._invoice(
            due=DUE, amount=1000.0, invoice_payment_term_id=term.id, invoice_date=DUE)
        early, late = self._terms(invoice)
        for part, level in ((early, self.first), (late, self.reminder)):
            part.sudo().write({'dunning_level_id': level.id, 'dunning_date': date(2026, 6, 17)})
        self.last.write({'is_formal': False, 'needs_approval': False})
        letters = self._plan(date(2026, 7, 15)).letter_ids
        self.assertEqual(len(letters), 2)
        self.assertEqual(sum(letters.mapped('amount_lump_sum')), 40.0)
        self._lay_out_on('2026-07-15')
        self.assertEqual(sum(letters.mapped('amount_lump_sum')), 40.0)
