from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...logic import forecast, risk

#: Of each customer so many of the last payments make the pattern, of one year at most.
_LAST_PAYMENTS = 50
_MONTHS_OF_PATTERN = 12


class DunningForecast(models.AbstractModel):
    """When open items will be paid: facts from the ledger, `logic.forecast` decides.

    1. `_read_patterns`: after how many days each customer and the whole company have paid;
    2. `_get_open_items`: what is open, less credits, with promises and instalments on their days;
    3. `_get_forecast`: the weeks.
    """

    _name = 'dunning.forecast'
    _description = "Cash-In Forecast"

    @api.model
    def _get_forecast(self, company, date, weeks=13, ratios=()):
        """Return the `logic.forecast.Week` of the next weeks, in company currency.

        A fixed number of queries, whatever the number of items.

        :param date: the day of the forecast; of a day in the past what was open then
        :param ratios: see `logic.forecast.forecast`
        """
        own, everybody, usual = self._read_patterns(company, date)
        roll = self._get_roll(company, date, weeks)
        return forecast.forecast(
            forecast.Weeks(date, weeks, roll), self._get_open_items(company, date, usual, roll),
            own, everybody, ratios)

    @api.model
    def _get_roll(self, company, date, weeks):
        """Return a function that moves a day to the working day on which its money arrives."""
        moved = company._get_business_days(
            date, date + timedelta(weeks=weeks + 1)) if company.dunning_business_days else {}
        return lambda day: moved.get(day, day)

    # Patterns -----------------------------------------------------------------------------------

    @api.model
    def _read_patterns(self, company, date, partner_ids=None):
        """Return patterns by customer, that of the company, and a function for the usual days.

        :param partner_ids: whose own patterns; None for all
        """
        payments = self.env['dunning.risk']._get_payments_query(company, date)
        rows = self.env.execute_query(SQL("""
            SELECT partner_id, days FROM (
                SELECT partner_id, settled - due AS days, settled, row_number() OVER (
                       PARTITION BY partner_id ORDER BY settled DESC, id DESC) AS place
                  FROM (%s) payment WHERE settled IS NOT NULL AND settled >= %s
              ) payment WHERE place <= %s
        """, payments, date - timedelta(days=365), _LAST_PAYMENTS))
        own = defaultdict(list)
        for partner_id, days in rows:
            own[partner_id].append(days)
        everybody = [days for days, count in self.env.execute_query(SQL("""
            SELECT settled - due AS days, count(*) FROM (%s) payment
             WHERE settled IS NOT NULL AND settled >= %s GROUP BY 1
        """, payments, date - timedelta(days=365))) for _time in range(count)]
        patterns = {partner_id: forecast.Pattern(days) for partner_id, days in own.items()
                    if partner_ids is None or partner_id in partner_ids}
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
    def _get_open_items(self, company, date, usual, roll):
        """Return the `logic.forecast.Item` of what is open on a day.

        :param usual: function from a customer to the usual days
        :param roll: function that moves a day to a working day
        """
        if date < company._get_dunning_today():
            return [
                forecast.Item(partner_id, due, amount, usual(partner_id))
                for partner_id, due, amount in self._read_items_as_of(company, date)]
        agreed = self._read_promised(company)
        parts, in_parts = self._read_parts(company, date)
        debts, credits = [], defaultdict(float)
        for row in self._read_items(company, date):
            line_id, partner_id, due, open_amount, share = row
            if open_amount < 0:
                credits[partner_id] -= open_amount
            elif line_id not in in_parts and open_amount * share > 0:
                debts.append(forecast.Item(
                    partner_id, roll(due), open_amount * share, usual(partner_id),
                    agreed.get(line_id)))
        return forecast.net(debts + parts, credits)

    @api.model
    def _read_items(self, company, date):
        """Return (line, customer, due date, open, share that is not disputed) of what is open.

        What nobody expects to be paid any more is left out: blocked, settled otherwise.
        """
        companies = company._get_dunning_tree()
        rows = self.env['dunning.item']._fetch(
            companies, ('id', 'partner', 'due', 'open', 'open_company', 'disputed', 'excluded'),
            date=date)
        return [
            (line_id, partner_id, due, in_company,
             1 - min(disputed / own, 1.0) if own > 0 and disputed else 1.0)
            for line_id, partner_id, due, own, in_company, disputed, excluded in rows
            if in_company and (in_company < 0 or self._is_expected(excluded))]

    @api.model
    def _is_expected(self, excluded):
        """Return whether money is expected for an item that is left out for this reason."""
        return excluded in (None, 'no_followup', 'charge', 'too_old')

    @api.model
    def _read_items_as_of(self, company, date):
        return self.env.execute_query(SQL(
            "SELECT partner_id, due, open FROM (%s) item WHERE open > 0 AND settled IS NULL",
            self.env['dunning.risk']._get_payments_query(company, date)))

    @api.model
    def _read_promised(self, company):
        """Return {line id: day} of items whose payment is promised."""
        promises = self.env['dunning.promise'].sudo().search([
            ('company_id', 'in', company._get_dunning_tree().ids),
            ('state', '=', 'open')])
        return {line.id: promise.date for promise in promises for line in promise.item_ids}

    @api.model
    def _read_parts(self, company, date):
        """Return what is open of instalments, each on its day, and the ids of their lines."""
        plans = self.env['dunning.installment.plan'].sudo().search([
            ('company_id', 'in', company._get_dunning_tree().ids),
            ('state', '=', 'active')])
        parts = []
        for part in plans.part_ids.filtered(lambda part: part.state != 'paid'):
            amount = part.currency_id._convert(
                part.amount - part.amount_paid, company.currency_id, company, date)
            parts.append(forecast.Item(
                part.partner_id.id, part.date_due, amount, agreed=part.date_due))
        return parts, set(plans.item_ids.ids)
