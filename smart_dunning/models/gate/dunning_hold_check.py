from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..item.account_move_line import CLOSED_PAYMENT_STATES


class DunningHoldCheck(models.AbstractModel):
    """What is overdue, item by item, for those who ask a held customer to pay."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_overdue_lines(self, company, partner):
        """Return the overdue receivable lines of a customer that count for holds, oldest first."""
        config = self._get_config(company.id)
        return self.env['account.move.line'].sudo().search(Domain([
            ('partner_id', '=', partner.id), ('company_id', 'in', config.companies),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('parent_state', '=', 'posted'), ('reconciled', '=', False),
            ('amount_residual', '>', 0), ('no_followup', '=', False),
            ('date_maturity', '<', company._get_dunning_today()),
            ('move_id.payment_state', 'not in', CLOSED_PAYMENT_STATES),
        ]), order='date_maturity, id', limit=50)

    @api.model
    def _get_overdue_items(self, company, partner):
        """Return the overdue items as texts for the salesperson."""
        return [
            self.env._("%(number)s over %(amount)s, due on %(day)s", number=line.move_name,
                       amount=line.currency_id.format(line.amount_residual_currency),
                       day=format_date(self.env, line.date_maturity))
            for line in self._get_overdue_lines(company, partner)]
