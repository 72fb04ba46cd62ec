from odoo import api, fields, models

from ..paper.sheet import Sheet, make_book


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
        heads = [self.env._("Document"), self.env._("Date"), self.env._("Due on"),
                 self.env._("Days overdue"), self.env._("Amount"), self.env._("Open")]
        return make_book([Sheet(
            heads, [[row[name] for name in (
                'name', 'date', 'due', 'days_overdue', 'amount', 'open')] for row in part['rows']],
            part['currency'].name,
            [self.env._("Balance"), None, None, None, None, float(part['total'])],
        ) for part in self._get_rows()])
