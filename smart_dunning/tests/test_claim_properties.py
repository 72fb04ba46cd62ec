import random
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .claim_common import ClaimCommon

START = date(2026, 3, 2)
SEEDS = (*range(8), 22)
#: What a history is about besides the invoices of one company in its own currency: by the seed.
SCENES = ('plain', 'currency', 'branch')
RATE = 2.0


@tagged('post_install', '-at_install')
class TestClaimProperties(ClaimCommon):
    """Whatever happens to the past: charges are one computation from the ledger of the day.

    Random histories of one customer. The computation here is as slow and plain as can be: day by
    day, in fractions, from the journal items alone.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({'tolerance': 0.0, 'quiet_days': 0, 'level_ids': [
            Command.create(cls._level_values(
                5 + number, f"Extra {number}", 7, 'previous_letter', charge_interest=True))
            for number in range(4)]})
        cls.reason = cls.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1)
        cls.company.dunning_booking = 'letter'
        cls.foreign = cls.env.ref('base.EUR')
        cls.foreign.active = True
        cls.env['res.currency.rate'].create({
            'name': '2025-01-01', 'rate': RATE, 'currency_id': cls.foreign.id,
            'company_id': cls.company.id})
        cls.branch = cls.env['res.company'].create({
            'name': "Branch", 'parent_id': cls.company.id, 'dunning_booking': 'letter',
            'country_id': cls.env.ref('base.de').id})
        cls.cr.precommit.run()          # core loads its accounts then
        cls.env.user.company_ids |= cls.branch

    def test_histories(self):
        corrected = 0
        for seed in SEEDS:
            with self.subTest(seed=seed):
                self.scene = SCENES[seed % len(SCENES)]
                self.customer = self._make_customer(f"Seed {seed}", is_company=True)
                self.random = random.Random(seed)
                self.invoices, self.today, self.log = [], START, []
                self._do_post()
                for _number in range(14):
                    self._step()
                corrected += len(self._get_charges().waiver_ids)
        self.assertTrue(corrected, "The histories say nothing.")

    def _step(self):
        self.today += timedelta(days=self.random.randint(0, 9))
        event = self.random.choice([
            self._do_post, self._do_pay, self._do_pay, self._do_receive, self._do_credit,
            self._do_dispute, self._do_decide, self._do_waive, self._do_cancel, self._do_grant,
            self._do_unmatch, *[self._do_run] * 5])
        with freeze_time(self.today):
            event()
            self.log.append(f"{self.today} {event.__name__[4:]}")
            self._check()

    # What may happen ----------------------------------------------------------------------------

    def _choose(self, condition):
        moves = [move for move in self.invoices if condition(move)]
        return self.random.choice(moves) if moves else None

    def _do_post(self):
        due = self.today + timedelta(days=self.random.randint(-20, 3))
        due -= timedelta(days=max(0, due.weekday() - 4))        # § 193 BGB is tested elsewhere
        values, is_other = {}, self.scene != 'plain' and self.random.random() < 0.5
        if is_other and self.scene == 'currency':
            values['currency_id'] = self.foreign.id
        elif is_other:
            values.update(company_id=self.branch.id, dunning_policy_id=self.policy.id)
        with self._as(self.branch if 'company_id' in values else self.company):
            self.invoices.append(self._invoice(
                due, self.random.choice([100.0, 1000.0, 9876.54]), self.customer, **values))

    @contextmanager
    def _as(self, company):
        """Act in a company: what is created in it finds its journals there."""
        cls = type(self)
        before = cls.env
        cls.env = before(context=dict(before.context, allowed_company_ids=[
            company.id, *(before.user.company_ids - company).ids]))
        try:
            yield
        finally:
            cls.env = before

    def _do_pay(self):
        """A payment of today, or one that is entered late."""
        move = self._choose(lambda one: one.state == 'posted' and one.amount_residual > 0)
        if move:
            part = self.random.choice([1.0, 1.0, 0.999, 0.3])
            on = self.today - timedelta(days=self.random.choice([0, 0, 5, 30, 60]))
            self._pay(move, move.currency_id.round(move.amount_residual * part) or None, on=on)

    def _do_receive(self):
        """Money that nobody has matched yet."""
        self.env['account.payment'].create({
            'payment_type': 'inbound', 'partner_type': 'customer',
            'amount': self.random.choice([30.0, 500.0]), 'partner_id': self.customer.id,
            'date': self.today - timedelta(days=self.random.choice([0, 20])),
            'journal_id': self.journal_bank.id}).action_post()

    def _do_credit(self):
        move = self._choose(lambda one: one.state == 'posted' and one.amount_residual > 0)
        if move:
            amount = move.currency_id.round(
                move.amount_residual * self.random.choice([1.0, 0.5]))
            with self._as(move.company_id):
                refund = self._credit_note(
                    amount, on=self.today, partner=self.customer,
                    currency_id=move.currency_id.id, company_id=move.company_id.id)
            (self._terms(refund) | self._terms(move)).reconcile()

    def _do_dispute(self):
        move = self._choose(lambda one: one.state == 'posted' and one.amount_residual > 0
                            and 'open' not in one.dunning_dispute_ids.mapped('state'))
        if move:
            self.env['dunning.dispute'].create({
                'move_id': move.id, 'reason_id': self.reason.id,
                'amount': move.currency_id.round(
                    move.amount_residual * self.random.choice([1.0, 0.4])),
                'deadline': self.today + timedelta(days=60)})

    def _do_decide(self):
        disputes = self.env['dunning.dispute'].search([
            ('partner_id', '=', self.customer.id), ('state', '=', 'open')])
        if not disputes:
            return
        dispute = self.random.choice(disputes)
        if self.random.random() < 0.5:
            dispute.action_reject()
            return
        dispute.action_justify()
        refund = dispute.refund_id
        refund.action_post()
        lines = (self._terms(refund) | self._terms(dispute.move_id)).filtered(
            lambda line: not line.reconciled)
        if self.random.random() < 0.7 and len(lines.move_id) == 2:
            lines.reconcile()           # otherwise the credit note waits unmatched

    def _do_waive(self):
        charges = self._get_charges().filtered('amount_open')
        if charges:
            one = self.random.choice(charges)
            one._waive("Goodwill", one.currency_id.round(
                one.amount_open * self.random.choice([1.0, 0.5])) or None)

    def _do_cancel(self):
        move = self._choose(lambda one: one.state == 'posted')
        if move and self.random.random() < 0.5:
            move.button_draft()
            if self.random.random() < 0.5:
                move.button_cancel()
            else:
                move.action_post()

    def _do_grant(self):
        move = self._choose(lambda one: one.state == 'posted' and one.amount_residual > 0)
        if move:
            due = self.today + timedelta(days=10)
            move.invoice_date_due = due - timedelta(days=max(0, due.weekday() - 4))

    def _do_unmatch(self):
        move = self._choose(lambda one: one.state == 'posted' and one.payment_state != 'not_paid')
        if move:
            self._terms(move).remove_move_reconcile()

    def _do_run(self):
        self.today += timedelta(days=7)
        with freeze_time(self.today):
            for letter in self._run(self.today).letter_ids:
                self._check_letter(letter)

    # The slow computation -----------------------------------------------------------------------

    def _get_charges(self):
        return self.env['dunning.charge'].search([('partner_id', '=', self.customer.id)])

    def _find_reductions(self):
        """Return {item: [(day, amount)]}: matched, and not matched for the oldest open items."""
        items = self.env['account.move.line'].search([
            ('partner_id', '=', self.customer.id), ('dunning_charge_id', '=', False),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('parent_state', '=', 'posted')])
        found = {item: [] for item in items}
        for item in items:
            for partial in item.matched_credit_ids:
                credit = partial.credit_move_id
                found[item].append((
                    date.min if credit.move_id.move_type == 'out_refund' else credit.date,
                    partial.debit_amount_currency))
        debts = {item: item.amount_residual_currency for item in items.sorted(
            lambda item: (item.date_maturity or item.date, item.id))
            if item.amount_residual_currency > 0}
        for credit in items.sorted(lambda item: (item.date, item.id)):
            left = -credit.amount_residual_currency
            for item in debts:
                if item.currency_id != credit.currency_id:
                    continue
                part = min(max(left, 0.0), debts[item])
                if part > 0:
                    found[item].append((
                        date.min if credit.move_id.move_type == 'out_refund' else credit.date,
                        part))
                    debts[item] -= part
                    left -= part
        return found

    @staticmethod
    def _get_open(item, reductions, day):
        """Return what was open of an item when a day began."""
        return Fraction(str(item.amount_currency)) - sum(
            Fraction(str(amount)) for on, amount in reductions.get(item, ()) if on < day)

    def _get_begin(self, charge, item):
        since = charge.terms.get('default') or charge.terms['defaults'].get(str(item.id))
        return since and max(date.fromisoformat(since), item.date_maturity + timedelta(days=1))

    def _compute_interest(self, item, begin, end, reductions):
        total, day = Fraction(0), begin
        while item.parent_state == 'posted' and day <= end:
            rate = Fraction('10.27') if day < date(2026, 7, 1) else Fraction('10.52')
            total += max(Fraction(0), self._get_open(item, reductions, day)) * rate / 36500
            day += timedelta(days=1)
        return float(total)

    def _compute_owed(self, charges):
        """Return what is owed on charges about one thing, by the ledger of today."""
        reductions, one = self._find_reductions(), charges[0]
        if one.kind == 'interest':
            item = one.move_line_id
            return self._compute_interest(
                item, self._get_begin(charges[-1], item), max(charges.mapped('date_to')),
                reductions)
        items = one.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable') if (
            one.kind == 'lump_sum') else one.letter_id.line_ids.move_line_id
        for item in items:
            begin = self._get_begin(one, item)
            if not begin or item.parent_state != 'posted':
                continue
            day = begin if one.kind == 'lump_sum' else one.date
            if (begin <= (self.today if one.kind == 'lump_sum' else one.date)
                    and self._get_open(item, reductions, day) > 0):
                return one.amount
        return 0.0

    # What must be true --------------------------------------------------------------------------

    def _check(self):
        charges = self._get_charges().sorted(lambda one: (one.date, one.id))
        lump_sums = charges.filtered(
            lambda one: one.kind == 'lump_sum' and one.amount > one.amount_corrected)
        for key, group in charges.grouped(lambda one: (
                one.kind, one.move_line_id if one.kind == 'interest' else one)).items():
            owed = self._compute_owed(group)
            if key[0] == 'fee' and lump_sums.move_id & group.letter_id.line_ids.move_id:
                owed = 0.0                       # § 288 (5) sentence 3 BGB
            claimed, waived = sum(group.mapped('amount')), sum(group.mapped('amount_waived'))
            self.assertAlmostEqual(
                claimed - waived - sum(group.mapped('amount_corrected')),
                max(0.0, min(claimed, owed) - waived), delta=0.0101,
                msg=f"{key} {self.log}")
            for one in group:
                self.assertGreaterEqual(
                    round(one.amount - one.amount_waived - one.amount_corrected, 2), 0.0, self.log)
                self.assertGreaterEqual(one.amount_corrected, 0.0, self.log)
        self._check_screens(charges)

    def _check_screens(self, charges):
        """The debtor, the ledger after the night, and the invoices tell the same."""
        self._run_cron('smart_dunning.ir_cron_dunning_booking')
        for company in (self.company, self.branch):
            self.env['dunning.debtor']._refresh(partners=self.customer, company=company)
        debtors = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        total = sum(
            one.amount_open / (RATE if one.currency_id == self.foreign else 1) for one in charges)
        self.assertAlmostEqual(
            sum(debtors.mapped('charges_open')), total, delta=0.01 * len(charges) + 0.001,
            msg=self.log)
        self.assertFalse(any(charges.mapped('booking_note')), self.log)
        for currency, of_currency in charges.grouped('currency_id').items():
            booked = sum(of_currency._get_booked_lines().mapped('amount_residual_currency'))
            self.assertAlmostEqual(
                booked, sum(of_currency.mapped('amount_open')), 2, f"{currency.name} {self.log}")
        # The invoices say the same: a fee that names several is told on each of them.
        for move in charges.filtered(lambda one: one.kind != 'fee').move_id:
            own = charges.filtered(lambda one: move in one._get_moves())       # noqa: B023
            self.assertAlmostEqual(
                move.dunning_charge_amount, sum(own.mapped('amount_open')), 2, self.log)

    def _check_paper(self, letter):
        """Table, total, mail and how it was computed agree; earlier letters are named as such."""
        sums = letter._get_document_sums()
        if sums:
            self.assertAlmostEqual(
                sum(one[1] for one in sums), letter.amount_total, 2, self.log)
        self.assertAlmostEqual(
            sum(letter._get_asked_lines().mapped('amount_residual')), letter.amount_due, 2,
            self.log)
        details = letter.claim_details or {}
        self.assertAlmostEqual(
            sum(row['amount'] for row in details.get('interest', ())), letter.amount_interest, 2,
            self.log)
        self.assertAlmostEqual(sum(
            one.amount for one in letter.charge_ids if one.date == letter.date),
            letter.amount_interest + letter.amount_lump_sum + letter.amount_fee, 2, self.log)
        html = letter._render_document_html()
        self.assertIn(letter._format_document_money(letter.amount_total), html, self.log)
        self.assertEqual(letter.reference_text in html, True, self.log)

    def _check_letter(self, letter):
        for name in letter._charge_fields:
            self.assertGreaterEqual(letter[name], 0.0, self.log)
        self.assertGreater(letter.amount_total, 0.0, self.log)
        self._check_paper(letter)
        for item in letter.charge_ids.move_line_id:
            charges = self._get_charges().filtered(
                lambda one: one.kind == 'interest' and one.move_line_id == item)    # noqa: B023
            if charges and 'open' not in item.move_id.dunning_dispute_ids.mapped('state'):
                owed = self._compute_owed(charges.sorted('id'))
                self.assertAlmostEqual(
                    sum(charges.mapped('amount')) - sum(charges.mapped('amount_corrected')),
                    max(owed, sum(charges.mapped('amount_waived'))), delta=0.0101,
                    msg=f"after a letter {self.log}")

