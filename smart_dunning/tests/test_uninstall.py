from datetime import date

from odoo.tests import new_test_user, tagged

from .. import evidence
from .claim_common import DUE, ClaimCommon


@tagged('post_install', '-at_install')
class TestUninstall(ClaimCommon):
    """What outlives an uninstallation; that the tables go is tested with real processes."""

    def _lose_everything(self):
        """What an uninstallation does to what was claimed: the tables go, the entries stay."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM dunning_waiver")
        self.env.cr.execute("DELETE FROM dunning_charge")
        self.env.cr.execute("DELETE FROM dunning_letter")
        self.env.cr.execute(
            "UPDATE account_move_line SET dunning_level_id = NULL, dunning_date = NULL")
        self.env.invalidate_all()

    def test_nothing_is_claimed_twice(self):
        self.first.charge_lump_sum = True
        self.company.dunning_booking = 'letter'
        invoice = self._invoice(due=DUE, amount=1000.0)
        # The letters that brought default about are gone afterwards.
        invoice.write({'dunning_default_manual': date(2026, 6, 18), 'dunning_default_reason': "x"})
        self._run(date(2026, 6, 17))
        letter = self._run(date(2026, 7, 1)).letter_ids
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        entry = letter.charge_ids.line_ids.move_id
        letter.charge_ids[:1]._waive("Goodwill", 1.0)
        before = sorted(letter.charge_ids.mapped(
            lambda one: (one.kind, one.amount, one.amount_open, one.amount_booked)))
        document = letter.document_id
        self.assertTrue(entry and document)
        evidence.keep(self.env)
        self._lose_everything()
        self.assertRecordValues(document, [{
            'res_model': 'res.partner', 'res_id': self.customer.id}])
        charges = evidence.restore(self.env)
        self.assertEqual(sorted(charges.mapped(
            lambda one: (one.kind, one.amount, one.amount_open, one.amount_booked))), before)
        self.assertIn(entry, charges.line_ids.move_id)
        self.assertEqual(charges.waiver_ids.mapped('reason'), ["Goodwill"])
        self.assertFalse(evidence.restore(self.env), "It is found once.")
        invoice.line_ids.filtered('date_maturity').sudo().write({
            'dunning_level_id': self.reminder.id, 'dunning_date': date(2026, 6, 17)})
        again = self._plan(date(2026, 7, 1)).letter_ids
        self.assertRecordValues(again, [{'amount_interest': 0.0, 'amount_lump_sum': 0.0}])

    def test_a_file_of_somebody_else_is_nothing(self):
        forger = new_test_user(self.env, 'forger', groups='base.group_user')
        self.env['ir.attachment'].with_user(forger).create({
            'name': evidence.FILE_NAME, 'raw': b'[{}]'})
        self.assertFalse(evidence.restore(self.env))

    def test_the_wizard_says_what_is_lost(self):
        wizard = self.env['base.module.uninstall'].create({
            'module_ids': self.env['ir.module.module'].search(
                [('name', '=', 'smart_dunning')]).ids})
        self.assertIn("move to their customers", wizard.dunning_warning)
