from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Who may know how much money comes in.
_READERS = ('smart_dunning.group_dunning_user', 'account.group_account_readonly')
_MOST_WEEKS = 53


class DunningDebtor(models.Model):
    """Cash-in by week, for scripts, dashboards and whoever plans the money."""

    _inherit = 'dunning.debtor'

    @api.model
    def get_forecast(self, company_id=None, date=None, weeks=13, orders=False):
        """Return the money expected in each week, in the currency of the company.

        :param company_id: a company of the user, its branches included; the current one by default
        :param date: the day of the forecast (date, or text in ISO form), today by default; of a
            day in the past what was open then
        :param weeks: how many, 1 to 53; the first one holds the day itself
        :param orders: count confirmed orders that are not invoiced yet; not of days in the past
        :return: a list of dicts: `week` (its Monday), `amount`, and `low` and `high`, between
            which it lies with a probability of 80 %
        :raise AccessError: without rights in accounting, or in the company
        """
        company, outlook = self._get_outlook(company_id, date, weeks, orders)
        return self._prepare_weeks(outlook.total, company.currency_id)

    @api.model
    def get_forecast_details(self, company_id=None, date=None, weeks=13, orders=False):
        """Return the same with what it is made of, as a dict.

        `weeks`: as `get_forecast` says; `currencies`: the same weeks in each currency, by its
        code, in its own amounts (for today and later days alone); `orders`: what of the weeks is
        confirmed and not invoiced yet; `apart`: {reason: amount} of what is open and not expected,
        such as `disputed` or `handed_over`. All but `currencies` in the currency of the company.
        """
        company, outlook = self._get_outlook(
            company_id, date, weeks, orders, by_currency=True)
        own = company.currency_id
        return {
            'currency': own.name,
            'weeks': self._prepare_weeks(outlook.total, own),
            'currencies': {
                currency.name: self._prepare_weeks(outlook.currencies[currency.id], currency)
                for currency in self.env['res.currency'].browse(outlook.currencies)},
            'orders': self._prepare_weeks(outlook.orders, own),
            'apart': {reason: own.round(amount) for reason, amount in outlook.apart.items()},
        }

    @api.model
    def _get_outlook(self, company_id, date, weeks, orders, by_currency=False):
        """Return the company and its `dunning_forecast.Outlook`, if the user may know them."""
        user = self.env.user
        company = self.env['res.company'].browse(company_id or self.env.company.id)
        if not self.env.su and not (
                any(map(user.has_group, _READERS)) and company.sudo().root_id in user.company_ids):
            raise AccessError(self.env._(
                "Only people in accounting of the company may see what money is expected."))
        if not 1 <= weeks <= _MOST_WEEKS:
            raise UserError(self.env._(
                "A forecast has 1 to %(most)s weeks.", most=_MOST_WEEKS))
        company = company.sudo()
        day = fields.Date.to_date(date) or company._get_dunning_today()
        if orders and day < company._get_dunning_today():
            raise UserError(self.env._(
                "What was ordered and not invoiced on a day in the past is not known."))
        return company, self.sudo().env['dunning.forecast']._get_outlook(
            company, day, weeks, with_orders=bool(orders), by_currency=by_currency)

    @api.model
    def _prepare_weeks(self, weeks, currency):
        return [{'week': week.monday, **{
            name: currency.round(getattr(week, name)) for name in ('amount', 'low', 'high')}}
            for week in weeks]
