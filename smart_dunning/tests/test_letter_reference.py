from datetime import date

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..models.paper import qr_reference
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
                self.assertEqual(
                    self._bank(text).partner_id, customer or self.env['res.partner'])

    def test_a_statement_line_finds_the_customer_of_a_qr_reference(self):
        """A Swiss bank tells the reference of the bill, not the number of the letter."""
        plan = self.env['dunning.installment.plan'].create({
            'partner_id': self.other.id, 'company_id': self.company.id, 'count': 2,
            'item_ids': [Command.set(self._terms(
                self._invoice(due=DUE, amount=80.0, partner=self.other)).ids)]})
        draft = qr_reference.make_reference('92', plan.id)
        letter = qr_reference.make_reference('91', self.letter.id)
        nobody = self.env['res.partner']
        unsent = qr_reference.make_reference('91', self._plan(date(2026, 7, 10)).letter_ids[:1].id)
        for text, customer in (
                (letter, self.customer), (f"SCOR {letter[:2]} {letter[2:7]} {letter[7:]}.",
                                          self.customer),
                (letter[:-1] + str((int(letter[-1]) + 1) % 10), nobody), (unsent, nobody),
                (f"1{letter}", nobody), (draft, nobody), ('9' * 26 + '9', nobody),
                (qr_reference.make_reference('91', 10**20), nobody)):
            with self.subTest(text):
                self.assertEqual(self._bank(text).partner_id, customer)
        plan.action_confirm()
        self.assertEqual(self._bank(draft).partner_id, self.other)
        self.assertEqual(self._bank(f"Rate {plan.name}").partner_id, self.other)

    def _bank(self, text):
        return self.env['account.bank.statement.line'].create({
            'journal_id': self.journal_bank.id, 'amount': 150.0, 'payment_ref': text,
            'date': date(2026, 6, 20)})

    def _receive(self, amount, memo, on=date(2026, 6, 20)):
        payment = self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer', 'amount': amount,
            'partner_id': self.customer.id, 'date': on, 'memo': memo,
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

    def _dispute(self, invoice):
        self.env['dunning.dispute'].create({
            'move_id': invoice.id,
            'deadline': fields.Date.add(self.company._get_dunning_today(), days=10),
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged').id})

    def test_what_is_disputed_is_left_though_its_letter_is_named(self):
        self._dispute(self.named[0])
        self._receive(150.0, f"Your letter {self.letter.name}")
        self.assertEqual(
            [one.amount_residual for one in (self.old, *self.named)], [200.0, 100.0, 0.0])

    def test_what_is_disputed_is_left_for_the_clerk(self):
        self._dispute(self.named[0])
        self._receive(400.0, "Thank you")
        self.assertEqual(
            [one.amount_residual for one in (self.old, *self.named)], [0.0, 100.0, 0.0])

    def test_a_letter_that_is_named_is_paid_with_the_charges_of_those_before(self):
        self.old.no_followup = True
        earlier = self._run(date(2026, 7, 10)).letter_ids.charge_ids
        self.assertTrue(earlier)
        letter = self._run(date(2026, 8, 14)).letter_ids
        self.assertGreater(letter.amount_charges, 0.0)
        owed = sum((earlier | letter.charge_ids).mapped('amount_open'))
        self._receive(120.0, f"Your letter {letter.name}", on=date(2026, 8, 20))
        self.assertEqual(sum((earlier | letter.charge_ids).mapped('amount_open')), 0.0)
        self.assertAlmostEqual(
            sum(one.amount_residual for one in self.named), 150.0 - (120.0 - owed), 2)
