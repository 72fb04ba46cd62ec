import re

from odoo import api, models

_SEPARATORS = re.compile(r'[\s,;:]+')


class DunningLetter(models.Model):
    _inherit = 'dunning.letter'

    @api.model
    def _find_by_texts(self, company, texts):
        """Return {text: letters of the creditor whose number it names}, of those that were sent.

        :param texts: what customers wrote on transfers
        """
        words = {
            text: {word.strip('.()') for word in _SEPARATORS.split(text)} - {''} for text in texts}
        letters = self.sudo().search([
            ('name', 'in', list(set().union(*words.values()))), ('state', '=', 'sent'),
            ('company_id', 'in', company._get_dunning_tree().ids)]) if words else self
        return {
            text: letters.filtered(lambda letter: letter.name in of_text)     # noqa: B023
            for text, of_text in words.items()}


class AccountBankStatementLine(models.Model):
    """A transfer that names a letter is its customer's, whatever account it comes from."""

    _inherit = 'account.bank.statement.line'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS account: whatever matches statement lines looks at the customer's items then
        lines = super().create(vals_list)
        unknown = lines.filtered(lambda line: not line.partner_id and line.payment_ref)
        for company, of_company in unknown.grouped('company_id').items():
            found = self.env['dunning.letter']._find_by_texts(
                company, of_company.mapped('payment_ref'))
            for line in of_company:
                customer = found[line.payment_ref].partner_id
                if len(customer) == 1:
                    line.partner_id = customer
        return lines
