from odoo import fields, models
from odoo.tools import SQL


class DunningPaymentReport(models.Model):
    """How late invoices were paid: the instalments of the last 24 months, as ratings read them."""

    _name = 'dunning.payment.report'
    _description = "Days to Pay"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date_paid desc, id desc'
    _rec_name = 'move_id'
    _opens = 'move_id'
    _ratios = {
        'days_late': ('amount_days', 'amount', 1), 'share_late': ('amount_late', 'amount', 100)}

    move_id = fields.Many2one('account.move', "Invoice", readonly=True)
    user_id = fields.Many2one('res.users', "Salesperson", readonly=True)
    date_due = fields.Date(
        "Due Date", readonly=True, help="Moved to a working day, as the settings say.")
    date_paid = fields.Date(
        "Paid On", readonly=True, help="The day on which the last cent was allocated.")
    amount = fields.Monetary(readonly=True)
    amount_late = fields.Monetary("Paid Late", readonly=True)
    amount_days = fields.Float("Amount × Days", readonly=True)
    days_late = fields.Float(
        "Average Days Late", readonly=True, aggregator='avg',
        help="Weighted by amount; below zero is early.")
    share_late = fields.Float("Paid Late (%)", readonly=True, aggregator='avg')

    @property
    def _table_query(self):
        roots = self.env.companies.sudo().root_id or self.env.company
        risk = self.env['dunning.risk']
        payments = SQL(" UNION ALL ").join(
            SQL("(%s)", risk._get_payments_query(root, root._get_dunning_today()))
            for root in roots)
        return SQL("""
            SELECT payment.id, line.move_id, line.company_id, company.currency_id,
                   payment.partner_id, move.invoice_user_id AS user_id, payment.due AS date_due,
                   payment.settled AS date_paid, payment.amount,
                   CASE WHEN payment.settled > payment.due THEN payment.amount ELSE 0 END
                       AS amount_late,
                   payment.amount * (payment.settled - payment.due) AS amount_days,
                   (payment.settled - payment.due)::float8 AS days_late,
                   CASE WHEN payment.settled > payment.due THEN 100 ELSE 0 END::float8
                       AS share_late
              FROM (%s) payment
              JOIN account_move_line line ON line.id = payment.id
              JOIN account_move move ON move.id = line.move_id
              JOIN res_company company ON company.id = line.company_id
             WHERE payment.settled IS NOT NULL
        """, payments)
