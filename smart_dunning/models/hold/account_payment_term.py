from odoo import api, fields, models, tools


class AccountPaymentTerm(models.Model):
    _inherit = 'account.payment.term'

    @tools.ormcache('self.id')
    def _get_dunning_credit_days(self):
        """Return how many days of credit the term gives at most, for an invoice of any day.

        The last instalment counts, measured from the first of a month, when month ends are far.
        Asked at every checkpoint, so it is cached.
        """
        start = fields.Date.to_date('2026-01-01')
        return max(((line._get_due_date(start) - start).days for line in self.sudo().line_ids),
                   default=0)

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()    # the credit of a term is part of the cached rules
        return result


class AccountPaymentTermLine(models.Model):
    _inherit = 'account.payment.term.line'

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
