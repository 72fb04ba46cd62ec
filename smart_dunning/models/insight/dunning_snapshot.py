import logging
from calendar import monthrange
from datetime import date as Date

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ...logic import kpi

#: Sales of so many days are what receivables are measured by.
SALES_DAYS = 90
#: So many month ends are read from the ledger when a company gets its first snapshot.
BACKFILL_MONTHS = 36

_logger = logging.getLogger(__name__)


class DunningSnapshot(models.Model):
    """The receivables of a company at the end of a day: what trends and the digest are made of.

    Written each night, and read from the ledger for the past. Never changed by people.
    """

    _name = 'dunning.snapshot'
    _description = "Receivables of a Day"
    _inherit = ['dunning.figures']
    _order = 'date desc, company_id'
    _log_access = False
    # Of companies together: days by what they sell, so that a small one counts for little.
    _weights = {
        **dict.fromkeys(('dso', 'simple_dso', 'best_dso', 'average_days_delinquent'),
                        'sales_amount'),
        'collection_effectiveness': 'debt_amount'}

    company_id = fields.Many2one(
        'res.company', required=True, index=True, ondelete='cascade', readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    date = fields.Date(required=True, index=True, readonly=True)
    open_amount = fields.Monetary("Open", readonly=True, help="Everything open, less credits.")
    debt_amount = fields.Monetary("Open Debts", readonly=True, help="Without any credits.")
    overdue_amount = fields.Monetary("Overdue", readonly=True)
    amount_not_due = fields.Monetary("Not Due", readonly=True)
    amount_30 = fields.Monetary("1–30 Days", readonly=True)
    amount_60 = fields.Monetary("31–60 Days", readonly=True)
    amount_90 = fields.Monetary("61–90 Days", readonly=True)
    amount_older = fields.Monetary("Over 90 Days", readonly=True)
    held_amount = fields.Monetary(
        "Held Deliveries", readonly=True, help="Known since snapshots are written.")
    sales_amount = fields.Monetary(
        "Sales of 90 Days", readonly=True, help="Invoices less credit notes, tax included.")
    dso = fields.Float("DSO", readonly=True, aggregator='avg', help="Counted back by months.")
    simple_dso = fields.Float(
        "Simple DSO", readonly=True, aggregator='avg', help="Open / sales of 90 days × 90.")
    best_dso = fields.Float(
        "Best Possible DSO", readonly=True, aggregator='avg',
        help="What is not due / sales of 90 days × 90.")
    average_days_delinquent = fields.Float(
        readonly=True, aggregator='avg',
        help="Overdue / sales of 90 days × 90.")
    collection_effectiveness = fields.Float(
        "Collection Effectiveness (%)", readonly=True, aggregator='avg',
        help="Of what could be collected in the month before, so much was.")
    week_ids = fields.One2many(
        'dunning.forecast.week', 'snapshot_id', "Forecast by Week", readonly=True,
        help="What was expected then.")

    recovery = fields.Json(
        "Recovery by Level", readonly=True,
        help="Of letters of a year: what they asked for, and what came in 14 days.")
    is_latest = fields.Boolean(
        "Latest", compute='_compute_is_last', search='_search_is_latest',
        help="The newest of its company.")
    is_month_end = fields.Boolean(
        "Last of Its Month", compute='_compute_is_last', search='_search_is_month_end',
        help="The last one of its company in a month; so far, in this one.")
    is_complete = fields.Boolean(
        "Done", readonly=True, help="What follows from the figures was done in the same night.")

    _company_date_uniq = models.UniqueIndex(
        '(company_id, date)', "A company has one snapshot a day.")

    @api.depends('company_id', 'date')
    def _compute_display_name(self):
        for snapshot in self:
            snapshot.display_name = f"{snapshot.company_id.name} {snapshot.date}"

    @api.depends('company_id', 'date')
    def _compute_is_last(self):
        for name, found in (('is_latest', self._get_last()),
                            ('is_month_end', self._get_last(by_month=True))):
            last = set(self.search([('id', 'in', found)])._ids)
            for snapshot in self:
                snapshot[name] = snapshot.id in last

    @api.model
    def _get_last(self, by_month=False):
        """Return the query of the newest snapshot of each company, or of each of its months."""
        self.flush_model(['company_id', 'date'])
        month = SQL(", date_trunc('month', date)") if by_month else SQL()
        return SQL("""(
            SELECT DISTINCT ON (company_id %(month)s) id FROM dunning_snapshot
          ORDER BY company_id %(month)s, date DESC)""", month=month)

    def _search_is_latest(self, operator, _value):
        return [('id', 'in', self._get_last())] if operator == 'in' else NotImplemented

    def _search_is_month_end(self, operator, _value):
        return [('id', 'in', self._get_last(by_month=True))] if operator == 'in' else NotImplemented

    # Writing ------------------------------------------------------------------------------------

    @api.model
    def _cron_store(self):
        """Each night, for each company: its figures of the day, and what follows from ratings."""
        companies = self._get_companies_to_store()
        progress = self.env['ir.cron']._commit_progress
        progress(remaining=len(companies))
        crash = None
        for company in companies:
            crash = self._store_isolated(company) or crash
            # After a crash nobody calls again tonight: the others are not left for tomorrow.
            if not progress(1) and not crash:
                break
        if crash:
            raise crash

    @api.model
    def _get_companies_to_store(self):
        """Return the companies not done today, those with the oldest figures first.

        Where all are done, somebody starts the night by hand: it begins anew.
        """
        companies = self.env['res.company'].search([('parent_id', '=', False)])
        done = self.sudo().search([('is_complete', '=', True), ('company_id', 'in', companies.ids)])
        done = done.filtered(lambda one: one.date == one.company_id._get_dunning_today())
        if done.company_id == companies:
            done.is_complete = False
            done = self
        days = dict(self.sudo()._read_group(
            [('company_id', 'in', companies.ids)], ['company_id'], ['date:max']))
        return (companies - done.company_id).sorted(
            lambda company: days.get(company) or Date.min)

    @api.model
    def _store_isolated(self, company):
        """Do the night of a company, each step by itself; return the last unexpected error."""
        today, crash = company._get_dunning_today(), None
        for name, step in {
            'figures': lambda: self._store(company),
            'credit checks': lambda: self.env['dunning.credit.check']._remind_of_end(
                company, today),
            'ratings': lambda: self.env['dunning.debtor']._apply_worse_proposals(company),
            'free periods': lambda: self.env['sale.order']._tell_free_ends(company, today),
            'events': lambda: self._collect_events(company, today),
        }.items():
            try:
                with self.env.cr.savepoint():
                    step()
            except Exception as error:  # one defect must not stop the other steps and companies
                _logger.exception("The night of %s: %s crashed", company.name, name)
                crash = error
        if not crash:
            self.sudo().search([('company_id', '=', company.id), ('date', '=', today)]).write(
                {'is_complete': True})
        return crash

    @api.model
    def _collect_events(self, company, today):
        """Tell what time alone brings about, of a company and its branches."""
        for one in company._get_dunning_tree():
            self.env['dunning.event']._collect(one, today, is_nightly=True)

    @api.model
    def _store(self, company):
        """Write the snapshot of today; write it anew if there is one. Returns it."""
        snapshots = self.sudo()
        today = company._get_dunning_today()
        days = [today]
        if not snapshots.search_count([('company_id', '=', company.id)], limit=1):
            days = [*self._get_month_ends(today), today]
        snapshots.search([('company_id', '=', company.id), ('date', '=', today)]).unlink()
        snapshots.env['dunning.forecast.week']._settle(company, today)
        ledger = self.env['dunning.ledger.days']._read(company, today)
        rows = [self._prepare_values(company, day, ledger) for day in days]
        rows[-1].update(
            held_amount=self._read_held_amount(company),
            recovery=self._read_recovery(company),
            week_ids=self._prepare_weeks(company, today))
        return snapshots.create(rows)[-1]

    @api.model
    def _read_recovery(self, company):
        """Return by level what letters of the last year asked for, and what came in 14 days."""
        start = fields.Date.subtract(company._get_dunning_today(), years=1)
        rows = self.env['dunning.recovery.report'].sudo().with_company(company)._read_group([
            ('company_id', 'in', company._get_dunning_tree().ids), ('date', '>=', start),
            ('asked_14', '!=', False)], ['level_id'], ['asked_14:sum', 'paid_14:sum'])
        rows.sort(key=lambda row: (row[0].policy_id.sequence, row[0].policy_id.id, row[0].position))
        return [
            {'level_id': level.id, 'asked': float(asked), 'paid': float(paid),
             'share': round(100 * float(paid) / float(asked), 1)}
            for level, asked, paid in rows if asked]

    @api.model
    def _prepare_weeks(self, company, day):
        """Return the commands that keep the forecast of a day, to be measured by what comes."""
        round_amount = company.currency_id.round
        return [Command.create({
            'company_id': company.id, 'date': day, 'week': week.monday, 'ahead': ahead,
            **{name: round_amount(getattr(week, name)) for name in ('amount', 'low', 'high')}})
            for ahead, week in enumerate(
                self.env['dunning.forecast']._get_forecast(company, day))]

    @api.model
    def _get_month_ends(self, today):
        """Return the last days of the months before, the oldest first."""
        ends = []
        for months in range(BACKFILL_MONTHS, 0, -1):
            day = fields.Date.subtract(today, months=months)
            ends.append(Date(day.year, day.month, monthrange(day.year, day.month)[1]))
        return ends

    @api.model
    def _prepare_values(self, company, day, ledger):
        """Return the figures of a day.

        :param ledger: the `Days` of the company
        """
        debts, overdue = ledger.get('debts', day), ledger.get('overdue', day)
        older = [overdue, *(ledger.get(f'over_{age}', day) for age in (30, 60, 90)), 0.0]
        buckets = [one - following for one, following in zip(older, older[1:], strict=False)]
        open_amount = ledger.get('open', day)
        sales = ledger.get_between('sales', fields.Date.subtract(day, days=SALES_DAYS), day)
        month_before = fields.Date.subtract(day, months=1)
        counted_back = kpi.count_back_dso(open_amount, self._get_months(day, ledger))
        figures = {
            'dso': counted_back and counted_back[0],
            'simple_dso': kpi.get_dso(open_amount, sales, SALES_DAYS),
            'best_dso': kpi.get_best_possible_dso(debts - overdue, sales, SALES_DAYS),
            'average_days_delinquent': kpi.get_average_days_delinquent(
                overdue, sales, SALES_DAYS),
            'collection_effectiveness': kpi.get_collection_effectiveness(
                ledger.get('debts', month_before),
                ledger.get_between('sales', month_before, day), debts, debts - overdue),
        }
        amounts = {
            'open_amount': open_amount, 'debt_amount': debts, 'overdue_amount': overdue,
            'amount_not_due': debts - overdue, 'sales_amount': sales,
            **dict(zip(('amount_30', 'amount_60', 'amount_90', 'amount_older'), buckets,
                       strict=True)),
        }
        return {
            'company_id': company.id, 'date': day,
            **{name: value or 0.0 for name, value in figures.items()},
            **{name: company.currency_id.round(amount) for name, amount in amounts.items()},
        }

    @api.model
    def _get_months(self, day, ledger):
        """Return (sales, days) of the twelve months before a day, the newest first."""
        months = []
        for number in range(12):
            end = fields.Date.subtract(day, months=number)
            start = fields.Date.subtract(day, months=number + 1)
            months.append((ledger.get_between('sales', start, end), (end - start).days))
        return months

    @api.model
    def _read_held_amount(self, company):
        """Return what the deliveries that wait because of a hold are worth today."""
        [[amount]] = self.env['dunning.held.delivery'].sudo()._read_group(
            [('company_id', 'child_of', company.id)], [], ['amount:sum'])
        return amount or 0.0
