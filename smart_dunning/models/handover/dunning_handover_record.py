from odoo import models
from odoo.fields import Date
from odoo.tools import float_repr

from ...logic import handover
from ...logic import handover_record as record
from ..policy.labels import get_label
from .dunning_handover_settle import CREDIT


class DunningHandover(models.Model):
    """The case as the neutral record that leaves: parties, claims, charges, letters, agreements."""

    _inherit = 'dunning.handover'

    def _prepare_record(self):
        """Return the case as `logic.handover_record.Record`, as it stands today."""
        self.ensure_one()
        case = self.sudo().with_company(self.company_id)
        items, charges = case._sort_items(case.item_ids), case._get_charges()
        claims, limitations = case._get_claims_today(), case._get_limitations()
        letters = case._get_letters(items)
        parts = tuple(
            case._prepare_claim(
                item, claims.get(item.id), limitations.get(item.id), letters[item], charges)
            for item in items)
        fees = sum(charges.filtered(lambda one: one.kind == 'fee').mapped('amount_open'))
        sums = {
            'principal': sum(float(one.open) for one in parts),
            'interest': sum(float(one.interest) for one in parts),
            'lump_sum': sum(float(one.lump_sum) for one in parts), 'fees': fees}
        return record.clean(record.Record(
            number=case.name, date=_day(case.date_handed_over or case.date),
            currency=case.currency_id.name, approach=case.approach,
            **{name: case._amount(amount) for name, amount in sums.items()},
            total=case._amount(sum(sums.values())), note=case.note or '',
            reports='yes' if case.agency_id.reports_to_bureau else 'no',
            creditor=case._prepare_creditor(),
            agency=_make_party(case.agency_id.partner_id, name=case.agency_id.name or ''),
            debtor=case._prepare_debtor(), claims=parts,
            charges=tuple(case._prepare_charge(one) for one in charges),
            letters=case._prepare_letters(), agreements=case._prepare_agreements()))

    def _amount(self, amount):
        return float_repr(self.currency_id.round(amount), self.currency_id.decimal_places)

    def _prepare_creditor(self):
        company = self.company_id
        bank = self._choose_bank(self.item_ids.move_id)
        return _make_party(
            company.partner_id, reference=self.agency_id.creditor_reference or '',
            iban=bank.acc_number if bank else '')

    def _prepare_debtor(self):
        partner = self.partner_id
        address = self.recipient_id or partner
        return _make_party(
            address, name=partner.name or '', reference=partner.ref or str(partner.id),
            kind='company' if partner.is_company else 'person', vat=partner.vat or '',
            email=address.email or partner.email or '', phone=address.phone or partner.phone or '',
            lang=partner.lang or '')

    def _prepare_claim(self, item, claim, limitation, letters, charges):
        """Return an item as `record.Claim`: original = paid + credited + open."""
        move = item.move_id
        payments = self._prepare_payments(item)
        terms = claim.terms if claim else None
        bearing = claim.interest.segments if claim and claim.interest else ()
        lump_sums = charges.filtered(
            lambda one: one.kind == 'lump_sum' and one.move_id == move
            and item == self._get_first_item(move))
        return record.Claim(
            id=str(item.id), number=move.name or item.name or '', due=_day(item.date_maturity),
            date=_day(move.invoice_date or item.date), original=self._amount(item.amount_currency),
            paid=self._sum(payments, 'payment'), waived=self._sum(payments, 'credit'),
            open=self._amount(item.amount_residual_currency),
            subject=self._get_subject(move), delivered='yes' if move.is_move_sent else 'unknown',
            first_reminder=_day(handover.find_first_day(self._make_reminders(letters))),
            default_date=_day(claim and claim.default and claim.default.date),
            default_basis=claim and claim.default and claim.default.basis or '',
            limitation=_day(limitation),
            interest=self._amount(self._get_interest_amount(claim, charges)),
            interest_from=_day(bearing[0].date_from if bearing else None),
            interest_to=_day(bearing[-1].date_to if bearing else None),
            reference_rate=terms and terms.reference or '',
            margin=f'{terms.margin:.2f}' if terms and terms.reference else '',
            day_count=terms.basis if terms and terms.reference else '',
            legal_basis=terms and terms.legal_basis or '',
            lump_sum=self._amount(sum(lump_sums.mapped('amount_open'))), payments=payments)

    def _get_first_item(self, move):
        """Return the item of an invoice that its lump sum is told with: it is owed once."""
        return self._sort_items(self.item_ids.filtered(lambda item: item.move_id == move))[:1]

    def _sum(self, payments, kind):
        return self._amount(sum(float(one.amount) for one in payments if one.kind == kind))

    def _get_subject(self, move):
        """Return what was delivered, in a few words."""
        names = [" ".join((line.name or '').split()) for line in move.invoice_line_ids.filtered(
            lambda line: line.display_type == 'product')]
        return "; ".join(filter(None, names))[:200]

    def _prepare_payments(self, item):
        """Return what reduced an item, by day: each payment and each credit note."""
        return tuple(
            record.Payment(
                _day(day), self._amount(amount), 'credit' if kind == CREDIT else 'payment')
            for day, amount, kind in self._get_reductions(item))

    def _prepare_charge(self, charge):
        return record.Charge(
            kind=charge.kind, date=_day(charge.date), amount=self._amount(charge.amount),
            open=self._amount(charge.amount_open), claim=charge.move_id.name or '')

    def _prepare_letters(self):
        letters = self._get_sent_letters()
        return tuple(record.Letter(
            number=letter.name, date=_day(letter.sent_date), level=letter.level_id.name or '',
            channel=letter.channel, deadline=_day(letter.deadline),
            recipient=letter.email or '' if letter.channel == 'email' else " ".join(
                (letter.recipient_id.contact_address or '').split()),
            message=letter.message_uid or '') for letter in letters)

    def _get_sent_letters(self):
        """Return the letters about these items that reached the customer, the oldest first."""
        letters = self.env['dunning.letter'].sudo()
        for found in self._get_letters(self.item_ids).values():
            for letter, _level in found:
                letters |= letter
        return letters.sorted(lambda letter: (letter.sent_date, letter.id))

    def _prepare_agreements(self):
        """Return promises, plans and disputes about these items, whatever became of them."""
        own = [('company_id', '=', self.company_id.id), ('partner_id', '=', self.partner_id.id)]
        items = self.item_ids
        found = [
            (kind, one, one[day], one[amount])
            for kind, model, day, amount in (
                ('promise', 'dunning.promise', 'date_made', 'amount'),
                ('installment', 'dunning.installment.plan', 'date', 'amount_total'),
                ('dispute', 'dunning.dispute', 'date_opened', 'amount'))
            for one in self.env[model].sudo().search([*own, ('state', '!=', 'draft')])
            if (one.move_id & items.move_id if kind == 'dispute' else one.item_ids & items)]
        return tuple(record.Agreement(
            kind=kind, date=_day(day), amount=self._amount(amount), state=one.state,
            text=f"{one.display_name}: {get_label(one, 'state')}")
            for kind, one, day, amount in sorted(
                found, key=lambda row: (row[2] or row[1].create_date.date(), row[1].id)))


def _day(date):
    return Date.to_string(date) if date else ''


def _make_party(partner, **values):
    """Return a partner's address as `record.Party`."""
    return record.Party(**{
        'name': partner.name or '', 'street': partner.street or '',
        'street2': partner.street2 or '', 'zip': partner.zip or '', 'city': partner.city or '',
        'country': partner.country_id.code or '', 'email': partner.email or '',
        'phone': partner.phone or '', 'vat': partner.vat or '', 'lang': partner.lang or '',
        **values})
