from odoo import api, fields, models

_FIGURES = (
    'open_amount', 'overdue_amount', 'amount_not_due', 'amount_30', 'amount_60', 'amount_90',
    'amount_older', 'held_amount', 'dso', 'best_dso', 'average_days_delinquent',
    'collection_effectiveness')


class DunningRemote(models.AbstractModel):
    """Figures: what is open, how it developed, what will come in."""

    _inherit = 'dunning.remote'

    @api.model
    def get_forecast(self, company=False, date=False, weeks=13):
        """Return the expected cash-in by week.

        :param int | str company: number or name of a company; False for your own
        :param str date: the day of the forecast, as text such as 2026-12-31; False for today
        :param int weeks: so many weeks, 52 at most
        :return: dict of `company`, `date`, `currency`, `weeks` (list of dicts of `week`, its
            Monday, and `amount`, `low`, `high`, an 80 % band, in company currency)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        :raise UserError: when the day is none
        """
        model, company = self._enter(company)
        date = model._parse_day(date) or company._get_dunning_today()
        found = model.env['dunning.debtor'].get_forecast(
            company.id, date, weeks=max(1, min(int(weeks), 52)))
        return {
            'company': company.name, 'date': date.isoformat(),
            'currency': company.currency_id.name,
            'weeks': [{
                **{name: week[name] for name in ('amount', 'low', 'high')},
                'week': fields.Date.to_string(week['week']),
            } for week in found],
        }

    @api.model
    def get_figures(self, company=False, date_from=False, date_to=False):
        """Return the figures of receivables by day, the newest first.

        :param int | str company: number or name of a company; False for your own
        :param str date_from: first day, as text such as 2026-12-31; False for the newest one only
        :param str date_to: last day; False for today
        :return: dict of `company`, `currency`, `days` (list of dicts of date, amounts in company
            currency, days sales outstanding (dso, best_dso, average_days_delinquent) and the
            collection effectiveness in per cent)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        :raise UserError: when a day is none
        """
        model, company = self._enter(company)
        first, last = model._parse_day(date_from), model._parse_day(date_to)
        domain = [('company_id', '=', company.root_id.id)]
        if first:
            domain.append(('date', '>=', first))
        if last:
            domain.append(('date', '<=', last))
        limit, _offset = model._get_page(0 if first else 1, 0)
        snapshots = model.env['dunning.snapshot'].search(domain, limit=limit)
        return {
            'company': company.name, 'currency': company.currency_id.name,
            'days': [{
                'date': snapshot.date.isoformat(), **{name: snapshot[name] for name in _FIGURES},
            } for snapshot in snapshots],
        }
