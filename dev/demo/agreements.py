"""What customers say and the clerk notes: promises, objections, instalments."""

from datetime import timedelta

from . import people


class Agreements:
    """The clerk on the phone, as some days of the story go.

    :param story: the `Story` with its ledgers and users
    """

    def __init__(self, story):
        self.story = story
        self.used = set()

    def get_events(self):
        """Return [(age in days, function of the day)] for the story."""
        return [
            (30, self._reject_objection), (17, self._promise_and_break),
            (8, self._object_to_a_half), (6, self._agree_on_instalments), (5, self._promise),
            (4, self._object_to_all),
        ]

    @property
    def company(self):
        return self.story.ledgers[0][0].company

    def _find_items(self, day, min_days=3, is_unpaying=False):
        """Return the overdue items of the next business customer with whom nothing is agreed.

        Those who play another part in the story are left alone.

        :param is_unpaying: one who leaves his oldest debt unpaid, else one who pays in the end
        """
        ledger = self.story.ledgers[0][0]
        free = [
            customer for customer in people.MAIN
            if customer.kind == 'business' and customer.key not in self.used
            and bool(customer.stop) == is_unpaying and not customer.special]
        for customer in free:
            partner = ledger.partners[customer.key]
            items = ledger.company.env['account.move.line'].search([
                ('partner_id', '=', partner.id), ('company_id', '=', ledger.company.id),
                ('account_id.account_type', '=', 'asset_receivable'),
                ('move_id.move_type', '=', 'out_invoice'), ('parent_state', '=', 'posted'),
                ('reconciled', '=', False), ('no_followup', '=', False),
                ('currency_id', '=', ledger.company.currency_id.id),
                ('date_maturity', '<=', day - timedelta(days=min_days)),
            ], order='amount_residual desc')
            if items:
                self.used.add(customer.key)
                return items
        return ledger.company.env['account.move.line']

    def _as_clerk(self, model):
        return self.company.env[model].with_user(
            self.story.users['clerk']).with_company(self.company)

    def _record_promise(self, items, date, said_by):
        return self._as_clerk('dunning.promise').create({
            'partner_id': items.partner_id.id, 'company_id': self.company.id,
            'currency_id': self.company.currency_id.id, 'date': date, 'said_by': said_by,
            'item_ids': [(6, 0, items.ids)]})

    def _promise_and_break(self, day):
        items = self._find_items(day, is_unpaying=True)
        if items:
            self._record_promise(items, day + timedelta(days=7), "Herr Brandt, Geschäftsführer")

    def _promise(self, day):
        items = self._find_items(day)
        if items:
            self._record_promise(items, day + timedelta(days=12), "Frau Ott, Buchhaltung")

    def _object(self, items, share, reason, day, note):
        move = items[:1].move_id
        return self._as_clerk('dunning.dispute').create({
            'move_id': move.id, 'amount': move.currency_id.round(move.amount_residual * share),
            'reason_id': self.company.env.ref(f'smart_dunning.dunning_pause_reason_{reason}').id,
            'deadline': day + timedelta(days=21), 'note': note})

    def _object_to_a_half(self, day):
        items = self._find_items(day)
        if items:
            self._object(items, 0.5, 'goods_damaged', day, "Zwei von vier Paletten waren nass.")

    def _object_to_all(self, day):
        items = self._find_items(day, is_unpaying=True)
        if items:
            dispute = self._object(items, 1.0, 'price', day, "Es seien 5 % Nachlass vereinbart.")
            dispute.stage_id = self.company.env.ref('smart_dunning.dunning_dispute_stage_checking')

    def _reject_objection(self, day):
        items = self._find_items(day)
        if items:
            dispute = self._object(items, 1.0, 'goods_missing', day, "Es sei nichts angekommen.")
            dispute.with_user(self.story.users['clerk']).action_reject()

    def _agree_on_instalments(self, day):
        items = self._find_items(day)
        if not items:
            return
        plan = self._as_clerk('dunning.installment.plan').create({
            'partner_id': items.partner_id.id, 'company_id': self.company.id,
            'currency_id': self.company.currency_id.id, 'item_ids': [(6, 0, items.ids)],
            'count': 4, 'date_first': day + timedelta(days=14)})
        plan.action_confirm()


def print_agreements(env, company):
    """Print what is agreed with whom."""
    counts = []
    for model, label, states in (
            ('dunning.promise', "promises to pay", ('open', 'broken', 'partly')),
            ('dunning.dispute', "disputes", ('open', 'rejected')),
            ('dunning.installment.plan', "instalment plans", ('active', 'failed'))):
        found = env[model].search([('company_id', '=', company.id), ('state', 'in', states)])
        if found:
            words = ", ".join(f"{len(group)} {state}" for state, group in sorted(
                found.grouped('state').items()))
            counts.append(f"{label} ({words})")
    if counts:
        print(f"\n  Agreements: {'; '.join(counts)}")
    charges = env['dunning.charge'].search([('company_id', '=', company.id)])
    if charges:
        print(f"  Interest, lump sums and fees claimed: {len(charges)} charges")
