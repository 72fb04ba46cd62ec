from odoo import api, models


class AccountBankStatementLine(models.Model):
    """A transfer that names a letter or plan is its customer's, whatever account it comes from."""

    _inherit = 'account.bank.statement.line'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS account: whatever matches statement lines looks at the customer's items then
        lines = super().create(vals_list)
        unknown = lines.filtered(lambda line: not line.partner_id and line.payment_ref)
        for company, of_company in unknown.grouped('company_id').items():
            texts = of_company.mapped('payment_ref')
            found = [self.env[model]._find_by_texts(company, texts)
                     for model in ('dunning.letter', 'dunning.installment.plan')]
            for line in of_company:
                customer = self.env['res.partner'].union(*(
                    documents[line.payment_ref].partner_id for documents in found))
                if len(customer) == 1:
                    line.partner_id = customer
        return lines
