from odoo import fields, models
from odoo.tools import SQL

from ..models.policy.labels import same_values


class DunningPromiseReport(models.Model):
    """Were promises kept? Only those that are judged count: kept, partly kept or broken."""

    _name = 'dunning.promise.report'
    _description = "Promises Kept"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'promise_id'
    _opens = 'promise_id'
    _ratios = {
        'share_kept': ('kept', 'judged', 100),
        'share_kept_amount': ('amount_paid', 'amount', 100)}
    _depends = {'dunning.promise': [
        'state', 'amount', 'amount_paid', 'date', 'date_made', 'channel', 'user_id',
        'partner_id', 'company_id', 'currency_id']}

    promise_id = fields.Many2one('dunning.promise', "Promise to Pay", readonly=True)
    user_id = fields.Many2one('res.users', "Responsible", readonly=True)
    channel = fields.Selection(same_values('dunning.promise', 'channel'), readonly=True)
    state = fields.Selection(same_values('dunning.promise', 'state'), readonly=True)
    date_made = fields.Date("Promised On", readonly=True)
    date = fields.Date("Pays Until", readonly=True)
    amount = fields.Monetary("Promised", readonly=True)
    amount_paid = fields.Monetary("Paid", readonly=True)
    kept = fields.Integer("Promises Kept", readonly=True)
    judged = fields.Integer("Promises Judged", readonly=True)
    share_kept = fields.Float("Kept (%)", readonly=True, aggregator='avg')
    share_kept_amount = fields.Float("Kept, by Amount (%)", readonly=True, aggregator='avg')

    @property
    def _table_query(self):
        return SQL("""
            SELECT promise.id, promise.id AS promise_id, promise.company_id, company.currency_id,
                   promise.partner_id, promise.user_id, promise.channel, promise.state,
                   promise.date_made, promise.date, promise.amount * factor.value AS amount,
                   LEAST(promise.amount, promise.amount_paid) * factor.value AS amount_paid,
                   (promise.state = 'kept')::int AS kept, 1 AS judged,
                   CASE WHEN promise.state = 'kept' THEN 100 ELSE 0 END::float8 AS share_kept,
                   (100 * LEAST(promise.amount, promise.amount_paid) / promise.amount)::float8
                       AS share_kept_amount
              FROM dunning_promise promise
              JOIN res_company company ON company.id = promise.company_id
        CROSS JOIN LATERAL (SELECT %s) factor (value)
             WHERE promise.state IN ('kept', 'partly', 'broken')
        """, self._get_factor(SQL("promise.currency_id"), 'company', SQL("promise.date_made")))


class DunningDisputeReport(models.Model):
    """What customers object to, how much of it was justified, and how long it took."""

    _name = 'dunning.dispute.report'
    _description = "Reasons of Disputes"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'dispute_id'
    _opens = 'dispute_id'
    _ratios = {'share_justified': ('justified', 'decided', 100)}
    _depends = {'dunning.dispute': [
        'state', 'amount', 'reason_id', 'stage_id', 'date_opened', 'date_closed', 'user_id',
        'move_id', 'partner_id', 'company_id', 'currency_id']}

    dispute_id = fields.Many2one('dunning.dispute', readonly=True)
    move_id = fields.Many2one('account.move', "Invoice", readonly=True)
    user_id = fields.Many2one('res.users', "Responsible", readonly=True)
    reason_id = fields.Many2one('dunning.pause.reason', readonly=True)
    stage_id = fields.Many2one('dunning.dispute.stage', readonly=True)
    state = fields.Selection(same_values('dunning.dispute', 'state'), readonly=True)
    date = fields.Date("Since", readonly=True)
    amount = fields.Monetary("Disputed", readonly=True)
    days = fields.Integer(
        "Days to Decide", readonly=True, aggregator='avg', help="Until today, while it is open.")
    justified = fields.Integer(readonly=True)
    decided = fields.Integer(readonly=True)
    share_justified = fields.Float("Justified (%)", readonly=True, aggregator='avg')

    @property
    def _table_query(self):
        return SQL("""
            SELECT dispute.id, dispute.id AS dispute_id, dispute.company_id, company.currency_id,
                   dispute.partner_id, dispute.move_id, dispute.user_id, dispute.reason_id,
                   dispute.stage_id, dispute.state, dispute.date_opened AS date,
                   dispute.amount * %(factor)s AS amount,
                   COALESCE(dispute.date_closed, %(today)s) - dispute.date_opened AS days,
                   (dispute.state = 'justified')::int AS justified,
                   (dispute.state != 'open')::int AS decided,
                   CASE dispute.state WHEN 'open' THEN NULL WHEN 'justified' THEN 100 ELSE 0 END
                       ::float8 AS share_justified
              FROM dunning_dispute dispute
              JOIN res_company company ON company.id = dispute.company_id
             WHERE dispute.state != 'mistaken'
        """, today=self.env.company._get_dunning_today(),
            factor=self._get_factor(
                SQL("dispute.currency_id"), 'company', SQL("dispute.date_opened")))
