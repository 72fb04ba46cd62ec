from odoo import api, fields, models

from ...logic import forecast


class AccountMoveLine(models.Model):
    """When an open item will probably be paid."""

    _inherit = 'account.move.line'

    dunning_expected_date = fields.Date(
        "Expected Payment", compute='_compute_dunning_expected_date', compute_sudo=True,
        help="By how late this customer has paid before, or as it was promised.")

    @api.depends('date_maturity', 'reconciled', 'parent_state', 'partner_id')
    def _compute_dunning_expected_date(self):
        """Set the day for open debts of customers: what was promised, else what is usual."""
        self.dunning_expected_date = False
        debts = self.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable'
            and line.parent_state == 'posted' and not line.reconciled
            and line.amount_residual > 0 and line.partner_id)
        model = self.env['dunning.forecast']
        for company, lines in debts.grouped('company_id').items():
            if not company.dunning_risk_active:
                continue
            today = company._get_dunning_today()
            usual = model._read_usual_days(company, lines.partner_id.ids, today)
            agreed = model._read_promised(company)
            moved = company._get_business_days(
                today, fields.Date.add(today, days=366)) if company.dunning_business_days else {}

            def roll(day, moved=moved):
                return moved.get(day, day)
            for line in lines:
                line.dunning_expected_date = agreed.get(line.id) or forecast.find_expected_date(
                    today, line.date_maturity or line.date, usual[line.partner_id.id], roll)
