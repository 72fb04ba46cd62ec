from odoo import api, fields, models
from odoo.exceptions import UserError


class DunningCreditCheck(models.Model):
    """A check counts for holds and proposals at once."""

    _inherit = 'dunning.credit.check'

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        checks._enqueue_debtor()
        return checks

    def write(self, vals):
        self._enqueue_debtor()
        result = super().write(vals)
        self._enqueue_debtor()
        return result

    def unlink(self):
        self._enqueue_debtor()
        return super().unlink()

    def _enqueue_debtor(self):
        self.env['dunning.debtor.change']._enqueue_of(self)


class DunningDebtor(models.Model):
    _inherit = 'dunning.debtor'

    has_credit_provider = fields.Boolean(compute='_compute_has_credit_provider')

    def _compute_has_credit_provider(self):
        self.has_credit_provider = self.env['dunning.credit.check']._has_provider()

    def action_fetch_credit_check(self):
        """Ask the provider that is installed about these customers.

        :raise UserError: when there is none, or when it knows nobody of them
        """
        checks = self.env['dunning.credit.check']
        checks.check_access('create')
        self.check_access('read')
        if not checks._has_provider():
            raise UserError(self.env._(
                "No provider of credit checks is installed. Record the check by hand, or import a "
                "file."))
        for company, debtors in self.grouped('company_id').items():
            checks |= checks._fetch_for(company, debtors.partner_id)
        if not checks:
            raise UserError(self.env._("The provider knows nothing of these customers."))
        self._refresh_own()
        return True
