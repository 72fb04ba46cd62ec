from odoo import fields, models
from odoo.tools import SQL

from ..models.policy.labels import same_values


class DunningHandoverAnalysis(models.Model):
    """What agencies have got, by case: handed over, recovered, duration, costs."""

    _name = 'dunning.handover.analysis'
    _description = "Figures of Agencies"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date_handed_over desc, id desc'
    _rec_name = 'handover_id'
    _opens = 'handover_id'
    _ratios = {'rate': ('recovered', 'amount', 100)}

    handover_id = fields.Many2one('dunning.handover', "Case", readonly=True)
    agency_id = fields.Many2one('dunning.agency', readonly=True)
    state = fields.Selection([('handed_over', "Handed over"), ('closed', "Closed")], readonly=True)
    closed_as = fields.Selection(
        same_values('dunning.handover', 'closed_as'), "Outcome", readonly=True)
    date_handed_over = fields.Date("Handed Over On", readonly=True)
    date_closed = fields.Date("Closed On", readonly=True)
    days = fields.Integer(
        aggregator='avg', readonly=True, help="From the handover to the end of the case.")
    amount = fields.Monetary("Handed Over", readonly=True)
    recovered = fields.Monetary(
        readonly=True, help="Paid since the handover, to the agency or to us.")
    credited = fields.Monetary("Written Off", readonly=True)
    residual = fields.Monetary("Still Open", readonly=True)
    costs = fields.Monetary("Costs of the Agency", readonly=True)
    rate = fields.Float(
        "Recovered (%)", aggregator='avg', readonly=True, help="Of what was handed over.")

    _depends = {
        'dunning.handover': [
            'company_id', 'agency_id', 'partner_id', 'state', 'closed_as', 'date_handed_over',
            'date_closed', 'agency_costs', 'amount_credited'],
        'dunning.handover.line': ['handover_id', 'move_line_id', 'amount_open'],
        'account.move.line': ['amount_residual', 'amount_currency', 'balance', 'parent_state'],
    }

    @property
    def _table_query(self):
        """One row per case, amounts in company currency at the rates of its invoices."""
        return SQL("""
            SELECT case_.id, case_.id AS handover_id, case_.company_id, company.currency_id,
                   case_.agency_id, case_.partner_id, case_.state, case_.closed_as,
                   case_.date_handed_over, case_.date_closed,
                   case_.date_closed - case_.date_handed_over AS days,
                   sums.amount, sums.residual, case_.credited * sums.rate AS credited,
                   sums.amount - sums.residual - case_.credited * sums.rate AS recovered,
                   COALESCE(case_.agency_costs, 0) * sums.rate AS costs,
                   CASE WHEN sums.amount > 0 THEN 100.0 * (sums.amount - sums.residual
                             - case_.credited * sums.rate) / sums.amount END AS rate
              FROM (SELECT *, COALESCE(amount_credited, 0) AS credited
                      FROM dunning_handover) case_
              JOIN res_company company ON company.id = case_.company_id
              JOIN (
                SELECT line.handover_id, sum(line.amount_open * part.rate) AS amount,
                       sum(part.residual) AS residual,
                       COALESCE(sum(line.amount_open * part.rate)
                                / NULLIF(sum(line.amount_open), 0), 1) AS rate
                  FROM dunning_handover_line line
                  JOIN (SELECT id, CASE WHEN parent_state = 'cancel' THEN 0
                                        ELSE amount_residual END AS residual,
                               COALESCE(balance / NULLIF(amount_currency, 0), 1) AS rate
                          FROM account_move_line) part ON part.id = line.move_line_id
              GROUP BY line.handover_id) sums ON sums.handover_id = case_.id
             WHERE case_.date_handed_over IS NOT NULL
        """)
