from odoo import fields, models
from odoo.tools import SQL

BUCKETS = [
    ('not_due', "Not due"), ('30', "1–30 days"), ('60', "31–60 days"), ('90', "61–90 days"),
    ('older', "Over 90 days"), ('credit', "Credits"),
]


class DunningAgeingReport(models.Model):
    """What is open, by age: the open items as everybody in the addon reads them."""

    _name = 'dunning.ageing.report'
    _description = "Ageing"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'due, id'
    _rec_name = 'number'
    _opens = 'move_id'
    _depends = {'account.move': ['invoice_user_id']}

    number = fields.Char("Document", readonly=True)
    move_id = fields.Many2one('account.move', "Journal Entry", readonly=True)
    user_id = fields.Many2one('res.users', "Salesperson", readonly=True)
    level_id = fields.Many2one('dunning.level', readonly=True)
    due = fields.Date("Due Date", readonly=True)
    bucket = fields.Selection(BUCKETS, "Age", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator='max')
    amount = fields.Monetary("Open", readonly=True, help="Credits are negative.")
    overdue_amount = fields.Monetary("Overdue", readonly=True, help="Debts past their due date.")

    @property
    def _table_query(self):
        companies = self.env.companies
        today = self.env.company._get_dunning_today()
        return SQL("""
            SELECT item.id, item.number, item.move AS move_id, item.partner AS partner_id,
                   item.company AS company_id, company.currency_id, item.level AS level_id,
                   move.invoice_user_id AS user_id, item.due, item.open_company AS amount,
                   CASE WHEN item.open_company > 0 AND item.due < %(today)s
                        THEN item.open_company ELSE 0 END AS overdue_amount,
                   GREATEST(0, %(today)s - item.due) AS days_overdue,
                   CASE WHEN item.open_company < 0 THEN 'credit'
                        WHEN item.due >= %(today)s THEN 'not_due'
                        WHEN item.due >= %(today)s - 30 THEN '30'
                        WHEN item.due >= %(today)s - 60 THEN '60'
                        WHEN item.due >= %(today)s - 90 THEN '90' ELSE 'older' END AS bucket
              FROM (%(items)s) item
              JOIN res_company company ON company.id = item.company
         LEFT JOIN account_move move ON move.id = item.move
             WHERE item.open_company != 0
        """, today=today, items=self.env['dunning.item']._get_query(
            companies, ('id', 'number', 'move', 'partner', 'company', 'level', 'due',
                        'open_company'), with_payments=True))
