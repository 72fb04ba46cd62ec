from odoo.exceptions import UserError

from .claim_charge_common import ChargeCommon
from .common import day
from .test_debtor_next_step import DebtorCommon


class TestPaidEverything(DebtorCommon, ChargeCommon):
    """One click and core's dialog: what is to pay is paid, items and charges."""

    def _pay_everything(self):
        debtor = self._rebuild()
        action = debtor.with_user(self.clerk).action_paid_everything()
        wizard = self.env['account.payment.register'].browse(action['res_id'])
        self.assertEqual(wizard.amount, debtor.amount_to_pay)
        self.assertIn(self.company.currency_id.format(debtor.amount_to_pay),
                      wizard.dunning_sum_text)
        wizard.action_create_payments()
        return self._rebuild()

    def test_items_charges_and_credits(self):
        first, second = self._invoice(due=day(-30)), self._invoice(due=day(-20), amount=50.0)
        later = self._invoice(due=day(20), amount=70.0)
        self._credit_note(10.0, on=day(-1))
        charges = self._charges(first)
        debtor = self._pay_everything()
        self.assertEqual((first | second).mapped('amount_residual'), [0.0, 0.0])
        self.assertEqual(later.amount_residual, 70.0)
        self.assertEqual(sum(charges.mapped('amount_open')), 0.0)
        self.assertEqual((debtor.amount_to_pay, debtor.credit_amount), (0.0, 0.0))

    def test_what_is_not_due_is_paid_where_nothing_is_due(self):
        later = self._invoice(due=day(20), amount=70.0)
        action = self._rebuild().action_paid_everything()
        wizard = self.env['account.payment.register'].browse(action['res_id'])
        self.assertEqual(wizard.line_ids, self._terms(later))

    def test_nothing_to_pay(self):
        self._receive(5.0)
        with self.assertRaises(UserError):
            self._rebuild().action_paid_everything()
