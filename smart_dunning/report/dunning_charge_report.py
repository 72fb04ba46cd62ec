from odoo import fields, models
from odoo.tools import SQL

from ..models.policy.labels import same_values


class DunningChargeReport(models.Model):
    """What letters claimed besides the items, and what became of it, in company currency."""

    _name = 'dunning.charge.report'
    _description = "Charges Claimed and Paid"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'charge_id'
    _opens = 'charge_id'
    _ratios = {'share_paid': ('amount_paid', 'amount', 100)}
    _depends = {'dunning.charge': [
        'kind', 'state', 'date', 'level_id', 'amount', 'amount_paid', 'amount_waived',
        'amount_corrected', 'amount_open', 'is_withdrawn', 'partner_id', 'company_id',
        'currency_id']}

    charge_id = fields.Many2one('dunning.charge', readonly=True)
    level_id = fields.Many2one('dunning.level', readonly=True)
    kind = fields.Selection(same_values('dunning.charge', 'kind'), readonly=True)
    state = fields.Selection(same_values('dunning.charge', 'state'), readonly=True)
    date = fields.Date(readonly=True)
    amount = fields.Monetary("Claimed", readonly=True)
    amount_paid = fields.Monetary("Paid", readonly=True)
    amount_waived = fields.Monetary("Waived", readonly=True)
    amount_corrected = fields.Monetary("Corrected", readonly=True)
    amount_open = fields.Monetary("Open", readonly=True)
    share_paid = fields.Float("Paid (%)", readonly=True, aggregator='avg')

    @property
    def _table_query(self):
        return SQL("""
            SELECT charge.id, charge.id AS charge_id, charge.company_id, company.currency_id,
                   charge.partner_id, charge.level_id, charge.kind, charge.state, charge.date,
                   charge.amount * factor.value AS amount,
                   charge.amount_paid * factor.value AS amount_paid,
                   charge.amount_waived * factor.value AS amount_waived,
                   charge.amount_corrected * factor.value AS amount_corrected,
                   charge.amount_open * factor.value AS amount_open,
                   (100 * charge.amount_paid / NULLIF(charge.amount, 0))::float8 AS share_paid
              FROM dunning_charge charge
              JOIN res_company company ON company.id = charge.company_id
        CROSS JOIN LATERAL (SELECT %s) factor (value)
             WHERE charge.is_withdrawn IS NOT TRUE
        """, self._get_factor(SQL("charge.currency_id"), 'company', SQL("charge.date")))
