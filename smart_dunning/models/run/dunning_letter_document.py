from odoo import api, models
from odoo.fields import Domain
from odoo.tools.mail import html2plaintext


class DunningLetter(models.Model):
    """The letter as a document.

    Texts change by level in the interface; the layout by a view that inherits
    `smart_dunning.letter_document`, for all letters, or as a primary view for the company or level
    that names it; what the template knows by extending `_prepare_document_values`.
    """

    _name = 'dunning.letter'
    _inherit = ['dunning.letter', 'dunning.document']

    _document_template = 'smart_dunning.letter_document'
    _qr_kind = '91'

    def _get_document_template(self):
        """Return the template of the letter: the level's, else the company's, else ours."""
        return (
            self.level_id.letter_layout_id.id or self.company_id.dunning_letter_layout_id.id
            or super()._get_document_template())

    # What the template knows ---------------------------------------------------------------------

    def _prepare_document_values(self):
        """Return the values of the template `smart_dunning.letter_document`.

        Called as superuser, in the company and language of the letter. Texts are plain (the
        template escapes them) but for those of level and company, which were sanitized when saved.
        """
        self.ensure_one()
        bank = self._get_payment_bank()
        items = self._get_asked_lines()
        statement = self.level_id.attach_statement and self._prepare_statement_values()
        claim = self._prepare_claim_values()
        return {
            **super()._prepare_document_values(),
            'letter': self,
            'subject': self._get_document_heading(),
            'letter_text': self._render_text('letter_text'),
            'own_words': self.own_words,
            'letter_closing': self._render_text('letter_closing'),
            'items': items,
            # Then the table tells the level of each item.
            'is_mixed': len(items.level_id) > 1,
            # Two columns less where nothing is paid; what is disputed stands below the number.
            'has_history': any(items.mapped('amount_paid')),
            'sums': self._get_document_sums(),
            'bank': bank,
            'qr': self._get_qr_image(bank),
            'bills': list(filter(None, [self._make_swiss_bill(
                bank, self.amount_total, self._get_reference_to_type())])),
            'payment': self._get_payment_lines(bank),
            'statement': statement,
            'enclosures': self._get_enclosures(statement, claim['interest_rows']),
            'objections': self._get_objection_sentences(),
            'arbitration_note': self._get_arbitration_note(),
            **claim,
        }

    def _get_document_heading(self):
        """Return the subject as the heading of the letter: without our name, which stands above.

        French puts a no-break space before the colon. What followed it was no beginning; now it is.
        """
        subject = html2plaintext(self._render_text('subject') or '')
        rest = subject.removeprefix(self.company_id.name).lstrip()
        if rest != subject and rest.startswith(':'):
            subject = rest[1:].lstrip()
        return subject[:1].upper() + subject[1:]

    def _get_enclosures(self, statement, interest_rows):
        """Return what stands behind "Enclosed": only what is really there.

        Copies need files, and paper comes without them.
        """
        has_copies = self._get_channel().carries_files and bool(self._get_invoice_attachments())
        return list(filter(None, (
            interest_rows and self.env._("calculation of late-payment interest"),
            statement and self.env._("account statement"),
            has_copies and self.env._("copies of the invoices"))))

    def _get_payment_lines(self, bank):
        """Return how to pay, as lines; [] where nothing is to be paid or nothing said of it."""
        if (self.currency_id.compare_amounts(self.amount_total, 0) <= 0
                or not (bank or self.deadline)):
            return []
        return self._make_payment_lines(
            bank, self.amount_total, self._get_reference_to_type(),
            self.deadline and (self.env._("Please pay by"), self.deadline))

    def _get_document_sums(self):
        """Return the codes and amounts above the total, in order; empty when it stands alone.

        A third value is the earlier letter that has claimed it, where it is known.
        """
        sums = [
            ('credit', -self.amount_credit, False), ('interest', self.amount_interest, False),
            ('lump_sum', self.amount_lump_sum, False), ('fee', self.amount_fee, False),
            *(('charges', amount, letter) for letter, amount in self._get_earlier_charges())]
        sums = [one for one in sums if not self.currency_id.is_zero(one[1])]
        return [('due', self.amount_due, False), *sums] if sums else []

    def _get_earlier_charges(self):
        """Return pairs of letter and amount of what earlier letters have claimed; they add up."""
        earlier = (self.claim_details or {}).get('earlier') or []
        if self.currency_id.compare_amounts(
                sum(amount for _letter, amount in earlier), self.amount_charges):
            return [(False, self.amount_charges)]
        return earlier

    # Objections ----------------------------------------------------------------------------------

    def _get_rejected_disputes(self):
        """Return the rejected objections to this letter's invoices of which no letter told yet.

        A reminder before the due date tells of none.
        """
        self.ensure_one()
        disputes = self.env['dunning.dispute'].sudo()
        return disputes if self.is_prenotice else disputes.search([
            ('move_id', 'in', self._get_asked_lines().move_id.ids), ('state', '=', 'rejected'),
            ('told_letter_id', 'in', (False, self.id))], order='date_opened, id')

    def _get_objection_sentences(self):
        """Return what the first letter after a rejected objection says of it."""
        return [
            self.env._(
                "We have examined your objection of %(date)s to invoice %(invoice)s. In our view "
                "the invoice is correct: %(answer)s Please pay this amount as well.",
                answer=_end_sentence(dispute.answer), **named) if dispute.answer else self.env._(
                "We have examined your objection of %(date)s to invoice %(invoice)s. In our view "
                "the invoice is correct. Please pay this amount as well.", **named)
            for dispute in self._get_rejected_disputes()
            for named in [{
                'date': self._format_document_date(dispute.date_opened),
                'invoice': dispute.move_id.name}]]

    def _get_arbitration_note(self):
        """Return what a consumer has to be told of arbitration, § 37 VSBG, or False.

        With the answer to an objection, and with the last level: it may not be asked again.
        """
        customer, policy = self.partner_id, self.policy_id
        if policy._is_business(customer.is_company or customer.vat):
            return False
        last = policy.level_ids.filtered('active').sorted('position')[-1:]
        if self.level_id != last and not self._get_rejected_disputes():
            return False
        return self.company_id.dunning_arbitration_note

    def _mark_told_disputes(self):
        """Remember that this letter has told of the rejected objections."""
        self._get_rejected_disputes().told_letter_id = self

    # Payment -------------------------------------------------------------------------------------

    def _get_payment_bank(self):
        """Return the company's account to pay to: the invoices' own, else one in the currency."""
        return self._choose_bank(self._get_asked_lines().move_id)

    def _get_invoice_numbers(self):
        return list(dict.fromkeys(filter(None, self._get_asked_lines().mapped('name'))))

    def _get_reference_to_type(self):
        """Return what the customer writes on the transfer, the same in mail, letter and code."""
        return self._fit_reference(
            self._get_payment_bank(), self.company_id._choose_dunning_reference(
                self._get_asked_lines().move_id, self._get_invoice_numbers(), self.name))

    @api.model
    def _get_known_domain(self):
        # OVERRIDES smart_dunning
        return Domain('state', '=', 'sent')

    def _get_qr_payload(self, bank):
        """Return the text of the EPC QR code (GiroCode), or '' when there can be none."""
        return self._make_qr_payload(bank, self.amount_total, self._get_reference_to_type())

    def _get_qr_image(self, bank):
        """Return the QR code for the template as a data URI, or False."""
        return self._draw_qr(self._get_qr_payload(bank))


def _end_sentence(text):
    """Return a text with a full stop at its end, unless it ends a sentence already."""
    text = " ".join(text.split())
    return text if text.endswith(('.', '!', '?', '…')) else f'{text}.'
