from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...logic import forecast, risk

#: Of each customer so many of the last payments make the pattern, of one year at most.
_LAST_PAYMENTS = 50
_DAYS_OF_PATTERN = 365


class OpenRow(NamedTuple):
    """What is open of an item, in its own and in the company's currency; credits are negative.

    ``share`` is the part of it that is not disputed; ``agreed`` the day on which it was promised.
    """

    line: int
    partner: int
    currency: int
    due: object
    own: float
    in_company: float
    share: float = 1.0
    excluded: str | None = None
    agreed: object = None


class Outlook(NamedTuple):
    """Cash-in by week: ``total`` in company currency, ``currencies`` in each currency by its id,
    where that was asked for.

    ``apart`` is what is open and not expected, in company currency, by reason: `disputed`, or a
    code of `dunning.item`. ``orders`` is what of the weeks is confirmed and not invoiced yet.
    """

    total: list
    currencies: dict
    apart: dict
    orders: list


class DunningForecast(models.AbstractModel):
    """When open items will be paid: facts from the ledger, `logic.forecast` decides.

    1. `_read_patterns`: after how many days each customer and the whole company have paid;
    2. `_read_rows`: what is open, with promises, and instalments on their days;
    3. `_get_outlook`: the weeks.
    """

    _name = 'dunning.forecast'
    _description = "Cash-In Forecast"

    @api.model
    def _get_forecast(self, company, date, weeks=13):
        """Return the `logic.forecast.Week` of the next weeks, in company currency.

        A fixed number of queries, whatever the number of items.

        :param date: the day of the forecast; of a day in the past what was open then
        """
        return self._get_outlook(company, date, weeks).total

    @api.model
    def _get_outlook(self, company, date, weeks=13, with_orders=False, by_currency=False):
        """Return the `Outlook` from a day on.

        Of a day in the past only the total is known, and all its payments: money comes from the
        following day on.

        :param with_orders: count confirmed orders that are not invoiced yet
        :param by_currency: tell the weeks in each currency as well
        """
        own, everybody, usual = self._read_patterns(company, date)
        roll = self._get_roll(company, date, weeks)
        is_over = date < company._get_dunning_today()
        frame = forecast.Weeks(date + timedelta(days=is_over), weeks, roll, day=date)

        def foresee(items, ratios=()):
            return forecast.forecast(frame, items, own, everybody, ratios)
        rows, parts = self._read_rows(company, date)
        ordered = self._read_orders(company, date, usual) if with_orders else []
        expected = [row for row in rows if row.in_company < 0 or self._is_expected(row.excluded)]
        items, from_orders = self._make_items(expected, parts, ordered, usual, roll)
        currencies = {row.currency for row in expected + parts + ordered
                      if by_currency and row.currency}
        return Outlook(
            foresee(items + from_orders, self._get_ratios(company, date, weeks)),
            {currency: foresee(sum(self._make_items(
                *([row for row in some if row.currency == currency]
                  for some in (expected, parts, ordered)), usual, roll, in_own=True), []))
             for currency in sorted(currencies)},
            self._sum_apart(rows), foresee(from_orders))

    @api.model
    def _get_ratios(self, company, date, weeks):
        """Return how earlier forecasts came true; rooms that keep them answer through super().

        :return: for each week ahead the quantiles of `logic.forecast.get_ratios`, or None
        """
        return ()

    @api.model
    def _read_orders(self, company, date, usual):
        """Return confirmed orders as `OpenRow`, on the day on which they would fall due.

        The room that knows orders answers through super().
        """
        return []

    @api.model
    def _sum_apart(self, rows):
        """Return {reason: amount} of what is open and not expected, in company currency."""
        apart = defaultdict(float)
        for row in rows:
            if row.in_company <= 0:
                continue
            if not self._is_expected(row.excluded):
                apart[row.excluded] += row.in_company
            elif row.share < 1:
                apart['disputed'] += row.in_company * (1 - row.share)
        return dict(apart)

    @api.model
    def _get_roll(self, company, date, weeks):
        """Return a function that moves a day to the working day on which its money arrives."""
        moved = company._get_business_days(
            date - timedelta(days=_DAYS_OF_PATTERN), date + timedelta(weeks=weeks + 1)
        ) if company.dunning_business_days else {}
        return lambda day: moved.get(day, day)

    # Patterns -----------------------------------------------------------------------------------

    @api.model
    def _read_patterns(self, company, date):
        """Return patterns by customer, that of the company, and a function for the usual days."""
        own, everybody = defaultdict(list), []
        for partner_id, days, count in self.env.execute_query(SQL("""
            WITH payment AS MATERIALIZED (
                SELECT partner_id, settled - due AS days, row_number() OVER (
                       PARTITION BY partner_id ORDER BY settled DESC, id DESC) AS place
                  FROM (%s) payment WHERE settled IS NOT NULL AND settled >= %s)
            SELECT partner_id, days, 1 FROM payment WHERE place <= %s
         UNION ALL
            SELECT NULL, days, count(*) FROM payment GROUP BY days
        """, self.env['dunning.risk']._get_payments_query(company, date),
                date - timedelta(days=_DAYS_OF_PATTERN), _LAST_PAYMENTS)):
            if partner_id:
                own[partner_id].append(days)
            else:
                everybody += [days] * count
        patterns = {partner_id: forecast.Pattern(days) for partner_id, days in own.items()}
        company_pattern = forecast.Pattern(everybody)
        return patterns, company_pattern, self._get_usual_days(patterns, company_pattern)

    @api.model
    def _get_usual_days(self, patterns, everybody):
        """Return a function from a customer to the days past the due date that are usual."""
        company_median = everybody.get_median() or 0.0
        usual = {
            partner_id: risk.get_usual_days(
                len(pattern.days), pattern.get_median(), company_median)
            for partner_id, pattern in patterns.items()}
        return lambda partner_id: usual.get(partner_id, company_median)

    @api.model
    def _read_usual_days(self, company, partner_ids, date):
        """Return {partner id: days past the due date after which a customer usually pays}."""
        pattern = self.env['dunning.risk.pattern']._get_of(company)
        histories = self.env['dunning.risk']._read_histories(company, partner_ids, date)
        return {
            partner_id: risk.get_usual_days(
                history.paid, history.median_days, pattern.median_days)
            for partner_id in partner_ids
            for history in [histories.get(partner_id) or risk.History()]}

    # Items --------------------------------------------------------------------------------------

    @api.model
    def _make_items(self, rows, parts, ordered, usual, roll, in_own=False):
        """Return the `logic.forecast.Item` of open rows and instalments, and those of orders.

        Less credits: first of what is invoiced, and what is left of them was paid in advance.

        :param usual: function from a customer to the usual days
        :param roll: function that moves a day to a working day
        :param in_own: amounts in the currency of the items instead of the company's
        """
        def get_amount(row):
            return row.own if in_own else row.in_company

        def make(some):
            return [forecast.Item(row.partner, roll(row.due), get_amount(row) * row.share,
                                  usual(row.partner), row.agreed)
                    for row in some if get_amount(row) > 0 and row.share > 0]
        credits = defaultdict(float)
        for row in rows:
            credits[row.partner] += max(0.0, -get_amount(row))
        debts = make(rows) + [
            forecast.Item(row.partner, row.due, get_amount(row), agreed=row.agreed)
            for row in parts]
        return (forecast.net(debts, credits),
                forecast.net(make(ordered), forecast.get_left(debts, credits)))

    @api.model
    def _read_rows(self, company, date):
        """Return what is open on a day as `OpenRow`, and instalments that are not paid."""
        if date < company._get_dunning_today():
            return self._read_items_as_of(company, date), []
        parts, in_parts = self._read_parts(company, date)
        agreed = self._read_promised(company)
        return [row._replace(agreed=agreed.get(row.line))
                for row in self._read_items(company, date) if row.line not in in_parts], parts

    @api.model
    def _read_items(self, company, date):
        """Return what is open as `OpenRow`, with the reason why nobody expects it to be paid."""
        rows = self.env['dunning.item']._fetch(
            company._get_dunning_tree(),
            ('id', 'partner', 'currency', 'due', 'open', 'open_company', 'disputed', 'excluded'),
            date=date)
        return [
            OpenRow(line_id, partner_id, currency_id, due, own, in_company,
                    1 - min(disputed / own, 1.0) if own > 0 and disputed else 1.0, excluded)
            for line_id, partner_id, currency_id, due, own, in_company, disputed, excluded in rows
            if in_company]

    @api.model
    def _is_expected(self, excluded):
        """Return whether money is expected for an item that is left out for this reason."""
        return excluded in (None, 'no_followup', 'charge', 'too_old')

    @api.model
    def _read_items_as_of(self, company, date):
        return [OpenRow(*row) for row in self.env.execute_query(SQL("""
            SELECT id, partner_id, NULL::int, due, open, open FROM (%s) item
             WHERE open > 0 AND settled IS NULL
        """, self.env['dunning.risk']._get_payments_query(company, date)))]

    @api.model
    def _read_promised(self, company):
        """Return {line id: day} of items whose payment is promised."""
        promises = self.env['dunning.promise'].sudo().search([
            ('company_id', 'in', company._get_dunning_tree().ids),
            ('state', '=', 'open')])
        return {line.id: promise.date for promise in promises for line in promise.item_ids}

    @api.model
    def _read_parts(self, company, date):
        """Return what is open of instalments as `OpenRow`, and the ids of their lines."""
        plans = self.env['dunning.installment.plan'].sudo().search([
            ('company_id', 'in', company._get_dunning_tree().ids),
            ('state', '=', 'active')])
        parts = []
        for part in plans.part_ids.filtered(lambda part: part.state != 'paid'):
            rest = part.amount - part.amount_paid
            parts.append(OpenRow(
                0, part.partner_id.id, part.currency_id.id, part.date_due, rest,
                part.currency_id._convert(rest, company.currency_id, company, date),
                agreed=part.date_due))
        return parts, set(plans.item_ids.ids)
