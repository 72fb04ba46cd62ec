from odoo import fields, models
from odoo.tools import SQL

from ..models.hold.dunning_hold_rule import STATES
from ..models.policy.labels import same_values

BANDS = [
    ('0', "Up to half"), ('50', "Over 50 %"), ('75', "Over 75 %"), ('90', "Over 90 %"),
    ('100', "Over the limit"),
]


class DunningLimitReport(models.Model):
    """How much of their credit limits customers use, of those who have one."""

    _name = 'dunning.limit.report'
    _description = "Use of Credit Limits"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'limit_use desc, id'
    _rec_name = 'partner_id'
    _opens = 'debtor_id'
    _ratios = {'limit_use': ('exposure', 'credit_limit', 100)}
    _depends = {'dunning.debtor': [
        'partner_id', 'company_id', 'user_id', 'exposure', 'credit_limit', 'hold_state',
        'risk_class']}

    debtor_id = fields.Many2one('dunning.debtor', readonly=True)
    user_id = fields.Many2one('res.users', "Responsible", readonly=True)
    risk_class = fields.Selection(same_values('dunning.debtor', 'risk_class'), readonly=True)
    hold_state = fields.Selection(STATES, "Hold", readonly=True)
    exposure = fields.Monetary(readonly=True)
    credit_limit = fields.Monetary(readonly=True)
    amount_left = fields.Monetary("Left", readonly=True)
    limit_use = fields.Float("Use of the Limit (%)", readonly=True, aggregator='avg')
    band = fields.Selection(BANDS, "Use", readonly=True)

    @property
    def _table_query(self):
        return SQL("""
            SELECT debtor.id, debtor.id AS debtor_id, debtor.company_id, company.currency_id,
                   debtor.partner_id, debtor.user_id, debtor.risk_class, debtor.hold_state,
                   debtor.exposure, debtor.credit_limit,
                   debtor.credit_limit - debtor.exposure AS amount_left,
                   (100 * debtor.exposure / debtor.credit_limit)::float8 AS limit_use,
                   CASE WHEN debtor.exposure > debtor.credit_limit THEN '100'
                        WHEN debtor.exposure > debtor.credit_limit * 0.9 THEN '90'
                        WHEN debtor.exposure > debtor.credit_limit * 0.75 THEN '75'
                        WHEN debtor.exposure > debtor.credit_limit * 0.5 THEN '50'
                        ELSE '0' END AS band
              FROM dunning_debtor debtor
              JOIN res_company company ON company.id = debtor.company_id
             WHERE debtor.credit_limit > 0
        """)
