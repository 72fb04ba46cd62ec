from odoo import api, models
from odoo.tools import SQL

from ...logic.days import shift
from ..risk.dunning_forecast import OpenRow


class DunningForecast(models.AbstractModel):
    """Confirmed orders that are not invoiced yet: what they will bring, and when."""

    _inherit = 'dunning.forecast'

    @api.model
    def _read_orders(self, company, date, usual):
        """Return orders as `OpenRow`: due when delivered as agreed, plus the days of their terms.

        What is late to be delivered counts as delivered on the day of the forecast.
        """
        self.env['sale.order'].flush_model([
            'partner_invoice_id', 'company_id', 'currency_id', 'dunning_to_invoice',
            'commitment_date', 'date_order', 'payment_term_id'])
        rows = self.env.execute_query(SQL("""
            SELECT payer.commercial_partner_id, so.currency_id, so.payment_term_id,
                   GREATEST(COALESCE(so.commitment_date, so.date_order)::date, %s),
                   sum(so.dunning_to_invoice)::float8
              FROM sale_order so JOIN res_partner payer ON payer.id = so.partner_invoice_id
             WHERE so.dunning_to_invoice > 0 AND so.company_id IN %s
          GROUP BY 1, 2, 3, 4
        """, date, company._get_dunning_tree()._ids))
        terms = self.env['account.payment.term'].sudo().browse(
            {term_id for _partner, _currency, term_id, *_rest in rows if term_id})
        days = {term.id: term._get_dunning_credit_days() for term in terms}
        currencies = self.env['res.currency']
        return [
            OpenRow(0, partner_id, currency_id, shift(day, days.get(term_id, 0)), amount,
                    currencies.browse(currency_id)._convert(
                        amount, company.currency_id, company, date))
            for partner_id, currency_id, term_id, day, amount in rows]
