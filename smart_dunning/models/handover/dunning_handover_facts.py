from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...logic import handover, insolvency
from ..policy.channel import ADDRESS, EMAIL


class DunningHandover(models.Model):
    """What is known about a case, and what speaks against handing it over."""

    _inherit = 'dunning.handover'

    # Decision -----------------------------------------------------------------------------------

    def _update_points(self):
        """Write down what speaks against handing over today; return the `logic.handover.Point`s."""
        points = ()
        for case in self.sudo():
            facts = case._get_case_facts()
            points = case._decide(facts)
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
            case._update_bureau_facts(facts)
        return points

    def _decide(self, facts):
        """Return everything that speaks against handing this case over today.

        :param facts: `logic.handover.Case`
        """
        self.ensure_one()
        case, company = self.sudo(), self.company_id
        return handover.decide(
            facts, case._get_rules(), case._get_terms(), company._get_dunning_today(),
            company.currency_id.compare_amounts)

    def _get_terms(self):
        """Return the agency as `logic.handover.Agency`; None without one."""
        return next(iter(self.sudo().agency_id._get_terms()), None)

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
            insolvency=insolvency.find_words(partner.name), missing=self._get_missing())

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
        facts = []
        for item in self._sort_items(items):
            number, amount, _worth, excluded = rows[item.id]
            mine = letters[item]
            facts.append(handover.Item(
                item.id, number or item.name or '', amount, disputed.get(item.move_id, 0.0),
                item in promised, item in planned, item in paused, excluded,
                is_announced=bool(mine) and mine[-1][1].hand_over,
                deadline=mine[-1][0].deadline or None if mine else None,
                reminders=self._make_reminders(mine),
                limitation=limitations.get(item.id),
                is_delivered=item.move_id.is_move_sent or not item.move_id.is_sale_document(
                    include_receipts=True),
                has_return=item.move_id in returned,
                due=item.date_maturity or item.date))
        return tuple(facts)

    def _make_reminders(self, letters):
        """Return the [(letter, level)] about an item as `logic.handover.Reminder`s."""
        channels = self.env['dunning.level']._get_channels()
        return tuple(handover.Reminder(
            letter.id, letter.sent_date,
            is_written=(channel := channels.get(letter.channel)) is not None
            and channel.needs in (EMAIL, ADDRESS),
            tells_bureau=level.tells_bureau) for letter, level in letters)

    @api.model
    def _sort_items(self, items):
        """Return items in the order in which they are told: the oldest first."""
        return items.sorted(lambda item: (item.date_maturity or item.date, item.id))

    def _get_letters(self, items):
        """Return {item: [(letter, level)]} of the reminders that reached the customer, by day."""
        lines = self.env['dunning.letter.line'].sudo().search([
            ('move_line_id', 'in', items.ids), ('state', '=', 'sent'),
            ('letter_id.state', '=', 'sent'), ('letter_id.is_prenotice', '=', False)])
        found = defaultdict(list)
        for line in lines.sorted(lambda line: (line.letter_id.sent_date, line.letter_id.id)):
            found[line.move_line_id].append((line.letter_id, line.level_id))
        return found

    def _get_agreed(self, items):
        """Return what runs about items: {invoice: disputed}, those promised, in plans, paused.

        A dispute counts until it is decided, a promise and a plan as long as they are kept.
        """
        company, moves = self.company_id, items.move_id
        own = [('company_id', '=', company.id), ('partner_id', '=', self.partner_id.id)]
        disputes = self._get_open_disputes(moves)
        promises = self.env['dunning.promise'].search([*own, ('state', '=', 'open')])
        plans = self.env['dunning.installment.plan'].search([*own, ('state', '=', 'active')])
        pauses = self.env['dunning.pause'].search([
            *own, ('kind', '=', 'manual'), ('date_until', '>=', company._get_dunning_today())])
        paused = pauses.item_ids | items.filtered(
            lambda item: item.move_id in pauses.filtered(lambda one: not one.item_ids).move_id)
        return (
            {one.move_id: one.amount for one in disputes},
            promises.item_ids, plans.item_ids, paused)

    def _get_open_disputes(self, moves):
        """Return the disputes about these invoices that nobody has decided yet."""
        return self.env['dunning.dispute'].search([
            ('company_id', '=', self.company_id.id), ('partner_id', '=', self.partner_id.id),
            ('move_id', 'in', moves.ids), ('state', '=', 'open')])

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
