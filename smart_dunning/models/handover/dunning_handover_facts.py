from collections import defaultdict

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ...logic import handover
from ..policy.channel import ADDRESS, EMAIL


class DunningHandover(models.Model):
    """What is known about a case, and what speaks against handing it over."""

    _inherit = 'dunning.handover'

    # Decision -----------------------------------------------------------------------------------

    def _update_points(self):
        """Write down what speaks against handing over today; return the `logic.handover.Point`s."""
        points = ()
        for case in self.sudo():
            points = case._decide()
            overridden = case._get_overridden()
            case.point_ids.unlink()
            self.env['dunning.handover.point'].sudo().create([{
                'handover_id': case.id, 'sequence': index, 'code': point.code,
                'is_open': point.is_open,
                'is_overridden': point.is_open and point.code in overridden,
                'facts': {
                    'numbers': point.numbers, 'figure': point.figure, 'wanted': point.wanted,
                    'day': point.day and point.day.isoformat(), 'names': point.names},
            } for index, point in enumerate(points)])
        return points

    def _decide(self):
        """Return everything that speaks against handing this case over today."""
        self.ensure_one()
        case, company = self.sudo(), self.company_id
        return handover.decide(
            case._get_case_facts(), case._get_rules(),
            next(iter(case.agency_id._get_terms()), None), company._get_dunning_today(),
            company.currency_id.compare_amounts)

    def _choose_agency(self):
        """Give the case to the first agency that takes it, unless somebody has chosen."""
        self.ensure_one()
        if self.agency_id:
            return
        case = self.sudo()
        company = case.company_id
        agencies = case._get_policy().handover_agency_ids.filtered(
            lambda agency: agency.company_id == company and agency.active
        ) or self.env['dunning.agency'].sudo().search([('company_id', '=', company.id)])
        chosen = handover.choose(
            agencies.sorted('sequence')._get_terms(), case._get_case_facts(),
            company.currency_id.compare_amounts)
        if chosen:
            case.agency_id = chosen.id

    def _get_overridden(self):
        """Return the codes about which a manager has decided otherwise."""
        return frozenset((self.sudo().override_codes or '').split(',')) - {''}

    def _get_rules(self):
        """Return what the policy of the customer asks for."""
        policy = self._get_policy()
        return handover.Rules(
            policy.handover_min_letters, policy.handover_min_days, policy.handover_wait_days,
            policy.handover_min_amount) if policy else handover.Rules()

    def _get_policy(self):
        """Return the policy of the customer, sudo; it may be empty."""
        self.ensure_one()
        policies = self.env['dunning.policy'].sudo()
        return policies.browse(policies._assign_all(
            self.company_id, self.partner_id.ids).get(self.partner_id.id)).exists()

    # Facts --------------------------------------------------------------------------------------

    def _get_case_facts(self):
        """Return the case as `logic.handover.Case`; other addons add to it through super()."""
        self.ensure_one()
        company, partner = self.company_id, self.partner_id
        policy = self._get_policy()
        rows = self._get_item_rows()
        paused = self.env['dunning.pause']._get_paused_until(
            company._get_dunning_tree(), partner.ids, company._get_dunning_today())
        return handover.Case(
            self._get_item_facts(rows), worth=sum(row[2] for row in rows.values()),
            credit=self._get_credit(),
            is_business=policy._is_business(partner.is_company or bool(partner.vat)),
            is_person=not partner.is_company, country=partner.country_id.id or None,
            is_paused=partner.id in paused,
            is_address_complete=self._is_address_complete(),
            has_pending_letter=bool(self._get_pending_letters()),
            missing=self._get_missing())

    def _get_item_rows(self):
        """Return {line id: (number, open, open in company currency, excluded)} of open items."""
        rows = self.env['dunning.item']._fetch(
            self.company_id, ('id', 'number', 'open', 'open_company', 'excluded'),
            line_ids=self.item_ids.ids, order='due, id') if self.item_ids else []
        return {
            line_id: row for line_id, *row in rows
            if self.currency_id.compare_amounts(row[1], 0.0) > 0 or row[3]}

    def _get_item_facts(self, rows):
        """Return the items as `logic.handover.Item`."""
        items = self.item_ids.filtered(lambda item: item.id in rows)
        letters = self._get_letters(items)
        disputed, promised, planned, paused = self._get_agreed(items)
        limitations, returned = self._get_limitations(), self._get_returned()
        today = self.company_id._get_dunning_today()
        facts = []
        for item in items.sorted(lambda one: (one.date_maturity or one.date, one.id)):
            number, amount, _worth, excluded = rows[item.id]
            mine = letters[item]
            facts.append(handover.Item(
                item.id, number or item.name or '', amount, disputed.get(item.move_id, 0.0),
                item in promised, item in planned, item in paused, excluded,
                is_announced=bool(mine) and mine[-1][1].hand_over,
                deadline=mine[-1][0].deadline or None if mine else None,
                letters=len([one for one, _level in mine if self._is_written(one)]),
                first_letter=self._get_first_day_of([one for one, _level in mine]),
                limitation=limitations.get(item.id),
                is_delivered=item.move_id.is_move_sent or not item.move_id.is_sale_document(
                    include_receipts=True),
                has_return=item.move_id in returned,
                is_due=(item.date_maturity or item.date) < today))
        return tuple(facts)

    def _get_letters(self, items):
        """Return {item: [(letter, level)]} of the reminders that reached the customer, by day."""
        lines = self.env['dunning.letter.line'].sudo().search([
            ('move_line_id', 'in', items.ids), ('state', '=', 'sent'),
            ('letter_id.state', '=', 'sent'), ('letter_id.is_prenotice', '=', False)])
        found = defaultdict(list)
        for line in lines.sorted(lambda line: (line.letter_id.sent_date, line.letter_id.id)):
            found[line.move_line_id].append((line.letter_id, line.level_id))
        return found

    def _get_first_day_of(self, letters):
        """Return when the reminders about an item began: § 31 (2) BDSG counts written ones.

        Where none is written, the first of all counts: the policy waits after a call as well.
        """
        written = [one for one in letters if self._is_written(one)]
        return min((one.sent_date for one in written or letters), default=None)

    def _is_written(self, letter):
        """Return whether a letter is in text form: a call is no written reminder."""
        channel = self.env['dunning.level']._get_channels().get(letter.channel)
        return bool(channel and channel.needs in (EMAIL, ADDRESS))

    def _get_agreed(self, items):
        """Return what runs about items: {invoice: disputed}, those promised, in plans, paused.

        A dispute counts until it is decided, a promise and a plan as long as they are kept.
        """
        company, moves = self.company_id, items.move_id
        own = [('company_id', '=', company.id), ('partner_id', '=', self.partner_id.id)]
        disputes = self.env['dunning.dispute'].search([
            *own, ('move_id', 'in', moves.ids), ('state', '=', 'open')])
        promises = self.env['dunning.promise'].search([*own, ('state', '=', 'open')])
        plans = self.env['dunning.installment.plan'].search([*own, ('state', '=', 'active')])
        pauses = self.env['dunning.pause'].search([
            *own, ('kind', '=', 'manual'), ('date_until', '>=', company._get_dunning_today())])
        paused = pauses.item_ids | items.filtered(
            lambda item: item.move_id in pauses.filtered(lambda one: not one.item_ids).move_id)
        return (
            {one.move_id: one.amount for one in disputes},
            promises.item_ids, plans.item_ids, paused)

    def _get_limitations(self):
        """Return {line id: last day before the claim is time-barred} of items that are due."""
        self.env.flush_all()
        claims = self.env['dunning.claim'].sudo().search(
            [('move_line_id', 'in', self.item_ids.ids)])
        claims.invalidate_recordset(flush=False)
        return {claim.move_line_id.id: claim.limitation_date or None for claim in claims}

    def _get_returned(self):
        """Return the invoices of which goods come back, or for which a credit note is drafted."""
        moves = self.item_ids.move_id
        drafts = self.env['account.move'].sudo().search([
            ('reversed_entry_id', 'in', moves.ids), ('state', '=', 'draft'),
            ('move_type', '=', 'out_refund')])
        orders = moves.invoice_line_ids.sale_line_ids
        returns = self.env['stock.move'].sudo().search([
            ('origin_returned_move_id.sale_line_id', 'in', orders.ids),
            ('state', 'not in', ('done', 'cancel'))]) if orders else self.env['stock.move']
        lines = returns.origin_returned_move_id.sale_line_id
        return drafts.reversed_entry_id | (lines.invoice_lines.move_id & moves)

    def _get_credit(self):
        """Return what the customer has with us and nobody has allocated, in the case's currency.

        With any branch: it is one creditor.
        """
        rows = self.env['dunning.item']._fetch(
            self.company_id._get_dunning_tree(), ('open',), partner_ids=self.partner_id.ids,
            with_payments=True,
            where=SQL("item.open < 0 AND item.currency = %s", self.currency_id.id))
        return -sum(amount for amount, in rows)

    def _is_address_complete(self):
        address = self.recipient_id or self.partner_id
        return all((address.street, address.city, address.zip, address.country_id))

    def _get_pending_letters(self):
        """Return the letters to the customer that have not gone out yet, of any branch."""
        return self.env['dunning.letter'].search(
            Domain('company_id', 'in', self.company_id._get_dunning_tree().ids)
            & Domain('partner_id', '=', self.partner_id.id)
            & Domain('state', 'in', ('draft', 'ready', 'sending'))
            & Domain('run_id.date', '<=', self.company_id._get_dunning_today()))

    def _get_missing(self):
        """Return the headings of columns that the agency asks for and that would stay empty."""
        columns = self.agency_id.column_ids.filtered('is_required')
        if not columns or not self.item_ids:
            return ()
        rows = self._make_rows(self._prepare_record(), columns)
        return tuple(
            column._get_heading() for index, column in enumerate(columns)
            if any(not row[index][1] for row in rows))

    # Claims -------------------------------------------------------------------------------------

    def _get_claims_today(self):
        """Return {line id: `Claim`} of the items, with their default and interest up to today."""
        policy = self._get_policy()
        return self.env['account.move.line'].sudo()._get_claims(
            self.company_id, {item.id: policy for item in self.sudo().item_ids},
            self.company_id._get_dunning_today())

    def _get_interest_amount(self, claim):
        """Return the interest on an item that nobody has paid: claimed by letters, or not yet.

        :param claim: see `account.move.line._get_claims`; None where nothing is known
        """
        if not claim:
            return 0.0
        claimed = self._get_charges().filtered(lambda charge: (
            charge.kind == 'interest' and charge.move_line_id.id == claim.item.id))
        grown = (claim.interest.amount - claim.claimed) if claim.interest else 0.0
        return self.currency_id.round(max(grown, 0.0) + sum(claimed.mapped('amount_open')))

    def _get_charges(self):
        """Return the open charges that letters have claimed about these items, sudo.

        What concerns items of several cases is claimed once: by the case that went first.
        """
        self.ensure_one()
        charges = self.env['dunning.charge']._get_open(
            self.company_id, self.partner_id.ids
        ).filtered(lambda charge: charge.currency_id == self.currency_id)
        about, own = charges._get_items(), set(self.sudo().item_ids.ids)
        taken = self._get_taken({line_id for ids in about.values() for line_id in ids} - own)
        return charges.filtered(lambda charge: (
            not own.isdisjoint(about[charge.id]) and taken.isdisjoint(about[charge.id])))

    def _get_taken(self, line_ids):
        """Return which items other cases have handed over before this one and still stand for."""
        lines = self.env['dunning.handover.line'].sudo().search([
            ('move_line_id', 'in', list(line_ids)), ('is_current', '=', True),
            ('handover_id.date_handed_over', '!=', False), ('handover_id', 'not in', self.ids)])
        mine = self.sudo().package_id.id        # packages are made in the order of the handovers
        return set(lines.filtered(lambda line: (
            not mine or line.handover_id.package_id.id < mine)).move_line_id.ids)
