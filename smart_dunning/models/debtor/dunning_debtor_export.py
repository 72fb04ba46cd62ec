import csv
import io

from odoo import models
from odoo.tools import SQL, format_date

from ...logic.handover_record import defuse
from ..policy.files import download
from ..policy.labels import get_labels
from .dunning_debtor_risk import RISK_FIGURES


class DunningDebtor(models.Model):
    """Everything that scoring knows of a customer, for whoever asks (art. 15 GDPR)."""

    _inherit = 'dunning.debtor'

    def action_export_risk_data(self):
        """Hand out all data that the rating of this customer rests on, as a CSV file.

        :raise AccessError: without the right of a dunning clerk
        """
        self.ensure_one()
        self.check_access('write')
        text = io.StringIO()
        writer = csv.writer(text, delimiter=';')
        # Names, references and notes are what anybody may have typed.
        writer.writerows(
            [defuse(cell) if isinstance(cell, str) else cell for cell in row]
            for row in self._get_risk_data())
        attachment = self.env['ir.attachment'].create({
            'name': self.env._("Score data of %(customer)s.csv", customer=self.partner_id.name),
            'res_model': self._name, 'res_id': self.id, 'mimetype': 'text/csv',
            'raw': text.getvalue().encode('utf-8-sig')})
        return download(attachment)

    def _get_risk_data(self):
        """Return rows of texts: figures, reasons, credit checks, limits and the invoices read."""
        self.ensure_one()
        company = self.company_id
        labels = self.fields_get(list(RISK_FIGURES), ['string'])
        rows = [
            [self.env._("Customer"), self.partner_id.display_name],
            [self.env._("Company"), company.name],
            [self.env._("As of"), format_date(self.env, company._get_dunning_today())],
            [self.env._("Rated"), self.env._("yes") if company.dunning_risk_active
             else self.env._("no")], []]
        rows += [
            [labels[name]['string'], self._get_risk_text(name)]
            for name in RISK_FIGURES if name != 'risk_details']
        rows += [[self.env._("Why This Class"), line]
                 for line in (self.risk_reason or '').splitlines()]
        rows += [[self.env._("Late Invoices of the Company (%)"), round(
            100 * self.env['dunning.risk.pattern'].sudo()._get_of(company).late_share, 1)]]
        rows += self._get_broken_rows() + self._get_check_rows()
        rows += [[], [self.env._("History of the Limit")]]
        rows += self._get_limit_rows()
        rows += [[], [self.env._("Invoices of 24 Months")], [
            self.env._("Number"), self.env._("Due"), self.env._("Paid"), self.env._("Amount"),
            self.env._("Open")]]
        return rows + self._get_rated_invoices()

    def _get_broken_rows(self):
        """Return rows about the promises and payments that count against the customer."""
        rows = []
        risks = self.env['dunning.risk'].sudo()
        terms = self.company_id, self.partner_id.ids, self.company_id._get_dunning_today()
        for title, records in (
                (self.env._("Promises to Pay"), risks._find_broken_promises(*terms)),
                (self.env._("Returned Payments"), risks._find_returned(*terms))):
            rows += [[], [title]]
            rows += [[str(one.date), one.display_name, one.amount,
                      get_labels(one, 'state').get(one.state, '')] for one in records]
        return rows

    def _get_check_rows(self):
        names = ['source', 'number', 'index', 'amount_limit', 'date', 'valid_until', 'note',
                 'attachment_ids']
        checks = self.credit_check_ids
        labels = checks.fields_get(names, ['string'])
        return [[], [self.env._("Credit Checks")], [labels[name]['string'] for name in names]] + [
            [get_labels(check, 'source')[check.source], check.number or '', check.index or '',
             check.amount_limit, str(check.date), str(check.valid_until or ''), check.note or '',
             ", ".join(check.attachment_ids.mapped('name'))] for check in checks]

    def _get_limit_rows(self):
        """Return rows about the changes of the limit; the room that keeps them answers."""
        return []

    def _get_risk_text(self, name):
        value = self[name]
        if self._fields[name].type == 'selection':
            return get_labels(self, name).get(value, '')
        return getattr(value, 'display_name', value)

    def _get_rated_invoices(self):
        """Return number, due date, day of payment, amount and open amount of what was rated."""
        company = self.company_id
        payments = self.env['dunning.risk']._get_payments_query(
            company, company._get_dunning_today(), self.partner_id.ids)
        return [[name, str(due), str(settled or ''), amount, rest]
                for name, due, settled, amount, rest in self.env.execute_query(SQL("""
            SELECT line.move_name, row.due, row.settled, row.amount, row.open
              FROM (%s) row JOIN account_move_line line ON line.id = row.id
          ORDER BY row.due, row.id
        """, payments))]
