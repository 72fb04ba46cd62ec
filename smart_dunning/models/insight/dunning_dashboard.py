from datetime import timedelta
from itertools import dropwhile

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..policy.labels import get_labels

#: What the trend shows, and what changes are measured by.
_TREND_MONTHS = 13
_CHANGE_DAYS = 30
_MOST_RISKS = 10
_AGES = ('amount_not_due', 'amount_30', 'amount_60', 'amount_90', 'amount_older')
_TREND = ('dso', 'best_dso', 'average_days_delinquent', 'collection_effectiveness')


class DunningDashboard(models.AbstractModel):
    """The receivables of a company on one screen, in one call.

    What takes long (forecast, DSO, recovery) is read from the snapshots of the nights; ageing,
    customers and held deliveries are of the moment.
    """

    _name = 'dunning.dashboard'
    _description = "Receivables at a Glance"

    @api.model
    def get_figures(self, company_id=None):
        """Return all figures of the dashboard, in the currency of the company.

        :param company_id: one of the companies that the user works in; the current one by default
        :return: a dict of plain values; ``is_empty`` says that nothing was ever invoiced
        :raise AccessError: without rights in accounting, or in the company
        """
        company = self._get_company(company_id)
        latest = self.env['dunning.snapshot'].search(
            [('company_id', '=', company.sudo().root_id.id)], limit=1)
        ageing, debtor_count = self._read_ageing(company)
        return {
            'company': {'id': company.id, 'name': company.name},
            'companies': [{'id': one.id, 'name': one.name} for one in self.env.companies],
            'currency_id': company.currency_id.id,
            'date': latest.date and latest.date.isoformat(),
            'is_empty': not debtor_count and not self._has_history(latest.company_id),
            'may_renew': self._may_renew(company),
            'debtor_count': debtor_count,
            'ageing': ageing,
            'held': self._read_held(company),
            'released': self._read_released(company),
            'risks': self._read_risks(company),
            'weeks': self._read_weeks(latest),
            'recovery': self._read_recovery(latest),
            **self._read_trend(company, latest),
        }

    @api.model
    def action_renew(self, company_id=None):
        """Write the snapshot of today now, without waiting for the night."""
        company = self._get_company(company_id)
        if not self._may_renew(company):
            raise AccessError(self.env._("Only a dunning clerk may read the figures anew."))
        self.env['dunning.snapshot'].sudo()._store(company.sudo().root_id)
        return True

    @api.model
    def _may_renew(self, company):
        """Return whether the user may read anew what is told of the creditor as a whole."""
        return self.env.user.has_group('smart_dunning.group_dunning_user') \
            and company.sudo().root_id in self.env.user.company_ids

    @api.model
    def _get_company(self, company_id):
        """Return the company that is asked for, if the user may know its receivables."""
        for model in ('dunning.snapshot', 'dunning.debtor'):
            self.env[model].check_access('read')
        company = self.env['res.company'].browse(company_id or self.env.company.id)
        if company not in self.env.companies:
            raise AccessError(self.env._("Please choose one of your companies."))
        return company

    @api.model
    def _has_history(self, company):
        """Return whether anything was open or sold on any day of which there are figures.

        :param company: the creditor; empty where there are no figures yet
        """
        return bool(self.env['dunning.snapshot'].search_count([
            ('company_id', '=', company.id), '|', ('open_amount', '!=', 0),
            ('sales_amount', '!=', 0)], limit=1))

    # Of the moment ------------------------------------------------------------------------------

    @api.model
    def _get_debtors(self, company):
        """Return the debtors of a company that the user may read, as a domain."""
        return [('company_id', 'in', (company._get_dunning_tree() & self.env.companies).ids)]

    @api.model
    def _read_ageing(self, company):
        """Return the open debts by age, with credits, and the number of customers who owe."""
        [[*amounts, credit, count]] = self.env['dunning.debtor'].with_context(
            active_test=False)._read_group(
                [*self._get_debtors(company), ('item_count', '>', 0)], [],
                [*(f'{name}:sum' for name in _AGES), 'credit_amount:sum', '__count'])
        labels = get_labels(self.env['dunning.ageing.report'], 'bucket')
        codes = ('not_due', '30', '60', '90', 'older', 'credit')
        return [
            {'code': code, 'label': labels[code], 'amount': amount or 0.0}
            for code, amount in zip(codes, [*amounts, -(credit or 0.0)], strict=True)], count

    @api.model
    def _read_held(self, company):
        """Return what the deliveries that wait are worth, how many, and the oldest."""
        [[amount, count, since]] = self.env['dunning.held.delivery']._read_group(
            self._get_debtors(company), [], ['amount:sum', '__count', 'held_since:min'])
        return {'amount': amount or 0.0, 'count': count,
                'since': since and since.date().isoformat()}

    @api.model
    def _read_released(self, company):
        """Return what was paid in a year after deliveries had been held."""
        since = fields.Date.subtract(company._get_dunning_today(), years=1)
        [[amount]] = self.env['dunning.held.report']._read_group(
            [*self._get_debtors(company), ('date_paid', '>', since)], [], ['amount:sum'])
        return {'amount': amount or 0.0, 'since': since.isoformat()}

    @api.model
    def _read_risks(self, company):
        """Return the customers with the most money at risk."""
        debtors = self.env['dunning.debtor'].with_context(active_test=False).search_fetch(
            [*self._get_debtors(company), ('money_at_risk', '>', 0)],
            ['partner_id', 'money_at_risk', 'open_amount', 'overdue_amount', 'risk_class',
             'oldest_due_date', 'company_id'],
            order='money_at_risk desc, id', limit=_MOST_RISKS)
        return [{
            'id': debtor.id, 'name': debtor.sudo().partner_id.display_name,
            'at_risk': debtor.money_at_risk, 'open': debtor.open_amount,
            'overdue': debtor.overdue_amount, 'class': (debtor.risk_class or '').upper(),
            'days': debtor.days_overdue,
        } for debtor in debtors]

    # Of the last night --------------------------------------------------------------------------

    @api.model
    def _read_weeks(self, latest):
        return [{
            'week': one.week.isoformat(), 'until': (one.week + timedelta(days=6)).isoformat(),
            'amount': one.amount, 'low': one.low, 'high': one.high,
        } for one in latest.week_ids.sorted('week')]

    @api.model
    def _read_recovery(self, latest):
        """Return recovery by level as the snapshot has it, with today's names of the levels."""
        rows = latest.recovery or []
        levels = self.env['dunning.level'].sudo().browse(
            [row['level_id'] for row in rows]).exists()
        known = {level.id: f"{level.policy_id.name}: {level.name}"
                 if len(levels.policy_id) > 1 else level.name for level in levels}
        return [{**row, 'name': known[row['level_id']]}
                for row in rows if row['level_id'] in known]

    @api.model
    def _read_trend(self, company, latest):
        """Return the last figures of each month, and those of a month ago beside today's."""
        if not latest:
            return {'trend': [], 'now': {}, 'before': {}}
        since = latest.date - timedelta(days=31 * _TREND_MONTHS)
        names = ['date', 'open_amount', 'overdue_amount', 'held_amount', 'sales_amount', *_TREND]
        snapshots = self.env['dunning.snapshot'].search_fetch(
            [('company_id', '=', latest.company_id.id), ('date', '>=', since)], names,
            order='date')
        by_month = {(one.date.year, one.date.month): one for one in snapshots}
        # A trend begins with the first sale, not with the zeros before it.
        months = list(dropwhile(
            lambda one: not one.open_amount and not one.sales_amount, by_month.values()))
        before = snapshots.filtered(
            lambda one: one.date <= latest.date - timedelta(days=_CHANGE_DAYS))[-1:]

        def tell(snapshot):
            return snapshot and {
                name: snapshot[name] if name != 'date' else snapshot.date.isoformat()
                for name in names} or {}
        return {'trend': [tell(one) for one in months[-_TREND_MONTHS:]],
                'now': tell(latest), 'before': tell(before)}
