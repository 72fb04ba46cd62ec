from odoo import fields, models
from odoo.tools import SQL

#: Payments of so many days after a delivery was held count as released by the hold.
DAYS = 14


class DunningHeldReport(models.Model):
    """Money released by holds: what was paid after a delivery had been held.

    A payment counts where it was allocated, by money, on the day on which a delivery to the
    customer was held or at most 14 days later, to an item that was overdue on that day. Each
    payment counts once, for the first such hold.
    """

    _name = 'dunning.held.report'
    _description = "Money Released by Holds"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date_paid desc, id desc'
    _rec_name = 'move_id'
    _opens = 'move_id'
    _ratios = {'days': ('amount_days', 'amount', 1)}
    _depends = {
        'dunning.event': ['kind', 'company_id', 'partner_id', 'date_due', 'user_id', 'res_id'],
        'account.move.line': ['partner_id', 'company_id', 'account_id', 'date_maturity', 'date',
                              'move_id'],
        'account.move': ['move_type'],
        'account.partial.reconcile': ['debit_move_id', 'credit_move_id', 'max_date', 'amount'],
    }

    move_id = fields.Many2one('account.move', "Invoice", readonly=True)
    picking_id = fields.Many2one('stock.picking', "Held Delivery", readonly=True)
    user_id = fields.Many2one('res.users', "Salesperson", readonly=True)
    date_held = fields.Date("Held On", readonly=True)
    date_paid = fields.Date("Paid On", readonly=True)
    days = fields.Float(
        "Days After", readonly=True, aggregator='avg', help="Weighted by amount.")
    amount = fields.Monetary(readonly=True)
    amount_days = fields.Float("Amount × Days", readonly=True)

    @property
    def _table_query(self):
        return SQL("""
            SELECT DISTINCT ON (part.id)
                   part.id, item.move_id, item.company_id, company.currency_id, item.partner_id,
                   event.res_id AS picking_id, event.user_id, event.date_due AS date_held,
                   part.max_date AS date_paid, part.amount,
                   (part.max_date - event.date_due)::float8 AS days,
                   part.amount * (part.max_date - event.date_due) AS amount_days
              FROM dunning_event event
              JOIN res_company seller ON seller.id = event.company_id
              JOIN account_move_line item ON item.partner_id = event.partner_id
               AND item.parent_state = 'posted' AND item.date <= event.date_due
               AND COALESCE(item.date_maturity, item.date) < event.date_due
              JOIN res_company company ON company.id = item.company_id
               AND split_part(company.parent_path, '/', 1)
                   = split_part(seller.parent_path, '/', 1)
              JOIN account_account account ON account.id = item.account_id
               AND account.account_type = 'asset_receivable'
              JOIN account_partial_reconcile part ON part.debit_move_id = item.id
               AND part.max_date BETWEEN event.date_due AND event.date_due + %(days)s::int
              JOIN account_move_line credit ON credit.id = part.credit_move_id
              JOIN account_move payment ON payment.id = credit.move_id
               AND payment.move_type != 'out_refund'
             WHERE event.kind = 'delivery_held'
          ORDER BY part.id, event.date_due, event.id
        """, days=DAYS)
