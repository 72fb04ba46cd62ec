from datetime import date

from odoo.tests import tagged

from .claim_common import DUE, ClaimCommon


@tagged('post_install', '-at_install')
class TestLetterReference(ClaimCommon):
    """A transfer that names a letter is found, and pays what that letter asks for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls._invoice(due=date(2026, 5, 1), amount=300.0)
        cls.old.no_followup = True
        cls.named = [cls._invoice(due=DUE, amount=amount) for amount in (100.0, 50.0)]

    def setUp(self):
        super().setUp()
        self.letter = self._run(date(2026, 6, 17)).letter_ids
        self.old.no_followup = False

    def test_a_statement_line_finds_its_customer(self):
        for text, customer in (
                (f"Payment {self.letter.name}, thanks", self.customer),
                (f"ref:{self.letter.name}.", self.customer),
                (f"{self.letter.name}9", self.env['res.partner']), ("nothing", False)):
            with self.subTest(text):
                line = self.env['account.bank.statement.line'].create({
                    'journal_id': self.journal_bank.id, 'amount': 150.0, 'payment_ref': text,
                    'date': date(2026, 6, 20)})
                self.assertEqual(line.partner_id, customer or self.env['res.partner'])

    def _receive(self, amount, memo):
        payment = self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': amount,
            'partner_id': self.customer.id, 'date': date(2026, 6, 20), 'memo': memo,
            'journal_id': self.journal_bank.id})
        payment.action_post()
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self.customer.dunning_debtor_id.with_user(self.clerk).action_allocate_payment()

    def test_a_receipt_that_names_a_letter_pays_its_items(self):
        self._receive(150.0, f"Your letter {self.letter.name}")
        self.assertEqual([one.amount_residual for one in (self.old, *self.named)], [300.0, 0, 0])

    def test_a_receipt_that_names_none_pays_the_oldest(self):
        self._receive(150.0, "Thank you")
        self.assertEqual(
            [one.amount_residual for one in (self.old, *self.named)], [150.0, 100.0, 50.0])
