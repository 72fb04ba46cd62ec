from odoo import api, fields, models
from odoo.tools import SQL

from ...logic import forecast

#: So long after a week payments of it are still looked for: statements are imported late.
LATE_DAYS = 60


class DunningForecastWeek(models.Model):
    """What a forecast said of a week, and, once the week is over, what came.

    What came is what was paid in the week on items that had been invoiced on the day of the
    forecast: later ones nobody could expect.
    """

    _name = 'dunning.forecast.week'
    _description = "Forecast and What Came"
    _inherit = ['dunning.figures']
    _order = 'date desc, week, id'
    _log_access = False

    snapshot_id = fields.Many2one(
        'dunning.snapshot', required=True, index=True, ondelete='cascade', readonly=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, ondelete='cascade', readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    date = fields.Date("Forecast Of", required=True, readonly=True)
    week = fields.Date(required=True, index=True, readonly=True, help="Its Monday.")
    ahead = fields.Integer(
        "Weeks Ahead", readonly=True, aggregator=False,
        help="How many weeks before the forecast was made; 0: in the week itself.")
    amount = fields.Monetary("Expected", readonly=True)
    low = fields.Monetary(readonly=True, help="More comes with a probability of 90 %.")
    high = fields.Monetary(readonly=True, help="Less comes with a probability of 90 %.")
    came = fields.Monetary(readonly=True, help="Known when the week is over.")
    difference = fields.Monetary(
        readonly=True, help="What came, less what was expected.")
    is_over = fields.Boolean("Week Is Over", readonly=True)

    _snapshot_week_uniq = models.UniqueIndex(
        '(snapshot_id, week)', "A forecast says one thing of a week.")

    @api.depends('date', 'week')
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.week} ({one.date})"

    @api.model
    def _settle(self, company, today):
        """Write what came in weeks that are over, for `LATE_DAYS` anew, in one query."""
        self.flush_model()
        for model, names in {
            'account.move.line': ['account_id', 'company_id', 'date', 'balance', 'parent_state'],
            'account.partial.reconcile': ['debit_move_id', 'credit_move_id', 'max_date', 'amount'],
            'account.move': ['move_type'],
        }.items():
            self.env[model].flush_model(names)
        self.env.cr.execute(SQL("""
            WITH waiting AS (
                SELECT id, date, week, amount FROM dunning_forecast_week
                 WHERE company_id = %(company)s AND week + 7 <= %(today)s
                   AND (is_over IS NOT TRUE OR week + 7 >= %(today)s - %(late)s::int)),
            paid AS (
                SELECT line.date AS invoiced, part.max_date AS day, sum(part.amount) AS amount
                  FROM account_partial_reconcile part
                  JOIN account_move_line line ON line.id = part.debit_move_id
                  JOIN account_move_line credit ON credit.id = part.credit_move_id
                  JOIN account_move payment ON payment.id = credit.move_id
                 WHERE part.max_date >= (SELECT min(week) FROM waiting)
                   AND part.max_date < %(today)s AND payment.move_type != 'out_refund'
                   AND line.account_id IN %(accounts)s AND line.company_id IN %(companies)s
                   AND line.parent_state = 'posted'
              GROUP BY 1, 2),
            result AS (
                SELECT waiting.id, COALESCE(sum(paid.amount), 0) AS came
                  FROM waiting LEFT JOIN paid
                    ON paid.day BETWEEN waiting.week AND waiting.week + 6
                   AND paid.day > waiting.date AND paid.invoiced <= waiting.date
              GROUP BY waiting.id)
            UPDATE dunning_forecast_week forecast
               SET came = result.came, difference = result.came - forecast.amount, is_over = TRUE
              FROM result WHERE result.id = forecast.id
               AND (is_over IS NOT TRUE OR forecast.came IS DISTINCT FROM result.came)
        """, company=company.id, today=today, late=LATE_DAYS,
            accounts=self.env['dunning.item']._get_accounts(),
            companies=company._get_dunning_tree()._ids))
        self.invalidate_model(['came', 'difference', 'is_over'])


class DunningForecast(models.AbstractModel):
    """The band, once forecasts have matured: how far off the last ones were."""

    _inherit = 'dunning.forecast'

    @api.model
    def _get_ratios(self, company, date, weeks):
        """Return for each week ahead how earlier forecasts came true, None where few have.

        One forecast a week, the first: those of following days say nearly the same.
        """
        self.env['dunning.forecast.week'].flush_model()
        pairs = [[] for _week in range(weeks)]
        for ahead, amount, came in self.env.execute_query(SQL("""
            SELECT ahead, amount::float8, came::float8 FROM (
                SELECT ahead, amount, came, row_number() OVER (
                       PARTITION BY ahead ORDER BY date DESC) AS place
                  FROM (SELECT DISTINCT ON (date_trunc('week', date), ahead)
                               ahead, amount, came, date
                          FROM dunning_forecast_week
                         WHERE company_id = %s AND is_over AND week + 7 <= %s AND ahead < %s
                      ORDER BY date_trunc('week', date), ahead, date) of_week
              ) latest WHERE place <= %s
        """, company.id, date, weeks, forecast.LAST_MATURED)):
            pairs[ahead].append((amount, came))
        return [forecast.get_ratios(of_week) for of_week in pairs]
