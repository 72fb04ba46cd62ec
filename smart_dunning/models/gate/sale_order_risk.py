from odoo import api, fields, models


class SaleOrder(models.Model):
    """How the payer of an order pays: class and history for sales, and no amounts."""

    _inherit = 'sale.order'

    dunning_risk_text = fields.Char(
        "Payer's Risk", compute='_compute_dunning_risk_text', compute_sudo=True,
        groups='base.group_user', help="From A (pays well) to D, by the invoices of two years.")

    @api.depends('partner_invoice_id', 'company_id')
    @api.depends_context('lang')
    def _compute_dunning_risk_text(self):
        for company, orders in self.grouped('company_id').items():
            for order in orders:
                payer = order.partner_invoice_id.with_company(company)
                letter = payer.dunning_risk_class
                order.dunning_risk_text = letter and " · ".join(
                    filter(None, (letter.upper(), payer.dunning_risk_sentence)))
