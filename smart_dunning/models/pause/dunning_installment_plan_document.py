from odoo import api, fields, models
from odoo.fields import Domain

#: So many parts have a Swiss QR-bill each.
_MOST_BILLS = 12


class DunningInstallmentPlan(models.Model):
    """The agreement on paper: what is owed, the parts, the acknowledgement, where to sign.

    The layout changes by inheriting the view `smart_dunning.installment_document`.
    """

    _name = 'dunning.installment.plan'
    _inherit = ['dunning.installment.plan', 'dunning.document']

    _document_template = 'smart_dunning.installment_document'
    _qr_kind = '92'

    document_id = fields.Many2one(
        'ir.attachment', "Agreement (PDF)", readonly=True, copy=False, ondelete='restrict')

    def action_print(self):
        """Show the agreement: as it was agreed, or as it would be."""
        self.check_access('read')
        return {
            'type': 'ir.actions.act_url', 'target': 'new',
            'url': f"/report/pdf/smart_dunning.installment_document/{','.join(map(str, self.ids))}",
        }

    # What the template knows ---------------------------------------------------------------------

    def _prepare_document_values(self):
        """Return the values of the template `smart_dunning.installment_document`."""
        self.ensure_one()
        items = self.item_ids.sorted(lambda item: (item.date_maturity or item.date, item.id))
        parts = self._prepare_part_rows()
        bank = self._choose_bank(items.move_id)
        first = parts[0] if parts else {'amount': 0.0, 'date': False}
        return {
            **super()._prepare_document_values(),
            'letter': self,
            'salutation': self._get_salutation(),
            'items': [self._prepare_item_row(item) for item in items],
            'parts': parts,
            'total': sum(part['amount'] for part in parts),
            'terms': self._get_terms_texts(),
            'acknowledgement': self.acknowledgement and self._get_acknowledgement_texts(),
            'first': first,
            'bank': bank,
            'qr': self._draw_qr(self._make_qr_payload(
                bank, first['amount'], self._get_reference_to_type())),
            'bills': self._make_swiss_bills(bank, parts),
            'payment': bank and parts and self._make_payment_lines(
                bank, first['amount'], self._get_reference_to_type(),
                (self.env._("First instalment by"), first['date'])),
        }

    def _get_signer(self):
        # OVERRIDES smart_dunning: a plan has no fields of them
        signer = self.user_id.partner_id
        return {
            'name': signer.name or '', 'phone': signer.phone or self.company_id.phone or '',
            'email': self.company_id._choose_dunning_address(self.user_id)}

    def _get_terms_texts(self):
        """Return what applies to the agreement, as sentences in the customer's language."""
        policy = self.env['dunning.promise']._get_policy(self.company_id, self.partner_id)
        days, by_notice = (
            (policy.installment_grace_days, policy.installment_by_notice)
            if self.state == 'draft' else (self.grace_days, self.by_notice))
        return [
            self.env._(
                "Each payment is counted towards the oldest open instalment. You may pay sooner at "
                "any time."),
            self.env._(
                "As long as the instalments arrive in time, you get no reminders of these items."),
            self._get_end_text(days, by_notice),
            self.env._(
                "Fees and interest that were claimed before stay open beside the instalments. If "
                "all instalments arrive in time, no late interest is claimed for the time of this "
                "agreement.") if self.interest == 'waived' else self.env._(
                "Fees and interest that were claimed before stay open beside the instalments. Late "
                "interest on what is not paid yet goes on and is owed besides."),
            self.env._("Apart from that, everything stays as agreed for the invoices."),
        ]

    def _get_end_text(self, days, by_notice):
        """Return how the agreement ends when instalments are missing.

        :param days: days of grace
        :param by_notice: whether only a notice ends it, as consumers may expect (§ 498 BGB)
        """
        if by_notice:
            return self.env._(
                "If you are in arrears with two instalments in a row, in whole or in part, and do "
                "not pay although we have granted you two more weeks in writing, we may end this "
                "agreement: the whole remaining amount is then due at once. Please contact us "
                "before, if you cannot keep a date.")
        if days:
            return self.env._(
                "If an instalment has not arrived in full %(days)s days after its date, this "
                "agreement ends without further notice: the whole remaining amount is then due at "
                "once, and you will get reminders of it.", days=days)
        return self.env._(
            "If an instalment has not arrived in full on its date, this agreement ends without "
            "further notice: the whole remaining amount is then due at once, and you will get "
            "reminders of it.")

    def _get_acknowledgement_texts(self):
        """Return the acknowledgement: declaratory, of what is owed anyway; it restarts limitation.

        It is no new promise of debt (§ 781 BGB), and says so.
        """
        law = self._get_limitation_law()
        return [
            self.env._(
                "%(customer)s acknowledges owing %(company)s the amount of %(amount)s from the "
                "items named above.", customer=self.partner_id.name, company=self.company_id.name,
                amount=self._format_document_money(self.amount_parts)),
            self.env._(
                "The acknowledgement confirms these existing claims and does not create a new "
                "debt. With it, the period of limitation of these claims starts anew (%(law)s).",
                law=law) if law else self.env._(
                "The acknowledgement confirms these existing claims and does not create a new "
                "debt. With it, the period of limitation of these claims starts anew."),
        ]

    def _prepare_item_row(self, item):
        move = item.move_id
        return {
            'name': item.move_name or move.name,
            'date': move.invoice_date or item.date,
            'due': item.date_maturity or item.date,
            'amount': item.amount_currency,
            'open': item.amount_residual_currency,
        }

    def _prepare_part_rows(self):
        """Return number, date, amount of each part, and what remains after it."""
        rows, rest = [], self.amount_parts
        for number, part in enumerate(self._get_ordered_parts(), 1):
            rest = self.currency_id.round(rest - part.amount)
            rows.append({
                'number': number, 'date': part.date_due, 'amount': part.amount, 'rest': rest})
        return rows

    def _get_limitation_law(self):
        """Return the rule by which an acknowledgement restarts limitation, where we know it.

        Rooms that know the law of the creditor's country extend it.
        """
        return ''

    # Payment -------------------------------------------------------------------------------------

    def _get_invoice_numbers(self):
        items = self.item_ids.sorted(lambda item: (item.date_maturity or item.date, item.id))
        return list(dict.fromkeys(filter(None, items.mapped('move_name'))))

    def _get_reference_to_type(self):
        """Return what the customer writes on the transfer, the same in mail, letter and code."""
        return self._fit_reference(
            self._choose_bank(self.item_ids.move_id), self.company_id._choose_dunning_reference(
                self.item_ids.move_id, self._get_invoice_numbers(), self.name))

    def _make_swiss_bills(self, bank, parts):
        """Return a QR-bill for each part; none where a standing order is less paper."""
        if len(parts) > _MOST_BILLS:
            return []
        return list(filter(None, (
            self._make_swiss_bill(
                bank, part['amount'], self._get_reference_to_type(), ", ".join((
                    self.env._("part %(number)s of %(parts)s",
                               number=part['number'], parts=len(parts)),
                    self._format_document_date(part['date']))))
            for part in parts)))

    @api.model
    def _get_known_domain(self):
        # OVERRIDES smart_dunning
        return Domain('state', '!=', 'draft')
