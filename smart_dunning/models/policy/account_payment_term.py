from odoo import fields, models


class AccountPaymentTerm(models.Model):
    _inherit = 'account.payment.term'

    def _get_dunning_credit_days(self):
        """Return how many days of credit the term gives at most, for an invoice of any day.

        The last instalment counts, measured from the first of a month, when month ends are far.
        """
        start = fields.Date.to_date('2026-01-01')
        return max(((line._get_due_date(start) - start).days for line in self.sudo().line_ids),
                   default=0)
