import io

import xlsxwriter

from odoo import api, fields, models


class DunningStatement(models.TransientModel):
    """The account statement of a customer by itself, as PDF and as table; never stored."""

    _name = 'dunning.statement'
    _description = "Account Statement"
    _inherit = ['dunning.document']

    _document_template = 'smart_dunning.statement_document'

    name = fields.Char()
    date = fields.Date()
    company_id = fields.Many2one('res.company')
    partner_id = fields.Many2one('res.partner')
    recipient_id = fields.Many2one('res.partner')
    currency_id = fields.Many2one('res.currency')
    document_id = fields.Many2one('ir.attachment')

    @api.model
    def _make(self, company, partner, recipient, lang=None):
        """Return the statement of a customer for one of their contacts, as superuser.

        :param lang: of its words, for readers other than the customer
        """
        statement = self.sudo().with_company(company).new({
            'date': company._get_dunning_today(), 'company_id': company.id,
            'partner_id': partner.id, 'recipient_id': recipient.id,
            'currency_id': company.currency_id.id})
        if lang:
            statement.lang = self._choose_lang(lang, statement.lang)
        statement.name = statement.with_context(lang=statement.lang).env._("Account statement")
        return statement

    def _get_signer(self):
        # OVERRIDES smart_dunning: who looks after dunning
        user = self.company_id.dunning_user_id
        return {
            'name': user.partner_id.name or '', 'phone': user.partner_id.phone
            or self.company_id.phone or '',
            'email': self.company_id._choose_dunning_address(user)}

    def _prepare_document_values(self):
        return {
            **super()._prepare_document_values(), 'letter': self,
            'statement': self._get_rows()}

    def _get_rows(self):
        """Return the statement as letters have it, of the one company: a part per currency."""
        return self.env['dunning.letter'].new({
            name: self[name].id for name in ('company_id', 'partner_id', 'currency_id')
        } | {'date': self.date})._prepare_statement_values(self.company_id)

    def _make_sheet(self):
        """Return the statement as an XLSX file; texts stay texts, whatever they begin with."""
        self.ensure_one()
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {'in_memory': True, 'strings_to_formulas': False,
                                            'strings_to_urls': False})
        bold = book.add_format({'bold': True})
        day = book.add_format({'num_format': 'yyyy-mm-dd'})
        money = book.add_format({'num_format': '#,##0.00'})
        for part in self._get_rows():
            sheet = book.add_worksheet(part['currency'].name)
            for column, title in enumerate((
                    self.env._("Document"), self.env._("Date"), self.env._("Due on"),
                    self.env._("Days overdue"), self.env._("Amount"), self.env._("Open"))):
                sheet.write_string(0, column, title, bold)
            for number, row in enumerate(part['rows'], 1):
                sheet.write_string(number, 0, row['name'])
                sheet.write_datetime(number, 1, fields.Datetime.to_datetime(row['date']), day)
                sheet.write_datetime(number, 2, fields.Datetime.to_datetime(row['due']), day)
                sheet.write_number(number, 3, row['days_overdue'])
                sheet.write_number(number, 4, row['amount'], money)
                sheet.write_number(number, 5, row['open'], money)
            last = len(part['rows']) + 1
            sheet.write_string(last, 0, self.env._("Balance"), bold)
            sheet.write_number(last, 5, part['total'], money)
            sheet.set_column(0, 0, 30)
            sheet.set_column(1, 5, 14)
        if not book.worksheets():
            book.add_worksheet()
        book.close()
        return target.getvalue()
