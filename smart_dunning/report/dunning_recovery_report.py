from odoo import api, fields, models
from odoo.tools import SQL

from ..models.policy.labels import same_values

#: So many days after a letter are looked at.
WINDOWS = (7, 14, 30)


class DunningRecoveryReport(models.Model):
    """What was paid after a letter: per item that it asked for, so per level and channel.

    Paid means: allocated on a day after the day of sending, and by money; what a credit note
    settled was not paid. Shares look only at letters that are so many days old, since the others
    still have time.
    """

    _name = 'dunning.recovery.report'
    _description = "Recovery by Letter"
    _inherit = ['dunning.report']
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'letter_id'
    _opens = 'letter_id'
    _ratios = {f'share_{days}': (f'paid_{days}', f'asked_{days}', 100) for days in WINDOWS}
    _depends = {
        'dunning.letter.line': ['letter_id', 'level_id', 'move_line_id', 'move_id', 'state',
                                'amount_residual', 'company_id'],
        'dunning.letter': ['sent_date', 'channel', 'policy_id', 'partner_id', 'state', 'user_id'],
        'account.move.line': ['balance', 'amount_currency'],
        'account.move': ['move_type'],
        'account.partial.reconcile': ['debit_move_id', 'credit_move_id', 'max_date', 'amount'],
    }

    letter_id = fields.Many2one('dunning.letter', readonly=True)
    move_id = fields.Many2one('account.move', "Invoice", readonly=True)
    policy_id = fields.Many2one('dunning.policy', readonly=True)
    level_id = fields.Many2one('dunning.level', readonly=True)
    channel = fields.Selection(same_values('dunning.letter', 'channel'), readonly=True)
    user_id = fields.Many2one('res.users', "Responsible", readonly=True)
    date = fields.Date("Sent On", readonly=True)
    amount = fields.Monetary("Asked For", readonly=True, help="Open items, without charges.")
    paid_7 = fields.Monetary("Paid in 7 Days", readonly=True)
    paid_14 = fields.Monetary("Paid in 14 Days", readonly=True)
    paid_30 = fields.Monetary("Paid in 30 Days", readonly=True)
    asked_7 = fields.Monetary("Asked For, 7 Days Ago or More", readonly=True)
    asked_14 = fields.Monetary("Asked For, 14 Days Ago or More", readonly=True)
    asked_30 = fields.Monetary("Asked For, 30 Days Ago or More", readonly=True)
    share_7 = fields.Float("Paid in 7 Days (%)", readonly=True, aggregator='avg')
    share_14 = fields.Float("Paid in 14 Days (%)", readonly=True, aggregator='avg')
    share_30 = fields.Float("Paid in 30 Days (%)", readonly=True, aggregator='avg')

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        # EXTENDS base: which rows, and then what was paid of these: core asks for both at once,
        # and adds up the payments after every letter before it takes the newest ones.
        if not limit:
            return super().search_fetch(domain, field_names, offset, limit, order)
        rows = self.browse(self._search(domain, offset, limit, order or self._order))
        rows.fetch(field_names)
        return rows

    @property
    def _table_query(self):
        return SQL("""
            SELECT row.*, %(shares)s FROM (
            SELECT line.id, line.letter_id, line.level_id, line.move_id, line.company_id,
                   company.currency_id, letter.partner_id, letter.policy_id, letter.channel,
                   letter.user_id, letter.sent_date AS date, asked.amount, %(columns)s
              FROM dunning_letter_line line
              JOIN dunning_letter letter ON letter.id = line.letter_id
              JOIN res_company company ON company.id = line.company_id
              JOIN account_move_line item ON item.id = line.move_line_id
        CROSS JOIN LATERAL (SELECT CASE WHEN item.amount_currency = 0 THEN line.amount_residual
                   ELSE round(line.amount_residual * item.balance / item.amount_currency, 2) END
                   ) asked (amount)
         LEFT JOIN LATERAL (
                   SELECT %(sums)s
                     FROM account_partial_reconcile part
                     JOIN account_move_line credit ON credit.id = part.credit_move_id
                     JOIN account_move payment ON payment.id = credit.move_id
                          AND payment.move_type != 'out_refund'
                    WHERE part.debit_move_id = item.id AND part.max_date > letter.sent_date
                   ) paid ON TRUE
             WHERE line.state = 'sent' AND letter.state = 'sent') row
        """, shares=self._for_each_window(
            "(100 * %(paid)s / NULLIF(%(asked)s, 0))::float8 AS %(share)s"),
            columns=self._for_each_window("""
                CASE WHEN letter.sent_date <= %(old)s THEN asked.amount END AS %(asked)s,
                CASE WHEN letter.sent_date <= %(old)s
                     THEN LEAST(asked.amount, COALESCE(paid.%(paid)s, 0)) END AS %(paid)s
            """),
            sums=self._for_each_window(
                "sum(part.amount) FILTER (WHERE part.max_date <= letter.sent_date + %(days)s) "
                "AS %(paid)s"))

    def _for_each_window(self, code):
        """Return SQL columns, once for each window: its days, names of columns and last day."""
        today = self.env.company._get_dunning_today()
        return SQL(", ").join(SQL(
            code, days=days, old=fields.Date.subtract(today, days=days),
            **{name: SQL.identifier(f'{name}_{days}') for name in ('asked', 'paid', 'share')})
            for days in WINDOWS)
